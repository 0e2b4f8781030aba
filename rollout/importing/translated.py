"""Translations in the data files against the reference texts beside them."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, cast

from rollout.importing.cells import ImportRow, Problem
from rollout.models.texts import Text, fingerprint, reference_language
from rollout.translations.checks import errors
from rollout.translations.units import fields_of


def translation_problems(rows: Iterable[ImportRow]) -> list[Problem]:
    """Return what is surely wrong with translations among the rows of data files.

    Each is compared with the reference text of its row: of several with that which it translates,
    else with that of the same first day.
    """
    return [
        Problem(row.file, row.line, name, str(finding))
        for row, reference in translations_of(rows)
        for name in fields_of(cast("type[Text]", row.model))
        for finding in errors(reference.values[name], row.values[name], row.key["language"])
    ]


def translations_of(rows: Iterable[ImportRow]) -> Iterator[tuple[ImportRow, ImportRow]]:
    """Yield each translation among rows with its reference text."""
    references: dict[tuple[object, ...], list[ImportRow]] = {}
    translations: list[ImportRow] = []
    for row in rows:
        if issubclass(row.model, Text):
            is_reference = row.key["language"] == reference_language()
            if is_reference:
                references.setdefault(_owner(row), []).append(row)
            else:
                translations.append(row)
    for row in translations:
        of_row = references.get(_owner(row), [])
        if of_row:
            yield row, min(of_row, key=partial(_distance, row))


def is_translation(row: ImportRow, reference: ImportRow) -> bool:
    """Tell whether a text of a data file says that it translates a reference text as it is now."""
    model: Any = row.model
    return bool(
        row.values["translates"]
        == fingerprint(*(reference.values[name] for name in model.text_fields))
    )


def _distance(row: ImportRow, reference: ImportRow) -> tuple[bool, bool]:
    """Return how far a translation is from a reference text of its row, to be compared."""
    is_of_other_day = row.key.get("valid_from") != reference.key.get("valid_from")
    return not is_translation(row, reference), is_of_other_day


def _owner(row: ImportRow) -> tuple[object, ...]:
    return row.model, next(iter(row.key.values()))
