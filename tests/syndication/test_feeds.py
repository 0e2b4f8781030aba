"""Atom feeds: valid, stable, and honest about when they changed."""

import datetime
from pathlib import Path

import feedparser
import pytest
import time_machine
from django.apps import apps
from django.utils.http import parse_http_date
from lxml import etree

from rollout.facts import writer
from rollout.facts.changes import newest_change
from rollout.models import Department, Region, Update, UpdateText
from rollout.models.content_tracking import ContentTracked

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parents[1] / "support" / "schemas" / "atom.rng"))
FEEDS = [
    "/en/updates.atom",
    "/fr/updates.atom",
    "/en/regions/auvergne-rhone-alpes/updates.atom",
    "/fr/departments/69-rhone/updates.atom",
]
# Later than the loading of the data, so that the feed's first moment lies before.
NOON = datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)


def at(hours):
    return time_machine.travel(NOON + datetime.timedelta(hours=hours), tick=False)


@pytest.fixture
def published(editor):
    """Three updates, an hour apart: one withdrawn, one translated, one in English only."""
    rhone, ain, paris = (Department.objects.get(code=code) for code in ("69", "01", "75"))
    path = "departments/69-rhone/"
    with at(0):
        withdrawn = writer.publish_update("Was wrong.", by=editor, path=path, departments=[rhone])
    with at(1):
        translated = writer.publish_update(
            "Opened <early> & well.", by=editor, departments=[rhone, ain]
        )
    with at(2):
        english = writer.publish_update(
            "Paris only.", by=editor, path="rollout/", departments=[paris]
        )
    with at(3):
        withdrawn.is_active = False
        writer.save_fact(withdrawn, by=editor)
    with at(4):
        translate(translated, "Ouvert <plus tôt>.", editor)
    return withdrawn, translated, english


def translate(update, note, editor):
    writer.save_fact(UpdateText(update=update, language="fr", note=note), by=editor)


def read(client, address):
    """Return a feed as lxml and as a feed reader see it; both accept it."""
    answer = client.get(address)
    assert answer.status_code == 200
    tree = etree.fromstring(answer.content)
    assert SCHEMA.validate(tree), SCHEMA.error_log
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo
    return tree, parsed


@pytest.mark.parametrize("address", FEEDS)
def test_a_feed_is_valid_without_updates_and_with_some(client, address, published):
    tree, parsed = read(client, address)
    ids = [element.text for element in tree.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)
    assert len(parsed.entries) in (1, 2)
    Update.objects.all().delete()
    assert read(client, address)[1].entries == []


def test_the_schema_refuses_what_is_not_a_feed(client, published):
    tree, _parsed = read(client, "/en/updates.atom")
    tree.find(f"{ATOM}entry").remove(tree.find(f"{ATOM}entry/{ATOM}id"))
    assert not SCHEMA.validate(tree)


def test_an_entry_says_what_changed_when_and_where(client, published):
    _withdrawn, translated, english = published
    tree, parsed = read(client, "/en/updates.atom")
    assert [entry.id for entry in parsed.entries] == [english.pk.urn, translated.pk.urn]
    newest, older = parsed.entries
    assert newest.link == "http://testserver/en/rollout/"
    assert older.link == "http://testserver/en/"
    assert [(tag.term, tag.label) for tag in older.tags] == [("01", "Ain"), ("69", "Rhône")]
    titles = [title.text for title in tree.iter(f"{ATOM}title")]
    assert titles[1:] == ["Paris only.", "Opened <early> & well."]
    assert older.published == "2030-01-01T13:00:00+00:00"
    assert newest.updated == newest.published == "2030-01-01T14:00:00+00:00"


def test_a_note_is_in_the_language_of_the_feed_or_says_its_own(client, published):
    tree, parsed = read(client, "/fr/updates.atom")
    assert tree.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    newest, older = tree.iter(f"{ATOM}entry")
    assert newest.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert older.get("{http://www.w3.org/XML/1998/namespace}lang") is None
    assert older.findtext(f"{ATOM}title") == "Ouvert <plus tôt>."
    assert older.findtext(f"{ATOM}summary") == "Ouvert &lt;plus tôt&gt;."
    assert parsed.entries[1].updated == "2030-01-01T16:00:00+00:00"
    assert parsed.entries[1].link == "http://testserver/fr/"


def test_feeds_of_places_have_what_concerns_them(client, published):
    _withdrawn, translated, english = published

    def ids(address):
        return [entry.id for entry in read(client, address)[1].entries]

    assert ids("/en/departments/69-rhone/updates.atom") == [translated.pk.urn]
    assert ids("/en/departments/26-drome/updates.atom") == []
    # Two of its departments, one update.
    assert ids("/en/regions/auvergne-rhone-alpes/updates.atom") == [translated.pk.urn]
    assert ids("/en/regions/ile-de-france/updates.atom") == [english.pk.urn]


