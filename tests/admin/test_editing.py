"""Editors change a fact in a minute, without fear: notes, conflicts, preview, bulk."""

import datetime
import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from rollout.facts import writer
from rollout.models import (
    Department,
    Entry,
    EntryText,
    Region,
    Update,
    Wave,
)
from tests.support import people
from tests.support.addresses import addresses
from tests.support.admin_forms import add, change, form_values

pytestmark = pytest.mark.django_db

day = datetime.date.fromisoformat


def errors(response):
    """Return what the form complains about."""
    assert response.status_code == 200
    matches = re.findall(r'class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", " ", " ".join(matches))


# --- One edit, one update --------------------------------------------------------------------------


def test_a_change_asks_for_a_note_unless_it_is_minor(admin_page):
    rhone = Department.objects.get(code="69")
    response = change(admin_page, rhone, opened_on="2023-07-30", change_note="")
    assert "Say what changed, or tick “Minor change”." in errors(response)
    assert 'value="2023-07-30"' in response.content.decode()
    assert Department.objects.get(code="69").opened_on == day("2023-07-25")


def test_one_edit_makes_one_update_with_its_page_and_department(admin_page, client):
    rhone = Department.objects.get(code="69")
    note = "The app opened in Rhône on 30 July 2023."
    change(admin_page, rhone, opened_on="2023-07-30", change_note=note)
    update = Update.objects.get()
    assert (update.path, list(update.departments.all())) == ("departments/69-rhone/", [rhone])
    html = Client().get("/en/updates/").content.decode()
    assert note in html
    assert f'id="update-{update.pk}"' in html
    assert 'href="/en/departments/69-rhone/"' in html
    french = Client().get("/fr/updates/").content.decode()
    assert f'<p lang="en" dir="ltr">{note}</p>' in french


def test_row_and_texts_changed_together_make_one_update(admin_page):
    wave = Wave.objects.get(slug="pilot-2023")
    values = {
        "texts-0-name": "The pilot",
        "texts-1-name": "Le pilote",
        "last_checked": "2026-11-24",
    }
    assert change(admin_page, wave, change_note="Renamed.", **values).status_code == 302
    assert Update.objects.count() == 1
    assert Update.objects.get().departments.count() == 8


def test_a_minor_change_makes_no_update(admin_page):
    change(admin_page, Department.objects.get(code="69"), last_checked="2026-11-24", is_minor="on")
    assert not Update.objects.exists()


def test_saving_without_a_change_tells_readers_nothing(admin_page):
    change(admin_page, Department.objects.get(code="69"), change_note="I only looked.")
    assert not Update.objects.exists()


def test_loading_the_data_files_makes_no_update():
    assert not Update.objects.exists()


def test_what_readers_do_not_see_makes_no_update(admin_page):
    values = {
        "slug": "a-secret",
        "kind": "problem",
        "position": "1",
        "certainty": "not-found",
        "last_checked": "23/11/2026",
        "texts-0-title": "Not ready",
        "texts-0-status": "draft",
    }
    assert add(admin_page, Entry, change_note="A secret.", **values).status_code == 302
    assert not Update.objects.exists()


def test_an_update_keeps_its_id_when_it_is_worded_anew_and_can_be_withdrawn(admin_page):
    change(admin_page, Department.objects.get(code="69"), precision="by", change_note="Tpyo.")
    update = Update.objects.get()
    before = Client().get("/en/updates/").content.decode()
    assert "Tpyo." in before
    assert change(admin_page, update, **{"texts-0-note": "Typo."}).status_code == 302
    after = Client().get("/en/updates/").content.decode()
    assert f'id="update-{update.pk}"' in after
    assert "Typo." in after
    change(admin_page, update, is_active="")
    assert "Typo." not in Client().get("/en/updates/").content.decode()


def test_a_statement_without_a_source_is_refused_in_words(admin_page):
    for row in (Department.objects.get(code="69"), Entry.objects.get(slug="new-phone")):
        response = change(admin_page, row, sources=[])
        assert "A public statement needs a source." in errors(response)
        assert type(row).objects.get(pk=row.pk).sources.exists()
    response = change(admin_page, row, sources=[], certainty="not-found")
    assert response.status_code == 302


def test_old_updates_are_found_page_by_page(client, editor):
    for number in range(60):
        writer.publish_update(f"Change number {number}.", by=editor)
    first = client.get("/en/updates/").content.decode()
    assert "Change number 59." in first
    assert "Change number 3." not in first
    assert "Change number 3." in client.get("/en/updates/?page=2").content.decode()
    for page in ("0", "99", "x", "%00", "-1", "9" * 500):
        assert client.get(f"/en/updates/?page={page}").status_code == 200


# --- Two editors at once ---------------------------------------------------------------------------


def test_the_second_save_of_a_stale_form_is_refused_and_nothing_is_lost(admin_page, editor):
    other = people.person("another-editor", is_superuser=True)
    second = people.sign_in(Client(), other)
    rhone = Department.objects.get(code="69")
    address = reverse("admin:rollout_department_change", args=["69"])
    mine = form_values(admin_page.get(address).content.decode())
    theirs = form_values(second.get(address).content.decode())
    mine |= {"opened_on": "2023-07-30", "change_note": "First."}
    assert admin_page.post(address, mine).status_code == 302
    theirs |= {"precision": "by", "change_note": "Second."}
    response = second.post(address, theirs)
    text = errors(response)
    assert "Someone else changed this while you had it open." in text
    assert "an-editor" in text
    sentence = "Open about 25\xa0July 2023 → open about 30\xa0July 2023"
    assert sentence in text
    html = response.content.decode()
    assert 'value="Second."' in html
    assert re.search(r'<option value="by" selected', html)
    rhone.refresh_from_db()
    assert (rhone.opened_on, rhone.precision) == (day("2023-07-30"), "about")
    # Having read what changed, they may save again: that overwrites knowingly.
    again = form_values(html)
    assert second.post(address, again).status_code == 302
    rhone.refresh_from_db()
    assert (rhone.opened_on, rhone.precision) == (day("2023-07-25"), "by")
    assert rhone.history.first().history_user == other


def test_a_change_of_a_text_makes_the_form_stale_too(admin_page, editor):
    entry = Entry.objects.get(slug="new-phone")
    address = reverse("admin:rollout_entry_change", args=[entry.pk])
    mine = form_values(admin_page.get(address).content.decode())
    french = EntryText.objects.get(entry=entry, language="fr")
    french.title = "Autre téléphone"
    writer.save_fact(french, by=editor)
    response = admin_page.post(address, mine | {"position": "7", "is_minor": "on"})
    assert "Français" in errors(response)
    assert "Autre téléphone" in errors(response)


@pytest.mark.parametrize("base_version", ["", "x", "0", "999999999", "1 2 3 4", "' OR 1=1"])
def test_a_forged_version_is_refused_like_a_stale_one(admin_page, base_version):
    rhone = Department.objects.get(code="69")
    response = change(admin_page, rhone, precision="by", base_version=base_version)
    assert "Someone else changed this" in errors(response)


# --- Preview ---------------------------------------------------------------------------------------


def preview(page, row, **values):
    return change(page, row, _preview="1", is_minor="on", **values)


def test_a_preview_shows_what_readers_would_see_and_saves_nothing(admin_page):
    rhone = Department.objects.get(code="69")
    before = rhone.history.count()
    html = preview(admin_page, rhone, opened_on="2027-02-01", precision="on").content.decode()
    assert "Preview: nothing of this is saved or published." in html
    assert "Opens on 1\xa0February 2027" in html
    assert Department.objects.get(code="69").opened_on == day("2023-07-25")
    assert rhone.history.count() == before
    assert "Opens on" not in Client().get("/en/departments/69-rhone/").content.decode()
    assert "changed successfully" not in admin_page.get("/admin/").content.decode()


def test_a_preview_takes_any_language_and_day(admin_page):
    rhone = Department.objects.get(code="69")
    choices = {"opened_on": "2027-02-01", "precision": "on"}
    choices |= {"preview_language": "fr", "preview_on": "2027-02-02"}
    html = preview(admin_page, rhone, **choices).content.decode()
    assert '<html lang="fr"' in html
    assert "Ouvert à partir du" in html.replace("\xa0", " ")
    for wrong in ({"preview_language": "xx"}, {"preview_on": "yesterday"}):
        assert "Preview: nothing" in preview(admin_page, rhone, **wrong).content.decode()


def test_a_draft_is_seen_in_its_preview_and_nowhere_else(admin_page):
    values = {
        "slug": "a-new-problem",
        "kind": "problem",
        "position": "1",
        "certainty": "not-found",
        "last_checked": "23/11/2026",
        "texts-0-title": "A secret plan",
        "texts-0-status": "draft",
    }
    html = add(admin_page, Entry, **values, _preview="1").content.decode()
    assert "A secret plan" in html
    assert not Entry.objects.filter(slug="a-new-problem").exists()
    add(admin_page, Entry, **values)
    entry = Entry.objects.get(slug="a-new-problem")
    assert "A secret plan" in preview(admin_page, entry).content.decode()
    for address in addresses()[:12]:
        assert "A secret plan" not in Client().get(address).content.decode()


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("region", "84"),
        ("wave", "pilot-2023"),
        ("source", "rtl-2023-07-25"),
        ("activationroute", "france-identite"),
        ("identitydocument", "foreign-passport"),
        ("healthscheme", "msa"),
    ],
)
def test_every_public_row_has_a_preview(admin_page, model, key):
    address = f"/admin/rollout/{model}/{key}/change/"
    form_data = form_values(admin_page.get(address).content.decode())
    response = admin_page.post(address, form_data | {"_preview": "1", "is_minor": "on"})
    assert "Preview: nothing of this is saved or published." in response.content.decode()


