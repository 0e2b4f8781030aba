"""Parses a query into its parts: postcode, number, words of the town; noise words are dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from rollout.search.normalise import (
    expand_abbreviation,
    key_of,
    to_plain_letters,
    without_articles_and_endings,
)
from rollout.search.vocabulary import (
    ARRONDISSEMENT,
    ARRONDISSEMENT_WORDS,
    COUNTRY_WORDS,
    DEPARTMENT_WORDS,
    GREATER_WORDS,
    INTERCOMMUNAL_WORDS,
    LEAD_IN_WORDS,
    LEAD_OUT_WORDS,
    LINK_WORDS,
    NOISE_WORDS,
    ORDINAL_WORDS,
    ORDINALS,
    PHRASES,
    ROMAN_NUMERALS,
    SMALL_WORDS,
    STREET_WORDS,
    TOWN_PART_WORDS,
    TOWN_WORDS,
)

Words = tuple[str, ...]

_MAX_SEGMENTS = 12
MAX_TOWN_WORDS = 9
"""Words that are tried as one town; "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson" has eight."""
MAX_WORDS = 24
"""Words and numbers of a query that are read, from its end: an address ends with its town."""

# Mail is sorted by these, but they say nothing of where: "BP 414", "TSA 30719", "CS 20001".
_MAIL_NUMBERS = re.compile(r"\b(?:tsa|bp|b\.p\.?|cs|cidex)[ °]*\d{1,5}\b|\bboite postale \d{1,5}\b")
_CEDEX = re.compile(r"\bcedex(?: *\d{1,2}\b)?")
_COUNTRY_CODE = re.compile(r"\b(?:fr|f)[ -]*(?=\d{5}\b|2[ab]\b)|\bfr-(?=\w)")
_POSTCODE = re.compile(r"(?<![^\W_])(?<!\d\.)\d{5}(?![^\W_])")
# Written without a space: "75011paris", "lyon69003".
_GLUED_POSTCODE = re.compile(r"(?<![^\W_])\d{5}(?=[^\W\d_]{2})|(?<=[^\W\d_]{2})\d{5}(?![^\W_])")
_SPACED_POSTCODE = re.compile(r"(?<![\w.])(\d{2})[ .-](\d{3})(?![^\W_])(?![ .-]?\d)")
_SPACED_DIGITS = re.compile(r"\d(?:[ .]?\d){4}")
_CORSICAN_POSTCODE = re.compile(r"\b(2[ab]) ?\d{3}\b")
# "2 A", "2-B", "20B": Corsica's numbers, where no street says that it is a house.
_CORSICAN_NUMBER = re.compile(r"(?<![^\W_])(?<!\d[ .])(?:2[ .-]|20 ?)([ab])(?![^\W_]|')")
_TOKEN = re.compile(r"(2[ab])(?![^\W_])|(\d+)|([^\W\d_]+)")
# No name or address has these; in a query with them only whole, exact names count.
_CODE_LIKE = re.compile(r"[<>{}=;|\\$^%`~*#@\[\]]|^-\d")
_WORD = re.compile(r"[^\W_]+")
_SEPARATOR = re.compile(r"[,(;/\n]|\s[-–—]\s")


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """The parts of a query. Where there is a `postcode`, the fields about `number` are not set.

    key                the whole query as a key (`normalise.key_of`)
    segments           what commas, brackets and dashes part, as text, if there are several
    words              every word, folded, without numbers, postcode, CEDEX and mail numbers
    town               the same without noise words (France, département ...) at its ends
    postcode           five digits, the last of them if there are several
    after_postcode     words that follow the postcode
    is_cedex           "CEDEX" was written
    number             a possible department or arrondissement: at most four digits, or 2a, 2b
    is_ordinal         the number was written as an arrondissement: 3e, 15ème arrondissement
    is_arrondissement  the word "arrondissement" was written
    is_sentence        it holds words of a sentence: "je vis à", "carte vitale"
    is_department      the number was written as a department: dpt 64
    is_number_last     no word follows the number
    is_only_number     the query is nothing but this number
    has_other_numbers  there are numbers that no rule explains
    has_street         it looks like an address
    is_code_like       it holds characters that no address has
    separators         for each comma, bracket or dash: how many `words` stand before it
    """

    key: str = ""
    segments: tuple[str, ...] = ()
    words: Words = ()
    town: Words = ()
    postcode: str = ""
    after_postcode: Words = ()
    is_cedex: bool = False
    number: str = ""
    is_ordinal: bool = False
    is_arrondissement: bool = False
    is_sentence: bool = False
    is_department: bool = False
    is_number_last: bool = False
    is_only_number: bool = False
    has_other_numbers: bool = False
    has_street: bool = False
    is_code_like: bool = False
    separators: frozenset[int] = field(default_factory=frozenset)


def parse(query: str, is_known_postcode: Callable[[str], bool] = bool) -> ParsedQuery:
    """Return the parts of a query that `normalise.clean` returned.

    Any text can be parsed; what is not understood is left in `words`. Of several postcodes the
    last known one counts, and the last one if none is known.
    """
    text = to_plain_letters(query)
    is_code_like = bool(_CODE_LIKE.search(text))
    text = _MAIL_NUMBERS.sub(" , ", text)
    is_cedex = bool(_CEDEX.search(text))
    text = _CEDEX.sub(" ", text)
    text = PHRASES.sub(" ", _COUNTRY_CODE.sub(" ", text))
    before, postcode, after = _split_at_postcode(text, is_known_postcode)
    text = f"{before} , {after}" if postcode else before
    if not postcode and STREET_WORDS.isdisjoint(_WORD.findall(text)):
        text = _CORSICAN_NUMBER.sub(r"2\1", text)
    if ARRONDISSEMENT.search(text) or text.strip().startswith("x"):  # "XVIe"; but "vie" is Vienne
        text = _with_ordinals(text)
    tokens, separators = _tokenize(text)
    words = _words(tokens)
    has_number = len(words) < len(tokens)
    town = _strip_noise(words, may_be_empty=has_number)
    parsed = ParsedQuery(
        key=key_of(query),
        segments=_segments(text) if separators else (),
        words=words,
        town=town,
        has_street=any(word in STREET_WORDS for word in words[:-1]),
        is_code_like=is_code_like,
        is_arrondissement=not ARRONDISSEMENT_WORDS.isdisjoint(words),
        is_sentence=not LEAD_IN_WORDS.isdisjoint(words),
        separators=separators,
    )
    if postcode:
        after_postcode = _strip_noise(_words(_tokenize(after)[0]))
        return replace(parsed, postcode=postcode, after_postcode=after_postcode, is_cedex=is_cedex)
    number, is_ordinal, is_department, has_other_numbers = _pick_number(tokens)
    return replace(
        parsed,
        number=number,
        is_ordinal=is_ordinal,
        is_department=is_department,
        is_number_last=bool(tokens) and tokens[-1] == number,
        is_only_number=bool(number) and not strip_small_words(town) and not has_other_numbers,
        has_other_numbers=has_other_numbers,
    )


def _segments(text: str) -> tuple[str, ...]:
    parts = (part.strip(" )") for part in _SEPARATOR.split(text))
    return tuple(part for part in parts if part)[-_MAX_SEGMENTS:]


def _with_ordinals(text: str) -> str:
    """Return a text about an arrondissement with the ordinals and Roman numbers in it as digits:
    "XVIe arrondissement", "seizième"."""
    text = re.sub(r"\bdix[ -](?=(?:sept|huit|neuv)ieme)", "dix", text)
    return _WORD.sub(
        lambda word: f"{ORDINALS.get(word[0]) or _roman_number(word[0]) or word[0]}", text
    )


def _roman_number(word: str) -> str:
    """Return a Roman number with an ordinal's ending in digits and with that ending, or ""."""
    for ending in ("eme", "e", "er"):
        numeral = word.removesuffix(ending)
        if numeral != word and numeral in ROMAN_NUMERALS:
            return ROMAN_NUMERALS[numeral] + ending
    return ""


