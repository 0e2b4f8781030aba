"""The admin's index is one's own: counts that lead to lists, and the last acts of editors."""

import datetime
import re

import pytest
import time_machine
from django.conf import settings as site_settings
from django.contrib.auth.models import Permission
from django.utils import timezone, translation

from rollout.admin import work_pages, worklist
from rollout.facts import writer
from rollout.models import (
    BulkEdit,
    Department,
    Entry,
    EntryText,
    LinkCheck,
    LinkState,
    Source,
    Update,
    UpdateText,
)
from rollout.models.languages import Language, Stage, translated_languages
from rollout.translations import coverage
from rollout.translations.units import TEXT_MODELS
from tests.support import people
from tests.support.admin_forms import change

pytestmark = pytest.mark.django_db


def front(page):
    return page.get("/admin/").content.decode()


def rows(html):
    """Return the rows of a list page without its heading, each as text without tags."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in body.split("<tr>")[1:]]


def count_of(html, title):
    """Return how much of a kind waits, or None if the index does not say."""
    found = re.search(rf"<strong>(\d+)</strong> (?:<span>)?{re.escape(str(title))}", html)
    return found and int(found[1])


def signed_in(client, *roles_of_person, **rights):
    return people.sign_in(client, people.person("them", *roles_of_person, **rights))


# --- Each sees their own ---------------------------------------------------------------------------


@pytest.mark.usefixtures("due_on_one_day")
def test_an_editor_sees_all_that_waits_and_where_it_is_done(client):
    html = front(signed_in(client, "Editor"))
    for kind in worklist.WorkKind:
        count = count_of(html, kind.label)
        assert count is not None if kind == worklist.WorkKind.TO_READ else count == 0, kind
    for path in ("department/", "entry/add/", "department/import/"):
        assert f'href="/admin/rollout/{path}"' in html
    assert "/admin/auth/" not in html


def test_a_translator_sees_what_waits_in_their_language_only(client, editor):
    for language in ("en", "fr"):
        text = EntryText.objects.get(entry="lost-or-stolen-phone", language=language)
        text.status = "draft"
        writer.save_fact(text, by=editor, note=f"Draft in {language}")
    html = front(signed_in(client, "Translator: fr"))
    shown = [kind for kind in worklist.WorkKind if count_of(html, kind.label) is not None]
    assert shown == ["drafts", "outdated", "to-read", "missing"]
    assert count_of(html, "Drafts") == 1
    assert "Draft in fr" in html
    assert "Draft in en" not in html
    assert "/admin/rollout/department/import/" not in html
    assert rows(client.get("/admin/rollout/work/drafts/").content.decode())[0].startswith(
        "Français"
    )
    assert client.get("/admin/rollout/work/drafts/?language=en").status_code == 404
    assert client.get("/admin/rollout/work/due/").status_code == 403
    changes = client.get("/admin/rollout/changes/").content.decode()
    assert "Draft in fr" in changes
    assert "Draft in en" not in changes


def test_an_administrator_of_people_sees_people_only(client):
    html = front(signed_in(client, "Administrator"))
    assert 'href="/admin/auth/user/"' in html
    assert 'href="/admin/auth/user/add/"' in html
    assert "/admin/rollout/" not in html
    assert "What waits for you" not in html
    assert client.get("/admin/rollout/changes/").status_code == 403
    assert client.get("/admin/rollout/work/missing/").status_code == 403


def test_who_may_do_nothing_yet_is_told_whom_to_ask(client):
    html = front(signed_in(client))
    assert "Ask an administrator for a role." in html
    assert "work-list" not in html


def test_who_may_only_read_sees_the_lists_and_what_changed(client):
    person = people.person("them")
    person.user_permissions.set(Permission.objects.filter(codename="view_entry"))
    html = front(people.sign_in(client, person))
    assert "What waits for you" not in html
    assert "No editor has changed anything yet." in html
    assert 'href="/admin/rollout/entry/"' in html


def test_it_speaks_french(admin_page, client):
    with translation.override("fr"):
        titles = [str(kind.label) for kind in worklist.WorkKind]
    html = client.get("/admin/", headers={"Accept-Language": "fr"}).content.decode()
    for title in (*titles, "Votre travail", "Ce qui vous attend"):
        assert title.replace("'", "&#x27;") in html


# --- What waits ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("due_on_one_day")
def test_what_is_due_is_counted_and_listed_the_earliest_first(admin_page, editor):
    assert count_of(front(admin_page), "To check again") == 0
    Department.objects.filter(code="69").update(check_again_by="2026-12-24")
    with time_machine.travel("2026-12-25T12:00:00+01:00", tick=False):
        people.sign_in(admin_page, editor)
        html = front(admin_page)
        assert count_of(html, "To check again") == 1
        assert "1 overdue" in html
    with time_machine.travel("2027-02-22T12:00:00+01:00", tick=False):
        people.sign_in(admin_page, editor)
        total = count_of(front(admin_page), "To check again")
        assert total is not None
        assert total > 100
        page = admin_page.get("/admin/rollout/work/due/").content.decode()
        assert f"{total} in all" in page
        assert "Rhône" in rows(page)[0]
        assert "overdue" in rows(page)[0]


@pytest.mark.usefixtures("_french_only")
def test_drafts_and_translations_are_counted_and_listed(admin_page, editor):
    entry = Entry.objects.get(slug="new-phone")
    change(
        admin_page, entry, change_note="Better said.", **{"texts-0-body": "Quite another sense."}
    )
    french = EntryText.objects.get(entry="lost-or-stolen-phone", language="fr")
    french.status = "draft"
    writer.save_fact(french, by=editor, note="Not good enough.")
    EntryText.objects.filter(entry="students", language="fr").delete()
    html = front(admin_page)
    for kind, slug, total in [
        ("drafts", "lost-or-stolen-phone", 1),
        ("outdated", "new-phone", 1),
        ("missing", "students", 2),  # and the update on the change
    ]:
        assert count_of(html, worklist.WorkKind(kind).label) == total
        assert f'href="/admin/rollout/work/{kind}/"' in html
        page = admin_page.get(f"/admin/rollout/work/{kind}/?language=fr").content.decode()
        assert len(rows(page)) == total
        reference = EntryText.objects.get(entry=slug, language="en")
        address = (
            f"/admin/rollout/entry/{slug}/change/"
            if kind == "drafts"
            else f"/admin/rollout/translate/fr/entrytext-{reference.pk}/"
        )
        assert f'href="{address}"' in page


def test_dead_links_are_counted_and_listed(admin_page):
    LinkCheck.objects.record(Source.objects.get(slug="rtl-2023-07-25"), LinkState.DEAD, "404")
    assert count_of(front(admin_page), "Dead links of sources") == 1
    page = admin_page.get("/admin/rollout/work/dead-links/").content.decode()
    assert 'href="/admin/rollout/source/rtl-2023-07-25/change/"' in page


@pytest.mark.usefixtures("_french_only")
def test_what_is_left_behind_is_what_the_texts_themselves_say(editor):
    """The count has a quick way of its own; also with texts of some days, and drafts."""
    texts = EntryText.objects.filter(language="fr").order_by("pk")
    today = datetime.date(2026, 11, 29)
    for number, text in enumerate(texts[:12]):
        EntryText.objects.filter(pk=text.pk).update(
            translates=["", "x" * 16, text.translates][number % 3],
            valid_until=[None, today, today + datetime.timedelta(9)][number // 4],
        )
        if number % 2:
            EntryText.objects.create(
                entry=text.entry,
                language="en",
                title="Later",
                body=f"Other words {number}",
                valid_from=today + datetime.timedelta(5),
            )
    with time_machine.travel("2026-12-01T12:00:00+01:00", tick=False):
        by_entry: dict[str, list[EntryText]] = {}
        for text in EntryText.objects.all():
            by_entry.setdefault(text.entry_id, []).append(text)
        expected = {
            (text.entry_id, text.language)
            for texts_of_entry in by_entry.values()
            for text in texts_of_entry
            if text.is_left_behind(texts_of_entry)
        }
        counted = worklist.rows_of(worklist.WorkKind.OUTDATED, editor, ["en", "fr"])[:]
    assert 2 <= len(expected) < 12
    assert {(row.pk, row.language) for row in counted} == expected


@pytest.mark.usefixtures("_french_only")
def test_an_entry_without_a_translation_from_a_day_on_says_so(admin_page):
    later = datetime.date(2027, 3, 1)
    texts = EntryText.objects.filter(entry="students")
    texts.update(valid_until=later - datetime.timedelta(1))
    EntryText.objects.create(entry_id="students", language="en", title="Then", valid_from=later)
    page = admin_page.get("/admin/rollout/work/missing/").content.decode()
    assert len(rows(page)) == 1
    assert '<time datetime="2027-03-01">' in page


# --- However much it is ----------------------------------------------------------------------------

UPDATES = 3000


@pytest.fixture
def _french_only():
    """Have no translation but French, and hide all other languages."""
    Language.objects.exclude(code="fr").update(stage=Stage.HIDDEN)
    for model in TEXT_MODELS:
        model._default_manager.exclude(language__in=["en", "fr"]).delete()


@pytest.fixture
def _thirteen_languages():
    """Have no text in any of twelve languages, all in preview, and many updates."""
    for code, _name in translated_languages():
        Language.objects.update_or_create(code=code, defaults={"stage": Stage.PREVIEW})
    for model in TEXT_MODELS:
        model._default_manager.exclude(language="en").delete()
    updates = Update.objects.bulk_create(
        Update(published_at=timezone.now(), path=f"departments/{number}/")
        for number in range(UPDATES)
    )
    UpdateText.objects.bulk_create(
        UpdateText(update=update, language="en", note="A note.") for update in updates
    )


def total_of_scope():
    """Return how many texts are to be written in twelve languages: few of those in French."""
    codes = [code for code, _name in site_settings.LANGUAGES]
    return sum(1 for _unit in coverage.units(codes))


@pytest.mark.usefixtures("_thirteen_languages")
def test_with_13_languages_and_all_missing_the_index_stays_small(
    admin_page, django_assert_max_num_queries
):
    front(admin_page)
    with django_assert_max_num_queries(60):
        page = admin_page.get("/admin/")
    assert len(page.content) < 10_000
    html = page.content.decode()
    total = count_of(html, "Translations that are missing")
    assert total == total_of_scope()
    assert UPDATES + 11 * 100 < total < 2 * UPDATES + 11 * 250  # updates are in French only
    assert "?language=" not in html


@pytest.mark.usefixtures("_thirteen_languages")
def test_hidden_languages_are_work_only_for_those_who_ask(admin_page, client):
    Language.objects.update(stage=Stage.HIDDEN)
    french = sum(1 for _unit in coverage.units(["fr"]))
    assert count_of(front(admin_page), "Translations that are missing") == french
    page = admin_page.get("/admin/rollout/work/missing/?language=de").content.decode()
    assert all(row.startswith("Deutsch ") for row in rows(page))
    assert len(rows(page)) == 100
    arabic = sum(1 for _unit in coverage.units(["ar"]))
    html = front(signed_in(client, "Translator: ar"))
    assert count_of(html, "Translations that are missing") == arabic


@pytest.mark.usefixtures("_thirteen_languages")
def test_with_13_languages_and_all_left_behind_the_index_stays_small(
    admin_page, django_assert_max_num_queries
):
    EntryText.objects.bulk_create(
        EntryText(entry_id=text.entry_id, language=code, title=text.title, translates="x" * 16)
        for text in EntryText.objects.filter(language="en")
        for code, _name in site_settings.LANGUAGES
        if code != "en"
    )
    front(admin_page)
    with django_assert_max_num_queries(60):
        page = admin_page.get("/admin/")
    assert len(page.content) < 10_000
    total = count_of(page.content.decode(), "Translations that the reference text has left behind")
    corrections = Entry.objects.filter(kind="correction").count()
    assert total == 12 * Entry.objects.count() - 11 * corrections


@pytest.mark.usefixtures("_thirteen_languages")
def test_a_list_has_pages_of_100_rows_at_most(admin_page, django_assert_max_num_queries):
    address = "/admin/rollout/work/missing/"
    total = count_of(front(admin_page), "Translations that are missing")
    pages = -(-total // 100)
    seen = set()
    for number in (1, 2, pages // 2, pages):
        with django_assert_max_num_queries(40):
            page = admin_page.get(f"{address}?page={number}")
        assert len(page.content) < 60_000
        assert 0 < len(rows(page.content.decode())) <= 100
        seen |= set(re.findall(r"/admin/rollout/translate/[\w-]+/[\w-]+/", page.content.decode()))
    assert len(rows(page.content.decode())) == total - 100 * (pages - 1)
    assert len(seen) > 250


@pytest.mark.parametrize("number", ["0", "-1", "x", "999999", "9" * 30, "", "1e3"])
def test_an_odd_number_of_a_page_is_answered_with_a_page(admin_page, number):
    for path in ("work/missing/", "changes/"):
        page = admin_page.get(f"/admin/rollout/{path}", {"page": number})
        assert page.status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("work/nothing/", 404),
        ("work/missing/?language=xx", 404),
        ("changes/?first=2026-13-45T00:00:00", 404),
        ("changes/?first=x&last=y", 200),
        ("changes/?first=2026-11-29T00:00:00&last=0001-01-01T00:00:00%2B23:00", 404),
        ("changes/?first=%00", 400),
    ],
)
def test_odd_addresses_are_refused_in_words(admin_page, path, status):
    assert admin_page.get(f"/admin/rollout/{path}").status_code == status


@pytest.mark.parametrize("path", ["work/due/", "changes/"])
def test_lists_are_only_looked_at(admin_page, path):
    assert admin_page.post(f"/admin/rollout/{path}").status_code == 405


# --- The last acts ---------------------------------------------------------------------------------


def acts(html):
    """Return the lines of the last changes, each as text without tags."""
    part = html.partition('<ul class="changes">')[2].partition("</ul>")[0]
    return [" ".join(re.sub("<[^>]+>", " ", line).split()) for line in part.split("<li>")[1:]]


def save_departments(editor, codes, note):
    for department in Department.objects.filter(code__in=codes):
        department.suspended_from = datetime.date(2026, 11, 28)
        writer.save_fact(department, by=editor, note=note)


TWELVE = [f"{number:02}" for number in range(10, 20)] + ["21", "22"]


def test_twelve_departments_changed_at_once_are_one_line(admin_page, editor):
    change(admin_page, Department.objects.get(code="69"), precision="by", change_note="By then.")
    save_departments(editor, TWELVE, "Twelve stop.")
    html = front(admin_page)
    newest, before = acts(html)
    assert newest.endswith("an-editor 12 departments – Twelve stop.")
    assert "69 Rhône" in before
    assert 'href="/admin/rollout/department/69/history/"' in html
    address = re.findall(r'href="(/admin/rollout/changes/\?first=[^"]+)"', html)
    page = admin_page.get(address[0].replace("&amp;", "&")).content.decode()
    assert len(rows(page)) == 12
    for code in TWELVE:
        assert f'href="/admin/rollout/department/{code}/history/"' in page
    assert "69 Rhône" not in page


def test_an_edit_of_many_departments_says_what_it_did(admin_page, editor):
    save_departments(editor, TWELVE, "Twelve stop.")
    edit = BulkEdit.objects.create(made_by=editor, title="suspended 12 departments")
    edit.departments.set(Department.history.filter(history_user=editor))
    assert acts(front(admin_page))[0].endswith("an-editor suspended 12 departments – Twelve stop.")


def test_acts_of_two_people_or_of_two_moments_are_lines_of_their_own(admin_page, editor):
    other = people.person("another")
    with time_machine.travel("2026-12-01T12:00:00+01:00", tick=False) as clock:
        people.sign_in(admin_page, editor)
        save_departments(editor, ["01", "02"], "They stop.")
        clock.shift(20)
        save_departments(other, ["03", "04"], "They stop.")
        clock.shift(20)
        save_departments(editor, ["05"], "They stop.")
        clock.shift(90)
        save_departments(editor, ["06"], "They stop.")
        lines = acts(front(admin_page))
    assert len(lines) == 3
    assert "06 Alpes-Maritimes" in lines[0]
    assert "3 departments" in lines[1]
    assert "2 departments" in lines[2]


def test_a_row_and_its_texts_saved_by_one_form_are_one_line(admin_page):
    change(
        admin_page,
        Department.objects.get(code="69"),
        precision="by",
        change_note="Both.",
        **{"texts-0-note": "Lyon and around."},
    )
    assert len(acts(front(admin_page))) == 1


def test_all_changes_are_listed_in_pages(
    admin_page, editor, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(work_pages, "ROWS_PER_PAGE", 10)
    save_departments(editor, TWELVE, "Twelve.")
    for number, text in enumerate(EntryText.objects.filter(language="fr")[:8]):
        text.title += "!"
        writer.save_fact(text, by=editor, note=f"Text {number}.")
    with django_assert_max_num_queries(30):
        page = admin_page.get("/admin/rollout/changes/").content.decode()
    rest = admin_page.get("/admin/rollout/changes/?page=2").content.decode()
    assert (len(rows(page)), len(rows(rest))) == (10, 10)
    assert "Text 7." in rows(page)[0]
    assert len(acts(front(admin_page))) == 6


# --- Links ----------------------------------------------------------------------------------------


def test_every_link_of_it_leads_somewhere(admin_page):
    html = front(admin_page)
    links = re.findall(r'href="(/admin/[^"]*)"', html)
    assert len(links) > 20
    for link in set(links):
        assert admin_page.get(link.replace("&amp;", "&"), follow=True).status_code == 200, link


def test_a_kind_of_work_with_a_page_of_its_own_leads_there(admin_page, monkeypatch):
    page = {worklist.WorkKind.DEAD_LINKS: "admin:rollout_source_changelist"}
    monkeypatch.setattr(worklist, "PAGES", page)
    LinkCheck.objects.record(Source.objects.get(slug="rtl-2023-07-25"), LinkState.DEAD, "404")
    assert re.search(r'href="/admin/rollout/source/"><strong>1</strong>', front(admin_page))
