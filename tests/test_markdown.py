"""Editors' Markdown is rendered, and hostile Markdown is harmless."""

import re

import pytest

from rollout.markdown import render


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
