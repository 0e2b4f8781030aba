"""Files of departments that editors send: understood and said, or refused once with what to do."""

import csv
import datetime
import io
import struct
import zipfile

import openpyxl
import pytest
from django.utils import translation

from rollout.csv_cells import guarded
from rollout.importing import tables, uploads, workbook_files
from rollout.importing.files import ROLLOUT_COLUMNS
from rollout.models import Department
from rollout.workbooks import Sheet, workbook_bytes

pytestmark = pytest.mark.django_db

day = datetime.date.fromisoformat


def exported():
    """Return the departments as the export has them: lists of text and dates, header first."""
    departments = Department.objects.order_by("code").prefetch_related("sources")
    return list(uploads.department_table(departments))


def text_of(rows, separator=","):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue()


def with_cell(code, column, value, rows=None):
    """Return the table with another value in the cell of a department."""
    rows = rows or exported()
    place = rows[0].index(column)
    return [[*row[:place], value, *row[place + 1 :]] if row[0] == code else row for row in rows]


def workbook(rows, **sheets):
    """Return a workbook as a spreadsheet program saves it: no value is marked as text."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Feuille 1"
    for title, content in {"Feuille 1": rows, **sheets}.items():
        sheet = book[title] if title in book.sheetnames else book.create_sheet(title)
        for row in content:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content, name="mine.csv"):
    return uploads.read_departments(content.encode() if isinstance(content, str) else content, name)


def understood(content):
    """Return what is changed, by code and column, and the notes."""
    upload = read(content)
    assert upload.problems == []
    present = {row.code: row for row in Department.objects.prefetch_related("sources")}
    changed = {}
    for row in upload.rows:
        before = present[row.key["code"]]
        for name, value in row.values.items():
            if getattr(before, name) != value:
                changed[before.code, name] = value
        if row.sources is not None and {*row.sources} != {s.slug for s in before.sources.all()}:
            changed[before.code, "sources"] = row.sources
    return changed, upload.notes


def refusal(content, name="mine.csv"):
    """Return the one sentence with which a file is refused."""
    upload = read(content, name)
    assert upload.rows == []
    [sentence] = uploads.problem_sentences(upload.problems)
    assert sentence.startswith(f"{name}: ")
    return sentence.removeprefix(f"{name}: ")


# --- Text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "mark", "name"),
    [
        ("utf-8", "", "UTF-8"),
        ("utf-8", "\ufeff", "UTF-8"),
        ("cp1252", "", "Windows-1252"),
        ("utf-16-le", "\ufeff", "UTF-16"),
        ("utf-16-be", "\ufeff", "UTF-16"),
        ("utf-16-le", "", "UTF-16"),
        ("utf-16-be", "", "UTF-16"),
    ],
)
@pytest.mark.parametrize(
    ("separator", "separators"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs")]
)
def test_every_text_of_a_spreadsheet_is_read(encoding, mark, name, separator, separators):
    content = (mark + text_of(exported(), separator)).encode(encoding)
    changed, notes = understood(content)
    assert changed == {}
    assert notes == [f"The text was read as {name}.", f"Its cells are separated by {separators}."]


def test_the_line_of_excel_that_names_the_separator_is_understood():
    text = "sep=;\r\n" + text_of(with_cell("69", "opened_on", "2023-07-30"), ";")
    assert understood(text)[0] == {("69", "opened_on"): day("2023-07-30")}
    upload = read("sep=;\r\n" + text_of(with_cell("69", "opened_on", "soon"), ";"))
    assert str(upload.problems[0]).startswith("mine.csv, line 72, opened_on:")


def test_zeros_and_capitals_that_a_spreadsheet_took_away_come_back():
    rows = [[str(row[0]).lstrip("0").lower(), *row[1:]] for row in exported()]
    changed, notes = understood(text_of(rows))
    assert changed == {}
    assert notes[2:] == [
        (
            "11 numbers of departments were completed: 1 → 01, 2 → 02, 3 → 03, 4 → 04, 5 → 05, 6 → 06, "
            "7 → 07, 8 → 08 and 3 more."
        )
    ]


@pytest.mark.parametrize(
    ("written", "code"),
    [("1", "01"), ("01", "01"), ("1.0", "01"), ('="01"', "01"), ("'01", "01"), (" 2a ", "2A")],
)
def test_a_number_of_a_department_is_understood_however_a_spreadsheet_writes_it(written, code):
    [row] = read(text_of([["code", "opened_on"], [written, "2026-01-01"]])).rows
    assert row.key == {"code": code}


@pytest.mark.parametrize("written", ["0", "1e1", "001", "20", "1,5", "2C", "-1", "１"])
def test_a_number_that_is_none_of_a_department_is_refused(written):
    upload = read(text_of([["code", "opened_on"], [written, "2026-01-01"]]))
    assert upload.rows == []
    assert "there is no department" in str(upload.problems[0])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("31/05/2024", "2024-05-31"),
        ("5/6/2024", "2024-06-05"),
        ("05.06.2024", "2024-06-05"),
        ("05-06-2024", "2024-06-05"),
        ("31/05/24", "2024-05-31"),
        ("31/05/2024 00:00:00", "2024-05-31"),
        ("2024-05-31 00:00:00", "2024-05-31"),
        ("2024-05-31T00:00:00", "2024-05-31"),
    ],
)
def test_days_are_read_as_the_french_write_them(written, expected):
    changed, notes = understood(text_of(with_cell("69", "opened_on", written)))
    assert changed == {("69", "opened_on"): day(expected)}
    is_said = any("day/month/year" in note for note in notes)
    assert is_said is ("-05-31" not in written)


def test_the_plan_says_how_an_ambiguous_day_was_read():
    rows = with_cell("69", "opened_on", "31/05/2024")
    rows = with_cell("75", "opened_on", "05/06/2024", rows)
    _changed, notes = understood(text_of(rows))
    assert notes[-1] == (
        "2 days were read as day/month/year: 05/06/2024, for instance, is 5 June 2024."
    )
    with translation.override("fr"):
        assert read(text_of(rows)).notes[-1] == (
            "2 jours ont été lus dans l’ordre jour/mois/année : "
            "par exemple, 05/06/2024 est le 5 juin 2024."
        )


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("05/31/2024", "seems to be month/day/year"),
        ("30/02/2024", "is not a date such as 2025-11-18 or 18/11/2025"),
        ("2024-02-30", "is not a date such as 2025-11-18"),
        ("May 2024", "is not a date such as 2025-11-18"),
        ("45443", "is not a date such as 2025-11-18"),
        ("31/05-2024", "is not a date such as 2025-11-18"),
        ("31/05/2024 14:00", "is not a date such as 2025-11-18"),
    ],
)
def test_a_day_that_is_none_is_refused_by_line_and_column(written, reason):
    [sentence] = uploads.problem_sentences(
        read(text_of(with_cell("69", "opened_on", written))).problems
    )
    assert sentence.startswith(f'mine.csv, line 71, opened_on: "{written}" ')
    assert reason in sentence


def test_blank_lines_are_left_out_and_counted():
    rows = exported()
    text = text_of([[], *rows[:5], [""] * 12, [" "] * 12, *rows[5:], [], [""] * 12])
    changed, notes = understood(text)
    assert changed == {}
    assert "3 blank lines were left out." in notes
    upload = read(text.replace("2A,Corse-du-Sud", "20,Corse"))
    assert str(upload.problems[0]).startswith("mine.csv, line 33, code:")


def test_columns_are_told_apart_by_their_headings_in_any_order_and_spelling():
    rows = [[*list(reversed(row)), "a comment"] for row in exported()]
    rows[0] = [name.replace("_", " ").title() for name in rows[0]]
    changed, notes = understood(text_of(rows, ";"))
    assert changed == {}
    assert "Columns with other names were left out: A Comment." in notes
    assert (
        "Headings were understood in another spelling: Check Again By, Last Checked, Sources, "
        "Certainty, Suspended Until, Suspended From, Precision, Opened On and 4 more."
    ) in notes
    assert "The columns are in another order; they were told apart by their headings." in notes


def test_columns_that_are_lost_stay_as_they_are_and_the_plan_says_so():
    kept = ["code", "opened_on"]
    rows = [[row[ROLLOUT_COLUMNS.index(name)] for name in kept] for row in exported()]
    changed, notes = understood(text_of(with_cell("69", "opened_on", "2023-07-30", rows)))
    assert changed == {("69", "opened_on"): day("2023-07-30")}
    assert notes[2:] == [
        (
            "Columns that are not in the file stay as they are: wave, not_before, precision, "
            "suspended_from, suspended_until, certainty, sources, last_checked, check_again_by."
        ),
        "There are no names in the file to compare the numbers with.",
    ]


def test_names_are_compared_but_not_by_their_apostrophes_and_capitals():
    rows = with_cell("22", "name", "COTES-D'ARMOR".replace("COTES", "CÔTES"))
    assert understood(text_of(rows))[0] == {}
    [problem] = read(text_of(with_cell("69", "name", "Lyon"))).problems
    assert str(problem) == "mine.csv, line 71, name: 69 is Rhône, not Lyon"


def test_blanks_round_cells_and_sources_do_not_matter():
    slugs = exported()[1][ROLLOUT_COLUMNS.index("sources")].replace("|", " | ")
    rows = with_cell("01", "sources", slugs)
    assert understood(text_of([[f" {cell} " for cell in row] for row in rows]))[0] == {}


def test_cells_that_were_guarded_from_being_formulas_are_read_back():
    Department.objects.filter(code="01").update(name="=1+1")
    assert exported()[1][1] == guarded("=1+1")
    assert understood(text_of(exported()))[0] == {}
    assert understood(workbook_bytes([Sheet("x", exported())]))[0] == {}


# --- Refused once ---------------------------------------------------------------------------------


def test_the_same_problem_on_many_lines_is_one_sentence():
    rows = [[*row[:8], "surely", *row[9:]] for row in exported()]
    rows[0] = ROLLOUT_COLUMNS
    [sentence] = uploads.problem_sentences(read(text_of(rows)).problems)
    assert sentence == (
        'mine.csv, lines 2, 3, 4, 5, 6, 7, 8, 9 and 93 more, certainty: "surely" is not one of '
        "inference, not-found, official, one-press, several-press, user-reports"
    )


def test_problems_of_one_kind_show_three_examples():
    rows = [[*row[:4], f"day {number}", *row[5:]] for number, row in enumerate(exported())]
    rows[0] = ROLLOUT_COLUMNS
    [sentence] = uploads.problem_sentences(read(text_of(rows)).problems)
    assert sentence.startswith("mine.csv, lines 2, 3, 4, 5, 6, 7, 8, 9 and 93 more, opened_on: ")
    assert sentence.count("is not a date") == 3
    assert sentence.endswith(" · …")


def test_problems_are_in_the_language_of_the_editor():
    rows = with_cell("69", "sources", "nobody")
    rows = with_cell("75", "wave", "tidal", rows)
    rows = with_cell("01", "opened_on", "05/31/2024", [*rows, rows[9]])
    with translation.override("fr"):
        sentences = uploads.problem_sentences(read(text_of(rows), "à moi.csv").problems)
    assert sentences == [
        (
            "à moi.csv, ligne 2, opened_on : « 05/31/2024 » semble être dans l’ordre mois/jour/année ; "
            "écrivez 2025-11-18 ou 18/11/2025"
        ),
        "à moi.csv, ligne 71, sources : il n’y a pas de source « nobody »",
        "à moi.csv, ligne 77, wave : vague « tidal » introuvable",
        "à moi.csv, ligne 103 : département 09 s’y trouve deux fois, d’abord à la ligne 10",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file is empty."),
        (" \n \n", "The file is empty."),
        (",,,\n,,,\n", "The file is empty."),
        ("code;name\n", "There is no line below the headings."),
        ("code;name\n01;Ain\n", "There is nothing to change in it"),
        ("number,since\n01,2024-05-31\n", "Here it begins with “number, since”."),
        ("code\n01\n", "The first line must have the names of the columns: code, name, wave"),
        ("name,wave\nAin,june-2024\n", "The first line must have the names of the columns"),
        ("code,wave,Wave\n01,a,b\n", "There is more than one column with this name: wave."),
        ('code,wave\n01,"a\n02,b\n', "Line 2 is no CSV: a quotation mark in it is not closed"),
        ("code,wave\n01,a,b\n02\n03,c,d\n04,e\n", "Lines 2, 3, 4 have not as many cells"),
        ("code,wave\n" + "01,x\n" * 3000, "The table has more than 2000 lines."),
        (b"\xff\xfe\x00", "This is no text that can be read."),
        (b"\x00" * 50, "This is no text that can be read."),
        (b"code,wave\n01,\x81\xff\n", "This is no text that can be read."),
        (b"code,wave\n01,a\x07\n", "This is no text that can be read."),
        (b"%PDF-1.7\n...", "This is a PDF file."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This is no text that can be read."),
        (b"<!DOCTYPE html><table><tr><td>01", "This is a web page or XML, no table."),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "This is a web page or XML, no table."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Workbook", "This is a file of an old Excel"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "The workbook is protected by a password.",
        ),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(content, sentence):
    assert sentence in refusal(content)


# --- Workbooks ------------------------------------------------------------------------------------


def test_a_workbook_is_read_with_numbers_and_dates_as_a_spreadsheet_has_them():
    rows = exported()
    numbers = [[int(row[0]) if str(row[0]).isdigit() else row[0], *row[1:]] for row in rows]
    numbers = with_cell(69, "opened_on", datetime.datetime(2023, 7, 30), numbers)  # noqa: DTZ001
    changed, notes = understood(workbook(numbers))
    assert changed == {("69", "opened_on"): day("2023-07-30")}
    assert notes[0] == "It is a workbook; the sheet “Feuille 1” was read."
    assert notes[1].startswith("9 numbers of departments were completed: 1 → 01")


def test_the_one_sheet_that_looks_like_the_table_is_read():
    rows = with_cell("69", "opened_on", day("2023-07-30"))
    changed, notes = understood(workbook([["Notes"]], plan=rows, old=[["code", "x"]]))
    assert changed == {("69", "opened_on"): day("2023-07-30")}
    assert notes[:2] == [
        "It is a workbook; the sheet “plan” was read.",
        "Other sheets were left out: Feuille 1, old.",
    ]
    sentence = refusal(workbook(rows, again=rows), "two.xlsx")
    assert sentence.startswith("Several sheets look like the table: Feuille 1, again.")
    assert "Here it begins with “Notes”." in refusal(workbook([["Notes"]]), "none.xlsx")
    assert refusal(workbook([]), "empty.xlsx") == "The file is empty."


def test_formulas_are_refused_by_cell_where_they_matter():
    rows = [[*row, "=1+1"] for row in with_cell("69", "opened_on", "=TODAY()")]
    rows[0][-1] = "comment"
    assert refusal(workbook(rows), "x.xlsx").startswith("There are formulas in E71, and formulas")
    harmless = [[*row, "=1+1"] for row in exported()]
    harmless[0][-1] = "comment"
    assert understood(workbook(harmless))[0] == {}


def test_text_that_looks_like_a_formula_is_text():
    Department.objects.filter(code="01").update(name='=HYPERLINK("https://x.test")')
    content = workbook_bytes([Sheet("rollout", exported())])
    assert understood(content)[0] == {}
    cells = openpyxl.load_workbook(io.BytesIO(content))["rollout"].iter_rows()
    assert "f" not in {cell.data_type for row in cells for cell in row}


def test_a_day_with_a_time_or_an_error_in_its_cell_is_refused():
    noon = datetime.datetime(2023, 7, 30, 12)  # noqa: DTZ001
    for value in (noon, 45443, "#REF!", True):
        upload = read(workbook(with_cell("69", "opened_on", value)), "x.xlsx")
        assert str(upload.problems[0]).startswith("x.xlsx, line 71, opened_on:")


def test_blank_rows_of_a_workbook_are_left_out_and_lines_are_those_of_the_sheet():
    rows = exported()
    content = workbook([[], *rows[:3], [], [], *rows[3:], [" "], []])
    changed, notes = understood(content)
    assert changed == {}
    assert "3 blank lines were left out." in notes
    rows = with_cell("69", "opened_on", "soon")
    upload = read(workbook([[], *rows[:3], [], [], *rows[3:]]))
    assert str(upload.problems[0]).startswith("mine.csv, line 74, opened_on:")


def test_cells_far_outside_the_table_are_not_counted_through():
    book = openpyxl.load_workbook(io.BytesIO(workbook(exported())))
    book.worksheets[0]["XFD3"] = "far to the right"
    assert understood(saved(book))[0] == {}
    book.worksheets[0]["A1048576"] = "far below"
    assert understood(saved(book))[0] == {}
    book.worksheets[0]["A2002"] = "a little below"
    assert refusal(saved(book)) == (
        "The table has more than 2000 lines. Send the departments only."
    )


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def archive(files, compression=zipfile.ZIP_DEFLATED):
    """Return a ZIP file of files by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return file.getvalue()


