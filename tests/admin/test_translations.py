"""Translations in the admin: what is there, one text at a time, approving, stages of languages."""

import os
import re
from collections import Counter

import pytest
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command
from django.urls import reverse

from rollout.admin.translation_lists import MAX_APPROVED
from rollout.dates import today
from rollout.facts import writer
from rollout.models import (
    DepartmentText,
    Entry,
    EntryText,
    HealthSchemeText,
    IdentityDocumentText,
    Update,
    UpdateText,
    WaveText,
)
from rollout.models.edits import ProposedEdit
from rollout.models.languages import Language, Stage
from rollout.models.texts import fingerprint
from rollout.translations import coverage
from rollout.translations.coverage import State
from rollout.translations.units import TEXT_MODELS
from rollout.wording import differences
from tests.support import people

pytestmark = pytest.mark.django_db

GERMAN = "Sie wechseln das Telefon"


@pytest.fixture
def _nothing_in_german():
    for model in TEXT_MODELS:
        model._default_manager.filter(language="de").delete()


@pytest.fixture
def translator(client):
    """Return a browser in which a translator into German is signed in."""
    return people.sign_in(client, people.person("a-translator", "Translator: de"))


def reference(slug="new-phone"):
    return EntryText.objects.get(entry=slug, language="en")


def in_german(slug="new-phone"):
    return EntryText.objects.get(entry=slug, language="de")


def draft_of_machine(slug="new-phone", **values):
    """Save a German text as the data files bring it: drafted by a machine, and current."""
    english = reference(slug)
    EntryText.objects.filter(entry=slug, language="de").delete()
    return EntryText.objects.create(
        **{
            "entry_id": slug,
            "language": "de",
            "title": GERMAN,
            "body": english.body,
            "origin": "machine",
            "translates": english.fingerprint,
            **values,
        }
    )


def address(text, query=""):
    key = f"{text._meta.model_name}-{text.pk}"
    return reverse("admin:rollout_translate_text", args=["de", key]) + query


def fields(html):
    """Return the values of the form's fields, as a browser sends them."""
    form = html.split('id="translate-form"')[1].split("</form>")[0]
    values = {}
    for name in ("base_version", "confirmed"):
        attributes = re.search(rf'<input type="hidden" name="{name}"([^>]*)>', form)
        assert attributes
        value = re.search(r'value="([^"]*)"', attributes[1])
        values[name] = value[1] if value else ""
    return values


def send(page, text, query="", **values):
    """Open the page of a text, type these words and send them, in spite of what may be wrong."""
    opened = page.get(address(text, query)).content.decode()
    words = fingerprint(*(values.get(name, "") for name in text.text_fields))
    sent = {"status": "published", **fields(opened), "confirmed": words, **values}
    return page.post(address(text, query), sent)


# --- Coverage -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_nothing_in_german")
def test_each_text_is_in_the_first_state_that_fits():
    draft_of_machine("new-phone")
    draft_of_machine("students", status="draft")
    draft_of_machine("nir", origin="approved", reviewed_by="Translator: de")
    draft_of_machine("lost-or-stolen-phone", origin="person")
    draft_of_machine("plastic-card-stays", translates="x" * 16)
    states = {unit.row: unit.state for unit in coverage.units(["de"])}
    assert states["new-phone"] == State.MACHINE
    assert states["students"] == State.DRAFT
    assert states["nir"] == State.APPROVED
    assert states["lost-or-stolen-phone"] == State.PERSON
    assert states["plastic-card-stays"] == State.BEHIND
    assert states["who-can-read-it"] == State.MISSING
    (german,) = coverage.coverage(["de"])
    total = sum(kind.total for kind in german.kinds if kind.kind != coverage.INTERFACE)
    assert total == sum(1 for _unit in coverage.units(["de"]))


def test_the_scope_leaves_out_what_is_in_english_and_french_only():
    kinds = {unit.kind for unit in coverage.units(["de"])}
    assert kinds.isdisjoint({"department", "source", "update", "entry-correction"})
    assert {"wave", "activationroute", "identitydocument", "healthscheme", "entry-term"} <= kinds
    french = {unit.kind for unit in coverage.units(["fr"])}
    assert {"department", "source", "entry-correction"} <= french


def test_the_coverage_of_all_languages_costs_few_queries(django_assert_max_num_queries):
    codes = [code for code, _name in site_settings.LANGUAGES]
    with django_assert_max_num_queries(16):
        assert len(coverage.coverage(codes)) == len(codes) - 1


