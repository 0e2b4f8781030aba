"""Many departments at once: found, changed after a plan, previewed, undone in one act."""

import datetime
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from rollout.facts import history, writer
from rollout.models import (
    BulkEdit,
    Department,
    DepartmentText,
    Source,
    Update,
    UpdateText,
)
from tests.support import people
from tests.support.admin_forms import change, form_values

pytestmark = pytest.mark.django_db
day = datetime.date.fromisoformat
ADDRESS = "/admin/rollout/department/edit/"
EDITS = "/admin/rollout/department/edits/"
LIST = "/admin/rollout/department/"
OPENING = {
    "opened_on": "2027-02-01",
    "precision": "on",
    "wave": "expansion-2025-november",
    "certainty": "official",
    "sources": ["ameli-2025-11"],
    "change_note": "Twelve departments open on 1 February 2027.",
}
TWELVE = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]
NEW_SOURCE = {
    "new_url": "https://www.ameli.fr/assure/actualites/douze-departements",
    "new_published_on": "2026-11-28",
    "new_published_precision": "day",
    "new_language": "fr",
    "new_description_en": "Announcement of twelve openings.",
    "new_description_fr": "Annonce de douze ouvertures.",
}


def errors(response):
    """Return what the form complains about."""
    assert response.status_code == 200
    matches = re.findall(r'class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", " ", " ".join(matches)).replace("&quot;", '"')


def plan_of(page, codes=("01", "02"), **values):
    """Send the form and return the plan as HTML."""
    sent = {"departments": list(codes), "is_minor": "on"} | values
    response = page.post(ADDRESS, sent)
    html = response.content.decode()
    assert "would change" in html, errors(response)
    return html


def save(page, codes=("01", "02"), **values):
    """Send the form, confirm its plan, and return the recorded edit."""
    response = page.post(ADDRESS, form_values(plan_of(page, codes, **values)) | {"_confirm": "1"})
    assert response.status_code == 302, errors(response)
    return BulkEdit.objects.first()


def undo(page, edit):
    """Open the page of an edit and undo it."""
    address = f"{EDITS}{edit.pk}/"
    return page.post(address, form_values(page.get(address).content.decode()), follow=True)


def department(code):
    return Department.objects.get(code=code)


def texts(code):
    return {text.language: text.note for text in DepartmentText.objects.filter(department=code)}


# --- Departments are found and ticked ------------------------------------------------------------


def listed(page, query):
    """Return the codes of the departments in the list."""
    html = page.get(LIST + query).content.decode()
    return re.findall(r'name="_selected_action" value="([^"]+)"', html)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("?q=75, 77, 78", ["75", "77", "78"]),
        ("?q=75 77 78", ["75", "77", "78"]),
        ("?q=1;2a,971", ["01", "2A", "971"]),
        ("?q=75, Corse", ["2A", "2B", "75"]),
        ("?q=69", ["69"]),
        ("?q=Haute-Savoie, 75, 75", ["74", "75"]),
        ("?region__code__exact=53", ["22", "29", "35", "56"]),
        ("?q=99", []),
    ],
)
def test_departments_are_found_by_numbers_names_and_region(admin_page, query, codes):
    assert sorted(listed(admin_page, query)) == codes


def test_a_number_that_no_department_has_is_named(admin_page):
    html = admin_page.get(f"{LIST}?q=75, 99, 98").content.decode()
    assert "Nothing was found for “99”." in html
    assert "Nothing was found for “98”." in html
    assert "“75”" not in html


def test_departments_are_found_by_wave_in_words(admin_page):
    html = admin_page.get(f"{LIST}?wave__slug__exact=pilot-2023").content.decode()
    assert len(re.findall('name="_selected_action"', html)) == 8
    assert "2025 expansion: all of France</a>" in html


