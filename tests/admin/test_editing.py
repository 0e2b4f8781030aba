"""Editors change a fact in a minute, without fear: notes, conflicts, history, preview, bulk."""

import csv
import datetime
import io
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rollout.csv_cells import guarded, unguarded
from rollout.facts import history, writer
from rollout.models import (
    Department,
    Entry,
    EntryText,
    Region,
    Source,
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
    assert "2023-07-25 → 2023-07-30" in text
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


def bring_back(page, address, **values):
    """Open the page of a version, fill it in and send it."""
    return page.post(address, form_values(page.get(address).content.decode()) | values)


# --- History and undo ------------------------------------------------------------------------------


def test_a_version_is_brought_back_without_touching_its_siblings(admin_page, editor):
    rhone, isere = Department.objects.get(code="69"), Department.objects.get(code="38")
    change(admin_page, rhone, opened_on="2023-07-30", sources=["clubic-2024-05-31"])
    change(admin_page, isere, precision="on", not_before="")
    first = history.versions(rhone)[-1]
    address = f"/admin/rollout/department/69/history/{first.key}/"
    html = admin_page.get(address).content.decode()
    assert "2023-07-30" in html
    assert "2023-07-25" in html
    assert bring_back(admin_page, address, change_note="Clubic was wrong.").status_code == 302
    rhone.refresh_from_db()
    assert rhone.opened_on == day("2023-07-25")
    assert "rtl-2023-07-25" in {source.slug for source in rhone.sources.all()}
    assert Department.objects.get(code="38").precision == "on"
    line = rhone.history.first()
    assert (line.history_user, line.history_change_reason) == (editor, "Clubic was wrong.")
    assert Update.objects.latest("published_at").texts.get().note == "Clubic was wrong."


def test_a_text_is_brought_back_alone(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    old = entry.texts.get(language="en").title
    change(admin_page, entry, **{"texts-0-title": "Changed", "position": "77"})
    first = next(v for v in reversed(history.versions(entry)) if v.part == "English")
    address = f"/admin/rollout/entry/new-phone/history/{first.key}/"
    assert bring_back(admin_page, address, is_minor="on").status_code == 302
    entry.refresh_from_db()
    assert entry.texts.get(language="en").title == old
    assert entry.position == 77


def test_bringing_back_asks_for_a_note_too(admin_page):
    rhone = Department.objects.get(code="69")
    change(admin_page, rhone, precision="by")
    address = f"/admin/rollout/department/69/history/{history.versions(rhone)[-1].key}/"
    assert "Say what changed" in errors(bring_back(admin_page, address))
    assert Department.objects.get(code="69").precision == "by"


def test_what_is_refused_today_is_not_brought_back(admin_page):
    rhone = Department.objects.get(code="69")
    change(admin_page, rhone, precision="by")
    old = rhone.history.last()
    type(old).objects.filter(pk=old.pk).update(opened_on=day("2020-01-01"))
    address = f"/admin/rollout/department/69/history/department-{old.pk}/"
    assert "No department opened before the pilot" in errors(
        bring_back(admin_page, address, is_minor="on")
    )
    assert Department.objects.get(code="69").precision == "by"


def test_any_two_versions_are_compared(admin_page):
    rhone = Department.objects.get(code="69")
    change(admin_page, rhone, opened_on="2023-07-30")
    change(admin_page, rhone, opened_on="2023-07-29", precision="by")
    matches = history.versions(rhone)
    address = "/admin/rollout/department/69/history/"
    html = admin_page.get(f"{address}?old={matches[-1].key}&new={matches[0].key}").content.decode()
    compared = html.split("From 20")[1].split("<form")[0]
    assert "2023-07-25" in compared
    assert "2023-07-29" in compared
    assert "2023-07-30" not in compared
    for old, new in (("x", "y"), (matches[0].key, "department-0"), ("-1", "1")):
        assert admin_page.get(f"{address}?old={old}&new={new}").status_code == 200
    assert admin_page.get(f"{address}department-0/").status_code == 404
    assert admin_page.get("/admin/rollout/department/99/history/").status_code == 404


def test_the_audit_trail_cannot_be_edited_in_the_admin(admin_page):
    for name in ("historicaldepartment", "historicalentry", "logentry"):
        assert admin_page.get(f"/admin/rollout/{name}/").status_code == 404
    assert admin_page.get("/admin/admin/logentry/").status_code == 404


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


# --- Many at once ----------------------------------------------------------------------------------

OPENING = {
    "opened_on": "2027-02-01",
    "precision": "on",
    "wave": "expansion-2025-november",
    "certainty": "official",
    "sources": ["ameli-2025-11"],
    "change_note": "Twelve departments open on 1 February 2027.",
}
TWELVE = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]


def test_departments_are_chosen_in_the_list_or_by_region(admin_page):
    response = admin_page.post(
        "/admin/rollout/department/",
        {"action": "open_from_a_date", "_selected_action": ["69", "2A"]},
    )
    assert response.url == "/admin/rollout/department/open/?code=2A&code=69"
    html = admin_page.get(response.url).content.decode()
    assert len(re.findall(r'type="checkbox" name="departments"[^>]*checked', html)) == 2
    response = admin_page.post(
        "/admin/rollout/region/", {"action": "open_from_a_date", "_selected_action": ["53"]}
    )
    assert response.url == "/admin/rollout/department/open/?code=22&code=29&code=35&code=56"


def test_many_are_opened_after_a_plan_with_one_update(admin_page):
    address = "/admin/rollout/department/open/"
    plan = admin_page.post(address, OPENING | {"departments": TWELVE})
    html = plan.content.decode()
    assert "12 departments would change" in html
    assert "2024-05-31" in html
    assert Department.objects.filter(opened_on=day("2027-02-01")).count() == 0
    confirmed = form_values(html) | {"_confirm": "1"}
    assert admin_page.post(address, confirmed).status_code == 302
    assert Department.objects.filter(opened_on=day("2027-02-01")).count() == 12
    update = Update.objects.get()
    assert update.departments.count() == 12
    assert update.path == "rollout/expansion-2025-november/"
    for row in Department.objects.filter(code__in=TWELVE):
        assert row.history.first().history_change_reason == OPENING["change_note"]


def test_an_opening_that_is_impossible_for_one_saves_none(admin_page):
    Department.objects.filter(code="12").update(
        suspended_from=day("2026-01-01"), suspended_until=day("2026-02-01")
    )
    response = admin_page.post(
        "/admin/rollout/department/open/", OPENING | {"departments": TWELVE, "_confirm": "1"}
    )
    assert "can only be suspended once it is open" in errors(response)
    assert not Department.objects.filter(opened_on=day("2027-02-01")).exists()
    assert not Update.objects.exists()


def test_a_plan_that_someone_overtook_is_shown_again(admin_page, editor):
    address = "/admin/rollout/department/open/"
    plan = admin_page.post(address, OPENING | {"departments": TWELVE}).content.decode()
    ain = Department.objects.get(code="01")
    ain.precision, ain.not_before = "on", None
    writer.save_fact(ain, by=editor)
    response = admin_page.post(address, form_values(plan) | {"_confirm": "1"})
    assert "This is not the plan that you saw" in (response.content.decode())
    assert not Department.objects.filter(opened_on=day("2027-02-01")).exists()


@pytest.mark.parametrize(
    "values",
    [
        {"departments": []},
        {"departments": ["99"]},
        {"opened_on": "soon"},
        {"wave": "x"},
        {"sources": []},
        {"change_note": ""},
    ],
)
def test_a_wrong_opening_is_refused_in_words(admin_page, values):
    form_data = OPENING | {"departments": TWELVE, "_confirm": "1"} | values
    assert errors(admin_page.post("/admin/rollout/department/open/", form_data))
    assert not Update.objects.exists()


# --- CSV -------------------------------------------------------------------------------------------


def export(page):
    response = page.get("/admin/rollout/department/export/")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return response.content.decode()


def upload(page, text, **values):
    file = SimpleUploadedFile("rollout.csv", text if isinstance(text, bytes) else text.encode())
    form_data = {"file": file, "change_note": "Read in the press."} | values
    return page.post("/admin/rollout/department/import/", form_data)


def test_the_exported_file_imports_without_any_change(admin_page):
    text = export(admin_page)
    assert len(list(csv.reader(io.StringIO(text)))) == 102
    html = upload(admin_page, text).content.decode()
    assert "0 departments would change" in html
    assert "101 are so already" in html
    assert upload(admin_page, text, _confirm="1").status_code in (200, 302)
    assert not Update.objects.exists()


def test_a_changed_file_shows_its_plan_then_is_saved_whole(admin_page, editor):
    text = export(admin_page).replace(
        "69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-07-30"
    )
    html = upload(admin_page, text).content.decode()
    assert "1 department would change" in html
    assert "2023-07-30" in html
    assert Department.objects.get(code="69").opened_on == day("2023-07-25")
    confirmed = form_values(html) | {"_confirm": "1"}
    response = admin_page.post("/admin/rollout/department/import/", confirmed)
    assert response.status_code == 302
    assert Department.objects.get(code="69").opened_on == day("2023-07-30")
    assert Update.objects.get().texts.get().note == "Read in the press."


def test_a_french_spreadsheet_with_semicolons_is_read_too(admin_page):
    rows = list(csv.reader(io.StringIO(export(admin_page))))
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    html = upload(admin_page, "\ufeff" + text.getvalue()).content.decode()
    assert "0 departments would change" in html


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("2023-07-25", "25/07/2023", 'rollout.csv, line 7, opened_on: "25/07/2023" is not a date'),
        ("69,Rhône", "99,Rhône", 'rollout.csv, line 71, code: there is no department "99"'),
        ("69,Rhône", "69,Lyon", "rollout.csv, line 71, name: 69 is Rhône, not Lyon"),
        ("code,name", "Code,name", "rollout.csv, line 1: the columns are Code, name"),
        ("several-press", "surely", "not a valid choice"),
        ("rtl-2023-07-25", "", "needs a source"),
    ],
)
def test_a_file_with_an_error_is_refused_whole_with_line_and_column(
    admin_page, old, new, complaint
):
    text = export(admin_page)
    if not new:
        text = re.sub(r"(?m)^(69,.*?several-press,)[^,]*", r"\1", text)
    response = upload(admin_page, text.replace(old, new) if new else text, _confirm="1")
    assert complaint in errors(response).replace("&quot;", '"')
    assert not Update.objects.exists()


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"", b"\x00" * 50, b"code;name\n", b"x" * 300_000]
)
def test_what_is_no_csv_is_refused_in_words(admin_page, content):
    assert errors(upload(admin_page, content))


