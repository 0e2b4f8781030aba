"""Writes out short forms where that makes a known name: "6 Fours les Plages", "Ivry/Seine".

A short form with several meanings (`Pt`: petit, pont, port) or with one in names only (a slash, a
number) is replaced only where it and its neighbours are then a name of the index. What has one
meaning everywhere (`Ste`, `Gd`) is written out by `normalise`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product

from rollout.search.index import Index
from rollout.search.normalise import expand_abbreviation, to_plain_letters

_NUMBERS = {
    "2": "deux", "3": "trois", "4": "quatre", "5": "cinq", "6": "six", "7": "sept", "8": "huit",
    "9": "neuf", "10": "dix", "11": "onze", "12": "douze", "13": "treize", "14": "quatorze",
    "15": "quinze", "16": "seize", "20": "vingt", "30": "trente", "40": "quarante",
    "50": "cinquante", "60": "soixante", "100": "cent", "1000": "mille",
}  # fmt: skip
_MEANINGS: dict[str, tuple[str, ...]] = {
    "/": ("", "sur", "sur la", "sur le", "sous", "les", "de"),
    "s/": ("sur", "sous", "saint", "sur la", "sur le"),
    "ss/": ("sous", "sur"),
    "s": ("s", "sur", "sous", "saint"),
    "ss": ("ss", "sous", "sur"),
    "l/": ("les",),
    "pt": ("pt", "petit", "pont", "port"),
    "pte": ("pte", "petite", "porte", "pointe"),
    "pts": ("pts", "petits", "ponts"),
    "ptes": ("ptes", "petites", "portes"),
    "ch": ("ch", "chateau", "chapelle", "champ"),
    "chat": ("chat", "chateau"),
    "chap": ("chap", "chapelle"),
    "f": ("f", "ferrand", "fort"),
    "v": ("v", "ville", "villeneuve", "vieux"),
    "mgne": ("mgne", "montagne"),
    "pl": ("pl", "plage", "plaine"),
    "rte": ("rte", "route"),
    **{digits: (word, digits) for digits, word in _NUMBERS.items()},
    **{word: (word, digits) for digits, word in _NUMBERS.items()},
    "1": ("1", "un", "une"),
}
_TOKEN = re.compile(r"\bss? ?/|\bl ?/|/|[^\W_]+")
_BREAK = re.compile(r"[,;()\n]|\s[-–—]\s")
_MAX_SITES = 4
_MAX_BEGINNING_SITES = 2
_MAX_NAME_TOKENS = 8
_MIN_PREFIX_LENGTH = 6


def expand(query: str, index: Index) -> str:
    """Return a query in plain letters (`normalise.to_plain_letters`), its short forms written out
    where they then are part of a known name, or, where the whole is not, of the beginning of one.
    """
    text = to_plain_letters(query)
    matches = list(_TOKEN.finditer(text))
    tokens = [match[0].replace(" ", "") for match in matches]
    sites = [at for at, token in enumerate(tokens) if token in _MEANINGS][:_MAX_SITES]
    if not sites or len(tokens) < 2:
        return text
    breaks = {
        at for at in range(1, len(matches))
        if _BREAK.search(text, matches[at - 1].end(), matches[at].start())
    }  # fmt: skip

    @cache
    def names_from(start: int) -> list[tuple[str, ...]]:
        """Return the known names that begin at this token and go on over no break."""
        end = min([at for at in breaks if at > start] + [start + _MAX_NAME_TOKENS])
        return list(_names(tokens[start:end], index, is_first=not start or start in breaks))

    replaced: dict[int, str] = {}
    for site in sites:
        if site not in replaced:
            first = max([at for at in breaks if at <= site] + [site - _MAX_NAME_TOKENS + 1, 0])
            replaced |= _known_name(tokens, range(first, site + 1), names_from)
    if not replaced and not breaks and len(tokens) <= _MAX_NAME_TOKENS:
        replaced = _known_beginning(tokens, index)
    for at in sorted(replaced, reverse=True):
        start, end = matches[at].span()
        if replaced[at] != tokens[at]:
            text = f"{text[:start]} {replaced[at]} {text[end:]}"
    return text


def _known_name(
    tokens: Sequence[str], starts: range, names_from: Callable[[int], list[tuple[str, ...]]]
) -> dict[int, str]:
    """Return what stands for the short forms of the longest known name that begins at one of
    these tokens and goes on over the last of them."""
    best: tuple[str, ...] = ()
    best_start = 0
    for start in starts:
        for words in names_from(start):
            if len(words) > max(len(best), starts[-1] - start):
                best, best_start = words, start
    if len(best) < 2:
        return {}
    return {
        best_start + at: word
        for at, word in enumerate(best)
        if tokens[best_start + at] in _MEANINGS
    }


def _names(tokens: Sequence[str], index: Index, *, is_first: bool) -> Iterator[tuple[str, ...]]:
    """Yield the known names with which these tokens begin, short forms written out; at the start
    of a text perhaps without their article."""
    for article in ("", "la", "le", "les", "l") if is_first else ("",):
        begun: list[tuple[str, tuple[str, ...]]] = [(article, ())]
        while begun:
            key, words = begun.pop()
            for meaning in reversed(_MEANINGS.get(tokens[len(words)], (tokens[len(words)],))):
                longer = key + _key(meaning)
                if not index.has_prefix(longer):
                    continue
                if index.has_key(longer) and (not article or len(longer) >= _MIN_PREFIX_LENGTH):
                    yield (*words, meaning)
                if len(words) + 1 < len(tokens):
                    begun.append((longer, (*words, meaning)))


def _known_beginning(tokens: Sequence[str], index: Index) -> dict[int, str]:
    """Return what stands for the short forms if all words are then the beginning of a name."""
    if sum(token in _MEANINGS for token in tokens) <= _MAX_BEGINNING_SITES:
        for words in product(*(_MEANINGS.get(token, (token,)) for token in tokens)):
            key = "".join(map(_key, words))
            if len(key) >= _MIN_PREFIX_LENGTH and index.has_prefix(key):
                return {at: word for at, word in enumerate(words) if tokens[at] in _MEANINGS}
    return {}


def _key(words: str) -> str:
    return "".join(part for word in words.split() for part in expand_abbreviation(word))
