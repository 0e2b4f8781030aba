"""Numbers and postcodes become departments, by the rules of La Poste and INSEE.

The rules are those of the data's README: a known postcode is where its communes are; an unknown
five-digit code (a CEDEX) falls back on its first digits; a shorter number is a department, else
the beginning of postcodes.
"""

from __future__ import annotations

from rollout.search.index import Index
from rollout.search.rank import shown
from rollout.search.results import Match, Note, Place, PlaceKind, SearchResult

_CORSICA = {"0": ("2A",), "1": ("2A",), "2": ("2B",), "6": ("2B",)}
_OVERSEAS_DIGITS = ("97", "98")


def fallback(code: str, index: Index) -> tuple[str, ...]:
    """The departments of a code that no commune has, by its first digits; none if there is none.

    978 is La Réunion's CEDEX here, though `978` alone is Saint-Martin.
    """
    if code.startswith("978"):
        codes: tuple[str, ...] = ("974",)
    elif code.startswith(_OVERSEAS_DIGITS):
        codes = (code[:3],)
    elif code.startswith("20"):
        codes = _CORSICA.get(code[2:3], ("2A", "2B"))
    else:
        codes = (code[:2],)
    return tuple(known for known in codes if known in index.departments)


def collectivity(code: str, index: Index) -> str:
    """The name of the collectivity (or Monaco) of a postcode or number, or ""."""
    if code in index.collectivity_postcodes:
        return index.collectivity_postcodes[code]
    if code[:3] == "978" and len(code) == 5:
        return ""
    return index.collectivity_codes.get(code[:3], code if code.startswith("98") else "")


def department_codes(number: str, index: Index) -> tuple[str, ...]:
    """The departments of a number as typed after a town: `1`, `01`, `2a`, `971`, `20`; else ()."""
    code = number.upper().zfill(2)
    if code in index.departments:
        return (code,)
    return ("2A", "2B") if code == "20" else ()


def by_number(number: str, query: str, index: Index) -> SearchResult | None:
    """The answer to a number alone, or None where no department or postcode begins so."""
    codes = department_codes(number, index)
    if codes:
        return SearchResult(query, codes, tuple(_department(code, index) for code in codes))
    name = collectivity(number, index)
    if name:
        return SearchResult(query, note=Note.NOT_A_DEPARTMENT, note_subject=name)
    if len(number) < 2:
        return None
    begun = [code for code in sorted(index.departments) if code.startswith(number)]
    towns = {
        entry: code
        for code in reversed(index.postcodes_starting(number))
        for entry in index.postcode(code)
    }
    places = [entry.place(Match.PREFIX, postcode=code) for entry, code in towns.items()]
    if begun:  # "97" is the beginning of five departments.
        places = [index.departments[code].place(Match.PREFIX) for code in begun]
    else:
        places.sort(key=lambda place: (-place.population, place.name, place.postcode))
    if not places:
        places = _fallen(number, index)
    departments, kept = shown(places)
    if not departments:
        return None
    return SearchResult(query, departments, kept, Note.POSTCODE_PREFIX, number)


def by_postcode(code: str, town: list[Place], query: str, index: Index) -> SearchResult | None:
    """The answer to a whole postcode, or None where it can be none.

    `town`: the places that the words beside it name. Those that share its departments come
    first, and decide where a postcode spans two departments.
    """
    entries = index.postcode(code)
    if entries:
        served = [entry.place(Match.EXACT, postcode=code) for entry in entries]
        served_departments = {entry.departments[0] for entry in entries}
        named = {place.name for place in town}
        meant = [place for place in served if place.name in named] or _in(town, served_departments)
        departments, kept = shown(meant or served)
        return SearchResult(query, departments, kept)
    name = collectivity(code, index)
    if name:
        return SearchResult(query, note=Note.NOT_A_DEPARTMENT, note_subject=name)
    places = _fallen(code, index)
    if not places:
        return None
    meant = _in(town, {code for place in places for code in place.departments})
    departments, kept = shown([*meant, *places])
    return SearchResult(query, departments, kept, Note.POSTCODE_FALLBACK, code)


def _in(places: list[Place], departments: set[str]) -> list[Place]:
    return [place for place in places if set(place.departments) <= departments]


def _fallen(code: str, index: Index) -> list[Place]:
    return [
        Place(PlaceKind.POSTCODE, code, (department,), Match.PREFIX, postcode=code)
        for department in fallback(code, index)
    ]


def _department(code: str, index: Index) -> Place:
    return index.departments[code].place(Match.EXACT)