@pytest.mark.parametrize(
    ("check", "today", "count"),
    [
        ("overdue", "2026-11-29", 0),
        ("overdue", "2027-03-01", 101),
        ("30", "2026-11-29", 0),
        ("30", "2027-02-01", 101),
        ("7", "2027-02-01", 0),
        ("90", "2026-12-01", 101),
        ("90", "2027-03-01", 0),
    ],
)
def test_departments_are_found_by_the_day_of_their_next_check(
    admin_page, editor, check, today, count
):
    Department.objects.update(last_checked=day("2026-11-23"), check_again_by=day("2027-02-21"))
    with time_machine.travel(f"{today}T12:00:00+01:00", tick=False):
        people.sign_in(admin_page, editor)
        html = admin_page.get(f"{LIST}?check={check}").content.decode()
    assert len(re.findall('name="_selected_action"', html)) == min(count, 100)


def test_departments_are_chosen_in_the_list_or_by_region(admin_page):
    ticked = {"action": "open_from_a_date", "_selected_action": ["69", "2A"]}
    response = admin_page.post(LIST, ticked)
    assert response.url == f"{ADDRESS}?change=opening&code=2A&code=69"
    html = admin_page.get(response.url).content.decode()
    assert len(re.findall(r'type="checkbox" name="departments"[^>]*checked', html)) == 2
    response = admin_page.post(
        "/admin/rollout/region/", {"action": "suspend", "_selected_action": ["53"]}
    )
    assert response.url == f"{ADDRESS}?change=suspension&code=22&code=29&code=35&code=56"


def test_all_rows_of_the_list_can_be_selected(admin_page):
    ticked = {"action": "mark_as_checked", "_selected_action": ["01"], "select_across": "1"}
    response = admin_page.post(LIST, ticked)
    assert response.url.count("code=") == 101
    assert admin_page.get(response.url).status_code == 200


def test_each_action_opens_its_part_of_the_form(admin_page):
    for section, field in (
        ("opening", "opened_on"),
        ("suspension", "suspended_from"),
        ("evidence", "certainty"),
        ("note", "note_en"),
    ):
        html = admin_page.get(f"{ADDRESS}?change={section}&code=69").content.decode()
        part = next(one for one in html.split("<fieldset") if f'name="{field}"' in one)
        assert "<details>" not in part, section
        assert "autofocus" in re.findall(rf'<[a-z]+ [^>]*name="{field}"[^>]*>', part)[0]


# --- Bad input -----------------------------------------------------------------------------------


def test_more_rows_than_a_request_may_carry_are_refused_in_a_sentence(admin_page):
    ticked = {"action": "suspend", "_selected_action": [str(n) for n in range(10_000)]}
    for address, sent in (
        (LIST, ticked),
        (ADDRESS, OPENING | {"departments": ticked["_selected_action"]}),
    ):
        response = admin_page.post(address, sent)
        assert response.status_code == 400
        assert "More was selected than one request may carry" in response.content.decode()
    assert not BulkEdit.objects.exists()


def test_ticked_rows_that_are_not_there_are_counted(admin_page):
    ticked = {"action": "suspend", "_selected_action": ["69", "98", "99"]}
    html = admin_page.post(LIST, ticked, follow=True).content.decode()
    assert "2 of the ticked rows do not exist." in html
    gone = {"action": "suspend", "_selected_action": ["98"]}
    html = admin_page.post(LIST, gone, follow=True).content.decode()
    assert "1 of the ticked rows does not exist." in html
    assert 'id="changelist"' in html


