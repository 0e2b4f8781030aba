"""Editors at work, in a real browser on a real server."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_accessibility import CUT_OFF, NARROW, walk, width_of
from tests.support.browser import WIDTHS, sign_in

pytestmark = pytest.mark.browser


# What is below the edge of a window depends on its height, and on the line in which the admin
# tells a browser's distance from the time in Paris.
SCREEN = {"viewport": {"width": 1280, "height": 680}, "timezone_id": "Europe/Paris"}


@pytest.fixture(scope="module")
def signed_in(browser, site):
    """One page in which an editor is signed in, for tests that only look."""
    page = browser.new_context(**SCREEN).new_page()
    sign_in(page, site, "an-editor-by-keyboard")
    yield page
    page.context.close()


TWELVE = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]
NOTE = "Twelve departments open on 1 February 2027."


def state_of(page, site, code):
    page.goto(f"{site}/en/departments/{code}/")
    return page.locator(".verdict-state").inner_text().replace("\xa0", " ")


def test_twelve_departments_open_on_monday(watched, site):
    """One person reads it in the news: they change the rows, look, publish, and undo one."""
    sign_in(watched, site, "a-reader-of-news")
    watched.goto(f"{site}/admin/rollout/department/")
    for code in TWELVE:
        watched.locator(f'input.action-select[value="{code}"]').check()
    watched.get_by_label("Action:").select_option("open_from_a_date")
    watched.get_by_role("button", name="Go").click()
    watched.get_by_label("Open from").fill("2027-02-01")
    watched.get_by_label("How exactly").select_option("on")
    watched.get_by_label("Certainty").select_option("official")
    watched.get_by_label("Wave").select_option("expansion-2025-november")
    watched.locator(".select2-search__field").fill("ameli-2025-11")
    watched.locator(".select2-results__option--highlighted", has_text="ameli-2025-11").click()
    watched.get_by_label("What readers are told").fill(NOTE)
    watched.get_by_role("button", name="Show what would change").click()
    watched.get_by_role("heading", name="12 departments would change").wait_for()
    row = watched.get_by_role("row", name="01 Ain")
    assert "2024-05-31 → 2027-02-01" in row.inner_text()
    assert "Open since" in state_of(watched.context.new_page(), site, "01")
    watched.get_by_role("button", name="Save all").click()
    assert "12 departments were changed." in watched.locator(".messagelist").inner_text()
    assert state_of(watched, site, "01") == "Opens on 1 February 2027"
    watched.goto(f"{site}/en/updates/")
    update = watched.locator("main li", has_text=NOTE)
    expect(update.get_by_role("link")).to_have_count(13)  # twelve departments, and the wave
    # Undo one of them.
    watched.goto(f"{site}/admin/rollout/department/01/history/")
    watched.get_by_role("row").filter(has_text="created").filter(
        has_not_text=re.compile("English|Français")
    ).get_by_role("link", name="Bring back").click()
    watched.get_by_label("What readers are told").fill("Ain was a mistake.")
    watched.get_by_role("button", name="Bring it back").click()
    assert "The version was brought back." in watched.locator(".messagelist").inner_text()
    assert state_of(watched, site, "01") == "Open since 31 May 2024 at the latest"
    assert state_of(watched, site, "02") == "Opens on 1 February 2027"


def test_a_preview_opens_beside_the_form_and_changes_nothing(watched, site):
    sign_in(watched, site, "an-editor-who-looks")
    watched.goto(f"{site}/admin/rollout/department/69/change/")
    watched.get_by_label("Opened on").fill("2027-02-01")
    watched.get_by_label("Language").last.select_option("fr")
    with watched.context.expect_page() as opened:
        watched.get_by_role("button", name="See it as readers would").click()
    preview = opened.value
    preview.wait_for_load_state()
    assert "Preview: nothing of this is saved" in preview.locator(".preview").inner_text()
    assert "Ouvre le 1er février 2027" in preview.locator(".verdict-state").inner_text().replace(
        "\xa0", " "
    )
    assert watched.get_by_label("Opened on").input_value() == "2027-02-01"
    assert "Open since 25 July 2023" in state_of(preview, site, "69")


def test_a_translator_saves_a_text_of_their_language(watched, site):
    sign_in(watched, site, "a-translator")
    watched.goto(f"{site}/admin/rollout/entry/leaving-france/change/")
    title = watched.locator('[name="texts-1-title"]')
    title.fill("Si vous quittez la France")
    assert watched.locator('[name="texts-0-title"]').is_disabled()
    watched.get_by_role("button", name="Save", exact=True).first.click()
    assert "changed successfully" in watched.locator(".messagelist").inner_text()
    watched.goto(f"{site}/fr/set-up/")
    expect(watched.get_by_text("Si vous quittez la France")).to_have_count(1)


def test_the_second_of_two_editors_is_told_and_loses_nothing(browser, site):
    first, second = browser.new_context().new_page(), browser.new_context().new_page()
    for page, name in ((first, "first-editor"), (second, "second-editor")):
        sign_in(page, site, name)
        page.goto(f"{site}/admin/rollout/department/38/change/")
    first.get_by_label("Opened on").fill("2024-05-29")
    first.get_by_label("What readers are told").fill("The store's version is of the 29th.")
    first.get_by_role("button", name="Save", exact=True).first.click()
    first.locator(".messagelist").wait_for()
    second.get_by_label("Precision").select_option("on")
    second.get_by_label("What readers are told").fill("On that very day.")
    second.get_by_role("button", name="Save", exact=True).first.click()
    refusal = second.locator(".errorlist", has_text="Someone else changed this").first
    said = refusal.inner_text()
    assert "Someone else changed this while you had it open." in said
    assert "first-editor" in said
    assert "2024-05-31 → 2024-05-29" in said
    assert second.get_by_label("What readers are told").input_value() == "On that very day."
    assert second.get_by_label("Precision").input_value() == "on"
    assert "29 May 2024 at the latest" in state_of(first, site, "38")
    second.get_by_label("Opened on").fill("2024-05-29")
    second.get_by_role("button", name="Save", exact=True).first.click()
    second.locator(".messagelist").wait_for()
    assert state_of(first, site, "38") == "Open since 29 May 2024"


# Change lists with few rows: axe takes a second for a hundred.
PAGES = [
    "",
    "rollout/department/?wave__slug__exact=pilot-2023",
    "rollout/department/69/change/",
    "rollout/department/69/history/",
    "rollout/department/open/?code=69&code=01",
    "rollout/department/import/",
    "rollout/entry/?kind__exact=contact",
    "rollout/entry/new-phone/change/",
    "rollout/entry/add/",
    "rollout/source/rtl-2023-07-25/change/",
    "rollout/update/",
    "rollout/alias/add/",
    "auth/user/",
]
TARGETS = {"target-size": {"enabled": True}}
RULES = {"rules": TARGETS, "preload": False}
# In forced colours the browser paints its own: axe cannot know which.
WITHOUT_COLOURS = {
    "rules": {**TARGETS, "color-contrast": {"enabled": False}},
    "preload": False,
}


def complaints(page, rules):
    """Return what axe finds: the rule, and the first element that breaks it."""
    # The admin's buttons take a moment to change their colours.
    page.evaluate("Promise.all(document.getAnimations().map((moving) => moving.finished))")
    found = Axe().run(page, options=rules).response["violations"]
    return [(violation["id"], violation["nodes"][0]["html"][:120]) for violation in found]


def test_everyone_can_use_the_editors_pages(watched, site):
    """Light and dark, on a phone, in forced colours, with large text, and by keyboard alone."""
    sign_in(watched, site, "a-looker")
    watched.goto(f"{site}/admin/rollout/department/69/history/")
    version = watched.get_by_role("link", name="Bring back").last.get_attribute("href")
    for path in [*PAGES, version.removeprefix("/admin/")]:
        watched.set_viewport_size(WIDTHS["laptop"])
        watched.emulate_media(color_scheme="light", forced_colors="none", reduced_motion="reduce")
        watched.goto(f"{site}/admin/{path}")
        assert watched.get_by_role("heading", level=1).count() == 1, path
        assert complaints(watched, RULES) == [], path
        watched.set_viewport_size(NARROW)
        watched.emulate_media(color_scheme="dark")
        assert width_of(watched) <= 320, path
        assert watched.evaluate(CUT_OFF) == [], path
        assert complaints(watched, RULES) == [], (path, "dark, 320 pixels")
        watched.emulate_media(forced_colors="active")
        assert complaints(watched, WITHOUT_COLOURS) == [], (path, "forced colours")
        watched.emulate_media(forced_colors="none")
        watched.set_viewport_size(WIDTHS["phone"])
        watched.evaluate("document.documentElement.style.fontSize = '200%'")
        assert width_of(watched) <= 360, (path, "with text twice as large")
        assert watched.evaluate(CUT_OFF) == [], (path, "with text twice as large")


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/admin/",
        "/admin/rollout/department/?wave__slug__exact=pilot-2023",
        "/admin/rollout/department/69/change/",
        "/admin/rollout/department/69/history/",
        "/admin/rollout/department/open/?code=69&code=01",
        "/accounts/mfa/",
    ],
)
def test_the_keyboard_goes_through_the_editors_pages_and_out(signed_in, site, path):
    is_outside = path == "/accounts/login/"
    page = signed_in.context.browser.new_page(**SCREEN) if is_outside else signed_in
    page.set_viewport_size(SCREEN["viewport"])
    page.goto(f"{site}{path}")
    walk(page)


@pytest.mark.parametrize("height", [600, 640, 720, 800])
def test_the_keyboard_finds_every_field_of_a_form_in_a_window_of_any_height(
    signed_in, site, height
):
    """Chromium alone would leave most of a focused textarea below the edge."""
    signed_in.set_viewport_size({"width": 1280, "height": height})
    signed_in.goto(f"{site}/admin/rollout/department/69/change/")
    walk(signed_in)


def test_in_a_change_list_no_heading_is_cut_off_at_320_pixels(signed_in, site):
    """Django's own lists cut them; here the list scrolls, and the page does not."""
    signed_in.set_viewport_size(NARROW)
    for path in ("department/?wave__slug__exact=pilot-2023", "source/?official__exact=1"):
        signed_in.goto(f"{site}/admin/rollout/{path}")
        assert width_of(signed_in) <= 320
        for heading in signed_in.locator("#result_list thead th").all():
            heading.scroll_into_view_if_needed()
            box, words = heading.bounding_box(), heading.locator(".text")
            assert words.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), path
            assert 0 <= box["x"] < 320, path
