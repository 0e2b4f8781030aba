"""The step of a search for a text with a postcode, and with the town that is typed beside it."""

from __future__ import annotations

from collections.abc import Iterator

from rollout.search import match, numbers
from rollout.search.index import Index
from rollout.search.rank import MAX_GUESSED_DEPARTMENTS, is_town
from rollout.search.read import MAX_TOWN_WORDS, ParsedQuery, Words
from rollout.search.results import IndexEntry, MatchQuality, Place, PlaceKind, SearchResult


def by_postcode(parsed: ParsedQuery, query: str, index: Index) -> SearchResult | None:
    """Return the result for a text with a postcode; None where that is no French one.

    A whole address counts by its last postcode; the town beside it makes it more precise.
    """
    towns = [
        entry.place(MatchQuality.EXACT)
        for words in _possible_towns(parsed, index)
        for entry in match.exact(words, index)
        if is_town(entry)
    ]
    if not any(town.departments for town in towns) and _is_foreign_postcode(parsed, index):
        return None
    elsewhere = _towns_beside_postcode(parsed, index)
    return numbers.by_postcode(parsed.postcode, towns, elsewhere, query, index)


def by_postcode_without_zero(parsed: ParsedQuery, query: str, index: Index) -> SearchResult | None:
    """A postcode whose zero a spreadsheet has dropped, beside its town: "6000 Nice"; else None."""
    if len(parsed.number) != 4 or not parsed.town:
        return None
    places = [entry.place(MatchQuality.EXACT) for entry in match.named(parsed.town, index)]
    code = parsed.number.zfill(5)
    allowed = {code for entry in index.postcode(code) for code in entry.departments}
    towns = match.narrow(places, allowed)
    return numbers.by_postcode(code, towns, [], query, index) if towns else None


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


def _possible_towns(parsed: ParsedQuery, index: Index) -> Iterator[Words]:
    """The words beside a postcode that may be its town: those after it, else the last before."""
    if index.has_key("".join(parsed.after_postcode)):
        yield parsed.after_postcode
        return  # Saint-André-de-Lancize is no Saint-André.
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
