"""English and French are always in step."""

import re

import pytest
from django.conf import settings

from rollout.operations import translations

LANGUAGES = [code for code, _name in settings.LANGUAGES[1:]]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|{\w+}")


@pytest.fixture(params=LANGUAGES)
def catalogue(request):
    return translations.read(request.param)


def strings(message):
    return message if isinstance(message, list | tuple) else [message]


def test_every_string_of_code_and_templates_is_in_the_catalogue_and_no_other(catalogue):
    """`make messages` brings the catalogue up to date."""
    wanted = {
        (message.context, str(message.id)) for message in translations.collect() if message.id
    }
    present = {(message.context, str(message.id)) for message in catalogue if message.id}
    assert wanted - present == set()
    assert present - wanted == set()


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


def test_french_typography_is_kept():
    for message in translations.read("fr"):
        for string in strings(message.string):
            if not message.id or "://" in string:
                continue
            assert not re.search(r"[^\s\u00a0\u202f][;:?!](\s|$)", string), string
            assert not re.search(r" [;:?!»]", string), string
            assert not re.search(r"« ", string), string
            assert "'" not in string, string
