"""The checking queue: what is due, a step at a time; each answer, and what may come between."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from rollout.accounts import roles
from rollout.facts import checking, writer
from rollout.models import (
    Acceptance,
    ActivationRoute,
    DataVersion,
    Department,
    Entry,
    HealthScheme,
    LinkCheck,
    LinkState,
    Update,
    WaveText,
)
from tests.support import people
from tests.support.admin_forms import change, form_values

pytestmark = pytest.mark.django_db

PATH = "/admin/rollout/checking/"
NOW = "2027-03-03T12:00:00+01:00"
TODAY = datetime.date(2027, 3, 3)
MAX_ACTIONS = 120
NEVER = datetime.timedelta(0)
MAX_BYTES = 200 * 1000
MAX_ROWS = 100


@pytest.fixture
def at_last(due_on_one_day):
    """A day on which all facts are overdue."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def queue(at_last, admin_page):
    """A browser in which an editor is signed in, on that day."""
    return admin_page


@pytest.fixture
def only_departments(queue):
    """Let nothing but departments be due."""
    for model in (ActivationRoute, HealthScheme, Acceptance, Entry):
        model.objects.update(check_again_by=None)
    return queue


@pytest.fixture
def another(at_last):
    """A browser of another editor, on that day."""
    return people.sign_in(Client(), people.person("another-editor", is_superuser=True))


def shown(page, path=PATH):
    return page.get(path).content.decode()


def answer(page, action, html=None, path=PATH, **values):
    """Answer the step that a page shows, as a browser would; return the next page."""
    values = form_values(html or shown(page, path)) | {"action": action, **values}
    return page.post(path, values, follow=True)


def names(html, field="row"):
    return [value.split()[0] for value in re.findall(rf'name="{field}"\s+value="([^"]+)"', html)]


def lines(row):
    return [(str(line.history_user), line.history_change_reason) for line in row.history.all()]


# --- The whole of it ----------------------------------------------------------------------------------


def test_all_facts_of_one_day_take_at_most_120_actions(queue, django_assert_max_num_queries):
    """Opening the queue is one action, and so is each key or click."""
    total = len(checking.due_facts(TODAY))
    assert total > 250
    html, actions = shown(queue), 1
    assert f"<strong> {total} overdue </strong>" in " ".join(html.split())
    checked = 0
    while 'id="checking-form"' in html:
        assert len(html) <= MAX_BYTES
        assert len(re.findall("<(?:li|tr)[ >]", html)) <= MAX_ROWS
        values = form_values(html)
        assert values["row"] == [version.split()[0] for version in values["version"]]
        checked += len(values["row"])
        with django_assert_max_num_queries(50):
            queue.post(PATH, {**values, "action": "still-true"})
        with django_assert_max_num_queries(50):
            html = shown(queue)
        actions += 1
        assert actions <= MAX_ACTIONS
    assert "All is checked." in html
    assert checked == total
    assert checking.due_facts(TODAY) == []
    for model in checking.CHECKED_MODELS:
        for row in checking.active(model).exclude(check_again_by=None):
            assert row.last_checked == TODAY
            assert TODAY < row.check_again_by <= TODAY + (checking.interval(row) or NEVER)
            assert lines(row)[0] == ("an-editor", "Still true")
            assert row.history.count() == 2, row


def test_a_step_makes_one_version_and_no_update(only_departments):
    before = DataVersion.current()
    html = shown(only_departments)
    assert len(names(html)) == 20
    answer(only_departments, "still-true", html)
    assert DataVersion.current() != before
    assert not Update.objects.exists()


def test_it_offers_what_is_due_this_week_and_more_if_that_is_wanted(admin_page, editor):
    with time_machine.travel("2026-12-13T12:00:00+01:00", tick=False):
        people.sign_in(admin_page, editor)
        html = shown(admin_page)
        assert "All is checked." in html
        assert '<a href="?weeks=1">' in html
        later = f"{PATH}?weeks=1"
        html = shown(admin_page, later)
        assert "5 facts to check by" in html
        html = answer(admin_page, "still-true", html, later)
        assert html.redirect_chain == [(later, 302)]
    for weeks in ("-1", "x", "10000", "٣"):
        assert admin_page.get(PATH, {"weeks": weeks}).status_code == 200


# --- What a step shows ---------------------------------------------------------------------------------


def test_a_fact_is_shown_as_readers_see_it_in_each_language(only_departments):
    Department.objects.exclude(code="69").update(check_again_by=None)
    html = " ".join(shown(only_departments).replace("\xa0", " ").split())
    assert "Department: is this still true?" in html
    assert '<div lang="en" dir="ltr">' in html
    assert 'Open since about <time datetime="2023-07-25">25 July 2023</time>' in html
    assert '<div lang="fr" dir="ltr">' in html
    assert 'Ouvert depuis le <time datetime="2023-07-25">25 juillet 2023</time> environ' in html
    assert "Certitude : rapporté par plusieurs journaux ou sites" in html
    assert "by the data files; due by" in html


