"""Files, lines and cells of the data folder: each wrong cell becomes a `Problem`."""

import csv
import datetime
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from rollout import dates
from rollout.csv_cells import unguarded
from rollout.models import Source
from rollout.models.sources import Sourced
from rollout.models.texts import Text, languages

CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0a-\x1f]")


class Problem(NamedTuple):
    """One reason to refuse the files: where, and what is wrong.

    `line` counts from 1, with the header, and is 0 where no line is meant; `column` is empty where
    the whole line or file is meant.
    `reason` is in the language in which the file was read: English for the data files. `template`,
    where there is one, is the same for all problems of one kind.
    """

    file: str
    line: int
    column: str
    reason: str
    template: str = ""

    def __str__(self) -> str:
        line = gettext("line %(line)s") % {"line": self.line} if self.line else ""
        return sentence(self.file, line, self.column, self.reason)


def sentence(file: str, lines: str, column: str, reason: str) -> str:
    """Return where something is wrong, leaving out what is empty, and what that is."""
    place = ", ".join(filter(None, [file, lines, column]))
    return gettext("%(place)s: %(reason)s") % {"place": place, "reason": reason}


class DataRefused(Exception):  # noqa: N818 - it says what happened
    """The files hold at least one problem, listed in `problems`; nothing was saved."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class LedgerLine(NamedTuple):
    """What the ledger of changes has of a row: the fingerprint of its content, since which day."""

    number: int
    fingerprint: str
    day: datetime.date


@dataclass(frozen=True)
class ImportRow:
    """A row as a file has it, and where.

    `key` and `values` are by the attribute of the field (`region_id`); `sources` are slugs, None
    for a model without sources.
    """

    file: str
    line: int
    model: type[models.Model]
    key: dict[str, Any]
    values: dict[str, Any]
    sources: tuple[str, ...] | None = None
    ledger_line: LedgerLine | None = None

    @property
    def name(self) -> str:
        """Return its name in reports, such as "department 69" or "wave text june-2024 fr"."""
        model = self.model._meta.verbose_name
        key = [str(value) for value in self.key.values() if value is not None]
        return " ".join([str(model), *key])


class ImportSession:
    """The files of one folder while they are read: the rows and the problems so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[ImportRow] = []
        self.problems: list[Problem] = []
        self.first_seen: dict[tuple[Any, ...], Any] = {}
        self._keys: dict[type[models.Model], set[str]] = {}

    def text_of(self, path: Path) -> str | None:
        """Return a UTF-8 file's text, or None after adding the problem that prevents it."""
        name = path.relative_to(self.folder).as_posix()
        try:
            content = path.read_bytes()
            text = content.decode("utf-8-sig")
        except FileNotFoundError:
            self.problems.append(Problem(name, 1, "", "the file is missing"))
            return None
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            self.problems.append(Problem(name, line, "", "this is not UTF-8 text"))
            return None
        for number, line_text in enumerate(text.splitlines(), start=1):
            if CONTROL_CHARACTER.search(line_text):
                self.problems.append(Problem(name, number, "", "there is a control character"))
                return None
        return text

    def lines(self, name: str, columns: list[str]) -> Iterator["ImportLine"]:
        """Yield the lines of a CSV file that has exactly these columns, in this order.

        Separated by commas or semicolons. A wrong header ends the file, a wrong number of cells
        leaves a line out: each is a problem.
        """
        text = self.text_of(self.folder / name)
        if text is None:
            return
        # French spreadsheets write semicolons; no header has one otherwise.
        delimiter = ";" if ";" in text.partition("\n")[0] else ","
        reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
        try:
            header = next(reader, [])
            if header != columns:
                reason = f"the columns are {', '.join(header)}; expected {', '.join(columns)}"
                self.problems.append(Problem(name, 1, "", reason))
                return
            for cells in reader:
                if len(cells) != len(columns):
                    reason = f"{len(cells)} cells where {len(columns)} are expected"
                    self.problems.append(Problem(name, reader.line_num, "", reason))
                elif cells:
                    cells_by_column = dict(zip(columns, map(unguarded, cells), strict=True))
                    yield ImportLine(self, name, reader.line_num, cells_by_column)
        except csv.Error as error:
            self.problems.append(Problem(name, reader.line_num, "", f"not CSV: {error}"))

    def add_row(self, row: ImportRow) -> None:
        """Add a row; one with a key that was added before is a problem instead."""
        first = self.first_seen.setdefault((row.model, *row.key.values()), (row.file, row.line))
        if first != (row.file, row.line):
            template = _("%(row)s is here twice, first in line %(line)s")
            if row.line == 1:  # an entry
                template = _("%(row)s is here twice, first in %(file)s")
            reason = gettext(template) % {"row": row.name, "file": first[0], "line": first[1]}
            self.problems.append(Problem(row.file, row.line, "", reason, template))
            return
        self.rows.append(row)
        if len(row.key) == 1:
            self.keys(row.model).add(next(iter(row.key.values())))

    def keys(self, model: type[models.Model]) -> set[str]:
        """Return the primary keys of a model: those of the database and of the files so far."""
        if model not in self._keys:
            self._keys[model] = set(model._default_manager.values_list("pk", flat=True))
        return self._keys[model]


