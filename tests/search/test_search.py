"""Search: which departments a text means, in which order, and what is said beside them."""

import random
from collections import defaultdict

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rollout.search import (
    AliasRow,
    Index,
    MatchQuality,
    Note,
    PlaceKind,
    find,
    index_text,
    service,
    suggest,
)
from rollout.search.foreign import foreign_keys
from rollout.search.normalise import MAX_QUERY_LENGTH, clean, fold, key_of
from rollout.search.sorted_text import SortedText
from tests.support import search_report

pytestmark = pytest.mark.django_db

pieces = st.sampled_from(
    ["saint ", "st-", "Paris", "69", "0", "75011 ", "2a", "cedex ", "e", "'", "(", ",", "s/", "é",
     "\u202e", "\x00", "\ud800", "٣", "７", "ﬃ", "İ", "lyon", " ", "de la ", "BP 1", "🇫🇷"]
)  # fmt: skip
texts = st.text(max_size=80) | st.lists(pieces, max_size=30).map("".join)


@given(text=texts)
@settings(max_examples=1500, deadline=None)
def test_any_text_gives_a_result_and_never_an_exception(index, text):
    result = find(text, index)
    assert result.departments or result.note in {
        Note.EMPTY, Note.NOTHING_FOUND, Note.NOT_A_DEPARTMENT, Note.PERSONAL
    }  # fmt: skip
    assert len(result.query) <= MAX_QUERY_LENGTH
    assert len(suggest(text, index)) <= 8


@example(text="N:D")
@example(text="n_d n' d")
@given(text=texts)
@settings(max_examples=1500, deadline=None)
def test_folding_is_idempotent(text):
    assert fold(fold(text)) == fold(text)
    assert clean(clean(text)) == clean(text)


@given(text=texts)
@settings(max_examples=500, deadline=None)
def test_every_department_of_a_result_has_a_place_in_it(index, text):
    result = find(text, index)
    with_places = {code for place in result.places for code in place.departments}
    assert set(result.departments) == with_places
    assert len(set(result.departments)) == len(result.departments)
    assert with_places <= set(index.departments)


@pytest.mark.parametrize(
    "text",
    ["a" * 10**6, "saint " * 10**5, "1 " * 10**5, "é" * 10**5, "\u200b" * 10**6, "(" * 10**5,
     "st-" * 10**5, "7501 " * 10**5, "de la var " * 50, "corse, la, la " * 50],
)  # fmt: skip
def test_of_a_long_text_only_the_beginning_is_read(index, text):
    result = find(text, index)
    assert len(result.query) <= MAX_QUERY_LENGTH
    assert len(result.suggestions) <= 5


def test_every_communes_name_and_department_number_lead_to_its_department(index):
    wrong = [
        (row.name, row.department)
        for row in service.communes()
        if find(f"{row.name} {row.department}", index).departments[:1] != (row.department,)
    ]
    assert wrong == []


def test_every_communes_name_finds_its_department(index):
    wrong = [
        row.name
        for row in service.communes()
        if row.department not in find(row.name, index).departments
    ]
    assert wrong == []


def test_every_former_name_finds_its_department(index):
    wrong = [
        row.name
        for row in service.former_names()
        if row.department not in find(row.name, index).departments
    ]
    assert wrong == []


def test_every_postcode_leads_to_all_its_departments(index):
    departments_of: dict[str, set[str]] = defaultdict(set)
    for row in service.communes():
        for code in row.postcodes:
            departments_of[code].add(row.department)
    assert len(departments_of) > 6000
    for code, departments in departments_of.items():
        assert set(find(code, index).departments) == departments, code


def test_every_department_is_found_first_by_name_and_number(index):
    for row in service.departments():
        assert find(row.name, index).departments[0] == row.code
        assert find(row.code, index).departments == (row.code,)
        assert find(row.code.lstrip("0").lower(), index).departments == (row.code,)


def test_every_region_returns_all_its_departments(index):
    for region in service.regions():
        expected = {row.code for row in service.departments() if row.region == region.code}
        result = find(region.name, index)
        assert set(result.departments) >= expected
        assert set(result.departments[: len(expected)]) == expected


def test_every_alias_finds_what_it_stands_for(index):
    for alias in service.aliases():
        if alias.target_type == "departments":
            assert set(alias.target_codes) <= set(find(alias.alias, index).departments), alias


