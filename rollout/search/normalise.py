"""Makes text comparable: cleaned, folded to plain letters, joined into keys, by its sound."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

MAX_QUERY_LENGTH = 200
"""Characters of a query that are read: the longest name has 45, the longest address about 150."""

# Letters that NFKD leaves whole though people type them apart (œ), or that keyboards vary.
_LETTERS = str.maketrans(
    {
        "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d", "ħ": "h",
        **dict.fromkeys("\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\ua78b\ua78c\uff07", "'"),
        # Arabic: one form of alef, ya and kaf; letters for p, v, g and ch as keyboards without
        # them have them; no hamza, no lengthening stroke.
        "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا", "ء": "", "ـ": "",
        "پ": "ب", "چ": "ج", "ڤ": "ف", "گ": "ك", "ڭ": "ك", "ڨ": "ق",
        # Cyrillic: "Паріж" and "Париж" have one key.
        "ґ": "г", "є": "е", "э": "е", "і": "и", "ї": "и",
    }
)  # fmt: skip
# What French needs, before the slower way for any script.
_FRENCH_LETTERS = str.maketrans("àâäéèêëîïôöùûüÿç’", "aaaeeeeiioouuuyc'", "\u0301") | _LETTERS
# All other characters separate words: `l'hay`, `l hay` and `lhay` have one key.
_WORD = re.compile(r"[^\W_]+")
_ABBREVIATIONS = {
    "st": ("saint",), "ste": ("sainte",), "sts": ("saints",), "stes": ("saintes",),
    "nd": ("notre", "dame"), "mt": ("mont",), "mts": ("monts",), "lez": ("les",),
    "gd": ("grand",), "gde": ("grande",), "gds": ("grands",), "gdes": ("grandes",),
    "ht": ("haut",), "hte": ("haute",), "hts": ("hauts",), "htes": ("hautes",),
    "bse": ("basse",), "bses": ("basses",), "cht": ("chateau",), "chx": ("chateaux",),
    "fd": ("ferrand",), "pce": ("provence",), "vx": ("vieux",), "fg": ("faubourg",),
    "bg": ("bourg",), "dvt": ("devant",), "vlle": ("ville",), "villen": ("villeneuve",),
}  # fmt: skip
_ARABIC_ARTICLE = re.compile("^ال(?=..)")
# What Chinese names of regions, departments and towns end in, and people leave away.
_CHINESE_ENDING = re.compile("(?<=[\u4e00-\u9fff]{2})(?:大区|大區|地区|地區|省|市)$")
_NOTRE_DAME = re.compile(r"(?<![^\W_])n[\W_]*d(?![^\W_])")  # whatever separates words


def clean(text: str, max_length: int = MAX_QUERY_LENGTH) -> str:
    """Return the query as typed, without what cannot be seen: control and bidi characters,
    surrogates, repeated spaces; cut to `max_length` characters."""
    visible = []
    # Four times the limit is enough to see past invisible characters, and bounds the work.
    for character in text[: 4 * MAX_QUERY_LENGTH]:
        category = unicodedata.category(character)
        if category[0] == "Z" or category == "Cc":
            visible.append(" ")
        elif category[0] != "C":
            visible.append(character)
    return " ".join("".join(visible).split())[:max_length].strip()


def to_plain_letters(text: str) -> str:
    """Return lower case without accents, with its punctuation; digits of any script as 0-9."""
    text = text.lower()
    if not text.isascii():
        text = text.translate(_FRENCH_LETTERS)
    if not text.isascii():
        # Twice each, since either step can uncover work for the other (Unicode's NFKC_Casefold).
        for _ in range(2):
            text = unicodedata.normalize("NFKD", text).casefold()
        text = unicodedata.normalize("NFKD", text).translate(_LETTERS)
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
        if not text.isascii():
            text = "".join(str(unicodedata.decimal(letter, letter)) for letter in text)
    return _NOTRE_DAME.sub("nd", text) if "n" in text else text


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of a text in order, with `st`, `ste` and their like written out."""
    words: list[str] = []
    for word in _WORD.findall(to_plain_letters(text)):
        words.extend(_ABBREVIATIONS.get(word, (word,)))
    return tuple(words)


def without_articles_and_endings(words: Sequence[str]) -> tuple[str, ...]:
    """Return folded words without what Arabic puts before names (ال) and Chinese after them (省).

    Both are optional in names of French places; words in other letters stay as they are.
    """
    return tuple(
        word if word.isascii() else _CHINESE_ENDING.sub("", _ARABIC_ARTICLE.sub("", word))
        for word in words
    )


def expand_abbreviation(word: str) -> tuple[str, ...]:
    """Return one folded word, written out if it is an abbreviation."""
    return _ABBREVIATIONS.get(word, (word,))


def fold(text: str) -> str:
    """Return the folded words, joined by spaces. Folding twice changes nothing more."""
    return " ".join(words_of(text))


def key_of(text: str) -> str:
    """Return the folded words, joined without spaces: names are compared by this key."""
    return "".join(words_of(text))


# In this order: a longer spelling before its parts, and a letter is replaced before another
# spelling is replaced by it.
_SOUNDS = tuple(
    pair.split(">")
    for pair in (
        "ph>f th>t sch>8 sh>8 ch>8 gn>ni h> eau>o au>o oeu>e eu>e ou>u ai>e ei>e ay>e ey>e "
        "oe>e ae>e y>i qu>k q>k ck>k ce>se ci>si c>k gue>Ge gui>Gi ge>je gi>ji G>g z>s x>s w>v"
    ).split()
)
_NASAL_VOWEL = re.compile(r"([ae]|[iu])[nm](?![aeiounm])")
# Pronounced, unlike other endings: "Toulouse", "tulouz".
_Z_ENDING = re.compile(r"(?:se|ze|z)s?$", re.MULTILINE)
_SILENT_ENDING = re.compile(r"(?:es|[esdtp])$", re.MULTILINE)
_REPEATED_LETTER = re.compile(r"(.)\1+")


@lru_cache(maxsize=256)
def sound_key(key: str) -> str:
    """Return roughly how a key is pronounced in French: names that sound alike get one string."""
    return sound_keys([key])[0]


def sound_keys(keys: Sequence[str]) -> list[str]:
    """Return the sounds of several keys, in their order: at once that is ten times as fast."""
    if not keys:
        return []
    text = _Z_ENDING.sub("ZE", "\n".join(keys))
    for spelling, sound in _SOUNDS:
        text = text.replace(spelling, sound)
    text = _NASAL_VOWEL.sub(lambda match: "1" if match[1] in "ae" else "2", text)
    return _SILENT_ENDING.sub("", _REPEATED_LETTER.sub(r"\1", text)).split("\n")
