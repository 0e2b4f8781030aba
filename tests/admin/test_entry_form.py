"""The form of an entry: its texts side by side, what is made for the editor, links, Markdown."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

from rollout.admin.entry_forms import free_slug
from rollout.admin.link_targets import nearest
from rollout.models import Department, DepartmentText, Entry, EntryText
from tests.support import people
from tests.support.admin_forms import add, change, form_values

pytestmark = pytest.mark.django_db

ENTRY = "/admin/rollout/entry/new-phone/change/"
LINKS = "/admin/rollout/entry/links/"
CHECK = "/admin/rollout/entry/check-text/"
PANEL = re.compile(
    r'<details class="text-panel (\w+)" data-language="([^"]*)"\s*(open)?>(.*?)</summary>',
    re.DOTALL,
)
NEW = {
    "kind": "problem",
    "certainty": "not-found",
    "last_checked": "2026-11-29",
    "texts-0-status": "draft",
}


def errors(response):
    """Return what the form complains about."""
    assert response.status_code == 200
    matches = re.findall(r'class="errorlist[^>]*>(.*?)</ul>', response.content.decode(), re.DOTALL)
    return re.sub(r"<[^>]+>", " ", " ".join(matches))


def panels(page, path=ENTRY):
    """Return the panels of the texts in a form: place, language, whether it is open, heading."""
    matches = PANEL.findall(page.get(path).content.decode())
    return [
        (place, language, bool(is_open), " ".join(re.sub(r"<[^>]+>", " ", heading).split()))
        for place, language, is_open, heading in matches
    ]


# --- Texts first, side by side ---------------------------------------------------------------------


def test_the_texts_come_first_the_reference_and_one_beside_it(admin_page):
    html = admin_page.get(ENTRY).content.decode()
    form = html.split('id="entry_form"')[1]
    assert form.index("texts-0-body") < form.index('name="certainty"')
    assert panels(admin_page) == [
        ("reference", "en", True, "English"),
        ("beside", "fr", True, "Français in step, drafted by a machine"),
        ("folded", "", False, "A text for other days"),
    ]


def test_other_facts_have_their_texts_side_by_side_below_the_fields(admin_page):
    html = admin_page.get("/admin/rollout/wave/pilot-2023/change/").content.decode()
    form = html.split('id="wave_form"')[1]
    assert form.index('name="last_checked"') < form.index("texts-0-name")
    assert [place for place, *_rest in PANEL.findall(html)] == ["reference", "beside"]


def test_of_thirteen_languages_two_are_in_the_form_and_the_others_links(admin_page):
    EntryText.objects.filter(entry="new-phone", language="de").delete()
    shown = panels(admin_page)
    assert [language for _place, language, *_rest in shown] == ["en", "fr", ""]
    html = admin_page.get(ENTRY).content.decode()
    others = re.findall(r'href="\?beside=([\w-]+)"', html)
    assert others == [code for code, _name in settings.LANGUAGES if code not in ("en", "fr")]
    links = " ".join(re.sub("<[^>]+>", " ", html.partition("other-languages")[2]).split())
    assert "Deutsch no text yet" in links


def test_what_is_in_english_and_french_only_offers_no_other_language(admin_page):
    for path in ("department/69", "source/rtl-2023-07-25"):
        html = admin_page.get(f"/admin/rollout/{path}/change/?beside=de").content.decode()
        assert [language for _place, language, *_rest in PANEL.findall(html)] == ["en", "fr"]
        assert "beside=de" not in html.replace('?beside=de"', "") or "other-languages" not in html


@pytest.mark.parametrize(("path", "beside"), [("?beside=de", "de"), ("?beside=xx", "fr")])
def test_the_language_beside_can_be_chosen_in_the_address(admin_page, path, beside):
    shown = panels(admin_page, ENTRY + path)
    assert [language for place, language, *_rest in shown if place == "beside"] == [beside]


def test_a_form_costs_few_queries(admin_page, django_assert_max_num_queries):
    admin_page.get(ENTRY)
    with django_assert_max_num_queries(40):
        admin_page.get(ENTRY)


def test_a_text_is_added_beside_the_reference_and_others_stay(admin_page):
    EntryText.objects.filter(entry="new-phone", language="de").delete()
    before = set(EntryText.objects.filter(entry="new-phone").values_list("language", flat=True))
    html = admin_page.get(f"{ENTRY}?beside=de").content.decode()
    [number] = re.findall(r'name="texts-(\d+)-language" value="de"', html)
    form_data = form_values(html) | {"is_minor": "on"}
    reference = EntryText.objects.get(entry="new-phone", language="en")
    form_data[f"texts-{number}-title"] = "Ein neues Telefon"
    form_data[f"texts-{number}-body"] = reference.body
    assert admin_page.post(f"{ENTRY}?beside=de", form_data).status_code == 302
    texts = EntryText.objects.filter(entry="new-phone")
    assert set(texts.values_list("language", flat=True)) == before | {"de"}
    german = texts.get(language="de")
    assert (german.title, german.origin) == ("Ein neues Telefon", "person")
    assert german.translates == reference.fingerprint


def test_a_translator_has_their_language_beside_the_reference(client):
    page = people.sign_in(client, people.person("them", "Translator: pl"))
    assert panels(page)[1][:3] == ("beside", "pl", True)


def test_a_translation_with_an_error_is_refused_beside_its_field(admin_page):
    html = admin_page.get(ENTRY).content.decode()
    before = EntryText.objects.get(entry="new-phone", language="fr").body
    wrong = before.replace("use:plastic-card-stays", "use:plastic-cards")
    assert wrong != before
    EntryText.objects.filter(entry="new-phone", language="fr").update(body=before)
    form_data = form_values(html) | {"texts-1-body": before.split("[")[0], "is_minor": "on"}
    response = admin_page.post(ENTRY, form_data)
    assert "A link leads elsewhere than in the reference text" in errors(response)
    assert EntryText.objects.get(entry="new-phone", language="fr").body == before
    draft = form_data | {"texts-1-status": "draft"}
    assert admin_page.post(ENTRY, draft).status_code == 302  # an unfinished text


def test_what_may_be_wrong_with_a_translation_is_said_once_it_is_saved(admin_page):
    html = admin_page.get(ENTRY).content.decode()
    french = EntryText.objects.get(entry="new-phone", language="fr")
    form_data = form_values(html) | {"texts-1-body": f"{french.body} 77", "is_minor": "on"}
    page = admin_page.post(ENTRY, form_data, follow=True).content.decode()
    assert "Français: Numbers differ from those of the reference text: +77" in page
    assert EntryText.objects.get(entry="new-phone", language="fr").body.endswith("77")


def test_a_translation_left_behind_says_so_on_its_fold(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    change(admin_page, entry, **{"texts-0-body": "Quite another sense."})
    assert panels(admin_page)[1][3] == ("Français left behind by a change, drafted by a machine")


def test_the_form_names_the_entry_by_its_title(admin_page):
    assert "<h2>You change phones</h2>" in admin_page.get(ENTRY).content.decode()


def test_a_department_without_notes_keeps_none_when_it_is_saved(admin_page):
    ain = Department.objects.get(code="01")
    assert change(admin_page, ain, certainty="official").status_code == 302
    assert not DepartmentText.objects.filter(department="01").exists()


# --- What is made for the editor -------------------------------------------------------------------


def test_short_name_and_position_are_made_for_a_new_entry(admin_page):
    values = {"texts-0-title": "The app says “Try again later”"}
    assert add(admin_page, Entry, **NEW, **values).status_code == 302
    entry = Entry.objects.get(slug="the-app-says-try-again-later")
    assert entry.position == 140  # the last problem has 130


def test_a_short_name_that_is_taken_gets_a_number(admin_page):
    for _time in range(2):
        add(admin_page, Entry, **NEW, **{"texts-0-title": "Students"})
    slugs = Entry.objects.filter(slug__startswith="students").values_list("slug", flat=True)
    assert sorted(slugs) == ["students", "students-2", "students-3"]
    assert len(free_slug("A very long title " * 20)) <= 80
    assert not free_slug("…")


def test_short_name_and_position_can_be_set(admin_page):
    values = {"slug": "try-later", "position": "5", "texts-0-title": "Try again later"}
    assert add(admin_page, Entry, **NEW, **values).status_code == 302
    assert Entry.objects.get(slug="try-later").position == 5


def test_a_new_entry_without_a_title_is_refused_in_words(admin_page):
    text = errors(add(admin_page, Entry, **NEW, **{"texts-0-body": "No title."}))
    assert "Give the entry an English title, or a short name here." in text


def test_a_wrong_short_name_is_refused_not_replaced(admin_page):
    values = {"slug": "No Good", "texts-0-title": "A title"}
    assert errors(add(admin_page, Entry, **NEW, **values))
    assert not Entry.objects.filter(slug="a-title").exists()


# --- Links -----------------------------------------------------------------------------------------


def found(page, **query):
    """Return the results and the sentence of the link picker."""
    response = page.get(LINKS, query).json()
    return [(one["target"], one["title"]) for one in response["results"]], response["text"]


def test_entries_are_found_by_a_part_of_their_title_in_any_language(admin_page):
    assert reverse("admin:rollout_entry_links") == LINKS
    for query in ("change phones", "changez de telephone", "NEW PHONE"):
        assert ("situation:new-phone", "You change phones") in found(admin_page, q=query)[0]
    french = found(admin_page, q="change phones", language="fr")[0]
    assert ("situation:new-phone", "Vous changez de téléphone") in french


def test_at_most_20_entries_are_returned_and_the_others_counted(admin_page):
    results, text = found(admin_page, q="e")
    assert len(results) == 20
    assert re.fullmatch(r"The first 20 of \d+: type more of the title\.", text)
    assert found(admin_page, q="") == ([], "No entry has these words in its title.")
    assert found(admin_page, q="xyzzy") == ([], "No entry has these words in its title.")


def test_what_readers_do_not_see_is_marked(admin_page):
    add(admin_page, Entry, **NEW, **{"texts-0-title": "A secret problem"})
    response = admin_page.get(LINKS, {"q": "secret problem"}).json()
    assert response["results"][0]["kind"] == "problem and its fix, not shown today"


@pytest.mark.parametrize("address", [LINKS, CHECK])
def test_the_helpers_of_the_form_are_for_those_who_may_read_entries(client, address):
    assert client.post(address, {"text": "x"}).status_code == 302
    people.sign_in(client, people.person("them"))
    assert client.post(address, {"text": "x"}).status_code == 403


def test_a_dead_link_is_refused_with_the_nearest_entries(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    response = change(admin_page, entry, **{"texts-0-body": "Ask your [CPAM](term:cpma)."})
    text = errors(response)
    assert "The link term:cpma leads nowhere" in text
    assert "Is it one of these? “CPAM (caisse primaire" in text
    assert "(term:cpam)" in text
    assert "[CPAM](term:cpma)" in response.content.decode()


@pytest.mark.parametrize(
    ("dead", "first"),
    [
        ("contact:cpam", ["term:cpam"]),
        ("term:carte-vital", ["term:carte-vitale"]),
        ("use:plastic-card-stay", ["use:plastic-card-stays"]),
        ("term:xyzzy", []),
    ],
)
def test_the_nearest_entry_is_of_the_same_name_or_spelled_much_like_it(dead, first):
    assert [target.target for target in nearest(dead)][:1] == first


def test_a_dead_link_that_is_like_nothing_says_to_search(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    response = change(admin_page, entry, **{"texts-0-body": "[x](term:xyzzy)"})
    assert "search for the entry by its title" in errors(response)


# --- Markdown --------------------------------------------------------------------------------------

MISTAKES = "Yes, **really.\n\n• one\n• two\n\n| a | b |\n|---|---|\n\n![x](https://a.example/x.png)"


def test_markdown_mistakes_are_refused_with_their_lines_and_nothing_is_saved(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    before = entry.texts.get(language="en").body
    response = change(admin_page, entry, **{"texts-0-body": MISTAKES})
    text = errors(response)
    for sentence in (
        "Line 1, “Yes, **really.”: a mark",
        "Line 3, “• one”: a list of a word processor",
        "Line 6, “| a | b |”: a table",
        "Line 9, “![x](https://a.example/x.png)”: a picture is not shown",
    ):
        assert sentence in text
    assert "Yes, **really." in response.content.decode()
    assert entry.texts.get(language="en").body == before


def test_a_preview_shows_markdown_mistakes_too(admin_page):
    entry = Entry.objects.get(slug="new-phone")
    response = change(admin_page, entry, _preview="1", **{"texts-0-body": "**really"})
    assert "Line 1, “**really”" in errors(response)


def test_an_old_mistake_does_not_hinder_another_change(admin_page):
    EntryText.objects.filter(entry="new-phone", language="fr").update(body="**vraiment")
    entry = Entry.objects.get(slug="new-phone")
    assert change(admin_page, entry, **{"texts-0-title": "Another phone"}).status_code == 302


def test_texts_of_other_facts_are_checked_too(admin_page):
    address = "/admin/rollout/activationroute/france-identite/change/"
    form_data = form_values(admin_page.get(address).content.decode())
    response = admin_page.post(address, form_data | {"texts-0-who": "<b>All</b>", "is_minor": "on"})
    assert "HTML is shown as typed" in errors(response)


def test_a_text_is_checked_while_it_is_typed(admin_page):
    mistakes = admin_page.post(CHECK, {"text": "**a\n\n[x](term:cpma)"}).json()["mistakes"]
    assert len(mistakes) == 2
    assert mistakes[0].startswith("Line 1")
    assert "leads nowhere" in mistakes[1]
    assert admin_page.post(CHECK, {"text": "**a**"}).json() == {"mistakes": []}
    assert admin_page.post(CHECK).json() == {"mistakes": []}
    assert admin_page.get(CHECK).status_code == 405


def test_mistakes_are_told_in_the_editors_language(admin_page):
    admin_page.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    response = admin_page.post(CHECK, {"text": "**a"}, headers={"accept-language": "fr"})
    assert response.json()["mistakes"][0].startswith("Ligne 1, «")


# --- Rules and translations ------------------------------------------------------------------------


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


# --- Nothing typed is lost -------------------------------------------------------------------------


def test_only_forms_of_facts_have_drafts(admin_page):
    assert "data-draft-offer" in admin_page.get(ENTRY).content.decode()
    assert "data-draft-offer" not in admin_page.get(f"{ENTRY}?_popup=1").content.decode()
    for path in ("/admin/auth/user/add/", "/accounts/login/", "/admin/password_change/"):
        page = admin_page.get(path, follow=True).content.decode()
        assert "data-draft-offer" not in page


def test_the_message_that_a_form_was_saved_is_marked_and_no_other(admin_page):
    change(admin_page, Entry.objects.get(slug="new-phone"), **{"texts-0-title": "Phones"})
    html = admin_page.get("/admin/rollout/entry/").content.decode()
    assert re.search(r'<li class="saved success">[^<]*changed successfully|saved success', html)
    Entry.objects.filter(slug="students").update(reread_since="2026-11-29T12:00:00Z")
    entry = Entry.objects.get(slug="students")
    confirm = reverse("admin:rollout_entry_confirm", args=["students"])
    since = entry.reread_since
    assert since is not None
    admin_page.post(confirm, {"reread_since": since.isoformat()})
    html = admin_page.get("/admin/rollout/entry/").content.decode()
    assert "It is noted as still right." in html
    [messages] = re.findall(r'<ul class="messagelist">(.*?)</ul>', html, re.DOTALL)
    assert "saved" not in messages


def test_every_page_that_signs_out_removes_drafts_of_whoever_is_signed_in(admin_page, editor):
    script = re.compile(r'<script type="module" src="[^"]*js/drafts[^"]*" data-draft-user="(\d+)">')
    for path in ("/admin/", "/accounts/logout/", ENTRY):
        assert script.findall(admin_page.get(path).content.decode()) == [str(editor.pk)], path
