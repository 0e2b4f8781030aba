"""Text becomes comparable: cleaned, folded to plain letters, glued into keys, heard as French."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MAX_QUERY = 200
"""Characters of a query that are read; the longest name has 45, the longest address about 150."""

# Letters that NFKD leaves whole though people type them apart (œ), or that keyboards vary.
_LETTERS = str.maketrans(
    {
        "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d",
        "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": "",
    }
)  # fmt: skip
# What French needs, ahead of the slow way that any script can take.
_FRENCH = str.maketrans("àâäéèêëîïôöùûüÿç’", "aaaeeeeiioouuuyc'", "\u0301") | _LETTERS
# Within a word these vanish or part it: `l'hay`, `l hay` and `lhay` all glue to one key.
_WORD = re.compile(r"[^\W_]+")
_ABBREVIATIONS = {
    "st": ("saint",), "ste": ("sainte",), "sts": ("saints",), "stes": ("saintes",),
    "nd": ("notre", "dame"), "mt": ("mont",), "mts": ("monts",),
}  # fmt: skip


def clean(text: str) -> str:
    """The query as typed, without what cannot be seen: control and bidi characters, surrogates,
    runs of space; cut to `MAX_QUERY` characters."""
    kept = []
    # Four times the cap is enough to see past invisible characters, and bounds the work.
    for character in text[: 4 * MAX_QUERY]:
        category = unicodedata.category(character)
        if category[0] == "Z" or category == "Cc":
            kept.append(" ")
        elif category[0] != "C":
            kept.append(character)
    return " ".join("".join(kept).split())[:MAX_QUERY].strip()


def plain(text: str) -> str:
    """Lower case without accents, punctuation kept; digits of any script become 0-9."""
    text = text.lower().translate(_FRENCH)
    if not text.isascii():
        # Twice each, since either step can uncover work for the other (Unicode's NFKC_Casefold).
        for _ in range(2):
            text = unicodedata.normalize("NFKD", text).casefold()
        text = unicodedata.normalize("NFKD", text).translate(_LETTERS)
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
        if not text.isascii():
            text = "".join(str(unicodedata.decimal(letter, letter)) for letter in text)
    return text


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a text, with `st`, `ste` and their like written out."""
    words: list[str] = []
    for word in _WORD.findall(plain(text)):
        words.extend(_ABBREVIATIONS.get(word, (word,)))
    return tuple(words)


def expand(word: str) -> tuple[str, ...]:
    """One folded word, written out if it is an abbreviation."""
    return _ABBREVIATIONS.get(word, (word,))


def fold(text: str) -> str:
    """The folded words, spaced. Folding twice changes nothing more."""
    return " ".join(words_of(text))


def key_of(text: str) -> str:
    """The folded words, glued: what names are compared by."""
    return "".join(words_of(text))


# In this order: a longer spelling before its parts, a letter before what stands for it.
_SOUNDS = tuple(
    pair.split(">")
    for pair in (
        "ph>f th>t sch>8 sh>8 ch>8 gn>ni h> eau>o au>o oeu>e eu>e ou>u ai>e ei>e ay>e ey>e "
        "oe>e ae>e y>i qu>k q>k ck>k ce>se ci>si c>k gue>Ge gui>Gi ge>je gi>ji G>g z>s x>s w>v"
    ).split()
)
_NASAL = re.compile(r"([ae]|[iu])[nm](?![aeiounm])")
_BUZZED = re.compile(r"(?:se|ze|z)s?$")  # "tulouz", "Toulouse": heard, unlike other endings
_SILENT = re.compile(r"(?:es|[esdtp])$")
_TWICE = re.compile(r"(.)\1+")


@lru_cache(maxsize=256)
def heard(key: str) -> str:
    """Roughly how French says a key: names that sound alike get the same string."""
    key = _BUZZED.sub("ZE", key)
    for spelling, sound in _SOUNDS:
        key = key.replace(spelling, sound)
    key = _NASAL.sub(lambda found: "1" if found[1] in "ae" else "2", key)
    return _SILENT.sub("", _TWICE.sub(lambda found: found[1], key))
