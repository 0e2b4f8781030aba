"""Matches words with names of the index: exact, by prefix, by similarity, within departments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rollout.search.foreign import foreign_keys
from rollout.search.index import Index
from rollout.search.normalise import key_of, words_of
from rollout.search.rank import (
    MAX_BIGGER_TOWN_DEPARTMENTS,
    MAX_GUESSED_DEPARTMENTS,
    MIN_PREFIX_LENGTH,
    SOUND_EDITS,
    exact_sort_key,
    is_much_bigger,
    is_similar_enough,
    is_town,
    max_edits,
    prefix_sort_key,
    similarity_cost,
)
from rollout.search.read import (
    MAX_TOWN_WORDS,
    Words,
    spellings,
    strip_intercommunal_words,
    strip_small_words,
    with_articles,
)
from rollout.search.results import IndexEntry, MatchQuality, Place, PlaceKind
from rollout.search.vocabulary import GREATER_WORDS


def exact(words: Words, index: Index) -> list[IndexEntry]:
    """Return the entries of this name, in the first of its spellings that has any."""
    for spelling in spellings(words):
        entries = index.exact("".join(spelling))
        if entries:
            return entries
    return []


def named(words: Words, index: Index) -> list[IndexEntry]:
    """Return the entries of this name; else of the name without the small words round it; else
    of the name with an article before it."""
    entries = exact(words, index)
    stripped = strip_small_words(words)
    # A locality or a place overseas does not hide a commune: "Les Saintes", "Le Mont-Dore".
    is_begun = words[-1:] != stripped[-1:] and index.has_prefix("".join(words))  # "Germain en L."
    may_be_hidden = all(_may_hide_a_commune(entry) for entry in entries)
    if may_be_hidden and stripped and stripped != words and not is_begun:
        entries += exact(stripped, index)
    if (
        all(_may_hide_a_commune(entry) for entry in entries)
        and len("".join(stripped)) > MIN_PREFIX_LENGTH
        and not is_foreign(stripped)
    ):
        entries += [
            entry
            for longer in with_articles(stripped)
            for entry in index.exact("".join(longer))
            if words_of(entry.name)[0] == longer[0]  # "epin" is not Le Pin
        ]
    return sorted(dict.fromkeys(entries), key=exact_sort_key)


def _may_hide_a_commune(entry: IndexEntry) -> bool:
    return entry.kind in (PlaceKind.LOCALITY, PlaceKind.COLLECTIVITY)


def within(
    entries: Iterable[IndexEntry], codes: Iterable[str], quality: MatchQuality
) -> list[Place]:
    """Return the entries that are in these departments as places, narrowed to them."""
    allowed = set(codes)
    places = []
    for entry in entries:
        shared = tuple(code for code in entry.departments if code in allowed)
        if shared:
            places.append(entry.place(quality, departments=shared))
    return places


def arrondissement(
    entries: Iterable[IndexEntry],
    number: str,
    index: Index,
    quality: MatchQuality = MatchQuality.EXACT,
) -> list[Place]:
    """Return the municipal arrondissement of this number in the first town that has one."""
    for entry in entries:
        part = index.arrondissements.get(entry.commune, {}).get(number.lstrip("0"))
        if part and is_town(entry):
            postcode = part.postcodes[0] if part.postcodes else ""
            return [part.place(quality, postcode=postcode)]
    return []


def arrondissements(number: str, index: Index) -> list[Place]:
    """Return the municipal arrondissements of this number, that of the biggest town first."""
    towns = filter(None, map(index.commune, index.arrondissements))
    return [
        place
        for town in sorted(towns, key=exact_sort_key)
        for place in arrondissement([town], number, index)
    ]


def intercommunalities(words: Words, index: Index) -> list[Place]:
    """Return the group of communes of this name, without what sort it is, or the biggest whose
    name begins so; a town of that name stands for its group."""
    core = strip_intercommunal_words(words)
    if not core:
        return []
    key = "".join(core)
    table = index.intercommunalities
    entries = sorted(table.exact(key), key=prefix_sort_key)
    if entries:
        return [entry.place(MatchQuality.EXACT) for entry in entries]
    if words[0] == "grand" and core[:1] == ("grand",):
        core = core[1:]  # "Grand Toulouse": a group that has another name
    if len(key) > MIN_PREFIX_LENGTH and words[0] not in GREATER_WORDS:
        entries = [
            entry for begun in table.best_with_prefix(key)[:1] for entry in table.exact(begun)
        ]
    towns = [entry for entry in named(core, index) if entry.departments]
    return [
        *(entry.place(MatchQuality.EXACT) for entry in towns),
        *(entry.place(MatchQuality.PREFIX) for entry in entries),
    ]


def inner_names(words: Words, codes: Iterable[str], index: Index) -> list[Place]:
    """Return the places in these departments of the longest name among these words, of names of
    the same length the last one."""
    allowed = set(codes)
    for size in range(min(len(words), MAX_TOWN_WORDS), 0, -1):
        for start in range(len(words) - size, -1, -1):
            key = "".join(words[start : start + size])
            if len(key) > MIN_PREFIX_LENGTH and index.has_key(key):
                places = within(index.exact(key), allowed, MatchQuality.EXACT)
                if places:
                    return places
    return []


def with_prefix(words: Words, index: Index, much_bigger_than: int | None = None) -> list[Place]:
    """Return the best places whose names begin with these words and go on; with a population,
    only towns that are much bigger (`rank.is_much_bigger`)."""
    entries: list[IndexEntry] = []
    for spelling in spellings(words):
        prefix = "".join(spelling)
        if len(spelling) < len(words) and len(prefix) <= MIN_PREFIX_LENGTH:
            continue  # "Île de Ré": what follows is a whole name
        entries = [
            entry
            for table in (index.names, index.aliases)
            for key in (table.best_with_prefix(prefix) if prefix else ())
            for entry in table.exact(key)
            if entry.departments
        ]
        if entries:
            break
    max_departments = MAX_GUESSED_DEPARTMENTS
    if much_bigger_than is not None:
        max_departments = MAX_BIGGER_TOWN_DEPARTMENTS
        entries = [
            entry
            for entry in entries
            if is_town(entry) and not entry.alias and is_much_bigger(entry, much_bigger_than)
        ]
    entries.sort(key=prefix_sort_key)
    places = [entry.place(MatchQuality.PREFIX) for entry in entries]
    return limit_departments(places, max_departments)


def collectivity_with_prefix(words: Words, index: Index) -> str:
    """Return the collectivity whose name, or whose commune's name, begins so, or ""."""
    prefix = "".join(words)
    if len(prefix) <= MIN_PREFIX_LENGTH:
        return ""
    for table in (index.names, index.aliases):
        for key in table.best_with_prefix(prefix):
            for entry in table.exact(key):
                if entry.kind is PlaceKind.COLLECTIVITY:
                    return entry.today
    return ""


