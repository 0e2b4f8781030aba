"""Old, mistyped and hostile addresses."""

import re

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rollout.facts import writer
from rollout.models import Region

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("accepts", "home"),
    [
        ("fr", "/fr/"),
        ("fr-CA,fr;q=0.9", "/fr/"),
        ("de", "/de/"),
        ("zh-CN", "/zh-hans/"),
        ("eo", "/en/"),
        ("", "/en/"),
        ("x" * 5000, "/en/"),
    ],
)
def test_the_root_leads_to_the_language_of_the_browser(client, accepts, home):
    answer = client.get("/", headers={"Accept-Language": accepts})
    assert (answer.status_code, answer["Location"]) == (302, home)
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/en/departments/69/", "/en/departments/69-rhone/"),
        ("/en/departments/69-lyon/", "/en/departments/69-rhone/"),
        ("/fr/departments/2A/", "/fr/departments/2a-corse-du-sud/"),
        ("/en/departments/2A-corse-du-sud/", "/en/departments/2a-corse-du-sud/"),
        ("/en/departments/rhone/", "/en/departments/69-rhone/"),
        ("/en/departments/C%C3%B4te-d'Or/", "/en/departments/21-cote-dor/"),
        ("/en/departments/69/?on=2025-05-28", "/en/departments/69-rhone/?on=2025-05-28"),
        ("/en/departments/69", "/en/departments/69-rhone/"),
        ("/EN/Departments/69-RHONE", "/en/departments/69-rhone/"),
        ("/FR/Regions/84?on=2025-05-28", "/fr/regions/auvergne-rhone-alpes/?on=2025-05-28"),
        ("/en/set-up//", "/en/set-up/"),
        ("/En/", "/en/"),
        ("/en", "/en/"),
        ("/en/Rollout/June-2024/", "/en/rollout/june-2024/"),
        ("/Sitemap.xml", "/sitemap.xml"),
        ("/robots.txt/", "/robots.txt"),
        ("/en/departments", "/en/departments/"),
        ("/en/regions/", "/en/departments/"),
        ("/en/regions/84/", "/en/regions/auvergne-rhone-alpes/"),
    ],
)
def test_old_and_mistyped_addresses_lead_on_in_one_step(client, old, new):
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, new)
    assert client.get(new.partition("#")[0]).status_code == 200


@pytest.mark.parametrize(
    "path", ["/departments/69", "/Departments/rhone/", "/departments/69-rhone/"]
)
def test_an_address_without_a_language_leads_to_that_of_the_browser(client, path):
    answer = client.get(path, headers={"Accept-Language": "fr"})
    assert (answer.status_code, answer["Location"]) == (302, "/fr/departments/69-rhone/")
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.parametrize(
    ("path", "status", "to"),
    [
        ("//en//set-up", 301, "/en/set-up/"),
        ("///departments///69", 302, "/en/departments/69-rhone/"),
        ("//evil.example/", 404, None),
        ("/en//evil.example", 404, None),
        ("/\\evil.example/en/", 404, None),
    ],
)
def test_too_many_slashes_never_lead_off_the_site(client, path, status, to):
    answer = client.get("/", PATH_INFO=path)
    assert (answer.status_code, answer.get("Location")) == (status, to)


def test_the_admin_adds_its_slashes_too(admin_page):
    answer = admin_page.get("/admin/rollout/department")
    assert answer["Location"] == "/admin/rollout/department/"
    assert admin_page.get("/admin/nonsense").status_code == 404


def test_a_region_keeps_the_addresses_it_once_had(client):
    region = Region.objects.get(slug="bretagne")
    region.name, region.slug = "Bretagne-Breizh", "bretagne-breizh"
    writer.save_fact(region)
    answer = client.get("/en/regions/bretagne/?on=2025-05-28")
    assert answer.status_code == 301
    assert answer["Location"] == "/en/regions/bretagne-breizh/?on=2025-05-28"