def test_codes_that_no_department_has_are_named(admin_page):
    codes = "&".join(f"code={code}" for code in ["69", "99", "x", *range(200, 900)])
    html = admin_page.get(f"{ADDRESS}?change=opening&{codes}").content.decode()
    assert "No department has this number: 200, 201" in html
    assert "…" in html
    assert len(re.findall(r'type="checkbox" name="departments"', html)) == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"departments": []}, "This field is required."),
        ({"departments": ["99"]}, "99 is not one of the available choices"),
        ({"departments": ["x"] * 500}, "x is not one of the available choices"),
        ({"opened_on": "soon"}, "Enter a valid date"),
        ({"opened_on": "2020-01-01"}, "01 Ain: No department opened before the pilot"),
        ({"precision": ""}, "Say how exactly that day is known."),
        ({"opened_on": "", "not_before": "2026-01-01"}, "It goes with an opening day"),
        ({"wave": "x"}, "Select a valid choice"),
        ({"change_note": ""}, "Say what changed"),
        ({"suspended_from": "2027-03-01", "suspended_until": "2027-03-01"}, "on a later day"),
        ({"suspended_from": "2027-03-01", "no_suspension": "on"}, "Either a suspension has days"),
        ({"sources": ["not-a-source"]}, "not-a-source is not one of the available choices"),
        ({"new_published_on": "2026-11-28"}, "A new source needs its address, or a publisher."),
        ({"new_url": "ameli"}, "Enter a valid URL."),
        ({"new_url": "https://a.example/"}, "Say in a line what the source is"),
        ({"new_description_fr": "Un article."}, "A new source needs its address"),
        ({"note_fr": "Une note."}, "There must be a note in English too"),
    ],
)
def test_what_is_half_filled_in_or_wrong_is_refused_in_words(admin_page, values, sentence):
    response = admin_page.post(ADDRESS, OPENING | {"departments": TWELVE, "_confirm": "1"} | values)
    assert sentence in errors(response)
    assert 'value="2027-02-01"' in response.content.decode() or "opened_on" in values
    assert not BulkEdit.objects.exists()
    assert not Update.objects.exists()
    assert not Source.objects.filter(url__startswith="https://a.example").exists()


def test_a_form_that_changes_nothing_says_so(admin_page):
    response = admin_page.post(ADDRESS, {"departments": ["69"], "is_minor": "on"})
    assert "Nothing is filled in that would change" in errors(response)


def test_the_address_of_a_source_that_is_there_is_refused_with_its_name(admin_page):
    url = Source.objects.get(slug="rtl-2023-07-25").url
    values = OPENING | NEW_SOURCE | {"departments": TWELVE, "new_url": url}
    response = admin_page.post(ADDRESS, values)
    assert "This source is in the list already, choose it there: rtl.fr, 25\xa0July 2023" in errors(
        response
    )


def test_end_of_a_suspension_where_there_is_none_is_refused_by_name(admin_page):
    values = {"departments": ["01", "69"], "suspended_until": "2026-12-24", "is_minor": "on"}
    text = errors(admin_page.post(ADDRESS, values))
    assert "01 Ain: A suspension has a first day" in text
    assert "69 Rhône: A suspension has a first day" in text


def test_a_certainty_that_needs_a_source_is_refused_without_one(admin_page):
    change(admin_page, department("69"), sources=[], certainty="not-found")
    values = {"departments": ["69"], "certainty": "official", "is_minor": "on"}
    assert "69 Rhône, sources: A public statement needs a source" in errors(
        admin_page.post(ADDRESS, values)
    )
    assert department("69").certainty == "not-found"


def test_a_translator_may_not_change_departments_but_may_look_at_edits(admin_page, client):
    edit = save(admin_page, certainty="one-press")
    translator = people.sign_in(Client(), people.person("them", "Translator: fr"))
    assert translator.get(ADDRESS).status_code == 403
    assert translator.get(f"{EDITS}{edit.pk}/").status_code == 200
    assert "Undo all" not in translator.get(f"{EDITS}{edit.pk}/").content.decode()
    assert translator.post(f"{EDITS}{edit.pk}/").status_code == 403
    assert 'value="suspend"' not in translator.get(LIST).content.decode()
    stranger = people.sign_in(Client(), people.person("a-stranger"))
    for address in (EDITS, f"{EDITS}{edit.pk}/", ADDRESS):
        assert stranger.get(address).status_code == 403
    assert admin_page.get(f"{EDITS}0/").status_code == 404


