"""Departments as editors send and fetch them: rollout.csv as people and spreadsheets write it.

The data files are read strictly (`files`); here a zero that a spreadsheet took away comes back, and
a day may be 31/05/2024. Whatever was understood is said in `Upload.notes`.
"""

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from rollout import dates
from rollout.csv_cells import guarded
from rollout.importing.cells import ImportLine, ImportRow, ImportSession, Problem, sentence
from rollout.importing.files import CHECK_COLUMNS, DEPARTMENT_COLUMNS, ROLLOUT_COLUMNS
from rollout.importing.spreadsheets import read_table
from rollout.importing.tables import Cell, UnreadableFileError, listed
from rollout.models import Department

FACT_COLUMNS = [*DEPARTMENT_COLUMNS, *CHECK_COLUMNS]
DAY = re.compile(
    r"(?P<day>\d{1,2})(?P<separator>[/.-])(?P<month>\d{1,2})(?P=separator)(?P<year>\d{2}|\d{4})"
)
MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?$")


@dataclass
class Upload:
    """What a file of departments holds: its rows in their order, every problem, and notes.

    `notes` say in sentences of the active language how the file was read.
    """

    rows: list[ImportRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_departments(content: bytes, name: str) -> Upload:
    """Return the departments in a file (CSV or .xlsx) that is called `name`.

    It may have some of the departments only, and some of the columns: what it lacks stays as it is.
    Number and name of each must be the database's. A file that cannot be read is one problem.
    """
    try:
        table = read_table(content, ROLLOUT_COLUMNS)
    except UnreadableFileError as refusal:
        return Upload(problems=[Problem(name, 0, "", str(refusal))])
    columns = [column for column in FACT_COLUMNS if column in table.columns]
    if not columns:
        reason = _("There is nothing to change in it: it has none of the columns %(columns)s.")
        reason %= {"columns": ", ".join(FACT_COLUMNS)}
        return Upload(problems=[Problem(name, 0, "", reason)])
    session = ImportSession(Path())
    reader = _LineReader(columns)
    names = dict(Department.objects.values_list("code", "name"))
    for number, cells in table.lines:
        reader.add_row(ImportLine(session, name, number, dict(cells)), names)
    notes = [*table.notes, *_missing(table.columns), *reader.notes()]
    return Upload(session.rows, session.problems, notes)


def _missing(columns: list[str]) -> Iterator[str]:
    if missing := [column for column in FACT_COLUMNS if column not in columns]:
        yield _("Columns that are not in the file stay as they are: %(columns)s.") % {
            "columns": ", ".join(missing)
        }
    if "name" not in columns:
        yield _("There are no names in the file to compare the numbers with.")


class _LineReader:
    """Reads lines, and counts what it understood in another way than it is written."""

    def __init__(self, columns: list[str]) -> None:
        fields: list[Any] = [Department._meta.get_field(column) for column in columns]
        self.columns = columns
        self.day_columns = [f.name for f in fields if isinstance(f, models.DateField)]
        self.choices = {
            f.name: [*([""] if f.blank else []), *dict(f.choices)] for f in fields if f.choices
        }
        self.codes: Counter[tuple[str, str]] = Counter()
        self.days: Counter[tuple[str, datetime.date]] = Counter()

    def add_row(self, line: ImportLine, names: dict[str, str]) -> None:
        """Add the row of a line to its session, or the problems with it."""
        for column in self.day_columns:
            line.cells[column] = self._day(line, column)
        line.cells["code"] = code = self._code(str(line.cells["code"]))
        if "sources" in self.columns:
            line.cells["sources"] = re.sub(r"\s*\|\s*", "|", str(line.cells["sources"]))
        if not line.required("code"):
            return
        if code not in names:
            line.refuse("code", gettext_noop('there is no department "%(code)s"'), code=code)
        elif "name" in line.cells and _folded(line.cells["name"]) != _folded(names[code]):
            reason = gettext_noop("%(code)s is %(name)s, not %(other)s")
            line.refuse("name", reason, code=code, name=names[code], other=line.cells["name"])
        else:
            for column, allowed in self.choices.items():
                line.choice(column, allowed)
            values = line.values(Department, self.columns)
            missing = gettext_noop('there is no source "%(name)s"')
            sources = line.sources("sources", missing) if "sources" in self.columns else None
            row = ImportRow(line.file, line.number, Department, {"code": code}, values, sources)
            line.session.add_row(row)

    def _code(self, text: str) -> str:
        """Return the number of a department as INSEE writes it: 1 is 01, 2a is 2A."""
        plain = re.sub(r"""^(="|'|)(.*?)(\.0|")?$""", r"\2", text)
        code = plain.upper().zfill(2) if plain else ""
        if code != text:
            self.codes[text, code] += 1
        return code

    def _day(self, line: ImportLine, column: str) -> Cell:
        """Return a cell of a day as a date, "" if it is empty or wrong."""
        cell = line.cells[column]
        if not isinstance(cell, str) or not cell:
            return cell
        text = MIDNIGHT.sub("", cell)
        match = DAY.fullmatch(text)
        if match is None:
            return dates.parse(text) or cell  # which the line refuses
        first, second, year = (int(match[name]) for name in ("day", "month", "year"))
        year += 2000 if year < 100 else 0
        try:
            day = datetime.date(year, second, first)
        except ValueError:
            is_american = first <= 12 < second <= 31
            reason = (
                gettext_noop(
                    '"%(value)s" seems to be month/day/year; write 2025-11-18 or 18/11/2025'
                )
                if is_american
                else gettext_noop('"%(value)s" is not a date such as 2025-11-18 or 18/11/2025')
            )
            line.refuse(column, reason, value=cell)
            return ""
        self.days[cell, day] += 1
        return day

    def notes(self) -> Iterator[str]:
        """Yield what was understood in another way than it is written."""
        if self.codes:
            n = self.codes.total()
            template = ngettext(
                "%(n)s number of a department was completed: %(codes)s.",
                "%(n)s numbers of departments were completed: %(codes)s.",
                n,
            )
            yield template % {"n": n, "codes": listed(f"{a} → {b}" for a, b in self.codes)}
        if self.days:
            # One that would be another day if the month came first, if there is one.
            text, day = max(
                self.days, key=lambda pair: 1 < pair[1].day <= 12 and pair[1].day != pair[1].month
            )
            n = self.days.total()
            template = ngettext(
                "%(n)s day was read as day/month/year: %(text)s is %(day)s.",
                "%(n)s days were read as day/month/year: %(text)s, for instance, is %(day)s.",
                n,
            )
            yield template % {"n": n, "text": text, "day": date_format(day)}


def _folded(name: object) -> str:
    """Return a name for comparing: capitals, kinds of apostrophe and spaces do not matter."""
    return " ".join(str(name).casefold().replace("’", "'").split())


# --- Out again ------------------------------------------------------------------------------------


def department_table(departments: Iterable[Department]) -> Iterator[list[str | datetime.date]]:
    """Yield the columns of rollout.csv, header first, with formulas disarmed (csv_cells).

    Days are dates, all else is text, empty where there is nothing. `departments` come with their
    sources prefetched.
    """
    yield [*ROLLOUT_COLUMNS]
    for department in departments:
        values = {
            "wave": department.wave_id,
            "sources": "|".join(source.slug for source in department.sources.all()),
        }
        cells = [values[c] if c in values else getattr(department, c) for c in ROLLOUT_COLUMNS]
        yield [
            cell if isinstance(cell, datetime.date) else guarded(str(cell or "")) for cell in cells
        ]


# --- Problems -------------------------------------------------------------------------------------

MAX_REASONS = 3  # different ones of the same kind, in a sentence


def problem_sentences(problems: Iterable[Problem | str]) -> list[str]:
    """Return problems for people: those of one kind in one column are one sentence.

    What is a sentence already stays as it is.
    """
    groups: dict[tuple[str, ...], list[Problem]] = {}
    sentences = []
    for problem in problems:
        if isinstance(problem, str):
            sentences.append(problem)
            continue
        key = (problem.file, problem.column, problem.template or problem.reason)
        groups.setdefault(key, []).append(problem)
    return [*map(_sentence, groups.values()), *sentences]


def _sentence(group: list[Problem]) -> str:
    first = group[0]
    if len(group) == 1 or not first.line:
        return str(first)
    reasons = list(dict.fromkeys(problem.reason for problem in group))
    more = ["…"] if len(reasons) > MAX_REASONS else []
    lines = _("lines %(lines)s") % {"lines": listed(problem.line for problem in group)}
    return sentence(first.file, lines, first.column, " · ".join([*reasons[:MAX_REASONS], *more]))
