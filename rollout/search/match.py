"""Words meet the index: exactly, as a beginning, nearly, within departments, or as an address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rollout.search.foreign import foreign_keys
from rollout.search.index import Index
from rollout.search.normalise import key_of, words_of
from rollout.search.rank import (
    LONG_ENOUGH_TO_BEGIN,
    MORE_BEGUN,
    MOST_GUESSED,
    SOUND,
    exact_order,
    fuzzy_cost,
    is_town,
    much_bigger,
    near_enough,
    prefix_order,
    widest,
)
from rollout.search.read import LONGEST_TOWN, Words, spellings, strip_small, with_articles
from rollout.search.results import IndexEntry, Match, Place, PlaceKind


def exact(words: Words, index: Index) -> list[IndexEntry]:
    """Entries of this name, in any of its spellings."""
    for spelling in spellings(words):
        entries = index.exact("".join(spelling))
        if entries:
            return entries
    return []


def named(words: Words, index: Index) -> list[IndexEntry]:
    """Entries of this name; else without the small words round it; else with an article."""
    entries = exact(words, index)
    bare = strip_small(words)
    if not entries and bare and bare != words:
        entries = exact(bare, index)
    if not entries and len("".join(bare)) > LONG_ENOUGH_TO_BEGIN and not abroad(bare):
        entries = [
            entry
            for longer in with_articles(bare)
            for entry in index.exact("".join(longer))
            if words_of(entry.name)[0] == longer[0]  # "epin" is not Le Pin
        ]
        entries.sort(key=exact_order)
    return entries


def within(entries: Iterable[IndexEntry], codes: Iterable[str], match: Match) -> list[Place]:
    """The entries that are in these departments, narrowed to them."""
    wanted = set(codes)
    places = []
    for entry in entries:
        shared = tuple(code for code in entry.departments if code in wanted)
        if shared:
            places.append(entry.place(match, departments=shared))
    return places


def arrondissement(
    entries: Iterable[IndexEntry], number: str, index: Index, match: Match = Match.EXACT
) -> list[Place]:
    """The municipal arrondissement of this number in the first town that has one."""
    for entry in entries:
        found = index.arrondissements.get(entry.commune, {}).get(number.lstrip("0"))
        if found and is_town(entry):
            postcode = found.postcodes[0] if found.postcodes else ""
            return [found.place(match, postcode=postcode)]
    return []


def begun(words: Words, index: Index, much_bigger_than: int | None = None) -> list[Place]:
    """Places whose names begin with these words; only much bigger ones if that is asked."""
    entries: list[IndexEntry] = []
    for spelling in spellings(words):
        prefix = "".join(spelling)
        entries = [
            entry
            for table in (index.names, index.aliases)
            for key in (table.starting(prefix) if prefix else ())
            for entry in table.exact(key)
            if entry.departments
        ]
        if entries:
            break
    if much_bigger_than is not None:
        entries = [
            entry
            for entry in entries
            if is_town(entry) and not entry.alias and much_bigger(entry, much_bigger_than)
        ]
    entries.sort(key=prefix_order)
    most = MOST_GUESSED if much_bigger_than is None else MORE_BEGUN
    return few([entry.place(Match.PREFIX) for entry in entries], most)


def begun_elsewhere(words: Words, index: Index) -> str:
    """The collectivity whose name, or whose commune's name, begins with these words; else ""."""
    prefix = "".join(words)
    if len(prefix) <= LONG_ENOUGH_TO_BEGIN:
        return ""
    for table in (index.names, index.aliases):
        for key in table.starting(prefix):
            for entry in table.exact(key):
                if entry.kind is PlaceKind.COLLECTIVITY:
                    return entry.today
    return ""


def near(words: Words, index: Index) -> list[tuple[IndexEntry, float]]:
    """Entries spelt or sounding nearly so, likeliest first, each with its cost."""
    for spelling in spellings(words):
        found = _likeliest("".join(spelling), index, codes=None)
        if found:
            return found
    return []


