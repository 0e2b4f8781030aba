"""The link to tell what is wrong: it names the page, and nothing that the visitor typed."""

from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

import lxml.html
import pytest
from django.utils import timezone

from rollout.operations import static_export
from tests.support.addresses import SAMPLES

pytestmark = pytest.mark.django_db

TEXTS = {
    "en": "Something wrong or out of date? Tell us",
    "fr": "Une erreur, une information dépassée\u202f? Dites-le-nous",
}


def tell_us(client, address):
    """Return the address of the link in the footer of a page, or "" without one."""
    language = address[1:3]
    document = lxml.html.document_fromstring(client.get(address, follow=True).content.decode())
    links = [
        link.get("href")
        for link in document.iterfind(".//footer//a")
        if "".join(link.itertext()).strip() == TEXTS[language]
    ]
    assert len(links) < 2
    return links[0] if links else ""


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", SAMPLES)
def test_each_kind_of_page_offers_it(client, settings, language, path):
    settings.CORRECTIONS_ADDRESS = "corrections@vitale.example"
    link = urlsplit(tell_us(client, f"/{language}/{path}"))
    assert (link.scheme, link.path) == ("mailto", "corrections@vitale.example")
    assert parse_qs(link.query)["body"] == [
        f"http://testserver/{language}/{path.partition('?')[0]}"
    ]


def test_an_e_mail_has_a_subject_in_the_language_of_the_page(client, settings):
    settings.CORRECTIONS_ADDRESS = "corrections@vitale.example"
    for language, subject in (
        ("en", "Something wrong or out of date"),
        ("fr", "Une erreur, une information dépassée"),
    ):
        link = tell_us(client, f"/{language}/departments/69-rhone/")
        assert f"subject={subject}&" in unquote(link)
        assert "+" not in link  # a plus is no space in mailto:


@pytest.mark.parametrize(
    ("setting", "link"),
    [
        (
            "https://tracker.example/new?labels=site&title={page}#form",
            "https://tracker.example/new?labels=site&title=http%3A%2F%2Ftestserver%2Fen%2Fabout%2F#form",
        ),
        (
            "https://tracker.example/new?labels=site",
            "https://tracker.example/new?labels=site&title=http%3A%2F%2Ftestserver%2Fen%2Fabout%2F",
        ),
        (
            "https://tracker.example/new",
            "https://tracker.example/new?title=http%3A%2F%2Ftestserver%2Fen%2Fabout%2F",
        ),
    ],
)
def test_a_tracker_gets_the_address_of_the_page(client, settings, setting, link):
    settings.CORRECTIONS_ADDRESS = setting
    assert tell_us(client, "/en/about/") == link


def test_without_an_address_there_is_no_link(client, settings):
    assert settings.CORRECTIONS_ADDRESS == ""
    for language, text in TEXTS.items():
        assert tell_us(client, f"/{language}/") == ""
        html = unescape(client.get(f"/{language}/privacy/").content.decode())
        assert text not in html
        assert "“Tell us”" not in html


def test_two_pages_do_not_share_a_link(client, settings):
    """The footer around it is cached for all pages."""
    settings.CORRECTIONS_ADDRESS = "corrections@vitale.example"
    links = {tell_us(client, f"/en/{path}") for path in ("about/", "glossary/", "about/")}
    assert len(links) == 2


def test_nothing_that_a_visitor_typed_or_answered_is_in_it(client, settings):
    settings.CORRECTIONS_ADDRESS = "https://tracker.example/new"
    for query in ("?q=1+85+05+78+006+084+36", "can-i/?document=expired&scheme=general"):
        link = tell_us(client, f"/en/{query}")
        assert link.endswith(("%2Fen%2F", "%2Fen%2Fcan-i%2F"))


def test_a_page_of_the_static_export_has_the_link_of_the_site(settings):
    settings.CORRECTIONS_ADDRESS = "corrections@vitale.example"
    settings.ALLOWED_HOSTS = ["vitale.example"]
    exported = static_export.render("/en/about/", "https://vitale.example", timezone.now())
    assert b"body=https%3A%2F%2Fvitale.example%2Fen%2Fabout%2F" in exported.body


def test_the_privacy_page_says_what_the_link_does(client, settings):
    settings.CORRECTIONS_ADDRESS = "corrections@vitale.example"
    assert "“Tell us”" in client.get("/en/privacy/").content.decode()
    assert "Dites-le-nous" in client.get("/fr/privacy/").content.decode()


def test_a_page_that_does_not_exist_has_no_link(client, settings):
    """Its address would be what somebody typed."""
    settings.CORRECTIONS_ADDRESS = "corrections@vitale.example"
    assert tell_us(client, "/en/nowhere-at-all/") == ""
