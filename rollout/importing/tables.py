"""Tables that someone sent, whatever their file: lines of cells, columns by their headings.

Whatever can be understood is understood, and said in a sentence; all else is refused once, with
what to do about it. What cells mean is not known here (see `uploads`).
"""

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MAX_LINES = 2000
MAX_COLUMNS = 100
MAX_LISTED = 8  # lines, cells or names in a sentence

Cell = str | datetime.date
Line = tuple[int, list[Cell]]
"""The number of a line, from 1, with the header; and its cells."""


class UnreadableFileError(Exception):
    """The file is no table that can be read: `args[0]` says why, and what to do, for its sender."""


@dataclass
class Table:
    """A table: the known columns that it has, and its lines with the cells of these.

    `notes` say in sentences of the active language how the file was read.
    """

    columns: list[str]
    lines: list[tuple[int, dict[str, Cell]]]
    notes: list[str] = field(default_factory=list)


def listed(items: Iterable[object]) -> str:
    """Return the first items with commas between, and how many more there are."""
    names = [str(item) for item in items]
    more = len(names) - MAX_LISTED
    if more <= 1:
        return ", ".join(names)
    return _("%(names)s and %(n)s more") % {"names": ", ".join(names[:MAX_LISTED]), "n": more}


def column_name(name: str) -> str:
    """Return a heading as the name of a column: "Opened on" is opened_on."""
    return re.sub(r"[\s_-]+", "_", name.strip().casefold())


def refuse_long(lines: Sequence[object]) -> None:
    """Refuse more than MAX_LINES lines.

    Raises:
        UnreadableFileError: there are more.
    """
    if len(lines) > MAX_LINES:
        raise UnreadableFileError(
            _("The table has more than %(n)s lines. Send the departments only.") % {"n": MAX_LINES}
        )


def make_table(lines: list[Line], columns: Sequence[str], notes: list[str]) -> Table:
    """Return lines as a table, by the headings in the first that is not blank.

    `notes` are those so far; more are added.

    Raises:
        UnreadableFileError: headings are missing or twice, or lines do not match them.
    """
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if not filled:
        raise UnreadableFileError(_("The file is empty."))
    headings = [str(heading) for heading in filled[0][1]]
    places = _places(headings, columns, notes)
    rows = filled[1:]
    if not rows:
        raise UnreadableFileError(_("There is no line below the headings."))
    _refuse_other_widths(rows, headings)
    unnamed = [number for number, heading in enumerate(headings) if not heading]
    if any(cells[number] for _line, cells in rows for number in unnamed if number < len(cells)):
        notes.append(_("Cells without a heading were left out."))
    if blank := lines.index(filled[-1]) + 1 - len(filled):
        sentence = ngettext(
            "%(n)s blank line was left out.", "%(n)s blank lines were left out.", blank
        )
        notes.append(sentence % {"n": blank})
    known = [
        (number, {name: cells[place] for name, place in places.items()}) for number, cells in rows
    ]
    return Table(list(places), known, notes)


def _places(headings: list[str], columns: Sequence[str], notes: list[str]) -> dict[str, int]:
    """Return where each known column stands; say what else there is.

    Raises:
        UnreadableFileError: headings are missing or twice.
    """
    names = [column_name(heading) for heading in headings]
    known = [name for name in names if name in columns]
    if columns[0] not in known or len(known) < 2:
        raise UnreadableFileError(
            _(
                "The first line must have the names of the columns: %(columns)s. Here it begins "
                "with “%(headings)s”. Export the table, change that, and send it."
            )
            % {"columns": ", ".join(columns), "headings": listed(filter(None, headings))[:100]}
        )
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise UnreadableFileError(
            _("There is more than one column with this name: %(columns)s. Leave one of them.")
            % {"columns": listed(twice)}
        )
    others = [
        heading
        for heading, name in zip(headings, names, strict=True)
        if heading and name not in columns
    ]
    if others:
        notes.append(
            _("Columns with other names were left out: %(columns)s.") % {"columns": listed(others)}
        )
    renamed = [
        heading for heading in headings if column_name(heading) in known and heading not in known
    ]
    if renamed:
        notes.append(
            _("Headings were understood in another spelling: %(columns)s.")
            % {"columns": listed(renamed)}
        )
    if known != [name for name in columns if name in known]:
        notes.append(_("The columns are in another order; they were told apart by their headings."))
    return {name: number for number, name in enumerate(names) if name in columns}


def _refuse_other_widths(lines: list[Line], headings: list[str]) -> None:
    """Refuse lines with fewer cells than there are headings, or with content beyond these.

    Raises:
        UnreadableFileError: there are such lines.
    """
    width = max((number for number, heading in enumerate(headings, start=1) if heading), default=0)
    wrong = [number for number, cells in lines if len(cells) < width or any(cells[len(headings) :])]
    if wrong:
        sentence = ngettext(
            "Line %(lines)s has not as many cells as there are headings (%(n)s). A cell with the "
            "separator in it needs quotation marks round it.",
            "Lines %(lines)s have not as many cells as there are headings (%(n)s). A cell with the "
            "separator in it needs quotation marks round it.",
            len(wrong),
        )
        raise UnreadableFileError(sentence % {"lines": listed(wrong), "n": width})
