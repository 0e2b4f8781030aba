"""Editors' Markdown -> harmless HTML."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"a", "blockquote", "br", "code", "em", "h3", "h4", "li", "ol", "p", "strong", "ul"}

# Raw HTML is shown as typed; what the parser makes is sanitised all the same.
_parser = MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=2048)
def render(text: str) -> SafeString:
    """Return a text written in Markdown as HTML of a few plain tags."""
    html = nh3.clean(
        _parser.render(text),
        tags=TAGS,
        attributes={"*": set(), "a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return mark_safe(html)  # noqa: S308 - sanitised on the line before
