"""The ledger of changes: since which day each row of the data files states what it states.

`changes.csv` has a line for each row whose content readers see, in the order of the files.
`manage.py stamp_changes` writes it, a load takes `changed_at` from it: the same files give the same
days wherever and whenever they are loaded.
"""

import csv
import datetime
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from rollout.dates import midnight
from rollout.importing.cells import ImportRow, ImportSession, LedgerLine, Problem
from rollout.models.content_tracking import ContentTracked

LEDGER = "changes.csv"
COLUMNS = ["kind", "key", "language", "fingerprint", "day"]


class LedgerKey(NamedTuple):
    """What a line is about: the row of a kind, or with a language its text in that language."""

    kind: str
    """The model's name; for a text that of the model whose rows have the text."""
    key: str
    """The parts of the row's key, with a slash between them."""
    language: str

    def __str__(self) -> str:
        return " ".join(filter(None, self))


Ledger = Mapping[LedgerKey, LedgerLine]


def key_of(row: ImportRow) -> LedgerKey:
    """Return what the ledger calls a row of a data file."""
    parts = (value for name, value in row.key.items() if name != "language")
    return LedgerKey(
        str(row.model._meta.model_name).removesuffix("text"),
        "/".join(str(value) for value in parts if value not in (None, "")),
        str(row.key.get("language", "")),
    )


def fingerprint(row: ContentTracked) -> str:
    """Return 16 hexadecimal digits that change with a row's content; "" if readers see none.

    Empty fields leave it as it is: a new field changes the fingerprint of the rows that use it.
    """
    content = {
        name: str(value) for name, value in row.content_values.items() if value not in (None, "")
    }
    if not content:
        return ""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def changed_at(row: ImportRow, fact: ContentTracked) -> datetime.datetime | None:
    """Return the moment since which a row's content, as `fact` has it, is what it is.

    Midnight in Paris; None where the ledger has no line with its fingerprint.
    """
    line = row.ledger_line
    return midnight(line.day) if line and line.fingerprint == fingerprint(fact) else None


def read_ledger(folder: Path) -> tuple[dict[LedgerKey, LedgerLine], list[Problem]]:
    """Return the lines of a folder's ledger, and every problem with one by itself."""
    session = ImportSession(folder)
    lines = {}
    for line in session.lines(LEDGER, COLUMNS):
        key = LedgerKey(line.text("kind"), line.text("key"), line.text("language"))
        line.unique(*filter(None, key))
        day = line.day("day")
        if day is None:
            if not line.text("day"):
                line.refuse("day", "it is empty")
            continue
        lines[key] = LedgerLine(line.number, line.required("fingerprint", 16), day)
    return lines, session.problems


def with_lines(rows: Iterable[ImportRow], folder: Path) -> tuple[list[ImportRow], list[Problem]]:
    """Return the rows of a folder's files with their lines of its ledger, and every problem.

    A line about a row that the files do not have is one.
    """
    lines, problems = read_ledger(folder)
    dated = []
    for row in rows:
        line = lines.pop(key_of(row), None) if issubclass(row.model, ContentTracked) else None
        dated.append(replace(row, ledger_line=line) if line else row)
    for key, line in lines.items():
        reason = f"the data files have no {key}; manage.py stamp_changes takes the line out"
        problems.append(Problem(LEDGER, line.number, "", reason))
    return dated, problems


def renewed(
    rows: Iterable[ImportRow], ledger: Ledger, day: datetime.date
) -> dict[LedgerKey, LedgerLine]:
    """Return the ledger that fits the rows: lines whose fingerprint holds keep their day.

    The others, new ones too, have `day`; those of rows that are no more are left out.
    """
    lines: dict[LedgerKey, LedgerLine] = {}
    for row in rows:
        fact = row.model(**row.key, **row.values)
        current = fingerprint(fact) if isinstance(fact, ContentTracked) else ""
        if current:
            key = key_of(row)
            line = ledger.get(key)
            holds = line is not None and line.fingerprint == current
            since = line.day if line is not None and holds else day
            lines[key] = LedgerLine(len(lines) + 2, current, since)
    return lines


def write_ledger(folder: Path, ledger: Ledger) -> None:
    """Write a folder's ledger."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([*key, line.fingerprint, line.day] for key, line in ledger.items())
    (folder / LEDGER).write_text(text.getvalue(), encoding="utf-8")