def _split_at_postcode(text: str, is_known: Callable[[str], bool]) -> tuple[str, str, str]:
    """Return the text before the postcode that counts, the postcode or "", the text after it."""
    stripped = text.strip()
    if _SPACED_DIGITS.fullmatch(stripped):
        return "", re.sub(r"\D", "", stripped), ""
    for pattern in (_POSTCODE, _SPACED_POSTCODE, _GLUED_POSTCODE):
        postcodes = list(pattern.finditer(text))
        known = [match for match in postcodes if is_known(re.sub(r"\D", "", match[0]))]
        if known or (postcodes and pattern is not _GLUED_POSTCODE):
            last = (known or postcodes)[-1]
            return text[: last.start()], re.sub(r"\D", "", last[0]), text[last.end() :]
    return _CORSICAN_POSTCODE.sub(r"\1", text), "", ""


_ORDINAL_MARK = "°"


def _tokenize(text: str) -> tuple[list[str], frozenset[int]]:
    """Return the words and numbers in order, with an ordinal's ending as a mark after its number;
    and for each separator how many words stand before it."""
    tokens: list[str] = []
    separators: set[int] = set()
    end = 0
    word_count = 0
    for token in _TOKEN.finditer(text):
        corsican, digits, word = token.groups()
        between = text[end : token.start()]
        if word_count and _SEPARATOR.search(between):
            separators.add(word_count)
        is_after_number = bool(tokens) and tokens[-1].isdigit()
        end = token.end()
        if corsican or digits:
            tokens.append(corsican or digits)
        elif is_after_number and (
            (word in ORDINAL_WORDS and (not between or word not in {"de", "e", "me", "st"}))
            or (word == "e" and between == " ")
        ):
            tokens.append(_ORDINAL_MARK)
        else:
            expanded = expand_abbreviation(word)
            tokens.extend(expanded)
            word_count += len(expanded)
    if len(tokens) > MAX_WORDS:
        return tokens[-MAX_WORDS:], frozenset()
    return tokens, frozenset(separators)


