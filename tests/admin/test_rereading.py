"""A text and a rule do not contradict each other silently: re-reading, days, links."""

import datetime
import html as entities
import re
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from rollout.accounts import roles
from rollout.facts import history, links, writer
from rollout.facts.subjects import changes_since_read, entries_on, subjects_of
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    EntryText,
    HealthScheme,
    HealthSchemeText,
    IdentityDocument,
    Wave,
)
from rollout.models.texts import texts_of
from rollout.wording import differences
from tests.support import people
from tests.support.admin_forms import add, change, form_values

pytestmark = pytest.mark.django_db

day = datetime.date.fromisoformat

STEP = "fi-scan-the-id-card"
TITRE = {
    "document": "titre-de-sejour",
    "route": "france-identite",
    "since": "2027-03-01",
    "outcome": "yes",
    "certainty": "official",
    "sources": ["service-public-2025-03-20"],
    "last_checked": "2026-11-29",
    "is_active": "on",
}
MOVED = {"wave": "june-2024", "confirmed_day": "2023-07-25"}
CHECK = {
    "document": "titre-de-sejour",
    "scheme": "general",
    "age": "18-or-over",
    "number": "permanent",
    "phone": "recent",
}


@pytest.fixture
def step(editor):
    """A step of the route with France Identité, which speaks of the route and the new ID card."""
    speaks_of("route:france-identite document:french-id-card-new", STEP, editor)
    return Entry.objects.get(pk=STEP)


def speaks_of(subjects, slug, editor):
    """Have an entry speak of these rows only, and no other entry of any."""
    Entry.objects.update(speaks_of="")
    entry = Entry.objects.get(pk=slug)
    entry.speaks_of = subjects
    writer.save_fact(entry, by=editor)


def form_of(page, row):
    """Return the form of a row as HTML."""
    return page.get(reverse(f"admin:rollout_{row._meta.model_name}_change", args=[row.pk])).content


def is_reread(entry):
    entry.refresh_from_db()
    return entry.reread_since is None


