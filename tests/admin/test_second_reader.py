"""With SECOND_READER an edit waits until someone else has read it; without it nothing changes."""

import datetime
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from rollout.facts import history, writer
from rollout.models import Department, Entry, Source, Update
from rollout.models.edits import ProposalState, ProposedEdit
from tests.support import people
from tests.support.admin_forms import add, change, form_values

pytestmark = pytest.mark.django_db

NOTE = "The app opened in Rhône on 30 July 2023."
OPENING = {
    "departments": ["01", "02", "03"],
    "opened_on": "2027-02-01",
    "precision": "on",
    "wave": "expansion-2025-november",
    "certainty": "official",
    "sources": ["ameli-2025-11"],
    "check_today": "on",
    "change_note": "Three departments open on 1 February 2027.",
}
day = datetime.date.fromisoformat


@pytest.fixture(autouse=True)
def _second_reader(settings):
    settings.SECOND_READER = True


@pytest.fixture
def author(db):
    return people.person("an-author", "Editor")


@pytest.fixture
def page(author):
    return people.sign_in(Client(), author)


@pytest.fixture
def reader(db):
    """Another editor, signed in."""
    return people.sign_in(Client(), people.person("a-reader", "Editor"))


def rhone():
    return Department.objects.get(code="69")


def propose(page, row=None, **values):
    """Change a row, and return the proposed edit that this made."""
    values = values or {"opened_on": "2023-07-30", "change_note": NOTE}
    response = change(page, row or rhone(), **values)
    assert response.status_code == 302, response.content.decode()
    proposal = ProposedEdit.objects.latest("pk")
    assert response.url == f"/admin/proposals/{proposal.pk}/"
    return proposal


def read(page, proposal):
    response = page.get(f"/admin/proposals/{proposal.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def differences(html):
    """Return the old and the new value of each difference shown, as text."""
    pairs = re.findall(r"<del[^>]*>(.*?)</del>.*?<ins[^>]*>(.*?)</ins>", html, re.DOTALL)
    return [(strip_tags(old), strip_tags(new)) for old, new in pairs]


def decide(page, proposal, button, **values):
    address = f"/admin/proposals/{proposal.pk}/decision/"
    response = page.post(address, {button: "1", **values}, follow=True)
    proposal.refresh_from_db()
    return response.content.decode()


def taken_up(page, proposal):
    """Press "Take up the form", as a browser does; return the page and its address."""
    html = read(page, proposal)
    form = html.split("<form")[-1]
    address = re.findall(r'action="([^"]+)"', form)[0].replace("&amp;", "&")
    values = form_values(f'id="content-main"{form}') | {"_take_up": "1"}
    return page.post(address, values).content.decode(), address


# --- Waiting ---------------------------------------------------------------------------------------


def test_an_edit_waits_and_readers_see_nothing_of_it(page, author):
    before = rhone().history.count()
    proposal = propose(page)
    assert (proposal.state, proposal.proposed_by) == (ProposalState.WAITING, author)
    assert "Rhône" in proposal.title
    assert rhone().opened_on == day("2023-07-25")
    assert rhone().history.count() == before
    assert not Update.objects.exists()
    assert "csrfmiddlewaretoken" not in proposal.form_data
    html = page.get("/admin/proposals/").content.decode()
    assert "It waits for a second reader: readers see nothing of it yet." in html
    assert "changed successfully" not in html
    assert proposal.title in html
    assert "an-author" in html


def test_another_editor_sees_who_when_why_and_what_differs(page, reader):
    html = read(reader, propose(page))
    assert "Proposed by an-author" in html
    assert NOTE in html
    assert [("25" in old, "30" in new) for old, new in differences(html)] == [(True, True)]
    assert "Publish it" in html
    assert "Publish without a second reader" not in html


def test_its_preview_is_the_public_page_in_any_language_on_any_day(page, reader):
    proposal = propose(page)
    address = f"/admin/proposals/{proposal.pk}/preview/"
    english = reader.get(address, {"row": "department 69"}).content.decode()
    assert "Preview: nothing of this is saved or published." in english
    assert "30\xa0July 2023" in english
    values = {"row": "department 69", "preview_language": "fr", "preview_on": "2023-07-29"}
    french = reader.get(address, values).content.decode()
    assert '<html lang="fr"' in french
    assert "a-reader" not in french
    assert rhone().opened_on == day("2023-07-25")
    for row in ("", "department 99", "x"):
        assert reader.get(address, {"row": row}).url == f"/admin/proposals/{proposal.pk}/"


def test_published_it_is_the_authors_and_the_history_names_both(page, reader, author):
    proposal = propose(page)
    assert "It is published." in decide(reader, proposal, "_publish")
    assert (proposal.state, proposal.decided_by.username) == (ProposalState.PUBLISHED, "a-reader")
    assert rhone().opened_on == day("2023-07-30")
    line = rhone().history.first()
    assert line.history_user == author
    assert line.history_change_reason == f"{NOTE} (Second reader: a-reader)"
    update = Update.objects.get()
    assert update.texts.get().note == NOTE  # readers are not told who read it
    html = page.get("/admin/rollout/department/69/history/").content.decode()
    assert "an-author" in html
    assert "Second reader: a-reader" in html
    assert "30\xa0July 2023" in Client().get("/en/departments/69-rhone/").content.decode()


def test_nobody_reads_their_own(page):
    proposal = propose(page)
    assert 'name="_publish"' not in read(page, proposal)
    address = f"/admin/proposals/{proposal.pk}/decision/"
    for button in ("_publish", "_refuse"):
        assert page.post(address, {button: "1", "reason": "x"}).status_code == 403
    assert rhone().opened_on == day("2023-07-25")


def test_sent_back_it_is_taken_up_as_it_was_typed(page, reader):
    proposal = propose(page)
    assert "Say why it goes back" in decide(reader, proposal, "_refuse")
    assert proposal.state == ProposalState.WAITING
    decide(reader, proposal, "_refuse", reason="The source says 31 July.")
    assert proposal.state == ProposalState.REFUSED
    html = page.get("/admin/proposals/").content.decode()
    assert "Sent back to you (1)" in html
    assert "The source says 31 July." in html
    html, address = taken_up(page, proposal)
    assert "This is what was proposed; nothing of it is saved." in html
    assert 'value="2023-07-30"' in html
    assert NOTE in html
    response = page.post(address, form_values(html) | {"opened_on": "2023-07-31"})
    again = ProposedEdit.objects.latest("pk")
    assert response.url == f"/admin/proposals/{again.pk}/"
    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason) == (
        ProposalState.WITHDRAWN,
        "The source says 31 July.",
    )
    assert "taken_from" not in again.path
    decide(reader, again, "_publish")
    assert rhone().opened_on == day("2023-07-31")


