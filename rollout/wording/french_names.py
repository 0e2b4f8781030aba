"""Names that are French in every language, marked so for screen readers and translators."""

import re
from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi

from rollout import markdown
from rollout.models import Entry
from rollout.wording.collation import sort_key

_BRACKET = re.compile(r"(\s?[(（])")


def french_name() -> SafeString:
    """Return the attributes, after a space, of an element with French words that are names: of a
    place, a term, a button. Machine translation leaves it alone; it has its language, which the
    page may not have, and in a right-to-left page its own direction."""
    direction = SafeString(' dir="ltr"' if get_language_bidi() else "")
    return format_html(' lang="{}"{} translate="no"', "fr", direction)


def in_glossary_order(terms: Iterable[Entry]) -> list[Entry]:
    """Return terms by their titles in the active language, as its dictionaries have them."""
    return sorted(terms, key=lambda term: sort_key(str(term)))


def term_title(entry: Entry) -> SafeString | str:
    """Return the title of a term as HTML: "CPAM (...), the local fund" with CPAM marked as French,
    as `french_name` does; unmarked where its first words are those of the page's language."""
    title = entry.text.title if entry.text else ""
    name, *rest = _BRACKET.split(title, maxsplit=1)
    if not markdown.is_term(name, entry.slug):
        return title
    return format_html("<span{}>{}</span>{}", french_name(), name, "".join(rest))
