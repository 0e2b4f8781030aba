"""Fragments are cached for one data version, day and language, and never from a preview."""

import datetime

import pytest
import time_machine
from django.db import transaction
from django.utils.translation import override

from rollout.caching import fragments
from rollout.facts import writer
from rollout.facts.snapshot import current_snapshot
from rollout.models import DataVersion, Department, Entry, TextStatus
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


def test_constant_fragments_differ_by_language_outside_of_views_too():
    with override("fr"):
        first = fragments.get_or_set("a fragment", lambda: "fr", timeout=None)
    assert (first, fragments.get_or_set("a fragment", lambda: "en", timeout=None)) == ("fr", "en")