def shown(response):
    """Return the page as text, without tags."""
    return " ".join(entities.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


# --- To be re-read ---------------------------------------------------------------------------------


def test_a_changed_rule_puts_the_texts_that_speak_of_it_on_the_work_list(
    admin_page, step, django_assert_max_num_queries
):
    assert add(admin_page, Acceptance, **TITRE).status_code == 302
    assert not is_reread(step)
    assert "1 To be re-read" in shown(admin_page.get("/admin/"))
    work_page = admin_page.get("/admin/rollout/work/reread/")
    assert "Scan your ID card" in shown(work_page)
    assert f'href="/admin/rollout/entry/{STEP}/change/"' in work_page.content.decode()
    acceptance = f"acceptance of a document {Acceptance.objects.latest('pk')}"
    assert f"what changed: {acceptance}" in shown(work_page)
    form = shown(admin_page.get(f"/admin/rollout/entry/{STEP}/change/"))
    assert "Something that this text speaks of changed on" in form
    assert f"an-editor · {acceptance} created" in form
    entry = Entry.objects.get(pk=STEP)
    with django_assert_max_num_queries(14):
        assert [line.name for line in differences.lines(changes_since_read(entry))] == [acceptance]


@pytest.mark.parametrize(
    ("subject", "row", "values"),
    [
        ("route:france-identite", (ActivationRoute, "france-identite"), {"minimum_age": "16"}),
        ("scheme:msa", (HealthScheme, "msa"), {"outcome": "unknown"}),
        ("document:vls-ts", (IdentityDocument, "vls-ts"), {"is_active": ""}),
        ("wave:pilot-2023", (Wave, "pilot-2023"), {"position": "9"}),
        ("department:69", (Department, "69"), {"opened_on": "2023-07-30"}),
        ("wave:pilot-2023", (Department, "69"), {"opened_on": "2023-07-30"}),
        ("wave:pilot-2023", (Department, "69"), MOVED),
        ("wave:june-2024", (Department, "69"), MOVED),
    ],
)
def test_what_changed_is_shown_in_the_form_of_the_text(admin_page, editor, subject, row, values):
    speaks_of(subject, STEP, editor)
    model, key = row
    row, entry = model.objects.get(pk=key), Entry.objects.get(pk=STEP)
    form = shown(
        admin_page.get(reverse(f"admin:rollout_{model._meta.model_name}_change", args=[key]))
    )
    is_of_row = subject in subjects_of(row)
    assert ("1 text speaks of this: read it before you save" in form) == is_of_row
    assert change(admin_page, row, **values).status_code == 302
    entry.refresh_from_db()
    (version,) = changes_since_read(entry)
    assert version.name == f"{model._meta.verbose_name} {row}"
    ((line,), form) = (
        differences.lines([version]),
        admin_page.get(f"/admin/rollout/entry/{STEP}/change/"),
    )
    assert strip_tags(line.differences[0].new) in entities.unescape(
        strip_tags(form.content.decode())
    )


def test_what_is_no_rule_needs_no_reading(admin_page, step):
    route = ActivationRoute.objects.get(pk="france-identite")
    change(admin_page, route, last_checked="2026-11-29", **{"texts-0-name": "The app"})
    card = IdentityDocument.objects.get(pk="french-id-card-new")
    change(admin_page, card, **{"texts-0-name": "The new card"})
    change(admin_page, Department.objects.get(pk="69"), opened_on="2023-07-30")
    assert is_reread(step)
    assert "0 To be re-read" in shown(admin_page.get("/admin/"))


@pytest.mark.parametrize(
    "values",
    [
        {"position": "121"},
        {"texts-0-title": "Scan your card"},
        {"texts-1-title": "Scannez la carte"},
    ],
)
def test_saving_the_entry_or_a_text_of_it_is_reading_it_again(admin_page, step, values):
    add(admin_page, Acceptance, **TITRE)
    assert not is_reread(step)
    assert change(admin_page, step, **values).status_code == 302
    assert is_reread(step)


def test_saving_the_form_without_a_change_is_no_reading(admin_page, step):
    add(admin_page, Acceptance, **TITRE)
    change(admin_page, step)
    assert not is_reread(step)


def still_right(page, slug):
    """Press “It is still right” in the form of an entry."""
    html = page.get(f"/admin/rollout/entry/{slug}/change/").content.decode()
    (since,) = re.findall(r'name="reread_since" value="([^"]+)"', html)
    return page.post(f"/admin/rollout/entry/{slug}/confirm/", {"reread_since": since}, follow=True)


def test_one_press_says_that_it_is_still_right(admin_page, step):
    add(admin_page, Acceptance, **TITRE)
    before = step.history.count()
    assert "It is noted as still right." in still_right(admin_page, STEP).content.decode()
    assert is_reread(step)
    assert step.history.count() == before
    assert (
        "It is still right"
        not in admin_page.get(f"/admin/rollout/entry/{STEP}/change/").content.decode()
    )


def test_what_changed_meanwhile_is_read_first(admin_page, step, editor):
    address = f"/admin/rollout/entry/{STEP}/change/"
    opened = form_values(admin_page.get(address).content.decode())
    add(admin_page, Acceptance, **TITRE)
    form_data = opened | {"position": "121", "is_minor": "on"}
    assert "Someone else changed this" in admin_page.post(address, form_data).content.decode()
    confirm = f"/admin/rollout/entry/{STEP}/confirm/"
    stale = admin_page.post(confirm, {"reread_since": ""}, follow=True)
    assert "More has changed since you opened the page." in stale.content.decode()
    assert not is_reread(step)
    assert admin_page.get(confirm).status_code == 405
    assert admin_page.post("/admin/rollout/entry/nothing/confirm/").status_code == 404


def test_who_only_translates_does_not_say_that_it_is_still_right(client, step, admin_page):
    add(admin_page, Acceptance, **TITRE)
    translator = people.sign_in(Client(), people.person("them", roles.translator("fr")))
    html = translator.get(f"/admin/rollout/entry/{STEP}/change/").content.decode()
    assert "Something that this text speaks of changed" in html
    assert "It is still right" not in html
    assert translator.post(f"/admin/rollout/entry/{STEP}/confirm/").status_code == 403
    response = change(translator, step, speaks_of=["scheme:msa"], **{"texts-1-title": "Scannez"})
    assert response.status_code == 302
    step.refresh_from_db()
    assert step.speaks_of == "route:france-identite document:french-id-card-new"


def test_a_rule_brought_back_and_many_departments_at_once_count_too(admin_page, editor):
    speaks_of("department:69 department:01 wave:expansion-2025-november", STEP, editor)
    entry = Entry.objects.get(pk=STEP)
    rhone = Department.objects.get(pk="69")
    change(admin_page, rhone, opened_on="2023-07-30")
    still_right(admin_page, STEP)
    writer.restore_version(rhone.history.last(), by=editor)
    assert not is_reread(entry)
    still_right(admin_page, STEP)
    plan = {
        "opened_on": "2027-02-01",
        "precision": "on",
        "wave": "expansion-2025-november",
        "certainty": "official",
        "sources": ["ameli-2025-11"],
        "is_minor": "on",
        "departments": ["01"],
    }
    response = admin_page.post("/admin/rollout/department/edit/", plan)
    assert "1 text speaks of this: read it before you save" in shown(response)
    confirmed = form_values(response.content.decode()) | {"_confirm": "1"}
    assert admin_page.post("/admin/rollout/department/edit/", confirmed).status_code == 302
    assert not is_reread(entry)


def test_a_new_acceptance_shows_the_texts_on_all_routes_and_documents(admin_page, step):
    form = shown(admin_page.get("/admin/rollout/acceptance/add/"))
    assert "1 text speaks of this: read it before you save" in form
    assert "Scan your ID card" in form
    assert "speaks of this" not in shown(admin_page.get("/admin/rollout/source/add/"))


def test_an_entry_says_in_its_form_what_it_speaks_of(admin_page, step):
    html = admin_page.get(f"/admin/rollout/entry/{STEP}/change/").content.decode()
    checked = re.findall(r'name="speaks_of" value="([^"]+)"[^>]*?checked', html)
    assert checked == ["route:france-identite", "document:french-id-card-new"]
    for group in ("Activation routes", "Identity documents", "Health schemes", "Waves"):
        assert re.search(rf"<summary>\s*{group}", html)
    assert "69 Rhône" in html
    before = step.history.count()
    change(admin_page, step, speaks_of=["document:french-id-card-new", "route:france-identite"])
    assert step.history.count() == before, "the order says nothing"
    chosen = ["scheme:msa", "department:69"]
    assert change(admin_page, step, speaks_of=chosen).status_code == 302
    step.refresh_from_db()
    assert step.speaks_of == "scheme:msa department:69"
    assert change(admin_page, step, speaks_of=[]).status_code == 302
    response = change(admin_page, step, speaks_of=["department:69", "scheme:nobody"])
    assert "scheme:nobody is not one of the available choices" in shown(response)
    assert re.search(r'value="department:69"[^>]*?checked', response.content.decode())


def test_it_is_found_by_each_row_that_it_names(step):
    assert entries_on({"route:france-identite"}) == [step]
    assert entries_on({"route:france", "document:vls-ts"}) == []
    assert entries_on(set()) == []


# --- The days of a text ----------------------------------------------------------------------------

SECOND = {
    "texts-2-language": "en",
    "texts-2-valid_from": "2027-03-01",
    "texts-2-title": "Scan your card or titre",
    "texts-2-body": "Scan your French ID card or your titre de séjour.",
}


def title(visitor, language="en"):
    """Return the title of the step in the guide."""
    html = visitor.get(f"/{language}/set-up/").content.decode()
    (heading,) = re.findall(rf'id="{STEP}".*?<h3[^>]*>(.*?)</h3>', html, re.DOTALL)
    return heading


def at(moment):
    return time_machine.travel(moment, tick=False)


def test_the_words_change_on_the_midnight_of_the_rule(admin_page, step):
    first = {"texts-0-valid_until": "2027-02-28"}
    assert change(admin_page, step, **first, **SECOND).status_code == 302
    visitor = Client()
    old, new = "Scan your ID card", "Scan your card or titre"
    with at("2027-02-28T23:59:59+01:00"):
        assert old in title(visitor)
        assert "Scannez votre carte" in title(visitor, "fr")
        assert visitor.get(f"/api/v1/entries/{STEP}").json()["entry"]["title"] == old
    with at("2027-03-01T00:00:00+01:00"):
        assert new in title(visitor)
        assert "Scannez votre carte" in title(visitor, "fr")
        entry = visitor.get(f"/api/v1/entries/{STEP}?language=fr").json()["entry"]
        assert entry["text_is_outdated"]


def test_a_preview_shows_the_text_of_its_day(admin_page, step):
    values = {"texts-0-valid_until": "2027-02-28", **SECOND, "_preview": "1"}
    for on, expected in (("2027-02-28", "Scan your ID card"), ("2027-03-01", "card or titre")):
        response = change(admin_page, step, **values, preview_on=on)
        assert "Preview: nothing of this is saved" in response.content.decode()
        assert expected in response.content.decode()
    assert step.texts.filter(language__in=["en", "fr"]).count() == 2


def test_overlapping_texts_are_refused_and_what_was_typed_stays(admin_page, step):
    before = list(step.texts.order_by("pk"))
    response = change(admin_page, step, **SECOND)
    assert (
        "Two texts of this entry in English overlap: on every day, and from 1 March 2027 on."
        in shown(response)
    )
    assert "Scan your French ID card or your titre de séjour." in shown(response)
    values = {"texts-0-valid_until": "2027-03-01", **SECOND}
    assert "until 1 March 2027, and from 1 March 2027 on" in shown(
        change(admin_page, step, **values)
    )
    values |= {"texts-2-valid_until": "2026-12-31", "texts-0-valid_until": "2027-02-28"}
    assert "The last day of a text is not before its first." in shown(
        change(admin_page, step, **values)
    )
    assert list(step.texts.order_by("pk")) == before


def test_texts_overlap_for_the_writer_and_for_a_version_brought_back_too(admin_page, step, editor):
    text = EntryText(entry=step, language="en", title="Later", valid_from=day("2027-03-01"))
    with pytest.raises(ValidationError, match="overlap"):
        writer.save_fact(text, by=editor)
    with pytest.raises(ValidationError, match="overlap"):
        writer.save_text(text, by=editor)
    with pytest.raises(ValidationError, match="overlap"):
        writer.create_facts([text])
    change(admin_page, step, **SECOND, **{"texts-0-valid_until": "2027-02-28"})
    first = next(v for v in reversed(history.versions(step)) if v.part == "English")
    address = f"/admin/rollout/entry/{STEP}/history/{first.key}/"
    form_data = form_values(admin_page.get(address).content.decode()) | {"is_minor": "on"}
    assert "overlap" in shown(admin_page.post(address, form_data))


def test_a_draft_may_wait_beside_the_text_that_is_shown(admin_page, step):
    values = SECOND | {"texts-2-status": "draft"}
    assert change(admin_page, step, **values).status_code == 302
    with texts_of(day("2027-03-02")):
        assert Entry.objects.with_texts().get(pk=STEP).text.title == "Scan your ID card"
    published = {"texts-1-status": "published"}
    assert "overlap" in shown(change(admin_page, step, **published))


def test_each_translation_follows_the_text_of_its_own_days(admin_page, step, editor):
    change(admin_page, step, **SECOND, **{"texts-0-valid_until": "2027-02-28"})
    later = step.texts.get(language="en", valid_from=day("2027-03-01"))
    assert "Scan your ID card" in shown(admin_page.get("/admin/rollout/work/outdated/?language=fr"))
    french = step.texts.get(language="fr")
    assert french.is_left_behind(step.texts.all())
    # Now French has its own text of those days.
    french.valid_until = day("2027-02-28")
    writer.save_text(french, by=editor)
    assert not french.is_left_behind(step.texts.all())
    missing = shown(admin_page.get("/admin/rollout/work/missing/?language=fr"))
    assert re.search("1\\sMarch 2027 .{0,60}Scan your ID card", missing)
    text = EntryText(entry=step, language="fr", title="Carte ou titre", valid_from=later.valid_from)
    writer.save_text(text, by=editor)
    assert text.translates == later.fingerprint
    later.title = "Scan the card or the titre"
    writer.save_text(later, by=editor)
    assert text.is_left_behind(step.texts.all())
    assert not french.is_left_behind(step.texts.all())


def test_the_first_day_of_a_text_of_the_files_is_their_key(admin_page, step):
    change(admin_page, step, **SECOND, **{"texts-0-valid_until": "2027-02-28"})
    values = {"texts-0-valid_from": "2026-01-01", "texts-1-valid_from": "2027-03-15"}
    assert change(admin_page, step, **values).status_code == 302
    days = set(step.texts.filter(language="en").values_list("valid_from", flat=True))
    assert days == {None, day("2027-03-15")}


# --- The steps of a verdict ------------------------------------------------------------------------


def verdict(client, on, **answers):
    """Return the check's answer as text."""
    return shown(client.get("/en/can-i/", CHECK | answers | {"on": on}))


def test_a_verdict_gives_no_step_for_another_document(client, admin_page, step):
    add(admin_page, Acceptance, **TITRE)
    visitor = Client()
    steps = verdict(visitor, "2027-03-01")
    assert "Yes, with France Identité" in steps
    assert "Scan your ID card" not in steps
    assert "How to go this way with your document is not known yet." in steps
    assert "Choose to identify with France Identité" in steps
    before = verdict(visitor, "2027-02-28")
    assert "Film your identity document, then your face" in before
    assert "is not known yet" not in before
    card = verdict(visitor, "2027-03-01", document="french-id-card-new")
    assert "Scan your ID card" in card
    assert "is not known yet" not in card


def test_a_verdict_gives_the_step_of_its_document_in_the_words_of_its_day(client, admin_page, step):
    add(admin_page, Acceptance, **TITRE)
    documents = ["document:french-id-card-new", "document:titre-de-sejour"]
    values = SECOND | {"texts-0-valid_until": "2027-02-28", "speaks_of": documents}
    assert change(admin_page, step, **values).status_code == 302
    steps = verdict(Client(), "2027-03-01")
    assert "Scan your card or titre" in steps
    assert "is not known yet" not in steps
    old = verdict(Client(), "2027-02-28", document="french-id-card-new")
    assert "Scan your ID card" in old


# --- Links -----------------------------------------------------------------------------------------


def test_a_linked_entry_is_not_withdrawn(admin_page):
    term = Entry.objects.get(pk="nfc")
    html = admin_page.get("/admin/rollout/entry/nfc/change/").content.decode()
    assert re.search(r"\d+ texts link to this entry", html)
    link = '<a href="/admin/rollout/entry/fi-hold-the-card-to-the-phone/change/">'
    assert link in html
    response = change(admin_page, term, **{"texts-0-status": "draft"})
    assert (
        "Readers would no longer see “NFC (near-field communication), contactless reading” from "
        in shown(response)
    )
    errors = response.content.decode().split("errorlist nonform")[1].split("</ul>")[0]
    assert link in errors
    assert re.search(r'<option value="draft" selected', response.content.decode())
    response = change(admin_page, term, **{"texts-0-valid_until": "2027-02-28"})
    assert "contactless reading” from 1 March 2027 on" in shown(response)
    assert term.texts.filter(status="draft").count() == 0
    # A translation is no matter: the reference text takes its place.
    assert change(admin_page, term, **{"texts-1-status": "draft"}).status_code == 302


def test_a_text_that_takes_its_place_keeps_the_links_alive(admin_page):
    term = Entry.objects.get(pk="nfc")
    later = SECOND | {"texts-0-valid_until": "2027-02-28", "texts-2-valid_from": "2027-03-02"}
    assert "from 1 March 2027 on" in shown(change(admin_page, term, **later))
    later["texts-2-valid_from"] = "2027-03-01"
    assert change(admin_page, term, **later).status_code == 302


def linking(entry) -> Any:
    """Return the texts that link to an entry: any model's."""
    return links.linking_texts(entry)


def test_an_entry_to_which_nothing_links_any_more_is_withdrawn(admin_page, editor):
    term = Entry.objects.get(pk="recepisse")
    for text in linking(term):
        text.body = re.sub(r"\[([^]]*)\]\(term:recepisse\)", r"\1", text.body)
        writer.save_fact(text, by=editor)
    assert change(admin_page, term, **{"texts-0-status": "draft"}).status_code == 302
    # It links to nothing now: its words are changed as before.
    assert change(admin_page, term, **{"texts-0-title": "Near field"}).status_code == 302


def test_a_text_of_a_scheme_links_too_and_a_draft_does_not(editor):
    term = Entry.objects.get(pk="recepisse")
    for text in linking(term):
        text.status = "draft"
        writer.save_fact(text, by=editor)
    assert links.linking_texts(term) == []
    note = HealthSchemeText.objects.get(scheme="msa", language="fr")
    note.note += " [receipt](term:recepisse)"
    writer.save_fact(note, by=editor)
    text = term.texts.get(language="en")
    text.status = "draft"
    with pytest.raises(
        links.EntryNeeded, match=r"needed by: health scheme MSA, the farm scheme \(fr\)"
    ):
        writer.save_text(text, by=editor)


def test_a_link_that_ends_before_the_entry_does_is_no_reason(admin_page, editor):
    term = Entry.objects.get(pk="recepisse")
    for text in linking(term):
        text.valid_until = day("2027-02-28")
        writer.save_fact(text, by=editor)
    assert change(admin_page, term, **{"texts-0-valid_until": "2027-02-28"}).status_code == 302


def test_a_reason_of_the_check_does_not_end(admin_page):
    reason = Entry.objects.get(pk="guardianship")
    response = change(admin_page, reason, **{"texts-0-valid_until": "2027-02-28"})
    assert "needed by: “Can I have it?”" in shown(response)


def test_a_draft_that_something_links_to_is_not_brought_back(admin_page, editor):
    text = EntryText.objects.get(entry="nfc", language="en")
    old = text.history.first()
    type(old).objects.filter(pk=old.pk).update(status="draft")
    text.title = "Near field communication"
    writer.save_fact(text)
    address = f"/admin/rollout/entry/nfc/history/entrytext-{old.pk}/"
    form_data = form_values(admin_page.get(address).content.decode()) | {"is_minor": "on"}
    response = admin_page.post(address, form_data)
    assert "Readers would no longer see “Near field communication”" in shown(response)
    assert '<a href="/admin/rollout/entry/' in response.content.decode().split("errorlist")[1]
    assert text.is_public
