"""The search index of this process: of the database, opened or built anew when names change there.

Before each search the data version is compared, and only where that is new the version of the
tables that the index is built from: an alias that an editor adds in one process is found by every
other at its next request. All functions raise `django.db.DatabaseError` where the database does
not answer.
"""

import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Count, Model, QuerySet, Subquery, Value

from rollout import search
from rollout.caching import fragments
from rollout.models import (
    Alias,
    Collectivity,
    Commune,
    Department,
    FormerName,
    Intercommunality,
    PostalLocality,
    ReferenceFile,
    Region,
)
from rollout.search import (
    AliasRow,
    CollectivityRow,
    CommuneRow,
    DepartmentRow,
    FormerNameRow,
    Index,
    IntercommunalityRow,
    Note,
    Place,
    PlaceKind,
    PostalLocalityRow,
    RegionRow,
    SearchResult,
    index_file,
)

TableVersion = tuple[int, datetime | None]
"""The version of a table with history: its number of history rows, and the time of the newest.

The number alone comes again after a rolled-back transaction; the newest alone misses a row of a
transaction that began before it and ended after it.
"""


@dataclass(frozen=True)
class IndexVersion:
    """The versions of all that an index is built from: it is stale when any of these differ.

    `files`: name and digest of each reference file, by name.
    """

    files: tuple[tuple[str, str], ...]
    regions: TableVersion
    departments: TableVersion
    aliases: TableVersion


@dataclass(frozen=True)
class CachedIndex:
    """An index with its version, the data version at which it was last compared, and the names of
    departments and regions in it."""

    data_version: str
    version: IndexVersion
    names: tuple[list[DepartmentRow], list[RegionRow]]
    index: Index


_lock = threading.Lock()
_cached: CachedIndex | None = None


def find(text: str) -> SearchResult:
    """Return which departments a text means, and why: `rollout.search.find` on the current index.

    Never raises for what was typed.
    """
    return search.find(text, index())


class Suggestion(NamedTuple):
    """What to put into the search box, and the department that it leads to, or ""."""

    value: str
    where: str


def suggest(text: str, limit: int = 8) -> list[Suggestion]:
    """Return what to suggest while someone types: best first, at most `limit`."""
    current = index()
    return [_suggestion(place, current) for place in search.suggest(text, current, limit)]


def _suggestion(place: Place, current: Index) -> Suggestion:
    """Name a place with its number, where it has one; a department's own name says where it is."""
    if len(place.departments) != 1:
        names = [current.departments[code].name for code in place.departments]
        where = ", ".join(names) if place.kind != PlaceKind.REGION else ""
        return Suggestion(place.name, where)
    code = place.departments[0]
    where = current.departments[code].name
    return Suggestion(f"{place.name} ({code})", "" if where == place.name else where)


def collectivity_code(result: SearchResult) -> str:
    """Return the number of the overseas collectivity of which a result has a note, or "".

    It has one where it is no department, or where towns share its name.
    """
    if result.note not in (Note.NOT_A_DEPARTMENT, Note.ALSO_NOT_A_DEPARTMENT):
        return ""
    codes = {name: code for code, name in index().collectivity_codes.items()}
    return codes.get(result.note_subject, "")


def index() -> Index:
    """Return the index of the database as it is now, from memory where nothing changed.

    Opening it takes a few hundredths of a second, and building it, where no process of this machine
    has yet, one or two seconds; meanwhile other threads wait.
    """
    global _cached  # noqa: PLW0603 - one index per process is the point
    data_version = fragments.current_version()
    cached = _cached
    if cached is None or not data_version or cached.data_version != data_version:
        version = _index_version()
        with _lock:
            cached = _cached = _updated(_cached, data_version, version)
    return cached.index


def clear() -> None:
    """Forget the index: the next search opens it again, as in a process that has just started."""
    global _cached  # noqa: PLW0603 - one index per process is the point
    _cached = None


def _index_version() -> IndexVersion:
    """Return the current version, in one query."""
    rows = list(_version_query().all())
    files = tuple((row[0], row[1]) for row in rows)
    tables = rows[0][2:] if rows else (0, None) * 3
    return IndexVersion(files, tables[0:2], tables[2:4], tables[4:6])


def _rows_version() -> str:
    """Return the version of the rows of `build_text`: the same again only for the same rows."""
    files = ReferenceFile.objects.order_by("name").values_list("name", "digest")
    return repr((list(files), departments(), regions()))


@cache
def _version_query() -> QuerySet[ReferenceFile, Any]:
    """Return its query: name and digest of each reference file, beside three `TableVersion`s."""
    columns = [column for model in (Region, Department, Alias) for column in _table_version(model)]
    return ReferenceFile.objects.order_by("name").values_list("name", "digest", *columns)


def _table_version(model: type[Region | Department | Alias]) -> tuple[Subquery, Subquery]:
    """Return the two columns of a `TableVersion`."""
    history = model.history.order_by()
    count = history.annotate(one=Value(1)).values("one").annotate(count=Count("*")).values("count")
    return Subquery(count), Subquery(history.order_by("-history_date").values("history_date")[:1])


def _updated(cached: CachedIndex | None, data_version: str, version: IndexVersion) -> CachedIndex:
    """Return an index of this version: with the same big part if only facts or aliases changed."""
    if cached is not None and cached.version == version:
        return replace(cached, data_version=data_version)
    names = (departments(), regions())
    if cached is None or cached.version.files != version.files or cached.names != names:
        base = Index(index_file.open_or_build("index", _rows_version, build_text))
    elif cached.version.aliases == version.aliases:
        return CachedIndex(data_version, version, names, cached.index)
    else:
        base = cached.index
    text = index_file.open_or_build(
        "aliases", lambda: f"{base.checksum()} {aliases()}", lambda: base.alias_text(aliases())
    )
    return CachedIndex(data_version, version, names, base.with_aliases(text))


def build_text() -> bytes:
    """Return the text of the index of the database as it is now (`search.index_text`).

    It makes many objects and no garbage to collect.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return search.index_text(
            departments(),
            regions(),
            communes(),
            former_names(),
            collectivities(),
            intercommunalities(),
            postal_localities(),
        )
    finally:
        if was_enabled:
            gc.enable()


# The rows that an index is built from, by primary key.


def _rows(model: type[Model], *fields: str) -> Iterator[Any]:
    """Yield rows one after the other: all at once they take memory that is not given back."""
    return model._default_manager.order_by("pk").values_list(*fields).iterator()


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


def intercommunalities() -> list[IntercommunalityRow]:
    """Return the groups of communes."""
    rows = _rows(Intercommunality, "name", "departments", "population")
    return [IntercommunalityRow(name, _codes(codes), people) for name, codes, people in rows]


def postal_localities() -> list[PostalLocalityRow]:
    """Return the labels of La Poste that are no commune's name."""
    fields = ("name", "postcode", "department", "commune", "street_count")
    return [PostalLocalityRow(*row) for row in _rows(PostalLocality, *fields)]


def aliases() -> list[AliasRow]:
    """Return the active aliases."""
    active = Alias.objects.filter(is_active=True).order_by("pk")
    fields = ("name", "kind", "target_type", "target_codes", "language")
    return [
        AliasRow(name, kind, target_type, tuple(codes.split("|")), language)
        for name, kind, target_type, codes, language in active.values_list(*fields)
    ]


def _codes(joined: str) -> tuple[str, ...]:
    return tuple(joined.split("|")) if joined else ()