def test_every_kind_of_fact_has_its_statement(queue):
    statements: dict[Any, list[str]] = {
        ActivationRoute: [
            "With France Identité",
            "Open everywhere since: <time",
            "Minimum age: 18",
        ],
        HealthScheme: ["Outcome: OK", "Minimum age: 16 years"],
        Acceptance: ["Outcome: accepted", "Activation route: With an identity document"],
        Entry: ["Certainty: confirmed by an official source"],
    }
    for model, texts in statements.items():
        html = shown(queue).replace("\xa0", " ")
        assert f'value="{model._meta.model_name}:' in html
        assert [text for text in texts if text not in html] == [], model
        model.objects.update(check_again_by=None)
        Department.objects.update(check_again_by=None)


def test_a_missing_translation_is_said(queue):
    for model in (ActivationRoute, HealthScheme, Acceptance, Department):
        model.objects.update(check_again_by=None)
    Entry.objects.exclude(slug="nfc").update(check_again_by=None)
    entry = Entry.objects.get(slug="nfc")
    entry.texts.filter(language="fr").delete()
    html = shown(queue)
    assert "Not translated: readers see this instead." in html
    entry.texts.update(status="draft")
    assert "Readers do not see it: its text is a draft." in shown(queue)


def test_sources_open_beside_it_with_their_state(only_departments):
    Department.objects.exclude(code="69").update(check_again_by=None)
    sources = list(Department.objects.get(code="69").sources.exclude(url=""))
    with time_machine.travel("2027-01-05T12:00:00+01:00", tick=False):
        for source, state in zip(sources, LinkState, strict=False):
            target = "https://example.org/new" if state == LinkState.REDIRECTED else ""
            LinkCheck.objects.record(source, state, "found", target)
    html = " ".join(shown(only_departments).replace("\xa0", " ").split())
    for name in ("alive", "redirected", "dead", "unclear"):
        assert f'class="checking-state is-{name}">{name},' in html, name
    assert "5 January 2027" in html
    assert 'href="https://example.org/new" target="_blank" rel="noopener"' in html
    assert "not visited" in html
    link = f'<a href="{sources[0].url}" target="_blank" rel="noopener"'
    assert link in html.replace("&amp;", "&")
    sources[0].url = "https://example.org/another"
    writer.save_fact(sources[0])
    html = shown(only_departments)
    assert 'href="https://example.org/another"' in html
    assert "is-alive" not in html  # that was another page


def test_a_group_says_on_what_it_rests_and_lists_every_fact(only_departments):
    html = " ".join(shown(only_departments).split())
    assert "These 20 departments rest on the same source. Are all still true?" in html
    rows = Department.objects.filter(pk__in=[name.partition(":")[2] for name in names(html)])
    assert len(rows) == 20
    for row in rows:
        assert f"{row.code} {row.name}" in html
    shared = set.intersection(*({s.url for s in row.sources.all()} for row in rows))
    assert any(url in html for url in shared)


def test_it_speaks_french(only_departments):
    only_departments.cookies["django_language"] = "fr"
    html = only_departments.get(PATH, headers={"Accept-Language": "fr"}).content.decode()
    assert "Même source pour ces 20 départements. Tout est-il encore vrai\u202f?" in html
    assert 'data-key="V"' in html


# --- The answers ---------------------------------------------------------------------------------------


def test_what_is_unticked_stays_as_it_is_and_in_the_queue(only_departments):
    html = shown(only_departments)
    first, second, *others = names(html)
    page = answer(only_departments, "still-true", html, row=others)
    assert "18 facts are still true." in page.content.decode()
    assert names(page.content.decode())[:2] == [first, second]
    code = first.partition(":")[2]
    assert Department.objects.get(code=code).history.count() == 1  # the load


def test_changed_leads_to_the_form_and_back(only_departments):
    Department.objects.exclude(code="69").update(check_again_by=None)
    form = reverse("admin:rollout_department_change", args=["69"]) + "?back=checking"
    assert f'href="{form}"' in shown(only_departments)
    values = form_values(only_departments.get(form).content.decode())
    values |= {"certainty": "official", "is_minor": "on"}
    response = only_departments.post(form, values)
    assert response.url == PATH
    assert Department.objects.get(code="69").certainty == "official"
    rhone = Department.objects.get(code="69")
    assert change(only_departments, rhone, certainty="one-press").url != PATH


