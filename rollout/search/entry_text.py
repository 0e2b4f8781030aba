"""Entries of the index as text: fields with ASCII's own separators, which no name has."""

from __future__ import annotations

from collections.abc import Iterable

from rollout.search.results import IndexEntry, PlaceKind

_LIST_SEPARATOR = "\x1d"
RECORD_SEPARATOR = "\x1e"
_FIELD_SEPARATOR = "\x1f"
_CODE_SEPARATOR = "|"
_KINDS = {str(kind): kind for kind in PlaceKind}


def join(records: Iterable[str]) -> str:
    """Return several records as one value of a sorted text."""
    return RECORD_SEPARATOR.join(records)


def split(value: str | None) -> list[str]:
    """Return the records that were joined; none of an empty value or of None."""
    return value.split(RECORD_SEPARATOR) if value else []


def join_lists(lists: tuple[list[str], list[str]]) -> str:
    """Return two lists of records as one value."""
    return _LIST_SEPARATOR.join(map(join, lists))


def split_lists(value: str | None) -> tuple[list[str], list[str]]:
    """Return the two lists that were joined; both are empty of None."""
    first, _, second = (value or "").partition(_LIST_SEPARATOR)
    return split(first), split(second)


def to_text(entry: IndexEntry) -> str:
    """Return an entry as a record. Control characters in its names become spaces."""
    return _FIELD_SEPARATOR.join(
        (
            entry.kind,
            _printable(entry.name),
            _CODE_SEPARATOR.join(entry.departments),
            _printable(entry.today),
            str(entry.population),
            entry.commune,
            _CODE_SEPARATOR.join(entry.postcodes),
            "alias" if entry.alias else "",
        )
    )


def _printable(name: str) -> str:
    return name if name.isprintable() else " ".join(name.split())


def from_text(record: str) -> IndexEntry:
    """Return the entry of a record that `to_text` returned."""
    kind, name, departments, today, population, commune, postcodes, alias = record.split(
        _FIELD_SEPARATOR
    )
    return IndexEntry(
        _KINDS[kind],
        name,
        tuple(departments.split(_CODE_SEPARATOR)) if departments else (),
        today,
        int(population),
        commune,
        tuple(postcodes.split(_CODE_SEPARATOR)) if postcodes else (),
        bool(alias),
    )