# --- What is changed -----------------------------------------------------------------------------


def test_many_are_opened_after_a_plan_with_one_update(admin_page):
    html = plan_of(admin_page, TWELVE, **OPENING, is_minor="")
    assert "12 departments would change" in html
    assert Department.objects.filter(opened_on=day("2027-02-01")).count() == 0
    assert admin_page.post(ADDRESS, form_values(html) | {"_confirm": "1"}).status_code == 302
    assert Department.objects.filter(opened_on=day("2027-02-01")).count() == 12
    update = Update.objects.get()
    assert update.departments.count() == 12
    assert update.path == "rollout/expansion-2025-november/"
    for row in Department.objects.filter(code__in=TWELVE):
        line = row.history.first()
        assert line.history_change_reason == OPENING["change_note"]
        assert line.history_type == "~"
        assert "ameli-2025-11" in {link.source_id for link in line.sources.all()}
        assert row.changed_at > row.history.first().history_date - datetime.timedelta(minutes=1)


def test_only_what_was_filled_in_changes(admin_page):
    before = department("69")
    save(admin_page, ["69"], certainty="one-press")
    after = department("69")
    assert after.certainty == "one-press"
    for name in ("opened_on", "precision", "wave_id", "not_before", "last_checked"):
        assert getattr(after, name) == getattr(before, name), name
    assert {*after.sources.all()} == {*before.sources.all()}


def test_sources_are_added_or_take_the_place_of_those_of_before(admin_page):
    before = {source.pk for source in department("69").sources.all()}
    save(admin_page, ["69"], sources=["ameli-2025-11"])
    assert {s.pk for s in department("69").sources.all()} == before | {"ameli-2025-11"}
    save(admin_page, ["69"], sources=["clubic-2024-05-31"], replaces_sources="yes")
    assert {s.pk for s in department("69").sources.all()} == {"clubic-2024-05-31"}


def test_a_suspension_is_made_ended_and_taken_back(admin_page):
    save(admin_page, suspended_from="2026-12-01")
    assert (department("01").suspended_from, department("01").suspended_until) == (
        day("2026-12-01"),
        None,
    )
    save(admin_page, suspended_until="2026-12-24")
    assert department("02").suspended_until == day("2026-12-24")
    save(admin_page, no_suspension="on")
    assert department("01").suspended_from is None
    assert department("01").suspended_until is None
    titles = [str(edit) for edit in BulkEdit.objects.all()]
    assert titles == ["suspension taken back", "end of a suspension", "suspension"]
    with translation.override("fr"):
        assert str(BulkEdit.objects.first()) == "suspension retirée"


def test_notes_are_written_in_each_language_and_take_the_place_of_those_of_before(
    admin_page, client
):
    save(admin_page, note_en="Bring your card.", note_fr="Apportez votre carte.")
    assert (
        texts("01")
        == texts("02")
        == {
            "en": "Bring your card.",
            "fr": "Apportez votre carte.",
        }
    )
    assert "Apportez votre carte." in client.get("/fr/departments/01-ain/").content.decode()
    html = plan_of(admin_page, note_en="Bring your ID card.")
    assert "Bring your <ins>ID </ins>card." in html
    assert department("01").history.count() == 1


def test_departments_are_marked_as_checked(admin_page, editor):
    with time_machine.travel("2026-12-15T12:00:00+01:00", tick=False):
        people.sign_in(admin_page, editor)
        html = admin_page.get(f"{ADDRESS}?change=check&code=01&code=02").content.decode()
        plan = admin_page.post(ADDRESS, form_values(html)).content.decode()
        admin_page.post(ADDRESS, form_values(plan) | {"_confirm": "1"})
    assert department("02").last_checked == day("2026-12-15")
    assert department("02").check_again_by > day("2026-12-15")
    assert not Update.objects.exists()
    assert str(BulkEdit.objects.get()) == "checked"


