"""The rows that go into the index, and the answers that come out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple


class DepartmentRow(NamedTuple):
    """A department; `region` is its region's code."""

    code: str
    name: str
    region: str


class RegionRow(NamedTuple):
    """A region."""

    code: str
    name: str


class CommuneRow(NamedTuple):
    """`kind` is C (commune), M (municipal arrondissement), D (déléguée) or A (associée)."""

    insee: str
    name: str
    department: str
    kind: str
    postcodes: tuple[str, ...]
    population: int
    parent: str


class FormerNameRow(NamedTuple):
    """A name that no longer exists; `commune` and `commune_name` are those of today."""

    name: str
    department: str
    commune: str
    commune_name: str


class AliasRow(NamedTuple):
    """`target_type` is "departments", "region", "commune" or "collectivity"; `kind` as in
    data/aliases.csv."""

    alias: str
    kind: str
    target_type: str
    target_codes: tuple[str, ...]
    language: str


class CollectivityRow(NamedTuple):
    """A commune of an overseas collectivity; `collectivity` is its number, such as 988."""

    insee: str
    name: str
    collectivity: str
    collectivity_name: str
    postcodes: tuple[str, ...]


class PlaceKind(StrEnum):
    """What sort of place a name is; ranking.py orders by it."""

    REGION = "region"
    DEPARTMENT = "department"
    FORMER_REGION = "former_region"
    FORMER_DEPARTMENT = "former_department"
    GROUP = "group"
    TOWN = "town"
    FORMER_TOWN = "former_town"
    DELEGATED = "delegated"
    LOCALITY = "locality"
    ARRONDISSEMENT = "arrondissement"
    POSTCODE = "postcode"
    AREA = "area"
    COLLECTIVITY = "collectivity"


class Match(IntEnum):
    """How what was typed met the name. The smaller, the better."""

    EXACT = 0
    PREFIX = 1
    FUZZY = 2


class Note(StrEnum):
    """What must be said beside the list; `Answer.note_subject` is what it is about:

    EMPTY                  nothing was typed
    NOTHING_FOUND          no place is meant: the query
    NOT_A_DEPARTMENT       it is overseas or Monaco: the collectivity (or the number, as 98)
    ALSO_NOT_A_DEPARTMENT  towns are listed, and a collectivity has that name too: its name
    POSTCODE_FALLBACK      no commune has this code (a CEDEX?), its first digits decided: the code
    POSTCODE_PREFIX        the beginning of postcodes: the digits
    ELSEWHERE              the town is not in the department typed with it, both are listed: town
    TOWN_UNKNOWN           the town is not known, the department typed with it is: town
    """

    EMPTY = "empty"
    NOTHING_FOUND = "nothing_found"
    NOT_A_DEPARTMENT = "not_a_department"
    ALSO_NOT_A_DEPARTMENT = "also_not_a_department"
    POSTCODE_FALLBACK = "postcode_fallback"
    POSTCODE_PREFIX = "postcode_prefix"
    ELSEWHERE = "elsewhere"
    TOWN_UNKNOWN = "town_unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """One reason for the answer: a place that was meant, and where it is."""

    kind: PlaceKind
    name: str
    departments: tuple[str, ...]
    match: Match
    today: str = ""
    postcode: str = ""
    population: int = 0
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The departments that were meant, most likely first, and why."""

    query: str
    departments: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    note: Note | None = None
    note_subject: str = ""
    suggestions: tuple[str, ...] = ()


class IndexEntry(NamedTuple):
    """One name in the index. `commune` is today's code, `alias` marks names from the alias table.

    A collectivity has no departments: it is known, and it is not the answer.
    """

    kind: PlaceKind
    name: str
    departments: tuple[str, ...]
    today: str
    population: int
    commune: str
    postcodes: tuple[str, ...]
    alias: bool

    def place(self, match: Match, departments: tuple[str, ...] = (), postcode: str = "") -> Place:
        """This entry as a reason; `departments` narrows it to those that were asked for."""
        return Place(
            kind=self.kind,
            name=self.name,
            departments=departments or self.departments,
            match=match,
            today=self.today,
            postcode=postcode,
            population=self.population,
            approximate=self.kind is PlaceKind.AREA,
        )
