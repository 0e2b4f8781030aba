"""Languages as readers meet them: the menu, its one offer, the notice on drafts, pages in two only."""

import json

import lxml.html
import pytest
from django.apps import apps
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from rollout import markdown
from rollout.kinds import FULL_LANGUAGES_ONLY, page_address
from rollout.models import EntryText, Language
from rollout.models.texts import Origin, Text
from rollout.pages import registry

pytestmark = pytest.mark.django_db

DRAFTED = {
    "en": "This translation was drafted by a machine, and no native reader has read it yet.",
    "fr": "Cette traduction a été rédigée par une machine, et aucun lecteur dont c’est la langue ne "
    "l’a encore relue.",
}


@pytest.fixture
def all_public():
    """Make all languages public, with a machine's draft of one text in each."""
    term = EntryText.objects.get(entry__slug="cpam", language="en")
    for code, _name in settings.LANGUAGES:
        if code not in settings.FULL_LANGUAGES:
            Language.objects.update_or_create(code=code, defaults={"stage": "public"})
            EntryText.objects.get_or_create(
                entry_id=term.entry_id,
                language=code,
                defaults={"title": f"CPAM ({code})", "body": "-", "origin": Origin.MACHINE},
            )


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return lxml.html.document_fromstring(answer.content.decode())


def words(element):
    return " ".join(element.text_content().split())


def test_with_two_languages_there_is_one_plain_link_and_no_script(client):
    Language.objects.update(stage="hidden")
    (menu,) = page(client, "/en/set-up/").find_class("languages")
    assert [(link.get("href"), link.get("lang")) for link in menu.iter("a")] == [
        ("/fr/set-up/", "fr")
    ]
    assert not list(menu.iter("details"))
    assert "js/languages" not in client.get("/en/set-up/").content.decode()


@pytest.mark.parametrize("language", ["en", "ar", "zh-hans"])
def test_the_menu_has_each_language_by_its_own_name_in_its_own_direction(
    client, all_public, language
):
    (menu,) = page(client, f"/{language}/departments/?on=2025-05-28").find_class("languages")
    (details,) = menu.iter("details")
    links = list(details.iter("a"))
    assert [link.text for link in links] == [name for _code, name in settings.LANGUAGES]
    for link, (code, _name) in zip(links, settings.LANGUAGES, strict=True):
        assert link.get("lang") == link.get("hreflang") == code
        assert link.get("href") == f"/{code}/departments/?on=2025-05-28"
        is_other_way = (code == "ar") != (language == "ar")
        expected = {True: "rtl" if code == "ar" else "ltr", False: None}[is_other_way]
        assert link.get("dir") == expected
        assert (link.get("aria-current") == "true") == (code == language)
    assert words(details.find("summary")) == dict(settings.LANGUAGES)[language]


def test_a_hidden_language_is_in_no_menu(client, all_public):
    Language.objects.filter(code="tr").update(stage="preview")
    (menu,) = page(client, "/en/").find_class("languages")
    assert "tr" not in [link.get("lang") for link in menu.iter("a")]


def test_each_language_has_the_words_of_its_offer(client, all_public):
    for code, _name in settings.LANGUAGES:
        answer = client.get(f"/{code}/offer.json")
        assert answer.status_code == 200
        assert set(json.loads(answer.content)) == {"offer", "decline"}
        assert "max-age" in answer["Cache-Control"]


@pytest.mark.parametrize("name", sorted(FULL_LANGUAGES_ONLY))
def test_what_is_in_english_and_french_only_is_redirected_to_and_not_listed(
    client, all_public, name
):
    args = ["legifrance-2019-05-27"] if name == "source" else []
    with override("ar"):
        address, english = reverse(name, args=args), page_address(name, *args)
        assert english.startswith("/en/")
        assert address not in [one.path for one in registry.every_page()]
    answer = client.get(f"{address}?page=2")
    assert (answer.status_code, answer["Location"]) == (302, f"{english}?page=2")
    assert client.get(reverse_in("fr", name, args)).status_code == 200
    (menu,) = page(client, english).find_class("languages")
    assert [link.get("hreflang") for link in menu.iter("a")] == ["fr"]


def reverse_in(language, name, args):
    with override(language):
        return reverse(name, args=args)


def test_registry_and_addresses_agree_on_the_pages_in_every_language():
    kinds = {kind.name for kind in registry.PAGES if not kind.is_in_every_language}
    assert kinds == FULL_LANGUAGES_ONLY


@pytest.mark.parametrize(
    "path", ["", "set-up/", "questions/", "rollout/", "departments/69-rhone/", "about/"]
)
def test_no_link_leads_to_a_page_that_the_language_does_not_have(client, all_public, path):
    for link in page(client, f"/ar/{path}").iter("a"):
        address = link.get("href")
        for name in ("updates", "sources", "data", "legal"):
            assert not address.startswith(f"/ar/{name}/"), address
            if address.startswith(f"/en/{name}/"):
                assert link.get("hreflang") == "en"


def test_a_note_on_a_department_is_a_link_to_english_elsewhere(client, all_public):
    content = page(client, "/de/departments/69-rhone/").get_element_by_id("content")
    (link,) = [
        link
        for link in content.find_class("hero")[0].iter("a")
        if link.get("href") == "/en/departments/69-rhone/"
    ]
    assert link.get("hreflang") == "en"
    assert not content.find_class("note")
    assert page(client, "/fr/departments/69-rhone/").find_class("note")


def test_pages_of_a_machine_drafted_language_say_so_and_lead_to_english(client, settings):
    settings.CORRECTIONS_ADDRESS = "corrections@vitale.example"
    EntryText.objects.filter(entry__slug="cpam", language="fr").update(origin=Origin.MACHINE)
    (notice,) = page(client, "/fr/departments/?on=2025-05-28").find_class("drafted")
    assert DRAFTED["fr"] in words(notice)
    english, tell_us = notice.iter("a")
    assert english.get("href") == "/en/departments/?on=2025-05-28"
    assert english.get("hreflang") == "en"
    assert tell_us.get("href").startswith("mailto:corrections@vitale.example")
    assert not page(client, "/en/departments/").find_class("drafted")


def test_a_language_whose_texts_are_all_read_has_no_notice(client):
    for model in apps.get_app_config("rollout").get_models():
        if issubclass(model, Text):
            model._default_manager.filter(language="fr").update(origin=Origin.APPROVED)
    assert not page(client, "/fr/").find_class("drafted")
    about = words(page(client, "/fr/about/").get_element_by_id("content"))
    assert "Relu et approuvé par un lecteur dont c’est la langue : Français" in about


def test_french_names_and_sentences_have_their_own_direction_in_arabic(client, all_public):
    counter = page(client, "/ar/at-the-counter/")
    for phrase in counter.find_class("phrase"):
        assert (phrase.get("lang"), phrase.get("dir"), phrase.get("translate")) == (
            "fr",
            "ltr",
            "no",
        )
    assert counter.get_element_by_id("phrase-large-text").get("dir") == "ltr"
    assert page(client, "/en/at-the-counter/").find_class("phrase")[0].get("dir") is None


def test_a_number_in_groups_stays_in_order_in_arabic():
    with override("ar"):
        assert "\u206636 46\u2069" in markdown.render("اتصلوا على 36 46 الآن")
    with override("fr"):
        assert "\u2066" not in markdown.render("Appelez le 36 46.")
