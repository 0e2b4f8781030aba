"""The history of a row: who changed what, in sentences; comparing, and bringing a version back."""

import datetime
import html as entities
import re

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags

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
from rollout.wording import differences
from tests.support.admin_forms import change, form_values

pytestmark = pytest.mark.django_db

day = datetime.date.fromisoformat


def errors(response):
    """Return what the form complains about."""
    assert response.status_code == 200
    matches = re.findall(r'class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", " ", " ".join(matches))


def shown(response):
    """Return the page as text, without tags."""
    return in_words(response.content.decode())


def in_words(html):
    html = re.sub(r"</?time[^>]*>", "", html)
    return " ".join(entities.unescape(re.sub(r"<[^>]+>", " ", html)).split())


def rendered(found):
    """Return differences as the pages of history and plan show them."""
    return in_words(render_to_string("admin/_differences.html", {"differences": found}))


def last_line(row):
    """Return what the newest version of a row changed, as the pages show it."""
    return rendered(differences.lines(history.versions(row))[0].differences)


# --- In words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "english", "french"),
    [
        (
            {"opened_on": "2024-05-31", "precision": "by"},
            {"opened_on": "2024-05-29", "precision": "on"},
            "Open by 31 May 2024 → open on 29 May 2024",
            "Ouvert au plus tard le 31 mai 2024 → ouvert le 29 mai 2024",
        ),
        (
            {"opened_on": "2024-05-31", "precision": "by"},
            {"not_before": "2024-05-01"},
            "Open by 31 May 2024 → open by 31 May 2024, not before 1 May 2024",
            (
                "Ouvert au plus tard le 31 mai 2024 → "
                "ouvert au plus tard le 31 mai 2024, mais pas avant le 1er mai 2024"
            ),
        ),
        (
            {"opened_on": "2024-05-29", "precision": "about"},
            {"suspended_from": "2026-12-05", "suspended_until": "2026-12-13"},
            "Open about 29 May 2024 → open about 29 May 2024; suspended from 5 to 12 December 2026",
            (
                "Ouvert vers le 29 mai 2024 → "
                "ouvert vers le 29 mai 2024 ; suspendu du 5 au 12 décembre 2026"
            ),
        ),
        (
            {"opened_on": None, "precision": ""},
            {"opened_on": "2027-02-01", "precision": "on"},
            "Not announced → open on 1 February 2027",
            "Non annoncé → ouvert le 1er février 2027",
        ),
    ],
)
def test_an_opening_is_one_sentence(editor, before, after, english, french):
    rhone = Department.objects.get(code="69")
    rhone.not_before = None
    for values in (before, after):
        for name, value in values.items():
            is_day = value and name != "precision"
            setattr(rhone, name, day(value) if is_day else value)
        writer.save_fact(rhone, by=editor)
    assert last_line(rhone) == english
    with translation.override("fr"):
        assert last_line(rhone) == french


def test_choices_rows_days_and_ticks_are_shown_by_what_they_mean(editor):
    rhone = Department.objects.get(code="69")
    rhone.certainty, rhone.wave_id = "one-press", "june-2024"
    rhone.check_again_by, rhone.last_checked = day("2027-02-01"), day("2026-11-29")
    writer.save_fact(rhone, by=editor, sources=Source.objects.filter(pk="ameli-2025-11"))
    line = last_line(rhone)
    assert "Wave: 2023 pilot → June 2024 regions" in line
    assert "Certainty: " in line
    assert "→ reported by one press source" in line
    assert "→ 29 November 2026" in line
    assert "→ 1 February 2027" in line
    assert "removed: rtl.fr, 25 July 2023" in line
    assert "added: ameli.fr, around November 2025" in line
    with translation.override("fr"):
        assert "→ rapporté par une seule source de presse" in last_line(rhone)
    update = writer.publish_update("Something.", by=editor, departments=[rhone])
    update.is_active = False
    writer.save_fact(update, by=editor)
    assert last_line(update).endswith("Active: yes → no")


