"""A town with all that it lies in, as geocoders and address fields print it.

"Grenoble, 38, Isère, Auvergne-Rhône-Alpes, France": in any order, with numbers between.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from rollout.search import match, numbers
from rollout.search.index import Index
from rollout.search.rank import is_area, is_town
from rollout.search.read import ParsedQuery, parse
from rollout.search.results import MatchQuality, Note, Place
from rollout.search.steps import StepResult, department_places, exact_places, unknown_place


class _Segment(NamedTuple):
    """What stands between two commas: the codes of a department or region, if it is one; towns."""

    text: str
    codes: frozenset[str]
    towns: list[Place]
    is_number: bool


def chain(parsed: ParsedQuery, index: Index) -> StepResult | None:
    """Return the town of a text with commas or brackets within the departments and regions that
    are named too; None where there are none, or where two parts are all: see `find`."""
    read = (_segment(text, index) for text in parsed.segments)
    segments = [segment for segment in read if segment.text]
    codes = _common_codes(segments, is_address=parsed.has_street)
    if not codes or parsed.is_code_like:
        return None
    unknown = next((segment for segment in segments if not segment.codes), None)
    # Of "Trifouillis, Doubs" the second part is the department, not the town of its name.
    is_unknown_in_area = unknown is segments[0] and not unknown.towns and not parsed.has_street
    named = [part for part in segments if not part.codes] if is_unknown_in_area else segments
    towns = _towns(named, codes)
    if towns:
        return StepResult(towns)
    if unknown is None:
        return StepResult(department_places(sorted(codes), index))
    if len(segments) > 2 and unknown.towns:
        places = [*unknown.towns, *department_places(sorted(codes), index)]
        return StepResult(places, Note.ELSEWHERE, unknown.towns[0].name)
    if unknown.towns or (len(segments) == 2 and not any(part.is_number for part in segments)):
        return None
    return unknown_place(parse(unknown.text), codes, index)


def _towns(segments: list[_Segment], codes: Collection[str]) -> list[Place]:
    """Return the towns of the first segment that names some in these departments; of those, if
    there are any, the ones where the other towns are."""
    lists = [match.narrow(segment.towns, codes) for segment in segments]
    lists = [places for places in lists if places]
    for places in lists[1:]:  # "Valence, Montélimar, Auvergne-Rhône-Alpes"
        common = match.narrow(lists[0], {code for place in places for code in place.departments})
        lists[0] = common or lists[0]
    return lists[0] if lists else []


def _segment(text: str, index: Index) -> _Segment:
    """Read what stands between two commas; its `text` is "" where it names no place ("France")."""
    parsed = parse(text)
    if parsed.is_only_number and parsed.is_ordinal:
        return _Segment(text, frozenset(), match.arrondissements(parsed.number, index), False)
    if parsed.is_only_number:  # one digit is a house or an exponent, no department
        number = parsed.number if len(parsed.number) > 1 else ""
        codes = frozenset(numbers.department_codes(number, index) if number else ())
        return _Segment(text if codes else "", codes, [], True)
    if not parsed.town:
        return _Segment("", frozenset(), [], False)
    if parsed.number or parsed.has_other_numbers:
        with_number = [place for place in exact_places(index.exact(parsed.key)) if is_town(place)]
        if with_number:
            return _Segment(text, frozenset(), with_number, False)  # "Isola 2000"
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
        [place for place in exact_places(entries) if is_town(place) and place.departments],
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