def test_no_cell_of_the_export_is_taken_for_a_formula(admin_page):
    source = Source(slug="x", publisher="x", language="fr")
    source.save()
    Department.objects.filter(code="01").update(name='=HYPERLINK("http://evil.example")')
    text = export(admin_page)
    assert "'=HYPERLINK" in text
    html = upload(admin_page, text).content.decode()
    assert "0 departments would change" in html


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


@pytest.mark.parametrize(
    ("slug", "values", "sentence"),
    [
        ("install-the-app", {"route": ""}, "A step belongs to a route"),
        ("show-the-qr-code", {"french_words": ""}, "A phrase needs its French words"),
        ("mutuelle-promise", {"day": "", "day_precision": ""}, "A milestone needs its day."),
    ],
)
def test_a_rule_on_a_locked_field_is_told_in_the_form(admin_page, slug, values, sentence):
    assert sentence in errors(change(admin_page, Entry.objects.get(slug=slug), **values))


def test_a_typo_and_a_correction_of_the_translation_in_one_go(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    values = {"texts-0-title": "A new phone", "texts-0-is_typo": "on", "texts-1-title": "Neuf"}
    assert change(admin_page, entry, **values).status_code == 302
    texts = {text.language: text for text in entry.texts.all()}
    assert texts["fr"].translates == texts["en"].fingerprint


def test_only_the_plan_that_was_seen_is_saved(admin_page):
    address = "/admin/rollout/department/open/"
    plan = admin_page.post(address, OPENING | {"departments": TWELVE}).content.decode()
    other = form_values(plan) | {"opened_on": "2027-12-01", "_confirm": "1"}
    assert "This is not the plan that you saw" in admin_page.post(address, other).content.decode()
    text = export(admin_page)
    first = text.replace("69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-07-30")
    base_version = form_values(upload(admin_page, first).content.decode())["base_version"]
    second = text.replace("69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-07-31")
    response = upload(admin_page, second, base_version=base_version, _confirm="1")
    assert "This is not the plan that you saw" in response.content.decode()
    assert Department.objects.get(code="69").opened_on == day("2023-07-25")


def test_a_department_without_a_source_is_exported_and_imported(admin_page):
    rhone = Department.objects.get(code="69")
    assert change(admin_page, rhone, sources=[], certainty="not-found").status_code == 302
    text = export(admin_page)
    assert "None" not in text
    assert "0 departments would change" in upload(admin_page, text).content.decode()


def test_a_version_page_that_someone_overtook_is_refused(admin_page, editor):
    rhone = Department.objects.get(code="69")
    change(admin_page, rhone, opened_on="2023-07-30")
    address = f"/admin/rollout/department/69/history/{history.versions(rhone)[-1].key}/"
    mine = form_values(admin_page.get(address).content.decode()) | {"is_minor": "on"}
    rhone.refresh_from_db()
    rhone.suspended_from = day("2026-12-01")
    writer.save_fact(rhone, by=editor)
    assert "Someone changed this since you opened the page." in errors(
        admin_page.post(address, mine)
    )
    assert Department.objects.get(code="69").suspended_from == day("2026-12-01")


def test_bringing_back_what_is_so_already_changes_nothing(admin_page):
    rhone = Department.objects.get(code="69")
    address = f"/admin/rollout/department/69/history/{history.versions(rhone)[0].key}/"
    latest = next(v for v in history.versions(rhone) if not v.part)
    address = f"/admin/rollout/department/69/history/{latest.key}/"
    form_data = form_values(admin_page.get(address).content.decode()) | {"change_note": "Again."}
    form_data["base_version"] = history.version_token(rhone)
    assert "nothing to bring back" in errors(admin_page.post(address, form_data))
    assert not Update.objects.exists()


def test_what_the_check_rests_on_is_not_hidden_by_bringing_back_a_draft(admin_page):
    text = EntryText.objects.get(entry="children", language="en")
    old = text.history.first()
    type(old).objects.filter(pk=old.pk).update(status="draft")
    text.title = "Children, once more"
    writer.save_fact(text)
    address = f"/admin/rollout/entry/children/history/entrytext-{old.pk}/"
    form_data = {
        "base_version": history.version_token(Entry.objects.get(slug="children")),
        "is_minor": "on",
    }
    assert "must stay published" in errors(admin_page.post(address, form_data))


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


def test_texts_of_two_languages_are_not_compared(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    keys = {version.part: version.key for version in history.versions(entry)}
    address = (
        f"/admin/rollout/entry/new-phone/history/?old={keys['English']}&new={keys['Français']}"
    )
    assert "These two cannot be compared" in admin_page.get(address).content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "department/open/?code=%00",
        "department/%00/change/",
        "department/69/history/%00/",
        "entry/?texts__status=%00",
    ],
)
def test_a_nul_byte_is_a_bad_request(admin_page, path):
    assert admin_page.get(f"/admin/rollout/{path}").status_code == 400


