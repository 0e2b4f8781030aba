"""User input: each view declares what it reads, and nothing sent breaks it.

Hostile input never yields a 5xx and never a guess: a value that cannot be used is refused in words,
or the page is the same as without it. INPUT_CASES says how many requests are generated; the drill
"input" asks for 10,000, on SQLite and on PostgreSQL.
"""

import json
import os
import re

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollout.caching import decorators
from rollout.pages.check_form import CheckForm
from rollout.pages.list_form import ListForm
from tests.support import hostile_input, openapi

CHECKED_BY = {
    "on": "rollout.pages.params.selected_day",
    "p": "django.contrib.sitemaps.views.sitemap",
    "page": "rollout.pages.params.page_number",
    "q": "rollout.search.normalise.clean",
    "removed": "rollout.pages.places.home",  # its presence counts, its value is not read
    **dict.fromkeys(CheckForm.base_fields, "rollout.pages.check_form.CheckForm"),
    "step": "rollout.pages.check_form.CheckForm.step",
    **dict.fromkeys(ListForm.base_fields, "rollout.pages.list_form.ListForm"),
}
"""Every parameter of the pages, and what looks at its value before anything else does."""
APART = ("admin/", "accounts/", "api/v1/")
"""Editors' forms are Django's and allauth's; the API declares what it reads by its description."""
CASES = int(os.environ.get("INPUT_CASES", "300"))
STEP = 1 if CASES > 1000 else 9
"""On heavy pages one in so many of the fixed cases is tried; all of them in the drill."""
SAMPLES = {
    "departments/<place:ref>": "departments/69-rhone",
    "regions/<place:ref>": "regions/bretagne",
    "rollout/<place:slug>": "rollout/june-2024",
    "sources/<place:slug>": "sources/rtl-2023-07-25",
    "departments/<number:ref>": "departments/69",
    "<section>": "en",
    "<str:token>": "not-a-token",
}
NOT_A_DAY = "We cannot show that date."