def test_the_author_is_the_site_and_no_person(client, published):
    tree, _parsed = read(client, "/en/updates.atom")
    assert [name.text for name in tree.iter(f"{ATOM}name")] == [
        "The carte Vitale app in your department"
    ]
    assert b"an-editor" not in client.get("/en/updates.atom").content


def updated(client, address="/en/updates.atom"):
    answer = client.get(address)
    text = etree.fromstring(answer.content).findtext(f"{ATOM}updated")
    moment = datetime.datetime.fromisoformat(text)
    assert parse_http_date(answer["Last-Modified"]) == int(moment.timestamp())
    return moment


@pytest.mark.usefixtures("due_on_one_day")
@pytest.mark.parametrize("address", FEEDS)
def test_an_empty_feed_does_not_move_with_the_clock(client, address):
    with time_machine.travel("2026-11-29T12:00:00+01:00", tick=False):
        first = client.get(address)
    with time_machine.travel("2027-02-21T12:00:00+01:00", tick=False):
        later = client.get(address)
    assert first.content == later.content
    assert first["ETag"] == later["ETag"]
    assert updated(client, address) < NOON


def test_before_the_first_update_a_feed_is_as_old_as_the_newest_change_it_is_about(client, editor):
    newest = newest_change()
    assert newest is not None
    assert newest < NOON
    assert updated(client) == newest
    rhone = Department.objects.get(code="69")
    addresses = [
        "/en/departments/69-rhone/updates.atom",
        "/en/regions/auvergne-rhone-alpes/updates.atom",
    ]
    with at(1):
        rhone.certainty = "official"
        writer.save_fact(rhone, by=editor)
    for address in addresses:
        assert updated(client, address) == NOON + datetime.timedelta(hours=1)
    assert updated(client, "/en/regions/bretagne/updates.atom") <= newest


@pytest.mark.parametrize("address", FEEDS)
def test_where_no_change_is_known_a_feed_claims_no_moment_of_this_site(client, address):
    for model in (model for model in apps.get_models() if issubclass(model, ContentTracked)):
        model._default_manager.update(changed_at=None)
    assert updated(client, address) == datetime.datetime(2019, 5, 27, tzinfo=datetime.UTC)


@pytest.mark.usefixtures("due_on_one_day")
@pytest.mark.parametrize(
    ("address", "state"),
    [
        (FEEDS[0], "France: Open in all 101 departments, 5 of them by our own conclusion."),
        ("/en/departments/69-rhone/updates.atom", "Rhône: Open since about 25 July 2023."),
        (
            "/en/departments/976-mayotte/updates.atom",
            "Mayotte: Probably open since 18 November 2025.",
        ),
    ],
)
def test_a_feed_says_the_state_of_its_place_and_when_that_is_overdue(client, address, state):
    with time_machine.travel("2027-02-21T12:00:00+01:00", tick=False):
        first = client.get(address).content
        assert state in subtitle(first)
    with time_machine.travel("2027-02-22T12:00:00+01:00", tick=False):
        overdue = client.get(address).content
    assert "when last checked" in subtitle(overdue)
    moment = etree.fromstring(first).findtext(f"{ATOM}updated")
    assert etree.fromstring(overdue).findtext(f"{ATOM}updated") == moment  # no fact has changed


def subtitle(content):
    return etree.fromstring(content).findtext(f"{ATOM}subtitle").replace("\xa0", " ")


def test_a_feed_says_when_it_last_changed_and_never_goes_back(client, editor, published):
    withdrawn, translated, english = published
    assert updated(client, "/fr/updates.atom") == NOON + datetime.timedelta(hours=4)
    assert updated(client) == NOON + datetime.timedelta(hours=3)  # the French is not in it
    with at(5):
        english.is_active = False
        writer.save_fact(english, by=editor)
    assert updated(client) == NOON + datetime.timedelta(hours=5)
    with at(6):
        translated.is_active = False
        writer.save_fact(translated, by=editor)
    assert read(client, "/en/updates.atom")[1].entries == []
    assert updated(client) == NOON + datetime.timedelta(hours=6)
    with at(7):
        withdrawn.is_active = True
        writer.save_fact(withdrawn, by=editor)
    assert updated(client) == NOON + datetime.timedelta(hours=7)


def test_a_feed_of_elsewhere_does_not_move(client, editor, published):
    before = client.get("/en/departments/26-drome/updates.atom")
    assert updated(client, "/en/departments/26-drome/updates.atom") < NOON
    with at(9):
        paris = Department.objects.get(code="75")
        writer.publish_update("Paris again.", by=editor, departments=[paris])
    assert client.get("/en/departments/26-drome/updates.atom").content == before.content