def test_what_an_entry_speaks_of_is_named(editor):
    entry = Entry.objects.get(pk="new-phone")
    entry.speaks_of = "department:69 wave:pilot-2023"
    writer.save_fact(entry, by=editor)
    entry.speaks_of, entry.day, entry.day_precision = "wave:pilot-2023", day("2026-11-01"), "month"
    writer.save_fact(entry, by=editor)
    line = last_line(entry)
    assert "Speaks of: removed: 69 Rhône" in line
    assert "2023 pilot" not in line
    assert "Day: – → November 2026" in line


def test_a_text_shows_the_sentences_in_which_words_changed(editor):
    text = EntryText.objects.get(entry="new-phone", language="en")
    text.body = "First. Second one here. Third. Fourth says this. Fifth.\n\nSixth. Last."
    writer.save_text(text, by=editor)
    text.body = "First. Second one here. Third. Fourth says that. Fifth.\n\nSixth. Last."
    writer.save_text(text, by=editor)
    entry = text.entry
    (difference,) = differences.lines(history.versions(entry))[0].differences
    html = render_to_string("admin/_differences.html", {"differences": [difference]})
    assert "<del>this. </del><ins>that. </ins>" in html
    assert 'lang="en"' in html
    assert in_words(html) == "Text: … Third. Fourth says this. that. Fifth. …"


def test_a_translation_brought_into_step_shows_no_fingerprint(editor):
    english = EntryText.objects.get(entry="new-phone", language="en")
    english.title = "Another phone"
    writer.save_text(english, by=editor)
    french = EntryText.objects.get(entry="new-phone", language="fr")
    french.title = "Un autre téléphone"
    writer.save_text(french, by=editor, is_current=True)
    line = last_line(french.entry)
    assert "Marked as saying what the reference text says" in line
    assert "→ written by a person" in line
    assert french.translates not in line
    assert "Reviewed" not in line


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("One. Two.", "One. Two."),
        ("One two three. Four!", "One 2 three. Four! Five?"),
        ("- a\n- b\n- c\n", "- a\n- c\n- d\n"),
        ("Quite one text. " * 40, "Another altogether. " * 50),
        ("word " * 2000, "other " * 2000),
        ("a", "b"),
        ("É. è", "È. é"),
    ],
)
def test_the_pieces_of_a_text_are_the_new_text(old, new):
    runs = differences.text_runs(old, new)
    if not any(run.kind == "gap" for run in runs):
        assert "".join(run.text for run in runs if run.kind != "removed") == new
        removed = "".join(run.text for run in runs if run.kind != "added")
        assert removed.split() == old.split()
    assert any(run.kind in ("added", "removed") for run in runs) == (old != new)


def test_two_sources_of_one_day_are_told_apart(editor):
    first = Source.objects.get(pk="clubic-2024-05-31")
    twin = Source(
        slug="clubic-again",
        publisher=first.publisher,
        published_on=first.published_on,
        published_precision=first.published_precision,
        language="fr",
    )
    writer.save_fact(twin, by=editor)
    assert ": " in differences.Titles().of(Source, first.pk)
    assert differences.Titles().of(Source, "rtl-2023-07-25") == "rtl.fr, 25\xa0July 2023"
    assert differences.Titles().of(Source, "gone") == "a row that is not there any more"


# --- The page ------------------------------------------------------------------------------------


def test_the_history_is_a_list_by_day_with_who_and_why(admin_page):
    rhone = Department.objects.get(code="69")
    change(admin_page, rhone, opened_on="2023-07-30", change_note="RTL was wrong.")
    response = admin_page.get("/admin/rollout/department/69/history/")
    html = response.content.decode()
    assert "<table" not in html
    assert re.search(r"<h2><time[^>]*>\d+\xa0\w+ \d{4}</time></h2>", html)
    text = shown(response)
    assert "· an-editor Open about 25 July 2023 → open about 30 July 2023" in text
    assert "Why: RTL was wrong." in text
    assert "· the data files created" in text


