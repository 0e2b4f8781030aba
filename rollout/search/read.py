"""What was typed becomes its parts: postcode, number, town words; the noise is put aside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from rollout.search.normalise import expand, key_of, plain

Words = tuple[str, ...]

LONGEST_TOWN = 9
"""Words in the longest name ("Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson" has eight)."""
MAX_WORDS = 24
"""Words and numbers that are read, from the end: an address ends with its town."""

# Mail is sorted by these, but they say nothing of where: "BP 414", "TSA 30719", "CS 20001".
_MAIL_NUMBERS = re.compile(r"\b(?:tsa|bp|b\.p\.?|cs|cidex)[ °]*\d{1,5}\b|\bboite postale \d{1,5}\b")
_CEDEX = re.compile(r"\bcedex(?: *\d{1,2}\b)?")
_COUNTRY_CODE = re.compile(r"\b(?:fr|f)[ -]*(?=\d{5}\b|2[ab]\b)|\bfr-(?=\w)")
_POSTCODE = re.compile(r"(?<![^\W_])(?<!\d\.)\d{5}(?![^\W_])")
_SPACED_POSTCODE = re.compile(r"(?<![\w.])(\d{2})[ .-](\d{3})(?![^\W_])(?![ .-]?\d)")
_SPACED_DIGITS = re.compile(r"\d(?:[ .]?\d){4}")
_CORSICAN_POSTCODE = re.compile(r"\b(2[ab]) ?\d{3}\b")
_TOKEN = re.compile(r"(2[ab])(?![^\W_])|(\d+)|([^\W\d_]+)")
# No name or address has these; with them only whole, exact names are believed.
_CODE_LIKE = re.compile(r"[<>{}=;|\\$^%`~*#@\[\]]|^-\d")
_SEPARATOR = re.compile(r"[,(;/\n]|\s[-–—]\s")

_COUNTRY = {
    "france", "fr", "francia", "frankreich", "frankrijk", "francais", "francaise", "francaises",
}  # fmt: skip
_NOISE = _COUNTRY | {
    "departement", "department", "departements", "dpt", "dept", "dep", "region",
    "arrondissement", "arrondissements", "arrdt", "ardt", "arrt", "arr", "cedex",
}  # fmt: skip
_DEPARTMENT_WORDS = {"departement", "department", "departements", "dpt", "dept", "dep"}
_ARRONDISSEMENT_WORDS = {"arrondissement", "arrondissements", "arrdt", "ardt", "arrt", "arr"}
_ORDINAL_WORDS = {"e", "er", "ere", "eme", "ieme", "me", "nd", "nde", "de", "st", "th", "rd"}
_STREETS = {
    "rue", "avenue", "av", "ave", "boulevard", "bd", "blvd", "bld", "place", "pl", "cours",
    "chemin", "che", "route", "rte", "impasse", "imp", "allee", "allees", "quai", "square",
    "passage", "residence", "lotissement", "lot", "batiment", "bat", "hameau", "faubourg",
    "esplanade", "promenade", "sentier", "voie", "villa", "zone", "za", "zi", "zac", "lieudit",
    "mairie", "tribunal", "hopital", "immeuble", "appartement", "appt", "apt", "etage", "bis",
}  # fmt: skip
_LINKS = {"de", "du", "des", "d", "en", "dans", "a", "au", "aux", "pres"}
_SMALL = _LINKS | {"la", "le", "les", "l"}
_TOWN_WORDS = {
    "ville", "commune", "village", "mairie", "ile", "agglomeration", "metropole", "banlieue",
    "environs", "centre", "prefecture", "universite", "hopital", "aeroport", "cpam",
}  # fmt: skip
# What people write before a place in a sentence: "I live in Lyon", "j'habite à Lyon".
_LEAD_IN = {
    "i", "live", "am", "in", "near", "at", "from", "the", "city", "town", "of", "we", "are",
    "j", "je", "habite", "suis", "reside", "nous", "habitons",
}  # fmt: skip
# What they write after a town to say which part of it.
_PARTS_OF_TOWN = {"centre", "center", "downtown"}
_ROMAN = {
    numeral: str(value)
    for value, numeral in enumerate(
        "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split(), start=1
    )
}


@dataclass(frozen=True, slots=True)
class Reading:
    """The parts of a query.

    key          the whole query, folded and glued
    words        every word, folded, without numbers, postcode, CEDEX and mail numbers
    town         the same without noise words (France, département ...) at its ends
    postcode     five digits, the last of them if there are several
    after        words that follow the postcode
    cedex        "CEDEX" was written
    number       what may be a department or an arrondissement: up to three digits, 2a, 2b
    ordinal      the number was written as an arrondissement: 3e, 15ème arrondissement
    department   the number was written as a department: dpt 64
    digits       the query is nothing but this number
    strays       other numbers were there, which no rule explains
    street       it looks like an address
    code_like    it holds signs that no address has
    groups       how many words stand before each comma, bracket or dash
    """

    key: str = ""
    words: Words = ()
    town: Words = ()
    postcode: str = ""
    after: Words = ()
    cedex: bool = False
    number: str = ""
    ordinal: bool = False
    department: bool = False
    digits: bool = False
    strays: bool = False
    street: bool = False
    code_like: bool = False
    groups: frozenset[int] = field(default_factory=frozenset)


def read(query: str) -> Reading:
    """The parts of a cleaned query. Any text can be read; what is not understood is `words`."""
    text = plain(query)
    code_like = bool(_CODE_LIKE.search(text))
    text = _MAIL_NUMBERS.sub(" , ", text)
    cedex = bool(_CEDEX.search(text))
    text = _CEDEX.sub(" ", text)
    text = _COUNTRY_CODE.sub(" ", text)
    before, postcode, rest = _take_postcode(text)
    tokens, groups = _tokens(f"{before} , {rest}" if postcode else before)
    words = _words(tokens)
    after = _words(_tokens(rest)[0])
    street = any(word in _STREETS for word in words[:-1])
    if postcode:
        return Reading(
            key=key_of(query), words=words, town=_without_noise(words), postcode=postcode,
            after=_without_noise(after), cedex=cedex, street=street, code_like=code_like,
            groups=groups,
        )  # fmt: skip
    number, ordinal, department, strays = _take_number(tokens)
    return Reading(
        key=key_of(query),
        words=words,
        town=_without_noise(words),
        number=number,
        ordinal=ordinal,
        department=department,
        digits=bool(number) and not strip_small(_without_noise(words)) and not strays,
        strays=strays,
        street=street,
        code_like=code_like,
        groups=groups,
    )


def _take_postcode(text: str) -> tuple[str, str, str]:
    """The text before the last postcode, the postcode, the text after it."""
    stripped = text.strip()
    if _SPACED_DIGITS.fullmatch(stripped):
        return "", re.sub(r"\D", "", stripped), ""
    for pattern in (_POSTCODE, _SPACED_POSTCODE):
        found = list(pattern.finditer(text))
        if found:
            last = found[-1]
            code = re.sub(r"\D", "", last.group())
            return text[: last.start()], code, text[last.end() :]
    return _CORSICAN_POSTCODE.sub(r"\1", text), "", ""


_ORDINAL_MARK = "°"


def _tokens(text: str) -> tuple[list[str], frozenset[int]]:
    """Words and numbers in order; an ordinal's ending becomes a mark after its number."""
    tokens: list[str] = []
    groups: set[int] = set()
    end = 0
    words = 0
    for found in _TOKEN.finditer(text):
        corsican, digits, word = found.groups()
        between = text[end : found.start()]
        if words and _SEPARATOR.search(between):
            groups.add(words)
        after_number = bool(tokens) and tokens[-1].isdigit()
        end = found.end()
        if corsican or digits:
            tokens.append(corsican or digits)
        elif after_number and (
            (word in _ORDINAL_WORDS and (not between or word not in {"de", "e", "me", "st"}))
            or (word == "e" and between == " ")
        ):
            tokens.append(_ORDINAL_MARK)
        else:
            expanded = expand(word)
            tokens.extend(expanded)
            words += len(expanded)
    if len(tokens) > MAX_WORDS:
        return tokens[-MAX_WORDS:], frozenset()
    return tokens, frozenset(groups)