def files_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def spoilt(name, content):
    """Return a workbook in which a file is another, or one more."""
    return archive(files_of(workbook(exported())) | {name: content})


BOMB = """<?xml version="1.0" encoding="%s"?><!DOCTYPE x [<!ENTITY a "ha">%s]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">
<c r="A1" t="inlineStr"><is><t>&i;</t></is></c></row></sheetData></worksheet>"""
ENTITIES = "".join(
    f'<!ENTITY {name} "{f"&{before};" * 50}">'
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_xml_bomb_is_refused_before_anything_expands(encoding):
    bomb = (BOMB % (encoding, ENTITIES)).encode(encoding)
    for name in ("xl/worksheets/sheet1.xml", "xl/styles.xml", "docProps/core.xml"):
        assert refusal(spoilt(name, bomb)).startswith("The workbook holds XML that no spreadsheet")


def test_an_external_entity_is_refused():
    secret = BOMB % ("utf-8", '<!ENTITY i SYSTEM "file:///etc/passwd">')
    assert "XML that no spreadsheet writes" in refusal(spoilt("xl/worksheets/sheet1.xml", secret))


def test_a_zip_bomb_is_refused_unopened(monkeypatch):
    sheet = b" " * (workbook_files.MAX_UNPACKED_BYTES + 1)
    bomb = spoilt("xl/worksheets/sheet1.xml", sheet)
    assert len(bomb) < 20_000

    def opened(*_args, **_options):
        raise AssertionError("It was unpacked.")

    monkeypatch.setattr(zipfile.ZipFile, "open", opened)
    assert refusal(bomb).startswith("The workbook is too large when it is unpacked.")


def test_a_zip_bomb_that_states_a_small_size_is_not_unpacked_beyond_it():
    sheet = b" " * 20_000_000
    bomb = spoilt("xl/worksheets/sheet1.xml", sheet)
    size = struct.pack("<L", len(sheet))
    assert bomb.count(size) == 2  # beside the file, and in the list at the end
    assert refusal(bomb.replace(size, struct.pack("<L", 1000))).startswith("The workbook cannot be")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("xl/vbaProject.bin", "The workbook holds macros."),
        ("xl/VBAPROJECT.BIN", "The workbook holds macros."),
        ("xl/macrosheets/sheet1.xml", "The workbook holds macros."),
        ("xl/workbook.bin", "This is a binary workbook (.xlsb)."),
    ],
)
def test_macros_and_binary_workbooks_are_refused(name, sentence):
    assert refusal(spoilt(name, b"<x/>"), "budget.xlsm").startswith(sentence)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (archive({"mimetype": "x", "content.xml": "<x/>"}), "This is an OpenDocument file (.ods)."),
        (archive({"word/document.xml": "<x/>"}), "This is no workbook."),
        (archive({"xl/workbook.xml": "<x/>"}), "The workbook cannot be read."),
        (archive({"xl/workbook.xml": "<x>"}), "The workbook cannot be read."),
        (archive({"xl/workbook.xml": "<x/>"}, zipfile.ZIP_BZIP2), "The workbook cannot be read."),
        (b"PK\x03\x04" + b"x" * 500, "The workbook cannot be read."),
    ],
)
def test_archives_that_are_no_workbook_are_refused(content, sentence):
    assert refusal(content).startswith(sentence)