def test_a_percentage_is_100_only_where_all_is_there():
    kind = coverage.KindCoverage("x", "x", Counter({State.PERSON: 999, State.MISSING: 1}))
    assert (kind.percent, kind.total, kind.shown) == (99, 1000, 999)


def test_strings_of_a_catalogue_are_counted_and_read_again_when_it_changes(tmp_path, settings):
    folder = tmp_path / "locale"
    settings.LOCALE_PATHS = [folder]
    assert not coverage.interface_states("de")  # without the complete catalogue nothing is known
    assert "the catalogue of the words of pages and forms" in coverage.missing_for_public("de")
    shown, hidden = "templates/rollout/home.html", "templates/admin/index.html"
    write(folder / "fr", f'#: {shown}\nmsgid "a"\nmsgstr "A"\n\n#: {hidden}\nmsgid "b"\nmsgstr "B"')
    assert coverage.interface_states("fr") == {State.PERSON: 2}
    assert coverage.interface_states("de") == {State.MISSING: 1}
    write(folder / "de", '#, machine\nmsgid "a"\nmsgstr "Ä"')
    assert coverage.interface_states("de") == {State.MACHINE: 1}
    write(folder / "de", '#, fuzzy\nmsgid "a"\nmsgstr "Ä"', 1)
    assert coverage.interface_states("de") == {State.MISSING: 1}


def write(folder, text, seconds=0):
    """Write a catalogue with a date of its own."""
    path = folder / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    path.write_text(f"{header}{text}\n")
    os.utime(path, (1_700_000_000 + seconds, 1_700_000_000 + seconds))


@pytest.mark.usefixtures("_nothing_in_german")
def test_the_command_prints_the_table_and_fails_where_something_is_missing(capsys):
    with pytest.raises(CommandError, match="Something is missing in de"):
        call_command("translation_coverage", "de")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "de"
    assert lines[1].split() == ["kind", "texts", *State.values, "there"]
    waves = next(line.split() for line in lines if line.strip().startswith("wave"))
    assert waves[:3] == ["wave", "5", "5"]
    with pytest.raises(CommandError, match="xx is not one of"):
        call_command("translation_coverage", "xx")


def test_the_page_shows_an_editor_all_languages_and_a_translator_theirs(
    admin_page, django_assert_max_num_queries
):
    path = reverse("admin:rollout_translations")
    admin_page.get(path)
    with django_assert_max_num_queries(40):
        response = admin_page.get(path)
    html = response.content.decode()
    assert len(response.content) < 100_000
    for code, name in site_settings.LANGUAGES[1:]:
        assert name in html
        assert f"/admin/rollout/translate/{code}/" in html
    german = people.sign_in(admin_page, people.person("them", "Translator: de")).get(path)
    assert "/admin/rollout/translate/de/" in german.content.decode()
    assert "/admin/rollout/translate/fr/" not in german.content.decode()
    assert "Drafted by a machine, to be read" in german.content.decode()  # by kind and state


def test_each_sees_and_writes_their_languages_only(translator, client):
    text = reference()
    for language, status in [("fr", 403), ("en", 404), ("xx", 404), ("de", 200)]:
        key = f"entrytext-{text.pk}"
        for name, arguments in [
            ("translate", [language]),
            ("translate_text", [language, key]),
        ]:
            path = reverse(f"admin:rollout_{name}", args=arguments)
            assert translator.get(path).status_code == status, path
        path = reverse("admin:rollout_translate_check", args=[language, key])
        assert translator.post(path).status_code == status
    for key in ("entrytext-0", "entrytext-x", "user-1", "entrytext-999999999999999999999"):
        path = reverse("admin:rollout_translate_text", args=["de", key])
        assert translator.get(path).status_code == 404
    people.sign_in(client, people.person("nobody"))
    assert client.get(reverse("admin:rollout_translations")).status_code == 403


def test_a_list_is_bounded_and_filtered(translator, django_assert_max_num_queries):
    path = reverse("admin:rollout_translate", args=["de"])
    translator.get(path)
    with django_assert_max_num_queries(45):
        response = translator.get(path)
    assert len(response.content) < 200_000
    assert len(re.findall("<tr>", response.content.decode())) <= 101
    html = translator.get(f"{path}?kind=wave").content.decode()
    assert len(re.findall(r"/translate/de/wavetext-\d+/\?kind=wave", html)) >= 5
    assert "entrytext" not in html
    assert translator.get(f"{path}?kind=odd&state=odd&page=x").status_code == 200


