"""Editors' Markdown -> harmless HTML, with links to other entries."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import nh3
from django.conf import settings
from django.db.models import TextChoices
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext_lazy as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rollout.kinds import PAGES, Kind, address, is_in_active_language

TAGS = {"a", "blockquote", "br", "code", "em", "h3", "h4", "li", "ol", "p", "strong", "ul"}

# Raw HTML is shown as typed; the parser's output is sanitised all the same.
_parser = MarkdownIt("commonmark", {"html": False})
# Leaves apart what was escaped or written as an entity: that is meant to be shown as it is.
_checker = MarkdownIt("commonmark", {"html": False}).disable(["text_join", "fragments_join"])

ADDRESSES = ("https://", "http://", "mailto:", "tel:")
_NUMBER_IN_GROUPS = re.compile(r"\+?\d+(?:[ \u00a0\u202f]\d+)+")
_ENTRY = re.compile(r"([a-z]+):([a-z0-9-]+)")
_LINK_MARK = re.compile(r"[\[<]")
"""What every link needs: most texts have none, and need not be parsed for them."""
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
    if get_language_bidi():  # else "+33 36 46" would read "46 36 33+"
        text = _NUMBER_IN_GROUPS.sub(
            "\N{LEFT-TO-RIGHT ISOLATE}\\g<0>\N{POP DIRECTIONAL ISOLATE}", text
        )
    tokens = _parser.parse(text)
    for link, words in _links(tokens):
        entry = _ENTRY.fullmatch(str(link.attrs["href"]))
        if entry and entry[1] in Kind.values:
            link.attrs["href"] = address(*entry.groups())
            if not is_in_active_language(PAGES[Kind(entry[1])]):
                link.attrs["hreflang"] = settings.LANGUAGE_CODE
            if entry[1] == Kind.TERM and is_term(words, entry[2]):
                link.attrs |= {"lang": "fr", "translate": "no"}
    html = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {}),
        tags=TAGS,
        attributes={"*": set(), "a": {"href", "hreflang", "lang", "translate"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return mark_safe(html)  # noqa: S308 - sanitised on the line before


def odd_targets(text: str) -> list[str]:
    """Return the targets of links that do not begin like ADDRESSES, in their order: "term:cpam"."""
    if not _LINK_MARK.search(text):
        return []
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


class MistakeKind(TextChoices):
    """What editors write that is not shown as they mean it, each with its advice."""

    MARK = (
        "mark",
        _(
            "a mark (*, **, _ or `) without its other half is shown as typed. Close it, or write "
            "\\ before it if you mean the character itself."
        ),
    )
    LINK = (
        "link",
        _(
            "a bracket without its other half is shown as typed. A link is [words](address), "
            "without a space between."
        ),
    )
    BULLET = (
        "bullet",
        _(
            "a list of a word processor runs on as one paragraph. Begin each line with “- ”, and "
            "leave an empty line above the first."
        ),
    )
    TABLE = (
        "table",
        _("a table is shown as typed. Make a list of it: each line begins with “- ”."),
    )
    IMAGE = ("image", _("a picture is not shown. Say in words what it shows."))
    HEADING = (
        "heading",
        _(
            "“#”, “##” and underlining make no heading here. Write “### ” before it, or make the "
            "words **bold**."
        ),
    )
    HTML = (
        "html",
        _("HTML is shown as typed. Write **bold**, *italics*, [words](address) instead."),
    )
    INDENTED = (
        "indented",
        _("four spaces at the beginning make program code of a line. Take them away."),
    )
    RULE = ("rule", _("a line across the page is not shown. Take it away."))


class Mistake(NamedTuple):
    """A place where Markdown is not shown as it is meant: its line (from 1), and what is there."""

    kind: MistakeKind
    line: int
    excerpt: str


MAX_EXCERPT = 45
_ESCAPED = "\N{OBJECT REPLACEMENT CHARACTER}"
_BULLET = re.compile(r"\s*[•·▪●○◦‣∙\uf0b7\uf0a7]\s*\S")
_DASH = re.compile(r"\s*(?:[–—]\s*\S|-\w)")
_LINE_MISTAKES = [
    (MistakeKind.BULLET, _BULLET.match),
    (MistakeKind.TABLE, re.compile(r"\s*\|.*\|\s*$|\s*\|?\s*:?-{3,}:?\s*\|").match),
    (MistakeKind.HTML, re.compile(r"</?[a-z][^<>]*>|<!--", re.IGNORECASE).search),
    (MistakeKind.LINK, re.compile(r"\]\s*\([^\s)]*:|\]\(").search),
    (MistakeKind.MARK, re.compile(r"\*\*|\S\*|\*\S|__|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)|`").search),
]
_BLOCK_MISTAKES = {
    "code_block": MistakeKind.INDENTED,
    "hr": MistakeKind.RULE,
}


def mistakes(text: str) -> list[Mistake]:
    """Return what would not be shown as it is meant, in the order of the lines: one per line.

    Who means a character itself writes a backslash before it, and it is no mistake.
    """
    source = text.splitlines()
    by_line: dict[int, Mistake] = {}
    dashes = []

    def add(kind: MistakeKind, line: int, start: int = 0, shown: str = "") -> None:
        """Add the mistake of a line, unless it has one: `shown` is the line as readers see it."""
        if line not in by_line:
            by_line[line] = Mistake(kind, line + 1, _excerpt(shown or source[line], start))

    for token in _checker.parse(text):
        line = token.map[0] if token.map else 0
        is_shown = token.tag in TAGS and token.markup.startswith("#")
        if token.type == "heading_open" and not is_shown:
            add(MistakeKind.HEADING, line)
        elif token.type in _BLOCK_MISTAKES:
            add(_BLOCK_MISTAKES[token.type], line)
        elif token.type == "inline":
            lines = _shown_lines(token)
            dashes += [line + number for number, shown in enumerate(lines) if _DASH.match(shown)]
            for kind, number, start in _inline_mistakes(token, lines):
                is_image = kind == MistakeKind.IMAGE  # of which nothing is shown
                add(kind, line + number, start, "" if is_image else lines[number])
    for line in dashes if len(dashes) > 1 else []:  # one alone may be a dash
        add(MistakeKind.BULLET, line)
    return [mistake for _line, mistake in sorted(by_line.items())]


def _inline_mistakes(token: Token, lines: list[str]) -> Iterator[tuple[MistakeKind, int, int]]:
    """Yield the mistakes of a paragraph: kind, number of the line in it and place, from 0."""
    number = 0
    for child in token.children or []:
        number += child.type in {"softbreak", "hardbreak"}
        if child.type == "image":
            yield MistakeKind.IMAGE, number, 0
    for number, shown in enumerate(lines):
        for kind, find in _LINE_MISTAKES:
            match = find(shown)
            if match:
                yield kind, number, match.start()
    for number, start in _unpaired_brackets(lines):
        yield MistakeKind.LINK, number, start


def _unpaired_brackets(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield the line and place of each square bracket without its other half."""
    opened: list[tuple[int, int]] = []
    for number, shown in enumerate(lines):
        for bracket in re.finditer(r"[\[\]]", shown):
            if bracket[0] == "[":
                opened.append((number, bracket.start()))
            elif opened:
                opened.pop()
            else:
                yield number, bracket.start()
    yield from opened


def _shown_lines(token: Token) -> list[str]:
    """Return the plain text of each line of a paragraph, as readers would see it."""
    lines = [""]
    for child in token.children or []:
        if child.type in {"softbreak", "hardbreak"}:
            lines.append("")
        elif child.type == "text":
            lines[-1] += child.content
        elif child.type in {"text_special", "code_inline", "image"}:
            lines[-1] += _ESCAPED
    return lines


def _excerpt(line: str, start: int) -> str:
    """Return MAX_EXCERPT characters of a line around that place, cut between words."""
    words = line.replace(_ESCAPED, "…").strip()
    first = words.rfind(" ", 0, max(start - MAX_EXCERPT // 3, 0)) + 1
    excerpt = words[first : first + MAX_EXCERPT].strip()
    if len(words) > first + MAX_EXCERPT:
        excerpt = f"{excerpt.rpartition(' ')[0] or excerpt} …"
    return f"… {excerpt}" if first else excerpt