def test_a_new_source_is_saved_with_the_rest_or_not_at_all(admin_page, client):
    html = plan_of(admin_page, TWELVE, **OPENING | NEW_SOURCE)
    assert "A new source" in html
    assert "Annonce de douze ouvertures." in html
    assert not Source.objects.filter(pk="ameli-2026-11-28").exists()
    assert admin_page.post(ADDRESS, form_values(html) | {"_confirm": "1"}).status_code == 302
    source = Source.objects.get(pk="ameli-2026-11-28")
    assert (source.publisher, source.published_precision) == ("ameli.fr", "day")
    assert {text.language for text in source.texts.all()} == {"en", "fr"}
    assert source.history.count() == 1
    assert source.department_set.count() == 12
    before = Department.objects.get(code="12").sources.count()
    assert before > 1, "the sources of before stay"
    page = client.get("/fr/departments/01-ain/").content.decode()
    assert NEW_SOURCE["new_url"] in page


def test_a_second_source_of_the_same_day_has_another_short_name(admin_page):
    for number in (1, 2, 3):
        url = f"https://www.ameli.fr/{number}"
        save(admin_page, **NEW_SOURCE | {"new_url": url})
    slugs = Source.objects.filter(pk__startswith="ameli-2026-11-28").values_list("pk", flat=True)
    assert sorted(slugs) == ["ameli-2026-11-28", "ameli-2026-11-28-2", "ameli-2026-11-28-3"]


@pytest.mark.parametrize(
    ("publisher", "slug"),
    [
        ("Le Monde", "le-monde-undated"),
        ("Préfecture de l’Ain", "prefecture-de-lain-undated"),
        ("日本", "source-undated"),
        ("x" * 100, f"{'x' * 44}-undated"),
    ],
)
def test_the_site_makes_the_short_name_of_a_source(admin_page, publisher, slug):
    save(admin_page, new_publisher=publisher, new_description_en="What it says.")
    assert Source.objects.filter(pk=slug, url="").exists()


def test_readers_are_told_in_each_language(admin_page):
    note = {"change_note": "Two more.", "change_note_fr": "Deux de plus.", "is_minor": ""}
    save(admin_page, certainty="one-press", **note)
    assert {text.language: text.note for text in UpdateText.objects.all()} == {
        "en": "Two more.",
        "fr": "Deux de plus.",
    }
    assert "Deux de plus." in Client().get("/fr/updates/").content.decode()
    assert Update.objects.get().path == "departments/"


def test_an_edit_of_one_department_leads_to_its_page(admin_page):
    save(admin_page, ["69"], certainty="one-press", change_note="One.", is_minor="")
    assert Update.objects.get().path == "departments/69-rhone/"


def test_what_is_so_already_is_counted_and_saved_as_nothing(admin_page):
    save(admin_page, ["01"], certainty="one-press")
    html = plan_of(admin_page, ["01", "02"], certainty="one-press")
    assert "1 department would change" in html
    assert "1 is so already." in html
    save(admin_page, ["02"], certainty="one-press")
    html = plan_of(admin_page, ["01", "02"], certainty="one-press")
    assert "0 departments would change" in html
    assert "Save all" not in html
    response = admin_page.post(ADDRESS, form_values(html) | {"_confirm": "1"}, follow=True)
    assert "Nothing was changed" in response.content.decode()
    assert BulkEdit.objects.count() == 2


# --- The plan ------------------------------------------------------------------------------------


def test_an_opening_that_is_impossible_for_one_saves_none(admin_page):
    Department.objects.filter(code="12").update(
        suspended_from=day("2026-01-01"), suspended_until=day("2026-02-01")
    )
    response = admin_page.post(ADDRESS, OPENING | {"departments": TWELVE, "_confirm": "1"})
    assert "12 Aveyron: A department can only be suspended once it is open" in errors(response)
    assert not Department.objects.filter(opened_on=day("2027-02-01")).exists()
    assert not Update.objects.exists()


