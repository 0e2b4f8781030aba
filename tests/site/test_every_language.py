"""Promises that pages keep in each language beside English and French, by samples.

Of each kind of page one in every second language, another in each where there are many; all
addresses: `make drills DRILLS=languages`.
"""

import html5lib
import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override
from lxml import etree

from rollout.kinds import FULL_LANGUAGES_ONLY
from rollout.pages import registry
from tests.support import languages
from tests.support.addresses import LANGUAGES
from tests.support.languages import Rendered, Site, left_over

pytestmark = pytest.mark.django_db

OTHERS = languages.public_in_files()
FULLY_PARSED = {"ar", "zh-hans"}
"""Of these each sample is parsed as HTML5: a direction and a script of their own; else each fifth."""


def get(path):
    response = Client().get(path)
    return response.status_code, response.content.decode(), response.headers.get("Location", "")


@pytest.fixture(scope="module")
def site(django_db_setup):
    """The pages of the site, those in English and French rendered once."""
    return Site(get, "http://testserver", [*LANGUAGES, *OTHERS])


@pytest.fixture(scope="module")
def samples(django_db_setup, django_db_blocker):
    """The sampled paths of each language."""
    with django_db_blocker.unblock():
        by_kind = languages.paths_by_kind()
    return {code: languages.sampled(code, OTHERS, by_kind) for code in OTHERS}


def test_there_are_others_and_english_and_french_come_first():
    assert LANGUAGES == settings.FULL_LANGUAGES
    assert OTHERS, "rollout/data/languages.csv makes none public"


@pytest.mark.parametrize("language", OTHERS)
def test_one_page_of_each_kind_is_there_whole_and_in_its_language(site, samples, language):
    paths = [f"/{language}/{path}" for path in samples[language]]
    assert {path: findings for path in paths if (findings := site.findings(path))} == {}
    for path in paths if language in FULLY_PARSED else paths[OTHERS.index(language) % 5 :: 5]:
        html5lib.HTMLParser(strict=True).parse(get(path)[1])


def test_the_samples_are_of_all_kinds_and_differ_between_languages(samples):
    all_samples = {path for paths in samples.values() for path in paths}
    assert set(languages.STATES) <= all_samples
    for kind, paths in languages.paths_by_kind().items():
        assert not paths or all_samples & set(paths), kind
    departments = {path for path in all_samples if path.startswith("departments/")}
    assert len(departments) >= len(OTHERS) // 2


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_in_english_and_french_only_is_redirected_to(language):
    with override("en"):
        rows = registry.PageRows()
        kinds = [kind for kind in registry.PAGES if not kind.is_in_every_language]
        paths = [next(iter(kind.build(rows))).path for kind in kinds]
    assert len(paths) == 5
    for path in paths:
        status, _html, location = get(f"/{language}/{path.removeprefix('/en/')}?a=b")
        assert (status, location) == (302, f"{path}?a=b")


def sitemap(language):
    """Return the alternates of each page of a language, by its address."""
    status, xml, _location = get(f"/sitemap-{language}.xml")
    assert status == 200
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    link = "{http://www.w3.org/1999/xhtml}link"
    return {
        url.findtext(name): {one.get("hreflang"): one.get("href") for one in url.iter(link)}
        for url in etree.fromstring(xml.encode())
    }


def test_sitemaps_have_every_page_in_every_language_and_each_names_all_others():
    sitemaps = {language: sitemap(language) for language in [*LANGUAGES, *OTHERS]}
    pages = {address: links for one in sitemaps.values() for address, links in one.items()}
    paths = [address.split("/", 4)[4] for address in sitemaps["en"]]
    in_all = [path for path in paths if path.split("/")[0] not in FULL_LANGUAGES_ONLY]
    assert len(in_all) == len(paths) - 4
    for language in OTHERS:
        expected = [f"http://testserver/{language}/{path}" for path in in_all]
        assert list(sitemaps[language]) == expected
    for address, links in pages.items():
        assert links[address.split("/")[3]] == address
        assert links["x-default"] == links["en"]
        assert len(links) in (1 + len(LANGUAGES), 1 + len(LANGUAGES) + len(OTHERS)), address
        for other in links.values():
            assert pages[other] == links, (address, other)


# --- What counts as left over -----------------------------------------------------------------------


def rendered(language, body):
    html = (
        f'<html lang="{language}"><head><title>{language}</title></head><body>{body}</body></html>'
    )
    return Rendered(f"/{language}/", html)


ENGLISH = rendered(
    "en",
    '<p>You can pay with the app. Ask for a <i lang="fr">feuille de soins maladie</i>.</p>'
    '<p>In Provence-Alpes-Côte d’Azur today</p><img alt="A map of France">'
    '<script type="application/ld+json">{"a": [{"name": "Where it can be activated"}]}</script>',
)
FRENCH = rendered("fr", "<p>Vous pouvez payer. Demandez une feuille de soins maladie.</p>")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "<p>Sie können zahlen. You can <b>pay with</b> the app.</p>",
            ["you can pay with the app"],
        ),
        ("<p>you\n can  pay</p>", ["you can pay"]),
        ("<p>you can</p><p>pay with</p>", []),
        ("<p>You, can; pay</p>", []),
        ('<p lang="en">You can pay with the app</p>', []),
        ('<p translate="no">You can pay with the app</p>', []),
        ('<p lang="en">A <i lang="de">you can pay</i></p>', ["you can pay"]),
        ("<p>eine feuille de soins maladie</p>", []),
        ("<p>In Provence-Alpes-Côte d’Azur heute</p>", []),
        ('<img alt="A map of France">', ["a map of france"]),
        ('<a title="you can pay" href="/">mit</a>', ["you can pay"]),
        (
            '<script type="application/ld+json">{"name": "Where it can be activated"}</script>',
            ["where it can be activated"],
        ),
        ("<script>you can pay</script><style>you can pay</style>", []),
        ("<p>Ask for a</p>", ["ask for a"]),
        ("<p>Ask for eine</p>", []),
    ],
)
def test_a_run_of_three_words_that_the_english_page_has_too_is_left_over(body, expected):
    assert left_over(rendered("de", body), ENGLISH, [FRENCH]) == expected


def test_in_french_it_is_one_with_a_word_that_is_english_only():
    page = rendered("fr", "<p>une feuille de soins maladie</p><p>pay with the app</p>")
    assert left_over(page, ENGLISH, [page]) == ["pay with the app"]