def test_no_collectivity_or_monaco_is_a_department(index):
    for text in ("Papeete", "98000", "Monaco", "978", "975", "98", "97133", "97133 Gustavia",
                 "97150 Saint-Martin",
                 "Nouméa", "Saint-Pierre 975", "Papeete 75"):  # fmt: skip
        result = find(text, index)
        assert result.note is Note.NOT_A_DEPARTMENT, text
        assert result.departments == ()
        assert result.note_subject


@pytest.mark.parametrize(
    ("text", "name"),
    [("97500", "Saint-Pierre-et-Miquelon"), ("98800", "Nouvelle-Calédonie"), ("97133", "Saint-Barthélemy"),
     ("98714", "Polynésie française"), ("Gustavia", "Saint-Barthélemy"), ("Uvea", "Wallis et Futuna")],
)  # fmt: skip
def test_a_postcode_or_commune_of_a_collectivity_names_the_collectivity(index, text, name):
    assert find(text, index).note_subject == name


@pytest.mark.parametrize(
    ("text", "code"),
    [("975", "975"), ("97500", "975"), ("97133", "977"), ("97150 Saint-Martin", "978"), ("Saint-Martin", "978"),
     ("Wallis and Futuna", "986"), ("Tahiti", "987"), ("98800", "988"), ("984", "984"), ("Île de Clipperton", "989"),
     ("Monaco", "980"), ("98000", "980"), ("98", ""), ("69", ""), ("Lyon", ""), ("nowhere at all", "")],
)  # fmt: skip
def test_a_result_knows_its_collectivity(text, code):
    assert service.collectivity_code(service.find(text)) == code


def test_a_collectivity_that_shares_its_name_with_towns_is_mentioned(index):
    result = find("Saint-Martin", index)
    assert result.departments
    assert result.note is Note.ALSO_NOT_A_DEPARTMENT


@pytest.mark.parametrize(
    ("code", "departments"),
    [("59017", "59"), ("97821", "974"), ("97108", "971"), ("20001", "2A"), ("20183", "2A"),
     ("20291", "2B"), ("20690", "2B"), ("20999", "2A 2B"), ("75999 PARIS CEDEX 07", "75")],
)  # fmt: skip
def test_an_unknown_code_falls_back_and_says_so(index, code, departments):
    result = find(code, index)
    assert result.departments == tuple(departments.split())
    assert result.note is Note.POSTCODE_FALLBACK


@pytest.mark.parametrize(
    "text",
    ["London", "Berlin", "New York", "Barcelona", "Genève", "10115 Berlin", "90210 Beverly Hills",
     "99999", "123456789012", "00000", "96", "SW1A 1AA", "Area 51", "Route 66", "alert(1)", "%27",
     "1 OR 1=1", "' or 1=1 --", "{{7*7}}", "<b>", "../../etc/passwd", "🇫🇷", "\u202egnp.exe",
     "Europe", "10 Downing Street", "qwxzqwxz", "xkcdwvzt 123456", "-1", "3.14159"],
)  # fmt: skip
def test_foreign_places_gibberish_and_injections_find_nothing(index, text):
    result = find(text, index)
    assert result.departments == ()
    assert result.note is Note.NOTHING_FOUND
    assert len(result.suggestions) <= 5


def test_a_former_name_says_what_it_is_called_today(index):
    first = find("Évry", index).places[0]
    assert (first.kind, first.today) == (PlaceKind.FORMER_TOWN, "Évry-Courcouronnes")
    assert find("Provence", index).places[0].approximate


def test_a_department_comes_before_a_town_of_its_name_and_an_area_after_it(index):
    assert [place.kind for place in find("Indre", index).places[:2]] == [
        PlaceKind.DEPARTMENT, PlaceKind.TOWN,
    ]  # fmt: skip
    assert [place.kind for place in find("Anjou", index).places] == [
        PlaceKind.TOWN, PlaceKind.AREA,
    ]  # fmt: skip


def test_exact_comes_before_prefix_before_fuzzy(index):
    for text in ("nant", "lion", "rue", "marsei", "Tolouse"):
        matches = [place.match for place in find(text, index).places]
        assert matches == sorted(matches), text
    assert find("Tolouse", index).places[0].match is MatchQuality.FUZZY


def test_a_town_and_a_number_of_another_department_show_both(index):
    result = find("Lyon 42", index)
    assert result.departments == ("69", "42")
    assert result.note is Note.ELSEWHERE
    assert find("Bordeaux centre", index).departments[0] == "33"


