"""Departments as a file in the admin: export, import with a plan, and what is refused."""

import csv
import datetime
import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rollout.accounts.middleware import MAX_BODY_BYTES
from rollout.admin.department_files import MAX_UPLOAD_BYTES
from rollout.csv_cells import guarded, unguarded
from rollout.facts import writer
from rollout.models import Department, Source, Update
from tests.support import people
from tests.support.admin_forms import change, form_values

pytestmark = pytest.mark.django_db

day = datetime.date.fromisoformat
IMPORT = "/admin/rollout/department/import/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OTHER_DAY = ("69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-07-30")


def errors(response):
    """Return what the page complains about, as text."""
    assert response.status_code == 200
    matches = re.findall(r'class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", " ", " ".join(matches)).replace("&quot;", '"')


def notes(html):
    """Return how the page says that the file was read."""
    part = html.split('class="file-notes"')[1].split("</details>")[0]
    return re.findall(r"<li>(.*?)</li>", part)


def export(page):
    response = page.get("/admin/rollout/department/export/")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return response.content.decode()


def export_workbook(page):
    response = page.get("/admin/rollout/department/export.xlsx")
    assert response["Content-Type"] == XLSX
    assert re.fullmatch(
        r'attachment; filename="rollout-\d{4}-\d\d-\d\d.xlsx"', response["Content-Disposition"]
    )
    return response.content


def upload(page, content, name="rollout.csv", language="en", **values):
    file = SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())
    form_data = {"file": file, "change_note": "Read in the press."} | values
    return page.post(IMPORT, form_data, headers={"Accept-Language": language})


