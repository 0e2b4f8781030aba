"""Finds places: a list of steps, from the surest interpretation of a query to the least sure.

A step that finds something ends the search, so a doubtful interpretation never hides a sure one:
a postcode; a number; a whole name; a group of communes; a town with all that it lies in, with its
number, arrondissement or department; a prefix of a name; a similar spelling; the town at the end of
an address; an unknown name with a number that is known. If no step finds anything, the result is
empty and offers the most similar spellings instead of a guess.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from rollout.search import match, numbers
from rollout.search.chain import chain
from rollout.search.expand import expand
from rollout.search.index import Index
from rollout.search.normalise import clean
from rollout.search.personal import is_personal
from rollout.search.postcodes import by_postcode, by_postcode_without_zero
from rollout.search.rank import (
    MAX_GUESSED_DEPARTMENTS,
    MIN_PREFIX_LENGTH,
    SIMILAR_POPULATION_RATIO,
    is_town,
    select_places,
    similarity_cost,
)
from rollout.search.read import (
    ParsedQuery,
    Words,
    names_intercommunality,
    names_street,
    parse,
    split_roman_number,
    strip_small_words,
)
from rollout.search.results import IndexEntry, MatchQuality, Note, Place, PlaceKind, SearchResult
from rollout.search.steps import (
    StepResult,
    department_places,
    exact_places,
    unknown_place,
    with_collectivity_note,
)

_KINDS_WITH_EXONYMS = (PlaceKind.TOWN, PlaceKind.DEPARTMENT, PlaceKind.REGION)
_MAX_SUGGESTIONS = 5
_MAX_SPLITS = 12
"""Ways to split a query into town and department that are tried; real queries have one or two."""


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
    return _by_code(parsed, query, index) or _by_steps(parsed, query, index)


def _by_code(parsed: ParsedQuery, query: str, index: Index) -> SearchResult | None:
    """A postcode, or a number and nothing else."""
    if parsed.postcode:
        return by_postcode(parsed, query, index)
    if parsed.is_only_number and not parsed.has_other_numbers and not parsed.is_code_like:
        result = _by_number(parsed, query, index)
        return result or SearchResult(query, note=Note.NOTHING_FOUND, note_subject=query)
    return by_postcode_without_zero(parsed, query, index)


def _by_steps(parsed: ParsedQuery, query: str, index: Index) -> SearchResult:
    """The first step that finds something; else nothing, and the most similar names."""
    for step in _STEPS:
        step_result = step(parsed, index)
        if step_result:
            departments, places = select_places(step_result.places)
            note, note_subject = step_result.note, step_result.note_subject
            return SearchResult(query, departments, places, note, note_subject)
    suggestions = _suggestions(parsed, index)
    return SearchResult(query, note=Note.NOTHING_FOUND, note_subject=query, suggestions=suggestions)


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
    with_arrondissement = {
        place.postcode for place in places if place.kind is PlaceKind.ARRONDISSEMENT
    } - {""}
    once: dict[tuple[str, tuple[str, ...]], Place] = {}
    for place in places:
        if place.kind is not PlaceKind.TOWN or place.postcode not in with_arrondissement:
            # One name of a place is enough: "Париж" and not "Парижі" too.
            name = place.today if place.kind in _KINDS_WITH_EXONYMS else ""
            once.setdefault((name or place.name, place.departments), place)
    return tuple(once.values())[:limit]


# The steps. Each returns None where it does not apply.


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
    places = exact_places(entries)
    if all(is_town(entry) and entry.kind is not PlaceKind.AREA for entry in entries):
        population = max(entry.population for entry in entries)
        places += match.with_prefix(parsed.town, index, much_bigger_than=population)
    return with_collectivity_note(entries, places)


def _intercommunality(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """A group of communes by its name without what sort it is: "CC Faucigny", "agglo de Pau"."""
    if parsed.number or parsed.has_other_numbers or not names_intercommunality(parsed.words):
        return None
    places = match.intercommunalities(parsed.words, index)
    if not places and parsed.segments:  # "CC du Pays de l'Arbresle (CCPA)"
        places = match.intercommunalities(parse(parsed.segments[0]).words, index)
    return StepResult(places) if places else None


def _unknown_with_number(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """A name that nothing is like, and a department's number: "Inconnuville 38". The department
    counts, and the name is said to be unknown."""
    number = parsed.number
    if parsed.is_code_like or parsed.is_ordinal or parsed.has_other_numbers or len(number) < 2:
        return None
    is_at_end = parsed.is_number_last or number.startswith("0") or len(number) == 3
    codes = numbers.department_codes(number, index)
    if not codes or not (is_at_end or parsed.is_department) or names_street(parsed.town):
        return None
    return unknown_place(parsed, codes, index)


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
    result = with_collectivity_note(entries, exact_places(entries))
    codes = numbers.department_codes(parsed.number, index) if parsed.number else ()
    if result.places and codes and not parsed.is_ordinal and not parsed.has_other_numbers:
        places = [*result.places, *department_places(codes, index)]
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
        places = department_places(codes, index)
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
    at_end = [
        (words, codes)
        for words, codes in splits
        if words == parsed.town[: len(words)] and len(codes) == 1
    ]
    if not at_end:
        return None
    words, codes = min(at_end, key=lambda split: len(split[0]))  # "Savoie" ends "Haute-Savoie"
    return unknown_place(replace(parsed, town=words), codes, index)


def _similar_with_department(
    splits: list[tuple[Words, set[str]]], index: Index
) -> StepResult | None:
    """A misspelt town or a prefix with its department, else a town and a department that it is
    not in."""
    elsewhere: StepResult | None = None
    for town, codes in splits:
        named = exact_places(match.named(town, index))
        if not named:
            places = match.similar_within(town, codes, index)
        elif len(codes) == 1:
            places = match.with_prefix_within(town, codes, index)  # "Fontenay, Val-de-Marne"
        else:
            places = []  # "Bordeaux centre" is not Bordeaux-en-Gâtinais.
        if places:
            return StepResult(places)
        if named and not elsewhere:
            departments = department_places(sorted(codes), index)
            elsewhere = StepResult([*named, *departments], Note.ELSEWHERE, named[0].name)
    return elsewhere


def _unknown_town(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """An unknown town, and a department after a comma or in brackets: the department counts."""
    for at in sorted(parsed.separators, reverse=True):
        entries = match.departments_and_regions(strip_small_words(parsed.words[at:]), index)
        if entries and not match.is_foreign(parsed.words[:at]):
            town = " ".join(parsed.words[:at]).title()
            return StepResult(exact_places(entries), Note.TOWN_UNKNOWN, town)
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
            return with_collectivity_note(entries, exact_places(entries))
    return None


_STEPS = (
    _whole_name,
    _intercommunality,
    chain,
    _with_number,
    _with_department,
    _prefix_or_similar,
    _address,
    _unknown_with_number,
)


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
