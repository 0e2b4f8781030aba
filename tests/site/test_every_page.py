"""Promises that every public page keeps in English and French; others: test_every_language.py."""

import re
from html import unescape

import html5lib
import pytest
from django.test import Client

from rollout.caching.compression import ENCODERS
from rollout.facts.citations import citations
from rollout.kinds import FULL_LANGUAGES_ONLY
from tests.support.addresses import ANSWERS, LANGUAGES, SAMPLES, STATES, addresses, pages
from tests.support.languages import public_in_files

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def site(django_db_setup, django_db_blocker):
    """Return every public page's text, by its address."""
    with django_db_blocker.unblock():
        pages = {address: Client().get(address) for address in addresses()}
    assert {page.status_code for page in pages.values()} == {200}
    return {address: page.content.decode() for address, page in pages.items()}


def tag(html, pattern):
    matches = re.findall(pattern, html, re.DOTALL)
    assert len(matches) == 1, (pattern, matches[:3])
    return matches[0]


def test_there_are_140_pages_in_each_language():
    assert len(pages()) == 16 + 101 + 18 + 5


def test_each_is_there_has_one_h1_and_says_its_language(site):
    for address, html in site.items():
        assert "Nothing" not in tag(html, r"<h1.*?</h1>")
        assert f'<html lang="{address[1:3]}" dir="ltr">' in html, address


def test_each_has_a_title_and_a_description_of_its_own(site):
    heads = [html.partition("<body>")[0] for html in site.values()]
    titles = [tag(head, r"<title>(.*?)</title>") for head in heads]
    descriptions = [
        tag(html, r'<meta name="description" content="(.*?)">') for html in site.values()
    ]
    assert len(set(titles)) == len(titles)
    assert len(set(descriptions)) == len(descriptions)
    assert all(40 < len(unescape(text)) <= 160 for text in descriptions)
    names = [unescape(title).rpartition(" – ")[0] for title in titles]
    assert max(map(len, names)) <= 65  # search engines cut what is longer


def test_what_search_engines_leave_out_names_no_other_address_and_another_day_no_language(client):
    for path in [f"/{language}/{path}" for language in LANGUAGES for path in [*SAMPLES, *STATES]]:
        head = client.get(path).content.decode().partition("<body>")[0]
        alternates = re.findall(r'<link rel="alternate" hreflang="(.*?)"', head)
        is_left_out = 'name="robots" content="noindex"' in head
        assert is_left_out != ('rel="canonical"' in head), path
        if is_left_out or "?" in path:
            assert alternates == [], path


def test_each_comes_in_the_first_packets_of_a_connection(site, client):
    """14,600 bytes are ten packets, which a server sends before it waits for an answer."""
    paths = {
        f"/{language}/{path}"
        for language in LANGUAGES
        for path in [
            *SAMPLES,
            *STATES,
            *(f"sources/{citation.source.slug}/" for citation in citations()),
        ]
    }
    others = {path: client.get(path).content.decode() for path in paths - site.keys()}
    for address, html in (site | others).items():
        is_home = re.match(r"/../(\?|$)", address)
        weight = len(ENCODERS["br"](html.encode()))
        assert weight < (12_000 if is_home else 14_600), (address, weight)


def test_each_is_known_to_search_engines_by_its_own_address_and_names_its_other_languages(site):
    for address, html in site.items():
        assert f'<link rel="canonical" href="http://testserver{address}">' in html
        is_in_all = address.split("/")[2] not in FULL_LANGUAGES_ONLY
        for language in [*LANGUAGES, *(public_in_files() if is_in_all else [])]:
            other = f"http://testserver/{language}{address[3:]}"
            assert f'<link rel="alternate" hreflang="{language}" href="{other}">' in html


def test_each_says_that_it_is_not_official(site):
    for address, html in site.items():
        disclaimer = "It is not a service of Assurance Maladie or of the French State."
        if address.startswith("/fr/"):
            disclaimer = "Il ne dépend ni de l’Assurance Maladie ni de l’État français."
        assert disclaimer in html, address
        assert "applicartevitale.fr" in html