class ImportLine:
    """One line of a CSV file, or the front matter of an entry, with its cells by column.

    The methods return a cell, stripped and checked. A wrong one adds a problem to the session; what
    is returned then is of the right type, and of no use.
    """

    def __init__(
        self, session: ImportSession, file: str, number: int, cells: dict[str, Any]
    ) -> None:
        self.session = session
        self.file = file
        self.number = number
        self.cells = cells

    def refuse(self, column: str, template: str, **params: object) -> None:
        """Add the problem that a cell is wrong; column "" means the whole line.

        The template is translated, then filled in with the parameters, if there are any.
        """
        reason = gettext(template) % params if params else gettext(template)
        self.session.problems.append(
            Problem(self.file, self.number, column, reason, template if params else "")
        )

    def text(self, column: str) -> str:
        """Return a cell of text that may be empty."""
        value = self.cells.get(column, "")
        if not isinstance(value, str):
            self.refuse(column, f"{value!r} is not text")
            return ""
        return value.strip()

    def required(self, column: str, max_length: int = 500) -> str:
        """Return a cell of text that may not be empty, of at most `max_length` characters."""
        value = self.text(column)
        if not value:
            self.refuse(column, _("it is empty"))
        if len(value) > max_length:
            reason = f"it has {len(value)} characters; at most {max_length} are possible"
            self.refuse(column, reason)
        return value

    def insee(self, column: str) -> str:
        """Return a cell that must be the INSEE code of a commune, such as 01004 or 2A004."""
        value = self.text(column)
        if not re.fullmatch("[0-9][0-9AB][0-9]{3}", value):
            self.refuse(column, f'"{value}" is not an INSEE code such as 01004 or 2A004')
        return value

    def choice(self, column: str, allowed: Collection[str]) -> str:
        """Return a cell that must be one of the allowed values."""
        value = self.text(column)
        if value not in allowed:
            choices = ", ".join(sorted(filter(None, allowed)))
            self.refuse(
                column, _('"%(value)s" is not one of %(choices)s'), value=value, choices=choices
            )
        return value

    def reference(
        self, column: str, model: type[models.Model], *, empty: bool = False
    ) -> str | None:
        """Return a cell that must be the key of a row of the files so far or of the database.

        None for an empty cell, where `empty` allows one.
        """
        value = self.text(column)
        if empty and not value:
            return None
        if value not in self.session.keys(model):
            kind = model._meta.verbose_name
            self.refuse(column, _('there is no %(kind)s "%(value)s"'), kind=kind, value=value)
        return value

    def unique(self, *key: str) -> str:
        """Return the first part of a key that may be in the file only once."""
        first = self.session.first_seen.setdefault((self.file, *key), self.number)
        if first != self.number:
            self.refuse("", f"{' '.join(key)} is here twice, first in line {first}")
        return key[0]

    def postcodes(self, column: str) -> str:
        """Return a cell of postcodes, separated by vertical bars; it may be empty."""
        value = self.text(column)
        if value and not re.fullmatch(r"[0-9]{5}(\|[0-9]{5})*", value):
            self.refuse(column, f'"{value}" are not postcodes such as 01400|01500')
        return value

    def day(self, column: str) -> datetime.date | None:
        """Return a cell that must be a date such as 2025-11-18, or empty: None."""
        value = self.cells.get(column, "")
        if value == "" or type(value) is datetime.date:  # TOML has moments too
            return value or None
        day = dates.parse(str(value))
        if day is None:
            self.refuse(column, _('"%(value)s" is not a date such as 2025-11-18'), value=value)
        return day

    def integer(self, column: str) -> int:
        """Return a cell that must be a whole number of at most 9 digits, from 0."""
        value = str(self.cells.get(column, ""))
        if not re.fullmatch("[0-9]{1,9}", value):
            self.refuse(column, f'"{value}" is not a whole number')
            return 0
        return int(value)

    def sources(
        self,
        column: str = "sources",
        template: str = 'there is no source "%(name)s" in sources.csv',
    ) -> tuple[str, ...]:
        """Return a cell of slugs of sources, separated by vertical bars.

        `template` refuses one that does not exist.
        """
        value = self.cells.get(column, "")
        names = value if isinstance(value, list) else [n for n in str(value).split("|") if n]
        for name in map(str, names):
            if name not in self.session.keys(Source):
                self.refuse(column, template, name=name)
        return tuple(map(str, names))

    def values(
        self,
        model: type[models.Model],
        columns: Sequence[str],
        fields: Mapping[str, str] | None = None,
        max_lengths: Mapping[str, int] | None = None,
    ) -> dict[str, Any]:
        """Return cells as values of a model's fields, by the attribute of the field.

        A column is named like its field, or `fields` has the field's name. A text that may not be
        empty has at most as many characters as its field, else as `max_lengths` says, else 500.
        The column of sources is left out: `add_row` reads it.
        """
        values = {}
        for column in columns:
            if column != "sources":
                field: Any = model._meta.get_field((fields or {}).get(column, column))
                max_length = field.max_length or (max_lengths or {}).get(column, 500)
                values[field.attname] = self._value(column, field, max_length)
        return values

    def _value(self, column: str, field: Any, max_length: int) -> Any:
        match field:
            case models.ForeignKey():
                return self.reference(column, field.related_model, empty=field.blank)
            case models.DateField():
                return self.day(column)
            case models.BooleanField():
                return self.choice(column, {"yes", "no"}) == "yes"
            case models.IntegerField():
                return None if field.null and not self.text(column) else self.integer(column)
            case _ if field.name == "language" and issubclass(field.model, Text):
                return self.choice(column, dict(languages()))
        # A choice that is missing is refused by the model.
        is_optional = field.blank or field.choices
        return self.text(column) if is_optional else self.required(column, max_length)

    def add_row(
        self, model: type[models.Model], key: dict[str, Any], values: dict[str, Any]
    ) -> None:
        """Add the row of this line to the session, with its sources if its model has some."""
        sources = self.sources() if issubclass(model, Sourced) else None
        self.session.add_row(ImportRow(self.file, self.number, model, key, values, sources))
