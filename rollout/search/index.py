"""The index: a big table of France's own names, a small one of aliases, postcodes and codes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from copy import copy

from rollout.search.foreign import foreign_keys
from rollout.search.name_table import NameTable
from rollout.search.normalise import key_of
from rollout.search.rank import exact_sort_key, is_well_known, prefix_sort_key
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

# Monaco is no part of France, but La Poste serves it (98000) and populations ask.
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
_PART_SEPARATOR = re.compile(r"\s*[(/)]\s*")

KeyedEntry = tuple[str, IndexEntry]


class Index:
    """Everything that a search looks up. Read-only once built, so threads may share it.

    departments, regions, communes  entries by code (communes: by INSEE code)
    arrondissements                 entries by the town's INSEE code, then by number ("3")
    collectivity_codes              names of overseas collectivities by number ("988")
    collectivity_postcodes          the same names by postcode of their communes
    names, aliases                  entries by key: of the reference data, of the alias table
    """

    def __init__(
        self,
        departments: Sequence[DepartmentRow],
        regions: Sequence[RegionRow],
        communes: Sequence[CommuneRow],
        former_names: Sequence[FormerNameRow],
        collectivities: Sequence[CollectivityRow],
    ) -> None:
        """Build an index without aliases from rows of the reference data, in any order.

        Raises OSError if the list of foreign names cannot be read.
        """
        foreign_keys()  # Reads the file now, not during the first search.
        self.communes: dict[str, IndexEntry] = {}
        self.arrondissements: dict[str, dict[str, IndexEntry]] = {}
        self.departments: dict[str, IndexEntry] = {}
        self.regions: dict[str, IndexEntry] = {}
        self._postcodes: dict[str, tuple[IndexEntry, ...]] = {}
        self.collectivity_codes: dict[str, str] = {}
        self.collectivity_postcodes: dict[str, str] = {}
        pairs: list[KeyedEntry] = []
        pairs.extend(self._commune_entries(communes))
        pairs.extend(self._former_name_entries(former_names))
        pairs.extend(self._department_and_region_entries(departments, regions))
        pairs.extend(self._collectivity_entries([*collectivities, MONACO]))
        self.names = NameTable(pairs, prefix_sort_key, is_well_known)
        self.aliases = NameTable((), prefix_sort_key, is_well_known)
        self._sorted_postcodes = sorted(self._postcodes)

    def with_aliases(self, rows: Iterable[AliasRow]) -> Index:
        """Return a copy with these aliases instead of its own; everything else is shared."""
        other = copy(self)
        other.aliases = NameTable(self._alias_entries(rows), prefix_sort_key, is_well_known)
        return other

    def exact(self, key: str) -> list[IndexEntry]:
        """Return the entries of this key in both tables, in the order of rank.py; no alias that
        repeats a name."""
        entries = list(self.names.exact(key))
        names = {(entry.name, entry.departments) for entry in entries}
        for entry in self.aliases.exact(key):
            if (entry.today or entry.name, entry.departments) not in names:
                entries.append(entry)
        return sorted(entries, key=exact_sort_key)

    def postcode(self, code: str) -> tuple[IndexEntry, ...]:
        """Return the communes and arrondissements of a whole postcode, in the order of rank.py."""
        return self._postcodes.get(code, ())

    def postcodes_with_prefix(self, prefix: str) -> list[str]:
        """Return the postcodes of communes that begin with these digits, sorted."""
        start = bisect_left(self._sorted_postcodes, prefix)
        end = bisect_left(self._sorted_postcodes, prefix + ":", lo=start)
        return self._sorted_postcodes[start:end]

    def _commune_entries(self, rows: Sequence[CommuneRow]) -> Iterator[KeyedEntry]:
        communes = {row.insee: row for row in rows if row.kind == "C"}
        # One tuple per department, shared by its communes: this saves memory.
        codes = {row.department: (row.department,) for row in rows}
        by_postcode: dict[str, list[IndexEntry]] = {}
        for row in rows:
            parent = communes.get(row.parent) if row.kind in "DA" else None
            if parent and key_of(parent.name) == key_of(row.name):
                continue  # The chief town of a new commune of the same name says nothing more.
            entry = IndexEntry(
                kind=_TOWN_KINDS[row.kind],
                name=row.name,
                departments=codes[row.department],
                today=parent.name if parent else "",
                population=parent.population if parent else row.population,
                commune=parent.insee if parent else row.insee,
                postcodes=row.postcodes,
            )
            if row.kind == "C":
                self.communes[row.insee] = entry
            elif row.kind == "M":
                number = "".join(re.findall(r"\d+", row.name))
                self.arrondissements.setdefault(row.parent, {})[number] = entry
            for postcode in row.postcodes:
                by_postcode.setdefault(postcode, []).append(entry)
            yield from _with_keys(entry)
        for postcode, entries in by_postcode.items():
            self._postcodes[postcode] = tuple(sorted(entries, key=exact_sort_key))

    def _former_name_entries(self, rows: Sequence[FormerNameRow]) -> Iterator[KeyedEntry]:
        for row in rows:
            today = self.communes.get(row.commune)
            if key_of(row.name) == key_of(row.commune_name):
                continue
            yield from _with_keys(
                IndexEntry(
                    kind=PlaceKind.FORMER_TOWN,
                    name=row.name,
                    departments=(row.department,),
                    today=row.commune_name,
                    population=today.population if today else 0,
                    commune=row.commune,
                    postcodes=today.postcodes if today else (),
                )
            )

    def _department_and_region_entries(
        self, departments: Sequence[DepartmentRow], regions: Sequence[RegionRow]
    ) -> Iterator[KeyedEntry]:
        populations: dict[str, int] = {}
        for commune in self.communes.values():
            code = commune.departments[0]
            populations[code] = populations.get(code, 0) + commune.population
        for row in departments:
            self.departments[row.code] = IndexEntry(
                kind=PlaceKind.DEPARTMENT,
                name=row.name,
                departments=(row.code,),
                population=populations.get(row.code, 0),
            )
        for region in regions:
            codes = tuple(sorted(row.code for row in departments if row.region == region.code))
            self.regions[region.code] = IndexEntry(
                kind=PlaceKind.REGION,
                name=region.name,
                departments=codes,
                population=sum(populations.get(code, 0) for code in codes),
            )
        for entry in (*self.departments.values(), *self.regions.values()):
            yield from _with_keys(entry)

    def _collectivity_entries(self, rows: Sequence[CollectivityRow]) -> Iterator[KeyedEntry]:
        for row in rows:
            self.collectivity_codes[row.collectivity] = row.collectivity_name
            for postcode in row.postcodes:
                self.collectivity_postcodes[postcode] = row.collectivity_name
            for name in dict.fromkeys((row.name, row.collectivity_name)):
                yield from _with_keys(
                    IndexEntry(
                        kind=PlaceKind.COLLECTIVITY,
                        name=name,
                        today=row.collectivity_name,
                        commune=row.collectivity,
                        postcodes=row.postcodes,
                    )
                )

    def _alias_entries(self, rows: Iterable[AliasRow]) -> Iterator[KeyedEntry]:
        seen: set[tuple[str, PlaceKind, tuple[str, ...]]] = set()
        # French first, so that of "Rhône-Alpes" and "Rhone-Alpes" the proper one stays.
        for row in sorted(rows, key=lambda row: row.language != "fr"):
            if row.target_type == "collectivity":
                yield from self._collectivity_alias_entries(row)
                continue
            kind = _ALIAS_KINDS.get(row.kind, PlaceKind.LOCALITY)
            if row.target_type == "departments":
                entries = self.departments
            else:
                entries = self.regions if row.target_type == "region" else self.communes
            targets = [entries[code] for code in row.target_codes if code in entries]
            if not targets:
                continue  # An editor's alias may point at what no longer exists.
            codes = tuple(dict.fromkeys(code for target in targets for code in target.departments))
            if kind is PlaceKind.DEPARTMENT and len(codes) > 1:
                kind = PlaceKind.GROUP
            if (key_of(row.alias), kind, codes) in seen:
                continue
            seen.add((key_of(row.alias), kind, codes))
            is_other_name = len(targets) == 1 and kind is not PlaceKind.AREA
            yield from _with_keys(
                IndexEntry(
                    kind=kind,
                    name=row.alias,
                    departments=codes,
                    today=targets[0].name if is_other_name else "",
                    population=sum(target.population for target in targets),
                    commune=targets[0].commune,
                    postcodes=targets[0].postcodes,
                    alias=True,
                )
            )

    def _collectivity_alias_entries(self, row: AliasRow) -> Iterator[KeyedEntry]:
        """Yield another name of an overseas collectivity: "French Polynesia"."""
        for code in row.target_codes:
            name = self.collectivity_codes.get(code)
            if name:
                yield from _with_keys(
                    IndexEntry(
                        kind=PlaceKind.COLLECTIVITY,
                        name=row.alias,
                        today=name,
                        commune=code,
                        alias=True,
                    )
                )


def _with_keys(entry: IndexEntry) -> Iterator[KeyedEntry]:
    """Yield an entry with the key of its whole name and of its parts: what precedes a bracket,
    and in an alias each spelling ("コルス (コルシカ)", "Północny / Nord / Północna")."""
    whole = key_of(entry.name)
    yield whole, entry
    if "(" in entry.name or "/" in entry.name:
        parts = _PART_SEPARATOR.split(entry.name)
        for key in {key_of(part) for part in (parts if entry.alias else parts[:1])} - {whole}:
            yield key, entry
