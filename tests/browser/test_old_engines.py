"""Pages where a browser is too old for parts of the style sheets: they can be read and used."""

import re

import pytest

from tests.support.addresses import ANSWERS
from tests.support.browser import WIDTHS, axe_violations, width_of

pytestmark = pytest.mark.browser

# What Chrome 80 of February 2020 does not know, as it treats it: it drops the block, the rule, the line.
LAYER = r"@layer[^{};]*(?:;|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})"
RULE = r"[^{}]*(?::is|:where|:has|:focus-visible|::details-content)\b[^{}]*\{[^{}]*\}"
PROPERTY = r"inset|(?:margin|padding)-(?:block|inline)|accent-color|text-wrap|text-underline-offset"
DECLARATION = (
    rf"(?:(?:{PROPERTY})\b[\w-]*:|[\w-]+:[^;{{}}]*(?:\d[ds]v[hw]|revert-layer)\b)[^;{{}}]*;"
)
LOOK = """(selector) => {
  const { color, backgroundColor, fontFamily, fontSize } =
    getComputedStyle(document.querySelector(selector));
  return { color, ground: backgroundColor, font: fontFamily, size: parseFloat(fontSize) };
}"""
PAGES = ["?q=69", f"can-i/?document=foreign-passport&{ANSWERS}", "at-the-counter/"]


def as_chrome_80(css):
    """Return a style sheet without what Chrome 80 does not know; `margin-block-end` is known to it."""
    for part in (LAYER, RULE, DECLARATION):
        css = re.sub(part, "", css)
    return css


@pytest.fixture
def old(watched):
    """A page whose style sheets have only what an old browser knows."""

    def strip(route):
        response = route.fetch()
        route.fulfill(response=response, body=as_chrome_80(response.text()))

    watched.route("**/static/css/*.css", strip)
    watched.set_viewport_size(WIDTHS["phone"])
    return watched


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_text_headings_links_and_the_state_have_their_look(old, site, path, scheme):
    old.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    old.goto(f"{site}/en/{path}")
    body, title, link, band = (
        old.evaluate(LOOK, selector)
        for selector in ("body", "h1", "main a:not(.button)", ".site-header")
    )
    assert body["size"] == 17
    assert body["font"].startswith("system-ui")
    assert title["size"] > 25
    assert title["font"] != body["font"]
    assert link["color"] != body["color"]
    assert len({body["color"], body["ground"], band["ground"], "rgba(0, 0, 0, 0)"}) == 4
    if old.locator(".state").count():
        mark = "getComputedStyle(document.querySelector('.state'), '::before').borderTopStyle"
        assert old.evaluate(mark) in {"solid", "dashed"}
    assert axe_violations(old) == []
    assert width_of(old) <= 360