def test_none_asks_another_site_for_anything_or_carries_inline_code(site):
    for address, html in site.items():
        for source in re.findall(
            r"<(?:link|script|img|iframe|source)[^>]*(?:href|src)=\"(.*?)\"", html
        ):
            assert re.match("/(?!/)|http://testserver/", source), (address, source)
        assert not re.search(
            r"<style|\sstyle=|\son\w+="
            r'|<script(?! type="module" src="/static/| src="/static/js/theme.js"| type="application/ld\+json">)',
            html,
        ), address


def test_no_link_is_dead(site, client):
    links = {
        link for html in site.values() for link in re.findall(r'<a [^>]*href="(/[^"#]*)', html)
    }
    assert len(links) > 250
    others = sorted(link for link in links if link.split("/")[1] in public_in_files())
    # Those pages are looked at by samples: what is there in English is there in each language.
    for link in links - site.keys() - set(others) | set(others[::50]):
        assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_no_link_of_a_past_day_is_dead(client):
    for path in ("", "rollout/", "regions/bretagne/", "departments/35-ille-et-vilaine/"):
        html = client.get(f"/en/{path}?on=2025-05-28").content.decode()
        for link in set(re.findall(r'href="(/[^"]*on=2025-05-28[^"]*)"', html)):
            assert client.get(link.replace("&amp;", "&")).status_code == 200, link


def test_every_link_inside_a_page_leads_to_something_there(site):
    for address, html in site.items():
        for target in re.findall(r'href="#([^"]+)"', html):
            assert f'id="{target}"' in html, (address, target)
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), address


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", SAMPLES)
def test_each_kind_is_valid_html(client, language, path):
    html = client.get(f"/{language}/{path}").content.decode()
    html5lib.HTMLParser(strict=True).parse(html)


def test_nothing_is_promised_for_soon(site):
    for address, html in site.items():
        text = re.sub(r"<[^>]+>", " ", html).lower()
        assert not re.search(r"\bsoon\b|\bbientôt\b|\bprochainement\b", text), address


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", SAMPLES)
def test_visitors_get_no_cookie_and_the_strict_headers(client, language, path):
    answer = client.get(f"/{language}/{path}")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert "Accept-Language" not in answer.get("Vary", "")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["Cache-Control"] == "public, no-cache"
    assert answer["ETag"]


@pytest.mark.parametrize("path", SAMPLES)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_pages_can_only_be_read(path, method):
    strict = Client(enforce_csrf_checks=True)  # as in earnest
    assert getattr(strict, method)(f"/en/{path}").status_code == 405


@pytest.mark.parametrize("path", SAMPLES)
def test_head_answers_like_get_without_a_body(client, path):
    answer = client.head(f"/en/{path}")
    assert answer.status_code == 200
    assert answer.content == b""


def test_a_browser_that_has_the_page_gets_304(client):
    etag = client.get("/en/rollout/")["ETag"]
    assert client.get("/en/rollout/", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    ("path", "at_most"),
    [
        ("/en/", 1),
        ("/fr/?q=69", 1),
        ("/fr/?q=bretagne", 1),
        ("/en/departments/", 1),
        ("/fr/departments/?region=84&sort=day", 1),
        ("/en/departments/69-rhone/", 1),
        ("/fr/departments/976-mayotte/?on=2025-06-01", 1),
        ("/en/regions/occitanie/", 1),
        ("/en/rollout/", 1),
        ("/en/rollout/pilot-2023/", 2),
        ("/en/sources/", 25),
        ("/en/sources/rtl-2023-07-25/", 25),
        ("/en/set-up/", 9),
        ("/en/can-i/", 1),
        (f"/fr/can-i/?document=titre-de-sejour&{ANSWERS}", 1),
        ("/fr/at-the-counter/", 4),
        ("/en/questions/", 5),
        ("/en/updates/", 4),
        ("/en/glossary/", 5),
        ("/en/about/", 1),
        ("/en/legal/", 1),
        ("/en/accessibility/", 1),
        ("/en/data/", 2),
    ],
)
def test_a_page_with_all_101_departments_asks_few_questions(
    client, django_assert_max_num_queries, path, at_most
):
    client.get(path)
    with django_assert_max_num_queries(at_most):
        assert client.get(path).status_code == 200