def edited(content, cell, value):
    """Return a workbook with another value in a cell."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.worksheets[0][cell] = value
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def state():
    """Return all that an import could change."""
    return list(Department.objects.values()), Update.objects.count()


# --- CSV ------------------------------------------------------------------------------------------


def test_the_exported_file_imports_without_any_change(admin_page):
    text = export(admin_page)
    assert len(list(csv.reader(io.StringIO(text)))) == 102
    html = upload(admin_page, text).content.decode()
    assert "0 departments would change" in html
    assert "101 are so already" in html
    assert notes(html) == [
        "The text was read as UTF-8.",
        "Its cells are separated by commas.",
    ]
    assert upload(admin_page, text, _confirm="1").status_code in (200, 302)
    assert not Update.objects.exists()


def test_a_changed_file_shows_its_plan_then_is_saved_whole(admin_page, editor):
    text = export(admin_page).replace(*OTHER_DAY)
    html = upload(admin_page, text).content.decode()
    assert "1 department would change" in html
    assert "2023-07-30" in html
    assert Department.objects.get(code="69").opened_on == day("2023-07-25")
    response = admin_page.post(IMPORT, form_values(html) | {"_confirm": "1"})
    assert response.status_code == 302
    assert Department.objects.get(code="69").opened_on == day("2023-07-30")
    assert Update.objects.get().texts.get().note == "Read in the press."


def test_a_file_as_a_french_excel_saves_it_is_understood_and_the_plan_says_how(admin_page):
    rows = list(csv.reader(io.StringIO(export(admin_page).replace(*OTHER_DAY))))
    for row in rows[1:]:
        row[0] = row[0].removeprefix("0")
        row[3:5] = [re.sub(r"(\d+)-(\d+)-(\d+)", r"\3/\2/\1", cell) for cell in row[3:5]]
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows([*rows, [], [""] * 12])
    content = text.getvalue().encode("cp1252")
    html = upload(admin_page, content, "départements.csv").content.decode()
    assert "1 department would change" in html
    assert "How départements.csv was read" in html
    assert notes(html) == [
        "The text was read as Windows-1252.",
        "Its cells are separated by semicolons.",
        (
            "9 numbers of departments were completed: 1 → 01, 2 → 02, 3 → 03, 4 → 04, 5 → 05, 6 → 06, "
            "7 → 07, 8 → 08, 9 → 09."
        ),
        notes(html)[-1],
    ]
    assert re.fullmatch(
        r"\d+ days were read as day/month/year: [\d/]+, for instance, is \d+ \w+ \d{4}\.",
        notes(html)[-1],
    )
    assert admin_page.post(IMPORT, form_values(html) | {"_confirm": "1"}).status_code == 302
    assert Department.objects.get(code="69").opened_on == day("2023-07-30")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            ",2023-07-25,",
            ",32/07/2023,",
            'opened_on: "32/07/2023" is not a date such as 2025-11-18 or 18/11/2025',
        ),
        ("69,Rhône", "99,Rhône", 'rollout.csv, line 71, code: there is no department "99"'),
        ("69,Rhône", "69,Lyon", "rollout.csv, line 71, name: 69 is Rhône, not Lyon"),
        ("code,name", "number,name", "rollout.csv: The first line must have the names"),
        ("several-press", "surely", '"surely" is not one of inference, not-found, official'),
        ("rtl-2023-07-25", "", "needs a source"),
    ],
)
def test_a_file_with_an_error_is_refused_whole_with_line_and_column(
    admin_page, old, new, complaint
):
    text = export(admin_page)
    before = state()
    if not new:
        text = re.sub(r"(?m)^(69,.*?several-press,)[^,]*", r"\1", text)
    response = upload(admin_page, text.replace(old, new) if new else text, _confirm="1")
    assert complaint in errors(response)
    assert errors(response).count("rollout.csv") == 1
    assert state() == before


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"", b"\x00" * 50, b"code;name\n", b"x" * 300_000, b"%PDF-1.4"]
)
def test_what_is_no_table_is_refused_in_words(admin_page, content):
    response = upload(admin_page, content, "scan.csv")
    assert errors(response)
    assert 'value="Read in the press."' in response.content.decode()  # nothing typed is lost


def test_a_refusal_names_the_file_in_the_language_of_the_editor(admin_page):
    content = "code;wave\n01;june-2024\n99;\n98;\n02;tidal\n"
    response = upload(admin_page, content, "à moi.csv", language="fr")
    assert [line.strip() for line in errors(response).splitlines() if line.strip()] == [
        (
            "à moi.csv, lignes 3, 4, code\xa0: il n’y a pas de département «\xa099\xa0» · "
            "il n’y a pas de département «\xa098\xa0»  à moi.csv, ligne 5, wave\xa0: vague "
            "«\xa0tidal\xa0» introuvable"
        )
    ]
    assert notes(response.content.decode()) == [
        "Le texte a été lu en UTF-8.",
        "Ses cellules sont séparées par des points-virgules.",
        (
            "Les colonnes absentes du fichier restent telles quelles\xa0: not_before, opened_on, "
            "precision, suspended_from, suspended_until, certainty, sources, last_checked, "
            "check_again_by."
        ),
        "Le fichier n’a pas de noms auxquels comparer les numéros.",
    ]


def test_no_cell_of_the_export_is_taken_for_a_formula(admin_page):
    Department.objects.filter(code="01").update(name='=HYPERLINK("http://evil.example")')
    text = export(admin_page)
    assert "'=HYPERLINK" in text
    assert "0 departments would change" in upload(admin_page, text).content.decode()


@pytest.mark.parametrize("cell", ["=1+1", "'=1+1", "''-x", "-5", "'-5", "'quoted", "@x", "plain"])
def test_guarding_a_cell_can_be_undone(cell):
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "@"))


def test_a_department_without_a_source_is_exported_and_imported(admin_page):
    rhone = Department.objects.get(code="69")
    assert change(admin_page, rhone, sources=[], certainty="not-found").status_code == 302
    text = export(admin_page)
    assert "None" not in text
    assert "0 departments would change" in upload(admin_page, text).content.decode()
    content = export_workbook(admin_page)
    assert "0 departments would change" in upload(admin_page, content).content.decode()


def test_columns_that_are_not_in_the_file_are_left_as_they_are(admin_page):
    html = upload(admin_page, "code;opened_on\n69;30/07/2023\n").content.decode()
    assert "1 department would change" in html
    assert admin_page.post(IMPORT, form_values(html) | {"_confirm": "1"}).status_code == 302
    rhone = Department.objects.get(code="69")
    assert rhone.opened_on == day("2023-07-30")
    assert (rhone.wave_id, rhone.certainty) == ("pilot-2023", "several-press")
    assert rhone.sources.exists()


def test_only_the_plan_that_was_seen_is_saved(admin_page):
    text = export(admin_page)
    html = upload(admin_page, text.replace(*OTHER_DAY)).content.decode()
    version = form_values(html)["base_version"]
    second = text.replace(OTHER_DAY[0], "69,Rhône,pilot-2023,,2023-07-31")
    response = upload(admin_page, second, base_version=version, _confirm="1")
    assert "This is not the plan that you saw" in response.content.decode()
    assert Department.objects.get(code="69").opened_on == day("2023-07-25")


def test_a_plan_is_shown_anew_if_someone_changed_a_department_meanwhile(admin_page, editor):
    html = upload(admin_page, export(admin_page).replace(*OTHER_DAY)).content.decode()
    rhone = Department.objects.get(code="69")
    rhone.opened_on = day("2023-07-27")
    writer.save_fact(rhone, by=editor)
    response = admin_page.post(IMPORT, form_values(html) | {"_confirm": "1"})
    page = response.content.decode()
    assert "This is not the plan that you saw" in page
    assert notes(page)  # how the file was read is still said
    assert admin_page.post(IMPORT, form_values(page) | {"_confirm": "1"}).status_code == 302
    assert Department.objects.get(code="69").opened_on == day("2023-07-30")


def test_the_import_page_complains_of_nothing_before_anything_was_sent(admin_page):
    html = admin_page.get(IMPORT).content.decode()
    assert "errornote" not in html
    assert "file-notes" not in html


@pytest.mark.parametrize("content", ["", "%%%", "YQ", "=" * 50])
def test_a_hidden_field_that_was_tampered_with_is_refused_in_words(admin_page, content):
    before = state()
    values = {"content": content, "file_name": "x" * 500, "change_note": "x", "_confirm": "1"}
    assert errors(admin_page.post(IMPORT, values))
    assert state() == before


# --- Workbooks ------------------------------------------------------------------------------------


def test_the_exported_workbook_imports_without_any_change(admin_page):
    content = export_workbook(admin_page)
    html = upload(admin_page, content, "rollout.xlsx").content.decode()
    assert "0 departments would change" in html
    assert "101 are so already" in html
    assert notes(html) == ["It is a workbook; the sheet “rollout” was read."]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert (sheet["A2"].value, sheet["A2"].number_format) == ("01", "@")
    assert sheet["E2"].is_date


def test_a_workbook_that_a_spreadsheet_saved_again_imports_without_any_change(admin_page):
    content = edited(export_workbook(admin_page), "N1", None)
    assert "0 departments would change" in upload(admin_page, content).content.decode()


def test_a_changed_workbook_shows_its_plan_then_is_saved_whole(admin_page):
    cells = [
        cell.value
        for cell in openpyxl.load_workbook(io.BytesIO(export_workbook(admin_page))).worksheets[0][
            "A"
        ]
    ]
    row = cells.index("69") + 1
    content = edited(export_workbook(admin_page), f"E{row}", day("2023-07-30"))
    html = upload(admin_page, content, "mine.xlsx").content.decode()
    assert "1 department would change" in html
    assert Department.objects.get(code="69").opened_on == day("2023-07-25")
    assert admin_page.post(IMPORT, form_values(html) | {"_confirm": "1"}).status_code == 302
    assert Department.objects.get(code="69").opened_on == day("2023-07-30")


def test_a_formula_is_refused_by_its_cell(admin_page):
    before = state()
    content = edited(export_workbook(admin_page), "E2", "=TODAY()")
    response = upload(admin_page, content, "mine.xlsx", _confirm="1")
    assert "mine.xlsx: There are formulas in E2" in errors(response)
    assert state() == before


# --- Too large, or not allowed --------------------------------------------------------------------


def test_a_file_of_50_megabytes_is_refused_unread_and_before_it_is_sent(admin_page):
    """The middleware refuses it unread; the page's script does before, so the form stays."""
    answer = admin_page.generic(
        "POST", IMPORT, b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(50 * 2**20)
    )
    assert answer.status_code == 413
    assert "Nothing of it was read." in answer.content.decode()
    html = admin_page.get(IMPORT).content.decode()
    assert f'data-max-bytes="{MAX_UPLOAD_BYTES}"' in html
    assert "The file is too large: 200 KB at most." in html
    assert "js/admin_upload.js" in html
    encoded = MAX_UPLOAD_BYTES * 4 // 3
    assert encoded + 100_000 < MAX_BODY_BYTES["/admin/"]  # the plan carries it in a field


