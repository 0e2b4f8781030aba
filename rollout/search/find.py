"""Finds places: a list of steps, from the surest interpretation of a query to the least sure.

A step that finds something ends the search, so a doubtful interpretation never hides a sure one:
a postcode; a number; a whole name; a town with its number, arrondissement or department; a prefix
of a name; a similar spelling; the town at the end of an address. If no step finds anything, the
result is empty and offers the most similar spellings instead of a guess.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from rollout.search import match, numbers
from rollout.search.expand import expand
from rollout.search.index import Index
from rollout.search.normalise import clean
from rollout.search.personal import is_personal
from rollout.search.rank import (
    MAX_GUESSED_DEPARTMENTS,
    MIN_PREFIX_LENGTH,
    MIN_UNKNOWN_LENGTH,
    SIMILAR_POPULATION_RATIO,
    is_area,
    is_town,
    select_places,
    similarity_cost,
)
from rollout.search.read import (
    MAX_TOWN_WORDS,
    ParsedQuery,
    Words,
    names_intercommunality,
    parse,
    split_roman_number,
    strip_small_words,
)
from rollout.search.results import IndexEntry, MatchQuality, Note, Place, PlaceKind, SearchResult

_MAX_SUGGESTIONS = 5
_MAX_SPLITS = 12
"""Ways to split a query into town and department that are tried; real queries have one or two."""


class StepResult(NamedTuple):
    """What a step found: places, best first; a note for the reader, and what it is about."""

    places: list[Place]
    note: Note | None = None
    note_subject: str = ""


def find(text: str, index: Index) -> SearchResult:
    """Return the departments that a text means, most likely first, and why.

    Any text gives a result, in bounded time: only its first 200 characters are read. Where no
    place is meant, `departments` is empty and `note` says why.
    """
    if is_personal(text):
        return SearchResult("", note=Note.PERSONAL)
    query = clean(text)
    if not query:
        return SearchResult(query, note=Note.EMPTY)
    parsed = parse(expand(query, index), index.is_postcode)
    if parsed.words and not parsed.town and not parsed.number and not parsed.postcode:
        return SearchResult(query, note=Note.EMPTY)  # "France", "département": no place is named
    if parsed.postcode:
        result = _by_postcode(parsed, query, index)
        if result:
            return result
    if parsed.is_only_number and not parsed.has_other_numbers and not parsed.is_code_like:
        result = _by_number(parsed, query, index)
        return result or SearchResult(query, note=Note.NOTHING_FOUND, note_subject=query)
    for step in _STEPS:
        step_result = step(parsed, index)
        if step_result:
            departments, places = select_places(step_result.places)
            note, note_subject = step_result.note, step_result.note_subject
            return SearchResult(query, departments, places, note, note_subject)
    return SearchResult(
        query,
        note=Note.NOTHING_FOUND,
        note_subject=query,
        suggestions=_suggestions(parsed, index),
    )


def suggest(prefix: str, index: Index, limit: int = 8) -> tuple[Place, ...]:
    """Return the places to suggest while someone types: best first, at most `limit`, no doubles."""
    if is_personal(prefix):
        return ()
    query = expand(clean(prefix), index)
    parsed = parse(query, index.is_postcode)
    if parsed.is_only_number:
        number = parsed.number.upper()
        places = [
            entry.place(MatchQuality.EXACT if code == number else MatchQuality.PREFIX)
            for code, entry in index.departments.items()
            if code.startswith(number) or code == number.zfill(2)
        ]
        if places:
            return tuple(sorted(places, key=lambda place: place.departments))[:limit]
    places = list(find(query, index).places)
    if parsed.town and not parsed.number and not parsed.postcode:
        places += match.with_prefix(parsed.town, index)
    once = {(place.name, place.departments): place for place in reversed(places)}
    return tuple(place for place in places if once.get((place.name, place.departments)) is place)[
        :limit
    ]


# The steps. Each returns None where it does not apply.


def _by_postcode(parsed: ParsedQuery, query: str, index: Index) -> SearchResult | None:
    """A whole address counts by its last postcode; the town beside it makes it more precise."""
    towns = [
        entry.place(MatchQuality.EXACT)
        for words in _possible_towns(parsed)
        for entry in match.exact(words, index)
        if is_town(entry)
    ]
    if not any(town.departments for town in towns) and _is_foreign_postcode(parsed, index):
        return None
    elsewhere = _towns_beside_postcode(parsed, index)
    return numbers.by_postcode(parsed.postcode, towns, elsewhere, query, index)


def _towns_beside_postcode(parsed: ParsedQuery, index: Index) -> list[Place]:
    """Return the towns whose name, and nothing else, was typed with the postcode: "75001 Bordeaux",
    not the street of "rue de Bordeaux 75001"."""
    words = parsed.after_postcode or (() if parsed.has_street else parsed.town)
    entries = [entry for entry in match.named(words, index) if is_town(entry)] if words else []
    towns = [entry for entry in entries if entry.kind is not PlaceKind.AREA and entry.departments]
    if not towns:
        return [_collectivity_place(entry) for entry in entries if not entry.departments][:1]
    return match.limit_departments(
        [entry.place(MatchQuality.EXACT, entry.departments[:1]) for entry in towns],
        MAX_GUESSED_DEPARTMENTS,
    )[:MAX_GUESSED_DEPARTMENTS]


def _collectivity_place(entry: IndexEntry) -> Place:
    return Place(entry.kind, entry.today, (), MatchQuality.EXACT)


def _by_number(parsed: ParsedQuery, query: str, index: Index) -> SearchResult | None:
    """A number alone: an arrondissement where it was written so, else a department or the
    beginning of postcodes."""
    if parsed.is_ordinal:
        departments, places = select_places(match.arrondissements(parsed.number, index))
        if departments:
            return SearchResult(query, departments, places)
    if parsed.is_arrondissement:
        return None
    return numbers.by_number(parsed.number, query, index)


def _whole_name(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """The words are a name: "Marseille", "département du Rhône", "Rochelle"."""
    if parsed.number or parsed.has_other_numbers:
        entries = index.exact(parsed.key)  # "9-3"; "Lyon 3e Arrondissement"
    else:
        entries = match.named(parsed.words, index) or match.named(parsed.town, index)
    if not entries or parsed.is_only_number:
        return None
    places = _exact_places(entries)
    if all(is_town(entry) and entry.kind is not PlaceKind.AREA for entry in entries):
        population = max(entry.population for entry in entries)
        places += match.with_prefix(parsed.town, index, much_bigger_than=population)
    return _with_collectivity_note(entries, places)


def _intercommunality(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """A group of communes by its name without what sort it is: "CC Faucigny", "agglo de Pau"."""
    if parsed.number or parsed.has_other_numbers or not names_intercommunality(parsed.words):
        return None
    places = match.intercommunalities(parsed.words, index)
    return StepResult(places) if places else None


class _Segment(NamedTuple):
    """What stands between two commas: the codes of a department or region, if it is one; towns."""

    text: str
    codes: frozenset[str]
    towns: list[Place]
    is_number: bool


def _chain(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """A town with what it lies in, as geocoders print it, in any order: "Grenoble, 38, Isère,
    Auvergne-Rhône-Alpes, France". """
    if len(parsed.segments) < 2 or parsed.is_code_like:
        return None
    segments = [_segment(text, index) for text in parsed.segments]
    segments = [segment for segment in segments if segment.text]
    codes = _common_codes(segments, is_address=parsed.has_street)
    if not codes:
        return None
    lists = [
        match.narrow(segment.towns, codes) for segment in segments if segment.towns
    ]
    lists = [places for places in lists if places]
    for places in lists[1:]:  # "Valence, Montélimar, Auvergne-Rhône-Alpes"
        common = match.narrow(lists[0], {code for place in places for code in place.departments})
        lists[0] = common or lists[0]
    if lists:
        return StepResult(lists[0])
    if all(segment.codes for segment in segments):
        return StepResult(_department_places(sorted(codes), index))
    unknown = next(segment for segment in segments if not segment.codes)
    if unknown.towns:
        if len(segments) == 2:
            return None  # `_with_department` tells it
        places = [*unknown.towns, *_department_places(sorted(codes), index)]
        return StepResult(places, Note.ELSEWHERE, unknown.towns[0].name)
    if len(segments) == 2 and not any(segment.is_number for segment in segments):
        return None
    return _unknown_place(parse(unknown.text), codes, index)


