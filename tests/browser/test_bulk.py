"""Many departments at once, in a real browser: how many clicks and keys it takes is counted."""

import pytest
from playwright.sync_api import expect

from tests.support.browser import NARROW, axe_violations, check, served_site, sign_in, width_of

pytestmark = pytest.mark.browser

MAX_ACTIONS_TO_OPEN = 25
MAX_ACTIONS_TO_UNDO = 5
NOTE = "Twelve departments open on 1 February 2027."
FRENCH_NOTE = "Douze départements ouvrent le 1er février 2027."


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of their own: what these tests change, the tests of pages read elsewhere."""
    with served_site(tmp_path_factory) as address:
        yield address


class Counted:
    """A page whose clicks and keys are counted.

    A click, a pressed key, and a text typed into a field count as one each; a choice in a list as
    two, one to open it and one to choose.
    """

    def __init__(self, page):
        self.page = page
        self.actions = 0

    def click(self, locator):
        locator.click()
        self.actions += 1

    def press(self, key):
        self.page.keyboard.press(key)
        self.actions += 1

    def type(self, label, text):
        self.page.get_by_label(label, exact=True).fill(text)
        self.actions += 1

    def choose(self, label, option):
        self.page.get_by_label(label).select_option(option)
        self.actions += 2

    def button(self, name):
        self.click(self.page.get_by_role("button", name=name))


def state_of(page, site, code):
    page.goto(f"{site}/en/departments/{code}/")
    return page.locator(".verdict-state").inner_text().replace("\xa0", " ")


def test_twelve_departments_open_with_a_new_source_and_both_notes_and_all_is_undone(watched, site):
    sign_in(watched, site, "a-bulk-editor")
    watched.goto(f"{site}/admin/rollout/department/")
    work = Counted(watched)
    work.type("Search", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12")
    work.press("Enter")
    expect(watched.locator("input.action-select")).to_have_count(12)
    work.click(watched.locator("#action-toggle"))
    work.choose("Action:", "open_from_a_date")
    work.button("Go")
    expect(watched.get_by_label("Open from:")).to_be_focused()
    work.type("Open from:", "2027-02-01")
    work.choose("How exactly:", "on that day")
    work.choose("Wave:", "2025 expansion: all of France")
    work.choose("Certainty:", "confirmed by an official source")
    work.click(watched.locator("summary", has_text="+ A source that is not in the list yet"))
    work.type("Address:", "https://www.ameli.fr/assure/actualites/douze-departements")
    work.type("Published on:", "2026-11-28")
    work.type("Description (English):", "Announcement of twelve openings.")
    work.type("Description (Français):", "Annonce de douze ouvertures.")
    work.type("What readers are told:", NOTE)
    work.type("The same (Français):", FRENCH_NOTE)
    work.button("Show what would change")
    watched.get_by_role("heading", name="12 departments would change").wait_for()
    plan = watched.locator("#content-main").inner_text()
    assert "12 departments are open today, and would not be any more" in plan
    assert "Annonce de douze ouvertures." in plan
    assert "Open since" in state_of(watched.context.new_page(), site, "01")
    check(watched, "Please look at it before it is saved")
    work.button("Save all")
    message = watched.locator(".messagelist")
    assert "12 departments were changed." in message.inner_text()
    assert work.actions <= MAX_ACTIONS_TO_OPEN, work.actions

    other = watched.context.new_page()
    assert state_of(other, site, "12") == "Opens on 1 February 2027"
    other.goto(f"{site}/fr/updates/")
    expect(other.get_by_text(FRENCH_NOTE)).to_have_count(1)
    other.goto(f"{site}/fr/sources/ameli-2026-11-28/")
    expect(other.get_by_text("Annonce de douze ouvertures.")).not_to_have_count(0)

    back = Counted(watched)
    back.click(message.get_by_role("link"))
    check(watched, "Opening day, certainty, sources")
    back.button("Undo all")
    assert "The edit was undone." in watched.locator(".messagelist").inner_text()
    assert back.actions <= MAX_ACTIONS_TO_UNDO, back.actions
    check(watched, "Edits of many departments")
    assert state_of(other, site, "12") == "Open since 18 November 2025"
    assert state_of(other, site, "01") == "Open since 31 May 2024 at the latest"
    other.goto(f"{site}/fr/updates/")
    expect(other.get_by_text(FRENCH_NOTE)).to_have_count(0)


def test_undoing_an_edit_of_another_day_begins_in_the_list(watched, site):
    sign_in(watched, site, "a-bulk-editor-later")
    watched.goto(f"{site}/admin/rollout/department/edit/?change=note&code=33&code=75")
    watched.get_by_label("Note (English):").fill("Bring your card.")
    watched.get_by_label("Note (Français):").fill("Apportez votre carte.")
    watched.get_by_label("What readers are told:").fill("A note on two departments.")
    watched.get_by_role("button", name="Show what would change").click()
    watched.get_by_role("button", name="Save all").click()
    watched.locator(".messagelist").wait_for()
    watched.goto(f"{site}/admin/rollout/department/")
    back = Counted(watched)
    back.click(watched.get_by_role("link", name="Edits of many departments"))
    back.click(watched.locator(".bulk-edits a").first)
    back.button("Undo all")
    assert "The edit was undone." in watched.locator(".messagelist").inner_text()
    assert back.actions <= MAX_ACTIONS_TO_UNDO
    watched.locator(".bulk-edits a").first.click()
    assert "It cannot be undone twice." in watched.locator("#content-main").inner_text()
    expect(watched.get_by_role("button", name="Undo all")).to_have_count(0)


def test_nothing_typed_is_lost_when_it_is_refused_and_a_preview_opens_beside_it(watched, site):
    sign_in(watched, site, "a-bulk-editor-who-looks")
    watched.goto(f"{site}/admin/rollout/department/edit/?change=opening&code=33&code=75")
    watched.get_by_label("Open from:").fill("2027-02-01")
    watched.locator("summary", has_text="+ A source that is not in the list yet").click()
    watched.get_by_label("Address:").fill("https://www.ameli.fr/encore")
    watched.get_by_role("button", name="Show what would change").click()
    errors = watched.locator("#content-main").inner_text()
    assert "Say how exactly that day is known." in errors
    assert "Say in a line what the source is" in errors
    assert watched.get_by_label("Address:").input_value() == "https://www.ameli.fr/encore"
    assert watched.get_by_label("Open from:").input_value() == "2027-02-01"
    watched.get_by_label("How exactly:").select_option("on")
    watched.get_by_label("Description (English):").fill("More openings.")
    watched.get_by_label("Page", exact=True).select_option("75")
    watched.locator("#preview_language").select_option("fr")
    with watched.context.expect_page() as opened:
        watched.get_by_role("button", name="See it as readers would").click()
    preview = opened.value
    preview.wait_for_load_state()
    state = preview.locator(".verdict-state").inner_text().replace("\xa0", " ")
    assert "Ouvre le 1er février 2027" in state
    assert watched.get_by_label("Open from:").input_value() == "2027-02-01"
    assert state_of(preview, site, "75") == "Open since 18 November 2025"
    watched.set_viewport_size(NARROW)
    assert width_of(watched) <= NARROW["width"]
    assert axe_violations(watched) == []


def test_a_file_is_imported_in_five_clicks(watched, site):
    sign_in(watched, site, "a-bulk-editor-of-files")
    work = Counted(watched)
    work.click(watched.get_by_role("link", name="Import departments"))
    file = "code;not_before;opened_on\n15;;29/05/2024\n".encode("cp1252")
    watched.get_by_label("CSV file or workbook").set_input_files(
        {"name": "plan.csv", "mimeType": "text/csv", "buffer": file}
    )
    work.actions += 1  # the file is chosen
    work.type("What readers are told:", "The source names the day.")
    work.button("Show what would change")
    watched.get_by_role("heading", name="1 department would change").wait_for()
    work.button("Save all")
    assert "1 department was changed." in watched.locator(".messagelist").inner_text()
    assert work.actions == 5
    assert state_of(watched, site, "15") == "Open since 29 May 2024 at the latest"
