"""Editors' Markdown -> harmless HTML, with links to other entries."""

import re
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rollout.kinds import Kind, address

TAGS = {"a", "blockquote", "br", "code", "em", "h3", "h4", "li", "ol", "p", "strong", "ul"}

# Raw HTML is shown as typed; the parser's output is sanitised all the same.
_parser = MarkdownIt("commonmark", {"html": False})

ADDRESSES = ("https://", "http://", "mailto:", "tel:")
_ENTRY = re.compile(r"([a-z]+):([a-z0-9-]+)")


def render(text: str) -> SafeString:
    """Return Markdown as HTML with no tags but TAGS and no attribute but `href`.

    A link such as [CPAM](term:cpam) leads to that entry in the active language. Results are cached.
    """
    return _render(text, get_language() or "")


@lru_cache(maxsize=4096)
def _render(text: str, language: str) -> SafeString:
    tokens = _parser.parse(text)
    for link in _link_tokens(tokens):
        entry = _ENTRY.fullmatch(str(link.attrs["href"]))
        if entry and entry[1] in Kind.values:
            link.attrs["href"] = address(*entry.groups())
    html = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {}),
        tags=TAGS,
        attributes={"*": set(), "a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return mark_safe(html)  # noqa: S308 - sanitised on the line before


def odd_targets(text: str) -> list[str]:
    """Return the targets of links that do not begin like ADDRESSES, in their order: "term:cpam"."""
    targets = [str(link.attrs["href"]) for link in _link_tokens(_parser.parse(text))]
    return [target for target in targets if not target.startswith(ADDRESSES)]


def _link_tokens(tokens: list[Token]) -> list[Token]:
    return [
        child for token in tokens for child in token.children or [] if child.type == "link_open"
    ]