def _is_number(token: str) -> bool:
    return token[0].isdigit()


def _words(tokens: list[str]) -> Words:
    return tuple(t for t in tokens if not _is_number(t) and t != _ORDINAL_MARK)


def _pick_number(tokens: list[str]) -> tuple[str, bool, bool, bool]:
    """Return the number that may be a department or arrondissement, or ""; whether it was written
    as an arrondissement, as a department; whether there are other numbers.

    A department's number stands at the end ("Valence 26") or the start ("26 Valence").
    """
    positions = [at for at, token in enumerate(tokens) if _is_number(token)]
    if not positions:
        return "", False, False, False
    after_department_word = [at for at in positions if at and tokens[at - 1] in DEPARTMENT_WORDS]
    ignored = NOISE_WORDS | LEAD_OUT_WORDS | {_ORDINAL_MARK}
    is_at_end = ignored.issuperset(tokens[positions[-1] + 1 :])
    if after_department_word:
        at = after_department_word[-1]
    else:
        at = positions[-1] if is_at_end else positions[0]
    number = tokens[at]
    is_ordinal = tokens[at + 1 : at + 2] == [_ORDINAL_MARK] or any(
        token in ARRONDISSEMENT_WORDS for token in tokens
    )
    is_at_edge = (
        bool(after_department_word)
        or is_at_end
        or not [token for token in tokens[:at] if token not in NOISE_WORDS]
    )
    if len(number) > 4 or not is_at_edge:
        return "", False, False, True
    return number, is_ordinal, bool(after_department_word), len(positions) > 1


