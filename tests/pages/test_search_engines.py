"""For search engines: the sitemap, every page in it, and its structured data."""

import datetime
import html
import json
import re

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from lxml import etree

from rollout.facts import writer
from rollout.kinds import FULL_LANGUAGES_ONLY
from rollout.models import Department, DepartmentText, EntryText, Wave
from tests.support.addresses import LANGUAGES, pages

pytestmark = pytest.mark.django_db

S = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def urls(client, language):
    """Return the entries of a language's sitemap by their address."""
    answer = client.get(f"/sitemap-{language}.xml")
    assert answer.status_code == 200
    entries = etree.fromstring(answer.content).findall("s:url", S)
    return {url.findtext("s:loc", namespaces=S): url for url in entries}


@pytest.fixture(scope="module")
def crawled(django_db_setup, django_db_blocker):
    """Return each page of the sitemap with its entry there, by its address."""
    with django_db_blocker.unblock():
        client = Client()
        entries = {a: url for code in LANGUAGES for a, url in urls(client, code).items()}
        return {
            address: (url, client.get(address.removeprefix("http://testserver")))
            for address, url in entries.items()
        }


def text_of(answer):
    """Return what readers see of a page, and its title."""
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", body)).split())


def only_match(pattern, source):
    """Return the one thing that a pattern finds."""
    (only,) = re.findall(pattern, source, re.DOTALL)
    return only


def structured(answer):
    pattern = r'<script type="application/ld\+json">(.*?)</script>'
    return json.loads(only_match(pattern, answer.content.decode()))


def test_the_index_names_a_sitemap_for_each_language_whatever_pages_cost(
    client, django_assert_max_num_queries
):
    with django_assert_max_num_queries(2):
        answer = client.get("/sitemap.xml")
    assert answer["Content-Type"] == "application/xml"
    index = etree.fromstring(answer.content)
    places = [place.text for place in index.findall("s:sitemap/s:loc", S)]
    assert places == [f"http://testserver/sitemap-{code}.xml" for code, _name in settings.LANGUAGES]


def test_every_public_page_is_in_it_and_nothing_else(crawled):
    expected = {f"http://testserver/{code}/{path}" for code in LANGUAGES for path in pages()}
    assert set(crawled) == expected


def test_each_page_of_it_is_there_under_its_own_address_and_indexable(crawled):
    for address, (_url, answer) in crawled.items():
        assert answer.status_code == 200, address
        page = answer.content.decode()
        assert f'<link rel="canonical" href="{address}">' in page
        assert 'name="robots"' not in page
        assert len(re.findall("<h1", page)) == 1


def test_a_reader_finds_each_page_of_it_by_a_link_from_another(crawled):
    linked: dict[str, set[str]] = {}
    for address, (_url, answer) in crawled.items():
        for path in re.findall(r'<a [^>]*href="(/[^"#?]*)', answer.content.decode()):
            linked.setdefault(f"http://testserver{path}", set()).add(address)
    for address in crawled:
        assert linked.get(address, set()) - {address}, address


def test_head_and_sitemap_name_the_same_languages_and_each_names_the_others_back(crawled):
    alternates = {}
    for address, (url, answer) in crawled.items():
        listed = {link.get("hreflang"): link.get("href") for link in url.findall("x:link", S)}
        in_head = re.findall(
            r'<link rel="alternate" hreflang="(.*?)" href="(.*?)">', answer.content.decode()
        )
        assert dict(in_head) == listed, address
        assert len(in_head) == len(listed)
        rest = address.split("/", 4)[4]
        is_full_only = rest.partition("/")[0] in FULL_LANGUAGES_ONLY
        codes = LANGUAGES if is_full_only else dict(settings.LANGUAGES)
        assert set(listed) == {*codes, "x-default"}, address
        assert listed["x-default"] == listed["en"]
        assert address in listed.values()
        alternates[address] = set(listed.values())
    for address, others in alternates.items():
        assert all(address in alternates[other] for other in others & set(alternates))


