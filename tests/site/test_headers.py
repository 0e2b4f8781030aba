"""Heads of answers: A+ by the rules of MDN's HTTP Observatory on every kind of page; no cookie."""

import datetime

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from rollout.search import service
from tests.support import observatory, people
from tests.support.addresses import SAMPLES

pytestmark = pytest.mark.django_db

FILES = [
    "en/updates.atom",
    "en/departments/69-rhone/updates.atom",
    "en/openings.ics",
    "en/manifest.webmanifest",
    "en/service-worker.js",
    "en/suggest/?q=lyon",
    "sitemap.xml",
    "sitemap-en.xml",
    "robots.txt",
    "en/share.png",
    "en/embed/departments/69.svg",
    ".well-known/security.txt",
]
API = ["departments", "departments.csv", "departments/69", "search?q=lyon", "openapi.json"]
FRAMED = "/en/embed/departments/69/"
ERRORS = ["/en/nowhere/", "/api/v1/nowhere", "/en/departments/nowhere/"]
ADMIN = [
    "/admin/",
    "/admin/rollout/department/",
    "/admin/rollout/department/69/change/",
    "/admin/rollout/department/69/history/",
    "/admin/rollout/department/import/",
    "/admin/rollout/entry/add/",
    "/admin/auth/user/",
    "/admin/jsi18n/",
    "/admin/nowhere/",
    "/accounts/mfa/",
    "/accounts/mfa/recovery-codes/",
]


@pytest.fixture(autouse=True)
def _public(settings):
    """The settings of a public site, as far as answers show them."""
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_SSL_REDIRECT = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.PUBLISHER_CONTACT = "hello@vitale.example"


def over_https(path, client=None, method="get"):
    return getattr(client or Client(raise_request_exception=False), method)(path, secure=True)


def assert_it_is_an_a_plus(answer):
    points, parts = observatory.score(answer)
    assert points >= 100, parts


@pytest.mark.parametrize("path", [f"en/{path}" for path in SAMPLES] + FILES)
def test_what_visitors_read_is_an_a_plus_without_a_cookie(path):
    answer = over_https(f"/{path}")
    assert answer.status_code == 200
    assert_it_is_an_a_plus(answer)
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize("path", API)
def test_the_api_is_an_a_plus_and_open_to_every_page(path):
    answer = over_https(f"/api/v1/{path}")
    assert answer.status_code == 200
    assert_it_is_an_a_plus(answer)
    assert not answer.cookies
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize("path", ERRORS)
def test_what_is_not_there_is_an_a_plus(path):
    answer = over_https(path)
    assert answer.status_code == 404
    assert_it_is_an_a_plus(answer)
    assert not answer.cookies


@pytest.mark.parametrize("method", ["post", "put", "delete", "options", "trace"])
def test_a_wrong_method_is_an_a_plus(method):
    answer = over_https("/en/", method=method)
    assert answer.status_code == 405
    assert_it_is_an_a_plus(answer)


def test_a_forged_host_and_a_fault_are_an_a_plus(monkeypatch):
    forged = Client().get("/en/", secure=True, headers={"Host": "evil.example"})
    assert forged.status_code == 400
    assert_it_is_an_a_plus(forged)
    monkeypatch.setattr(service, "find", lambda text: 1 / 0)
    fault = over_https("/en/?q=x")
    assert fault.status_code == 500
    assert_it_is_an_a_plus(fault)


def test_only_the_card_for_other_sites_may_be_framed():
    answer = over_https(FRAMED)
    points, parts = observatory.score(answer)
    assert parts.pop("x-frame-options") == -20  # it is there to be framed
    assert min(parts.values()) >= 0
    assert points == 80


def test_sign_in_is_an_a_plus_with_its_cookie():
    answer = over_https("/accounts/login/")
    assert answer.cookies
    assert_it_is_an_a_plus(answer)


@pytest.mark.parametrize("path", ADMIN)
def test_the_editors_pages_are_an_a_plus_and_stored_nowhere(client, editor, path):
    people.sign_in(client, editor)
    answer = over_https(path, client)
    assert answer.status_code in (200, 404)
    assert_it_is_an_a_plus(answer)
    assert "public" not in answer.get("Cache-Control", "")


def test_http_leads_to_https_on_the_same_host_and_sets_no_cookie():
    for path in ("/en/?q=lyon", "/admin/", "/accounts/login/", "/api/v1/departments"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{path}")
        assert not answer.cookies


def test_the_scorer_sees_what_is_wrong():
    bad = HttpResponse("<script src=https://evil.example/x.js></script>")
    points, parts = observatory.score(bad)
    assert points == 0 or points < 0
    assert parts["content-security-policy"] == -25
    assert parts["strict-transport-security"] == -20
    assert parts["x-frame-options"] == -20
    assert parts["subresource-integrity"] == -50
    bad["Content-Security-Policy"] = "default-src 'none'; script-src 'self' 'unsafe-inline'"
    assert observatory.score(bad)[1]["content-security-policy"] == -20
    bad.set_cookie("sessionid", "x")
    assert observatory.score(bad)[1]["cookies"] == -40


# --- whom to tell ---------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-01-01", "2026-12-31", "2030-06-15"])
def test_security_txt_never_expires_while_it_is_served(day):
    with time_machine.travel(f"{day} 23:59:59+00:00", tick=False):
        answer = over_https("/.well-known/security.txt")
        lines = answer.content.decode().splitlines()
        fields = dict(line.split(": ", 1) for line in lines)
        left = datetime.datetime.fromisoformat(fields["Expires"]) - datetime.datetime.now(
            datetime.UTC
        )
    assert datetime.timedelta(days=80) < left < datetime.timedelta(days=365)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:hello@vitale.example"
    assert fields["Canonical"] == "https://testserver/.well-known/security.txt"
    assert fields["Preferred-Languages"] == "en, fr"


def test_security_txt_is_the_same_all_through_a_day_in_paris():
    """As each cached response: a worker keeps it for that day."""
    texts = []
    for moment in ("2026-12-01 00:30", "2026-12-01 23:30", "2026-12-02 00:30"):
        with time_machine.travel(f"{moment}+01:00", tick=False):
            texts.append(over_https("/.well-known/security.txt").content)
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("https://vitale.example/contact", "https://vitale.example/contact"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("a@b.example", "mailto:a@b.example"),
    ],
)
def test_a_contact_is_told_as_an_address(settings, contact, expected):
    settings.PUBLISHER_CONTACT = contact
    answer = over_https("/.well-known/security.txt")
    assert f"Contact: {expected}\n" in answer.content.decode()


@pytest.mark.parametrize("contact", ["", "1 rue de la Paix, Paris", "a@b.example\nX: y"])
def test_without_a_contact_that_programs_can_use_there_is_no_security_txt(settings, contact):
    settings.PUBLISHER_CONTACT = contact
    assert over_https("/.well-known/security.txt").status_code == 404