def test_a_plan_that_someone_overtook_is_shown_again(admin_page, editor):
    plan = plan_of(admin_page, TWELVE, **OPENING)
    ain = department("01")
    ain.precision, ain.not_before = "on", None
    writer.save_fact(ain, by=editor)
    response = admin_page.post(ADDRESS, form_values(plan) | {"_confirm": "1"})
    assert "This is not the plan that you saw" in response.content.decode()
    assert not Department.objects.filter(opened_on=day("2027-02-01")).exists()


def test_a_note_that_someone_wrote_meanwhile_is_not_overwritten(admin_page, editor):
    plan = plan_of(admin_page, note_en="Mine.")
    theirs = DepartmentText(department_id="01", language="en", note="Theirs.")
    writer.save_fact(theirs, by=editor)
    response = admin_page.post(ADDRESS, form_values(plan) | {"_confirm": "1"})
    html = response.content.decode()
    assert "This is not the plan that you saw" in html
    assert "Theirs." in html
    assert texts("01") == {"en": "Theirs."}


def test_only_the_plan_that_was_seen_is_saved(admin_page):
    plan = plan_of(admin_page, TWELVE, **OPENING)
    other = form_values(plan) | {"opened_on": "2027-12-01", "_confirm": "1"}
    assert "This is not the plan that you saw" in admin_page.post(ADDRESS, other).content.decode()
    assert admin_page.post(ADDRESS, form_values(plan) | {"_confirm": "1"}).status_code == 302
    html = admin_page.post(ADDRESS, form_values(plan) | {"_confirm": "1"}).content.decode()
    assert "This is not the plan that you saw" in html, "sent twice, saved once"
    assert BulkEdit.objects.count() == 1


def test_whoever_is_open_today_and_would_not_be_is_named(admin_page):
    html = plan_of(admin_page, TWELVE, **OPENING)
    assert "12 departments are open today, and would not be any more" in html
    assert "01 Ain: Open since 31\xa0May 2024 at the latest → Opens on 1\xa0February 2027" in html
    html = plan_of(admin_page, ["01"], suspended_from="2026-12-24")
    assert "1 department is open today, and would not be any more" in html
    assert "suspended from 24\xa0December 2026" in html
    assert "open today" not in plan_of(admin_page, ["01"], certainty="one-press")


@pytest.mark.parametrize(
    ("values", "sentence", "language"),
    [
        ({"preview_of": "01"}, "Opens on 1\xa0February 2027", "en"),
        ({"preview_of": "01", "preview_on": "2027-02-02"}, "Open from 1\xa0February 2027", "en"),
        ({"preview_of": "01", "preview_language": "fr"}, "Ouvre le 1er\xa0février 2027", "fr"),
        ({"preview_of": "departments"}, "Opens on <time", "en"),
        ({"preview_of": "updates", "preview_language": "fr"}, "Douze départements", "fr"),
        ({"preview_of": "rollout"}, "1\xa0February 2027", "en"),
        ({"preview_of": "home"}, "89", "en"),
        ({"preview_of": "../../etc"}, "Opens on <time", "en"),
    ],
)
def test_public_pages_are_previewed_on_any_day_in_each_language(
    admin_page, values, sentence, language
):
    sent = OPENING | NEW_SOURCE | {"departments": TWELVE, "change_note_fr": "Douze départements."}
    html = admin_page.post(ADDRESS, sent | {"_preview": "1"} | values).content.decode()
    expected = {"en": "Preview: nothing of this is saved", "fr": "Aperçu"}
    assert f'<html lang="{language}"' in html
    assert sentence in html
    assert expected["en"] in html or expected["fr"] in html
    assert not BulkEdit.objects.exists()
    assert not Source.objects.filter(pk="ameli-2026-11-28").exists()
    assert department("01").opened_on == day("2024-05-31")


