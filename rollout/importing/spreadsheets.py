"""Reads a table that someone sent, by what the file is: CSV as spreadsheets write it, or .xlsx."""

import csv
import io
import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from rollout.csv_cells import unguarded
from rollout.importing import workbook_files
from rollout.importing.tables import (
    Line,
    Table,
    UnreadableFileError,
    column_name,
    make_table,
    refuse_long,
)

CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
OLE_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "UTF-8",
    b"\xff\xfe": "UTF-16-LE",
    b"\xfe\xff": "UTF-16-BE",
}
SEPARATORS = ",;\t"


def read_table(content: bytes, columns: Sequence[str]) -> Table:
    """Return the table in a file. `columns` are those that are known; the first must be there.

    Dates of a workbook are dates, all other cells are text. Lines without content are left out.

    Raises:
        UnreadableFileError: it is none, or not one that can be read without guessing.
    """
    notes: list[str] = []
    _refuse_other_formats(content)
    if content.startswith(workbook_files.ZIP_FILE):
        lines = workbook_files.read_workbook(content, columns, notes)
    else:
        lines = _read_csv(_decoded(content, notes), columns, notes)
    return make_table(lines, columns, notes)


def _refuse_other_formats(content: bytes) -> None:
    """Refuse a file that is neither text nor a ZIP file, by its first bytes.

    Raises:
        UnreadableFileError: it is neither.
    """
    if not content.strip():
        raise UnreadableFileError(_("The file is empty."))
    if content.startswith(OLE_FILE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise UnreadableFileError(
                _("The workbook is protected by a password. Save it without one, and send that.")
            )
        raise UnreadableFileError(
            _("This is a file of an old Excel (.xls). Save it as .xlsx or as CSV, and send that.")
        )
    if content.startswith(b"%PDF"):
        raise UnreadableFileError(
            _("This is a PDF file. Send the table itself, as .xlsx or as CSV.")
        )
    if re.match(
        rb"\s*<(!doctype|html|table|\?xml)",
        content[:200].removeprefix(b"\xef\xbb\xbf"),
        re.IGNORECASE,
    ):
        raise UnreadableFileError(
            _("This is a web page or XML, no table. Save the table as .xlsx or as CSV.")
        )


def _decoded(content: bytes, notes: list[str]) -> str:
    """Return the text of a file: UTF-8, UTF-16 or Windows-1252.

    Raises:
        UnreadableFileError: it is none of these.
    """
    mark = next((mark for mark in BYTE_ORDER_MARKS if content.startswith(mark)), b"")
    encoding = BYTE_ORDER_MARKS.get(mark, "")
    if not encoding and b"\x00" in content[:2]:  # "c", then "o": UTF-16 without its mark
        encoding = "UTF-16-BE" if content.startswith(b"\x00") else "UTF-16-LE"
    for name in [encoding] if encoding else ["UTF-8", "Windows-1252"]:
        try:
            text = content.removeprefix(mark).decode(name)
        except UnicodeDecodeError:
            continue
        if CONTROL_CHARACTER.search(text):
            break
        shown = name[:6] if name.startswith("UTF-16") else name
        notes.append(_("The text was read as %(encoding)s.") % {"encoding": shown})
        return text
    raise UnreadableFileError(
        _("This is no text that can be read. Save the table as .xlsx or as CSV (UTF-8).")
    )


def _read_csv(text: str, columns: Sequence[str], notes: list[str]) -> list[Line]:
    """Return the lines of CSV, separated by what makes the most of its header.

    Raises:
        UnreadableFileError: it is no CSV, or too long.
    """
    skipped = 0
    declared = re.match(r'"?sep=(.)"?\r?\n', text, re.IGNORECASE)  # Excel's own line
    if declared:
        text, skipped = text[declared.end() :], 1
    header = next((line for line in text.splitlines() if line.strip(" ,;\t")), "")

    def known(separator: str) -> int:
        """Return how many columns are known if this separates them."""
        names = header.replace('"', "").split(separator)
        return len({column_name(name) for name in names} & set(columns))

    separator = max(SEPARATORS, key=known)
    lines: list[Line] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    number = 1
    try:
        for cells in reader:
            lines.append((number + skipped, [unguarded(cell).strip() for cell in cells]))
            number = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFileError(
            _(
                "Line %(line)s is no CSV: a quotation mark in it is not closed, or stands in the "
                "middle of a cell. Write two of them for one, or send the table as .xlsx."
            )
            % {"line": number + skipped}
        ) from error
    refuse_long(lines)
    names = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs")}
    notes.append(_("Its cells are separated by %(separators)s.") % {"separators": names[separator]})
    return lines
