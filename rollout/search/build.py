"""Rows of the database -> the text of the index: names by key, and places by code and postcode."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from rapidfuzz import fuzz

from rollout.search import entry_text
from rollout.search.name_table import name_lines
from rollout.search.normalise import key_of, words_of
from rollout.search.rank import ALIAS_POPULATION, exact_sort_key
from rollout.search.read import strip_intercommunal_words, strip_small_words
from rollout.search.results import (
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
from rollout.search.sorted_text import sorted_text

# What the keys of the text begin with, beside those of the two tables of names.
NAMES, GROUPS = "names", "groups"
COMMUNE, DEPARTMENT, REGION = "commune ", "department ", "region "
ARRONDISSEMENT = "arrondissement "
"""Followed by the INSEE code of the town, a space, and the number."""
POSTCODE = "postcode "
COLLECTIVITY, COLLECTIVITY_POSTCODE = "collectivity ", "collectivity-postcode "

# Monaco is no part of France, but La Poste serves it (98000) and populations ask.
MONACO = CollectivityRow("", "Monaco", "980", "Monaco", ("98000",))

_TOWN_KINDS = {
    "C": PlaceKind.TOWN,
    "M": PlaceKind.ARRONDISSEMENT,
    "D": PlaceKind.DELEGATED,
    "A": PlaceKind.DELEGATED,
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


def index_text(  # noqa: PLR0913, PLR0917 - one for each file of places
    departments: Sequence[DepartmentRow],
    regions: Sequence[RegionRow],
    communes: Sequence[CommuneRow],
    former_names: Sequence[FormerNameRow],
    collectivities: Sequence[CollectivityRow],
    intercommunalities: Sequence[IntercommunalityRow] = (),
    localities: Sequence[PostalLocalityRow] = (),
) -> bytes:
    """Return the text that `index.Index` opens, of rows of the reference data in any order."""
    entries = list(_commune_entries(communes))
    by_code = {entry.commune: entry for entry in entries if entry.kind is PlaceKind.TOWN}
    parts = {entry.commune: entry for entry in entries if entry.kind is PlaceKind.ARRONDISSEMENT}
    areas = dict(_department_and_region_entries(departments, regions, by_code.values()))
    overseas = [*collectivities, MONACO]
    groups = [(row.name, _intercommunality_entry(row)) for row in intercommunalities]
    names = [
        pair
        for entry in (
            *entries,
            *_former_name_entries(former_names, by_code),
            *areas.values(),
            *_collectivity_entries(overseas),
        )
        for pair in with_keys(entry)
    ]
    official = {key for key, _ in names}
    names += _locality_pairs(localities, by_code, official)
    names += (
        (key, entry)
        for name, entry in groups
        for key in _intercommunality_keys(name)
        if key not in official
    )
    cores = [(core, entry) for name, entry in groups for core in intercommunality_cores(name)]
    places = [
        *areas.items(),
        *((f"{COMMUNE}{code}", entry) for code, entry in by_code.items()),
        *_arrondissements(communes, parts),
    ]
    return sorted_text(
        chain(
            name_lines(NAMES, names),
            name_lines(GROUPS, cores),
            _postcode_lines(entries),
            ((key, entry_text.to_text(entry)) for key, entry in places),
            _collectivity_lines(overseas),
        )
    )


def _commune_entries(rows: Sequence[CommuneRow]) -> Iterator[IndexEntry]:
    communes = {row.insee: row for row in rows if row.kind == "C"}
    for row in rows:
        parent = communes.get(row.parent) if row.kind in "DA" else None
        if parent and key_of(parent.name) == key_of(row.name):
            continue  # The chief town of a new commune of the same name says nothing more.
        yield IndexEntry(
            kind=_TOWN_KINDS[row.kind],
            name=row.name,
            departments=(row.department,),
            today=parent.name if parent else "",
            population=parent.population if parent else row.population,
            commune=parent.insee if parent else row.insee,
            postcodes=row.postcodes,
        )


def _postcode_lines(entries: Iterable[IndexEntry]) -> Iterator[tuple[str, str]]:
    by_postcode: dict[str, list[IndexEntry]] = {}
    for entry in entries:
        for postcode in entry.postcodes:
            by_postcode.setdefault(postcode, []).append(entry)
    for postcode, namesakes in by_postcode.items():
        ordered = sorted(namesakes, key=exact_sort_key)
        yield f"{POSTCODE}{postcode}", entry_text.join(map(entry_text.to_text, ordered))


def _arrondissements(
    rows: Iterable[CommuneRow], parts: Mapping[str, IndexEntry]
) -> Iterator[tuple[str, IndexEntry]]:
    for row in rows:
        if row.kind == "M":
            number = "".join(re.findall(r"\d+", row.name))
            yield f"{ARRONDISSEMENT}{row.parent} {number}", parts[row.insee]


def _former_name_entries(
    rows: Iterable[FormerNameRow], communes: Mapping[str, IndexEntry]
) -> Iterator[IndexEntry]:
    for row in rows:
        today = communes.get(row.commune)
        if key_of(row.name) == key_of(row.commune_name):
            continue
        yield IndexEntry(
            kind=PlaceKind.FORMER_TOWN,
            name=row.name,
            departments=(row.department,),
            today=row.commune_name,
            population=today.population if today else 0,
            commune=row.commune,
            postcodes=today.postcodes if today else (),
        )


def _department_and_region_entries(
    departments: Sequence[DepartmentRow],
    regions: Sequence[RegionRow],
    communes: Iterable[IndexEntry],
) -> Iterator[tuple[str, IndexEntry]]:
    """Yield departments, then regions, with their keys in the text."""
    populations: Counter[str] = Counter()
    for commune in communes:
        populations[commune.departments[0]] += commune.population
    for row in departments:
        yield (
            f"{DEPARTMENT}{row.code}",
            IndexEntry(
                kind=PlaceKind.DEPARTMENT,
                name=row.name,
                departments=(row.code,),
                population=populations[row.code],
            ),
        )
    for region in regions:
        codes = tuple(sorted(row.code for row in departments if row.region == region.code))
        yield (
            f"{REGION}{region.code}",
            IndexEntry(
                kind=PlaceKind.REGION,
                name=region.name,
                departments=codes,
                population=sum(populations[code] for code in codes),
            ),
        )


def _collectivity_entries(rows: Iterable[CollectivityRow]) -> Iterator[IndexEntry]:
    for row in rows:
        for name in dict.fromkeys((row.name, row.collectivity_name)):
            yield IndexEntry(
                kind=PlaceKind.COLLECTIVITY,
                name=name,
                today=row.collectivity_name,
                commune=row.collectivity,
                postcodes=row.postcodes,
            )


def _collectivity_lines(rows: Sequence[CollectivityRow]) -> Iterator[tuple[str, str]]:
    names = {f"{COLLECTIVITY}{row.collectivity}": row.collectivity_name for row in rows}
    names |= {
        f"{COLLECTIVITY_POSTCODE}{postcode}": row.collectivity_name
        for row in rows
        for postcode in row.postcodes
    }
    yield from names.items()


def _locality_pairs(
    rows: Iterable[PostalLocalityRow],
    communes: Mapping[str, IndexEntry],
    official: Collection[str],
) -> Iterator[KeyedEntry]:
    """Yield labels of La Poste: of each label and department the commune with most streets."""
    seen: set[tuple[str, str]] = set()
    for row in sorted(rows, key=lambda row: -row.street_count):
        name = _name_of_label(row.label)
        key = key_of(name)
        commune = communes.get(row.commune)
        if commune is None or (key, row.department) in seen:
            continue
        seen.add((key, row.department))
        if key in official and key_of(commune.name) == key:
            continue
        is_spelling = fuzz.ratio(key, key_of(commune.name)) >= _SPELLING_RATIO
        yield from with_keys(
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


def with_keys(entry: IndexEntry) -> Iterator[KeyedEntry]:
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