def test_the_author_may_withdraw_it(page, reader):
    proposal = propose(page)
    address = f"/admin/proposals/{proposal.pk}/decision/"
    assert reader.post(address, {"_withdraw": "1"}).status_code == 403
    assert "It is withdrawn." in decide(page, proposal, "_withdraw")
    assert proposal.state == ProposalState.WITHDRAWN
    assert "It was decided before you: withdrawn by an-author." in decide(
        reader, proposal, "_publish"
    )


def test_the_way_in_for_one_needs_a_reason_and_is_recorded(page, author, caplog):
    proposal = propose(page)
    html = decide(page, proposal, "_publish_alone")
    assert "Say why it cannot wait for a second reader." in html
    assert proposal.state == ProposalState.WAITING
    with caplog.at_level("WARNING"), TestCase.captureOnCommitCallbacks(execute=True):
        decide(page, proposal, "_publish_alone", reason="People stand in the queue today.")
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("WARNING", "Published without a second reader")
    ]
    assert caplog.records[0].facts == {"user": "an-author", "proposal": proposal.pk}
    assert rhone().opened_on == day("2023-07-30")
    assert (proposal.state, proposal.decided_by) == (ProposalState.PUBLISHED, author)
    reason = rhone().history.first().history_change_reason
    assert reason == f"{NOTE} (Without a second reader: People stand in the queue today.)"
    html = page.get("/admin/proposals/").content.decode()
    assert "without a second reader" in html
    assert "People stand in the queue today." in html


# --- Everything that saves waits -------------------------------------------------------------------


def test_a_form_is_checked_before_it_waits(page):
    response = change(page, rhone(), opened_on="2020-01-01", change_note="Earlier.")
    assert "No department opened before" in response.content.decode()
    response = change(page, rhone(), opened_on="2023-07-30", change_note="")
    assert "Say what changed" in response.content.decode()
    assert not ProposedEdit.objects.exists()
    change(page, rhone(), change_note="I only looked.")  # nothing to wait for
    assert not ProposedEdit.objects.exists()


