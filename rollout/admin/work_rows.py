"""The rows that wait for editors: not yet fetched, so that they can be counted at little cost."""

import datetime
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone

from rollout.dates import today
from rollout.facts.links import row_field
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    LinkCheck,
    Source,
    TextStatus,
    Wave,
)
from rollout.models.texts import languages
from rollout.translations import coverage
from rollout.translations.coverage import State
from rollout.translations.units import TEXT_MODELS

CHECKED_MODELS = (Department, Wave, Entry, ActivationRoute, Acceptance, HealthScheme)
STATES_OF_WORK = (State.MISSING, State.BEHIND, State.MACHINE)
"""The states of a text that wait for a translator; drafts have a list of their own."""
DUE_WITHIN = datetime.timedelta(days=30)


class WorkRow(NamedTuple):
    """A row that waits, not yet fetched; `text` is the key of a text to translate."""

    model: type[models.Model]
    pk: object
    language: str = ""
    day: datetime.date | None = None
    text: str = ""


def _active(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Return the rows that are active, or all of a model whose rows are not withdrawn."""
    names = {field.name for field in rows.model._meta.get_fields()}
    return rows.filter(is_active=True) if "is_active" in names else rows


def due(checked: Iterable[type[models.Model]]) -> list[WorkRow]:
    """Return what is overdue or due within 30 days, the earliest first: a query for each model."""
    until = today() + DUE_WITHIN
    rows = [
        WorkRow(model, pk, day=day)
        for model in checked
        for pk, day in _active(model._default_manager.filter(check_again_by__lte=until))
        .order_by("pk")
        .values_list("pk", "check_again_by")
    ]
    return sorted(rows, key=lambda row: row.day or datetime.date.max)


def reread() -> list[WorkRow]:
    """Return the entries to be read again, as rows of which they speak have changed since."""
    entries = Entry.objects.exclude(reread_since=None).order_by("reread_since", "slug")
    moments = entries.values_list("pk", "reread_since")
    return [WorkRow(Entry, pk, day=timezone.localdate(since)) for pk, since in moments]


def drafts(codes: Collection[str]) -> list[WorkRow]:
    """Return the rows with a draft in one of these languages: a query for each model of texts."""
    rows = []
    for model in TEXT_MODELS:
        owner = row_field(model)
        texts = model._default_manager.filter(status=TextStatus.DRAFT, language__in=codes)
        pairs = texts.order_by(owner.name, "language").values_list(owner.attname, "language")
        rows += [WorkRow(owner.related_model, pk, code) for pk, code in dict.fromkeys(pairs)]
    return rows


def translations(codes: Collection[str]) -> dict[State, list[WorkRow]]:
    """Return the texts that are missing, left behind or to be read.

    Those of each language one after the other, in the order of the settings.
    """
    rows: dict[State, list[WorkRow]] = {state: [] for state in STATES_OF_WORK}
    for unit in coverage.units(codes):
        if unit.state in rows:
            row = WorkRow(unit.row_model, unit.row, unit.language, unit.first, unit.key)
            rows[unit.state].append(row)
    order = [code for code, _name in languages()]
    return {
        state: sorted(found, key=lambda row: order.index(row.language))
        for state, found in rows.items()
    }


def dead_links() -> list[WorkRow]:
    """Return the sources whose page is gone, the longest gone first."""
    dead = LinkCheck.objects.dead().order_by("dead_since", "source")
    return [WorkRow(Source, pk, day=day) for pk, day in dead.values_list("pk", "dead_since")]