def _is_number(token: str) -> bool:
    return token[0].isdigit()


def _words(tokens: list[str]) -> Words:
    return tuple(t for t in tokens if not _is_number(t) and t != _ORDINAL_MARK)


def _take_number(tokens: list[str]) -> tuple[str, bool, bool, bool]:
    """The number that may be a department or arrondissement; whether it was written as an
    arrondissement, as a department; whether other numbers are left over.

    A department's number stands at the end ("Valence 26") or the start ("26 Valence").
    """
    places = [at for at, token in enumerate(tokens) if _is_number(token)]
    if not places:
        return "", False, False, False
    meant = [at for at in places if at and tokens[at - 1] in _DEPARTMENT_WORDS]
    noise_after = [token for token in tokens[places[-1] + 1 :] if token not in _NOISE]
    at_end = not [token for token in noise_after if token != _ORDINAL_MARK]
    at = meant[-1] if meant else places[-1] if at_end else places[0]
    number = tokens[at]
    ordinal = tokens[at + 1 : at + 2] == [_ORDINAL_MARK] or any(
        token in _ARRONDISSEMENT_WORDS for token in tokens
    )
    usable = len(number) <= 4
    at_edge = bool(meant) or at_end or not [t for t in tokens[:at] if t not in _NOISE]
    if not usable or not at_edge:
        return "", False, False, True
    return number, ordinal, bool(meant), len(places) > 1


