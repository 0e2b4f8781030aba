"""The index: a big table of France's own names, a small one of aliases, postcodes and codes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy

from rapidfuzz import fuzz

from rollout.search.foreign import foreign_keys
from rollout.search.name_table import NameTable
from rollout.search.normalise import key_of, words_of
from rollout.search.rank import (
    ALIAS_POPULATION,
    exact_sort_key,
    is_well_known,
    prefix_sort_key,
)
from rollout.search.read import strip_intercommunal_words, strip_small_words
from rollout.search.results import (
    AliasRow,
    CollectivityRow,
    CommuneRow,
    DepartmentRow,
    FormerNameRow,
    IndexEntry,
    IntercommunalityRow,
    PlaceKind,
    PostalLocalityRow,
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
_SPELLING_RATIO = 60
"""Per cent of letters that La Poste's label shares with the commune of which it is a spelling."""
_PART_SEPARATOR = re.compile(r"\s*[(/)]\s*")

_APOSTROPHE = "\u2019"
_ARTICLES = {"L", "L'", "LE", "LA", "LES"}
_ELISION = re.compile(r"\b([LD]) (?=[AEIOUYH])")
_LABEL_WORD = re.compile(r"[^\W_]+|[\W_]+")
_LABEL_SMALL_WORDS = {
    "a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "lez", "pres",
    "sous", "sur",
}  # fmt: skip

KeyedEntry = tuple[str, IndexEntry]


class Index:
    """Everything that a search looks up. Read-only once built, so threads may share it.

    departments, regions, communes  entries by code (communes: by INSEE code)
    arrondissements                 entries by the town's INSEE code, then by number ("3")
    collectivity_codes              names of overseas collectivities by number ("988")
    collectivity_postcodes          the same names by postcode of their communes
    names, aliases                  entries by key: of the reference data, of the alias table
    intercommunalities              entries by the core of their names: "Grand Nancy" by "nancy"
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one for each file of places
        self,
        departments: Sequence[DepartmentRow],
        regions: Sequence[RegionRow],
        communes: Sequence[CommuneRow],
        former_names: Sequence[FormerNameRow],
        collectivities: Sequence[CollectivityRow],
        intercommunalities: Sequence[IntercommunalityRow] = (),
        localities: Sequence[PostalLocalityRow] = (),
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
        official = {key for key, _ in pairs}
        pairs.extend(self._locality_entries(localities, official))
        groups = [(row, _intercommunality_entry(row)) for row in intercommunalities]
        pairs.extend(
            (key, entry)
            for row, entry in groups
            for key in _intercommunality_keys(row.name)
            if key not in official
        )
        cores = [
            (core, entry) for row, entry in groups for core in intercommunality_cores(row.name)
        ]
        self.intercommunalities = NameTable(cores, prefix_sort_key, is_well_known)
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

    def has_key(self, key: str) -> bool:
        """Tell whether any entry has this key: cheaper than `exact`."""
        return key in self.names or key in self.aliases

    def has_prefix(self, prefix: str) -> bool:
        """Tell whether any key of either table begins with this."""
        return self.names.has_prefix(prefix) or self.aliases.has_prefix(prefix)

    def is_postcode(self, code: str) -> bool:
        """Tell whether a commune, in a department or overseas, has this postcode."""
        return code in self._postcodes or code in self.collectivity_postcodes

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

    def _locality_entries(
        self, rows: Sequence[PostalLocalityRow], official: Collection[str]
    ) -> Iterator[KeyedEntry]:
        """Yield labels of La Poste: of each label and department the commune with most streets."""
        seen: set[tuple[str, str]] = set()
        for row in sorted(rows, key=lambda row: -row.street_count):
            name = _name_of_label(row.label)
            key = key_of(name)
            commune = self.communes.get(row.commune)
            if commune is None or (key, row.department) in seen:
                continue
            seen.add((key, row.department))
            if key in official and key_of(commune.name) == key:
                continue
            is_spelling = fuzz.ratio(key, key_of(commune.name)) >= _SPELLING_RATIO
            yield from _with_keys(
                IndexEntry(
                    kind=PlaceKind.TOWN if is_spelling else PlaceKind.LOCALITY,
                    name=name,
                    departments=commune.departments,
                    today=commune.name,
                    population=commune.population if is_spelling else ALIAS_POPULATION,
                    commune=commune.commune,
                    postcodes=(row.postcode,),
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


def _name_of_label(label: str) -> str:
    """Return La Poste's label as a name: "ALPE D HUEZ (L')" is L'Alpe d'Huez."""
    body, _, article = label.partition(" (")
    if article.rstrip(") ").upper() in _ARTICLES:
        article = article.rstrip(") ")
        label = f"{article}{'' if article.endswith(_APOSTROPHE) else ' '}{body}"
    label = _ELISION.sub(lambda match: match[1] + _APOSTROPHE, label.replace("'", _APOSTROPHE))
    words = _LABEL_WORD.findall(label)
    return "".join(
        word.lower() if at and word.lower() in _LABEL_SMALL_WORDS else word.capitalize()
        for at, word in enumerate(words)
    )


def _intercommunality_entry(row: IntercommunalityRow) -> IndexEntry:
    return IndexEntry(
        kind=PlaceKind.INTERCOMMUNALITY,
        name=row.name,
        departments=row.departments,
        population=row.population,
    )


def _intercommunality_keys(name: str) -> set[str]:
    """Return the keys of the whole name, of the name without what sort of group it is, and of an
    acronym in brackets: "CA Territoire de la Côte Ouest (TCO)"."""
    before, _, acronym = name.partition("(")
    words = words_of(before)
    core = strip_intercommunal_words(words)
    keys = {key_of(name), "".join(words), key_of(acronym), "".join(core)}
    if words[:1] and words[0] in {"cc", "ca", "cu"}:
        keys.add("".join(strip_small_words(words[1:])))
    return {key for key in keys if key}


def intercommunality_cores(name: str) -> set[str]:
    """Return the keys by which a group is found when its sort was typed: with and without
    "Grand", "Pays" and their like."""
    words = strip_intercommunal_words(words_of(name.partition("(")[0]))
    shorter = words
    while len(shorter) > 1 and shorter[0] in {"grand", "pays", "region", "territoire", "val"}:
        shorter = strip_small_words(shorter[1:])
    return {"".join(words), "".join(shorter)} - {""}
