"""Search: the kinds of text that people reported, made from the data for all departments."""

import random
import re
import time
import unicodedata
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollout.search import MatchQuality, Note, PlaceKind, find, service, suggest
from rollout.search.normalise import key_of
from rollout.search.personal import is_personal
from tests.support.search_report import Case, passes

pytestmark = pytest.mark.django_db

NUMBER_WORDS = {
    "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "six": "6", "sept": "7", "huit": "8",
    "neuf": "9", "douze": "12", "vingt": "20", "trente": "30", "cent": "100",
}  # fmt: skip
SHORT_FORMS = [
    ("Grand", "Gd"), ("Grande", "Gde"), ("Petit", "Pt"), ("Petite", "Pte"), ("Pont", "Pt"),
    ("Haute", "Hte"), ("Haut", "Ht"), ("Château", "Cht"), ("Château", "Ch."), ("Basse", "Bse"),
    ("Notre-Dame", "N.D."), ("Notre-Dame", "ND"), ("Provence", "Pce"), ("Vieux", "Vx"),
    ("Saint", "St"), ("Sainte", "Ste"), ("Mont", "Mt"), ("Ferrand", "Fd"),
]  # fmt: skip
UNKNOWN = ("Trifouillis-les-Oies", "La Grande Bazouille")
STREETS = (
    "rue Saint-Martin", "place de Tahiti", "Résidence Monaco", "rue du faubourg Saint-Pierre",
    "route de Nouméa", "avenue de Lyon", "rue Saint-Barthélemy",
)  # fmt: skip
SENTENCES = (
    "je vis à {}", "j'habite à {}", "nous habitons à {}", "CPAM {}", "carte vitale {}",
    "la carte vitale marche à {}", "est-ce que ça marche à {} ?", "{} carte vitale",
    "living in {}", "I live near {}", "I am moving to {}", "my town is {}",
    "does the carte Vitale app work in {}?", "can I use the app in {}",
)  # fmt: skip
APOSTROPHES = "'’‘ʼʹʻʽ′`´＇"


@pytest.fixture(scope="module")
def data(django_db_setup, django_db_blocker):
    """Return the communes by department, the biggest first, and the departments of each name."""
    with django_db_blocker.unblock():
        rows = [row for row in service.communes() if row.kind == "C"]
        by_department = defaultdict(list)
        for row in sorted(rows, key=lambda row: (-row.population, row.insee)):
            by_department[row.department].append(row)
        names = defaultdict(set)
        for row in rows:
            names[row.name].add(row.department)
        return by_department, names


def some_of_each(by_department, count=3):
    """Return communes of all departments: the biggest, and others by chance; always the same."""
    chance = random.Random(16)
    for rows in by_department.values():
        yield from rows[:count]
        yield from chance.sample(rows, min(count, len(rows)))


def share(index, cases):
    """Return the share of (query, departments) that pass, and those that do not."""
    failed = [
        (query, expected, find(query, index).departments)
        for query, expected in cases
        if not passes(Case(query, frozenset(expected), ""), find(query, index).departments)
    ]
    assert cases
    return 1 - len(failed) / len(cases), failed


def passing(index, cases, least=1.0):
    passed, failed = share(index, list(cases))
    assert passed >= least, failed[:20]


def without_accents(text):
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def departments_of(index, postcode):
    return {code for entry in index.postcode(postcode) for code in entry.departments}


def test_a_known_postcode_is_never_lost_to_the_street(index, data):
    passing(
        index,
        [
            (f"12 {street} {row.postcodes[0]}", departments_of(index, row.postcodes[0]))
            for number, row in enumerate(some_of_each(data[0]))
            for street in [STREETS[number % len(STREETS)]]
        ],
    )


@given(
    before=st.text(max_size=30), after=st.text(max_size=30),
    row=st.integers(min_value=0, max_value=5000),
)  # fmt: skip
@settings(max_examples=1500, deadline=None)
def test_a_known_postcode_in_any_text_is_never_lost(index, before, after, row):
    postcode = index.postcodes_with_prefix("")[row]
    text = f"{before} {postcode} {after}"
    result = find(text, index)
    if not is_personal(text) and not any(map(str.isdigit, before + after)):
        assert departments_of(index, postcode) & set(result.departments), text


def test_of_several_codes_the_known_one_counts(index):
    assert find("75011 Paris, cabinet 99999", index).departments == ("75",)
    assert find("75011paris", index).departments == ("75",)
    assert find("06240 Monaco", index).note is Note.ALSO_NOT_A_DEPARTMENT


