"""Commas, capitals, full stops and the order of words, as each language has them."""

import pytest
from babel import Locale
from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import override, to_locale

from rollout.wording import typography
from rollout.wording.collation import sort_key


@pytest.mark.parametrize(
    ("language", "joined"),
    [("en", "a, b, &lt;c&gt;"), ("ar", "a، b، &lt;c&gt;"), ("zh-hans", "a、b、&lt;c&gt;")],
)
def test_lists_have_the_commas_of_the_language(language, joined):
    with override(language):
        assert typography.joined(["a", "b", "<c>"]) == joined


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES if code != "ar"])
def test_commas_are_those_of_cldr(language):
    pattern = Locale.parse(to_locale(language)).list_patterns["standard"]["middle"]
    with override(language):
        assert pattern == f"{{0}}{typography.comma()}{{1}}"


@pytest.mark.parametrize(
    ("language", "text", "within"),
    [
        ("en", "With an identity document", "with an identity document"),
        ("de", "Mit einem Ausweis", "Mit einem Ausweis"),
        ("tr", "Irmak", "ırmak"),
        ("tr", "İl", "il"),
    ],
)
def test_a_name_within_a_sentence(language, text, within):
    with override(language):
        assert typography.name_within(text) == within


def test_capitals_are_the_languages_own_and_html_stays_html():
    with override("tr"):
        assert typography.upper_first("il") == "İl"
    with override("en"):
        assert typography.upper_first("il") == "Il"
        assert isinstance(typography.upper_first(SafeString("<b>a</b>")), SafeString)
        assert typography.sentence("<b>") == "&lt;b&gt;."


def test_names_are_isolated_in_right_to_left_sentences_only():
    with override("ar"):
        assert typography.isolated("69 Rhône") == "\u206869 Rhône\u2069"
    with override("fr"):
        assert typography.isolated("69 Rhône") == "69 Rhône"


@pytest.mark.parametrize(
    ("language", "in_order"),
    [
        ("fr", ["Carte Vitale", "Éligible", "feuille de soins", "NIR"]),
        ("de", ["ameli", "Arzt", "Ärztin", "Zahnarzt"]),
        ("es", ["nube", "ñandú", "oca"]),
        ("pl", ["lato", "łąka", "mapa", "zebra", "źródło", "żaba"]),
        ("ro", ["sat", "școală", "tare", "țară", "uz"]),
        ("tr", ["cam", "çam", "dam", "ılık", "ilk", "sal", "şal"]),
        ("uk", ["газ", "ґанок", "дім", "ехо", "єдність", "із", "їжак", "CPAM"]),
        ("ar", ["أب", "باب", "تاج", "CPAM"]),
        ("zh-hans", ["保险", "身份证", "医生", "CPAM"]),
    ],
)
def test_words_stand_in_the_order_of_the_languages_dictionaries(language, in_order):
    with override(language):
        assert sorted(set(in_order), key=sort_key) == in_order
