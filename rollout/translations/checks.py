"""Checks of a translation against its reference text: what is surely wrong, and what may be.

They compare what does not depend on the language: links, placeholders, numbers, structure, letters.
Whoever saves refuses what is wrong, and asks about the rest.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from rollout import markdown


class FindingKind(TextChoices):
    """What is wrong with a translation; the label takes `what`."""

    EMPTY = "empty", _("It is empty.")
    PLACEHOLDER = (
        "placeholder",
        _("A placeholder is missing, or is none of the reference text: %(what)s"),
    )
    TAG = "tag", _("A tag of HTML is missing, or is none of the reference text: %(what)s")
    LINK = "link", _("A link leads elsewhere than in the reference text, or is missing: %(what)s")
    INVISIBLE = (
        "invisible",
        _("It has invisible characters, which may turn the order of words: %(what)s"),
    )
    SCRIPT = "script", _("It is written in other letters than those of its language: %(what)s")
    BLOCKS = (
        "blocks",
        _("Its paragraphs and lists are not those of the reference text: %(what)s"),
    )
    NUMBER = "number", _("Numbers differ from those of the reference text: %(what)s")
    FRENCH_WORDS = "french-words", _("French words of the screens are missing: %(what)s")
    LENGTH = "length", _("It is much shorter or longer than the reference text.")
    SAME = "same", _("It is the same as the reference text.")


ERRORS = frozenset(
    {
        FindingKind.EMPTY,
        FindingKind.PLACEHOLDER,
        FindingKind.TAG,
        FindingKind.LINK,
        FindingKind.INVISIBLE,
        FindingKind.SCRIPT,
    }
)
"""What is refused; the rest is asked about."""

SCRIPTS = {"ar": "ARABIC", "uk": "CYRILLIC", "zh-hans": "CJK"}
"""The letters of a language, as the names of characters begin in Unicode; Latin for all others."""
LENGTHS = {"zh-hans": (0.1, 1.0)}
"""How long a translation is, as shares of the reference text; (0.5, 2.2) for all others."""
LAST_LATIN_LETTER = "\u024f"
"""No letter up to this is of another script, but for the micro sign and ordinal indicators."""
MIN_COMPARED_LENGTH = 40
"""In characters: shorter reference texts may become anything."""

_PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
_TAGS = re.compile(r"<[^<>]+>")
_TARGETS = re.compile(r"\]\(([^)\s]*)\)")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BLOCKS = re.compile(r"<(p|ul|ol|li|h3|h4|blockquote)\b")
_FORMATS = re.compile(r"^[jFEYdmnGHi年月日.,/ \\de]+$")
"""A date format, whose letters are those of Django."""


@dataclass(frozen=True)
class Finding:
    """One thing that is or may be wrong, and the words concerned."""

    kind: FindingKind
    what: str = ""

    @property
    def is_error(self) -> bool:
        """Tell whether it is refused."""
        return self.kind in ERRORS

    def __str__(self) -> str:
        return str(self.kind.label) % {"what": self.what}


def findings(
    reference: str, translation: str, language: str, *, french_words: Collection[str] = ()
) -> list[Finding]:
    """Return what is or may be wrong with the translation of one field or message.

    `french_words` are words of screens that stand in the reference text and must stay. What is
    refused comes first.
    """
    found = errors(reference, translation, language)
    if not translation.strip():
        return found
    return [*found, *_doubts(reference, translation, language, french_words)]


def errors(reference: str, translation: str, language: str) -> list[Finding]:
    """Return what is surely wrong with a translation (ERRORS): quickly, nothing is rendered."""
    if not translation.strip():
        return [Finding(FindingKind.EMPTY)] if reference.strip() else []
    return list(_errors(reference, translation, language))


def _errors(reference: str, translation: str, language: str) -> Iterator[Finding]:
    """Yield what is surely wrong, in the order of FindingKind."""
    before, after = (sorted({*_PLACEHOLDERS.findall(t)}) for t in (reference, translation))
    if what := _difference(before, after):  # one may be there twice
        yield Finding(FindingKind.PLACEHOLDER, what)
    for kind, pattern in ((FindingKind.TAG, _TAGS), (FindingKind.LINK, _TARGETS)):
        if what := _difference(pattern.findall(reference), pattern.findall(translation)):
            yield Finding(kind, what)
    if invisible := _INVISIBLE.findall(translation):
        names = sorted({unicodedata.name(character, "?") for character in invisible})
        yield Finding(FindingKind.INVISIBLE, ", ".join(names))
    if foreign := _other_letters(reference, translation, language):
        yield Finding(FindingKind.SCRIPT, foreign)


def _doubts(
    reference: str, translation: str, language: str, french_words: Collection[str]
) -> Iterator[Finding]:
    """Yield what may be wrong, in the order of FindingKind."""
    before, after = (_BLOCKS.findall(markdown.render(text)) for text in (reference, translation))
    if before != after:
        yield Finding(FindingKind.BLOCKS, f"{' '.join(before)} → {' '.join(after)}")
    if what := _difference(_numbers(reference), _numbers(translation)):
        yield Finding(FindingKind.NUMBER, what)
    if lost := [words for words in french_words if words in reference and words not in translation]:
        yield Finding(FindingKind.FRENCH_WORDS, ", ".join(lost))
    if len(reference) >= MIN_COMPARED_LENGTH:
        yield from _length_findings(reference, translation, language)


def _length_findings(reference: str, translation: str, language: str) -> Iterator[Finding]:
    shortest, longest = LENGTHS.get(language, (0.5, 2.2))
    if not shortest <= len(translation) / len(reference) <= longest:
        yield Finding(FindingKind.LENGTH)
    if reference == translation:
        yield Finding(FindingKind.SAME)


def _difference(reference: list[str], translation: list[str]) -> str:
    """Return what one has and the other not, with a sign: "-72 +27"; "" if they are the same."""
    if sorted(reference) == sorted(translation):
        return ""
    before, after = Counter(reference), Counter(translation)
    lost = [f"-{item}" for item in (before - after).elements()]
    added = [f"+{item}" for item in (after - before).elements()]
    return " ".join([*lost, *added])


def _numbers(text: str) -> list[str]:
    """Return the groups of digits in a text, but for those of links, tags and placeholders."""
    for pattern in (_TARGETS, _TAGS, _PLACEHOLDERS):
        text = pattern.sub(" ", text)
    return re.findall(r"\d+", text)


def _other_letters(reference: str, translation: str, language: str) -> str:
    """Return the first word in letters that are neither the language's nor Latin; "" if none.

    Also the beginning of a text of a language with letters of its own that has none of them.
    """
    script = SCRIPTS.get(language, "LATIN")
    for word in re.findall(r"[^\W\d_]+", translation):
        if word[0] <= LAST_LATIN_LETTER:
            continue
        name = unicodedata.name(word[0], "")
        if not name.startswith((script, "LATIN", "MODIFIER")):
            return word if word not in reference else ""
    if script == "LATIN" or len(reference) < MIN_COMPARED_LENGTH or _FORMATS.match(translation):
        return ""
    letters = _PLACEHOLDERS.sub("", _TAGS.sub("", _TARGETS.sub("]", translation)))
    if not re.search(r"[^\W\d_]{3}", _PLACEHOLDERS.sub("", reference)):
        return ""
    has_own = any(unicodedata.name(letter, "").startswith(script) for letter in letters)
    return "" if has_own else translation[:30]
