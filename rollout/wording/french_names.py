"""Names that are French in every language, marked so for screen readers and translators."""

from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString

from rollout import markdown
from rollout.models import Entry
from rollout.search.normalise import to_plain_letters


def french_name() -> SafeString:
    """Return the attributes, after a space, of an element with French words that are names: of a
    place, a term, a button. Machine translation leaves it alone; it has its language, which the
    page may not have."""
    return format_html(' lang="{}" translate="no"', "fr")


def in_glossary_order(terms: Iterable[Entry]) -> list[Entry]:
    """Return terms by their titles in the active language, as a dictionary has them: accents and
    capitals count for nothing."""
    return sorted(terms, key=lambda term: to_plain_letters(str(term)))


def term_title(entry: Entry) -> SafeString | str:
    """Return the title of a term as HTML: "CPAM (...), the local fund" with CPAM marked as French,
    as `french_name` does; unmarked where its first words are those of the page's language."""
    title = entry.text.title if entry.text else ""
    name, bracket, gloss = title.partition(" (")
    if not markdown.is_term(name, entry.slug):
        return title
    return format_html("<span{}>{}</span>{}{}", french_name(), name, bracket, gloss)