def _strip_noise(words: Words, *, may_be_empty: bool = False) -> Words:
    """Return the words without noise words at either end, and the small words that linked them.

    A country after a small word is no noise: Roissy-en-France, Île-de-France. A lead-in and a
    part of a town are noise only beside another word: "in Lyon", "Rennes centre", but "in" and
    "Centre"; a lead-in also alone where it `may_be_empty`, beside a number: "CPAM 93".
    """
    start, end = 0, len(words)
    least = 0 if may_be_empty else 1
    while start < end and (
        words[start] in NOISE_WORDS
        or (start > 0 and words[start] in LINK_WORDS)
        or (end - start > least and words[start] in LEAD_IN_WORDS)
    ):
        start += 1
    while end > start and (
        words[end - 1] in NOISE_WORDS
        or (end - start > 1 and words[end - 1] in TOWN_PART_WORDS)
        or (end - start > least and words[end - 1] in LEAD_OUT_WORDS)
    ):
        if words[end - 1] in COUNTRY_WORDS and end > 1 and words[end - 2] in LINK_WORDS:
            break
        end -= 1
    return words[start:end]


def strip_small_words(words: Words) -> Words:
    """Return the words without small ones at either end: "dans la Drôme", "Saint-Denis de la"."""
    return _strip_ends(words, SMALL_WORDS)


def spellings(words: Words) -> list[Words]:
    """Return the words as typed; then with a lone `s` written out ("Vitry s/ Seine"), with a `st`
    parted from its name ("stetienne"), without "ville de" or "île de" before it, and without what
    is optional in Arabic and Chinese names (`normalise.without_articles_and_endings`)."""
    variants = [words]
    if "s" in words[1:-1] or "ss" in words[1:-1]:
        for full in ("sur", "sous"):
            variants.append(tuple(full if word in {"s", "ss"} else word for word in words))
    if words and words[0].startswith("st") and len(words[0]) > 4:
        variants.append(("saint", words[0][2:], *words[1:]))
        if words[0].startswith("ste"):
            variants.append(("sainte", words[0][3:], *words[1:]))
    if len(words) > 2 and words[0] in TOWN_WORDS and words[1] in LINK_WORDS:
        variants.append(words[2:])
    if (plain := without_articles_and_endings(words)) != words:
        variants.append(plain)
    return variants


def with_articles(words: Words) -> list[Words]:
    """Return the words with each article before them, for "Rochelle" and "Sables d'Olonne"."""
    return [(article, *words) for article in ("la", "le", "les", "l")]


def split_roman_number(words: Words) -> tuple[Words, str]:
    """Return the words before a Roman number at the end and that number in digits ("Paris XVI":
    16), else the words and ""."""
    if len(words) > 1:
        last = words[-1]
        number = ORDINALS.get(last) or _roman_number(last).rstrip("emr")
        if number or last in ROMAN_NUMERALS:
            return words[:-1], number or ROMAN_NUMERALS[last]
    return words, ""


def strip_intercommunal_words(words: Words) -> Words:
    """Return the words without what sort of group of communes they name, at either end."""
    core = _strip_ends(words, INTERCOMMUNAL_WORDS | SMALL_WORDS)
    return core[1:] if len(core) > 1 and core[0] == "greater" else core


def _strip_ends(words: Words, unwanted: Collection[str]) -> Words:
    start, end = 0, len(words)
    while start < end and words[start] in unwanted:
        start += 1
    while end > start and words[end - 1] in unwanted:
        end -= 1
    return words[start:end]


def names_intercommunality(words: Words) -> bool:
    """Tell whether the words say that a group of communes is meant."""
    if not words:
        return False
    return not INTERCOMMUNAL_WORDS.isdisjoint(words) or words[0] in GREATER_WORDS


def names_street(words: Words) -> bool:
    """Tell whether the words are the sort of a street and nothing else: "Route 66"."""
    return STREET_WORDS.issuperset(words)
