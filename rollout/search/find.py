"""A query becomes an answer: the steps, from the surest reading to the least sure.

A step that finds something ends the search, so a doubtful reading never hides a sure one:
a postcode; a number; a whole name; a town with its number, arrondissement or department; a name
that begins so; a near spelling; the town at the end of an address. Else nothing is found, and the
nearest spellings are offered instead of a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rollout.search import match, numbers
from rollout.search.index import Index
from rollout.search.normalise import clean
from rollout.search.rank import (
    LONG_ENOUGH_TO_BEGIN,
    MOST_GUESSED,
    MUCH_LIKELIER,
    fuzzy_cost,
    is_town,
    shown,
)
from rollout.search.read import LONGEST_TOWN, Reading, Words, read, roman_number, strip_small
from rollout.search.results import IndexEntry, Match, Note, Place, PlaceKind, SearchResult

_SUGGESTIONS = 5
_MOST_SPLITS = 12
"""Ways to part a town from its department that are tried; real queries have one or two."""

Found = tuple[list[Place], Note | None, str]


def find(text: str, index: Index) -> SearchResult:
    """The departments that a text means, why, and what must be said beside them.

    Any text gives an answer, in bounded time: only its first 200 characters count.
    """
    query = clean(text)
    if not query:
        return SearchResult(query, note=Note.EMPTY)
    reading = read(query)
    if reading.words and not reading.town and not reading.number and not reading.postcode:
        return SearchResult(query, note=Note.EMPTY)  # "France", "département": no place was named
    if reading.postcode:
        answer = _by_postcode(reading, query, index)
        if answer:
            return answer
    if reading.digits and not reading.strays and not reading.code_like:
        answer = numbers.by_number(reading.number, query, index)
        return answer or SearchResult(query, note=Note.NOTHING_FOUND, note_subject=query)
    for step in (_whole, _with_number, _with_department, _guessed, _address):
        found = step(reading, index)
        if found:
            return _answered(query, found)
    return SearchResult(
        query,
        note=Note.NOTHING_FOUND,
        note_subject=query,
        suggestions=_suggestions(reading, index),
    )


def suggest(prefix: str, index: Index, limit: int = 8) -> tuple[Place, ...]:
    """The places to offer while someone types, best first, at most `limit`."""
    query = clean(prefix)
    reading = read(query)
    if reading.digits:
        typed = reading.number.upper()
        places = [
            entry.place(Match.EXACT if code == typed else Match.PREFIX)
            for code, entry in index.departments.items()
            if code.startswith(typed) or code == typed.zfill(2)
        ]
        if places:
            return tuple(sorted(places, key=lambda place: place.departments))[:limit]
    places = list(find(query, index).places)
    if reading.town and not reading.number and not reading.postcode:
        places += match.begun(reading.town, index)
    return tuple(dict.fromkeys(places))[:limit]


# The steps. Each takes what was read and returns places (best first), a note and its subject.


def _by_postcode(reading: Reading, query: str, index: Index) -> SearchResult | None:
    """A whole address counts by its last postcode; the town beside it tells more."""
    town = [
        entry.place(Match.EXACT)
        for words in _towns_beside(reading)
        for entry in match.exact(words, index)
        if is_town(entry)
    ]
    if not town and _is_abroad(reading, index):
        return None
    return numbers.by_postcode(reading.postcode, town, query, index)


def _whole(reading: Reading, index: Index) -> Found | None:
    """The words are a name: "Marseille", "département du Rhône", "Rochelle"."""
    if reading.number or reading.strays:
        entries = index.exact(reading.key)  # "9-3"; "Lyon 3e Arrondissement"
    else:
        entries = match.named(reading.words, index) or match.named(reading.town, index)
    if not entries or reading.digits:
        return None
    places = [entry.place(Match.EXACT) for entry in entries]
    if all(is_town(entry) and entry.kind is not PlaceKind.AREA for entry in entries):
        most = max(entry.population for entry in entries)
        places += match.begun(reading.town, index, much_bigger_than=most)
    return _with_collectivity(entries, places)


def _with_number(reading: Reading, index: Index) -> Found | None:
    """A name and a number: "Valence 26", "Lyon 3e", "Paris XVI", "dpt 64"."""
    words, number = reading.town, reading.number
    if not number:
        words, number = roman_number(words)
    if not words or not (number or reading.strays):
        return None
    codes = numbers.department_codes(number, index) if number else ()
    entries = match.named(reading.words, index) if reading.number else []
    entries = entries or match.named(words, index)
    places = match.arrondissement(entries, number, index)
    if not places or not reading.ordinal:
        places = match.within(entries, codes, Match.EXACT) + places
    doubtful = reading.strays or reading.code_like
    if not places and codes and not doubtful:
        places = match.begun_within(words, codes, index)
    if places:
        return places, None, ""
    elsewhere = numbers.collectivity(number, index) if 2 < len(number) < 4 else ""
    if elsewhere:
        return [], Note.NOT_A_DEPARTMENT, elsewhere
    if entries:
        return _not_of_that_number(reading, index, entries)
    return None if doubtful else _near_with_number(reading, index, words, number)


def _not_of_that_number(reading: Reading, index: Index, entries: list[IndexEntry]) -> Found:
    """A known name whose number is another department's: both are answers. "Lyon 42"."""
    places, note, subject = _with_collectivity(
        entries, [entry.place(Match.EXACT) for entry in entries]
    )
    codes = numbers.department_codes(reading.number, index) if reading.number else ()
    if places and codes and not reading.ordinal and not reading.strays:
        places += [index.departments[code].place(Match.EXACT) for code in codes]
        return places, Note.ELSEWHERE, entries[0].name
    return places, note, subject