def begun_within(words: Words, codes: Iterable[str], index: Index) -> list[Place]:
    """Places in these departments that begin so: "Boulogne 92"."""
    key = "".join(words)
    if len(key) < LONG_ENOUGH_TO_BEGIN or abroad(words):
        return []
    return within(_all_starting(key, index), codes, Match.PREFIX)


def near_within(words: Words, codes: Iterable[str], index: Index) -> list[Place]:
    """Places in these departments that begin so, else those that are spelt nearly so."""
    if abroad(words):
        return []
    wanted = set(codes)
    near_ones = [entry for entry, _ in _likeliest("".join(words), index, codes=wanted)]
    return begun_within(words, wanted, index) or within(near_ones, wanted, Match.FUZZY)


def _all_starting(key: str, index: Index) -> list[IndexEntry]:
    """Entries that begin so, in order; not only the best of all departments."""
    entries = [
        entry
        for table in (index.names, index.aliases)
        for longer in table.all_starting(key)
        for entry in table.exact(longer)
    ]
    return sorted(entries, key=prefix_order)


def _likeliest(key: str, index: Index, codes: set[str] | None) -> list[tuple[IndexEntry, float]]:
    """Entries near a key, by cost; with `codes`, only those in these departments."""
    reach, unknown = widest(len(key), within=codes is not None)
    costs: dict[IndexEntry, float] = {}
    for table in (index.names, index.aliases):
        edits = table.near(key, reach, unknown)
        for alike, distance in table.sounding(key).items():
            edits[alike] = min(distance, SOUND)
        for other, distance in edits.items():
            entries = [
                entry
                for entry in table.exact(other)
                if codes is None or not codes.isdisjoint(entry.departments)
            ]
            if near_enough(entries, distance, len(key), within=codes is not None):
                for entry in entries:
                    cost = fuzzy_cost(entry, distance)
                    costs[entry] = min(cost, costs.get(entry, cost))
    ordered = sorted(costs.items(), key=lambda item: (item[1], exact_order(item[0])))
    meant: dict[tuple[str, str, tuple[str, ...]], tuple[IndexEntry, float]] = {}
    for entry, cost in ordered:  # "Marsilia", "Marsilya" and "Marsylia" are one town.
        meant.setdefault((entry.kind, entry.today or entry.name, entry.departments), (entry, cost))
    return list(meant.values())


def few(places: list[Place], most: int) -> list[Place]:
    """The places of the first name, and of the next as long as they lead to few departments."""
    names: dict[str, list[Place]] = {}
    for place in places:
        names.setdefault(key_of(place.name), []).append(place)
    kept: list[Place] = []
    departments: set[str] = set()
    for namesakes in names.values():
        with_these = departments.union(*(place.departments for place in namesakes))
        if not kept or len(with_these) <= most:
            kept += namesakes
            departments = with_these
    return kept


def wholes(words: Words, index: Index) -> list[IndexEntry]:
    """The departments and regions of this name."""
    return [entry for entry in index.exact("".join(words)) if not is_town(entry)]


def splits(words: Words, index: Index, depth: int = 2) -> Iterator[tuple[Words, set[str]]]:
    """The ways to read words as a town and a department or region, in either order, or as a town,
    a department and a region ("Nîmes, Gard, Occitanie")."""
    for at in range(len(words) - 1, 0, -1):
        for town, whole in ((words[:at], words[at:]), (words[at:], words[:at])):
            codes = {
                code
                for reading in {whole, strip_small(whole)}
                for entry in wholes(reading, index)
                for code in entry.departments
            }
            if codes and depth > 1:
                for smaller, inner in splits(town, index, depth - 1):
                    if inner & codes:
                        yield smaller, inner & codes
            if codes:
                yield town, codes


def endings(words: Words) -> Iterator[Words]:
    """The last words, the longest ending first: a town stands at the end of an address."""
    for start in range(max(0, len(words) - LONGEST_TOWN), len(words)):
        yield words[start:]


def abroad(words: Words) -> bool:
    """Are these words a place outside France?"""
    return "".join(words) in foreign_keys()
