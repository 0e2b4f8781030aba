"""The search index of this process: built from the database, renewed when names change there.

Before each search the edition of the facts is compared, and only where that is new what the index
was built from: an alias that an editor adds in one process is known in every other at its next
request.
"""

import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet, Subquery, Value

from rollout import search
from rollout.caching import fragments
from rollout.models import (
    Alias,
    Collectivity,
    Commune,
    Department,
    FormerName,
    ReferenceFile,
    Region,
)
from rollout.search import (
    MONACO,
    AliasRow,
    CollectivityRow,
    CommuneRow,
    DepartmentRow,
    FormerNameRow,
    Index,
    Note,
    Place,
    PlaceKind,
    RegionRow,
    SearchResult,
)

Mark = tuple[int, datetime | None]
"""The state of a table with history: its number of lines, and when the newest was written.

The number alone comes again after a rolled-back transaction; the newest alone misses a line of a
transaction that began before it and ended after it.
"""


@dataclass(frozen=True)
class _Stamp:
    """What the index was built from: it is stale when any of these differ."""

    files: tuple[tuple[str, str], ...]
    regions: Mark
    departments: Mark
    aliases: Mark


@dataclass(frozen=True)
class _Kept:
    """An index with its stamp, and the names of regions and departments in it.

    While the edition of the facts is the same, nothing else has to be compared.
    """

    edition: str
    stamp: _Stamp
    names: tuple[list[DepartmentRow], list[RegionRow]]
    index: Index


_lock = threading.Lock()
_kept: _Kept | None = None


def find(text: str) -> SearchResult:
    """Return which departments a text means, and why. Never raises for what was typed."""
    return search.find(text, index())


class Offer(NamedTuple):
    """A suggestion: what to put in the search box, and the department that it leads to."""

    value: str
    where: str


def suggest(text: str, limit: int = 8) -> list[Offer]:
    """Return what to offer while someone types, best first."""
    now = index()
    return [_offer(place, now) for place in search.suggest(text, now, limit)]


def _offer(place: Place, now: Index) -> Offer:
    """Name a place with its number, where it has one; a department's own name says where it is."""
    if len(place.departments) != 1:
        names = [now.departments[code].name for code in place.departments]
        return Offer(place.name, ", ".join(names) if place.kind != PlaceKind.REGION else "")
    code = place.departments[0]
    where = now.departments[code].name
    return Offer(f"{place.name} ({code})", "" if where == place.name else where)


def is_overseas(answer: SearchResult) -> bool:
    """Tell whether an answer is "not a department" because it is an overseas collectivity."""
    return (
        answer.note == Note.NOT_A_DEPARTMENT
        and answer.note_subject in index().collectivity_codes.values()
        and answer.note_subject != MONACO.name
    )


def index() -> Index:
    """Return the index as the database is now. Building it anew takes a fraction of a second."""
    global _kept  # noqa: PLW0603 - one index per process is the point
    edition = fragments.current_version()
    kept = _kept
    if kept is None or not edition or kept.edition != edition:
        stamp = _stamp()
        with _lock:
            kept = _kept = _renewed(_kept, edition, stamp)
    return kept.index


def _stamp() -> _Stamp:
    """Return the present stamp, in one query."""
    marks = [mark for model in (Region, Department, Alias) for mark in _mark(model)]
    rows = list(ReferenceFile.objects.order_by("name").values_list("name", "digest", *marks))
    files = tuple((row[0], row[1]) for row in rows)
    found = rows[0][2:] if rows else (0, None) * 3
    return _Stamp(files, found[0:2], found[2:4], found[4:6])


def _mark(model: Any) -> tuple[Subquery, Subquery]:
    history = model.history.order_by()
    count = history.annotate(one=Value(1)).values("one").annotate(count=Count("*")).values("count")
    return Subquery(count), Subquery(history.order_by("-history_date").values("history_date")[:1])


def _renewed(kept: _Kept | None, edition: str, stamp: _Stamp) -> _Kept:
    """Return an index for this stamp; the big part is kept where only facts or aliases changed."""
    if kept is not None and kept.stamp == stamp:
        return replace(kept, edition=edition)
    names = (departments(), regions())
    if kept is None or kept.stamp.files != stamp.files or kept.names != names:
        base = _built(*names)
    elif kept.stamp.aliases == stamp.aliases:
        return _Kept(edition, stamp, names, kept.index)
    else:
        base = kept.index
    return _Kept(edition, stamp, names, base.with_aliases(aliases()))


def _built(departments: list[DepartmentRow], regions: list[RegionRow]) -> Index:
    """Return the big part of an index. It makes many objects and no garbage to collect."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return Index(departments, regions, communes(), former_names(), collectivities())
    finally:
        if was_on:
            gc.enable()


def built() -> Index:
    """Return a new index over the database as it is, whatever is kept."""
    return _built(departments(), regions()).with_aliases(aliases())


def _rows(model: Any, *fields: str) -> Iterator[Any]:
    """Return rows one after the other: all at once they take memory that is not given back."""
    rows: QuerySet = model.objects.order_by("pk").values_list(*fields)
    return rows.iterator()


def departments() -> list[DepartmentRow]:
    """Return the departments."""
    return [DepartmentRow(*row) for row in _rows(Department, "code", "name", "region")]


def regions() -> list[RegionRow]:
    """Return the regions."""
    return [RegionRow(*row) for row in _rows(Region, "code", "name")]


def communes() -> list[CommuneRow]:
    """Return the communes and their parts."""
    fields = ("insee", "name", "department", "kind", "postcodes", "population", "parent")
    codes = cache(_codes)  # neighbours share a postcode: a tuple for each would be megabytes
    return [
        CommuneRow(insee, name, department, kind, codes(postcodes), population, parent)
        for insee, name, department, kind, postcodes, population, parent in _rows(Commune, *fields)
    ]


def former_names() -> list[FormerNameRow]:
    """Return the names that no longer exist."""
    return [
        FormerNameRow(*row)
        for row in _rows(FormerName, "name", "department", "commune", "commune_name")
    ]


def collectivities() -> list[CollectivityRow]:
    """Return the communes of the overseas collectivities."""
    fields = ("insee", "name", "collectivity", "collectivity_name", "postcodes")
    return [
        CollectivityRow(*row[:-1], _codes(row[-1]))  # type: ignore[call-arg]
        for row in _rows(Collectivity, *fields)
    ]


def aliases() -> list[AliasRow]:
    """Return the aliases in use."""
    used = Alias.objects.filter(is_active=True).order_by("pk")
    fields = ("name", "kind", "target_type", "target_codes", "language")
    return [
        AliasRow(name, kind, target_type, tuple(codes.split("|")), language)
        for name, kind, target_type, codes, language in used.values_list(*fields)
    ]


def _codes(joined: str) -> tuple[str, ...]:
    return tuple(joined.split("|")) if joined else ()