def test_a_preview_in_the_form_proposes_nothing(page):
    html = change(page, rhone(), precision="by", _preview="1", is_minor="on").content.decode()
    assert "Preview: nothing of this is saved or published." in html
    assert not ProposedEdit.objects.exists()


def test_a_new_row_waits(page, reader):
    values = {"slug": "new-source", "publisher": "Ameli", "language": "fr", "url": "https://a.fr/"}
    add(page, Source, change_note="It is cited next.", **values)
    proposal = ProposedEdit.objects.get()
    assert not Source.objects.filter(slug="new-source").exists()
    html = read(reader, proposal)
    assert "(new)" in html
    assert "https://a.fr/" in html
    decide(reader, proposal, "_publish")
    assert Source.objects.filter(slug="new-source").exists()


def test_a_version_brought_back_waits_and_is_taken_up(page, reader, author):
    row = rhone()
    row.precision = "by"
    writer.save_fact(row, by=author)
    address = f"/admin/rollout/department/69/history/{history.versions(row)[-1].key}/"
    values = form_values(page.get(address).content.decode()) | {"change_note": "As before."}
    page.post(address, values)
    assert rhone().precision == "by"
    proposal = ProposedEdit.objects.get()
    html, _address = taken_up(page, proposal)
    assert "This is what was proposed; nothing of it is saved." in html
    assert 'value="As before."' in html
    assert rhone().precision == "by"
    decide(reader, proposal, "_publish")
    assert rhone().precision == "about"


def test_many_departments_wait_as_one_and_are_read_a_day_later(page, reader):
    address = "/admin/rollout/department/edit/"
    plan = page.post(address, OPENING).content.decode()
    assert "3 departments would change" in plan
    assert not ProposedEdit.objects.exists()
    page.post(address, form_values(plan) | {"_confirm": "1"})
    proposal = ProposedEdit.objects.get()
    assert proposal.title == "01 Ain, 02 Aisne, 03 Allier"
    assert not Department.objects.filter(opened_on=day("2027-02-01")).exists()
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    with time_machine.travel(tomorrow):
        reader = people.sign_in(Client(), people.person("later", "Editor"))
        html = read(reader, proposal)
        assert sum("2027" in new and "2024" in old for old, new in differences(html)) >= 2
        assert all(name in html for name in ("01 Ain", "02 Aisne", "03 Allier"))
        preview = reader.get(
            f"/admin/proposals/{proposal.pk}/preview/",
            {"row": "department 02", "preview_on": "2027-02-02"},
        )
        assert "Aisne" in preview.content.decode()
        assert "It is published." in decide(reader, proposal, "_publish")
    assert Department.objects.filter(opened_on=day("2027-02-01")).count() == 3
    assert Update.objects.get().departments.count() == 3
    row = Department.objects.get(code="02")
    assert row.last_checked == timezone.localdate(proposal.proposed_at)
    assert row.history.first().history_change_reason.endswith("(Second reader: later)")


def test_a_plan_is_taken_up_as_a_plan(page):
    address = "/admin/rollout/department/edit/"
    plan = page.post(address, OPENING).content.decode()
    page.post(address, form_values(plan) | {"_confirm": "1"})
    html, _address = taken_up(page, ProposedEdit.objects.get())
    assert "3 departments would change" in html
    assert OPENING["change_note"] in html
    assert not Department.objects.filter(opened_on=day("2027-02-01")).exists()


@pytest.mark.parametrize("is_on", [True, False])
def test_taking_up_never_saves_whatever_the_form(page, settings, is_on):
    address = "/admin/rollout/department/edit/"
    plan = page.post(address, OPENING).content.decode()
    settings.SECOND_READER = is_on
    response = page.post(address, form_values(plan) | {"_confirm": "1", "_take_up": "1"})
    assert response.url == address
    assert "nothing of it is saved" in page.get(address).content.decode()
    assert not Department.objects.filter(opened_on=day("2027-02-01")).exists()
    assert not ProposedEdit.objects.exists()


