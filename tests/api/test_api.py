"""The API: its document, its responses, its errors, and HTTP."""

import datetime
import json
import re
import uuid

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from rollout.facts import writer
from rollout.models import Alias, Department, Entry, EntryText
from tests.support.openapi import PROBLEM, ROOT, check, check_schema, document, fields, operations

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_before_checks_are_due")]

EACH_OPERATION = pytest.mark.parametrize(
    "operation", operations(), ids=lambda operation: operation.name
)


def get(client, path, **headers):
    return client.get(f"{ROOT}{path}", headers=headers)


def get_json(client, path):
    answer = get(client, path)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def assert_problem(answer, status, kind):
    """Assert status, type and headers of an error; return it."""
    assert answer.status_code == status
    assert answer["Content-Type"] == PROBLEM
    assert answer["Access-Control-Allow-Origin"] == "*"
    problem = json.loads(answer.content)
    assert problem["type"] == f"/en/data/#error-{kind}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.fixture
def published(editor):
    """Two public updates, the newer one of Rhône."""
    older = writer.publish_update("The page on sources was reworded.", by=editor)
    department = Department.objects.get(code="69")
    newer = writer.publish_update(
        "Rhône: another source.", by=editor, path="departments/69-rhone/", departments=[department]
    )
    return older, newer


# --- The description ------------------------------------------------------------------------------


def test_the_description_is_valid_openapi_3_1(client):
    described = get_json(client, "/openapi.json")
    assert described["openapi"].startswith("3.1")
    validate(described)
    assert described == document()


def test_it_says_licence_version_and_how_long_a_version_lasts():
    info = document()["info"]
    assert info["license"]["identifier"] == "CC-BY-4.0"
    assert info["contact"]["url"] == "http://testserver/en/about/"  # where it says how to tell us
    assert "at least 12 months" in " ".join(info["description"].split())
    assert "`Deprecation`" in info["description"]
    assert "`Sunset`" in info["description"]
    assert [server["url"] for server in document()["servers"]] == ["http://testserver/api/v1"]


def test_every_address_that_was_promised_is_described():
    assert {operation.path for operation in operations()} == {
        "/",
        "/openapi.json",
        "/departments",
        "/departments/{code}",
        "/regions",
        "/regions/{code}",
        "/phases",
        "/phases/{slug}",
        "/entries",
        "/entries/{slug}",
        "/updates",
        "/updates/{id}",
        "/search",
        "/departments.csv",
        "/departments.json",
        "/departments.geojson",
        "/departments.csv-metadata.json",
        "/departments.schema.json",
        "/datapackage.json",
        "/dcat.jsonld",
    }


@EACH_OPERATION
def test_every_operation_parameter_and_error_is_described_with_an_example(operation):
    assert operation.details["summary"]
    assert operation.details["description"].endswith(".")
    for parameter in operation.details["parameters"]:
        assert parameter["description"].endswith("."), parameter["name"]
        check_schema(parameter["example"], parameter["schema"])
    assert {"200", "304", "400", "500"} <= set(operation.details["responses"])
    for status in operation.details["responses"]:
        for media_type, content in operation.answers(status).items():
            assert int(status) < 400 or media_type == PROBLEM
            if "$ref" in content["schema"]:
                check_schema(content["example"], content["schema"])


def test_every_field_of_every_row_is_described():
    for name, schema in document()["components"]["schemas"].items():
        for field, about in schema.get("properties", {}).items():
            if field in ("title", "licence", "type", "url") or "items" in about:
                continue
            if name in ("Feature", "Geometry") or set(about) == {"$ref"}:
                continue
            assert about.get("description"), (name, field)


def test_what_can_only_have_some_values_lists_them():
    schemas = document()["components"]["schemas"]
    assert schemas["Status"]["enum"] == [
        "open",
        "opens",
        "not-announced",
        "suspended",
        "maybe",
        "not-yet",
    ]
    assert schemas["Certainty"]["enum"] == [
        "official",
        "several-press",
        "one-press",
        "user-reports",
        "inference",
        "not-found",
    ]
    assert schemas["Precision"]["enum"] == ["on", "about", "by"]
    assert "term" in schemas["Kind"]["enum"]
    for operation in operations():
        for parameter in operation.parameters("query"):
            if parameter["name"] == "language":
                assert parameter["schema"]["enum"] == list(dict(settings.LANGUAGES))


