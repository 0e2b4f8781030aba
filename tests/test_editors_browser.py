"""Editors at work, in a real browser on a real server."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import WIDTHS, sign_in

pytestmark = pytest.mark.browser

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


PAGES = [
    "",
    "rollout/department/",
    "rollout/department/69/change/",
    "rollout/department/69/history/",
    "rollout/department/open/?code=69&code=01",
    "rollout/department/import/",
    "rollout/entry/new-phone/change/",
    "rollout/entry/add/",
    "rollout/source/",
    "rollout/source/rtl-2023-07-25/change/",
    "rollout/update/",
    "rollout/alias/add/",
    "auth/user/",
]


def test_the_editors_pages_are_accessible_on_a_phone_and_a_laptop(watched, site):
    sign_in(watched, site, "a-looker")
    watched.goto(f"{site}/admin/rollout/department/69/history/")
    version = watched.get_by_role("link", name="Bring back").last.get_attribute("href")
    complaints = []
    looks = [("phone", "dark"), ("laptop", "light")]
    for path in [*PAGES, version.removeprefix("/admin/")]:
        for width, scheme in looks:
            size = WIDTHS[width]
            watched.set_viewport_size(size)
            watched.emulate_media(color_scheme=scheme)
            watched.goto(f"{site}/admin/{path}")
            assert watched.get_by_role("heading", level=1).count() == 1, path
            found = Axe().run(watched, options={"preload": False})
            complaints += [
                (path, width, scheme, v["id"], v["nodes"][0]["html"][:120])
                for v in found.response["violations"]
            ]
            overflow = watched.evaluate("document.documentElement.scrollWidth")
            if overflow > size["width"]:
                complaints.append((path, width, scheme, "overflow", str(overflow)))
    assert complaints == []