# --- One text at a time ---------------------------------------------------------------------------


def test_reference_translation_and_help_stand_on_one_page(translator):
    draft_of_machine()
    html = translator.get(address(reference())).content.decode()
    assert 'lang="de" dir="ltr"' in html
    assert "You change phones" in html
    assert GERMAN in html
    assert "Vous changez de téléphone" in html
    assert "drafted by a machine, not yet read by a native reader" in html
    arabic = people.person("arabic", "Translator: ar")
    page = people.sign_in(translator, arabic)
    path = reverse("admin:rollout_translate_text", args=["ar", f"entrytext-{reference().pk}"])
    assert re.search(r'<textarea[^>]*lang="ar"[^>]*dir="rtl"', page.get(path).content.decode())


@pytest.mark.usefixtures("_nothing_in_german")
def test_a_text_is_saved_as_written_by_a_person_and_the_next_is_shown(translator):
    response = send(translator, reference(), "?state=missing", title=GERMAN, body=reference().body)
    assert response.status_code == 302, response.context["form"].errors
    text = in_german()
    assert (text.title, text.origin, text.status) == (GERMAN, "person", "published")
    assert text.translates == reference().fingerprint
    assert text.history.get().history_user.get_username() == "a-translator"
    assert re.fullmatch(
        r"/admin/rollout/translate/de/entrytext-\d+/\?state=missing", response["Location"]
    )
    keys = [unit.key for unit in coverage.units(["de"])]
    place = keys.index(f"entrytext-{reference().pk}")
    assert keys[place + 1] in response["Location"]


@pytest.mark.usefixtures("_nothing_in_german")
@pytest.mark.parametrize(
    ("model", "row", "values"),
    [
        (WaveText, {"wave": "pilot-2023"}, ("name", "note")),
        (IdentityDocumentText, {"document": "titre-de-sejour"}, ("name", "note")),
        (HealthSchemeText, {"scheme": "msa"}, ("name", "note")),
    ],
)
def test_every_kind_of_text_is_translated_and_may_be_left_behind(
    translator, editor, model, row, values
):
    english = model.objects.get(language="en", **row)
    words = {name: getattr(english, name) for name in values}
    assert send(translator, english, **words).status_code == 302
    text = model.objects.get(language="de", **row)
    assert (text.origin, text.translates) == ("person", english.fingerprint)
    english.name = f"{english.name}, changed"
    writer.save_text(english, by=editor)
    key = f"{model._meta.model_name}-{english.pk}"
    states = {unit.key: unit.state for unit in coverage.units(["de"])}
    assert states[key] == State.BEHIND
    html = translator.get(address(english)).content.decode()
    assert "left behind by a change" in html
    assert "changed</ins>" in html  # what changed since
    english.name = f"{english.name}!"
    writer.save_text(english, by=editor, is_typo=True)
    text.refresh_from_db()
    assert text.translates != english.fingerprint  # a typo does not bring it into step
    assert send(translator, english, **words).status_code == 302
    text.refresh_from_db()
    assert text.translates == english.fingerprint


def test_a_typo_takes_translations_of_every_kind_along(editor):
    english = WaveText.objects.get(wave="pilot-2023", language="en")
    french = WaveText.objects.get(wave="pilot-2023", language="fr")
    assert french.translates == english.fingerprint
    english.name = f"{english.name}."
    writer.save_text(english, by=editor, is_typo=True)
    french.refresh_from_db()
    assert french.translates == english.fingerprint


def test_notes_sources_and_updates_are_translated_into_full_languages_only(client, editor):
    page = people.sign_in(client, people.person("french", "Translator: fr"))
    update = Update.objects.create(published_at="2026-11-29T12:00:00Z", path="set-up/")
    english = UpdateText.objects.create(update=update, language="en", note="One more step.")
    path = reverse("admin:rollout_translate_text", args=["fr", f"updatetext-{english.pk}"])
    html = page.get(path).content.decode()
    values = {"status": "published", **fields(html), "note": "Une étape de plus."}
    assert page.post(path, values).status_code == 302
    assert UpdateText.objects.get(update=update, language="fr").note == "Une étape de plus."
    german = people.sign_in(client, people.person("german", "Translator: de"))
    for text in (english, DepartmentText.objects.filter(language="en").first()):
        assert text is None or german.get(address(text)).status_code == 404