def test_a_preview_of_what_cannot_be_saved_shows_why(admin_page):
    rhone = Department.objects.get(code="69")
    assert "No department opened before" in errors(
        preview(admin_page, rhone, opened_on="2020-01-01")
    )


# --- Scheduled by date -----------------------------------------------------------------------------


def test_a_future_opening_turns_open_at_midnight_in_paris(admin_page):
    rhone = Department.objects.get(code="69")
    values = {"opened_on": "2027-02-01", "precision": "on", "confirmed_day": "2027-02-01"}
    change(admin_page, rhone, **values)
    visitor = Client()
    with time_machine.travel("2027-01-31T23:59:59+01:00"):
        html = visitor.get("/en/departments/69-rhone/").content.decode()
        assert 'Opens on <time datetime="2027-02-01">1\xa0February 2027' in html
    with time_machine.travel("2027-02-01T00:00:00+01:00"):
        html = visitor.get("/en/departments/69-rhone/").content.decode()
        assert 'Open since <time datetime="2027-02-01">1\xa0February 2027' in html


# --- Deleting --------------------------------------------------------------------------------------


def test_deleting_says_what_to_do_instead(admin_page):
    region = Region.objects.get(code="84")
    response = admin_page.post(
        f"/admin/rollout/region/{region.pk}/delete/", {"post": "yes"}, follow=True
    )
    assert "Nothing is deleted here" in response.content.decode()
    response = admin_page.get("/admin/rollout/entry/new-phone/delete/", follow=True)
    assert "make the texts drafts" in response.content.decode()


