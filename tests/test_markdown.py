"""Editors' Markdown is rendered, and hostile Markdown is harmless."""

import re
import time

import pytest

from rollout.facts.links import MARKDOWN_FIELDS
from rollout.markdown import mistakes, render


def test_plain_markdown_becomes_html():
    assert render("**Yes**, [here](https://www.ameli.fr).\n\n- one\n- two") == (
        '<p><strong>Yes</strong>, <a href="https://www.ameli.fr">here</a>.</p>\n'
        "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
    )


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&#58;alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        "![x](https://evil.example/pixel.gif)",
        '<a href="javascript:alert(1)">x</a>',
        '[x](https://a.example "onmouseover=alert(1)")',
        "<iframe src=//evil.example></iframe>",
        '<https://a.example/"onclick=alert(1)>',
        "<style>body{display:none}</style>",
        "<!--<img src=x onerror=alert(1)>-->",
        "> " * 2000 + "deep",
        "[" * 5000,
    ],
)
def test_hostile_markdown_is_harmless(hostile):
    tags = re.findall(r"<(/?[a-z0-9]+)([^>]*)>", render(hostile), re.IGNORECASE)
    for name, attributes in tags:
        assert name.lstrip("/") in {
            "p",
            "a",
            "ul",
            "ol",
            "li",
            "strong",
            "em",
            "code",
            "br",
            "blockquote",
        }
        assert not attributes or re.fullmatch(r' href="https?://[^"]*"', attributes), attributes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes, **really", [("mark", 1, "Yes, **really")]),
        ("** bold **", [("mark", 1, "** bold **")]),
        ("*one", [("mark", 1, "*one")]),
        ("a _word", [("mark", 1, "a _word")]),
        ("`code", [("mark", 1, "`code")]),
        ("[CPAM](term:cpam", [("link", 1, "[CPAM](term:cpam")]),
        ("[CPAM] (term:cpam)", [("link", 1, "[CPAM] (term:cpam)")]),
        ("see [CPAM", [("link", 1, "see [CPAM")]),
        ("CPAM] is", [("link", 1, "CPAM] is")]),
        ("Two:\n\n• one\n• two", [("bullet", 3, "• one"), ("bullet", 4, "• two")]),
        ("\uf0b7 of Word", [("bullet", 1, "\uf0b7 of Word")]),
        ("– one\n– two", [("bullet", 1, "– one"), ("bullet", 2, "– two")]),
        ("-one\n-two", [("bullet", 1, "-one"), ("bullet", 2, "-two")]),
        (
            "| a | b |\n|---|---|\n| 1 | 2 |",
            [("table", 1, "| a | b |"), ("table", 2, "|---|---|"), ("table", 3, "| 1 | 2 |")],
        ),
        ("a | b\n--- | ---", [("table", 2, "--- | ---")]),
        (
            "![A map](https://a.example/map.png)",
            [("image", 1, "![A map](https://a.example/map.png)")],
        ),
        ("# Title", [("heading", 1, "# Title")]),
        ("Title\n---", [("heading", 1, "Title")]),
        ("##### Title", [("heading", 1, "##### Title")]),
        ("one<br>two", [("html", 1, "one<br>two")]),
        ("a\n\n---", [("rule", 3, "---")]),
        ("    indented", [("indented", 1, "indented")]),
        ("- fine\n- not **fine", [("mark", 2, "not **fine")]),
    ],
)
def test_what_would_not_be_shown_as_it_is_meant_is_found_with_its_line(text, expected):
    assert [(kind.value, line, excerpt) for kind, line, excerpt in mistakes(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "**Yes**, *really*, [here](https://www.ameli.fr/a_b_c), `code`.",
        "### A heading\n\n- one\n- two\n\n1. one\n2. two",
        "5 * 3, snake_case, [sic], a | b, 1 < 2, <https://www.ameli.fr>",
        "– a dash alone",
        r"\*, \[, \_a, \`, \<b>",
        "&lt;b&gt; &#42;&#42;a",
        "`**` and `[x](y`",
    ],
)
def test_what_is_shown_as_it_is_meant_is_no_mistake(text):
    assert mistakes(text) == []


def test_the_place_of_a_mistake_is_shown_in_a_long_line():
    excerpt = mistakes("Much is said before, and more. " * 5 + "Then **this. " + "And more. " * 9)
    assert excerpt[0].excerpt.startswith("… ")
    assert "**this" in excerpt[0].excerpt


@pytest.mark.django_db
def test_no_text_of_the_data_files_has_a_mistake():
    checked = 0
    for model, fields in MARKDOWN_FIELDS.items():
        for text in model._default_manager.all():
            for field in fields:
                assert mistakes(getattr(text, field)) == [], (text, field)
                checked += 1
    assert checked > 300


@pytest.mark.parametrize("part", ["[", "](a:", "*a ", "_a", "![x](", "<a", "> ", "| ", "`"])
def test_the_longest_text_of_nothing_but_marks_is_checked_at_once(part):
    begun = time.process_time()
    mistakes((part * 10_000)[:10_000])
    assert time.process_time() - begun < 10  # before: over a minute for brackets
