"""The list of all departments: filtered by region, wave and state, sorted as selected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.dates import today
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot, region_order
from rollout.models import Region, Status
from rollout.pages.widgets import Select

if TYPE_CHECKING:
    from _typeshed import SupportsRichComparison


class Order(models.TextChoices):
    """The order of the list."""

    REGION = "region", _("by region")
    NAME = "name", _("by name")
    NUMBER = "number", _("by number")
    DAY = "day", _("by day of opening")


SORT_KEYS: dict[str, Callable[[DepartmentStatus], "SupportsRichComparison"]] = {
    Order.REGION: lambda row: (region_order(row.department.region), row.department.code),
    Order.NAME: lambda row: slugify(row.department.name),
    Order.NUMBER: lambda row: row.department.code,
    # Departments without a day come last.
    Order.DAY: lambda row: (str(row.state.opened_on or "9999"), row.department.code),
}
FILTER_VALUES: dict[str, Callable[[DepartmentStatus], str]] = {
    "region": lambda row: row.department.region_id,
    "wave": lambda row: row.wave.slug if row.wave else "",
    "state": lambda row: row.state.status,
}


class OrderLink(NamedTuple):
    """The same list in another order."""

    label: str
    query: str
    """From "?" on."""
    is_current: bool


@dataclass(frozen=True)
class Group:
    """Rows under the heading of a region, or of all regions under none."""

    region: Region | None
    rows: list[DepartmentStatus]


class ListForm(forms.Form):
    """The filters, sent by GET; the label of each choice says how many departments it would leave.

    A parameter with an unknown value, or with several, filters nothing.
    """

    data: QueryDict

    region = forms.ChoiceField(label=_("Region"), required=False, widget=Select)
    wave = forms.ChoiceField(label=_("Wave"), required=False, widget=Select)
    state = forms.ChoiceField(label=_("State"), required=False, widget=Select)
    sort = forms.ChoiceField(choices=Order, required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict, snapshot: RolloutSnapshot) -> None:
        super().__init__(data)
        self.snapshot = snapshot
        regions = [(part.region.code, part.region.name) for part in snapshot.regions]
        self._set_choices("region", gettext("All regions"), regions)
        self._set_choices(
            "wave", gettext("All waves"), [(wave.slug, wave.name) for wave in snapshot.waves]
        )
        present = {row.state.status for row in snapshot.rows}
        states = [(value, str(label)) for value, label in Status.choices if value in present]
        self._set_choices("state", gettext("All states"), states)

    def _set_choices(self, name: str, all_label: str, choices: list[tuple[str, str]]) -> None:
        """Set the choices of a field, each with the number of rows that it would leave."""
        values = [FILTER_VALUES[name](row) for row in self._filtered(ignored_field=name)]
        counted = [(value, f"{label} ({values.count(value)})") for value, label in choices]
        field = cast("forms.ChoiceField", self.fields[name])
        field.choices = [("", f"{all_label} ({len(values)})"), *counted]
        field.error_messages["invalid_choice"] = gettext("This is not in the list: all are shown.")

    def clean(self) -> dict[str, Any]:
        """Refuse a filter that was given several times: none of its values is preferred."""
        for name, values in self.data.lists():
            if name in self.fields and len(values) > 1:
                self.errors.pop(name, None)
                self.add_error(name, self.fields[name].error_messages["invalid_choice"])
        return self.cleaned_data

    def _param(self, name: str) -> str:
        """Return the value of a query parameter, "" where there is none or several."""
        values = self.data.getlist(name)
        return values[0] if len(values) == 1 else ""

    def _filtered(self, ignored_field: str = "") -> list[DepartmentStatus]:
        """Return the rows that all filters leave, or all but one."""
        rows = self.snapshot.rows
        for name, value_of in FILTER_VALUES.items():
            value = self._param(name)
            is_valid = value and any(value_of(row) == value for row in self.snapshot.rows)
            if is_valid and name != ignored_field:
                rows = [row for row in rows if value_of(row) == value]
        return rows

    @property
    def order(self) -> Order:
        """Return the selected order, by default by region."""
        value = self._param("sort")
        return Order(value) if value in Order.values else Order.REGION

    @property
    def groups(self) -> list[Group]:
        """Return the filtered rows in the selected order: by region under its name, else in one."""
        rows = sorted(self._filtered(), key=SORT_KEYS[self.order])
        if self.order != Order.REGION:
            return [Group(None, rows)]
        by_region: dict[Region, list[DepartmentStatus]] = {}
        for row in rows:
            by_region.setdefault(row.department.region, []).append(row)
        return [Group(region, rows) for region, rows in by_region.items()]

    @property
    def count(self) -> int:
        """Return how many departments are shown."""
        return len(self._filtered())

    @property
    def links(self) -> list[OrderLink]:
        """Return the same list in each order, with its filters and its day."""
        params = QueryDict(mutable=True)
        params.update({name: self._param(name)[:60] for name in FILTER_VALUES if self._param(name)})
        if self.snapshot.on != today():
            params["on"] = self.snapshot.on.isoformat()
        links = []
        for value, label in Order.choices:
            params["sort"] = value
            links.append(OrderLink(str(label), f"?{params.urlencode()}", value == self.order))
        return links