def test_the_index_lists_every_address_that_is_described_and_the_workbook(client):
    listed = {address["href"] for address in get_json(client, "/")["addresses"]}
    paths = {operation.path for operation in operations()}
    assert "/departments.xlsx" not in paths  # no generator of clients reads one
    assert listed == {f"http://testserver{ROOT}{path}" for path in {*paths, "/departments.xlsx"}}


# --- Responses ------------------------------------------------------------------------------------


def existing(operation, published):
    """Return the id of an update that exists, for an address that needs one."""
    return {"id": str(published[1].pk)} if "id" in fields(operation.path) else {}


@EACH_OPERATION
def test_every_operation_answers_as_its_description_says(client, operation, published):
    answer = client.get(operation.address(**existing(operation, published)))
    assert answer.status_code == 200
    check(answer, operation)


@EACH_OPERATION
def test_every_parameter_is_taken(client, operation, published):
    for parameter in operation.parameters("query"):
        for value in {parameter["example"], *parameter["schema"].get("enum", [])}:
            params = {parameter["name"]: value}
            answer = client.get(operation.address(**existing(operation, published), **params))
            assert answer.status_code == 200, answer.content
            check(answer, operation)


def test_every_operation_with_text_has_the_parameter_language():
    without_text = {operation.name for operation in operations() if not operation.has("language")}
    assert without_text == {
        "index",
        "openapi",
        "departments-schema",
        "departments-csv-metadata",
        "dcat",  # which has the words of every language
    }


@pytest.mark.parametrize(
    "operation",
    [operation for operation in operations() if operation.has("language")],
    ids=lambda operation: operation.name,
)
def test_every_operation_answers_in_french(client, operation, published):
    answer = client.get(operation.address(**existing(operation, published), language="fr"))
    check(answer, operation)
    assert answer["Content-Language"] == "fr"


def test_a_department_says_its_state_and_what_that_rests_on(client):
    answer = get_json(client, "/departments/69?on=2025-05-28")
    assert answer["on"] == "2025-05-28"
    assert answer["licence"]["name"] == "CC-BY-4.0"
    assert "http://testserver/" in answer["attribution"]
    row = answer["department"]
    assert row["code"] == "69"
    assert row["name"] == "Rhône"
    assert row["region_code"] == "84"
    assert row["status"] == "open"
    assert row["status_text"] == "Open since about 25 July 2023"
    assert row["opened_on"] == "2023-07-25"
    assert row["precision"] == "about"
    assert row["is_overdue"] is False
    assert row["phase"] == "pilot-2023"
    assert row["certainty"] == "several-press"
    assert row["certainty_text"] == "reported by several newspapers or websites"
    assert row["last_checked"] == "2026-11-23"
    assert row["url"] == "http://testserver/en/departments/69-rhone/"
    sources = {source["slug"]: source for source in answer["sources"]}
    assert list(sources) == sorted(row["sources"])
    rtl = sources["rtl-2023-07-25"]
    assert rtl["publisher"] == "rtl.fr"
    assert rtl["published_on"] == "2023-07-25"
    assert rtl["url"].startswith("https://www.rtl.fr/")


def test_in_french_only_texts_and_addresses_change(client):
    english = get_json(client, "/departments/69")["department"]
    french = get_json(client, "/departments/69?language=fr")["department"]
    assert french["status_text"] == "Ouvert depuis le 25 juillet 2023 environ"
    assert french["certainty_text"] == "rapporté par plusieurs journaux ou sites"
    assert french["url"] == "http://testserver/fr/departments/69-rhone/"
    translated = {"status_text", "certainty_text", "url", "note", "note_language"}
    assert {k: v for k, v in english.items() if k not in translated} == {
        k: v for k, v in french.items() if k not in translated
    }


@pytest.mark.parametrize(
    ("requested", "code"), [("01", "01"), ("2A", "2A"), ("2a", "2A"), ("2b", "2B"), ("971", "971")]
)
def test_departments_are_addressed_by_insee_code_which_is_text(client, requested, code):
    assert get_json(client, f"/departments/{requested}")["department"]["code"] == code


