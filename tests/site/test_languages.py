"""The catalogue of each public language has every string that its pages need; French typography."""

import csv
import re

import pytest
from django.conf import settings

from rollout.translations import messages
from tests.support.languages import public_in_files

LANGUAGES = [*settings.FULL_LANGUAGES[1:], *public_in_files()]
FRONT_MATTER = re.compile(r'\+\+\+.*?^title = "(.*?)"$.*?\+\+\+\n(.*)', re.DOTALL | re.MULTILINE)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|{\w+}")


@pytest.fixture(params=LANGUAGES)
def catalogue(request):
    return messages.read(request.param)


def strings(message):
    return message if isinstance(message, list | tuple) else [message]


@pytest.fixture(scope="module")
def needed():
    """The strings of pages: in FULL_LANGUAGES, and in the others."""
    return {
        is_full: {
            (message.context, str(message.id))
            for message in messages.collect_for("fr" if is_full else LANGUAGES[-1])
            if message.id
        }
        for is_full in (True, False)
    }


def test_every_string_that_its_pages_show_is_in_the_catalogue_and_no_other(catalogue, needed):
    """`make messages` brings the catalogue up to date."""
    expected = needed[str(catalogue.locale) in settings.FULL_LANGUAGES]
    present = {(message.context, str(message.id)) for message in catalogue if message.id}
    assert expected - present == set()
    assert present - expected == set()


def test_every_string_is_translated(catalogue):
    missing = [
        message.id for message in catalogue if message.id and not all(strings(message.string))
    ]
    assert missing == []
    assert not any(message.fuzzy for message in catalogue if message.id)


def test_translations_keep_their_placeholders(catalogue):
    for message in catalogue:
        if not message.id:
            continue
        wanted = set(PLACEHOLDER.findall(strings(message.id)[-1]))
        for string in strings(message.string):
            assert set(PLACEHOLDER.findall(string)) <= wanted, message.id
        assert set(PLACEHOLDER.findall(strings(message.string)[-1])) == wanted, message.id


def french_texts():
    """Return the strings of the catalogue, and the lines of the data files that are French."""
    catalogue = messages.read("fr")
    yield from (string for message in catalogue if message.id for string in strings(message.string))
    for path in settings.DATA_FOLDER.glob("entries/*/*.fr*.md"):
        for title, body in FRONT_MATTER.findall(path.read_text(encoding="utf-8")):
            yield from (title, *body.splitlines())
    for path in settings.DATA_FOLDER.glob("*_texts.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield from row.values() if row["language"] == "fr" else ()


def test_french_typography_is_kept():
    """No line breaks before a high sign, and the space is narrow but before a colon and in quotation marks."""
    texts = list(french_texts())
    assert any(text.startswith("**Ce n’est pas confirmé.**") for text in texts)
    assert "Pilote 2023" in texts
    for string in texts:
        text = re.sub(r"https?://\S+", "", string)
        assert not re.search(r"[^\s\u00a0\u202f][;:?!](\s|$)", text), string
        assert not re.search(r" [;:?!»]|« ", text), string
        assert not re.search(r"\u00a0[;?!]|\u202f[:»]|«\u202f", text), string
        assert "'" not in text, string
        assert "..." not in text, string
        assert "\u2011" not in text, f"A search in the page does not find it: {string}"