def test_what_is_surely_wrong_is_refused_and_what_was_typed_stays(translator):
    text = draft_of_machine()
    response = send(translator, reference(), title=GERMAN, body="Ohne Link, 77.")
    html = response.content.decode()
    assert response.status_code == 200
    assert "A link leads elsewhere than in the reference text, or is missing" in html
    assert "Ohne Link, 77." in html
    text.refresh_from_db()
    assert text.body == reference().body


def test_what_may_be_wrong_is_asked_once(translator):
    draft_of_machine()
    body = f"{reference().body} 77"
    response = send(translator, reference(), title=GERMAN, body=body, confirmed="")
    html = response.content.decode()
    assert "Numbers differ from those of the reference text: +77" in html
    assert "Save all the same" in html
    assert in_german().body != body
    again = {"title": GERMAN, "body": body, "status": "published", **fields(html)}
    other = {**again, "body": f"{body} 78"}
    assert translator.post(address(reference()), other).status_code == 200  # asked anew
    assert translator.post(address(reference()), again).status_code == 302
    assert in_german().body == body


def test_an_unfinished_draft_is_saved_without_a_question(translator):
    draft_of_machine()
    response = send(translator, reference(), title="Noch", body="", status="draft")
    assert response.status_code == 302
    assert in_german().status == "draft"


def test_two_translators_do_not_overwrite_each_other(translator, editor):
    text = draft_of_machine()
    opened = fields(translator.get(address(reference())).content.decode())
    text.title = "Neues Telefon"
    writer.save_text(text, by=editor)
    values = {"title": GERMAN, "body": reference().body, "status": "published", **opened}
    response = translator.post(address(reference()), values)
    assert "Someone else changed this while you had it open" in response.content.decode()
    assert in_german().title == "Neues Telefon"
    values |= fields(response.content.decode())
    values |= {"title": "Anderes Telefon", "body": f"{reference().body} "}
    values["confirmed"] = fingerprint(values["title"], values["body"])
    confirmed = translator.post(address(reference()), values)
    assert confirmed.status_code == 302
    assert in_german().title == "Anderes Telefon"


def test_saving_what_was_not_changed_writes_no_history(translator):
    text = draft_of_machine()
    values = {"title": text.title, "body": text.body}
    assert send(translator, reference(), **values).status_code == 302
    assert text.history.count() == 1
    assert in_german().origin == "machine"


def test_words_are_checked_while_they_are_typed(translator):
    key = f"entrytext-{reference().pk}"
    path = reverse("admin:rollout_translate_check", args=["de", key])
    sent = {"title": GERMAN, "body": "**Ohne Link"}
    found = translator.post(path, sent).json()["findings"]
    assert any(
        is_refused and "A link leads elsewhere" in text for text, is_refused in found["body"]
    )
    assert any(text.startswith("Line 1") for text, _is_refused in found["body"])
    assert "title" not in found
    right = translator.post(path, {"title": GERMAN, "body": reference().body}).json()["findings"]
    assert [pair for pair in right["body"] if pair[1]] == []
    assert translator.get(path).status_code == 405


def test_terms_of_the_glossary_are_shown_in_the_language(translator):
    draft_of_machine("cpam", title="CPAM (Kasse), die örtliche Kasse")
    EntryText.objects.filter(entry="new-phone", language="en").update(body="Ask the CPAM.")
    html = translator.get(address(reference())).content.decode()
    assert re.search(r'<dt lang="fr"[^>]*>CPAM', html)
    assert "die örtliche Kasse" in html


# --- Approving ------------------------------------------------------------------------------------


def test_reading_and_approving_is_one_act_in_the_name_of_a_role(translator):
    text = draft_of_machine()
    values = {"title": text.title, "body": text.body}
    assert send(translator, reference(), _approve="1", **values).status_code == 302
    text.refresh_from_db()
    assert (text.origin, text.reviewed_by) == ("approved", "Translator: de")
    assert text.reviewed_on == today()
    assert "a-translator" not in text.reviewed_by
    assert text.history.first().history_user.get_username() == "a-translator"


def test_an_editor_does_not_approve_in_the_name_of_translators(admin_page):
    text = draft_of_machine()
    html = admin_page.get(address(reference())).content.decode()
    assert "_approve" not in html
    assert "Only who has the role of a translator into this language can approve" in html
    values = {"title": text.title, "body": text.body}
    send(admin_page, reference(), _approve="1", **values)
    assert in_german().origin == "machine"
    path = reverse("admin:rollout_approve", args=["de"])
    assert admin_page.post(path, {"text": "x"}).status_code == 403