def test_departments_can_be_narrowed_by_region_wave_and_status(client):
    def codes(query):
        answer = get_json(client, f"/departments?{query}")
        assert answer["count"] == len(answer["departments"])
        return [row["code"] for row in answer["departments"]]

    assert codes("region=94") == ["2A", "2B"]
    assert "69" in codes("phase=pilot-2023")
    assert len(codes("phase=pilot-2023")) == 8
    assert len(codes("status=open&on=2025-05-28")) == 46
    assert len(codes("status=maybe&on=2025-06-28")) == 10
    assert codes("region=94&status=open&on=2025-05-28") == []
    assert len(codes("")) == 101


def test_regions_and_waves_count_their_departments_on_that_day(client):
    regions = {row["code"]: row for row in get_json(client, "/regions?on=2025-05-28")["regions"]}
    assert len(regions) == 18
    assert sum(row["open_count"] for row in regions.values()) == 46
    assert sum(row["open_count"] > 0 for row in regions.values()) == 6
    assert regions["94"]["departments"] == ["2A", "2B"]
    region = get_json(client, "/regions/84?on=2023-12-31")
    assert region["region"]["department_count"] == len(region["departments"]) == 12
    assert region["region"]["open_count"] == sum(
        row["status"] == "open" for row in region["departments"]
    )
    phases = get_json(client, "/phases?on=2024-12-31")["phases"]
    assert [row["position"] for row in phases] == [1, 2, 3, 4, 5]
    assert [row["open_after"] for row in phases] == [8, 23, 46, 56, 101]
    assert sum(row["open_count"] for row in phases) == 23
    assert [[day["opened_on"] for day in row["days"]] for row in phases] == [
        [row["opened_on"]] for row in phases
    ]
    assert [phases[0]["days"][0][name] for name in ("precision", "departments")] == [
        "about",
        phases[0]["departments"],
    ]
    phase = get_json(client, "/phases/june-2024")
    assert phase["phase"]["precision"] == "by"
    assert phase["phase"]["name"] == "June 2024 regions"
    assert {row["phase"] for row in phase["departments"]} == {"june-2024"}


def test_entries_come_by_kind_with_texts_and_sources(client):
    answer = get_json(client, "/entries?kind=term&per_page=100")
    assert {row["kind"] for row in answer["entries"]} == {"term"}
    row = next(row for row in answer["entries"] if row["slug"] == "cpam")
    assert row["title"].startswith("CPAM")
    assert "(term:assurance-maladie)" in row["markdown"]
    assert 'href="/en/glossary/#assurance-maladie"' in row["html"]
    assert row["url"] == "http://testserver/en/glossary/#cpam"
    assert set(row["sources"]) <= {source["slug"] for source in answer["sources"]}
    french = get_json(client, "/entries/cpam?language=fr")["entry"]
    assert french["text_language"] == "fr"
    assert 'href="/fr/glossary/#assurance-maladie"' in french["html"]


def test_every_public_entry_is_on_one_of_the_pages_of_the_list(client):
    first = get_json(client, "/entries?per_page=50")
    slugs = [
        row["slug"]
        for page in range(1, first["pages"] + 1)
        for row in get_json(client, f"/entries?per_page=50&page={page}")["entries"]
    ]
    assert len(slugs) == len(set(slugs)) == first["count"] == Entry.objects.count()


