"""The order of answers, all of it.

1. An exact name before a name that begins so, before a name spelt nearly so (`Match`).
2. Among exact names: regions, then departments, then former regions, then former departments and
   other names for several departments, then towns, then arrondissements, then approximate areas.
   Current and former towns (also déléguées, and what other languages call a town) are one class,
   ordered by the people of today's commune.
3. Among names that begin so: names in use in France before those of the alias table (so that
   "mar" is not first a Polish Martinique); then as in 2.
4. Among near spellings: by cost, where one edit weighs as much as a hundredfold of people. A slip
   in "Toulouse" is likelier than a correct letter more in a hamlet. A name that sounds alike
   costs `SOUND` edits, if it is not nearer by letters.
5. At the same place, by name and code, so that an order never changes between two runs.

How near is near enough (`near_enough`): short words and small places bear fewer slips, since a
three-letter word is one slip away from everything, and since a hamlet is rarely what was meant.
Names in a department that was named as well need not be big.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log10

from rollout.search.results import IndexEntry, Place, PlaceKind

MOST_PLACES = 30
"""Places listed, beside those without which a department would have none."""
MOST_GUESSED = 8
"""Departments that names begun or misspelt may add; exact names are always all listed."""
MUCH_LIKELIER = 20
"""Names that begin so are followed by a near spelling with this many times more people: "lion"."""
EDIT = 2
"""Rule 4: two powers of ten."""
A_TOWN, A_CITY = 5_000, 100_000
"""The weight in people of an alias and a collectivity, and of a department or region."""
MORE_PEOPLE = 5
"""An exact small town is followed by a town that begins so, if it has this many times more
people: "nant" is Nant, or Nantes on its way."""
SOUND = 1
"""Edits that a name costs which sounds alike, however it is spelt."""
MORE_BEGUN = 4
"""Departments that such bigger towns may add."""
LONG_ENOUGH_TO_BEGIN = 3
"""Letters from which a beginning counts as one when the department was named too."""

_CLASS = {
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
    PlaceKind.AREA: 7,
}
_TWO_SLIPS = ((6, 100_000), (8, 10_000), (10, 1_000))
"""(letters, people): up to so many letters, two slips are believed for places of so many people."""
_NAMED_WHOLE = 4
"""Classes below this are regions and departments: known to all, so as likely as a city."""


def exact_order(entry: IndexEntry) -> tuple[int, int, str, tuple[str, ...], str]:
    """Rule 2 (and 5)."""
    return _CLASS[entry.kind], -entry.population, entry.name, entry.departments, entry.commune


def prefix_order(entry: IndexEntry) -> tuple[int, int, int]:
    """Rule 3."""
    return entry.alias, _CLASS[entry.kind], -entry.population


def fuzzy_cost(entry: IndexEntry, edits: int) -> float:
    """Rule 4: the smaller, the likelier."""
    return EDIT * edits - log10(max(_people(entry), 1))


def near_enough(entries: Iterable[IndexEntry], edits: int, length: int, *, within: bool) -> bool:
    """May a name that many edits away be what was meant by a word of this length?

    `entries`: the places of that name; `within`: their department was named too.
    """
    if length < 4:
        return False
    people = max(map(_people, entries), default=0)
    if within:
        return edits <= (1 if length < 6 else 2 if length < 12 else 3)
    if edits <= 1:
        return length >= 6 or people >= (5_000 if length == 5 else 20_000)
    needed = next((people for most, people in _TWO_SLIPS if length <= most), 0)
    return people >= needed


def widest(length: int, *, within: bool) -> tuple[int, int]:
    """The most edits that `near_enough` can allow for a word of this length, for a place that is
    `well_known` and for any."""
    if length < 4:
        return 0, 0
    if within:
        most = 1 if length < 6 else 2 if length < 12 else 3
        return most, most
    return (1 if length < 6 else 2), (0 if length < 6 else 1 if length <= _TWO_SLIPS[-1][0] else 2)


def well_known(entry: IndexEntry) -> bool:
    """Has it the people without which two slips are not believed in a short name?"""
    return _people(entry) >= _TWO_SLIPS[-1][1]


def much_bigger(entry: IndexEntry, than: int) -> bool:
    """Is it so much bigger than an exact town that it may have been meant as well?"""
    return entry.population >= MORE_PEOPLE * max(than, 200)


def is_town(entry: IndexEntry) -> bool:
    """Is it a town or a part of one, not a department or region?"""
    return _CLASS[entry.kind] >= _NAMED_WHOLE


def _people(entry: IndexEntry) -> int:
    """The people that weigh in a guess; of a whole department it is a city's weight, no more."""
    if entry.alias or entry.kind in (PlaceKind.AREA, PlaceKind.COLLECTIVITY):
        return A_TOWN  # Names in other languages are near too many words to weigh more.
    return entry.population if is_town(entry) else A_CITY


def shown(places: list[Place]) -> tuple[tuple[str, ...], tuple[Place, ...]]:
    """The departments in the order in which they first appear, and the places worth showing:
    the first `MOST_PLACES` and whatever else first leads to a department."""
    departments: dict[str, None] = {}
    kept: list[Place] = []
    seen: set[Place] = set()
    for place in places:
        if place in seen or not place.departments:
            continue
        seen.add(place)
        leads = any(code not in departments for code in place.departments)
        departments.update(dict.fromkeys(place.departments))
        if leads or len(kept) < MOST_PLACES:
            kept.append(place)
    return tuple(departments), tuple(kept)
