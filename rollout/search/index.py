"""Rows become an index: a big table of France's own names, and a small one of aliases over it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from copy import copy

from rollout.search.foreign import foreign_keys
from rollout.search.name_table import NameTable
from rollout.search.normalise import key_of
from rollout.search.rank import exact_order, prefix_order, well_known
from rollout.search.results import (
    AliasRow,
    CollectivityRow,
    CommuneRow,
    DepartmentRow,
    FormerNameRow,
    IndexEntry,
    PlaceKind,
    RegionRow,
)

# Monaco is no part of France, but La Poste serves it (98000) and people ask.
MONACO = CollectivityRow("", "Monaco", "980", "Monaco", ("98000",))

_TOWN_KINDS = {
    "C": PlaceKind.TOWN,
    "M": PlaceKind.ARRONDISSEMENT,
    "D": PlaceKind.DELEGATED,
    "A": PlaceKind.DELEGATED,
}
_ALIAS_KINDS = {
    "area_approx": PlaceKind.AREA,
    "former_region": PlaceKind.FORMER_REGION,
    "interim_region_2016": PlaceKind.FORMER_REGION,
    "former_department": PlaceKind.FORMER_DEPARTMENT,
    "department_exonym": PlaceKind.DEPARTMENT,
    "department_nickname": PlaceKind.DEPARTMENT,
    "region_exonym": PlaceKind.REGION,
    "region_short": PlaceKind.REGION,
    "city_exonym": PlaceKind.TOWN,
    "well_known_place": PlaceKind.LOCALITY,
}
_PARTS = re.compile(r"\s*[(/)]\s*")


class Index:
    """Everything that `find` looks things up in. Read-only once built; safe between threads."""

    def __init__(
        self,
        departments: Sequence[DepartmentRow],
        regions: Sequence[RegionRow],
        communes: Sequence[CommuneRow],
        former_names: Sequence[FormerNameRow],
        collectivities: Sequence[CollectivityRow],
    ) -> None:
        """Build the big part, from rows of the reference data in any order."""
        foreign_keys()  # Read now, not during somebody's search.
        self.communes: dict[str, IndexEntry] = {}
        self.arrondissements: dict[str, dict[str, IndexEntry]] = {}
        self.departments: dict[str, IndexEntry] = {}
        self.regions: dict[str, IndexEntry] = {}
        self._postcodes: dict[str, tuple[IndexEntry, ...]] = {}
        self.collectivity_codes: dict[str, str] = {}
        self.collectivity_postcodes: dict[str, str] = {}
        pairs: list[tuple[str, IndexEntry]] = []
        pairs.extend(self._communes(communes))
        pairs.extend(self._former(former_names))
        pairs.extend(self._wholes(departments, regions))
        pairs.extend(self._collectivities([*collectivities, MONACO]))
        self.names = NameTable(pairs, prefix_order, well_known)
        self.aliases = NameTable((), prefix_order, well_known)
        self._sorted_postcodes = sorted(self._postcodes)

    def with_aliases(self, rows: Iterable[AliasRow]) -> Index:
        """The same index with these aliases instead of those it had; the big part is shared."""
        other = copy(self)
        other.aliases = NameTable(self._aliases(rows), prefix_order, well_known)
        return other

    def exact(self, key: str) -> list[IndexEntry]:
        """Entries of this key in both tables, in order; no alias that repeats a name."""
        entries = list(self.names.exact(key))
        known = {(entry.name, entry.departments) for entry in entries}
        for entry in self.aliases.exact(key):
            if (entry.today or entry.name, entry.departments) not in known:
                entries.append(entry)
        return sorted(entries, key=exact_order)

    def postcode(self, code: str) -> tuple[IndexEntry, ...]:
        """The communes and arrondissements of a whole postcode, biggest first."""
        return self._postcodes.get(code, ())

    def postcodes_starting(self, prefix: str) -> list[str]:
        """The known postcodes that begin so."""
        start = bisect_left(self._sorted_postcodes, prefix)
        end = bisect_left(self._sorted_postcodes, prefix + ":", lo=start)
        return self._sorted_postcodes[start:end]

    def _communes(self, rows: Sequence[CommuneRow]) -> Iterator[tuple[str, IndexEntry]]:
        current = {row.insee: row for row in rows if row.kind == "C"}
        # One tuple per department, shared by its communes, keeps the index small.
        codes = {row.department: (row.department,) for row in rows}
        served: dict[str, list[IndexEntry]] = {}
        for row in rows:
            parent = current.get(row.parent)
            if row.kind in "DA" and parent and key_of(parent.name) == key_of(row.name):
                continue  # The chief town of a new commune of the same name says nothing more.
            entry = IndexEntry(
                kind=_TOWN_KINDS[row.kind],
                name=row.name,
                departments=codes[row.department],
                today=parent.name if parent and row.kind in "DA" else "",
                population=parent.population if parent and row.kind in "DA" else row.population,
                commune=parent.insee if parent and row.kind in "DA" else row.insee,
                postcodes=row.postcodes,
                alias=False,
            )
            if row.kind == "C":
                self.communes[row.insee] = entry
            elif row.kind == "M":
                number = "".join(re.findall(r"\d+", row.name))
                self.arrondissements.setdefault(row.parent, {})[number] = entry
            for postcode in row.postcodes:
                served.setdefault(postcode, []).append(entry)
            yield from _keyed(entry)
        for postcode, entries in served.items():
            self._postcodes[postcode] = tuple(sorted(entries, key=exact_order))

    def _former(self, rows: Sequence[FormerNameRow]) -> Iterator[tuple[str, IndexEntry]]:
        for row in rows:
            today = self.communes.get(row.commune)
            if key_of(row.name) == key_of(row.commune_name):
                continue
            yield from _keyed(
                IndexEntry(
                    kind=PlaceKind.FORMER_TOWN,
                    name=row.name,
                    departments=(row.department,),
                    today=row.commune_name,
                    population=today.population if today else 0,
                    commune=row.commune,
                    postcodes=today.postcodes if today else (),
                    alias=False,
                )
            )

    def _wholes(
        self, departments: Sequence[DepartmentRow], regions: Sequence[RegionRow]
    ) -> Iterator[tuple[str, IndexEntry]]:
        people: dict[str, int] = {}
        for commune in self.communes.values():
            code = commune.departments[0]
            people[code] = people.get(code, 0) + commune.population
        for row in departments:
            self.departments[row.code] = IndexEntry(
                PlaceKind.DEPARTMENT, row.name, (row.code,), "", people.get(row.code, 0), "", (),
                alias=False,
            )  # fmt: skip
        for region in regions:
            codes = tuple(sorted(row.code for row in departments if row.region == region.code))
            self.regions[region.code] = IndexEntry(
                PlaceKind.REGION, region.name, codes, "", sum(people.get(c, 0) for c in codes),
                "", (), alias=False,
            )  # fmt: skip
        for entry in (*self.departments.values(), *self.regions.values()):
            yield from _keyed(entry)

    def _collectivities(self, rows: Sequence[CollectivityRow]) -> Iterator[tuple[str, IndexEntry]]:
        for row in rows:
            self.collectivity_codes[row.collectivity] = row.collectivity_name
            for postcode in row.postcodes:
                self.collectivity_postcodes[postcode] = row.name
            for name in dict.fromkeys((row.name, row.collectivity_name)):
                yield from _keyed(
                    IndexEntry(
                        PlaceKind.COLLECTIVITY, name, (), row.collectivity_name, 0,
                        row.collectivity, row.postcodes, alias=False,
                    )
                )  # fmt: skip

    def _aliases(self, rows: Iterable[AliasRow]) -> Iterator[tuple[str, IndexEntry]]:
        seen: set[tuple[str, PlaceKind, tuple[str, ...]]] = set()
        # French first, so that of "Rhône-Alpes" and "Rhone-Alpes" the proper one stays.
        for row in sorted(rows, key=lambda row: row.language != "fr"):
            if row.target_type == "collectivity":
                yield from self._alias_elsewhere(row)
                continue
            kind = _ALIAS_KINDS.get(row.kind, PlaceKind.LOCALITY)
            if row.target_type == "departments":
                targets = [self.departments.get(code) for code in row.target_codes]
            else:
                table = self.regions if row.target_type == "region" else self.communes
                targets = [table.get(code) for code in row.target_codes]
            known = [target for target in targets if target]
            if not known:
                continue  # An editor's alias may point at what is gone; it then leads nowhere.
            codes = tuple(dict.fromkeys(code for target in known for code in target.departments))
            if kind is PlaceKind.DEPARTMENT and len(codes) > 1:
                kind = PlaceKind.GROUP
            if (key_of(row.alias), kind, codes) in seen:
                continue
            seen.add((key_of(row.alias), kind, codes))
            today = known[0].name if len(known) == 1 and kind is not PlaceKind.AREA else ""
            yield from _keyed(
                IndexEntry(
                    kind, row.alias, codes, today, sum(target.population for target in known),
                    known[0].commune, known[0].postcodes, alias=True,
                )
            )  # fmt: skip

    def _alias_elsewhere(self, row: AliasRow) -> Iterator[tuple[str, IndexEntry]]:
        """Another name of an overseas collectivity: "French Polynesia"."""
        for code in row.target_codes:
            name = self.collectivity_codes.get(code)
            if name:
                yield from _keyed(
                    IndexEntry(
                        PlaceKind.COLLECTIVITY, row.alias, (), name, 0, code, (), alias=True,
                    )
                )  # fmt: skip


def _keyed(entry: IndexEntry) -> Iterator[tuple[str, IndexEntry]]:
    """An entry under its whole name, and under its parts: what precedes a bracket, and in an
    alias each spelling ("コルス (コルシカ)", "Północny / Nord / Północna")."""
    whole = key_of(entry.name)
    yield whole, entry
    if "(" in entry.name or "/" in entry.name:
        parts = _PARTS.split(entry.name)
        for key in {key_of(part) for part in (parts if entry.alias else parts[:1])} - {whole}:
            yield key, entry
