"""The order of results, all of it.

1. An exact name before a name with that prefix, before a name of similar spelling
   (`MatchQuality`).
2. Among exact names: regions, then departments, then former regions, then former departments and
   other names for several departments, then towns, then arrondissements, then groups of communes,
   then approximate areas.
   Current and former towns (also déléguées, and what other languages call a town) are one class,
   ordered by the population of today's commune.
3. Among names with a prefix: names in use in France before those of the alias table (so that
   "mar" is not first a Polish Martinique); then as in 2.
4. Among similar names: by cost, where one edit weighs as much as a hundred times the population:
   a misspelt "Toulouse" is likelier than a hamlet that has one correct letter more. A name that
   sounds alike costs `SOUND_EDITS`, if it has not fewer edits.
5. Where these are equal, by name and code, so that an order never changes between two runs.

How similar is similar enough (`is_similar_enough`): short words and small places bear fewer edits,
since a three-letter word is one edit away from everything, and since a hamlet is rarely what was
meant. Names in a department that was named as well need not be big.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log10

from rollout.search.results import IndexEntry, Place, PlaceKind

MAX_PLACES = 30
"""Places listed, beside those without which a department would have none."""
MAX_GUESSED_DEPARTMENTS = 8
"""Departments that prefixes or similar names may add; exact names are always all listed."""
SIMILAR_POPULATION_RATIO = 20
"""Names with a prefix are followed by a similar name of this many times more people: "lion"."""
EDIT_COST = 2
"""Rule 4: two powers of ten."""
ALIAS_POPULATION = 5_000
"""The people that count for an alias, an area or a collectivity in rule 4."""
DEPARTMENT_POPULATION = 100_000
"""The people that count for a department or region in rule 4: those of a city, no more."""
BIGGER_POPULATION_RATIO = 5
"""An exact small town is followed by a town of which it is a prefix, if that has this many times
more people: "nant" is Nant, or Nantes not yet typed to its end."""
MAX_BIGGER_TOWN_DEPARTMENTS = 4
"""Departments that such bigger towns may add."""
SOUND_EDITS = 1
"""Edits that a name costs which sounds alike, however it is spelt."""
MIN_UNKNOWN_LENGTH = 5
"""Letters from which a name that is not known may be a place: "Area 51" is not."""
MIN_PREFIX_LENGTH = 3
"""Letters from which a prefix counts when the department was named too."""

_KIND_ORDER = {
    PlaceKind.REGION: 0,
    PlaceKind.DEPARTMENT: 1,
    PlaceKind.FORMER_REGION: 2,
    PlaceKind.FORMER_DEPARTMENT: 3,
    PlaceKind.GROUP: 3,
    PlaceKind.TOWN: 4,
    PlaceKind.FORMER_TOWN: 4,
    PlaceKind.DELEGATED: 4,
    PlaceKind.LOCALITY: 4,
    PlaceKind.COLLECTIVITY: 4,
    PlaceKind.ARRONDISSEMENT: 5,
    PlaceKind.POSTCODE: 6,
    PlaceKind.INTERCOMMUNALITY: 7,
    PlaceKind.AREA: 8,
}
_FIRST_TOWN_ORDER = _KIND_ORDER[PlaceKind.TOWN]
_TWO_EDITS_POPULATIONS = ((6, 100_000), (8, 10_000), (10, 1_000))
"""(letters, people): up to so many letters, two edits need a place of so many people."""


def exact_sort_key(entry: IndexEntry) -> tuple[int, int, str, tuple[str, ...], str]:
    """Return the sort key of rule 2 (and 5)."""
    return _KIND_ORDER[entry.kind], -entry.population, entry.name, entry.departments, entry.commune


def prefix_sort_key(entry: IndexEntry) -> tuple[int, int, int]:
    """Return the sort key of rule 3."""
    return entry.alias, _KIND_ORDER[entry.kind], -entry.population


def similarity_cost(entry: IndexEntry, edits: int) -> float:
    """Return the cost of rule 4: the smaller, the likelier; it may be negative."""
    return EDIT_COST * edits - log10(max(_weighted_population(entry), 1))


def is_similar_enough(
    entries: Iterable[IndexEntry], edits: int, length: int, *, within: bool
) -> bool:
    """Tell whether a word of this length can mean a name that is so many edits away.

    `entries`: the places of that name; `within`: their department was named too.
    """
    if length < 4:
        return False
    if within:
        return edits <= _max_edits_within(length)
    population = max(map(_weighted_population, entries), default=0)
    if edits <= 1:
        return length >= 6 or population >= (5_000 if length == 5 else 20_000)
    needed = next(
        (people for max_length, people in _TWO_EDITS_POPULATIONS if length <= max_length), 0
    )
    return population >= needed


def max_edits(length: int, *, within: bool) -> tuple[int, int]:
    """Return the most edits that `is_similar_enough` can allow for a word of this length: for
    places that are `is_well_known`, and for all others."""
    if length < 4:
        return 0, 0
    if within:
        return _max_edits_within(length), _max_edits_within(length)
    if length < 6:
        return 1, 0
    return 2, 1 if length <= _TWO_EDITS_POPULATIONS[-1][0] else 2


def _max_edits_within(length: int) -> int:
    return 1 if length < 6 else 2 if length < 12 else 3


def is_well_known(entry: IndexEntry) -> bool:
    """Tell whether a place has the population that two edits in a short name need."""
    return _weighted_population(entry) >= _TWO_EDITS_POPULATIONS[-1][1]


def is_much_bigger(entry: IndexEntry, than: int) -> bool:
    """Tell whether a place is so much bigger than a town of `than` people that it may be meant."""
    return entry.population >= BIGGER_POPULATION_RATIO * max(than, 200)


def is_town(entry: IndexEntry | Place) -> bool:
    """Tell whether this is a town, a part of one or an area: no department or region."""
    return _KIND_ORDER[entry.kind] >= _FIRST_TOWN_ORDER


def is_area(entry: IndexEntry) -> bool:
    """Tell whether towns lie in this: a department, a region, a group of communes, an area."""
    return not is_town(entry) or entry.kind in (PlaceKind.INTERCOMMUNALITY, PlaceKind.AREA)


def _weighted_population(entry: IndexEntry) -> int:
    """Return the people that count in rule 4."""
    if entry.alias or entry.kind in (PlaceKind.AREA, PlaceKind.COLLECTIVITY):
        return ALIAS_POPULATION  # Names in other languages are similar to too many words.
    return entry.population if is_town(entry) else DEPARTMENT_POPULATION


def select_places(places: list[Place]) -> tuple[tuple[str, ...], tuple[Place, ...]]:
    """Return the departments in the order in which they first appear, and the places worth
    showing: the first `MAX_PLACES`, and each later one that is the first in a department."""
    departments: dict[str, None] = {}
    selected: list[Place] = []
    seen: set[Place] = set()
    for place in places:
        if place in seen or not place.departments:
            continue
        seen.add(place)
        is_first = any(code not in departments for code in place.departments)
        departments.update(dict.fromkeys(place.departments))
        if is_first or len(selected) < MAX_PLACES:
            selected.append(place)
    return tuple(departments), tuple(selected)
