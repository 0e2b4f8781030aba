"""Places as speakers of the languages of the site write them: letters, digits, endings, slips."""

import csv
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from django.conf import settings

from rollout.search import find, suggest
from rollout.search.foreign import foreign_keys
from rollout.search.normalise import fold, key_of, without_articles_and_endings, words_of

pytestmark = pytest.mark.django_db

CASES_FILE = Path(__file__).parent.parent / "support/search_cases_languages.csv"
with CASES_FILE.open(encoding="utf-8", newline="") as cases_file:
    CASES = list(csv.DictReader(cases_file))
ALIAS_ROWS = list(
    csv.DictReader((settings.DATA_FOLDER / "aliases.csv").read_text(encoding="utf-8").splitlines())
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['language']}: {case['query']}")
def test_a_place_is_found_as_a_language_writes_it(index, case):
    expected = set(filter(None, case["expected_department_codes"].split("|")))
    assert set(find(case["query"], index).departments) == expected


def test_every_translated_language_has_cases():
    translated = {code for code, _name in settings.LANGUAGES} - set(settings.FULL_LANGUAGES)
    assert {case["language"] for case in CASES} == translated


def test_no_alias_hides_a_commune_of_another_department(index):
    """One that does, by its whole name, is an area or a place that people call so."""
    for row in ALIAS_ROWS:
        if not row["kind"].endswith("_exonym") or row["target_type"] == "collectivity":
            continue
        communes = [e for e in index.names.exact(key_of(row["alias"])) if e.commune and not e.today]
        departments = {code for entry in communes for code in entry.departments}
        missing = departments - set(find(row["alias"], index).departments)
        assert not missing, row


def test_no_name_stands_twice_and_each_has_its_source():
    keys = Counter(
        (row["alias"], row["kind"], row["target_type"], row["target_code"]) for row in ALIAS_ROWS
    )
    assert [key for key, count in keys.items() if count > 1] == []
    assert all(row["source"] and row["lang"] for row in ALIAS_ROWS)


def test_no_name_of_a_department_means_two_of_them():
    codes = defaultdict(set)
    for row in ALIAS_ROWS:
        if row["kind"] == "department_exonym":
            codes[row["alias"]].add(row["target_code"])
    assert {name: found for name, found in codes.items() if len(found) > 1} == {}


def test_names_have_no_characters_that_cannot_be_seen():
    for row in ALIAS_ROWS:
        categories = {unicodedata.category(letter) for letter in row["alias"]}
        assert not categories & {"Cf", "Cc", "Co", "Cs"}, row


def test_no_name_in_other_letters_is_a_place_abroad():
    for row in ALIAS_ROWS:
        if not row["alias"].isascii() and row["kind"].endswith("_exonym"):
            letters = unicodedata.name(next(filter(str.isalpha, row["alias"]))).split()[0]
            if letters in {"ARABIC", "CYRILLIC", "CJK"}:
                assert key_of(row["alias"]) not in foreign_keys(), row


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أُفيرنيا", "افيرنيا"),
        ("الجزيرة", "الجزيره"),
        ("مصطفى", "مصطفي"),
        ("شرق", "شـــرق"),
        ("٧٥٠١١", "75011"),
        ("ґанок", "ганок"),
        ("Їжак", "ижак"),
        ("Єва", "ева"),
        ("İSTANBUL", "istanbul"),
        ("IŞIL ışıl", "isil isil"),
        ("ţară şi", "țară și"),
        ("ＡＢＣ１２", "abc12"),
        ("Łódź", "lodz"),
        ("Tromsø", "tromso"),
        ("Gießen", "giessen"),
    ],
)
def test_letters_that_people_vary_are_folded_to_one(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("الألب العليا", "الب عليا"),
        ("埃纳省", "埃纳"),
        ("诺曼底大区", "诺曼底"),
        ("巴黎市", "巴黎"),
        ("安省", "安省"),  # of one character more than the ending would be left
        ("Marseille", "marseille"),
    ],
)
def test_articles_and_endings_are_optional(name, short):
    assert " ".join(without_articles_and_endings(words_of(name))) == short


def test_a_name_without_its_ending_hides_no_other(index):
    assert find("巴黎", index).departments == ("75",)


@pytest.mark.parametrize("text", ["Паріж", "Париж", "باريس", "巴黎"])
def test_one_name_of_a_place_is_suggested(index, text):
    places = [place for place in suggest(text, index) if place.departments == ("75",)]
    assert len({place.today or place.name for place in places}) == len(places)


def test_the_text_of_the_aliases_is_the_same_in_every_process():
    program = (
        "import hashlib, django; django.setup()\n"
        "from rollout.search.aliases import alias_text\n"
        "from rollout.search.results import AliasRow, IndexEntry, PlaceKind\n"
        "rows = [AliasRow(n, 'department_exonym', 'departments', (c,), 'zh')"
        " for n, c in [('埃纳省', '02'), ('الألب العليا', '05'), ('Nord (Norden/North)', '59')]]\n"
        "entry = lambda code: IndexEntry(PlaceKind.DEPARTMENT, code, (code,))\n"
        "text = alias_text(rows, {'departments': entry}, {})\n"
        "print(hashlib.sha256(text).hexdigest())"
    )
    results = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={
                "PYTHONHASHSEED": seed,
                "DJANGO_SETTINGS_MODULE": "site_config.settings",
                "DEBUG": "1",
                "PATH": "",
            },
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(results) == 1
