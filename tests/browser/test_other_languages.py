"""The pages in other languages than English and French in a real browser; their menu: test_languages.py."""

import pytest

from tests.browser.test_accessibility import CUT_OFF
from tests.support.addresses import ANSWERS
from tests.support.browser import NARROW, WIDTHS, axe_violations, width_of

pytestmark = pytest.mark.browser

VERDICT = f"can-i/?document=titre-de-sejour&{ANSWERS}"
FEW = ["", "departments/69-rhone/", VERDICT, "set-up/", "at-the-counter/", "departments/"]
KINDS = [
    *FEW,
    "?q=nowhere+at+all",
    "can-i/",
    "problems/",
    "regions/bretagne/",
    "rollout/",
    "rollout/june-2024/",
    "questions/",
    "glossary/",
    "about/",
    "accessibility/",
    "privacy/",
]
"""One page of each kind that every language has."""
PHRASE = ".phrase[lang=fr][translate=no]"


@pytest.mark.parametrize(
    ("language", "path"),
    [*(("ar", path) for path in KINDS), *(("zh-hans", path) for path in FEW[:5])],
)
def test_axe_finds_nothing(watched, site, language, path):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.goto(f"{site}/{language}/{path}")
    assert axe_violations(watched) == []


@pytest.mark.parametrize("language", ["de", "ar"])
def test_at_320_pixels_nothing_is_cut_off(watched, site, language):
    watched.set_viewport_size(NARROW)
    for path in KINDS if language == "ar" else FEW:
        watched.goto(f"{site}/{language}/{path}")
        assert width_of(watched) <= 320, path
        assert watched.evaluate(CUT_OFF) == [], path
    watched.set_viewport_size(WIDTHS["phone"])
    watched.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width_of(watched) <= 360, "with text twice as large"


def test_in_arabic_the_page_is_mirrored_and_french_phrases_and_the_map_are_not(watched, site):
    watched.set_viewport_size(WIDTHS["laptop"])
    watched.goto(f"{site}/ar/at-the-counter/")
    brand = watched.locator(".brand").bounding_box()
    menu = watched.locator(".languages").bounding_box()
    assert brand["x"] > menu["x"]
    directions = watched.locator(PHRASE).evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).direction)"
    )
    assert len(directions) > 5
    assert set(directions) == {"ltr"}
    watched.goto(f"{site}/ar/")
    west, east = (
        watched.locator(f".map a[href*='/departments/{place}/']").first.bounding_box()
        for place in ("29-finistere", "67-bas-rhin")
    )
    assert west["x"] < east["x"]