@pytest.mark.parametrize("cell", ["=1+1", "'=1+1", "''-x", "-5", "'-5", "'quoted", "@x", "plain"])
def test_guarding_a_cell_can_be_undone(cell):
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "@"))


def test_the_import_page_complains_of_nothing_before_anything_was_sent(admin_page):
    html = admin_page.get("/admin/rollout/department/import/").content.decode()
    assert "errornote" not in html


def test_a_preview_needs_no_note(admin_page):
    response = change(admin_page, Department.objects.get(code="69"), _preview="1", change_note="")
    assert "Preview: nothing of this is saved" in response.content.decode()


def test_times_are_those_of_paris(admin_page, editor):
    with time_machine.travel("2026-11-23T09:30:00+00:00"):
        people.sign_in(admin_page, editor)
        change(admin_page, Department.objects.get(code="69"), precision="by", change_note="By.")
        assert str(Update.objects.get()).startswith("2026-11-23 10:30")
        response = change(
            admin_page, Department.objects.get(code="69"), precision="on", base_version="0"
        )
        assert "2026-11-23 10:30" in errors(response)


def test_whoever_leaves_a_translation_behind_is_told(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    change(admin_page, entry, **{"texts-0-body": "Quite another sense."})
    form_data = {"texts-1-title": "Autre chose"}
    address = reverse("admin:rollout_entry_change", args=[entry.pk])
    change(admin_page, entry, **form_data)
    assert "still marked as left behind" in admin_page.get("/admin/").content.decode()
    values = form_values(admin_page.get(address).content.decode()) | {"texts-1-is_current": "on"}
    admin_page.post(address, values | {"is_minor": "on", "texts-1-title": "Encore"})
    assert "still marked as left behind" not in admin_page.get("/admin/").content.decode()


def test_signing_out_of_the_admin_leads_to_sign_in(admin_page):
    assert admin_page.post("/admin/logout/")["Location"] == "/accounts/login/"