def _near_with_number(reading: Reading, index: Index, words: Words, number: str) -> Found | None:
    """A misspelt name with its number, else the number where it was called a department."""
    codes = numbers.department_codes(number, index) if number else ()
    near = match.near_within(words, codes, index) if codes else []
    if not near and number:
        towns = [entry for entry, _ in match.near(words, index)]
        near = match.arrondissement(towns, number, index, Match.FUZZY)
    if not near and reading.department:
        near = [index.departments[code].place(Match.EXACT) for code in codes]
    return (near, None, "") if near else None


def _with_department(reading: Reading, index: Index) -> Found | None:
    """A town and the department or region that it is in: "Valence, Drôme", "Loiret Orléans"."""
    if reading.number or reading.strays:
        return None
    readings = dict.fromkeys((reading.words, reading.town))
    every = (split for words in readings for split in match.splits(words, index))
    splits = list(islice(every, _MOST_SPLITS))
    for town, codes in splits:
        places = match.within(match.named(town, index), codes, Match.EXACT)
        if places:
            return places, None, ""
    if reading.code_like or match.abroad(reading.town):
        return None
    found = _set_apart(reading, index)
    if not (splits or found) or match.near(reading.words, index):
        return None
    return _near_with_department(splits, index) or found


def _near_with_department(splits: list[tuple[Words, set[str]]], index: Index) -> Found | None:
    """A misspelt or begun town with its department, else a town and a department it is not in."""
    elsewhere: Found | None = None
    for town, codes in splits:
        named = [entry.place(Match.EXACT) for entry in match.named(town, index)]
        if not named:
            places = match.near_within(town, codes, index)
        elif len(codes) == 1:
            places = match.begun_within(town, codes, index)  # "Fontenay, Val-de-Marne"
        else:
            places = []  # "Bordeaux centre" is not Bordeaux-en-Gâtinais.
        if places:
            return places, None, ""
        if named and not elsewhere:
            whole = [index.departments[code].place(Match.EXACT) for code in sorted(codes)]
            elsewhere = [*named, *whole], Note.ELSEWHERE, named[0].name
    return elsewhere


def _set_apart(reading: Reading, index: Index) -> Found | None:
    """An unknown town, and a department after a comma or in brackets: the department counts."""
    for at in sorted(reading.groups, reverse=True):
        wholes = match.wholes(strip_small(reading.words[at:]), index)
        if wholes and not match.abroad(reading.words[:at]):
            town = " ".join(reading.words[:at]).title()
            return [entry.place(Match.EXACT) for entry in wholes], Note.TOWN_UNKNOWN, town
    return None