def views_by_route(resolver=None, before=""):
    """Yield each route of the site that is public and no API, with its view."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if route.startswith(APART):
            continue
        if isinstance(pattern, URLResolver):
            yield from views_by_route(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def pages():
    """Return an address of each public view, with the parameters that it declares."""
    found = {}
    for route, view in views_by_route():
        path = f"/{route}"
        for pattern, sample in SAMPLES.items():
            path = path.replace(pattern, sample)
        assert "<" not in path, f"an address for {route}"
        found[path] = view.query_params
    return found


PAGES = pages()
PARAMETERS = [(path, name) for path, names in PAGES.items() for name in names]
API = [
    (operation, parameter["name"])
    for operation in openapi.operations()
    for parameter in operation.parameters("query")
]


def ask(path, query=""):
    """Ask for a path with a query as it is, byte by byte."""
    return Client().get(path, QUERY_STRING=query)


def assert_it_is_told_as_a_page(answer):
    assert answer.status_code in (200, 301, 302, 304, 400, 404), answer.status_code
    assert not answer.cookies
    if answer.status_code in (301, 302):
        assert re.match(r"/(?![/\\])", answer["Location"]), answer["Location"]


def assert_it_is_told_as_json(answer, path):
    assert answer.status_code in (200, 400, 404, 410), (path, answer.status_code)
    if answer.status_code != 200:
        assert answer["Content-Type"] == "application/problem+json", path
        assert json.loads(answer.content)["status"] == answer.status_code


# --- each parameter is declared -------------------------------------------------------------------


def test_every_public_view_declares_its_parameters_and_each_has_a_check():
    found = dict(views_by_route())
    assert len(found) > 35
    assert {"en/", "en/suggest/", "en/embed/departments/<number:ref>.svg"} <= set(found)
    assert [route for route, view in found.items() if not hasattr(view, "query_params")] == []
    declared = {name for view in found.values() for name in view.query_params}
    assert declared == set(CHECKED_BY)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_view_is_given_nothing_that_it_did_not_declare(method):
    given = []

    @decorators.public_view(query_params=["q"])
    def view(request):
        given.append(request.GET)
        return HttpResponse()

    view(getattr(RequestFactory(), method)("/?q=a&on=2025-05-28&q=b&Q=c&q%00=d&_method=POST"))
    assert vars(view)["query_params"] == ("q",)
    assert dict(given[0].lists()) == {"q": ["a", "b"]}
    with pytest.raises(AttributeError):
        given[0]["q"] = "x"


def test_a_page_does_not_depend_on_what_it_does_not_declare(client, db):
    plain = client.get("/en/about/").content
    assert client.get("/en/about/?on=2025-05-28&q=paris&page=2&debug=1").content == plain


# --- fixed cases ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("value", hostile_input.NOT_DAYS)
def test_what_is_no_day_is_refused_by_pages_and_api(value):
    page = ask("/en/regions/bretagne/", f"on={value}")
    assert page.status_code == 200
    assert NOT_A_DAY in page.content.decode()
    answer = ask("/api/v1/departments", f"on={value}")
    assert answer.status_code == 400
    assert [error["parameter"] for error in answer.json()["errors"]] == ["on"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["on=2025-05-28&on=2025-05-28", "on=2025-05-28&on=2024-01-01", "on=&on=2025-05-28"]
)
def test_two_days_are_none(query):
    for path in ("/en/", "/en/departments/69-rhone/", "/en/rollout/", "/en/embed/departments/69/"):
        assert NOT_A_DAY in ask(path, query).content.decode(), path
    assert ask("/api/v1/departments", query).status_code == 400


@pytest.mark.django_db
def test_of_two_values_none_is_preferred():
    both = ask("/en/departments/", "region=84&region=11").content.decode()
    assert "This is not in the list: all are shown." in both
    assert "101 departments" in both
    twice = ask("/en/", "q=lyon&q=part-dieu").content.decode()
    assert "lyon part-dieu" in twice


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page", ["1_0", "%D9%A2", "2%00", "+2", "1e1", "0x2", "2&page=3", "-1", "9" * 30]
)
def test_what_is_no_number_of_a_page_is_the_first(page):
    assert ask("/en/updates/", f"page={page}").content == ask("/en/updates/", "page=1").content


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "name"), PARAMETERS)
def test_no_value_breaks_a_page(path, name):
    is_light = path in ("/en/suggest/", "/en/embed/departments/69.svg")
    for value in hostile_input.VALUES[:: 1 if is_light else STEP]:
        assert_it_is_told_as_a_page(ask(path, f"{name}={value}"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for path in PAGES if not path.startswith("/fr/")])
def test_no_query_breaks_a_page(path):
    for query in hostile_input.QUERIES[:: STEP if PAGES[path] else STEP * 3]:
        assert_it_is_told_as_a_page(ask(path, query))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("operation", "name"), API, ids=lambda value: getattr(value, "name", value)
)
def test_no_value_breaks_the_api(operation, name):
    path = operation.address().partition("?")[0]
    for value in hostile_input.VALUES[:: STEP // 2 or 1]:
        assert_it_is_told_as_json(ask(path, f"{name}={value}"), path)


@pytest.mark.django_db
@pytest.mark.parametrize("query", hostile_input.QUERIES)
def test_no_query_breaks_the_api(query):
    for path in ("/api/v1/departments", "/api/v1/search", "/api/v1/updates"):
        assert_it_is_told_as_json(ask(path, query), path)


@pytest.mark.django_db
@pytest.mark.parametrize("path", hostile_input.PATHS)
def test_no_path_breaks_the_site(path):
    answer = Client().get("/", PATH_INFO=_as_wsgi(path))
    assert answer.status_code in (200, 301, 302, 400, 404), answer.status_code
    assert "\r" not in answer.get("Location", "")
    assert not re.match(r"(https?:)?//|/\\", answer.get("Location", "")), answer["Location"]


def _as_wsgi(path):
    """Return a percent-encoded path as a server hands it on: decoded, each byte a character."""
    return re.sub("%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), path)


# --- generated cases ------------------------------------------------------------------------------

generated = settings(
    max_examples=CASES // 2,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
asked_of_pages = st.sampled_from(sorted(PAGES)).flatmap(
    lambda path: st.tuples(st.just(path), hostile_input.queries(PAGES[path]))
)
asked_of_the_api = st.sampled_from(openapi.operations()).flatmap(
    lambda operation: st.tuples(
        st.just(operation),
        hostile_input.queries([item["name"] for item in operation.parameters("query")]),
    )
)


@pytest.mark.django_db
@given(asked=asked_of_pages)
@generated
def test_no_generated_query_breaks_a_page_or_makes_it_guess_a_day(asked):
    path, query = asked
    answer = ask(path, query)
    assert_it_is_told_as_a_page(answer)
    html = answer.content.decode() if "text/html" in answer.get("Content-Type", "") else ""
    days = [pair.partition("=")[2] for pair in query.split("&") if pair.startswith("on=")]
    if path.startswith("/en/") and "on" in PAGES[path] and answer.status_code == 200 and html:
        is_refused = len(days) > 1 or any(
            hostile_input.decoded(day) and not hostile_input.is_day(day) for day in days
        )
        assert (NOT_A_DAY in html) == is_refused, query


@pytest.mark.django_db
@given(asked=asked_of_the_api)
@generated
def test_no_generated_query_breaks_the_api(asked):
    operation, query = asked
    path = operation.address().partition("?")[0]
    answer = ask(path, query)
    assert_it_is_told_as_json(answer, path)
    days = [pair.partition("=")[2] for pair in query.split("&") if pair.startswith("on=")]
    if any(not hostile_input.is_day(day) for day in days):
        assert answer.status_code == 400, query