def test_other_words_make_an_approved_text_one_of_a_person_again(editor):
    text = draft_of_machine(origin="approved", reviewed_by="Translator: de")
    text.title = "Neues Telefon"
    writer.save_text(text, by=editor)
    assert in_german().origin == "person"
    assert in_german().reviewed_by != "Translator: de"


def test_a_change_of_the_reference_leaves_an_approved_text_behind(editor):
    writer.approve_texts([draft_of_machine()], role="Translator: de", by=editor)
    english = reference()
    english.title = "A new phone"
    writer.save_text(english, by=editor)
    states = {unit.row: unit.state for unit in coverage.units(["de"])}
    assert states["new-phone"] == State.BEHIND
    assert in_german().origin == "approved"  # of the words that it has


def test_history_says_how_a_text_was_made_and_who_read_it(editor):
    text = draft_of_machine()
    writer.save_text(text, by=editor, is_current=True)
    writer.approve_texts([text], role="Translator: de", by=editor)
    new = text.history.first()
    line = " ".join(map(str, differences.between(new.prev_record, new)))
    assert "drafted by a machine, not yet read by a native reader → read and approved" in line
    assert "Translator: de, " in line


def test_several_are_approved_at_once_after_a_question(translator):
    first, second = draft_of_machine("new-phone"), draft_of_machine("students")
    path = reverse("admin:rollout_translate", args=["de"]) + "?state=machine"
    html = translator.get(path).content.decode()
    tokens = re.findall(r'name="text" value="(entrytext-\d+:\w{16})"', html)
    keys = {f"entrytext-{reference(slug).pk}" for slug in ("new-phone", "students")}
    chosen = [token for token in tokens if token.partition(":")[0] in keys]
    assert len(chosen) == 2
    approve = reverse("admin:rollout_approve", args=["de"])
    question = translator.post(approve, {"text": chosen}).content.decode()
    assert "You have read these 2 texts" in question
    first.refresh_from_db()
    assert first.origin == "machine"
    EntryText.objects.filter(pk=second.pk).update(title="Inzwischen anders")
    response = translator.post(approve, {"text": chosen, "_confirm": "1"}, follow=True)
    html = response.content.decode()
    assert "1 text was changed since you read it, and is left out." in html
    assert "1 text is approved." in html
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.origin, second.origin) == ("approved", "machine")
    nothing = translator.post(approve, {"text": []}, follow=True).content.decode()
    assert "Tick the texts that you have read." in nothing


def test_at_most_20_are_approved_at_once(translator):
    for slug in Entry.objects.exclude(kind="correction").values_list("pk", flat=True)[:25]:
        draft_of_machine(slug)
    path = reverse("admin:rollout_translate", args=["de"]) + "?state=machine"
    tokens = re.findall(r'name="text" value="([^"]+)"', translator.get(path).content.decode())
    question = translator.post(reverse("admin:rollout_approve", args=["de"]), {"text": tokens})
    html = question.content.decode()
    assert html.count('name="text"') == MAX_APPROVED
    assert "These are the first 20" in html


def test_an_old_version_comes_back_with_how_it_was_made(editor):
    text = draft_of_machine()
    writer.save_text(text, by=editor, is_current=True)  # its first line of history
    machine = text.history.first()
    text.title = "Neues Telefon"
    writer.save_text(text, by=editor)
    assert in_german().origin == "person"
    writer.restore_version(machine, by=editor)
    assert (in_german().title, in_german().origin) == (GERMAN, "machine")


def test_an_edit_of_many_departments_notes_who_wrote_its_translations(editor):
    texts = [
        DepartmentText(department_id="01", language="en", note="A note on this department."),
        DepartmentText(department_id="01", language="fr", note="Une note sur ce département."),
    ]
    DepartmentText.objects.filter(department="01").delete()
    writer.create_facts(texts, by=editor)
    french = DepartmentText.objects.get(department="01", language="fr")
    assert (french.origin, french.translates) == ("person", texts[0].fingerprint)


# --- With a second reader --------------------------------------------------------------------------


