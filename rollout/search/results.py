"""The data types: rows that the index is built from, its entries, and results of a search."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import NamedTuple


class DepartmentRow(NamedTuple):
    """A department; `code` as "01", "2A", "974"; `region` is its region's code."""

    code: str
    name: str
    region: str


class RegionRow(NamedTuple):
    """A region."""

    code: str
    name: str


class CommuneRow(NamedTuple):
    """A commune or a part of one. `kind` is C (commune), M (municipal arrondissement), D (déléguée)
    or A (associée); `parent` is the INSEE code of the commune that a part belongs to, or ""."""

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
    """Another name. `target_type` is "departments", "region", "commune" or "collectivity", and says
    of what `target_codes` are the codes; `kind` as in data/aliases.csv."""

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


class IntercommunalityRow(NamedTuple):
    """A group of communes; `departments` by their share of its people, the biggest first."""

    name: str
    departments: tuple[str, ...]
    population: int


class PostalLocalityRow(NamedTuple):
    """A label of La Poste, in capitals; `commune` is the INSEE code of where it is, `street_count`
    how many streets of that commune have it."""

    label: str
    postcode: str
    department: str
    commune: str
    street_count: int


class PlaceKind(StrEnum):
    """What sort of place a name is; rank.py orders by it."""

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
    INTERCOMMUNALITY = "intercommunality"
    AREA = "area"
    COLLECTIVITY = "collectivity"


class MatchQuality(IntEnum):
    """How well the query matches a name. The smaller, the better."""

    EXACT = 0
    PREFIX = 1
    FUZZY = 2


class Note(StrEnum):
    """What a reader must know beside the places; after the colon: `SearchResult.note_subject`.

    EMPTY                  no place was named
    NOTHING_FOUND          no place is meant: the query
    NOT_A_DEPARTMENT       it is overseas or Monaco: the collectivity (or the number, as 98)
    ALSO_NOT_A_DEPARTMENT  towns are listed, and a collectivity has that name too: its name
    POSTCODE_FALLBACK      no commune has this code (a CEDEX?), its first digits decided: the code
    POSTCODE_PREFIX        the beginning of postcodes: the digits
    ELSEWHERE              the town is not in the department typed with it, both are listed: town
    TOWN_UNKNOWN           the town is not known, the department typed with it is: town
    POSTCODE_ELSEWHERE     the town does not have the postcode typed with it, both are listed: town
    PERSONAL               a social security or phone number, an e-mail address: nothing of it is
                           in the result, and it must not be typed here
    """

    EMPTY = "empty"
    NOTHING_FOUND = "nothing_found"
    NOT_A_DEPARTMENT = "not_a_department"
    ALSO_NOT_A_DEPARTMENT = "also_not_a_department"
    POSTCODE_FALLBACK = "postcode_fallback"
    POSTCODE_PREFIX = "postcode_prefix"
    ELSEWHERE = "elsewhere"
    TOWN_UNKNOWN = "town_unknown"
    POSTCODE_ELSEWHERE = "postcode_elsewhere"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class Place:
    """A place that was meant, and so a reason for its departments.

    name         its name, as the official list or the alias table spells it
    departments  the codes of the departments in which it is, at least one
    match        how well the query matches the name
    today        for a former or other name: the name of today's place; else ""
    postcode     the postcode that led here, or that of an arrondissement; else ""
    population   the people of today's commune or of the departments; 0 where not known
    approximate  an area without official borders
    """

    kind: PlaceKind
    name: str
    departments: tuple[str, ...]
    match: MatchQuality
    today: str = ""
    postcode: str = ""
    population: int = 0
    approximate: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a query means.

    query         the query without what cannot be seen, at most 200 characters
    departments   the codes of the departments that were meant, most likely first, no doubles
    places        the places that led to them, best first; each department has at least one
    note          what a reader must know beside them, and
    note_subject  what the note is about, as typed or named: see `Note`; else ""
    suggestions   where nothing is found: names of similar spelling, likeliest first, at most five
    """

    query: str
    departments: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    note: Note | None = None
    note_subject: str = ""
    suggestions: tuple[str, ...] = ()

    @property
    def is_guess(self) -> bool:
        """Tell whether only names of similar spelling were found."""
        return bool(self.places) and all(place.match is MatchQuality.FUZZY for place in self.places)


class IndexEntry(NamedTuple):
    """One name in the index. `commune` is today's code, `alias` marks names from the alias table.

    A collectivity has no departments: the index has it, and it is no result.
    """

    kind: PlaceKind
    name: str
    departments: tuple[str, ...] = ()
    today: str = ""
    population: int = 0
    commune: str = ""
    postcodes: tuple[str, ...] = ()
    alias: bool = False

    def place(
        self, match: MatchQuality, departments: tuple[str, ...] = (), postcode: str = ""
    ) -> Place:
        """Return this entry as a place of a result; `departments` narrows it to these."""
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
