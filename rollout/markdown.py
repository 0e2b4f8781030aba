"""Editors' Markdown -> harmless HTML, with links to other entries."""

import re
from functools import lru_cache
from itertools import pairwise

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rollout.kinds import Kind, address

TAGS = {"a", "blockquote", "br", "code", "em", "h3", "h4", "li", "ol", "p", "strong", "ul"}

# Raw HTML is shown as typed; the parser's output is sanitised all the same.
_parser = MarkdownIt("commonmark", {"html": False})

ADDRESSES = ("https://", "http://", "mailto:", "tel:")
_ENTRY = re.compile(r"([a-z]+):([a-z0-9-]+)")
ENGLISH_TERMS = {"article-50-card", "nfc"}
"""The slugs of terms that are not French words."""


def render(text: str) -> SafeString:
    """Return Markdown as HTML with no tags but TAGS, and no attributes but those of links.

    A link such as [CPAM](term:cpam) leads to that entry in the active language; where its text is
    the term itself, it is marked as French and not to be translated. Results are cached.
    """
    return _render(text, get_language() or "")


@lru_cache(maxsize=4096)
def _render(text: str, language: str) -> SafeString:
    tokens = _parser.parse(text)
    for link, words in _links(tokens):
        entry = _ENTRY.fullmatch(str(link.attrs["href"]))
        if entry and entry[1] in Kind.values:
            link.attrs["href"] = address(*entry.groups())
            if entry[1] == Kind.TERM and is_term(words, entry[2]):
                link.attrs |= {"lang": "fr", "translate": "no"}
    html = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {}),
        tags=TAGS,
        attributes={"*": set(), "a": {"href", "lang", "translate"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return mark_safe(html)  # noqa: S308 - sanitised on the line before


def odd_targets(text: str) -> list[str]:
    """Return the targets of links that do not begin like ADDRESSES, in their order: "term:cpam"."""
    targets = [str(link.attrs["href"]) for link, _words in _links(_parser.parse(text))]
    return [target for target in targets if not target.startswith(ADDRESSES)]


def is_term(words: str, slug: str) -> bool:
    """Tell whether words are the French term with this slug itself, in the singular or plural."""
    singular = re.compile(r"s\b")
    return slug not in ENGLISH_TERMS and singular.sub("", slugify(words)) == singular.sub("", slug)


def _links(tokens: list[Token]) -> list[tuple[Token, str]]:
    """Return the opening token of each link, and the plain words with which its text begins."""
    inline = [token.children or [] for token in tokens]
    return [
        (token, following.content)
        for children in inline
        for token, following in pairwise(children)
        if token.type == "link_open"
    ]