# --- What two reviews found ------------------------------------------------------------------------


def test_hiding_what_readers_saw_is_told_and_changing_a_draft_is_not(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    change(admin_page, entry, **{"texts-1-status": "draft"}, change_note="Less French.")
    assert Update.objects.count() == 1
    change(admin_page, entry, **{"texts-1-title": "Brouillon"}, change_note="Secret.")
    assert Update.objects.count() == 1
    change(admin_page, entry, **{"texts-0-status": "draft"}, change_note="Withdrawn.")
    assert Update.objects.count() == 2


def test_a_french_draft_is_seen_in_its_french_preview(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    change(admin_page, entry, **{"texts-1-status": "draft", "texts-1-title": "Brouillon secret"})
    html = preview(admin_page, entry, preview_language="fr").content.decode()
    assert "Brouillon secret" in html
    assert "Brouillon secret" not in Client().get("/fr/set-up/").content.decode()


def test_an_update_leaves_one_line_of_history(admin_page):
    change(admin_page, Department.objects.get(code="69"), precision="by", change_note="By.")
    line = Update.objects.get().history.get()
    assert [str(row.department_id) for row in line.departments.all()] == ["69"]


@pytest.mark.parametrize(
    "path",
    [
        "department/edit/?code=%00",
        "department/%00/change/",
        "department/69/history/%00/",
        "entry/?texts__status=%00",
    ],
)
def test_a_nul_byte_is_a_bad_request(admin_page, path):
    assert admin_page.get(f"/admin/rollout/{path}").status_code == 400


def test_a_preview_needs_no_note(admin_page):
    response = change(admin_page, Department.objects.get(code="69"), _preview="1", change_note="")
    assert "Preview: nothing of this is saved" in response.content.decode()


def test_times_are_those_of_paris(admin_page, editor):
    with time_machine.travel("2026-11-23T09:30:00+00:00"):
        people.sign_in(admin_page, editor)
        change(admin_page, Department.objects.get(code="69"), precision="by", change_note="By.")
        assert str(Update.objects.get()).startswith("23 November 2026, 10:30")
        response = change(
            admin_page, Department.objects.get(code="69"), precision="on", base_version="0"
        )
        assert "23 November 2026, 10:30" in errors(response)


def test_signing_out_of_the_admin_leads_to_sign_in(admin_page):
    assert admin_page.post("/admin/logout/")["Location"] == "/accounts/login/"