def test_a_file_waits_with_its_content(page, reader):
    text = page.get("/admin/rollout/department/export/").content.decode()
    text = re.sub(r"(?m)^(69,.*?)2023-07-25", r"\g<1>2023-07-28", text)
    file = SimpleUploadedFile("rollout.csv", text.encode(), "text/csv")
    address = "/admin/rollout/department/import/"
    plan = page.post(address, {"file": file, "change_note": NOTE}).content.decode()
    page.post(address, form_values(plan) | {"_confirm": "1"})
    assert rhone().opened_on == day("2023-07-25")
    decide(reader, ProposedEdit.objects.get(), "_publish")
    assert rhone().opened_on == day("2023-07-28")


def test_a_translators_minor_text_waits_for_someone_who_writes_that_language(page, reader):
    translator = people.sign_in(Client(), people.person("a-translator", "Translator: fr"))
    entry = Entry.objects.get(slug="new-phone")
    before = entry.texts.get(language="fr").title
    proposal = propose(translator, entry, **{"texts-1-title": "Autre téléphone"})
    assert entry.texts.get(language="fr").title == before
    other = people.sign_in(Client(), people.person("another", "Translator: fr"))
    assert "<ins>Autre téléphone</ins>" in read(other, proposal)
    decide(other, proposal, "_publish")
    assert entry.texts.get(language="fr").title == "Autre téléphone"
    assert entry.texts.get(language="fr").reviewed_by == "a-translator"


def test_a_translator_does_not_decide_on_a_fact(page):
    proposal = propose(page)
    translator = people.sign_in(Client(), people.person("a-translator", "Translator: fr"))
    html = read(translator, proposal)
    assert "You may not make this change yourself" in html
    address = f"/admin/proposals/{proposal.pk}/decision/"
    for button in ("_publish", "_refuse", "_withdraw", "_publish_alone"):
        assert translator.post(address, {button: "1", "reason": "x"}).status_code == 403
    assert proposal.state == ProposalState.WAITING


# --- What may be wrong by then ---------------------------------------------------------------------


def test_of_two_who_publish_the_second_is_told(page, reader):
    proposal = propose(page)
    third = people.sign_in(Client(), people.person("a-third", "Editor"))
    decide(reader, proposal, "_publish")
    lines = rhone().history.count()
    html = decide(third, proposal, "_publish")
    assert "It was decided before you: published by a-reader." in html
    assert rhone().history.count() == lines
    another = propose(page, Department.objects.get(code="38"), precision="by", not_before="")
    decide(third, another, "_refuse", reason="Not yet.")
    html = decide(reader, another, "_publish")
    assert "It was decided before you: sent back by a-third." in html


def test_a_fact_that_changed_meanwhile_is_the_usual_conflict_and_nothing_is_lost(page, reader):
    proposal = propose(page)
    row = rhone()
    row.precision = "by"
    writer.save_fact(row, by=people.person("someone-else"))
    html = read(reader, proposal)
    assert "It cannot be published as it is" in html
    assert "Someone else changed this while you had it open." in html
    assert "someone-else" in html
    assert 'name="_publish"' not in html
    assert "It cannot be published as it is." in decide(reader, proposal, "_publish")
    assert proposal.state == ProposalState.WAITING
    assert rhone().opened_on == day("2023-07-25")
    html, address = taken_up(page, proposal)
    assert "someone-else" in html
    assert 'value="2023-07-30"' in html
    page.post(address, form_values(html) | {"precision": "by"})
    decide(reader, ProposedEdit.objects.latest("pk"), "_publish")
    assert (rhone().opened_on, rhone().precision) == (day("2023-07-30"), "by")


@pytest.mark.parametrize("loss", ["role", "staff", "active"])
def test_whoever_lost_the_role_proposes_nothing_any_more(page, reader, author, loss):
    proposal = propose(page)
    if loss == "role":
        author.groups.clear()
    else:
        type(author).objects.filter(pk=author.pk).update(**{f"is_{loss}": False})
    assert "an-author may not make this change any more." in read(reader, proposal)
    decide(reader, proposal, "_publish")
    assert proposal.state == ProposalState.WAITING
    assert rhone().opened_on == day("2023-07-25")
    # Another editor takes it up in their own name, which closes it.
    html, address = taken_up(reader, proposal)
    assert 'value="2023-07-30"' in html
    reader.post(address, form_values(html))
    proposal.refresh_from_db()
    again = ProposedEdit.objects.latest("pk")
    assert again.proposed_by.username == "a-reader"
    assert proposal.state == ProposalState.REFUSED
    assert proposal.reason == f"Taken up again as number {again.pk}."


