"""Marks between and around words, as the active language has them: commas, capitals, full stops."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi, gettext

NOUNS_IN_CAPITALS = {"de"}
"""The languages that write a noun with a capital wherever it stands."""
COMMAS = {"ar": "، ", "zh-hans": "、"}
"""Of other languages it is ", ". As CLDR has it (a test compares them), but for Arabic, where CLDR
has "and" between all items. Babel itself would hold 1.3 MB for each language."""
TURKISH_LOWER = {"İ": "i", "I": "ı"}
TURKISH_UPPER = {"i": "İ", "ı": "I"}


def joined(items: Iterable[object]) -> SafeString:
    """Return items with commas of the active language between them, without an "and": HTML."""
    return format_html_join(comma(), "{}", ((item,) for item in items))


def comma() -> str:
    """Return what the active language (CLDR) writes between items of a list, but for its "and"."""
    return COMMAS.get(get_language() or "", ", ")


def isolated(text: str) -> str:
    """Return a name, number or query for a sentence in the active language.

    In a right-to-left one it stands between FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE: else
    "69 Rhône" or a query's last full stop would change places with the words around it.
    """
    return f"\u2068{text}\u2069" if get_language_bidi() else text


def lower_first(text: str) -> str:
    """Return a phrase with a small first letter, to follow other words."""
    first = text[:1]
    if get_language() == "tr":
        first = TURKISH_LOWER.get(first, first)
    return first.lower() + text[1:]


def name_within(text: str) -> str:
    """Return a name that begins with a capital, to stand within a sentence or after a colon."""
    return text if get_language() in NOUNS_IN_CAPITALS else lower_first(text)


def upper_first(text: SafeString | str) -> SafeString | str:
    """Return a phrase with a capital, to begin a sentence; HTML stays HTML."""
    first = text[:1]
    if get_language() == "tr":
        first = TURKISH_UPPER.get(first, first)
    upper = first.upper() + text[1:]
    return SafeString(upper) if isinstance(text, SafeString) else upper


def sentence(text: SafeString | str) -> SafeString:
    """Return a phrase with the full stop of the active language."""
    return format_html(gettext("{text}."), text=text)