def test_a_workbook_that_was_cut_off_or_damaged_is_refused_in_one_sentence():
    whole = workbook_bytes([Sheet("rollout", exported())])
    for length in range(4, len(whole), len(whole) // 50):
        assert refusal(whole[:length]).startswith("The workbook cannot be read.")
    for place in range(30, len(whole), len(whole) // 200):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        upload = read(bytes(damaged))
        assert len(uploads.problem_sentences(upload.problems)) <= 2


@pytest.mark.parametrize(
    "xml",
    [
        '<row r="0"><c r="A0"><v>1</v></c></row>',
        '<row r="x"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="1A"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99999</v></c></row>',
        '<row r="1"><c r="A1" s="99999"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="d"><v>2024-99-99</v></c></row>',
        '<row r="1"><c r="A1"><v>nothing</v></c></row>',
        '<row r="1"><c r="A1"><v>1e999</v></c></row>',
        '<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>',
        "<row><c><f t='array' ref='A1:B2'>1</f></c></row>",
    ],
)
def test_nonsense_in_a_sheet_is_refused_in_one_sentence(xml):
    start = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    assert refusal(spoilt("xl/worksheets/sheet1.xml", f"{start}{xml}</sheetData></worksheet>"))


def test_a_lost_line_or_cell_never_empties_a_fact():
    """What a file does not have is no change: 101 departments, of which one is sent."""
    rows = exported()
    assert understood(text_of(rows[:2]))[0] == {}
    assert len(read(text_of(rows[:2])).rows) == 1


def test_a_listed_few_and_how_many_more():
    assert tables.listed(range(9)) == "0, 1, 2, 3, 4, 5, 6, 7, 8"
    assert tables.listed(range(10)) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