def test_whoever_has_the_feed_gets_304_until_it_changes(client, editor, published):
    answer = client.get("/fr/updates.atom")
    for headers in (
        {"If-None-Match": answer["ETag"]},
        {"If-Modified-Since": answer["Last-Modified"]},
    ):
        assert client.get("/fr/updates.atom", headers=headers).status_code == 304
    with at(5):
        translate(published[2], "Paris seulement.", editor)
    for headers in (
        {"If-None-Match": answer["ETag"]},
        {"If-Modified-Since": answer["Last-Modified"]},
    ):
        assert client.get("/fr/updates.atom", headers=headers).status_code == 200


def test_a_feeds_id_outlives_host_and_name(client, settings):
    settings.ALLOWED_HOSTS = ["testserver", "new.example"]
    address = "/en/regions/bretagne/updates.atom"
    ids = {read(client, one)[0].findtext(f"{ATOM}id") for one in [*FEEDS, address]}
    assert len(ids) == 5
    before = read(client, address)[0].findtext(f"{ATOM}id")
    region = Region.objects.get(slug="bretagne")
    region.name, region.slug = "Bretagne-Breizh", "bretagne-breizh"
    writer.save_fact(region)
    answer = client.get("/en/regions/bretagne-breizh/updates.atom", headers={"Host": "new.example"})
    assert etree.fromstring(answer.content).findtext(f"{ATOM}id") == before


def test_only_the_newest_hundred_are_in_a_feed(client, editor):
    for hour in range(101):
        with at(hour):
            writer.publish_update(f"Number {hour}.", by=editor)
    entries = read(client, "/en/updates.atom")[1].entries
    assert len(entries) == 100
    assert (entries[0].title, entries[-1].title) == ("Number 100.", "Number 1.")


@pytest.mark.parametrize("address", FEEDS)
def test_a_feed_asks_few_questions(client, editor, django_assert_max_num_queries, address):
    every = list(Department.objects.all())
    for _ in range(5):
        writer.publish_update("All of them.", by=editor, departments=every)
    its_departments = 1 if "/regions/" in address else 0  # of which it says how many are open
    with django_assert_max_num_queries(10 + its_departments):
        client.get(address)


def test_signs_that_xml_does_not_know_are_left_out(client, editor):
    writer.publish_update("A\x0bB\x1fC\ufffeD \U0001f600", by=editor, path="rollout/")
    assert read(client, "/en/updates.atom")[1].entries[0].title == "ABCD \U0001f600"


def test_feeds_are_public_files(client):
    answer = client.get("/en/updates.atom")
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert answer["Cache-Control"] == "public, no-cache"
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


@pytest.mark.parametrize("address", FEEDS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_feeds_can_only_be_read(client, address, method):
    assert getattr(client, method)(address).status_code == 405


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/en/departments/69/updates.atom", "/en/departments/69-rhone/updates.atom"),
        ("/fr/departments/2A/updates.atom", "/fr/departments/2a-corse-du-sud/updates.atom"),
        ("/en/departments/rhone/updates.atom?x=1", "/en/departments/69-rhone/updates.atom?x=1"),
        ("/en/regions/84/updates.atom", "/en/regions/auvergne-rhone-alpes/updates.atom"),
        ("/en/updates.atom/", "/en/updates.atom"),
    ],
)
def test_old_and_mistyped_addresses_lead_on_once(client, old, new):
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, new)
    assert client.get(new).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/en/departments/99-nowhere/updates.atom",
        "/en/departments/%00/updates.atom",
        f"/en/departments/{'9' * 5000}/updates.atom",
        "/en/regions/nowhere/updates.atom",
        "/fr/regions/%FF/updates.atom",
    ],
)
def test_an_unknown_place_has_no_feed(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert b'name="q"' in answer.content  # in plain words, with the search box


@pytest.mark.parametrize(
    ("path", "feeds"),
    [
        ("", ["updates.atom"]),
        ("about/", ["updates.atom"]),
        ("departments/69-rhone/", ["updates.atom", "departments/69-rhone/updates.atom"]),
        ("regions/bretagne/", ["updates.atom", "regions/bretagne/updates.atom"]),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_lead_feed_readers_to_their_feeds(client, language, path, feeds):
    html = etree.HTML(client.get(f"/{language}/{path}").content)
    links = html.xpath('//head/link[@rel="alternate"][@type="application/atom+xml"]')
    assert [link.get("href") for link in links] == [
        f"http://testserver/{language}/{feed}" for feed in feeds
    ]
    assert len({link.get("title") for link in links}) == len(links)


@pytest.mark.parametrize("path", ["updates/", "departments/69-rhone/", "regions/bretagne/"])
def test_readers_see_how_to_follow(client, path):
    html = etree.HTML(client.get(f"/en/{path}").content)
    own = "" if path == "updates/" else path
    for file in ("updates.atom", "openings.ics"):
        assert html.xpath(f'//main//a[@href="/en/{own}{file}"]'), file
        assert client.get(f"/en/{own}{file}").status_code == 200