def test_who_cannot_tell_says_why_and_it_comes_back_soon(only_departments, editor):
    Department.objects.exclude(code="69").update(check_again_by=None)
    before = Department.objects.get(code="69")
    page = answer(only_departments, "cannot-tell", note="  ")
    html = page.content.decode()
    assert "Say in a sentence why you cannot tell" in html
    assert Department.objects.get(code="69").check_again_by == before.check_again_by
    assert "#id_certainty" in html
    assert "#id_sources" in html
    page = answer(only_departments, "cannot-tell", html, note="The article is behind a paywall.")
    assert "noted as unclear. It comes back by 17\xa0March 2027" in page.content.decode()
    rhone = Department.objects.get(code="69")
    assert rhone.last_checked == before.last_checked
    assert rhone.check_again_by == datetime.date(2027, 3, 17)
    reason = "Could not tell: The article is behind a paywall."
    assert lines(rhone)[0] == ("an-editor", reason)
    with time_machine.travel("2027-03-15T12:00:00+01:00", tick=False):
        people.sign_in(only_departments, editor)
        html = shown(only_departments)
        assert names(html) == ["department:69"]
        assert f"an-editor: {reason}" in " ".join(html.split())


def test_a_note_that_is_too_long_is_refused_and_stays(only_departments):
    page = answer(only_departments, "cannot-tell", note="x" * 501)
    assert "x" * 501 in page.content.decode()
    assert not Department.objects.filter(last_checked=TODAY).exists()


def test_skipped_facts_come_at_the_end_and_first_again_the_next_day(
    only_departments, at_last, editor
):
    first = names(shown(only_departments))
    page = answer(only_departments, "skip").content.decode()
    assert not set(names(page)) & set(first)
    assert "20 skipped, at the end" in page
    seen = list(first)
    while names(page)[0] not in seen:
        seen += names(page)
        page = answer(only_departments, "skip", page).content.decode()
    assert len(seen) == 101
    assert names(page)[0] == first[0]  # all are skipped: they come round again
    assert not Department.objects.filter(last_checked=TODAY).exists()
    at_last.move_to("2027-03-04T12:00:00+01:00")
    people.sign_in(only_departments, editor)
    page = shown(only_departments)
    assert names(page) == first
    assert "skipped" not in page


def test_nothing_ticked_and_no_answer_save_nothing(only_departments):
    html = shown(only_departments)
    page = answer(only_departments, "still-true", html, row=[])
    assert "Nothing is ticked" in page.content.decode()
    assert answer(only_departments, "no-such-thing", html).status_code == 200
    assert not Department.objects.filter(last_checked=TODAY).exists()


@pytest.mark.parametrize(
    "row",
    ["", "x", "department:", "department:999", "user:1", "acceptance:x", "acceptance:99999999999"],
)
def test_what_is_no_fact_is_left_out(only_departments, row):
    values = {"action": "still-true", "row": [row], "version": [f"{row} 1"]}
    assert only_departments.post(PATH, values, follow=True).status_code == 200
    assert not Department.objects.filter(last_checked=TODAY).exists()


def test_10000_facts_at_once_are_not_read(only_departments, django_assert_max_num_queries):
    many = [f"department:{number}" for number in range(10_000, 20_000)]
    values = {"action": "still-true", "row": many[:500], "version": many[:400]}
    with django_assert_max_num_queries(50):
        assert only_departments.post(PATH, values).status_code == 302


# --- What comes between --------------------------------------------------------------------------------


def test_of_two_editors_the_second_is_told_who_checked_it(only_departments, another):
    html = shown(only_departments)
    assert names(shown(another)) == names(html)
    first, *others = names(html)
    answer(another, "still-true", html, row=others)
    page = answer(only_departments, "still-true", html).content.decode()
    assert page.count("already checked by another-editor, 2027-03-03 12:00: Still true.") == 19
    for name in names(html):
        row = Department.objects.get(code=name.partition(":")[2])
        assert row.history.count() == 2  # the import, and one check
        assert row.history.first().history_user.username == (
            "an-editor" if name == first else "another-editor"
        )
    assert not set(names(page)) & set(names(html))  # the next step


def test_a_second_click_changes_nothing_more(only_departments):
    html = shown(only_departments)
    answer(only_departments, "still-true", html)
    days = dict(Department.objects.values_list("pk", "check_again_by"))
    page = answer(only_departments, "still-true", html).content.decode()
    assert "already checked by an-editor" in page
    assert dict(Department.objects.values_list("pk", "check_again_by")) == days


def test_a_note_that_comes_too_late_is_not_lost(only_departments, another):
    Department.objects.exclude(code="69").update(check_again_by=None)
    html = shown(only_departments)
    answer(another, "still-true", html)
    page = answer(only_departments, "cannot-tell", html, note="It is gone.").content.decode()
    assert "Your note was not saved: It is gone." in page


