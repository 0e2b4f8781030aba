"""Fragments are cached for one data version, day and language, and never from a preview."""

import datetime

import pytest
import time_machine
from django.db import transaction
from django.utils.translation import override

from rollout.caching import fragments
from rollout.facts import writer
from rollout.facts.snapshot import current_snapshot
from rollout.models import (
    DataVersion,
    Department,
    Entry,
    EntryText,
    Region,
    Source,
    SourceText,
    TextStatus,
    WaveText,
)
from tests.support import admin_forms

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("_before_checks_are_due", "empty_fragment_cache"),
]

PAGES = ("/en/", "/en/?q=lyon", "/en/departments/69-rhone/", "/en/departments/01-ain/",
         "/en/regions/auvergne-rhone-alpes/", "/en/departments/", "/en/rollout/")  # fmt: skip


def read(client, *addresses):
    """Return the pages, all fragments cached since a first request."""
    for address in addresses:
        client.get(address)
    return [client.get(address).content.decode() for address in addresses]


def postpone_opening(code):
    """Set the opening of a department to 1 February 2027."""
    row = Department.objects.get(code=code)
    row.opened_on, row.precision = datetime.date(2027, 2, 1), "on"
    writer.save_fact(row)


def test_an_edit_is_on_every_page_at_the_next_request(client):
    assert not any("1\u00a0February 2027" in html for html in read(client, *PAGES))
    postpone_opening("69")
    for address in PAGES:
        assert "1\u00a0February 2027" in client.get(address).content.decode(), address


def test_a_rolled_back_change_is_on_no_page(client):
    before = read(client, *PAGES)
    with transaction.atomic():
        postpone_opening("69")
        assert read(client, *PAGES) != before
        transaction.set_rollback(True)
    assert read(client, *PAGES) == before


def test_each_language_has_its_own_fragments(client):
    for _round in range(2):
        assert "Open since about 25\u00a0July 2023" in text_of(client, "/en/departments/69-rhone/")
        assert "25\u00a0juillet 2023" in text_of(client, "/fr/departments/69-rhone/")
        assert "Independent, not official" not in text_of(client, "/fr/")


def text_of(client, address):
    """Return a page without the tags around its dates."""
    html = client.get(address).content.decode()
    return html.replace("</time>", "").replace('<time datetime="2023-07-25">', "")


def test_each_day_has_its_own_fragments(client):
    for _round in range(2):
        today = client.get("/en/").content.decode()
        assert today.count('class="is-open"') == 101
        past = client.get("/en/?on=2025-05-28").content.decode()
        assert past.count('class="is-open"') == 46
        assert "?on=2025-05-28" not in today.split('id="departments"')[1]


def test_fragments_are_valid_until_midnight_in_paris(client):
    postpone_opening("69")
    with time_machine.travel("2027-01-31 22:59:00+00:00", tick=False):
        assert read(client, "/en/")[0].count('class="is-open"') == 100
    with time_machine.travel("2027-01-31 23:00:01+00:00", tick=False):
        assert read(client, "/en/")[0].count('class="is-open"') == 101


def test_the_highlights_of_a_search_are_not_cached(client):
    assert client.get("/en/?q=villeurbanne").content.decode().count(" is-found") == 1
    assert client.get("/en/?q=bretagne").content.decode().count(" is-found") >= 4
    assert " is-found" not in client.get("/en/").content.decode()


def test_a_preview_neither_reads_nor_writes_the_cache(admin_page, client):
    read(client, "/en/", "/en/departments/69-rhone/")
    count = len(fragments.fragment_cache)
    rhone = Department.objects.get(code="69")
    html = admin_forms.change(
        admin_page, rhone, _preview="1", opened_on="2027-02-01"
    ).content.decode()
    assert "1\u00a0February 2027" in html
    assert len(fragments.fragment_cache) == count
    assert "February 2027" not in client.get("/en/departments/69-rhone/").content.decode()


def test_a_previewed_draft_is_on_no_page(admin_page, client):
    entry = Entry.objects.filter(kind="question")[0]
    text = entry.texts.get(language="en")
    text.status, text.title = TextStatus.DRAFT, "A secret plan"
    writer.save_fact(text)
    html = admin_forms.change(admin_page, entry, _preview="1").content.decode()
    assert "A secret plan" in html
    assert not any("A secret plan" in page for page in read(client, "/en/", "/en/questions/"))


def test_the_example_states_of_the_gallery_are_on_no_page(client, settings):
    before = read(client, *PAGES)
    fragments.fragment_cache.clear()
    client.get("/en/gallery/")
    assert [client.get(address).content.decode() for address in PAGES] == before