def test_titles_and_descriptions_are_unique_and_those_of_places_begin_with_the_place(crawled):
    titles: dict[str, str] = {}
    descriptions: dict[str, str] = {}
    for address, (_url, answer) in crawled.items():
        page = answer.content.decode().partition("</head>")[0]
        title = only_match("<title>(.*?)</title>", page)
        description = only_match('<meta name="description" content="(.*?)">', page)
        titles.setdefault(title, address)
        descriptions.setdefault(description, address)
        assert titles[title] == descriptions[description] == address
        place = re.search(r"/(?:departments|regions)/.+", address)
        if place:
            name = structured(answer)["@graph"][1]["name"].replace("'", "&#x27;")
            assert title.startswith(name), address
            assert name in description[: len(name) + 4], address


def test_structured_data_says_what_the_page_shows(crawled):
    for address, (url, answer) in crawled.items():
        site, page = structured(answer)["@graph"]
        seen, source = text_of(answer), answer.content.decode()
        language = address.split("/")[3]
        assert site["url"] == f"http://testserver/{language}/"
        assert page["url"] == address
        assert page["inLanguage"] == language
        assert page["isPartOf"] == {"@id": site["@id"]}
        days = [page.get("dateModified"), page.get("lastReviewed")]
        assert all(f'<time datetime="{day}">' in source for day in days if day), address
        assert page.get("dateModified") == url.findtext("s:lastmod", namespaces=S)
        for text in _texts([site, page]):
            assert " ".join(text.split()) in seen, (address, text)
        if "breadcrumb" in page:
            trail = page["breadcrumb"]["itemListElement"]
            assert [item["position"] for item in trail] == list(range(1, len(trail) + 1))
            assert trail[-1]["item"] == address
            for item in trail[:-1]:
                assert f'href="{item["item"].removeprefix("http://testserver")}"' in source
        else:
            assert address == f"http://testserver/{language}/"


def _texts(data):
    """Yield every name and text in structured data."""
    if isinstance(data, list):
        for part in data:
            yield from _texts(part)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in ("name", "text", "identifier"):
                yield value
            else:
                yield from _texts(value)


def test_each_kind_of_page_says_what_it_is(client):
    def described(path):
        return structured(client.get(path))["@graph"][1]

    rhone = described("/en/departments/69-rhone/")["about"]
    assert rhone["@type"] == "AdministrativeArea"
    assert (rhone["name"], rhone["identifier"]) == ("Rhône", "69")
    assert rhone["containedInPlace"]["name"] == "Auvergne-Rhône-Alpes"
    assert "containedInPlace" not in described("/en/departments/976-mayotte/")["about"]
    assert described("/fr/regions/bretagne/")["about"]["name"] == "Bretagne"
    page = described("/fr/questions/")
    assert "FAQPage" in page["@type"]
    assert len(page["mainEntity"]) > 5


def test_robots_txt_leads_to_the_sitemap_and_keeps_editors_pages_out(client):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /accounts/",
        "Disallow: /preview/",
        "",
        "Sitemap: http://testserver/sitemap.xml",
    ]