def test_only_what_differs_is_brought_back(admin_page, editor):
    rhone = Department.objects.get(code="69")
    address = "/admin/rollout/department/69/history/"
    assert "Bring back" not in shown(admin_page.get(address))
    change(admin_page, rhone, opened_on="2023-07-30")
    (newest, first) = history.versions(rhone)[0], history.versions(rhone)[-1]
    html = admin_page.get(address).content.decode()
    assert f"history/{first.key}/" in html
    assert f"history/{newest.key}/" not in html
    change(admin_page, rhone, opened_on="2023-07-25")
    assert f"history/{first.key}/" not in admin_page.get(address).content.decode()
    # Who read a text, and when, is no difference.
    text = EntryText.objects.get(entry="new-phone", language="en")
    before = history.versions(text.entry)
    writer.save_text(text, by=editor)
    assert all(version.is_current for version in history.versions(text.entry))
    assert len(history.versions(text.entry)) == len(before) + 1


def test_a_long_history_costs_few_queries(admin_page, editor, django_assert_max_num_queries):
    rhone = Department.objects.get(code="69")
    sources = list(Source.objects.all()[:3])
    waves = list(Wave.objects.all()[:2])
    for number in range(200):
        rhone.wave = waves[number % 2]
        rhone.opened_on = day("2024-05-01") + datetime.timedelta(days=number % 9)
        writer.save_fact(rhone, by=editor, sources=sources[number % 3 :])
    with django_assert_max_num_queries(20):
        html = admin_page.get("/admin/rollout/department/69/history/").content.decode()
    assert html.count('name="old"') > 200


def test_rows_without_texts_have_a_history_too(admin_page):
    change(admin_page, Region.objects.get(pk="84"), slug="aura", change_note="Shorter.")
    text = shown(admin_page.get("/admin/rollout/region/84/history/"))
    assert "Name in addresses: auvergne-rhone-alpes → aura" in text


# --- Comparing, and bringing back ----------------------------------------------------------------


def bring_back(page, address, **values):
    """Open the page of a version, fill it in and send it."""
    return page.post(address, form_values(page.get(address).content.decode()) | values)


def test_a_version_is_brought_back_without_touching_its_siblings(admin_page, editor):
    rhone, isere = Department.objects.get(code="69"), Department.objects.get(code="38")
    change(admin_page, rhone, opened_on="2023-07-30", sources=["clubic-2024-05-31"])
    change(admin_page, isere, precision="on", not_before="")
    first = history.versions(rhone)[-1]
    address = f"/admin/rollout/department/69/history/{first.key}/"
    text = shown(admin_page.get(address))
    assert "Open about 30 July 2023 → open about 25 July 2023" in text
    assert "added: rtl.fr, 25 July 2023" in text
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
    compared = strip_tags(html.split("From ")[1].split("<form")[0]).replace("\xa0", " ")
    assert "Open about 25 July 2023" in compared
    assert "open by 29 July 2023" in compared
    assert "30 July" not in compared
    for old, new in (("x", "y"), (matches[0].key, "department-0"), ("-1", "1")):
        assert admin_page.get(f"{address}?old={old}&new={new}").status_code == 200
    assert admin_page.get(f"{address}department-0/").status_code == 404
    assert admin_page.get("/admin/rollout/department/99/history/").status_code == 404


def test_the_audit_trail_cannot_be_edited_in_the_admin(admin_page):
    for name in ("historicaldepartment", "historicalentry", "logentry"):
        assert admin_page.get(f"/admin/rollout/{name}/").status_code == 404
    assert admin_page.get("/admin/admin/logentry/").status_code == 404


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


def test_texts_of_two_languages_are_not_compared(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    keys = {version.part: version.key for version in history.versions(entry)}
    address = (
        f"/admin/rollout/entry/new-phone/history/?old={keys['English']}&new={keys['Français']}"
    )
    assert "These two cannot be compared" in admin_page.get(address).content.decode()