def test_new_words_wait_for_a_second_reader(translator, settings):
    settings.SECOND_READER = True
    text = draft_of_machine()
    values = {"title": "Neues Telefon", "body": text.body}
    response = send(translator, reference(), _approve="1", **values)
    assert response["Location"] == f"/admin/proposals/{ProposedEdit.objects.get().pk}/"
    assert in_german().title == GERMAN
    assert in_german().origin == "machine"


def test_approving_words_that_stay_is_a_second_reading_itself(translator, settings):
    settings.SECOND_READER = True
    text, other = draft_of_machine(), draft_of_machine("students")
    values = {"title": text.title, "body": text.body}
    assert send(translator, reference(), _approve="1", **values).status_code == 302
    token = f"entrytext-{reference('students').pk}:{other.fingerprint}"
    approve = reverse("admin:rollout_approve", args=["de"])
    assert translator.post(approve, {"text": token, "_confirm": "1"}).status_code == 302
    assert in_german().origin == in_german("students").origin == "approved"
    assert not ProposedEdit.objects.exists()


def test_publishing_a_draft_by_approving_it_waits(translator, settings):
    settings.SECOND_READER = True
    text = draft_of_machine(status="draft")
    send(translator, reference(), _approve="1", title=text.title, body=text.body)
    assert ProposedEdit.objects.count() == 1
    assert in_german().status == "draft"


# --- Stages ---------------------------------------------------------------------------------------


def base_version(html):
    match = re.search(r'name="base_version"[^>]*value="([^"]*)"', html)
    assert match
    return match[1]


def stage(page, language, value):
    path = reverse("admin:rollout_language_change", args=[language])
    html = page.get(path).content.decode()
    sent = {"stage": value, "change_note": "Try.", "base_version": base_version(html)}
    return page.post(path, sent)


@pytest.mark.usefixtures("_nothing_in_german")
def test_an_incomplete_language_does_not_become_public(admin_page):
    Language.objects.update_or_create(code="de", defaults={"stage": Stage.HIDDEN})
    response = stage(admin_page, "de", "public")
    html = response.content.decode()
    assert response.status_code == 200
    assert "It cannot be public yet. There is still missing:" in html
    assert "Waves: 5 of 5 are missing or drafts" in html
    assert 'href="/admin/rollout/translate/de/?state=missing"' in html
    assert Language.objects.get(code="de").stage == "hidden"
    assert stage(admin_page, "de", "preview").status_code == 302
    german = Language.objects.get(code="de")
    assert german.stage == "preview"
    assert german.history.first().history_change_reason == "Try."


def test_a_complete_language_becomes_public_and_an_old_version_is_checked_too(
    admin_page, client, monkeypatch
):
    Language.objects.update_or_create(code="de", defaults={"stage": Stage.PREVIEW})
    monkeypatch.setattr("rollout.admin.languages.missing_for_public", lambda _code: [])
    assert stage(admin_page, "de", "public").status_code == 302
    assert "de" in Language.public_codes()
    assert stage(admin_page, "de", "hidden").status_code == 302
    monkeypatch.setattr("rollout.admin.languages.missing_for_public", lambda _code: ["Waves"])
    public = Language.objects.get(code="de").history.filter(stage="public").latest()
    path = reverse("admin:rollout_language_version", args=["de", f"language-{public.history_id}"])
    html = admin_page.get(path).content.decode()
    refused = admin_page.post(path, {"base_version": base_version(html), "is_minor": "on"})
    assert "It cannot be public yet" in refused.content.decode()
    assert "de" not in Language.public_codes()


def test_a_translator_does_not_change_a_stage(translator):
    Language.objects.update_or_create(code="de", defaults={"stage": Stage.PREVIEW})
    path = reverse("admin:rollout_language_change", args=["de"])
    assert translator.post(path, {"stage": "hidden"}).status_code == 403
    assert Language.objects.get(code="de").stage == "preview"


def test_editors_see_the_pages_of_a_hidden_language_and_readers_do_not(admin_page, client):
    Language.objects.update_or_create(code="de", defaults={"stage": Stage.HIDDEN})
    home = reverse("admin:rollout_language_home", args=["de"])
    response = admin_page.get(home)
    html = response.content.decode()
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert '<html lang="de"' in html
    assert f'href="{home}set-up/"' in html
    page = admin_page.get(f"{home}can-i/?on=2026-12-01")
    assert page.status_code == 200
    assert admin_page.get(f"{home}no-such-page/").status_code == 404
    client.logout()
    assert client.get("/de/").status_code == 404
    assert client.get(home).status_code == 302
