"""Which entries speak of a row, and what changed of the rows that an entry speaks of.

A row is named here as in `Entry.speaks_of`: "route:france-identite". An acceptance counts as its
document and its route, a department as itself and its wave.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from rollout.facts.history import Version, records_of
from rollout.models import Acceptance, Department, Entry
from rollout.models.content_tracking import ContentTracked
from rollout.models.entries import SUBJECTS

_KINDS = {model: kind for kind, model in SUBJECTS.items()}


def subjects_of(row: models.Model) -> set[str]:
    """Return what an entry that speaks of this row has in `speaks_of`: nothing for other rows."""
    if isinstance(row, Acceptance):
        return {f"document:{row.document_id}", f"route:{row.route_id}"}
    if isinstance(row, Department):
        return {f"department:{row.pk}", f"wave:{row.wave_id}"}
    return {f"{_KINDS[type(row)]}:{row.pk}"} if type(row) in _KINDS else set()


def changed_subjects(row: models.Model) -> set[str]:
    """Return the subjects whose rule changes when this row is saved; nothing if none does.

    Compares its content with that in the database: a query, for rows of which entries speak.
    """
    subjects = subjects_of(row)
    if not subjects or row._state.adding or not isinstance(row, ContentTracked):
        return subjects
    before = type(row)._default_manager.filter(pk=row.pk).first()
    if before is not None and before.content_values == row.content_values:
        return set()
    return subjects if before is None else subjects | subjects_of(before)


def entries_on(subjects: Collection[str]) -> list[Entry]:
    """Return the entries that speak of one of these, with texts, in reading order: two queries."""
    if not subjects:
        return []
    entries = Entry.objects.exclude(speaks_of="").with_texts().order_by("kind", "position", "slug")
    return [entry for entry in entries if not set(subjects).isdisjoint(entry.subjects)]


def changes_since_read(entry: Entry) -> list[Version]:
    """Return the changes for which an entry is to be read again, newest first.

    Those of the content of the rows that it speaks of, since `reread_since`, at most seven
    queries; nothing for an entry that is not to be read again.
    """
    if entry.reread_since is None:
        return []
    keys: dict[str, set[str]] = {kind: set() for kind in SUBJECTS}
    for subject in entry.subjects:
        kind, _colon, key = subject.partition(":")
        keys[kind].add(key)
    changes = [
        version
        for model, condition in _conditions(keys)
        for version in _versions(model, condition)
        if version.record.history_date >= entry.reread_since
    ]
    return sorted(changes, key=lambda version: version.record.history_date, reverse=True)


def _conditions(keys: dict[str, set[str]]) -> Iterable[tuple[Any, Q]]:
    """Yield the models of these subjects, each with the condition on its history."""
    for kind, model in SUBJECTS.items():
        if keys[kind]:
            yield model, Q(pk_of_row__in=keys[kind])
    if keys["route"] or keys["document"]:
        condition = Q(route_id__in=keys["route"]) | Q(document_id__in=keys["document"])
        yield Acceptance, condition
    if keys["wave"]:
        lines: Any = Department.history  # also of departments that have left the wave
        codes = lines.filter(wave_id__in=keys["wave"]).values("code")
        yield Department, Q(code__in=codes) & ~Q(code__in=keys["department"])


def _versions(model: Any, condition: Q) -> Iterable[Version]:
    """Yield the versions of rows of a model in which their content differs from before."""
    lines = model.history.annotate(pk_of_row=models.F(model._meta.pk.attname)).filter(condition)
    last: dict[object, Any] = {}
    for record in records_of(lines):
        before = last.get(record.pk_of_row)
        last[record.pk_of_row] = record
        content = record.instance.content_values
        if before is None or before.instance.content_values != content:
            yield Version(record, before)