def _without_noise(words: Words) -> Words:
    """Without the noise at either end, and the small words that tied it to the rest.

    A country after a small word is no noise: Roissy-en-France, Île-de-France. What leads into a
    place or names a part of a town is noise only beside another word: "in Lyon", "Rennes centre",
    but "in" and "Centre".
    """
    start, end = 0, len(words)
    while start < end and (
        words[start] in _NOISE
        or (start > 0 and words[start] in _LINKS)
        or (end - start > 1 and words[start] in _LEAD_IN)
    ):
        start += 1
    while end > start and (
        words[end - 1] in _NOISE or (end - start > 1 and words[end - 1] in _PARTS_OF_TOWN)
    ):
        if words[end - 1] in _COUNTRY and end > 1 and words[end - 2] in _LINKS:
            break
        end -= 1
    return words[start:end]


def strip_small(words: Words) -> Words:
    """Without the small words at either end: "dans la Drôme", "Saint-Denis de la"."""
    start, end = 0, len(words)
    while start < end and words[start] in _SMALL:
        start += 1
    while end > start and words[end - 1] in _SMALL:
        end -= 1
    return words[start:end]


def spellings(words: Words) -> list[Words]:
    """The words as typed, then the readings of a lone `s` ("Vitry s/ Seine"), of a `st` that is
    glued to its name ("stetienne") and of "ville de" or "île de" before it."""
    found = [words]
    if "s" in words[1:-1] or "ss" in words[1:-1]:
        for full in ("sur", "sous"):
            found.append(tuple(full if word in {"s", "ss"} else word for word in words))
    if words and words[0].startswith("st") and len(words[0]) > 4:
        found.append(("saint", words[0][2:], *words[1:]))
        if words[0].startswith("ste"):
            found.append(("sainte", words[0][3:], *words[1:]))
    if len(words) > 2 and words[0] in _TOWN_WORDS and words[1] in _LINKS:
        found.append(words[2:])
    return found


def with_articles(words: Words) -> list[Words]:
    """The words with an article before them, for "Rochelle" and "Sables d'Olonne"."""
    return [(article, *words) for article in ("la", "le", "les", "l")]


def roman_number(words: Words) -> tuple[Words, str]:
    """The words and the arrondissement, where the last word is a Roman one: "Paris XVI"."""
    if len(words) > 1:
        last = words[-1]
        for ending in ("eme", "e", "er", ""):
            if last.endswith(ending) and last[: len(last) - len(ending)] in _ROMAN:
                return words[:-1], _ROMAN[last[: len(last) - len(ending)]]
    return words, ""