def test_a_postcode_and_the_town_of_another_department_show_both(index, data):
    by_department, names = data
    towns = [rows[0] for rows in by_department.values() if len(names[rows[0].name]) == 1]
    cases = [
        (f"{row.postcodes[0]} {town.name}", {row.department, town.department})
        for number, town in enumerate(towns)
        for row in [by_department[towns[number - 7].department][:4][-1]]
        if departments_of(index, row.postcodes[0]) == {row.department} != {town.department}
    ]
    passing(index, cases)
    for query, _ in cases:
        assert find(query, index).note is Note.POSTCODE_ELSEWHERE, query


def test_a_postcode_and_its_own_town_agree(index, data):
    for row in some_of_each(data[0]):
        result = find(f"{row.postcodes[0]} {row.name}", index)
        assert result.departments[0] == row.department
        assert result.note is None, row.name


@pytest.mark.parametrize("unknown", UNKNOWN)
@pytest.mark.parametrize("form", ["{} ({})", "{} {}", "{}, {}", "{}, {name}", "{} {name}"])
def test_an_unknown_place_with_a_known_department_is_that_and_says_so(index, unknown, form):
    for row in service.departments():
        query = form.format(unknown, row.code, name=row.name)
        result = find(query, index)
        assert result.departments == (row.code,), query
        assert result.note is Note.TOWN_UNKNOWN, query


