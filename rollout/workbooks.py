"""Workbooks (.xlsx) of plain tables: text stays text, days are dates, same rows are same bytes.

openpyxl takes 8 MB of memory: it is imported with the first workbook, not by each worker's start.
"""

# ruff: noqa: PLC0415
import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MADE_AT = datetime.datetime(1980, 1, 1)  # noqa: DTZ001 - of no zone; the first that ZIP can express
MAX_COLUMN_WIDTH = 60  # characters
TEXT_FORMAT, DAY_FORMAT = "@", "yyyy-mm-dd"

Value = str | bool | datetime.date | None


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook: its title (at most 31 characters) and its rows, the header first."""

    title: str
    rows: Sequence[Sequence[Value]]


def workbook_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook as a file; equal sheets give equal bytes.

    Text is never taken for a formula or a number, and a column of text stays one when it is edited.
    Control characters, which XML cannot hold, are left out.
    """
    from openpyxl import Workbook
    from openpyxl.writer.excel import ExcelWriter

    workbook = Workbook()
    workbook.properties.created = workbook.properties.modified = MADE_AT
    workbook.remove(workbook.worksheets[0])
    for sheet in sheets:
        _fill(workbook.create_sheet(sheet.title), sheet.rows)
    file = io.BytesIO()
    ExcelWriter(workbook, ZipFile(file, "w", ZIP_DEFLATED)).save()
    return _with_fixed_times(file)


def _fill(worksheet: "Worksheet", rows: Sequence[Sequence[Value]]) -> None:
    """Write the rows; the header stays in view."""
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            cell = cast("Cell", worksheet.cell(number, column))  # none is merged
            _set(cell, value)
            if number == 1:
                cell.font = Font(bold=True)
    worksheet.freeze_panes = "A2"
    for column, values in enumerate(zip(*rows, strict=True), start=1):
        longest = max(len(str(value or "")) for value in values)
        width = min(longest + 2, MAX_COLUMN_WIDTH)
        worksheet.column_dimensions[get_column_letter(column)].width = width


def _set(cell: "Cell", value: Value) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment

    if isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
        cell.value = text
        cell.data_type = "s"  # whatever it begins with
        cell.number_format = TEXT_FORMAT
        if "\n" in text or len(text) > MAX_COLUMN_WIDTH:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    elif value is None:
        cell.number_format = TEXT_FORMAT
    else:
        cell.value = value
        if isinstance(value, datetime.date):
            cell.number_format = DAY_FORMAT


def _with_fixed_times(file: io.BytesIO) -> bytes:
    """Return a ZIP file whose entries have MADE_AT in place of the time at which they were made."""
    fixed = io.BytesIO()
    with ZipFile(file) as before, ZipFile(fixed, "w") as after:
        for entry in before.infolist():
            info = ZipInfo(entry.filename, MADE_AT.timetuple()[:6])
            info.compress_type = ZIP_DEFLATED
            after.writestr(info, before.read(entry))
    return fixed.getvalue()