@pytest.mark.parametrize("path", ["/robots.txt", "/sitemap.xml", "/sitemap-en.xml"])
def test_machine_files_are_the_same_for_every_browser(client, path):
    answers = [
        client.get(path, headers={"Accept-Language": accepted}) for accepted in ("fr", "en", "ar")
    ]
    assert len({answer.content for answer in answers}) == 1
    assert "Language" not in answers[0].get("Vary", "")
    assert "Content-Language" not in answers[0]
    again = client.get(path, headers={"If-None-Match": answers[0]["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/sitemap.xml", "/sitemap-en.xml"])
def test_who_has_a_sitemap_gets_the_new_one_also_when_no_day_in_it_is_newer(client, path):
    answer = client.get(path)
    if_newer = {"If-Modified-Since": "Wed, 01 Jan 2031 00:00:00 GMT"}
    assert client.get(path, headers=if_newer).status_code == 200
    assert "Last-Modified" not in answer  # the page cache sets it, from the data version


@pytest.mark.parametrize("path", ["/sitemap-eo.xml", "/sitemap-.xml", "/sitemap-en.xml?p=2"])
def test_a_sitemap_that_is_none_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_the_sitemap_asks_few_questions(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(55):
        client.get("/sitemap-fr.xml")


# --- The day of a page changes with its content, and with nothing else ---------------------------


LATER = datetime.datetime(2026, 12, 24, 11, tzinfo=datetime.UTC)


def days(client, language="en"):
    return {
        address.removeprefix(f"http://testserver/{language}/"): url.findtext(
            "s:lastmod", namespaces=S
        )
        for address, url in urls(client, language).items()
    }


def moved(client, change, language="en"):
    """Return the pages whose day moved when something was changed a month later."""
    before = days(client, language)
    with time_machine.travel(LATER, tick=False):
        change()
        after = days(client, language)
    assert all(after[page] in (before[page], "2026-12-24") for page in after)
    return {page for page in after if after[page] != before[page]}


def test_a_day_moves_when_the_fact_moved(client):
    def open_later():
        rhone = Department.objects.get(code="69")
        rhone.opened_on = datetime.date(2023, 7, 26)
        writer.save_fact(rhone)

    assert moved(client, open_later) == {
        "",
        "data/",
        "departments/",
        "departments/69-rhone/",
        "regions/auvergne-rhone-alpes/",
        "rollout/",
        "rollout/pilot-2023/",
    }


def test_checking_a_fact_again_moves_no_day(client):
    def check():
        rhone = Department.objects.get(code="69")
        rhone.last_checked = datetime.date(2026, 12, 24)
        rhone.check_again_by = datetime.date(2027, 3, 24)
        writer.save_fact(rhone, note="checked")

    assert moved(client, check) == set()


def test_bringing_back_an_old_version_is_a_change_of_that_day(client, editor):
    rhone = Department.objects.get(code="69")
    first = rhone.history.latest()
    rhone.opened_on = datetime.date(2023, 7, 26)
    writer.save_fact(rhone)
    assert "departments/69-rhone/" in moved(
        client, lambda: writer.restore_version(first, by=editor, note="a mistake")
    )


def test_a_day_moves_only_in_the_language_whose_words_moved(client, editor):
    def reword():
        text = EntryText.objects.get(entry="nir", language="fr")
        text.body += " Et voilà."
        writer.save_text(text, by=editor)

    assert moved(client, reword, "en") == set()


def test_a_day_of_french_words_moves_the_french_page(client, editor):
    def reword():
        text = EntryText.objects.get(entry="nir", language="fr")
        text.body += " Et voilà."
        writer.save_text(text, by=editor)

    assert moved(client, reword, "fr") == {"glossary/"}


def test_a_draft_moves_no_day(client, editor):
    text = EntryText.objects.get(entry="nir", language="fr")
    text.status = "draft"
    writer.save_text(text, by=editor)

    def write():
        text.body += " Et voilà."
        writer.save_text(text, by=editor)

    assert moved(client, write, "en") == set()


def test_an_opening_that_was_announced_moves_its_page_on_that_day(client):
    ain = Department.objects.get(code="01")
    ain.opened_on, ain.precision, ain.not_before = datetime.date(2026, 12, 24), "on", None
    writer.save_fact(ain)
    assert "departments/01-ain/" in moved(client, lambda: None)


# --- Languages -----------------------------------------------------------------------------------


def test_a_page_that_cannot_be_read_whole_in_a_language_is_not_offered_in_it(client):
    EntryText.objects.get(entry="nir", language="fr").delete()
    offered = urls(client, "fr")
    assert "http://testserver/fr/glossary/" not in offered
    assert "http://testserver/fr/questions/" in offered
    french = client.get("/fr/glossary/").content.decode()
    assert '<meta name="robots" content="noindex">' in french
    assert 'hreflang="fr" href="http' not in client.get("/en/glossary/").content.decode()
    english = urls(client, "en")["http://testserver/en/glossary/"]
    named = {link.get("hreflang") for link in english.findall("x:link", S)}
    assert named == {*dict(settings.LANGUAGES), "x-default"} - {"fr"}


def test_a_note_without_translation_takes_only_its_department_out(client):
    note = DepartmentText.objects.filter(language="fr")[0]
    slug = note.department.slug
    note.delete()
    offered = urls(client, "fr")
    assert f"http://testserver/fr/departments/{slug}/" not in offered
    assert len(offered) == len(pages()) - 1


# --- What was withdrawn --------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wave_that_was_withdrawn_is_gone_and_says_so(client, language):
    assert client.get(f"/{language}/rollout/wave-of-error/").status_code == 404
    Wave.history.create(
        slug="wave-of-error",
        position=5,
        last_checked=datetime.date(2026, 11, 23),
        history_date=LATER,
        history_type="-",
    )
    answer = client.get(f"/{language}/rollout/wave-of-error/")
    assert answer.status_code == 410
    assert b'name="q"' in answer.content