def test_a_file_over_the_limit_is_refused_and_the_form_stays(admin_page):
    response = upload(admin_page, b"x" * (MAX_UPLOAD_BYTES + 1), is_minor="on")
    assert "The file is too large: 200 KB at most." in errors(response)
    assert form_values(response.content.decode())["change_note"] == ["Read in the press."]


def test_who_may_not_change_departments_imports_nothing(client):
    people.sign_in(client, people.person("a-translator", "Translator: fr"))
    assert client.get(IMPORT).status_code == 403
    assert upload(client, "code;opened_on\n69;30/07/2023\n", _confirm="1").status_code == 403
    assert client.get("/admin/rollout/department/export.xlsx").status_code == 200


def test_the_list_of_departments_leads_to_both_files_and_the_import(admin_page):
    html = admin_page.get("/admin/rollout/department/").content.decode()
    for path in ("export/", "export.xlsx", "import/"):
        assert f'href="/admin/rollout/department/{path}"' in html


def test_what_saving_refuses_on_many_lines_is_one_sentence_too(admin_page):
    response = upload(admin_page, "code;sources\n01;\n02;\n03;\n", "mine.csv")
    assert errors(response).count("mine.csv") == 1
    assert "mine.csv, lines 2, 3, 4, sources: A public statement needs a source." in errors(
        response
    )


def test_a_new_source_of_a_file_must_exist(admin_page):
    Source.objects.create(slug="new-one", publisher="x", language="fr")
    html = upload(admin_page, "code;sources\n69;new-one\n").content.decode()
    assert "1 department would change" in html
    refused = upload(admin_page, "code;sources\n69;new-two\n")
    assert 'rollout.csv, line 2, sources: there is no source "new-two"' in errors(refused)
