"""What the steps of a search share: their result, and places made of entries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from rollout.search import match
from rollout.search.index import Index
from rollout.search.rank import MIN_UNKNOWN_LENGTH
from rollout.search.read import ParsedQuery
from rollout.search.results import IndexEntry, MatchQuality, Note, Place, PlaceKind


class StepResult(NamedTuple):
    """What a step found: places, best first; a note for the reader, and what it is about."""

    places: list[Place]
    note: Note | None = None
    note_subject: str = ""


def exact_places(entries: list[IndexEntry]) -> list[Place]:
    """Return the entries as places that were typed exactly, in the same order."""
    return [entry.place(MatchQuality.EXACT) for entry in entries]


def department_places(codes: Iterable[str], index: Index) -> list[Place]:
    """Return the departments of these codes as places, in the same order."""
    return [index.departments[code].place(MatchQuality.EXACT) for code in codes]


def with_collectivity_note(entries: list[IndexEntry], places: list[Place]) -> StepResult:
    """The places, and a note where one of that name is an overseas collectivity."""
    collectivities = [entry.today for entry in entries if entry.kind is PlaceKind.COLLECTIVITY]
    if not collectivities:
        return StepResult(places)
    if len(collectivities) == len(entries):
        return StepResult([], Note.NOT_A_DEPARTMENT, collectivities[0])
    return StepResult(places, Note.ALSO_NOT_A_DEPARTMENT, collectivities[0])


def unknown_place(parsed: ParsedQuery, codes: Collection[str], index: Index) -> StepResult | None:
    """The departments typed with a name that is not known, and a note that says so."""
    words = parsed.town
    if len("".join(words)) < MIN_UNKNOWN_LENGTH or match.is_foreign(words):
        return None
    places = match.similar_within(words, codes, index)
    if places:
        return StepResult(places)
    name = " ".join(words).title()
    return StepResult(department_places(sorted(codes), index), Note.TOWN_UNKNOWN, name)