def _segment(text: str, index: Index) -> _Segment:
    """Read what stands between two commas; its `text` is "" where it names no place ("France")."""
    parsed = parse(text)
    if parsed.is_only_number and parsed.is_ordinal:
        return _Segment(text, frozenset(), match.arrondissements(parsed.number, index), False)
    if parsed.is_only_number:
        codes = frozenset(numbers.department_codes(parsed.number, index))
        return _Segment(text if codes else "", codes, [], True)
    if not parsed.town:
        return _Segment("", frozenset(), [], False)
    if parsed.number or parsed.has_other_numbers:
        entries = match.named(parsed.town, index)
        places = match.arrondissement(entries, parsed.number, index) or match.within(
            entries, numbers.department_codes(parsed.number, index), MatchQuality.EXACT
        )
        return _Segment(text, frozenset(), places, False)
    entries = match.named(parsed.words, index) or match.named(parsed.town, index)
    areas = [entry for entry in entries if is_area(entry)]
    return _Segment(
        text,
        frozenset(code for entry in areas for code in entry.departments),
        [place for place in _exact_places(entries) if is_town(place) and place.departments],
        False,
    )


def _common_codes(segments: list[_Segment], *, is_address: bool) -> frozenset[str]:
    """Return the codes of the departments in which all segments lie that name departments or
    regions and nothing else; then of those that are towns too ("Paris"), as far as they agree. A
    number may be a house's."""
    codes: frozenset[str] = frozenset()
    named = [segment for segment in segments if segment.codes and not segment.is_number]
    for group in (
        [segment for segment in named if not segment.towns],
        [segment for segment in segments if segment.is_number and not is_address],
        [segment for segment in named if segment.towns],
    ):
        for segment in group:
            codes = (codes & segment.codes or codes) if codes else segment.codes
    return codes