def test_a_fact_that_changed_meanwhile_is_shown_again_and_nothing_is_half_done(
    only_departments, another
):
    html = shown(only_departments)
    first, second, *_others = names(html)
    row = Department.objects.get(code=first.partition(":")[2])
    row.certainty = "one-press"
    writer.save_fact(row, by=another.get("/admin/").wsgi_request.user)
    ticked = [name for name in names(html) if name != second]
    response = answer(only_departments, "still-true", html, row=ticked)
    page = response.content.decode()
    assert response.status_code == 409
    assert f"{row} was changed by another-editor, 2027-03-03 12:00: " in page
    assert "reported by several press sources → reported by one press source" in page
    assert "Nothing was saved. Here it is again, as it is now." in page
    assert not Department.objects.filter(last_checked=TODAY).exists()
    assert names(page, "version") == names(html)
    assert re.findall(r'name="row"\s+value="([^"]+)">', page) == [second]  # still unticked
    answer(only_departments, "still-true", page)
    assert Department.objects.filter(last_checked=TODAY).count() == 19


def test_a_source_that_changed_meanwhile_is_said(only_departments):
    Department.objects.exclude(code="69").update(check_again_by=None)
    source = Department.objects.get(code="69").sources.exclude(url="")[0]
    html = shown(only_departments)
    LinkCheck.objects.record(source, LinkState.DEAD, "404")
    page = answer(only_departments, "still-true", html).content.decode()
    assert "69 Rhône: one of its sources has changed." in page
    assert "is-dead" in page
    rhone = Department.objects.get(code="69")
    writer.save_fact(rhone, sources=rhone.sources.exclude(pk=source.pk))  # it is withdrawn
    page = answer(only_departments, "still-true", page).content.decode()
    assert re.search("69 Rhône was changed by the data files, 2027-03-03 12:00: .*Sources: ", page)
    assert source.url not in page.replace("&amp;", "&")
    answer(only_departments, "still-true", page)
    assert Department.objects.filter(last_checked=TODAY).exists()


def test_what_readers_see_beside_the_row_counts_too(only_departments):
    Department.objects.exclude(code="69").update(check_again_by=None)
    html = shown(only_departments)
    text = WaveText.objects.get(wave__departments="69", language="fr")
    text.name = "Autre nom"
    writer.save_fact(text)
    page = answer(only_departments, "still-true", html).content.decode()
    assert "69 Rhône: what readers see of it has changed." in page
    assert "Autre nom" in page


def test_a_fact_withdrawn_meanwhile_is_said(queue):
    for model in (ActivationRoute, Department, Acceptance, Entry):
        model.objects.update(check_again_by=None)
    html = shown(queue)
    first, *others = names(html)
    HealthScheme.objects.filter(pk=first.partition(":")[2]).update(is_active=False)
    page = answer(queue, "still-true", html).content.decode()
    assert "is no longer to be checked." in page
    assert HealthScheme.objects.filter(last_checked=TODAY).count() == len(others)


def test_a_queue_left_open_overnight_takes_the_day_on_which_it_is_answered(
    only_departments, at_last, editor
):
    html = shown(only_departments)
    at_last.move_to("2027-03-04T07:00:00+01:00")
    people.sign_in(only_departments, editor)
    answer(only_departments, "still-true", html)
    checked = Department.objects.filter(last_checked="2027-03-04")
    assert checked.count() == 20
    assert {row.check_again_by for row in checked} <= {
        datetime.date(2027, 3, 4) + datetime.timedelta(days=number) for number in range(1, 91)
    }


def test_what_begins_or_ends_at_midnight_is_shown_again(only_departments, at_last, editor):
    Department.objects.exclude(code="69").update(check_again_by=None)
    Department.objects.filter(code="69").update(suspended_from="2027-03-04")
    html = shown(only_departments)
    at_last.move_to("2027-03-04T07:00:00+01:00")
    people.sign_in(only_departments, editor)
    page = answer(only_departments, "still-true", html).content.decode()
    assert "69 Rhône: what readers see of it has changed." in page
    assert not Department.objects.filter(last_checked="2027-03-04").exists()


# --- Who may ------------------------------------------------------------------------------------------


def test_only_who_may_change_facts_sees_it(client, at_last):
    call_command("make_roles", verbosity=0)
    assert client.get(PATH).status_code == 302
    people.sign_in(client, people.person("a-translator", roles.translator("fr")))
    assert client.get(PATH).status_code == 403
    assert client.post(PATH, {"action": "still-true"}).status_code == 403
    people.sign_in(client, people.person("a-checker", roles.EDITOR))
    assert client.get(PATH).status_code == 200
    assert reverse("admin:rollout_checking") == PATH
