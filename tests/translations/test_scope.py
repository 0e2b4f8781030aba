"""The catalogue of a language has every string that its pages show.

Pages are rendered in a language whose translations are the strings themselves, between marks.
"""

import re
from functools import cache

import html5lib
import pytest
from django.test import Client
from django.utils.translation import trans_real

from rollout.caching import fragments
from rollout.models.languages import Language, Stage
from rollout.translations import messages
from rollout.wording import labels
from tests.support.addresses import SAMPLES, STATES

LANGUAGE = "de"
SEPARATOR = trans_real.CONTEXT_SEPARATOR


class MarkedTranslation:
    """Translates each string of the site into itself, marked; strings of Django as it does."""

    def __init__(self, original, shown, others):
        self.original = original
        self.shown = shown
        self.others = others
        self.left_out = set()
        self.seen = set()

    def gettext(self, message):
        return self._marked(message, message) or self.original.gettext(message)

    def ngettext(self, singular, plural, number):
        return self._marked(
            singular, singular if number == 1 else plural
        ) or self.original.ngettext(singular, plural, number)

    def _marked(self, message, text):
        context, _separator, own = message.rpartition(SEPARATOR)
        key = (context or None, own)
        text = text.rpartition(SEPARATOR)[2]
        if key in self.shown:
            self.seen.add(key)
            is_format = bool(re.fullmatch(r"[jFYEdmHi:. \\]+", own))
            return text if is_format else f"⟦{text}⟧"
        if key in self.others:
            self.left_out.add(key)
            return f"⟪{text}⟫"
        return None

    def __getattr__(self, name):
        return getattr(self.original, name)


def keys(catalogue):
    return {
        (message.context, message.id[0] if isinstance(message.id, tuple) else message.id)
        for message in catalogue
        if message.id
    }


@cache
def collected():
    """Return the strings of the catalogue, and those that it leaves out."""
    shown = keys(messages.collect_for(LANGUAGE))
    return shown, keys(messages.collect()) - shown


def forget_what_was_translated():
    """Clear what this process keeps in the words of a language."""
    fragments.fragment_cache.clear()
    for cached in (labels._state, labels._day):
        cached.cache_clear()


@pytest.fixture
def marked(only_full_languages, monkeypatch):
    forget_what_was_translated()
    translation = MarkedTranslation(trans_real.translation(LANGUAGE), *collected())
    monkeypatch.setitem(vars(trans_real)["_translations"], LANGUAGE, translation)
    Language.objects.update_or_create(code=LANGUAGE, defaults={"stage": Stage.PUBLIC})
    yield translation
    forget_what_was_translated()


FILES = (
    "manifest.webmanifest",
    "updates.atom",
    "openings.ics",
    "share.png",
    "suggest/?q=par",
    "suggest/?q=code",
    "suggest/?q=zzzzqq",
    "departments/69-rhone/updates.atom",
    "departments/69-rhone/openings.ics",
    "departments/69-rhone/share.png",
    "regions/bretagne/updates.atom",
    "regions/bretagne/share.png",
    "embed/departments/69.svg",
    "embed/departments/69/",
    "embed/departments/976/",
)
ERRORS = (
    "nowhere/",
    "departments/999/",
    "sources/x/",
    "?q=%00",
    "can-i/?age=x",
    "rollout/nothing/",
)
FULL_LANGUAGES_ONLY = ("updates/", "sources/", "data/", "legal/")
"""Pages that are in FULL_LANGUAGES only."""


def test_pages_show_no_string_that_their_catalogue_lacks(marked):
    """Strings of pages for editors and developers are left out of it: none is looked up."""
    client = Client(raise_request_exception=False)
    paths = [path for path in [*SAMPLES, *STATES] if not path.startswith(FULL_LANGUAGES_ONLY)]
    lacking: dict[object, str] = {}
    for path in [*paths, *FILES, *ERRORS]:
        marked.left_out.clear()
        client.get(f"/{LANGUAGE}/{path}")
        for key in marked.left_out:
            lacking.setdefault(key, path)
    assert lacking == {}
    assert len(marked.seen) > 400


WORDS = re.compile(r"[A-Za-z’]{2,}(?: [a-z’]{2,}){3}")
"""Four words in a row: names of places and of papers have none."""


def without_marked(html):
    """Return the text of a page without what is marked, and without elements of another language."""
    root = html5lib.parse(html, namespaceHTMLElements=False)
    body = root.find("body")
    pieces = []

    def collect(element):
        is_other = element.get("lang") or element.get("translate") == "no"
        if not isinstance(element.tag, str) or element.tag in ("script", "style") or is_other:
            pieces.append("\n")
        else:
            pieces.append(element.text or "")
            for child in element:
                collect(child)
        pieces.append(element.tail or "")

    collect(body)
    text = "".join(pieces)
    while (shorter := re.sub(r"⟦[^⟦⟧]*⟧", "\n", text)) != text:
        text = shorter
    return text


@pytest.mark.parametrize("path", ["", "departments/", "set-up/", "can-i/", "glossary/", "about/"])
def test_pages_show_no_words_that_no_translator_can_reach(marked, path):
    """What is neither from a catalogue nor in an element with its own language would be one."""
    html = Client().get(f"/{LANGUAGE}/{path}").content.decode()
    assert re.findall(WORDS, without_marked(html)) == []