def test_a_preview_needs_no_note_and_shows_what_is_refused(admin_page):
    sent = OPENING | {"departments": TWELVE, "change_note": "", "_preview": "1"}
    html = admin_page.post(ADDRESS, sent).content.decode()
    assert "Preview: nothing of this is saved" in html
    sent |= {"opened_on": "2020-01-01"}
    assert "No department opened before" in errors(admin_page.post(ADDRESS, sent))


def test_the_number_of_queries_does_not_grow_with_the_departments(
    admin_page, django_assert_max_num_queries
):
    values = OPENING | NEW_SOURCE | {"note_en": "A note.", "note_fr": "Une note."}
    everywhere = [row.code for row in Department.objects.all()]
    with django_assert_max_num_queries(130):
        html = plan_of(admin_page, everywhere, **values)
    with django_assert_max_num_queries(150):
        admin_page.post(ADDRESS, form_values(html) | {"_confirm": "1"})
    edit = BulkEdit.objects.get()
    assert (edit.departments.count(), edit.texts.count()) == (101, 202)
    with django_assert_max_num_queries(50):
        assert admin_page.get(EDITS).status_code == 200
    with django_assert_max_num_queries(50 + 2 * 101):
        assert admin_page.get(f"{EDITS}{edit.pk}/").status_code == 200


# --- Undo ----------------------------------------------------------------------------------------


def everything():
    """Return all that is said of the departments, and what readers are told."""
    return (
        [
            {k: v for k, v in row.items() if k != "changed_at"}
            for row in Department.objects.order_by("code").values()
        ],
        {row.code: {s.pk for s in row.sources.all()} for row in Department.objects.all()},
        {*DepartmentText.objects.values_list("department", "language", "note")},
        {*Update.objects.filter(is_active=True).values_list("pk", flat=True)},
    )


def test_all_of_an_edit_is_undone_in_one_act(admin_page, editor, client):
    save(admin_page, ["01"], note_en="It was so.")
    before = everything()
    edit = save(
        admin_page,
        TWELVE,
        **OPENING | NEW_SOURCE | {"note_en": "A note.", "note_fr": "Une note.", "is_minor": ""},
    )
    assert everything() != before
    assert "Twelve departments" in client.get("/en/updates/").content.decode()
    html = admin_page.get(f"{EDITS}{edit.pk}/").content.decode()
    assert "02 Aisne, note (English)" in html
    assert "It was so." in html
    response = undo(admin_page, edit)
    assert "The edit was undone." in response.content.decode()
    assert everything() == before
    assert "Twelve departments" not in client.get("/en/updates/").content.decode()
    assert "A note." not in client.get("/en/departments/02-aisne/").content.decode()
    edit.refresh_from_db()
    assert edit.undone_at is not None
    line = department("01").history.first()
    assert line.history_user == editor
    assert line.history_change_reason == f"Undone: {edit}"
    removed = DepartmentText.history.filter(department_id="02").first()
    assert (removed.history_type, removed.history_user) == ("-", editor)
    assert removed.history_change_reason == f"Undone: {edit}"


def test_an_edit_is_not_undone_twice(admin_page):
    edit = save(admin_page, certainty="one-press")
    address = f"{EDITS}{edit.pk}/"
    sent = form_values(admin_page.get(address).content.decode())
    assert admin_page.post(address, sent).status_code == 302
    lines = Department.history.count()
    html = admin_page.post(address, sent).content.decode()
    assert "This edit was undone already." in html
    assert "Undo all" not in html
    assert Department.history.count() == lines


def test_rows_that_someone_changed_since_are_named_and_stay(admin_page):
    edit = save(admin_page, ["01", "02", "70"], certainty="one-press", note_en="A note.")
    other = people.sign_in(Client(), people.person("another-editor", "Editor"))
    change(other, department("70"), precision="by")
    html = admin_page.get(f"{EDITS}{edit.pk}/").content.decode()
    left = html.split("What stays as it is")[1]
    assert "70 Haute-Saône" in left
    assert "changed by another-editor" in left
    assert "01 Ain" not in left
    undo(admin_page, edit)
    assert department("70").certainty == "one-press"
    assert department("70").precision == "by"
    assert department("01").certainty != "one-press"
    assert texts("70") == {}, "the note of 70 was not changed since"