@pytest.mark.parametrize(
    "form",
    ["{town}, {chief}, {department}, {region}, France métropolitaine, France",
     "{town}, {department}, {region}, France", "{town}, {code}, {department}, {region}",
     "France, {region}, {department}, {town}", "{town} ({code}), {region}",
     "{department}, {town}", "{town} {department} {region} France",
     "12 rue Victor Hugo, {town}, {department}, {region}, France",
     "{code}, {department}, {region}"],
)  # fmt: skip
def test_a_chain_of_places_is_the_town_within_them(index, data, form):
    departments = {row.code: row.name for row in service.departments()}
    regions = {row.code: row.region for row in service.departments()}
    names = {row.code: row.name for row in service.regions()}
    passing(
        index,
        [
            (
                form.format(
                    town=row.name, chief=data[0][row.department][0].name, code=row.department,
                    department=departments[row.department], region=names[regions[row.department]],
                ),
                {row.department},
            )
            for row in some_of_each(data[0], 2)
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    "form",
    ["{}e arrondissement", "{}ème arrondissement", "{}th arrondissement", "arrondissement {}",
     "{} arr.", "le {}e arrondissement", "{}e"],
)  # fmt: skip
def test_an_arrondissement_alone_is_no_department(index, form):
    for number in range(1, 21):
        towns = [("75", 20), ("13", 16), ("69", 9)]
        expected = {code for code, count in towns if number <= count}
        result = find(form.format(number), index)
        assert set(result.departments) == expected, number
        assert result.departments[0] == "75"
    if "arr" in form:
        assert find(form.format(45), index).departments == ()


@pytest.mark.parametrize("text", ["seizième arrondissement", "XVIe arrondissement"])
def test_an_arrondissement_may_be_written_out(index, text):
    assert find(text, index).departments == ("75", "13")


def test_numbers_in_names_may_be_digits(index, data):
    def digits(name):
        return re.sub(r"\w+", lambda word: NUMBER_WORDS.get(word[0].lower(), word[0]), name)

    names = {name: codes for name, codes in data[1].items() if digits(name) != name}
    assert len(names) > 60
    passing(index, [(digits(name), codes) for name, codes in names.items()], 0.97)
    passing(index, [(f"{digits(name)} {code}", {code}) for name, codes in names.items() for code in codes])  # fmt: skip


@pytest.mark.parametrize(("whole", "short"), SHORT_FORMS)
def test_short_forms_are_names(index, data, whole, short):
    pattern = re.compile(rf"(?<!\w){whole}(?!\w)")
    cases = [
        (pattern.sub(short, name), codes)
        for name, codes in data[1].items()
        if pattern.search(name) and name != whole and len(codes) < 6
    ]
    passing(index, cases[:150], 0.94)


@pytest.mark.parametrize("sign", ["/", " s/ ", " s/", " s ", "-s-"])
def test_sur_may_be_a_slash(index, data, sign):
    cases = [
        (name.replace("-sur-", sign), codes)
        for name, codes in data[1].items()
        if "-sur-" in name and len(codes) < 4
    ]
    passing(index, random.Random(8).sample(cases, 300), 0.99)


@pytest.mark.parametrize("word", ["les", "lès", "lez"])
def test_les_may_be_spelt_in_three_ways(index, data, word):
    pattern = re.compile("-l[eè][sz]-")
    cases = [(pattern.sub(f" {word} ", n), c) for n, c in data[1].items() if pattern.search(n)]
    passing(index, [case for case in cases if len(case[1]) < 5][:300])


def test_every_group_of_communes_is_found_with_its_biggest_department_first(index):
    rows = service.intercommunalities()
    assert len(rows) == 1266
    passing(index, [(row.name, row.departments) for row in rows], 0.99)
    result = find("Métropole du Grand Paris", index)
    assert result.departments == ("75", "93", "92", "94", "91", "95")
    assert result.places[0].kind is PlaceKind.INTERCOMMUNALITY


@pytest.mark.parametrize(
    "form", ["agglo de {}", "{} Métropole", "{} Agglomération", "Grand {}", "métropole de {}"]
)
def test_a_big_town_and_what_is_round_it(index, data, form):
    biggest = [rows[0] for rows in data[0].values()]
    found = [find(form.format(row.name), index).departments[:9] for row in biggest]
    missed = [row.name for row, codes in zip(biggest, found, strict=True) if row.department not in codes]  # fmt: skip
    assert missed == []


@pytest.mark.parametrize(
    ("text", "departments"),
    [("CC Faucigny", "74"), ("Grand Nancy", "54"), ("com com Pays de Gex", "01"),
     ("métropole de Lyon", "69"), ("Grand Paris", "75 93 92 94 91 95"),
     ("communauté de communes du Pays de Gex", "01"), ("TCO", "974")],
)  # fmt: skip
def test_a_group_of_communes_has_short_forms(index, text, departments):
    assert find(text, index).departments == tuple(departments.split())


@pytest.mark.parametrize(
    ("text", "department"),
    [("2 A", "2A"), ("2 B", "2B"), ("20B", "2B"), ("20 a", "2A"), ("2 A Ajaccio", "2A"),
     ("2-B", "2B"), ("Bastia 2 B", "2B"), ("2 bis rue de Lyon", "69"), ("12 b rue X 2000 Laon", "02")],
)  # fmt: skip
def test_corsica_s_numbers_are_not_houses(index, text, department):
    assert find(text, index).departments[0] == department


def test_a_lost_zero_offers_both(index, data):
    assert find("6000", index).departments == ("60", "06")
    rows = [row for rows in data[0].values() for row in rows[:5] if row.postcodes[0][0] == "0"]
    passing(index, [(f"{row.postcodes[0][1:]} {row.name}", {row.department}) for row in rows])
    for row in rows:
        code = row.postcodes[0]
        assert departments_of(index, code) <= set(find(code[1:], index).departments), code


@pytest.mark.parametrize("code", ["75000", "69000", "13000", "75000 Paris", "Lyon 69000"])
def test_what_people_write_for_a_city_is_no_cedex(index, code):
    result = find(code, index)
    assert len(result.departments) == 1
    assert result.note is None


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_about_its_place(index, data, sentence):
    biggest = [row for rows in data[0].values() for row in rows[:2]]
    cases = [(sentence.format(row.name), data[1][row.name]) for row in biggest]
    passing(index, cases, 0.98)
    codes = [row.code for row in service.departments()]
    passing(index, [(sentence.format(code), {code}) for code in codes])


def test_islands_resorts_valleys_and_new_towns_are_known_by_name(index):
    names = [row for row in service.aliases() if row.kind in ("well_known_place", "area_approx")]
    assert len(names) >= 80
    for alias in names:
        places = find(alias.alias, index).places
        assert any(key_of(place.name) == key_of(alias.alias) for place in places), alias
    for text, department in (
        ("Île de Ré", "17"), ("Oléron", "17"), ("Belle-Île", "56"), ("Porquerolles", "83"),
        ("Marie-Galante", "971"), ("Cap Ferret", "33"), ("Val Thorens", "73"),
        ("La Défense", "92"), ("Sophia Antipolis", "06"), ("Marne-la-Vallée", "77"),
    ):  # fmt: skip
        assert find(text, index).departments[0] == department
    assert find("Marne-la-Vallée", index).places[0].approximate
    assert set(find("Les Saintes", index).departments) == {"971", "17"}


@pytest.mark.parametrize("lead", ["île de", "village de", "commune de"])
def test_after_a_lead_two_letters_are_no_beginning(index, lead):
    for letters in ("zz", "qx", "wv"):
        assert find(f"{lead} {letters}", index).departments == ()


def test_a_collectivity_hides_no_commune_and_is_mentioned(index):
    result = find("Le Mont-Dore", index)
    assert result.departments[0] == "63"
    assert result.note is Note.ALSO_NOT_A_DEPARTMENT
    assert find("Marigot", index).note_subject == "Saint-Martin"
    assert find("Saint-Gilles-les-Bains", index).departments == ("974",)
    assert find("Sainte-Clotilde", index).departments == ("974",)


def test_every_label_of_la_poste_finds_its_department(index):
    rows = service.postal_localities()
    assert len(rows) == 390
    missed = [r.label for r in rows if r.department not in find(r.label, index).departments]
    assert missed == []


@pytest.mark.parametrize(
    "text",
    ["1 85 05 78 006 084 36", "185057800608436", "1850578006084", "2 85 05 2A 006 084 36",
     "2.85.05.78.006.084", "mon numéro : 1 85 05 78 006 084 36 merci", "369067543002289",
     "١٨٥٠٥٧٨٠٠٦٠٨٤", "06 12 34 56 78", "0612345678", "06.12.34.56.78", "+33 6 12 34 56 78",
     "0033612345678", "+44 20 7946 0958", "jean.dupont@example.org", "Lyon jean@example.fr",
     "Lyon 0612345678", "x" * 195 + " 1 85 05 78 006 084 36"],
)  # fmt: skip
def test_personal_data_is_not_repeated(index, text):
    result = find(text, index)
    assert result.note is Note.PERSONAL
    assert (result.query, result.note_subject, result.departments, result.suggestions) == (
        "", "", (), (),
    )  # fmt: skip
    assert suggest(text, index) == ()


@pytest.mark.parametrize(
    "text",
    ["75011", "75011 69001 13001", "48.8566, 2.3522", "12 rue de la Paix 75002 Paris 75002",
     "BP 414 - 20183 AJACCIO CEDEX", "TSA 30719 75334 Paris Cedex 07", "FR-75011", "Lyon 3e",
     "123456789012", "1 2 3 4 5", "00000", "2A004"],
)  # fmt: skip
def test_addresses_are_no_personal_data(text):
    assert not is_personal(text)


@given(digits=st.text("0123456789", min_size=13, max_size=13), extra=st.sampled_from(["", "47"]))
def test_digits_that_may_be_a_social_security_number_are(digits, extra):
    assert is_personal(digits + extra)
    assert is_personal(" ".join([digits[0], digits[1:3], digits[3:5], digits[5:7], digits[7:10], digits[10:], extra]))  # fmt: skip


def test_case_accents_hyphens_and_apostrophes_change_nothing(index, data):
    for row in some_of_each(data[0]):
        for query in (row.name, f"{row.name} ({row.department})", f"je vis à {row.name}"):
            expected = find(query, index).departments
            for variant in (
                without_accents(query),
                query.upper(), query.lower(), query.replace("-", " "), query.replace(" ", "  "),
                *(query.replace("’", sign) for sign in APOSTROPHES if "’" in query),
            ):  # fmt: skip
                assert find(variant, index).departments == expected, variant


def test_suggestions_name_each_place_once_and_lead_to_it(index, data):
    for typed in ("paris", "lyon", "marseille", "saint-denis", "75003", "lyon 3", "2 sè", "ivry/"):
        suggestions = service.suggest(typed)
        values = [suggestion.value for suggestion in suggestions]
        assert values, typed
        assert len(set(values)) == len(values), typed
    assert service.suggest("75003")[0].value == "Paris 3e Arrondissement (75)"
    for row in some_of_each(data[0], 1):
        for value, _ in service.suggest(row.name):
            code = re.search(r"\((\d\w{1,2})\)$", value)
            if code:
                result = find(value, index)
                assert result.departments[0] == code[1], value
                assert result.places[0].match is not MatchQuality.FUZZY


@pytest.mark.parametrize(
    "text",
    ["s/ " * 66, "2 " * 100, "pt " * 66, "a, " * 66, "st/" * 66, "paris, isere, " * 14,
     "ch pt pte 2 3 v f s/ " * 9, "communaute de communes " * 8, "grand pays de saint/" * 10,
     "xxe arrondissement " * 10, "(06) " * 40, "la carte vitale " * 12],
)  # fmt: skip
def test_any_text_is_answered_in_bounded_time(index, text):
    start = time.thread_time()
    find(text, index)
    suggest(text, index)
    assert time.thread_time() - start < 0.1
