"""Entries are easy to read: for those who read English or French at level A2 to B1.

Measured as Flesch did for English and Kandel and Moles for French, on the same scale: 100 is very
easy, from 60 on it is plain language, 80 to 90 is called easy. Both look at the words in a sentence
and the syllables in a word. Pyphen has rules for both languages and no corpus; it splits a little
less than one speaks, so that figures are some points too high, all alike. Names of places and
addresses do not count: nobody can write them in shorter words.
"""

import html
import re
from statistics import median
from typing import NamedTuple

import pyphen
import pytest
from django.utils.html import strip_tags
from django.utils.translation import override

from rollout import markdown
from rollout.models.entry_texts import EntryText

MIN_ENTRY = 60
MIN_MEDIAN = 80
MAX_SENTENCE_WORDS = 18
"""On average in an entry; the median is 11."""

END_OF_BLOCK = re.compile(r"</(?:p|li|h3|h4)>")
SENTENCE_END = re.compile(r"[.!?…]+(?=[\s”»)]|$)|\n")
WORD = re.compile(r"[^\W\d_]+(?:[-’][^\W\d_]+)*")
ADDRESS = re.compile(r"\b\w[\w-]*(?:\.[\w-]+)+\b")
NAME_OF_A_PLACE = re.compile(r"\b[A-ZÉÎ][\w’]*(?:-[\w’]+)*-[A-ZÉÎ]\w+\b")
# Ease = base - words in a sentence x 1.015 - syllables in a word x weight: Flesch 1948, Kandel and Moles 1958.
FORMULAS = {"en": (206.835, 84.6, "en_US"), "fr": (207, 73.6, "fr_FR")}


class Ease(NamedTuple):
    """How easily a text is read, and the words in its sentences on average."""

    score: float
    sentence_words: float


def ease(text, language):
    """Return the Ease of a plain text, whose sentences end with a full stop or a line break."""
    base, weight, dictionary = FORMULAS[language]
    text = NAME_OF_A_PLACE.sub("X", ADDRESS.sub("x", text))
    sentences = [part for part in SENTENCE_END.split(text) if WORD.search(part)]
    # In French the parts count: "l’appli" and "peut-il" are two words each.
    words = WORD.findall(text) if language == "en" else re.findall(r"[^\W\d_]+", text)
    syllables = pyphen.Pyphen(lang=dictionary)
    count = sum(
        len(syllables.positions(part)) + 1 for word in words for part in re.split("[-’]", word)
    )
    per_sentence = len(words) / len(sentences)
    return Ease(base - 1.015 * per_sentence - weight * count / len(words), per_sentence)


def plain_text(text):
    """Return the title and the body of an entry as plain text, a paragraph on each line."""
    with override(text.language):
        body = END_OF_BLOCK.sub("\n", markdown.render(text.body))
    return f"{text.title}\n{html.unescape(strip_tags(body))}"


@pytest.fixture(params=FORMULAS)
def entries(request, db):
    """The Ease of each entry in a language, by its kind and slug, hardest first."""
    texts = EntryText.public().filter(language=request.param).select_related("entry")
    found = {f"{t.entry.kind}/{t.entry.slug}": ease(plain_text(t), request.param) for t in texts}
    return dict(sorted(found.items(), key=lambda item: item[1].score))


def worst(entries):
    lines = [
        f"{one.score:.0f}, {one.sentence_words:.0f} words in a sentence: {name}"
        for name, one in list(entries.items())[:10]
    ]
    return "The ten hardest entries:\n" + "\n".join(lines)


def test_every_entry_is_in_plain_language_and_most_are_easy(entries):
    assert len(entries) > 150
    hard = [name for name, one in entries.items() if one.score < MIN_ENTRY]
    assert hard == [], worst(entries)
    assert median(one.score for one in entries.values()) >= MIN_MEDIAN, worst(entries)


def test_sentences_are_short(entries):
    by_length = dict(sorted(entries.items(), key=lambda item: -item[1].sentence_words))
    long = [name for name, one in entries.items() if one.sentence_words > MAX_SENTENCE_WORDS]
    assert long == [], worst(by_length)


@pytest.mark.parametrize(
    ("language", "easy", "hard"),
    [
        (
            "en",
            "Keep the plastic card with you. It stays valid.",
            "Its interoperability presupposes the availability of compatible professional equipment.",
        ),
        (
            "fr",
            "Gardez la carte sur vous. Elle reste valable.",
            "Son interopérabilité présuppose la disponibilité d’un équipement professionnel compatible.",
        ),
    ],
)
def test_the_measure_tells_easy_from_hard(language, easy, hard):
    assert ease(easy, language).score > MIN_MEDIAN
    assert ease(hard, language).score < MIN_ENTRY / 2
