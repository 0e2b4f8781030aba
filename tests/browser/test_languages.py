"""The pages in other languages than English and French in a real browser; the menu of languages."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import CUT_OFF
from tests.support.addresses import ANSWERS
from tests.support.browser import NARROW, WIDTHS, axe_violations, watching, width_of
from tests.support.languages import public_in_files

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
PHRASE = "[lang=fr][translate=no]"


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
    directions = watched.locator(f"main {PHRASE}").evaluate_all(
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


def menu_of(page):
    return page.locator("nav.languages")


def test_the_keyboard_opens_the_menu_which_leads_to_the_same_page(watched, site):
    watched.goto(f"{site}/en/departments/69-rhone/?on=2025-06-01")
    summary = menu_of(watched).locator("summary")
    assert "English" in summary.get_attribute("aria-label")
    links = menu_of(watched).locator("a")
    expect(links.first).to_be_hidden()
    summary.focus()
    watched.keyboard.press("Enter")
    expect(links).to_have_count(2 + len(public_in_files()))
    expect(links.first).to_be_visible()
    assert axe_violations(watched) == []
    languages = links.evaluate_all("(all) => all.map((one) => [one.lang, one.hreflang])")
    assert all(lang == hreflang for lang, hreflang in languages)
    watched.keyboard.press("Escape")
    expect(links.first).to_be_hidden()
    expect(summary).to_be_focused()
    watched.keyboard.press("Enter")
    for _ in range(20):
        watched.keyboard.press("Tab")
        if watched.evaluate("document.activeElement.hreflang") == "ar":
            break
    watched.keyboard.press("Enter")
    watched.wait_for_url(f"{site}/ar/departments/69-rhone/?on=2025-06-01")
    assert watched.evaluate("[document.dir, document.documentElement.lang]") == ["rtl", "ar"]


def test_without_script_the_menu_opens_and_leads_to_the_same_page(browser, site):
    context = browser.new_context(java_script_enabled=False, viewport=WIDTHS["phone"])
    with watching(context.new_page(), lambda url: url.startswith(site)) as page:
        page.goto(f"{site}/ar/?q=69")
        menu_of(page).locator("summary").click()
        page.get_by_role("link", name="Deutsch", exact=True).click()
        page.wait_for_url(f"{site}/de/?q=69")
        assert page.locator("h1").count() == 1
    context.close()


def test_the_language_of_the_browser_is_offered_once_and_never_forced(browser, site):
    context = browser.new_context(locale="de-AT", viewport=WIDTHS["phone"])
    with watching(context.new_page(), lambda url: url.startswith(site)) as page:
        page.goto(f"{site}/en/set-up/")
        offer = page.locator(".language-offer")
        expect(offer.get_by_role("link", name="Deutsch")).to_have_attribute("href", "/de/set-up/")
        assert page.url == f"{site}/en/set-up/"
        assert offer.get_attribute("lang") == "de"
        assert axe_violations(page) == []
        offer.get_by_role("button").click()
        expect(offer).to_have_count(0)
        page.goto(f"{site}/en/about/")
        page.wait_for_load_state("networkidle")
        expect(offer).to_have_count(0)
        assert context.cookies() == []
    context.close()
