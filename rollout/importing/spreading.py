"""Spreads the due days of rows of files over the weeks: see `rollout.facts.checking.DueWeeks`."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery

from rollout.facts import checking
from rollout.importing.cells import ImportRow
from rollout.models import Acceptance

DUE = "check_again_by"


def spread(rows: Sequence[ImportRow], fixed: Iterable[datetime.date]) -> list[ImportRow]:
    """Return the rows, in their order, with due days of which no week holds more than a tenth.

    A row whose week has room keeps its day; of the others, each gets the latest day before it in a
    week with room, after its last check: rows that are spread already come back as they are. Which
    rows move does not depend on their order. `fixed` are the due days of all other facts.
    """
    indexes = [index for index, row in enumerate(rows) if row.values.get(DUE)]
    weeks = checking.DueWeeks(fixed, len(indexes))
    results = list(rows)
    for index in sorted(indexes, key=lambda index: _spreading_order(rows[index])):
        row = rows[index]
        due, after = row.values[DUE], row.values["last_checked"]
        if after is None or after >= due:
            continue  # refused when it is saved
        day = weeks.take(due, after=after)
        if checking.monday_of(day) != checking.monday_of(due):
            results[index] = replace(row, values=row.values | {DUE: day})
    return results


def _spreading_order(row: ImportRow) -> tuple[object, ...]:
    """Order by day, then the most public first, which move least.

    Rows that rest on the same sources stay together, to be checked together.
    """
    models: Sequence[Any] = checking.CHECKED_MODELS
    return row.values[DUE], models.index(row.model), row.sources or (), row.name


def spread_files(rows: Sequence[ImportRow]) -> list[ImportRow]:
    """Return the rows of data files, with their due days spread, in their order: seven queries.

    What an editor changed last keeps its day, here and in the database.
    """
    keys = {(row.model, *row.key.values()) for row in rows}
    fixed, edited = [], set()
    for model in checking.CHECKED_MODELS:
        names = next((list(row.key) for row in rows if row.model is model), ["pk"])
        for editor, day, *values in _last_editors(model).values_list("editor", DUE, *names):
            key = (model, *values)
            if editor is not None:
                edited.add(key)
            # A load withdraws acceptances that no file has any more.
            is_left = editor is not None or (key not in keys and model is not Acceptance)
            if is_left and day is not None:
                fixed.append(day)
    moved = [row for row in rows if (row.model, *row.key.values()) not in edited]
    by_key = {(row.model, *row.key.values()): row for row in spread(moved, fixed)}
    return [by_key.get((row.model, *row.key.values()), row) for row in rows]


def _last_editors(model: Any) -> models.QuerySet[Any]:
    """Return the rows of a model, with the key of the editor who changed each last in `editor`."""
    key = model._meta.pk.attname
    lines = model.history.filter(**{key: OuterRef("pk")}).order_by("-history_date", "-history_id")
    editors = Subquery(lines.values("history_user_id")[:1])
    rows: models.QuerySet[Any] = checking.active(model).annotate(editor=editors).order_by()
    return rows


def spread_departments(
    rows: Sequence[ImportRow], present: Mapping[tuple[Any, ...], Any]
) -> list[ImportRow]:
    """Return the rows of an editor's form or file, with the due days spread that would change.

    `present` are the departments of the database, by their key.
    """
    before = [present.get(tuple(row.key.values())) for row in rows]
    pairs = list(zip(rows, before, strict=True))
    changed = [row for row, old in pairs if _is_rescheduled(row, old)]
    if not changed:
        return list(rows)
    others = [old for row, old in pairs if old is not None and _is_rescheduled(row, old)]
    results = iter(spread(changed, checking.due_days(without=others)))
    return [next(results) if _is_rescheduled(row, old) else row for row, old in pairs]


def _is_rescheduled(row: ImportRow, present: Any) -> bool:
    due = row.values.get(DUE)
    return due is not None and (present is None or present.check_again_by != due)