@pytest.mark.parametrize(
    ("text", "department"),
    [("Lyon 3e", "69"), ("paris XVI", "75"), ("3ème arrondissement de Lyon", "69"),
     ("paris15eme", "75"), ("stetienne", "42"), ("vitry s/ seine", "94"), ("dans le 69", "69"),
     ("département de la Drôme", "26"), ("rochelle", "17"), ("saint denis de la réunion", "974"),
     ("FR-2A", "2A"), ("F-69100", "69"), ("７５０１１", "75"), ("٧٥٠١١", "75"), ("75 015", "75"),
     ("2A004", "2A"), ("12 rue de la gare, Lyon", "69"), ("BP 414 - 20183 AJACCIO CEDEX", "2A"),
     ("TSA 30719 75334 Paris Cedex 07", "75"), ("Les Angles, France", "30"), ("9-3", "93"),
     ("Boulogne 92", "92"), ("Fontenay, Val-de-Marne", "94"), ("nîmes, Gard, Occitanie", "30"),
     ("Île de la Réunion", "974"), ("région ile de france", "75")],
)  # fmt: skip
def test_a_department_is_found_however_people_write(index, text, department: str):
    assert department in find(text, index).departments


@pytest.mark.parametrize(
    ("text", "department"),
    [
        ("near Lyon", "69"),
        ("I live in Lyon", "69"),
        ("j'habite à Lyon", "69"),
        ("j’habite en Isère", "38"),
        ("the Dordogne", "24"),
        ("Rennes centre", "35"),
        ("aéroport de Nice", "06"),
        ("tulouz", "31"),
        ("oxerre", "89"),
    ],
)
def test_a_sentence_or_a_phonetic_spelling_finds_its_department_first(index, text, department):
    assert find(text, index).departments[0] == department


def test_a_lead_in_word_is_a_name_when_it_is_alone(index):
    assert find("centre", index).departments[0] == "18"
    assert find("in", index).departments
    assert find("I live in London", index).departments == ()
    assert find("région Île-de-France", index).departments[0] == "75"


def with_aliases(index, rows):
    return index.with_aliases(SortedText(index.alias_text(rows)))


def test_aliases_can_change_without_rebuilding_the_other_names(index):
    row = AliasRow("Ploucville", "well_known_place", "commune", ("69123",), "fr")
    changed = with_aliases(index, [*service.aliases(), row])
    assert find("Ploucville", changed).places[0].today == "Lyon"
    assert find("Ploucville", index).departments == ()
    assert changed.names is index.names
    gone = AliasRow("Nulle part", "well_known_place", "commune", ("00000",), "fr")
    assert find("Nulle part", with_aliases(index, [gone])).departments == ()


def test_an_empty_index_finds_nothing_and_raises_nothing():
    empty = Index(SortedText(index_text((), (), (), (), ())))
    for text in ("Lyon", "69", "69003", "Lyon 3", "97133", "59999 Lyon"):
        assert find(text, empty).departments == ()


def test_suggestions_while_typing_are_few_and_start_as_typed(index):
    for typed in ("l", "ly", "lyo", "lyon", "saint", "6", "69", "2"):
        places = suggest(typed, index)
        assert 0 < len(places) <= 8
    assert suggest("lyo", index, limit=3)[0].name == "Lyon"
    assert key_of(suggest("vill", index)[0].name).startswith("vill")


def test_the_order_of_rows_does_not_change_a_result(index):
    reversed_rows = index_text(
        service.departments()[::-1], service.regions()[::-1], service.communes()[::-1],
        service.former_names()[::-1], service.collectivities()[::-1],
    )  # fmt: skip
    reversed_index = with_aliases(Index(SortedText(reversed_rows)), service.aliases()[::-1])
    for text in ("Saint-Denis", "saint", "Montreil", "97", "01590", "Bretagne", "Corse", "vill"):
        assert find(text, reversed_index).departments == find(text, index).departments, text


@pytest.mark.parametrize("number", range(3))
def test_the_search_cases_pass(index, number):
    suite = search_report.suites(service.communes(), foreign_keys())[number]
    lines, is_met = search_report.report(suite, lambda query: find(query, index).departments)
    assert is_met, "\n".join(lines)


def test_of_the_biggest_towns_with_one_wrong_letter_nearly_all_are_found(index):
    chance = random.Random(20261123)
    rows = [row for row in service.communes() if row.kind == "C" and len(row.name) > 4]
    biggest = sorted(rows, key=lambda row: -row.population)[:1500]
    found = 0
    for row in chance.sample(biggest, 500):
        found += (
            row.department
            in find(search_report.slipped(row.name.lower(), 1, chance), index).departments
        )
    assert found >= 470