def test_a_list_leads_from_page_to_page(client):
    answer = get(client, "/entries?kind=step&per_page=5&page=2")
    links = dict(reversed(link) for link in re.findall(r'<([^>]*)>; rel="(\w+)"', answer["Link"]))
    base = "http://testserver/api/v1/entries?kind=step&per_page=5&page="
    assert links["prev"] == links["first"] == f"{base}1"
    assert links["next"] == links["last"] == f"{base}3"
    assert links["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert links["describedby"] == "http://testserver/api/v1/openapi.json"
    last = get(client, links["last"].removeprefix(f"http://testserver{ROOT}"))
    assert last.status_code == 200
    assert 'rel="next"' not in last["Link"]


def test_updates_come_newest_first_and_by_department_or_region(client, published):
    older, newer = published
    rows = get_json(client, "/updates")["updates"]
    assert [row["id"] for row in rows] == [str(newer.pk), str(older.pk)]
    assert rows[0]["note"] == "Rhône: another source."
    assert rows[0]["departments"] == ["69"]
    assert rows[0]["url"] == "http://testserver/en/departments/69-rhone/"
    assert rows[0]["published_at"].endswith("Z")
    for query in ("department=69", "region=84", "department=69&region=84"):
        assert [row["id"] for row in get_json(client, f"/updates?{query}")["updates"]] == [
            str(newer.pk)
        ]
    assert get_json(client, "/updates?department=2a")["updates"] == []
    assert get_json(client, f"/updates/{older.pk}")["update"]["note"] == (
        "The page on sources was reworded."
    )


def test_an_update_of_several_departments_of_a_region_is_listed_once(client, editor):
    writer.publish_update(
        "Corsica", by=editor, departments=Department.objects.filter(code__in=["2A", "2B"])
    )
    answer = get_json(client, "/updates?region=94")
    assert answer["count"] == len(answer["updates"]) == 1
    assert answer["updates"][0]["departments"] == ["2A", "2B"]


def test_the_search_answers_what_the_page_finds(client):
    answer = get_json(client, "/search?q=villeurbanne&on=2025-05-28")
    assert [row["code"] for row in answer["departments"]] == ["69"]
    assert answer["departments"][0]["status"] == "open"
    assert answer["places"][0]["name"] == "Villeurbanne"
    assert answer["places"][0]["kind"] == "town"
    assert answer["places"][0]["match"] == "exact"
    assert not answer["is_guess"]
    several = get_json(client, "/search?q=Saint-Denis")
    assert {row["code"] for row in several["departments"]} >= {"93", "974", "30", "11"}


def test_what_is_not_found_says_why_as_a_code(client):
    answer = get_json(client, "/search?q=Tolouse")
    assert answer["is_guess"]
    assert answer["places"][0]["match"] == "fuzzy"
    answer = get_json(client, "/search?q=nouméa")
    assert answer["note"] == "not_a_department"
    assert answer["departments"] == []
    answer = get_json(client, "/search?q=nowhere at all")
    assert answer["note"] == "nothing_found"
    assert answer["note_subject"] == "nowhere at all"
    assert get_json(client, "/search?q=")["note"] == "empty"
    assert "Montpellier" in get_json(client, "/search?q=Xmontpelierr")["suggestions"]


def test_without_a_day_it_tells_of_today_in_paris(client):
    with time_machine.travel("2025-11-17T23:00:00+00:00", tick=False):
        answer = get_json(client, "/departments?status=open")
    assert answer["on"] == "2025-11-18"
    assert answer["count"] == 101


def test_the_last_valid_day_is_the_end_of_next_year(client):
    with time_machine.travel("2026-11-23T12:00:00+01:00", tick=False):
        assert get(client, "/departments/69?on=2027-12-31").status_code == 200
        assert get(client, "/departments/69?on=2028-01-01").status_code == 400
        assert get(client, "/departments/69?on=2019-05-27").status_code == 200
        assert get(client, "/departments/69?on=2019-05-26").status_code == 400


@pytest.mark.parametrize(
    ("path", "at_most"),
    [
        ("/", 0),
        ("/openapi.json", 0),
        ("/departments", 6),
        ("/departments?region=84&phase=pilot-2023&status=open", 6),
        ("/departments/69", 6),
        ("/regions", 4),
        ("/regions/84", 6),
        ("/phases", 6),
        ("/phases/pilot-2023", 8),
        ("/entries?per_page=100", 4),
        ("/entries/cpam", 4),
        ("/updates?department=69&region=84", 6),
        ("/search?q=bretagne", 7),
        ("/departments.csv", 6),
        ("/departments.xlsx", 6),
        ("/departments.json", 6),
        ("/departments.geojson", 6),
        ("/departments.csv-metadata.json", 0),
        ("/departments.schema.json", 0),
        ("/dcat.jsonld", 0),
        ("/datapackage.json", 0),
    ],
)
def test_an_answer_asks_the_database_few_questions(
    client, published, django_assert_max_num_queries, path, at_most
):
    get(client, path)
    with django_assert_max_num_queries(at_most):
        assert get(client, path).status_code == 200


# --- What never leaves ----------------------------------------------------------------------------


def test_a_draft_never_leaves_and_is_404(client):
    entry = Entry(
        slug="secret-plan",
        kind="term",
        position=1,
        certainty="not-found",
        last_checked="2026-11-23",
    )
    writer.save_fact(entry)
    writer.save_fact(
        EntryText(entry=entry, language="en", title="Zanzibar", body="plan", status="draft")
    )
    assert_problem(get(client, "/entries/secret-plan"), 404, "not-found")
    for page in (1, 2):
        assert b"Zanzibar" not in get(client, f"/entries?per_page=100&page={page}").content


def test_a_translation_that_is_a_draft_stays_in_the_reference_language(client):
    text = EntryText.objects.get(entry="cpam", language="fr")
    text.status = "draft"
    writer.save_fact(text)
    row = get_json(client, "/entries/cpam?language=fr")["entry"]
    assert row["text_language"] == "en"
    assert "local office" in row["markdown"]


def test_a_translation_that_was_left_behind_says_so(client):
    text = EntryText.objects.get(entry="cpam", language="en")
    text.body += " And more."
    writer.save_fact(text)
    assert get_json(client, "/entries/cpam?language=fr")["entry"]["text_is_outdated"]
    assert not get_json(client, "/entries/cpam")["entry"]["text_is_outdated"]


def test_an_entry_that_was_public_and_is_withdrawn_is_410(client):
    text = EntryText.objects.get(entry="cpam", language="en")
    text.status = "draft"
    writer.save_fact(text)
    assert_problem(get(client, "/entries/cpam"), 410, "gone")
    slugs = [row["slug"] for row in get_json(client, "/entries?kind=term&per_page=100")["entries"]]
    assert slugs
    assert "cpam" not in slugs


def test_an_entry_whose_text_has_not_begun_was_never_public(client):
    EntryText.objects.filter(entry="cpam").delete()
    EntryText.history.filter(entry_id="cpam").delete()
    begins = datetime.date(2027, 3, 1)
    writer.save_fact(EntryText(entry_id="cpam", language="en", title="CPAM", valid_from=begins))
    assert_problem(get(client, "/entries/cpam"), 404, "not-found")


def test_a_withdrawn_update_is_410_and_in_no_list(client, published):
    update = published[1]
    update.is_active = False
    writer.save_fact(update)
    assert_problem(get(client, f"/updates/{update.pk}"), 410, "gone")
    for query in ("", "?department=69", "?region=84", "?language=fr"):
        assert b"another source" not in get(client, f"/updates{query}").content


def test_an_alias_that_is_no_longer_used_finds_nothing(client):
    alias = Alias(
        name="Ploucville",
        kind="well_known_place",
        target_type="commune",
        target_codes="69123",
        language="fr",
    )
    writer.save_fact(alias)
    assert [row["code"] for row in get_json(client, "/search?q=Ploucville")["departments"]] == [
        "69"
    ]
    alias.is_active = False
    writer.save_fact(alias)
    assert get_json(client, "/search?q=Ploucville")["departments"] == []


def test_only_cited_sources_are_listed(client):
    answer = get_json(client, "/departments/69")
    assert {source["slug"] for source in answer["sources"]} == set(answer["department"]["sources"])


# --- Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/departments?onn=2025-05-28", "onn"),
        ("/departments?On=2025-05-28", "On"),
        ("/departments?on=2025-05-28&on=2025-05-28", "on"),
        ("/departments?on=", "on"),
        ("/departments?on=today", "on"),
        ("/departments?on=2025-5-28", "on"),
        ("/departments?on=%202025-05-28", "on"),
        ("/departments?on=2025-05-28%0A", "on"),
        ("/departments?on=2025-02-30", "on"),
        ("/departments?on=9999-12-31", "on"),
        ("/departments?on=%D9%A2%D9%A0%D9%A2%D9%A5-05-28", "on"),
        ("/departments?language=eo", "language"),
        ("/departments?language=EN", "language"),
        ("/departments?language=", "language"),
        ("/departments?region=99", "region"),
        ("/departments?region=Bretagne", "region"),
        ("/departments?region=", "region"),
        ("/departments?phase=wave-9", "phase"),
        ("/departments?status=closed", "status"),
        ("/departments?page=1", "page"),
        ("/departments/69?page=1", "page"),
        ("/departments.csv?onn=2025-05-28", "onn"),
        ("/departments.csv?format=xlsx", "format"),
        ("/departments.geojson?on=x", "on"),
        ("/departments.schema.json?on=2025-05-28", "on"),
        ("/openapi.json?x=1", "x"),
        ("/?x=1", "x"),
        ("/entries?kind=secret", "kind"),
        ("/entries?on=2025-05-28", "on"),
        ("/entries?page=0", "page"),
        ("/entries?page=-1", "page"),
        ("/entries?page=1.0", "page"),
        ("/entries?page=1e3", "page"),
        ("/entries?page=%D9%A1", "page"),
        ("/entries?page=", "page"),
        (f"/entries?page={'9' * 5000}", "page"),
        ("/entries?per_page=101", "per_page"),
        ("/entries?per_page=0", "per_page"),
        ("/updates?department=99", "department"),
        ("/updates?department=2C", "department"),
        ("/updates?region=2A", "region"),
        ("/search", "q"),
        ("/search?Q=lyon", "Q"),
        ("/search?q=%00", "q"),
        ("/search?q=lyon%00", "q"),
        ("/search?q=%FF", "q"),
        (f"/search?q={'x' * 201}", "q"),
        ("/search?q=lyon&q=paris", "q"),
        ("/departments?%00=1", "\ufffd"),
        (f"/departments?{'x' * 300}=1", "x" * 50 + "…"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(client, path, named):
    problem = assert_problem(get(client, path), 400, "bad-parameter")
    assert [error["parameter"] for error in problem["errors"]] == [named]
    assert all(error["detail"].endswith(".") for error in problem["errors"])
    assert len(json.dumps(problem)) < 1000


def test_an_unknown_parameter_is_answered_with_the_valid_names(client):
    problem = assert_problem(get(client, "/departments?onn=2025-05-28"), 400, "bad-parameter")
    assert problem["errors"][0]["detail"] == (
        "There is no such parameter here. Known are: language, on, region, phase, status."
    )


def test_several_errors_are_listed_at_once(client):
    problem = assert_problem(get(client, "/entries?page=x&per_page=y&kind=z"), 400, "bad-parameter")
    assert {error["parameter"] for error in problem["errors"]} == {"page", "per_page", "kind"}


@pytest.mark.parametrize(
    "path",
    [
        "/departments/99",
        "/departments/1",
        "/departments/69-rhone",
        "/departments/",
        "/Departments",
        "/departments/69/",
        "/departments/%00",
        "/departments/%FF",
        "/departments/%D9%A6%D9%A9",
        f"/departments/{'9' * 5000}",
        "/departments/69/more",
        "/regions/99",
        "/regions/bretagne",
        "/phases/wave-9",
        "/phases/%00",
        "/entries/nothing-of-that-name",
        "/entries/%00",
        "/entries/CPAM",
        "/entries/cpam%0A",
        f"/entries/{'x' * 5000}",
        "/entries?page=999",
        "/updates?page=2",
        f"/updates/{uuid.UUID(int=7)}",
        "/updates/7",
        "/updates/%00",
        "/nowhere",
        "/departments.ods",
        "/../../etc/passwd",
        "/%2e%2e/openapi.json",
    ],
)
def test_what_does_not_exist_is_404_and_never_html(client, path):
    answer = get(client, path)
    problem = assert_problem(answer, 404, "not-found")
    assert b"<" not in answer.content
    assert b"\\u0000" not in answer.content
    assert len(problem["detail"]) < 150


@pytest.mark.parametrize("path", ["/departments/%00", "/entries/%00", "/updates/%00"])
def test_what_cannot_be_a_code_needs_no_query(client, django_assert_num_queries, path):
    with django_assert_num_queries(0):  # PostgreSQL takes no NUL
        assert_problem(get(client, path), 404, "not-found")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/departments", "/api/v1.json"])
def test_everything_else_under_api_is_404_too(client, path):
    assert_problem(client.get(path), 404, "not-found")


def test_a_page_that_only_begins_alike_is_a_page(client):
    answer = client.get("/apiary/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert "Access-Control-Allow-Origin" not in answer


@EACH_OPERATION
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_nothing_can_be_written(operation, method):
    strict = Client(enforce_csrf_checks=True)  # as in production
    answer = strict.generic(method, operation.address(), data=b"{}")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer["Allow"] == "GET, HEAD, OPTIONS"


def test_a_forged_host_gets_400_and_is_not_repeated(client):
    problem = assert_problem(get(client, "/departments", Host="evil.example"), 400, "bad-request")
    assert problem["errors"] == []
    assert "evil" not in json.dumps(problem)


def test_too_many_parameters_are_refused(client):
    assert_problem(
        get(client, "/departments?" + "&".join("a=1" for _ in range(1500))), 400, "bad-request"
    )


@pytest.mark.parametrize("debug", [False, True])
def test_an_exception_is_500_without_a_traceback(client, monkeypatch, settings, debug):
    def failing(*args, **kwargs):
        raise RuntimeError("a secret fault")

    settings.DEBUG = debug
    monkeypatch.setattr("rollout.api.views.snapshot_with_sources", failing)
    client.raise_request_exception = False
    answer = get(client, "/departments?language=fr")
    assert_problem(answer, 500, "server-error")
    assert b"secret" not in answer.content
    assert answer["Cache-Control"] == "no-store"


def values(schema):
    """Return a strategy for a parameter: near misses of what it takes, and anything else."""
    near = [st.text(max_size=12), st.text(max_size=400), st.sampled_from(ODD)]
    if "enum" in schema:
        near.append(st.sampled_from(schema["enum"]))
    if schema.get("format") == "date":
        near.append(st.dates().map(str))
    if schema.get("type") == "integer":
        near.append(st.integers().map(str))
    return st.one_of(near)


ODD = ["", " ", "0", "-1", "01", "2a", "69", "971", "84", "null", "%00", "\x00", "\n", "é", "٦٩", "..", "/"]  # fmt: skip


@st.composite
def requests(draw):
    operation = draw(st.sampled_from(operations()))
    params = {}
    for parameter in operation.details["parameters"]:
        if parameter["in"] == "path" or parameter["required"] or draw(st.booleans()):
            params[parameter["name"]] = draw(values(parameter["schema"]))
    if draw(st.integers(0, 4)) == 0:
        params[draw(st.text(min_size=1, max_size=8))] = draw(st.text(max_size=8))
    return operation, params


@hypothesis_settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(request=requests())
@example(request=(operations()[2], {"region": "84\x00"}))
def test_every_request_gets_a_documented_response(db, request):
    operation, params = request
    try:
        address = operation.address(**params)
    except UnicodeEncodeError:
        return  # a lone surrogate cannot be sent
    answer = Client().get(address)
    assert answer.status_code < 500
    assert answer["Access-Control-Allow-Origin"] == "*"
    if answer.status_code >= 400:
        assert answer["Content-Type"] == PROBLEM
    check(answer, operation)


# --- HTTP -----------------------------------------------------------------------------------------


@EACH_OPERATION
def test_every_answer_is_open_public_and_without_cookie(client, operation, published):
    answer = client.get(
        operation.address(**existing(operation, published)),
        headers={"Origin": "https://elsewhere.example", "Accept-Language": "fr", "Cookie": "a=b"},
    )
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    for name in ("ETag", "Link", "Last-Modified", "Content-Language", "Content-Disposition"):
        assert name in answer["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Cache-Control"] == "public, no-cache"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies
    assert answer.get("Vary", "") in ("", "Accept-Encoding")
    assert answer.get("Content-Language", "en") == "en"
    assert answer["ETag"]


def test_the_language_of_the_browser_changes_nothing(client):
    plain = get(client, "/departments/69")
    french = get(client, "/departments/69", **{"Accept-Language": "fr"})
    assert plain.content == french.content
    assert plain["ETag"] == french["ETag"]


def test_the_language_of_the_page_before_changes_nothing(client):
    client.get("/fr/")
    assert get_json(client, "/departments/69")["department"]["status_text"].startswith("Open")
    assert_problem(get(client, "/departments/99"), 404, "not-found")


@EACH_OPERATION
def test_a_browser_may_ask_first_what_is_allowed(client, operation):
    answer = client.options(
        operation.address(),
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "if-none-match",
        },
    )
    assert answer.status_code == 204
    assert answer.content == b""
    assert "Content-Type" not in answer
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert answer["Access-Control-Allow-Headers"] == "*"


@EACH_OPERATION
def test_head_says_what_get_says_without_a_body(client, operation, published):
    address = operation.address(**existing(operation, published))
    head, get = client.head(address), client.get(address)
    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(get.headers)


@EACH_OPERATION
def test_a_copy_that_is_still_right_gets_304_that_a_page_elsewhere_may_read(
    client, operation, published
):
    address = operation.address(**existing(operation, published))
    etag = client.get(address)["ETag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        for method in (client.get, client.head):
            answer = method(address, headers={"If-None-Match": sent})
            assert answer.status_code == 304, sent
            assert answer.content == b""
            assert answer["ETag"] == etag
            assert answer["Access-Control-Allow-Origin"] == "*"
            assert answer["Cache-Control"] == "public, no-cache"


def test_a_correction_changes_the_etag_at_once(client):
    before = get(client, "/departments/69")["ETag"]
    assert get(client, "/departments/69")["ETag"] == before
    rhone = Department.objects.get(code="69")
    rhone.certainty = "official"
    writer.save_fact(rhone)
    answer = get(client, "/departments/69", **{"If-None-Match": before})
    assert answer.status_code == 200
    assert json.loads(answer.content)["department"]["certainty"] == "official"


def test_no_answer_holds_the_time_at_which_it_was_made(client):
    answers = []
    for moment in ("2026-11-24T08:00:00+01:00", "2026-11-24T21:00:00+01:00"):
        with time_machine.travel(moment, tick=False):
            answers.append(
                [
                    client.get(operation.address()).content
                    for operation in operations()
                    if operation.name != "update"
                ]
            )
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": '"another"'}, 412),
        ({"If-Match": "nonsense"}, 200),  # no ETag in it: as if it were not there
        ({"If-Match": "*"}, 200),
        ({"If-None-Match": "nonsense"}, 200),
        ({"If-None-Match": '"' + "x" * 5000 + '"'}, 200),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
        ({"If-Unmodified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}, 200),
        ({"If-Range": '"x"', "Range": "bytes=0-9"}, 200),
        ({"Range": "bytes=0-9"}, 200),
        ({"Range": "bytes=9-0"}, 200),
        ({"Range": "lines=1-2"}, 200),
        ({"Accept": "text/html"}, 200),
        ({"Accept": "image/*;q=nonsense"}, 200),
        ({"Accept": ""}, 200),
        ({"Accept": "x" * 5000}, 200),
        ({"Accept-Language": "x" * 5000}, 200),
        ({"Accept-Encoding": "nonsense;q=x, *;q=0"}, 200),
        ({"Content-Type": "application/json"}, 200),
        ({"Origin": "null"}, 200),
    ],
)
def test_odd_headers_are_answered_as_the_standard_says(client, headers, status):
    answer = get(client, "/regions", **headers)
    assert answer.status_code == status
    if status == 412:
        assert_problem(answer, 412, "precondition-failed")
    else:
        assert answer["Content-Type"] == "application/json"
        assert len(json.loads(answer.content)["regions"]) == 18


def test_if_match_with_the_right_etag_is_answered(client):
    etag = get(client, "/regions")["ETag"]
    assert get(client, "/regions", **{"If-Match": etag}).status_code == 200
    # RFC 9110, 13.1.1: a weak one, as compressed answers have, never matches.
    assert_problem(get(client, "/regions", **{"If-Match": f"W/{etag}"}), 412, "precondition-failed")


def test_the_address_without_its_last_slash_leads_there(client):
    answer = client.get("/api/v1")
    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.content == b""


def test_pages_are_as_they_were(client):
    answer = client.get("/en/departments/99-nowhere/")
    assert answer["Content-Type"].startswith("text/html")
    assert "Access-Control-Allow-Origin" not in answer
    assert answer["Content-Language"] == "en"
    assert "Accept-Language" in client.get("/")["Vary"]
