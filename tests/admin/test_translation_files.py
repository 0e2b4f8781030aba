"""Texts of a language as a file in the admin: downloaded, uploaded with a plan, refused in words."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from rollout.accounts.middleware import MAX_BODY_BYTES
from rollout.admin.translation_files import MAX_PROBLEMS, MAX_UPLOAD_BYTES
from rollout.facts import writer
from rollout.models import EntryText
from rollout.models.edits import ProposalState, ProposedEdit
from rollout.translations import exchange
from tests.support import people
from tests.support.admin_forms import form_values

pytestmark = pytest.mark.django_db

FILES = "/admin/rollout/translate/de/files/"
XLIFF = f"{FILES}xliff/"
TITLE = "Sie wechseln das Telefon"
UNIT = r'<unit id="entry:new-phone:title">.*?</unit>'


@pytest.fixture
def translator(client):
    """Return a browser in which a translator into German is signed in."""
    return people.sign_in(client, people.person("a-translator", "Translator: de"))


@pytest.fixture
def text():
    """Return the German text of an entry, drafted by a machine."""
    german = EntryText.objects.get(entry="new-phone", language="de")
    assert german.origin == "machine"
    assert german.title != TITLE
    return german


def found(pattern, text):
    """Return the first match of a pattern, or its first group if it has one."""
    match = re.search(pattern, text, re.DOTALL)
    assert match, pattern
    return match[match.lastindex or 0]


@pytest.fixture(scope="module")
def downloaded(django_db_setup, django_db_blocker):
    """Return the file of all texts: what the page sends, as a test says."""
    with django_db_blocker.unblock():
        return exchange.export("de", exchange.XLIFF)[0].decode()


def download(page, query=""):
    response = page.get(f"{XLIFF}{query}")
    assert response.status_code == 200
    return response.content.decode()


def titled(content, title=TITLE, state="reviewed"):
    """Return a file of one unit, with another title."""
    unit = found(UNIT, content)
    unit = re.sub(r"(<target[^>]*>).*?(</target>)", rf"\g<1>{title}\g<2>", unit)
    unit = re.sub(r'state="\w+"', f'state="{state}"', unit)
    head = content.split("<file ")[0]
    return f'{head}<file id="entry">{unit}</file></xliff>'


def upload(page, content, name="texts.xlf", **values):
    content = content if isinstance(content, bytes) else content.encode()
    return page.post(FILES, {"file": SimpleUploadedFile(name, content), **values})


def confirm(page, response, **values):
    """Press "Save all" below a plan."""
    sent = form_values(response.content.decode())
    return page.post(FILES, {**sent, "_confirm": "1", **values})


def errors(response):
    """Return what the page complains about, as text."""
    assert response.status_code == 200
    matches = re.findall(r'class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", " ", " ".join(matches)).replace("&quot;", '"')


# --- Out ------------------------------------------------------------------------------------------


def test_the_page_offers_the_files_that_have_something(translator, text):
    html = translator.get(FILES).content.decode()
    assert re.search(r'href="/admin/rollout/translate/de/files/xliff/" download>all \d\d\d<', html)
    assert re.search(r'files/xliff/\?only=machine" download>to be read \d+<', html)
    assert "only=missing" not in html  # nothing is
    assert re.search(r'files/po/" download>all \d\d\d<', html)
    assert "These are translated in the site’s repository" in html
    text.delete()
    html = translator.get(FILES).content.decode()
    assert re.search(r'files/xliff/\?only=missing" download>missing 1<', html)
    for path in (reverse("admin:rollout_translations"), "/admin/rollout/translate/de/"):
        assert f'href="{FILES}"' in translator.get(path).content.decode()


def test_a_file_has_the_texts_that_were_chosen(translator, text, editor):
    response = translator.get(XLIFF)
    assert response["Content-Type"] == "application/xliff+xml"
    assert re.fullmatch(
        r'attachment; filename="translations-de-\d{4}-\d\d-\d\d.xlf"',
        response["Content-Disposition"],
    )
    assert "entry:new-phone:title" in download(translator, "?only=machine")
    text.delete()
    missing = download(translator, "?only=missing")
    assert set(re.findall(r'<group id="([^"]+)"', missing)) == {"entry:new-phone"}
    english = EntryText.objects.get(entry="students", language="en")
    english.title = "Students, changed"
    writer.save_text(english, by=editor)
    behind = download(translator, "?only=behind")
    assert set(re.findall(r'<group id="([^"]+)"', behind)) == {"entry:students"}


def test_words_of_pages_are_downloaded_as_po(translator):
    response = translator.get(f"{FILES}po/?only=machine")
    assert response["Content-Disposition"].endswith('.po"')
    assert "#, machine" in response.content.decode()


def test_each_has_the_files_of_their_languages_only(translator, client):
    for language, status in [("fr", 403), ("en", 404), ("xx", 404), ("de", 200)]:
        path = f"/admin/rollout/translate/{language}/files/"
        assert translator.get(path).status_code == status
        assert translator.post(path).status_code == status
        assert translator.get(f"{path}xliff/").status_code == status
    assert translator.get(f"{FILES}csv/").status_code == 404
    assert translator.get(f"{XLIFF}?only=odd").status_code == 404
    assert translator.post(XLIFF).status_code == 405
    people.sign_in(client, people.person("nobody"))
    assert client.get(FILES).status_code == 403


# --- In -------------------------------------------------------------------------------------------


def test_what_was_downloaded_changes_nothing(translator, text, downloaded):
    before = text.history.count()
    content = download(translator)
    assert content == downloaded
    response = upload(translator, content)
    assert "0 texts would change" in response.content.decode()
    assert 'name="_confirm"' not in response.content.decode()
    assert confirm(translator, response).status_code == 200
    assert text.history.count() == before


def test_first_the_plan_then_all_is_saved(translator, text, downloaded):
    former = text.title
    response = upload(translator, titled(downloaded), change_note="From the agency.")
    html = response.content.decode()
    assert "1 text would change" in html
    assert "entry:new-phone" in html
    assert "not yet read by a native reader → written by a person" in html
    changed = found(r'<div class="words" lang="de"\s+dir="ltr">(.*?)</div>', html)
    assert re.sub("<ins>.*?</ins>|</?del>", "", changed).split() == former.split()
    text.refresh_from_db()
    assert text.title == former
    saved = confirm(translator, response)
    assert saved.status_code == 302
    assert "1 text is saved." in translator.get(FILES).content.decode()
    text.refresh_from_db()
    assert (text.title, text.origin) == (TITLE, "person")
    line = text.history.first()
    assert line.history_user.get_username() == "a-translator"
    assert line.history_change_reason == "From the agency."


def test_a_missing_text_is_planned_with_the_beginning_of_its_words(translator, text, downloaded):
    content = downloaded
    text.delete()
    html = upload(translator, content).content.decode()
    assert "1 text would change" in html
    assert "missing → drafted by a machine" in html


def test_a_native_reader_approves_in_a_file(translator, text, downloaded):
    response = upload(translator, titled(downloaded, text.title, "final"))
    assert "approved by a native reader, Translator: de" in response.content.decode()
    assert confirm(translator, response).status_code == 302
    text.refresh_from_db()
    assert (text.origin, text.reviewed_by) == ("approved", "Translator: de")


def test_an_editor_approves_nothing_in_a_file(admin_page, text, downloaded):
    content = titled(downloaded, text.title, "final")
    response = upload(admin_page, content)
    assert "texts.xlf, entry:new-phone: It would be approved (state final)" in errors(response)
    assert "Only who has the role of a translator" in response.content.decode()
    assert confirm(admin_page, response).status_code == 200
    text.refresh_from_db()
    assert text.origin == "machine"


def test_a_plan_that_someone_overtook_is_shown_anew(translator, text, editor, downloaded):
    response = upload(translator, titled(downloaded))
    text.title = "Neues Telefon"
    writer.save_text(text, by=editor)
    stale = confirm(translator, response)
    assert "This is not the plan that you saw" in stale.content.decode()
    text.refresh_from_db()
    assert text.title == "Neues Telefon"
    assert confirm(translator, stale).status_code == 302
    text.refresh_from_db()
    assert text.title == TITLE


# --- Refused --------------------------------------------------------------------------------------


def test_what_is_wrong_is_said_with_file_unit_and_field_and_nothing_is_saved(
    translator, text, downloaded
):
    wrong = titled(downloaded, "Телефон {name}")
    students = downloaded.split('<group id="entry:students">')[1].split("</group>")[0]
    right = re.sub(r"(<target[^>]*>)", r"\1Neu: ", students, count=1)
    response = upload(translator, wrong.replace("</file>", f"{right}</file>"))
    assert "texts.xlf, entry:new-phone, title: " in errors(response)
    assert 'name="_confirm"' not in response.content.decode()
    assert confirm(translator, response).status_code == 200
    assert not EntryText.objects.filter(language="de", title__startswith="Neu: ").exists()


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><xliff>&c;</xliff>'


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (BOMB, "texts.xlf", "declares entities or a document type"),
        (b"no XML", "texts.xlf", "not well-formed XML"),
        (b"\xff\xfe\x00\x01", "texts.xlf", "not well-formed XML"),
        (b"<svg></svg>", "texts.xlf", "is no XLIFF: it begins with"),
        (b'<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"/>', "a", "XLIFF 1.2"),
        (b'msgid ""', "de.po", "translated in the site’s repository, not here"),
        (b"", "texts.xlf", "empty"),
        (b"<" * (MAX_UPLOAD_BYTES + 1), "texts.xlf", "too large: 700 KB at most"),
    ],
)
def test_other_files_are_refused_in_words(translator, content, name, sentence):
    response = upload(translator, content, name)
    assert sentence in errors(response)
    assert 'name="_confirm"' not in response.content.decode()


def test_the_file_of_another_language_or_of_no_text_of_ours_is_refused(translator, downloaded):
    content = downloaded
    french = content.replace('trgLang="de"', 'trgLang="fr"')
    assert "says that it is in Français, not in Deutsch" in errors(upload(translator, french))
    unknown = titled(content).replace("entry:new-phone", "entry:no-such")
    assert "No unit of the file is a text of this site" in errors(upload(translator, unknown))
    assert "Choose a file." in errors(translator.post(FILES, {}))


def test_a_file_with_many_problems_shows_the_first(translator, downloaded):
    content = re.sub(r"(<target[^>]*>)", "\\1\u200b", downloaded)
    response = upload(translator, content)
    shown = found(r'<ul class="errorlist">(.*?)</ul>', response.content.decode())
    assert shown.count("<li>") == MAX_PROBLEMS + 1
    assert re.search(r"\d+ more problems\.", shown)


def test_50_mb_are_refused_before_they_are_read(translator):
    size = 50 * 1024 * 1024
    assert size > MAX_BODY_BYTES["/admin/"] > MAX_UPLOAD_BYTES
    response = translator.post(FILES, {}, headers={"Content-Length": str(size)})
    assert response.status_code == 413
    assert f'data-max-bytes="{MAX_UPLOAD_BYTES}"' in translator.get(FILES).content.decode()


@pytest.mark.parametrize("content", ["x", "////", "eJw=", "é"])
def test_a_forged_hidden_field_is_no_error_of_ours(translator, content):
    sent = {"content": content, "file_name": "x.xlf", "base_version": "x", "_confirm": "1"}
    assert translator.post(FILES, sent).status_code == 200


# --- With a second reader -------------------------------------------------------------------------


def test_with_a_second_reader_a_file_waits_and_is_published_in_another_language(
    translator, text, settings, downloaded
):
    settings.SECOND_READER = True
    response = upload(translator, titled(downloaded))
    waiting = confirm(translator, response)
    proposal = ProposedEdit.objects.get()
    assert waiting["Location"] == f"/admin/proposals/{proposal.pk}/"
    text.refresh_from_db()
    assert text.title != TITLE
    reader = people.sign_in(Client(), people.person("a-reader", "Translator: de"))
    headers = {"Accept-Language": "fr"}
    decision = f"/admin/proposals/{proposal.pk}/decision/"
    assert reader.post(decision, {"_publish": "1"}, headers=headers).status_code == 302
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.PUBLISHED
    text.refresh_from_db()
    assert (text.title, text.origin) == (TITLE, "person")
    assert text.history.first().history_user.get_username() == "a-translator"


def test_approving_is_a_second_reading_and_does_not_wait(translator, text, settings, downloaded):
    settings.SECOND_READER = True
    response = upload(translator, titled(downloaded, text.title, "final"))
    assert confirm(translator, response)["Location"] == FILES
    text.refresh_from_db()
    assert text.origin == "approved"
    assert not ProposedEdit.objects.exists()


def test_other_words_wait_even_if_they_are_approved_at_once(translator, text, settings, downloaded):
    settings.SECOND_READER = True
    response = upload(translator, titled(downloaded, state="final"))
    confirm(translator, response)
    assert ProposedEdit.objects.count() == 1
    text.refresh_from_db()
    assert text.origin == "machine"