@pytest.mark.parametrize(
    "address",
    [
        "/en/departments/99-nowhere/",
        "/en/departments/20/",
        "/en/departments/%00/",
        "/en/departments/%FF/",
        "/en/departments/69%20-rhone/",
        f"/en/departments/{'9' * 5000}/",
        "/fr/regions/nowhere/",
        "/en/regions/%00/",
        "/en/rollout/wave-9/",
        "/en/rollout/%00/",
        "/en/nowhere/",
        "/xx/",
        "/nowhere",
        "/.env",
        "/%00",
        "/en/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_an_unknown_address_is_404_and_offers_the_search_box(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert b'name="q"' in answer.content
    assert b'content="noindex"' in answer.content


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_404_is_in_the_language_of_its_address(client, language):
    html = client.get(f"/{language}/nowhere/").content.decode()
    assert f'<html lang="{language}"' in html


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "a b", "127.0.0.1@evil.example", ""]
)
def test_a_forged_host_is_refused_and_shown_nothing(client, host):
    answer = client.get("/en/", headers={"Host": host or "."})
    assert answer.status_code == 400
    assert b"evil" not in answer.content
    assert b"This request cannot be read" in answer.content


@pytest.mark.parametrize(
    "on",
    [
        "yesterday",
        "0000-01-01",
        "9999-12-31",
        "2025-02-30",
        "2025-5-28",
        "20250528",
        "2025-W22-3",
        "2019-05-26",
        "２０２５-05-28",
        "%00",
        "%FF",
        "2025-05-28T00:00",
        "<script>",
        "1" * 10_000,
        "-1",
        "٢٠٢٥-٠٥-٢٨",
    ],
)
@pytest.mark.parametrize(
    "path", ["", "rollout/", "departments/69-rhone/", "regions/bretagne/", "rollout/june-2024/"]
)
def test_a_day_that_is_none_gets_a_clear_message_and_the_state_of_today(client, path, on):
    answer = client.get(f"/en/{path}?on={on}")
    assert answer.status_code == 200
    html = answer.content.decode()
    assert "We cannot show that date." in html
    assert "<script>" not in html


def test_of_several_days_none_counts_and_spaces_do_not(client):
    assert "46 of 101" in client.get("/en/rollout/?on=%202025-05-28%20").content.decode()
    several = client.get("/en/rollout/?on=2025-05-28&on=2025-05-28").content.decode()
    assert "We cannot show that date." in several
    assert "46 of 101" not in several


@pytest.mark.parametrize(
    "typed",
    [
        "%00",
        "zq%00xq",
        "x" * 10_000,
        "<script>alert(1)</script>",
        "%FF",
        "%F0%9F%A5%90",
        "%20%20%20",
        "' OR 1=1 --",
        "{{7*7}}",
        "../../etc/passwd",
        "%E2%80%AE",
        "\uffff",
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_odd_searches_find_nothing_and_break_nothing(client, language, typed):
    answer = client.get(f"/{language}/?q={typed}")
    html = answer.content.decode()
    assert answer.status_code == 200
    headings = {"en": "Nothing found|Type a place first", "fr": "Rien trouvé|Tapez d’abord un lieu"}
    assert re.search(f"<h2 id=.answer-title.>({headings[language]})</h2>", html)
    assert "<script>" not in html
    assert "\x00" not in html
    assert "x" * 201 not in html
    assert "49" not in html.split('id="answer"')[1].split("</section>")[0]


@hypothesis_settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(typed=st.text(max_size=300), on=st.text(max_size=12))
def test_whatever_is_typed_gives_a_page(db, typed, on):
    assert Client().get("/en/", {"q": typed, "on": on}).status_code == 200


def test_a_result_page_is_not_indexed(client):
    html = client.get("/en/?q=69").content.decode()
    assert '<meta name="robots" content="noindex">' in html
    assert "noindex" not in client.get("/en/").content.decode()


def test_when_something_breaks_the_page_says_that_it_is_our_fault(client, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("a fault")

    monkeypatch.setattr("rollout.search.service.find", broken)
    client.raise_request_exception = False
    for language, sentence in [("en", "The fault is ours"), ("fr", "La faute est de notre côté")]:
        answer = client.get(f"/{language}/?q=secret")
        assert answer.status_code == 500
        assert sentence in answer.content.decode()
        assert "secret" not in answer.content.decode()
