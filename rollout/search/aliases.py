"""Rows of the alias table -> the text of the table of their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from rollout.search.build import with_keys
from rollout.search.name_table import name_lines
from rollout.search.normalise import key_of, without_articles_and_endings, words_of
from rollout.search.results import AliasRow, IndexEntry, PlaceKind
from rollout.search.sorted_text import sorted_text

ALIASES = "aliases"

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


def alias_text(
    rows: Iterable[AliasRow],
    targets: Mapping[str, Callable[[str], IndexEntry | None]],
    collectivity_names: Mapping[str, str],
) -> bytes:
    """Return the text of a table of aliases, from rows in any order.

    `targets`: for "departments", "region" and "commune", what returns the entry of a code.
    """
    pairs = list(_alias_pairs(rows, targets, collectivity_names))
    whole_names = {key for key, _entry in pairs}
    # A name without its ending never hides one that is written so: 巴黎大区 is no 巴黎.
    pairs += [
        (key, entry)
        for _key, entry in pairs
        if (key := _short_key(entry)) and key not in whole_names
    ]
    return sorted_text(name_lines(ALIASES, dict.fromkeys(pairs)))


def _short_key(entry: IndexEntry) -> str:
    """Return the key of a name without Arabic articles and Chinese endings; "" if it has none."""
    if entry.name.isascii():
        return ""
    words = words_of(entry.name)
    short = without_articles_and_endings(words)
    return "".join(short) if short != words else ""


def _alias_pairs(
    rows: Iterable[AliasRow],
    targets: Mapping[str, Callable[[str], IndexEntry | None]],
    collectivity_names: Mapping[str, str],
) -> Iterator[tuple[str, IndexEntry]]:
    seen: set[tuple[str, PlaceKind, tuple[str, ...]]] = set()
    # French first, so that of "Rhône-Alpes" and "Rhone-Alpes" the proper one stays.
    for row in sorted(rows, key=lambda row: row.language != "fr"):
        if row.target_type == "collectivity":
            yield from _collectivity_alias_pairs(row, collectivity_names)
            continue
        kind = _ALIAS_KINDS.get(row.kind, PlaceKind.LOCALITY)
        entries = list(filter(None, map(targets[row.target_type], row.target_codes)))
        if not entries:
            continue  # An editor's alias may point at what no longer exists.
        codes = tuple(dict.fromkeys(code for entry in entries for code in entry.departments))
        if kind is PlaceKind.DEPARTMENT and len(codes) > 1:
            kind = PlaceKind.GROUP
        meaning = (key_of(row.alias), kind, codes)
        if meaning in seen:
            continue
        seen.add(meaning)
        is_other_name = len(entries) == 1 and kind is not PlaceKind.AREA
        yield from with_keys(
            IndexEntry(
                kind=kind,
                name=row.alias,
                departments=codes,
                today=entries[0].name if is_other_name else "",
                population=sum(entry.population for entry in entries),
                commune=entries[0].commune,
                postcodes=entries[0].postcodes,
                alias=True,
            )
        )


def _collectivity_alias_pairs(
    row: AliasRow, collectivity_names: Mapping[str, str]
) -> Iterator[tuple[str, IndexEntry]]:
    """Yield another name of an overseas collectivity: "French Polynesia"."""
    for code in row.target_codes:
        name = collectivity_names.get(code)
        if name:
            yield from with_keys(
                IndexEntry(
                    kind=PlaceKind.COLLECTIVITY,
                    name=row.alias,
                    today=name,
                    commune=code,
                    alias=True,
                )
            )
