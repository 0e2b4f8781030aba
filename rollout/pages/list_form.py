"""The list of all departments: narrowed by region, wave and state, in the order one asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.dates import today
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot, region_order
from rollout.models import Region, Status


class Order(models.TextChoices):
    """In which order the list stands."""

    REGION = "region", _("by region")
    NAME = "name", _("by name")
    NUMBER = "number", _("by number")
    DAY = "day", _("by day of opening")


SORTS: dict[str, Callable[[DepartmentStatus], Any]] = {
    Order.REGION: lambda row: (region_order(row.department.region), row.department.code),
    Order.NAME: lambda row: slugify(row.department.name),
    Order.NUMBER: lambda row: row.department.code,
    # Those that no day was announced for come last.
    Order.DAY: lambda row: (str(row.state.opened_on or "9999"), row.department.code),
}
FILTERS: dict[str, Callable[[DepartmentStatus], str]] = {
    "region": lambda row: row.department.region_id,
    "wave": lambda row: row.wave.slug if row.wave else "",
    "state": lambda row: row.state.status,
}


class Link(NamedTuple):
    """The same list in another order."""

    label: str
    query: str
    is_current: bool


@dataclass(frozen=True)
class Group:
    """Rows under one heading; without a region they stand under none."""

    region: Region | None
    rows: list[DepartmentStatus]


class ListForm(forms.Form):
    """What someone asks of the list, by GET; each choice says how many departments it leaves."""

    region = forms.ChoiceField(label=_("Region"), required=False)
    wave = forms.ChoiceField(label=_("Wave"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    sort = forms.ChoiceField(choices=Order, required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, snapshot: RolloutSnapshot) -> None:
        super().__init__(data)
        self.snapshot = snapshot
        regions = [(part.region.code, part.region.name) for part in snapshot.regions]
        self._offer("region", _("All regions"), regions)
        self._offer("wave", _("All waves"), [(wave.slug, wave.name) for wave in snapshot.waves])
        present = {row.state.status for row in snapshot.rows}
        states = [(value, label) for value, label in Status.choices if value in present]
        self._offer("state", _("All states"), states)

    def _offer(self, name: str, everything: Any, choices: list[tuple[str, Any]]) -> None:
        """Set the choices of a field, each with the number of rows that it would leave."""
        rows = [FILTERS[name](row) for row in self._matching(besides=name)]
        counted = [(value, f"{label} ({rows.count(value)})") for value, label in choices]
        field: Any = self.fields[name]
        field.choices = [("", f"{everything} ({len(rows)})"), *counted]
        field.error_messages["invalid_choice"] = gettext("This is not in the list: all are shown.")

    def clean(self) -> dict[str, Any]:
        """Refuse a filter that was given several times: none of its values is preferred."""
        for name, values in self.data.lists():  # type: ignore[attr-defined]
            if name in self.fields and len(values) > 1:
                self.errors.pop(name, None)
                self.add_error(name, self.fields[name].error_messages["invalid_choice"])
        return self.cleaned_data

    def _asked(self, name: str) -> str:
        """Return the value that was given for a name, or nothing where several were."""
        values = self.data.getlist(name)  # type: ignore[attr-defined]
        return str(values[0]) if len(values) == 1 else ""

    def _matching(self, besides: str = "") -> list[DepartmentStatus]:
        """Return the rows that the answers leave, those to one question aside."""
        known = {name: {of(row) for row in self.snapshot.rows} for name, of in FILTERS.items()}
        selected_day = {name: self._asked(name) for name in FILTERS if name != besides}
        return [
            row
            for row in self.snapshot.rows
            if all(FILTERS[n](row) == v for n, v in selected_day.items() if v in known[n] and v)
        ]

    @property
    def order(self) -> Order:
        """Return the order that was asked for, else by region."""
        selected_day = self._asked("sort")
        return Order(selected_day) if selected_day in Order.values else Order.REGION

    @property
    def groups(self) -> list[Group]:
        """Return the rows as asked, under the names of their regions where that is the order."""
        rows = sorted(self._matching(), key=SORTS[self.order])
        if self.order != Order.REGION:
            return [Group(None, rows)]
        found: dict[Region, list[DepartmentStatus]] = {}
        for row in rows:
            found.setdefault(row.department.region, []).append(row)
        return [Group(region, rows) for region, rows in found.items()]

    @property
    def count(self) -> int:
        """Return how many departments are shown."""
        return len(self._matching())

    @property
    def links(self) -> list[Link]:
        """Return the same list in each order."""
        kept = QueryDict(mutable=True)
        kept.update({name: self._asked(name)[:60] for name in FILTERS if self._asked(name)})
        if self.snapshot.on != today():
            kept["on"] = self.snapshot.on.isoformat()
        links = []
        for value, label in Order.choices:
            kept["sort"] = value
            links.append(Link(str(label), f"?{kept.urlencode()}", value == self.order))
        return links