def test_without_a_data_version_nothing_is_cached(client):
    DataVersion.objects.all().delete()
    before = client.get("/en/departments/69-rhone/").content
    Department.objects.filter(code="69").update(opened_on=None, precision="")
    assert client.get("/en/departments/69-rhone/").content != before


def test_a_request_reads_the_data_version_once(client, django_assert_num_queries):
    read(client, "/en/")
    with django_assert_num_queries(1):
        client.get("/en/")


def test_outside_of_public_views_nothing_is_cached():
    assert current_snapshot() is not current_snapshot()
    assert len(fragments.fragment_cache) == 0


def test_days_and_searches_do_not_fill_the_memory(client, monkeypatch):
    monkeypatch.setattr(fragments.fragment_cache, "max_bytes", 1_500_000)
    for number in range(12):
        day = datetime.date(2025, 1, 1) + datetime.timedelta(number)
        client.get("/en/", {"on": day.isoformat(), "q": f"lyon {number}"})
        assert fragments.fragment_cache.bytes <= 1_500_000


PAGES_OF_PARTS = (
    "/en/",
    "/en/departments/69-rhone/",
    "/en/set-up/",
    "/en/glossary/",
    "/en/sources/",
)
STEP, TERM = "install-the-app", "cpam"
EDITS = {
    "a department's name": lambda: Department.objects.filter(code="69").update(name="Rhona"),
    "a department's day": lambda: Department.objects.filter(code="01").update(opened_on="2027-02-01"),
    "how sure its day is": lambda: Department.objects.filter(code="69").update(certainty="inference"),
    "when it was checked": lambda: Department.objects.update(last_checked="2026-11-24"),
    "a region's name": lambda: Region.objects.filter(code="84").update(name="Auvergne-Rhône"),
    "an overseas region's name": lambda: Region.objects.filter(code="04").update(name="La Réunione"),
    "a wave's name": lambda: WaveText.objects.filter(language="en").update(name="A wave"),
    "a title": lambda: EntryText.objects.filter(entry=STEP).update(title="Another title"),
    "a term": lambda: EntryText.objects.filter(entry=TERM).update(body="Another body."),
    "a picture": lambda: Entry.objects.filter(pk=STEP).update(picture="card"),
    "what is overdue": lambda: Entry.objects.update(check_again_by="2026-12-01", last_checked="2026-11-01"),
    "when they were checked": lambda: Entry.objects.update(last_checked="2026-11-24"),
    "how sure they are": lambda: Entry.objects.update(certainty="inference"),
    "a publisher": lambda: Source.objects.update(publisher="Another paper"),
    "a source's day": lambda: Source.objects.exclude(published_on=None).update(published_on="2025-01-01"),
    "which sources": lambda: Entry.sources.through.objects.all().delete(),
    "a description": lambda: SourceText.objects.update(description="Another description"),
    "a text withdrawn": lambda: EntryText.objects.filter(entry=TERM).update(status="draft"),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_whatever_is_changed_no_page_shows_an_older_part(client, edit):
    before = [client.get(address).content for address in PAGES_OF_PARTS]
    assert EDITS[edit]()
    writer.bump_data_version()
    after = [client.get(address).content for address in PAGES_OF_PARTS]
    assert after != before
    fragments.fragment_cache.clear()
    assert after == [client.get(address).content for address in PAGES_OF_PARTS]


def test_the_parts_of_rows_that_an_edit_leaves_are_not_rendered_again(client, monkeypatch):
    read(client, "/en/", "/en/set-up/")
    rendered = []
    monkeypatch.setattr(fragments.fragment_cache, "set", lambda key, *_rest: rendered.append(key))
    writer.bump_data_version()
    read(client, "/en/", "/en/set-up/")
    names = [key[-1][1] for key in rendered if key[-1][:1] == ("part",)]
    assert "legend" in names
    assert not {"statement", "entry with sources", "questions", "region"} & set(names)
    assert "map link" not in [key[-1][0] for key in rendered]


def test_what_is_overdue_from_today_on_is_said_without_an_edit(client):
    Entry.objects.filter(pk=STEP).update(check_again_by="2026-12-18")
    writer.bump_data_version()
    assert "to be checked again by" not in read(client, "/en/set-up/")[0]
    with time_machine.travel("2026-12-18 23:00:01+00:00", tick=False):
        assert "to be checked again by" in client.get("/en/set-up/").content.decode()


def test_constant_fragments_differ_by_language_outside_of_views_too():
    with override("fr"):
        first = fragments.get_or_set("a fragment", lambda: "fr", timeout=None)
    assert (first, fragments.get_or_set("a fragment", lambda: "en", timeout=None)) == ("fr", "en")