def _guessed(reading: Reading, index: Index) -> Found | None:
    """Names that begin so, and names spelt nearly so where they are likelier."""
    if reading.number or reading.strays or reading.code_like or match.abroad(reading.town):
        return None
    if not strip_small(reading.town):
        return None  # "la" begins too much
    begun = match.begun(reading.town, index)
    if not begun:
        elsewhere = match.begun_elsewhere(reading.town, index)
        if elsewhere:
            return [], Note.NOT_A_DEPARTMENT, elsewhere
    near = match.near(reading.words, index) or match.near(reading.town, index)
    if begun:
        most = max(place.population for place in begun)
        near = [(entry, cost) for entry, cost in near if entry.population > MUCH_LIKELIER * most]
    if not begun and not near:
        return None
    entries = [entry for entry, _ in near]
    if entries and not begun and not entries[0].departments:
        return [], Note.NOT_A_DEPARTMENT, entries[0].today or entries[0].name
    guessed = match.few([entry.place(Match.FUZZY) for entry in entries], MOST_GUESSED)
    return begun + guessed, None, ""


def _address(reading: Reading, index: Index) -> Found | None:
    """The town at the end of an address without a postcode: "3 rue des Lilas, Lyon"."""
    if not reading.street or reading.code_like:
        return None
    for words in match.endings(reading.words):
        entries = match.named(words, index)
        if entries:
            return _with_collectivity(entries, [entry.place(Match.EXACT) for entry in entries])
    return None


# What the steps share.


def _answered(query: str, found: Found) -> SearchResult:
    places, note, subject = found
    departments, kept = shown(places)
    return SearchResult(query, departments, kept, note, subject)


def _with_collectivity(entries: list[IndexEntry], places: list[Place]) -> Found:
    """Places, and the note that one of that name is in no department."""
    elsewhere = [entry.today for entry in entries if entry.kind is PlaceKind.COLLECTIVITY]
    if not elsewhere:
        return places, None, ""
    alone = len(elsewhere) == len(entries)
    note = Note.NOT_A_DEPARTMENT if alone else Note.ALSO_NOT_A_DEPARTMENT
    return ([] if alone else places), note, elsewhere[0]


def _towns_beside(reading: Reading) -> Iterator[Words]:
    """The words beside a postcode that may be its town: those after it, else the last before."""
    for end in range(min(len(reading.after), LONGEST_TOWN), 0, -1):
        yield reading.after[:end]
    if not reading.after:
        yield from match.endings(reading.town)


def _is_abroad(reading: Reading, index: Index) -> bool:
    """Does an unknown code belong to a place outside France? "10115 Berlin" does, and so does
    "90210 Beverly Hills": what follows is no town of the code's departments, and no CEDEX."""
    codes = numbers.fallback(reading.postcode, index)
    known = index.postcode(reading.postcode) or numbers.collectivity(reading.postcode, index)
    if known or not codes:
        return False
    words = reading.town
    if any(match.abroad(words[:size]) or match.abroad(words[-size:]) for size in range(1, 4)):
        return True
    if not reading.after or reading.cedex:
        return False
    return not match.near_within(reading.after, codes, index)


def _suggestions(reading: Reading, index: Index) -> tuple[str, ...]:
    """The nearest spellings among France's own names, whatever they are worth."""
    key = "".join(reading.town)
    if reading.code_like or not LONG_ENOUGH_TO_BEGIN < len(key) <= 40:
        return ()
    slips = 1 if len(key) < 6 else 2 if len(key) < 9 else 3
    found = index.names.near(key, slips, 2)
    entries = [
        (fuzzy_cost(entry, edits), entry.name)
        for near, edits in found.items()
        for entry in index.names.exact(near)[:1]
        if entry.departments
    ]
    return tuple(dict.fromkeys(name for _, name in sorted(entries)))[:_SUGGESTIONS]