def similar(words: Words, index: Index) -> list[tuple[IndexEntry, float]]:
    """Return entries of similar spelling or sound, likeliest first, each with its cost."""
    for spelling in spellings(words):
        entries = _similar_entries("".join(spelling), index, codes=None)
        if entries:
            return entries
    return []


def with_prefix_within(words: Words, codes: Iterable[str], index: Index) -> list[Place]:
    """Return all places in these departments whose names begin so: "Boulogne 92"."""
    prefix = "".join(words)
    if len(prefix) < MIN_PREFIX_LENGTH or is_foreign(words):
        return []
    entries = [
        entry for table in (index.names, index.aliases) for entry in table.all_with_prefix(prefix)
    ]
    return within(sorted(entries, key=prefix_sort_key), codes, MatchQuality.PREFIX)


def similar_within(words: Words, codes: Iterable[str], index: Index) -> list[Place]:
    """Return the places in these departments whose names begin so, else those spelt similarly."""
    if is_foreign(words):
        return []
    allowed = set(codes)
    places = with_prefix_within(words, allowed, index)
    if places:
        return places
    entries = [entry for entry, _ in _similar_entries("".join(words), index, codes=allowed)]
    return within(entries, allowed, MatchQuality.FUZZY)


def _similar_entries(
    key: str, index: Index, codes: set[str] | None
) -> list[tuple[IndexEntry, float]]:
    """Return entries similar to a key, by cost; with `codes`, only those in these departments."""
    is_within = codes is not None
    known_edits, other_edits = max_edits(len(key), within=is_within)
    costs: dict[IndexEntry, float] = {}
    for table in (index.names, index.aliases):
        edits_by_key = table.similar(key, known_edits, other_edits)
        for similar_key, edits in table.same_sound(key).items():
            edits_by_key[similar_key] = min(edits, SOUND_EDITS)
        for similar_key, edits in edits_by_key.items():
            entries = [
                entry
                for entry in table.exact(similar_key)
                if entry.kind is not PlaceKind.INTERCOMMUNALITY  # their names are common words
                and (codes is None or not codes.isdisjoint(entry.departments))
            ]
            if is_similar_enough(entries, edits, len(key), within=is_within):
                for entry in entries:
                    cost = similarity_cost(entry, edits)
                    costs[entry] = min(cost, costs.get(entry, cost))
    ordered = sorted(costs.items(), key=lambda item: (item[1], exact_sort_key(item[0])))
    cheapest: dict[tuple[str, str, tuple[str, ...]], tuple[IndexEntry, float]] = {}
    for entry, cost in ordered:  # "Marsilia", "Marsilya" and "Marsylia" are one town.
        place = (entry.kind, entry.today or entry.name, entry.departments)
        cheapest.setdefault(place, (entry, cost))
    return list(cheapest.values())


