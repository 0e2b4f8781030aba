"""The pages for people who see, point or read differently, in a real browser."""

import pytest

from tests.support.addresses import SAMPLES
from tests.support.browser import NARROW, WIDTHS, axe_violations, width_of

LOOKS = [*SAMPLES, "gallery/"]

pytestmark = pytest.mark.browser

# WCAG 2.2, 1.4.12; set element by element, since the pages' policy lets no style in.
SPACED = """() => {
  for (const element of document.querySelectorAll("body, body *")) {
    element.style.setProperty("line-height", "1.5", "important");
    element.style.setProperty("letter-spacing", "0.12em", "important");
    element.style.setProperty("word-spacing", "0.16em", "important");
  }
  for (const paragraph of document.querySelectorAll("p")) {
    paragraph.style.setProperty("margin-block-end", "2em", "important");
  }
}"""
# What is cut off: a box that hides what overflows, and has something to hide.
CUT_OFF = """() => [...document.querySelectorAll("main *, header *, footer *")]
  .filter((element) => {
    const style = getComputedStyle(element);
    const hides = style.overflowX === "hidden" || style.overflowX === "clip";
    const isShown = element.clientWidth > 1 && !element.closest("svg, input");
    return hides && isShown && element.scrollWidth > element.clientWidth + 1;
  })
  .map((element) => element.outerHTML.slice(0, 120))"""
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const rects = [...element.getClientRects()];
  const seen = rects.some((rect) => {
    const [x, y] = [rect.left + rect.width / 2, rect.top + rect.height / 2];
    const at = document.elementFromPoint(x, y);
    return at && (element.contains(at) || at.contains(element));
  });
  const style = getComputedStyle(element);
  const inner = element.querySelector("path");
  const strokes = inner ? getComputedStyle(inner).strokeWidth : "";
  return {
    what: element.outerHTML.slice(0, 120),
    seen,
    // Inside a field for a date the browser marks its own parts.
    marked: style.outlineStyle !== "none" || parseFloat(strokes) > 3 || element.type === "date",
  };
}"""


def walk(page):
    """Go through a page by the Tab key and out: each stop is seen, and marked."""
    for _ in range(400):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:  # past the last stop: back in the browser's own frame
            return
        assert at["seen"], ("hidden", at["what"])
        assert at["marked"], ("not marked", at["what"])
    raise AssertionError("the keyboard never left the page")


@pytest.mark.parametrize("path", LOOKS)
def test_at_320_pixels_nothing_is_cut_off_whatever_readers_change(watched, site, path):
    watched.set_viewport_size(NARROW)
    watched.goto(f"{site}/fr/{path}")
    assert width_of(watched) <= 320, "as it is"
    assert watched.evaluate(CUT_OFF) == []
    watched.evaluate("document.documentElement.dir = 'rtl'")
    assert width_of(watched) <= 320, "from right to left"
    watched.evaluate("document.documentElement.dir = 'ltr'")
    watched.evaluate(SPACED)
    assert width_of(watched) <= 320, "with more space between letters, words and lines"
    assert watched.evaluate(CUT_OFF) == []
    watched.goto(f"{site}/fr/{path}")
    watched.set_viewport_size(WIDTHS["phone"])
    watched.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width_of(watched) <= 360, "with text twice as large"
    assert watched.evaluate(CUT_OFF) == []


@pytest.mark.parametrize(
    "path", ["", "?q=69", "departments/", "rollout/?on=2025-05-28", "gallery/"]
)
def test_forced_colours_change_nothing_for_assistive_technology(watched, site, path):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.emulate_media(forced_colors="active", reduced_motion="reduce")
    watched.goto(f"{site}/en/{path}")
    assert axe_violations(watched, forced_colors=True) == []


@pytest.mark.parametrize(
    "path",
    [
        "",
        "?q=saint-denis",
        "departments/69-rhone/",
        "can-i/",
        "rollout/",
        "departments/",
        "set-up/",
    ],
)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_goes_through_the_page_and_out_and_one_sees_where_it_is(
    watched, site, path, width
):
    watched.set_viewport_size(WIDTHS[width])
    watched.goto(f"{site}/en/{path}")
    walk(watched)


def test_nothing_moves_for_who_wants_no_motion(watched, site):
    watched.emulate_media(reduced_motion="reduce")
    for path in ("", "rollout/", "can-i/"):
        watched.goto(f"{site}/en/{path}")
        moving = watched.evaluate(
            """() => [...document.querySelectorAll("*")].filter((element) => {
              const style = getComputedStyle(element);
              return parseFloat(style.transitionDuration) > 0.01
                || (style.animationName !== "none" && parseFloat(style.animationDuration) > 0.01);
            }).length"""
        )
        assert moving == 0, path