def test_a_row_that_changes_while_the_page_is_open_is_shown_again(admin_page, editor):
    edit = save(admin_page, certainty="one-press")
    address = f"{EDITS}{edit.pk}/"
    sent = form_values(admin_page.get(address).content.decode())
    ain = department("01")
    ain.certainty = "official"
    writer.save_fact(ain, by=editor)
    html = admin_page.post(address, sent).content.decode()
    assert "Someone changed one of these since you opened the page." in html
    assert department("02").certainty == "one-press"
    assert admin_page.post(address, form_values(html)).status_code == 302
    assert department("01").certainty == "official"
    assert department("02").certainty != "one-press"


def test_an_edit_of_which_all_was_changed_since_is_refused_in_words(admin_page, editor):
    edit = save(admin_page, ["01"], certainty="one-press", change_note="x", is_minor="")
    ain = department("01")
    ain.certainty = "official"
    writer.save_fact(ain, by=editor)
    html = undo(admin_page, edit).content.decode()
    assert "Nothing of this edit is left to undo." in html
    assert Update.objects.get().is_active
    edit.refresh_from_db()
    assert edit.undone_at is None


def test_what_is_refused_today_undoes_nothing(admin_page):
    edit = save(admin_page, TWELVE, certainty="one-press", note_en="A note.")
    line = department("05").history.last()
    type(line).objects.filter(pk=line.pk).update(opened_on=day("2020-01-01"))
    html = undo(admin_page, edit).content.decode()
    assert "05 Hautes-Alpes: No department opened before the pilot" in html
    assert department("01").certainty == "one-press"
    assert texts("01") == {"en": "A note."}
    edit.refresh_from_db()
    assert edit.undone_at is None


def test_the_message_of_success_leads_to_undoing_it(admin_page):
    html = plan_of(admin_page, certainty="one-press")
    response = admin_page.post(ADDRESS, form_values(html) | {"_confirm": "1"}, follow=True)
    edit = BulkEdit.objects.get()
    assert f'<a href="{EDITS}{edit.pk}/">See what was changed, or undo it</a>' in (
        response.content.decode()
    )


def test_a_note_that_was_removed_is_brought_back_from_the_history(admin_page, editor):
    edit = save(admin_page, ["70"], note_en="A note.")
    undo(admin_page, edit)
    assert texts("70") == {}
    first = next(v for v in reversed(history.versions(department("70"))) if v.part == "English")
    writer.restore_version(first.record, by=editor)
    assert texts("70") == {"en": "A note."}


def test_an_import_of_a_file_is_undone_too(admin_page):
    text = admin_page.get("/admin/rollout/department/export/").content.decode()
    text = text.replace("69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-07-30")
    address = "/admin/rollout/department/import/"
    file = SimpleUploadedFile("rollout.csv", text.encode(), "text/csv")
    html = admin_page.post(address, {"file": file, "is_minor": "on"}).content.decode()
    assert admin_page.post(address, form_values(html) | {"_confirm": "1"}).status_code == 302
    assert department("69").opened_on == day("2023-07-30")
    edit = BulkEdit.objects.get()
    assert str(edit) == "import of a file"
    undo(admin_page, edit)
    assert department("69").opened_on == day("2023-07-25")


def test_the_list_of_edits_is_read_page_by_page(admin_page, editor):
    BulkEdit.objects.bulk_create(BulkEdit(made_by=editor, title="checked") for _ in range(120))
    first = admin_page.get(EDITS).content.decode()
    assert len(re.findall(f'href="{EDITS}[0-9]+/"', first)) == 50
    for page in ("2", "3", "99", "x", "-1", "%00"):
        assert admin_page.get(f"{EDITS}?page={page}").status_code in (200, 400)