def _unknown_with_number(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """A name that nothing is like, and a department's number: "Inconnuville 38". The department
    counts, and the name is said to be unknown."""
    number = parsed.number
    if parsed.is_code_like or parsed.is_ordinal or parsed.has_other_numbers or not number:
        return None
    is_at_end = parsed.is_number_last or number.startswith("0") or len(number) == 3
    codes = numbers.department_codes(number, index)
    if not codes or not (is_at_end or parsed.is_department):
        return None
    return _unknown_place(parsed, codes, index)


def _unknown_place(
    parsed: ParsedQuery, codes: Collection[str], index: Index
) -> StepResult | None:
    """The departments typed with a name that is not known, and a note that says so."""
    words = parsed.town
    if len("".join(words)) < MIN_UNKNOWN_LENGTH or match.is_foreign(words):
        return None
    places = match.similar_within(words, codes, index)
    if places:
        return StepResult(places)
    name = " ".join(words).title()
    return StepResult(_department_places(sorted(codes), index), Note.TOWN_UNKNOWN, name)


def _with_number(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """A name and a number: "Valence 26", "Lyon 3e", "Paris XVI", "dpt 64"."""
    words, number = parsed.town, parsed.number
    if not number:
        words, number = split_roman_number(words)
    if not words or not (number or parsed.has_other_numbers):
        return None
    codes = numbers.department_codes(number, index) if number else ()
    entries = match.named(parsed.words, index) if parsed.number else []
    entries = entries or match.named(words, index)
    places = match.arrondissement(entries, number, index)
    if not places or not parsed.is_ordinal:
        places = match.within(entries, codes, MatchQuality.EXACT) + places
    is_doubtful = parsed.has_other_numbers or parsed.is_code_like
    if not places and codes and not is_doubtful:
        places = match.with_prefix_within(words, codes, index)
    if places:
        return StepResult(places)
    collectivity = numbers.collectivity_name(number, index) if 2 < len(number) < 4 else ""
    if collectivity:
        return StepResult([], Note.NOT_A_DEPARTMENT, collectivity)
    if entries:
        return _name_and_other_department(parsed, index, entries)
    return None if is_doubtful else _similar_with_number(parsed, index, words, number)


def _name_and_other_department(
    parsed: ParsedQuery, index: Index, entries: list[IndexEntry]
) -> StepResult:
    """A name with the number of another department: both are results. "Lyon 42"."""
    result = _with_collectivity_note(entries, _exact_places(entries))
    codes = numbers.department_codes(parsed.number, index) if parsed.number else ()
    if result.places and codes and not parsed.is_ordinal and not parsed.has_other_numbers:
        places = [*result.places, *_department_places(codes, index)]
        return StepResult(places, Note.ELSEWHERE, entries[0].name)
    return result


def _similar_with_number(
    parsed: ParsedQuery, index: Index, words: Words, number: str
) -> StepResult | None:
    """A misspelt name with its number, else the number where it was called a department."""
    codes = numbers.department_codes(number, index) if number else ()
    places = match.similar_within(words, codes, index) if codes else []
    if not places and number:
        towns = [entry for entry, _ in match.similar(words, index)]
        places = match.arrondissement(towns, number, index, MatchQuality.FUZZY)
    if not places and parsed.is_department:
        places = _department_places(codes, index)
    return StepResult(places) if places else None


def _with_department(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """A town and the department or region that it is in: "Valence, Drôme", "Loiret Orléans"."""
    if parsed.number or parsed.has_other_numbers:
        return None
    all_splits = (
        split
        for words in dict.fromkeys((parsed.words, parsed.town))
        for split in match.splits(words, index)
    )
    splits = list(islice(all_splits, _MAX_SPLITS))
    for town, codes in splits:
        places = match.within(match.named(town, index), codes, MatchQuality.EXACT)
        if places:
            return StepResult(places)
    if parsed.is_code_like or match.is_foreign(parsed.town):
        return None
    department_only = _unknown_town(parsed, index)
    if not (splits or department_only) or match.similar(parsed.words, index):
        return None
    return (
        _similar_with_department(splits, index)
        or _inner_town(splits, index)
        or department_only
        or _unknown_with_department(parsed, splits, index)
    )


def _inner_town(splits: list[tuple[Words, set[str]]], index: Index) -> StepResult | None:
    """A town among other words, and its department: "12 rue des Lilas Grenoble Isère"."""
    for words, codes in splits[:3]:
        places = match.inner_names(words, codes, index)
        if places:
            return StepResult(places)
    return None


def _unknown_with_department(
    parsed: ParsedQuery, splits: list[tuple[Words, set[str]]], index: Index
) -> StepResult | None:
    """An unknown town and the whole name of a department at its end: the department counts."""
    for words, codes in splits:
        if words == parsed.town[: len(words)] and len(codes) == 1:
            return _unknown_place(replace(parsed, town=words), codes, index)
    return None


def _similar_with_department(
    splits: list[tuple[Words, set[str]]], index: Index
) -> StepResult | None:
    """A misspelt town or a prefix with its department, else a town and a department that it is
    not in."""
    elsewhere: StepResult | None = None
    for town, codes in splits:
        named = _exact_places(match.named(town, index))
        if not named:
            places = match.similar_within(town, codes, index)
        elif len(codes) == 1:
            places = match.with_prefix_within(town, codes, index)  # "Fontenay, Val-de-Marne"
        else:
            places = []  # "Bordeaux centre" is not Bordeaux-en-Gâtinais.
        if places:
            return StepResult(places)
        if named and not elsewhere:
            departments = _department_places(sorted(codes), index)
            elsewhere = StepResult([*named, *departments], Note.ELSEWHERE, named[0].name)
    return elsewhere


def _unknown_town(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """An unknown town, and a department after a comma or in brackets: the department counts."""
    for at in sorted(parsed.separators, reverse=True):
        entries = match.departments_and_regions(strip_small_words(parsed.words[at:]), index)
        if entries and not match.is_foreign(parsed.words[:at]):
            town = " ".join(parsed.words[:at]).title()
            return StepResult(_exact_places(entries), Note.TOWN_UNKNOWN, town)
    return None


def _prefix_or_similar(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """Names of which this is a prefix, and names of similar spelling where they are likelier."""
    has_numbers = parsed.number or parsed.has_other_numbers
    if has_numbers or parsed.is_code_like or match.is_foreign(parsed.town):
        return None
    if not strip_small_words(parsed.town):
        return None  # "la" is a prefix of too much
    with_prefix = match.with_prefix(parsed.words, index) if parsed.is_sentence else []
    with_prefix = with_prefix or match.with_prefix(parsed.town, index)
    if not with_prefix:
        collectivity = match.collectivity_with_prefix(parsed.town, index)
        if collectivity:
            return StepResult([], Note.NOT_A_DEPARTMENT, collectivity)
    similar = match.similar(parsed.words, index) or match.similar(parsed.town, index)
    entries = [entry for entry, _ in similar]
    if with_prefix:
        population = max(place.population for place in with_prefix)
        needed = SIMILAR_POPULATION_RATIO * population
        entries = [entry for entry in entries if entry.population > needed]
    if not with_prefix and not entries:
        return None
    if not with_prefix and not entries[0].departments:
        return StepResult([], Note.NOT_A_DEPARTMENT, entries[0].today or entries[0].name)
    guesses = [entry.place(MatchQuality.FUZZY) for entry in entries]
    return StepResult(with_prefix + match.limit_departments(guesses, MAX_GUESSED_DEPARTMENTS))


def _address(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """The town at the end of an address without a postcode, or of a sentence: "3 rue des Lilas,
    Lyon"."""
    if not (parsed.has_street or parsed.is_sentence) or parsed.is_code_like:
        return None
    if match.has_foreign_name(parsed.town):
        return None
    for words in match.endings(parsed.town):
        entries = match.named(words, index)
        if entries:
            return _with_collectivity_note(entries, _exact_places(entries))
    return None


_STEPS = (
    _whole_name,
    _intercommunality,
    _chain,
    _with_number,
    _with_department,
    _prefix_or_similar,
    _address,
    _unknown_with_number,
)

# What the steps share.


def _exact_places(entries: list[IndexEntry]) -> list[Place]:
    return [entry.place(MatchQuality.EXACT) for entry in entries]


def _department_places(codes: Iterable[str], index: Index) -> list[Place]:
    return [index.departments[code].place(MatchQuality.EXACT) for code in codes]


def _with_collectivity_note(entries: list[IndexEntry], places: list[Place]) -> StepResult:
    """The places, and a note where one of that name is an overseas collectivity."""
    collectivities = [entry.today for entry in entries if entry.kind is PlaceKind.COLLECTIVITY]
    if not collectivities:
        return StepResult(places)
    if len(collectivities) == len(entries):
        return StepResult([], Note.NOT_A_DEPARTMENT, collectivities[0])
    return StepResult(places, Note.ALSO_NOT_A_DEPARTMENT, collectivities[0])


def _possible_towns(parsed: ParsedQuery) -> Iterator[Words]:
    """The words beside a postcode that may be its town: those after it, else the last before."""
    for end in range(min(len(parsed.after_postcode), MAX_TOWN_WORDS), 0, -1):
        yield parsed.after_postcode[:end]
    if not parsed.after_postcode:
        yield from match.endings(parsed.town)


def _is_foreign_postcode(parsed: ParsedQuery, index: Index) -> bool:
    """Tell whether an unknown code belongs to a place outside France: "10115 Berlin" does, and so
    does "90210 Beverly Hills": what follows is no town of the code's departments, and no CEDEX."""
    code = parsed.postcode
    codes = numbers.fallback_departments(code, index)
    if index.postcode(code) or numbers.collectivity_name(code, index) or not codes:
        return False
    if match.has_foreign_name(parsed.town):
        return True
    if not parsed.after_postcode or parsed.is_cedex:
        return False
    return not match.similar_within(parsed.after_postcode, codes, index)


def _suggestions(parsed: ParsedQuery, index: Index) -> tuple[str, ...]:
    """The most similar of France's own names, however unlikely; at most `_MAX_SUGGESTIONS`."""
    key = "".join(parsed.town)
    if parsed.is_code_like or not MIN_PREFIX_LENGTH < len(key) <= 40:
        return ()
    max_edits = 1 if len(key) < 6 else 2 if len(key) < 9 else 3
    candidates = [
        (similarity_cost(entry, edits), entry.name)
        for similar_key, edits in index.names.similar(key, max_edits, 2).items()
        for entry in index.names.exact(similar_key)[:1]
        if entry.departments
    ]
    return tuple(dict.fromkeys(name for _, name in sorted(candidates)))[:_MAX_SUGGESTIONS]
