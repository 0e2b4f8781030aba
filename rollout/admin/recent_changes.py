"""The last changes by editors: line by line, and on the admin's index one line for each act."""

import datetime
import functools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import CharField, F, IntegerField, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.http import urlencode

from rollout.admin.base import titled
from rollout.admin.work_rows import CHECKED_MODELS
from rollout.models import Alias, BulkEdit, Department, IdentityDocument, Region, Source
from rollout.models.texts import languages

EDITED_MODELS = (*CHECKED_MODELS, IdentityDocument, Region, Source, Alias)
MAX_ACTS = 6
MAX_LINES = 500
"""Of which the acts on the index are made: more than any one act writes."""
ONE_ACT = datetime.timedelta(minutes=1)
"""The longest pause between two lines of one act."""


class Line(NamedTuple):
    """One line of the history, as it is read from the database; `model` counts EDITED_MODELS."""

    when: datetime.datetime
    model: int
    pk: str
    language: str
    user: int
    reason: str | None
    key: int
    """The number of the line in its own table."""


@dataclass(frozen=True)
class Change:
    """What one editor did at once, to one row or to several rows of a kind."""

    when: datetime.datetime
    who: str
    count: int
    kind: str
    """The name of the kind of row, in the plural for several."""
    name: str
    """Of the row; for an edit of many departments, what it did; else "" for several."""
    languages: Sequence[str]
    why: str
    address: str
    """Of the history: of the row, or of all lines of this act."""


def lines(
    codes: Collection[str] | None,
    first: datetime.datetime | None = None,
    last: datetime.datetime | None = None,
) -> models.QuerySet[Any]:
    """Return the history of what editors changed as tuples of `Line`, newest first.

    `codes` restrict it to texts in these languages, None to nothing; `first` and `last` to moments.
    """
    key = None if codes is None else tuple(codes)
    return _union(key).all() if first is None and last is None else _build_union(key, first, last)


@functools.cache
def _union(codes: tuple[str, ...] | None) -> models.QuerySet[Any]:
    """Return all lines. Putting the query together takes longer than the database does.

    Whoever evaluates it takes a copy: it would keep its results.
    """
    return _build_union(codes, None, None)


def _build_union(
    codes: tuple[str, ...] | None,
    first: datetime.datetime | None,
    last: datetime.datetime | None,
) -> models.QuerySet[Any]:
    parts = []
    for position, model in enumerate(EDITED_MODELS):
        relation = getattr(getattr(model, "texts", None), "rel", None)
        tables: list[tuple[Any, str, Any]] = []
        if codes is None:
            tables.append((model, model._meta.pk.attname, Value("", CharField())))
        if relation is not None:
            tables.append((relation.related_model, relation.field.attname, F("language")))
        for tracked, owner, language in tables:
            records = tracked.history.exclude(history_user=None).order_by()
            if codes is not None:
                records = records.filter(language__in=codes)
            if first is not None:
                records = records.filter(history_date__gte=first)
            if last is not None:
                records = records.filter(history_date__lte=last)
            parts.append(
                records.annotate(
                    model=Value(position, IntegerField()),
                    pk_of_row=Cast(owner, CharField()),
                    language_of_text=language,
                ).values_list(
                    "history_date",
                    "model",
                    "pk_of_row",
                    "language_of_text",
                    "history_user_id",
                    "history_change_reason",
                    "history_id",
                )
            )
    union: models.QuerySet[Any] = parts[0].union(*parts[1:], all=True)
    return union.order_by("-history_date", "-history_id")


def acts(codes: Collection[str] | None) -> list[Change]:
    """Return the last acts of editors, newest first, at most MAX_ACTS; `codes` as for `lines`."""
    groups: list[list[Line]] = []
    for line in map(Line._make, lines(codes)[:MAX_LINES]):
        group = next((group for group in groups if _is_one_act(group[-1], line)), None)
        if group is not None:
            group.append(line)
        elif len(groups) == MAX_ACTS:
            break
        else:
            groups.append([line])
    return _changes(groups)


def changes(page: Iterable[Sequence[Any]]) -> list[Change]:
    """Return some of `lines`, each as a change of its own, in their order."""
    return _changes([[Line._make(line)] for line in page])


def _is_one_act(newer: Line, line: Line) -> bool:
    """Tell whether a line belongs to the same act as a newer one."""
    same = (newer.user, newer.model, newer.reason) == (line.user, line.model, line.reason)
    return same and newer.when - line.when <= ONE_ACT


def _changes(groups: list[list[Line]]) -> list[Change]:
    """Return the groups of lines as changes: a query for users, a few for each kind of row."""
    users = get_user_model()._default_manager.in_bulk({line.user for [line, *_] in groups})
    rows = _rows(group[0] for group in groups if len(_pks(group)) == 1)
    edits = _bulk_edits(groups)
    names = dict(languages())
    results = []
    for group in groups:
        newest, model, count = group[0], EDITED_MODELS[group[0].model], len(_pks(group))
        row = rows.get((newest.model, newest.pk)) if count == 1 else None
        edit = "" if count == 1 or model is not Department else _title(group, edits)
        kind = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
        results.append(
            Change(
                when=newest.when,
                who=str(users[newest.user]),
                count=count,
                kind=str(kind),
                name=edit or (str(row) if row is not None else newest.pk if count == 1 else ""),
                languages=[
                    names.get(code, code)
                    for code in sorted({line.language for line in group})
                    if code
                ],
                why=newest.reason or "",
                address=_address(group, is_bulk_edit=bool(edit)),
            )
        )
    return results


def _pks(group: Iterable[Line]) -> set[str]:
    return {line.pk for line in group}


def _rows(some_lines: Iterable[Line]) -> dict[tuple[int, str], models.Model]:
    """Return the rows of some lines by the lines' model and key."""
    pks: dict[int, set[str]] = {}
    for line in some_lines:
        pks.setdefault(line.model, set()).add(line.pk)
    return {
        (position, str(row.pk)): row
        for position, keys in pks.items()
        for row in titled(EDITED_MODELS[position]).filter(pk__in=keys)
    }


def _bulk_edits(groups: list[list[Line]]) -> dict[tuple[str, int], str]:
    """Return what the edits of many departments did, by "departments" or "texts" and line."""
    titles: dict[tuple[str, int], str] = {}
    for field in ("departments", "texts"):
        keys = [
            line.key
            for group in groups
            for line in group
            if EDITED_MODELS[line.model] is Department and _field(line) == field
        ]
        if keys:
            edits = BulkEdit.objects.filter(**{f"{field}__in": keys})
            pairs = edits.values_list(field, "title")
            titles |= {(field, key): str(BulkEdit(title=title)) for key, title in pairs}
    return titles


def _title(group: list[Line], edits: dict[tuple[str, int], str]) -> str:
    titles = (edits.get((_field(line), line.key), "") for line in group)
    return next(filter(None, titles), "")


def _field(line: Line) -> str:
    """Return the field of a BulkEdit that holds such a line of a department."""
    return "texts" if line.language else "departments"


def _address(group: list[Line], *, is_bulk_edit: bool) -> str:
    """Return the path of the history: of the row, of the edit, or of the act's lines."""
    newest = group[0]
    if is_bulk_edit:
        return reverse("admin:rollout_bulk_edits")
    if len(_pks(group)) == 1:
        name = EDITED_MODELS[newest.model]._meta.model_name
        return reverse(f"admin:rollout_{name}_history", args=[newest.pk])
    moments = {"first": group[-1].when.isoformat(), "last": newest.when.isoformat()}
    return f"{reverse('admin:rollout_changes')}?{urlencode(moments)}"
