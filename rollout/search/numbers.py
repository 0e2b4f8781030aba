"""Finds the departments of numbers and postcodes, by the rules of La Poste and INSEE.

The rules are those of the data's README: a postcode of communes is where they are; any other
five-digit code (a CEDEX) goes by its first digits; a shorter number is a department, else the
beginning of postcodes.
"""

from __future__ import annotations

from rollout.search.index import Index
from rollout.search.rank import select_places
from rollout.search.results import MatchQuality, Note, Place, PlaceKind, SearchResult

_CORSICA = {"0": ("2A",), "1": ("2A",), "2": ("2B",), "6": ("2B",)}
_OVERSEAS_DIGITS = ("97", "98")


def fallback_departments(code: str, index: Index) -> tuple[str, ...]:
    """Return the departments of a code that no commune has, by its first digits; () if none.

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
    return tuple(code for code in codes if code in index.departments)


def collectivity_name(code: str, index: Index) -> str:
    """Return the overseas collectivity (or Monaco) of a postcode or number, or "".

    A number that begins with 98 and is no collectivity's is returned itself.
    """
    if code in index.collectivity_postcodes:
        return index.collectivity_postcodes[code]
    if code[:3] == "978" and len(code) == 5:
        return ""
    return index.collectivity_codes.get(code[:3], code if code.startswith("98") else "")


def department_codes(number: str, index: Index) -> tuple[str, ...]:
    """Return the departments of a number as typed: `1`, `01`, `2a`, `971`, `20`; () if none."""
    code = number.upper().zfill(2)
    if code in index.departments:
        return (code,)
    return ("2A", "2B") if code == "20" else ()


def by_number(number: str, query: str, index: Index) -> SearchResult | None:
    """Return the result for a number alone; None where no department or postcode begins so."""
    codes = department_codes(number, index)
    if codes:
        return SearchResult(query, codes, tuple(_places(codes, index)))
    name = collectivity_name(number, index)
    if name:
        return SearchResult(query, note=Note.NOT_A_DEPARTMENT, note_subject=name)
    if len(number) < 2:
        return None
    codes = tuple(code for code in sorted(index.departments) if code.startswith(number))
    if codes:  # "97" is the beginning of five departments.
        places = _places(codes, index, MatchQuality.PREFIX)
    else:
        postcode_of = {
            entry: postcode
            for postcode in reversed(index.postcodes_with_prefix(number))
            for entry in index.postcode(postcode)
        }
        places = [
            entry.place(MatchQuality.PREFIX, postcode=postcode)
            for entry, postcode in postcode_of.items()
        ]
        places.sort(key=lambda place: (-place.population, place.name, place.postcode))
        if len(number) == 4:  # A spreadsheet has dropped the zero: 06000, beside 60000.
            code = number.zfill(5)
            places += [
                entry.place(MatchQuality.EXACT, postcode=code) for entry in index.postcode(code)
            ]
    departments, selected = select_places(places or _fallback_places(number, index))
    if not departments:
        return None
    return SearchResult(query, departments, selected, Note.POSTCODE_PREFIX, number)


def by_postcode(
    code: str, towns: list[Place], elsewhere: list[Place], query: str, index: Index
) -> SearchResult | None:
    """Return the result for a whole postcode; None where no postcode can be so.

    `towns`: the places that the words beside it name. Those that share its departments come
    first, and decide where a postcode is of two departments; if none does, `elsewhere` follow.
    """
    entries = index.postcode(code)
    if entries:
        places = [entry.place(MatchQuality.EXACT, postcode=code) for entry in entries]
        names = {town.name for town in towns}
        named = [place for place in places if place.name in names] or _within(towns, places)
        return _beside(named or places, [] if named else elsewhere, query)
    name = collectivity_name(code, index)
    if name:
        return SearchResult(query, note=Note.NOT_A_DEPARTMENT, note_subject=name)
    places = _fallback_places(code, index)
    if not places:
        return None
    named = _within(towns, places)
    if code.endswith("000"):  # "75000" is what people write for Paris, and no CEDEX.
        departments = tuple(department for place in places for department in place.departments)
        return _beside(named or _places(departments, index), [] if named else elsewhere, query)
    if elsewhere and not named:
        return _beside(places, elsewhere, query)
    departments, selected = select_places([*named, *places])
    return SearchResult(query, departments, selected, Note.POSTCODE_FALLBACK, code)


def _within(towns: list[Place], places: list[Place]) -> list[Place]:
    """Return the towns that are in departments, all of which are among those of the places."""
    departments = {code for place in places for code in place.departments}
    return [town for town in towns if town.departments and departments.issuperset(town.departments)]


def _beside(places: list[Place], elsewhere: list[Place], query: str) -> SearchResult:
    """Return the places of a postcode, and the town that was typed with it and is elsewhere."""
    departments, selected = select_places([*places, *elsewhere])
    if not elsewhere:
        return SearchResult(query, departments, selected)
    name = elsewhere[0].name
    if not any(town.departments for town in elsewhere):
        return SearchResult(query, departments, selected, Note.ALSO_NOT_A_DEPARTMENT, name)
    return SearchResult(query, departments, selected, Note.POSTCODE_ELSEWHERE, name)


def _fallback_places(code: str, index: Index) -> list[Place]:
    return [
        Place(PlaceKind.POSTCODE, code, (department,), MatchQuality.PREFIX, postcode=code)
        for department in fallback_departments(code, index)
    ]


def _places(
    codes: tuple[str, ...], index: Index, quality: MatchQuality = MatchQuality.EXACT
) -> list[Place]:
    return [index.departments[code].place(quality) for code in codes]
