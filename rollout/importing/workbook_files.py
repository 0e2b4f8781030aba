"""Reads workbooks (.xlsx) that someone sent: values only, nothing in them is run or followed."""

import datetime
import io
import warnings
import zlib
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext as _

from rollout.csv_cells import unguarded
from rollout.importing.tables import (
    MAX_COLUMNS,
    MAX_LINES,
    Cell,
    Line,
    UnreadableFileError,
    column_name,
    listed,
    refuse_long,
)

ZIP_FILE = b"PK\x03\x04"
MAX_UNPACKED_BYTES = 3_000_000

Row = tuple[int, list[Any]]
"""The number of a row, from 1, and its cells; none where it is blank."""


def read_workbook(content: bytes, columns: Sequence[str], notes: list[str]) -> list[Line]:
    """Return the lines of the one sheet of a workbook that has a header with known columns.

    `notes` get sentences on which sheet that is.

    Raises:
        UnreadableFileError: it is none that can be read, or not without guessing.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - rollout/workbooks.py says why

    _refuse_unsafe(content)
    try:
        with warnings.catch_warnings(action="ignore"):  # of what openpyxl leaves out: looks, macros
            workbook = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            sheets = {sheet.title: list(_rows(sheet)) for sheet in workbook.worksheets}
    except BROKEN as error:
        raise UnreadableFileError(_broken()) from error
    tables = {
        title: rows
        for title, rows in sheets.items()
        if columns[0] in _headings(rows) and len({*_headings(rows)} & {*columns}) > 1
    }
    if not tables:
        title = next(iter(sheets), "")
        return _values(sheets.get(title, []), columns)
    if len(tables) > 1:
        raise UnreadableFileError(
            _("Several sheets look like the table: %(sheets)s. Send a workbook with one of them.")
            % {"sheets": listed(tables)}
        )
    [(title, rows)] = tables.items()
    others = [name for name in sheets if name != title]
    notes.append(_("It is a workbook; the sheet “%(sheet)s” was read.") % {"sheet": title})
    if others:
        notes.append(_("Other sheets were left out: %(sheets)s.") % {"sheets": listed(others)})
    return _values(rows, columns)


BROKEN = (
    *(ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, BadZipFile, zlib.error),
)
"""What zipfile and openpyxl raise for a broken workbook, which they do not document."""


def _refuse_unsafe(content: bytes) -> None:
    """Refuse a ZIP file that is no workbook, has macros, or is more than it seems.

    Raises:
        UnreadableFileError: it is one of these.
    """
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            _refuse_other_archives(archive)
            # ZipFile reads no more than the size that an entry declares.
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise UnreadableFileError(
                    _(
                        "The workbook is too large when it is unpacked. Copy the table alone into "
                        "a new one, or send it as CSV."
                    )
                )
            for entry in archive.infolist():
                if entry.filename.endswith((".xml", ".rels")):
                    parser = DefusedXMLParser(target=_NoTree(), forbid_dtd=True)
                    parser.feed(archive.read(entry))
                    parser.close()
    except DefusedXmlException as error:
        raise UnreadableFileError(
            _("The workbook holds XML that no spreadsheet writes. It was not read.")
        ) from error
    except (*BROKEN, ParseError) as error:
        raise UnreadableFileError(_broken()) from error


class _NoTree:
    """Takes what a parser of XML finds, and makes nothing of it."""

    def close(self) -> None:
        """End."""


def _refuse_other_archives(archive: ZipFile) -> None:
    """Refuse what is no .xlsx, by the names of its files.

    Raises:
        UnreadableFileError: it is none, or has macros.
    """
    if any(
        entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED)
        for entry in archive.infolist()
    ):
        raise UnreadableFileError(_broken())
    names = {name.lower() for name in archive.namelist()}
    if "xl/workbook.bin" in names:
        raise UnreadableFileError(
            _("This is a binary workbook (.xlsb). Save it as .xlsx, and send that.")
        )
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise UnreadableFileError(
            _(
                "The workbook holds macros. They are never run here, and such a file is not read: "
                "save it as a workbook without macros (.xlsx), and send that."
            )
        )
    if "xl/workbook.xml" in names:
        return
    if "content.xml" in names:
        raise UnreadableFileError(
            _("This is an OpenDocument file (.ods). Save it as .xlsx or as CSV, and send that.")
        )
    raise UnreadableFileError(
        _("This is no workbook. Save the table as .xlsx or as CSV, and send that.")
    )


def _broken() -> str:
    return _("The workbook cannot be read. Save it once more as .xlsx, or as CSV, and send that.")


def _rows(sheet: Any) -> list[Row]:
    """Return the rows of a sheet with their numbers, down to the last with content."""
    sheet.reset_dimensions()
    rows: list[Row] = []
    cells_of_rows = sheet.iter_rows(max_row=MAX_LINES + 2, max_col=MAX_COLUMNS)
    for number, cells in enumerate(cells_of_rows, start=1):
        is_blank = all(cell.value in (None, "") for cell in cells)
        rows.append((number, [] if is_blank else list(cells)))
    while rows and not rows[-1][1]:
        rows.pop()
    return rows


def _headings(rows: list[Row]) -> list[str]:
    """Return the cells of the first row that is not blank, as names of columns."""
    first: list[Any] = next((cells for _number, cells in rows if cells), [])
    return [column_name(str(cell.value or "")) for cell in first]


def _values(rows: list[Row], columns: Sequence[str]) -> list[Line]:
    """Return the cells of rows as text and dates.

    Raises:
        UnreadableFileError: there are too many rows, or formulas in known columns.
    """
    refuse_long(rows)
    used = [number for number, name in enumerate(_headings(rows)) if name in columns]
    formulas = [
        cell.coordinate
        for _number, cells in rows
        for cell in (cells[place] for place in used if place < len(cells))
        if cell.value is not None and cell.data_type == "f"
    ]
    if formulas:
        raise UnreadableFileError(
            _(
                "There are formulas in %(cells)s, and formulas are not computed here. Copy the "
                "table, paste it as values only, and send that."
            )
            % {"cells": listed(formulas)}
        )
    return [(number, [_value(cell.value) for cell in cells]) for number, cells in rows]


def _value(value: Any) -> Cell:
    """Return the value of a cell as a date, or as the text that it shows."""
    if isinstance(value, datetime.datetime):
        return value.date() if value.time() == datetime.time() else str(value)
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else unguarded(str(value)).strip()