def test_an_edit_with_an_error_by_now_says_which(page, reader):
    proposal = propose(page)
    form_data = proposal.form_data.replace("2023-07-30", "2020-01-01")
    ProposedEdit.objects.filter(pk=proposal.pk).update(form_data=form_data)
    assert "No department opened before" in read(reader, proposal)
    decide(reader, proposal, "_publish")
    assert proposal.state == ProposalState.WAITING
    ProposedEdit.objects.filter(pk=proposal.pk).update(path="/admin/rollout/department/999/change/")
    assert read(reader, proposal)  # a row, or an address, that is not there any more
    ProposedEdit.objects.filter(pk=proposal.pk).update(path="/no/such/address/")
    assert "It cannot be published as it is" in read(reader, proposal)


def test_what_is_so_already_says_so(page, reader, author):
    first, second = propose(page), propose(page)
    decide(reader, first, "_publish")
    html = read(reader, second)
    assert "It cannot be published as it is" in html
    assert 'name="_refuse"' in html


@pytest.mark.parametrize("values", [{}, {"x": "y"}, {"_publish_": "1"}])
def test_a_decision_without_a_button_decides_nothing(page, reader, values):
    proposal = propose(page)
    address = f"/admin/proposals/{proposal.pk}/decision/"
    assert "Choose what to do with it." in reader.post(address, values).content.decode()
    assert reader.get(address).status_code == 405
    assert reader.get("/admin/proposals/0/").status_code == 404


@pytest.mark.parametrize("number", ["", "x", "0", "9" * 30, "-1"])
def test_a_forged_number_of_what_is_taken_up_closes_nothing(page, number):
    proposal = propose(page)
    address = reverse("admin:rollout_department_change", args=["38"])
    values = form_values(page.get(address).content.decode()) | {
        "precision": "by",
        "not_before": "",
        "is_minor": "on",
    }
    page.post(f"{address}?taken_from={number}", values)
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.WAITING
    assert ProposedEdit.objects.count() == 2


def test_forms_say_what_waits(page, reader):
    proposal = propose(page)
    html = reader.get("/admin/rollout/department/69/change/").content.decode()
    assert "What you save here is not published at once" in html
    assert f'href="/admin/proposals/{proposal.pk}/"' in html
    assert "An edit of this by an-author waits" in html
    assert "Proposed edits</a>" in html.replace(" (1)", "")


def test_who_sees_no_facts_sees_no_proposals(page):
    proposal = propose(page)
    administrator = people.sign_in(Client(), people.person("them", "Administrator"))
    for path in ("", f"{proposal.pk}/", f"{proposal.pk}/preview/"):
        assert administrator.get(f"/admin/proposals/{path}").status_code == 403
    address = f"/admin/proposals/{proposal.pk}/decision/"
    assert administrator.post(address, {"_publish": "1"}).status_code == 403
    assert "Proposed edits" not in administrator.get("/admin/").content.decode()


def test_in_french(page, reader):
    proposal = propose(page)
    html = reader.get(f"/admin/proposals/{proposal.pk}/", HTTP_ACCEPT_LANGUAGE="fr")
    assert "Proposé par an-author" in html.content.decode().replace("\xa0", " ")


# --- Without the setting ---------------------------------------------------------------------------


def test_without_the_setting_an_edit_is_published_at_once(settings, page, reader):
    waiting = propose(page)
    settings.SECOND_READER = False
    change(page, Department.objects.get(code="38"), precision="by")
    assert ProposedEdit.objects.count() == 1
    html = page.get("/admin/rollout/department/69/change/").content.decode()
    assert "second reader" not in html
    assert "Proposed edits" not in html
    assert "the setting SECOND_READER is off" in page.get("/admin/proposals/").content.decode()
    decide(reader, waiting, "_publish")  # what waited before is not stuck
    assert rhone().opened_on == day("2023-07-30")


def test_without_the_setting_nothing_is_asked_of_the_database(settings, page):
    settings.SECOND_READER = False
    address = reverse("admin:rollout_department_change", args=["69"])
    with CaptureQueriesContext(connection) as queries:
        values = form_values(page.get(address).content.decode()) | {"is_minor": "on"}
        page.post(address, values | {"precision": "by"})
    assert not [q for q in queries.captured_queries if "proposededit" in q["sql"].lower()]