def limit_departments(places: list[Place], max_departments: int) -> list[Place]:
    """Return the places of the first name, and of each further name with which there are still at
    most so many departments."""
    by_name: dict[str, list[Place]] = {}
    for place in places:
        by_name.setdefault(key_of(place.name), []).append(place)
    selected: list[Place] = []
    departments: set[str] = set()
    for namesakes in by_name.values():
        with_these = departments.union(*(place.departments for place in namesakes))
        if not selected or len(with_these) <= max_departments:
            selected += namesakes
            departments = with_these
    return selected


def departments_and_regions(words: Words, index: Index) -> list[IndexEntry]:
    """Return the departments and regions of this name."""
    return [entry for entry in index.exact("".join(words)) if not is_town(entry)]


def splits(words: Words, index: Index, depth: int = 2) -> Iterator[tuple[Words, set[str]]]:
    """Yield each way to split words into a town and the codes of a department or region, in
    either order, or of a department and a region ("Nîmes, Gard, Occitanie")."""
    for at in range(len(words) - 1, 0, -1):
        for town, rest in ((words[:at], words[at:]), (words[at:], words[:at])):
            codes = {
                code
                for variant in {rest, strip_small_words(rest)}
                for entry in departments_and_regions(variant, index)
                for code in entry.departments
            }
            if codes and depth > 1:
                for smaller_town, inner_codes in splits(town, index, depth - 1):
                    if inner_codes & codes:
                        yield smaller_town, inner_codes & codes
            if codes:
                yield town, codes


def endings(words: Words) -> Iterator[Words]:
    """Yield the last words, the longest ending first: a town stands at the end of an address."""
    for start in range(max(0, len(words) - MAX_TOWN_WORDS), len(words)):
        yield words[start:]


def narrow(places: Iterable[Place], codes: Iterable[str]) -> list[Place]:
    """Return the places that are in these departments, narrowed to them."""
    allowed = set(codes)
    shared = (
        (place, tuple(code for code in place.departments if code in allowed)) for place in places
    )
    return [replace(place, departments=codes) for place, codes in shared if codes]


def has_foreign_name(words: Words) -> bool:
    """Tell whether the first or the last of these words are the name of a place abroad."""
    return any(is_foreign(words[:size]) or is_foreign(words[-size:]) for size in range(1, 4))


def is_foreign(words: Words) -> bool:
    """Tell whether these words are the name of a place outside France."""
    return "".join(words) in foreign_keys()
