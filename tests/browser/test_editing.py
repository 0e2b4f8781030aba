"""Editors at work, in a real browser on a real server: what they save, readers see."""

import datetime
import re

import pytest
from playwright.sync_api import expect

from rollout.dates import today
from tests.support.browser import NARROW, WIDTHS, axe_violations, served_site, sign_in, width_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of their own: what these tests change, the tests of pages read elsewhere."""
    with served_site(tmp_path_factory) as address:
        yield address


NOTE = "Twelve departments open on 1 February 2027."


def state_of(page, site, code):
    page.goto(f"{site}/en/departments/{code}/")
    return page.locator(".verdict-state").inner_text().replace("\xa0", " ")


def test_one_of_many_departments_is_brought_back(watched, site):
    """Twelve were changed together, and one of them was a mistake."""
    sign_in(watched, site, "a-reader-of-news")
    codes = [f"{number:02}" for number in range(1, 13)]
    query = "&".join(f"code={code}" for code in codes)
    watched.goto(f"{site}/admin/rollout/department/edit/?change=opening&{query}")
    watched.get_by_label("Open from").fill("2027-02-01")
    watched.get_by_label("How exactly").select_option("on")
    watched.get_by_label("Wave").select_option("expansion-2025-november")
    watched.get_by_label("What readers are told").first.fill(NOTE)
    watched.get_by_role("button", name="Show what would change").click()
    watched.get_by_role("button", name="Save all").click()
    assert "12 departments were changed." in watched.locator(".messagelist").inner_text()
    assert state_of(watched, site, "01") == "Opens on 1 February 2027"
    watched.goto(f"{site}/en/updates/")
    update = watched.locator("main li", has_text=NOTE)
    expect(update.get_by_role("link")).to_have_count(13)  # twelve departments, and the wave
    # The roll-out page agrees with itself.
    watched.goto(f"{site}/en/rollout/")
    assert "in 89 of 101 departments" in watched.locator("p.lead").first.inner_text()
    assert watched.locator(".chart-count").all_text_contents()[-2:] == ["89", "101"]
    legend = watched.locator("ul.legend").inner_text().replace("\xa0", " ")
    assert "12 on 1 February 2027" in legend
    # Undo one of them.
    watched.goto(f"{site}/admin/rollout/department/01/history/")
    watched.locator(".history li").filter(has_text="created").filter(
        has_not_text=re.compile("English|Français")
    ).get_by_role("link", name="Bring back").click()
    watched.get_by_label("What readers are told").fill("Ain was a mistake.")
    watched.get_by_role("button", name="Bring it back").click()
    assert "The version was brought back." in watched.locator(".messagelist").inner_text()
    assert state_of(watched, site, "01") == "Open since 31 May 2024 at the latest"
    assert state_of(watched, site, "02") == "Opens on 1 February 2027"


def test_a_mistyped_day_is_asked_about_and_changes_nothing(watched, site):
    sign_in(watched, site, "an-editor-of-days")
    watched.goto(f"{site}/admin/rollout/department/75/change/")
    watched.get_by_label("Opened on").fill("2024-01-15")
    watched.get_by_label("What readers are told").fill("Paris, at last.")
    watched.get_by_role("button", name="Save", exact=True).first.click()
    asked = watched.locator(".errorlist", has_text="673 days").first
    expect(asked).to_be_visible()
    assert watched.get_by_label("Opened on").input_value() == "2024-01-15"
    assert state_of(watched, site, "75") == "Open since 18 November 2025"
    watched.goto(f"{site}/en/departments/75-paris/?on=2024-01-15")
    assert "Not open yet" in watched.locator(".verdict-state").inner_text()


def test_a_suspension_is_seen_everywhere_before_it_begins(watched, site):
    begins = today() + datetime.timedelta(10)
    ends = begins + datetime.timedelta(8)
    sign_in(watched, site, "an-editor-of-suspensions")
    watched.goto(f"{site}/admin/rollout/department/71/change/")
    watched.get_by_label("Suspended from").fill(begins.isoformat())
    watched.get_by_label("Suspended until").fill(ends.isoformat())
    watched.get_by_label("What readers are told").fill("The app has to be repaired.")
    watched.get_by_role("button", name="Save", exact=True).first.click()
    assert "changed successfully" in watched.locator(".messagelist").inner_text()
    announced = "Open; suspended from"
    assert announced in state_of(watched, site, "71")
    for path in ("en/?q=71", "en/embed/departments/71/", "en/embed/departments/71.svg"):
        watched.goto(f"{site}/{path}")
        assert announced in watched.locator(":root").text_content(), path
    row = watched.request.get(f"{site}/api/v1/departments/71").json()["department"]
    assert row["status"] == "open"
    assert row["status_text"].startswith(announced)


def test_a_preview_opens_beside_the_form_and_changes_nothing(watched, site):
    sign_in(watched, site, "an-editor-who-looks")
    watched.goto(f"{site}/admin/rollout/department/69/change/")
    watched.get_by_label("Opened on").fill("2027-02-01")
    watched.get_by_label("Precision").select_option("on")
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
    assert "Open since about 25 July 2023" in state_of(preview, site, "69")


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
    text = refusal.inner_text()
    assert "Someone else changed this while you had it open." in text
    assert "first-editor" in text
    assert "31 May 2024, not before 1 May 2024 → open by 29 May 2024" in " ".join(text.split())
    assert second.get_by_label("What readers are told").input_value() == "On that very day."
    assert second.get_by_label("Precision").input_value() == "on"
    assert "29 May 2024 at the latest" in state_of(first, site, "38")
    second.get_by_label("Opened on").fill("2024-05-29")
    second.get_by_label("Not before").fill("")
    second.get_by_role("button", name="Save", exact=True).first.click()
    second.locator(".messagelist").wait_for()
    assert state_of(first, site, "38") == "Open since 29 May 2024"


def test_an_editor_changes_a_day_and_readers_see_it(watched, site):
    sign_in(watched, site, "an-editor")
    for address in (
        "department/",
        "wave/",
        "source/",
        "entry/",
        "alias/",
        "acceptance/",
        "activationroute/",
        "identitydocument/titre-de-sejour/change/",
        "healthscheme/",
        "entry/new-phone/change/",
        "commune/",
        "region/84/change/",
    ):
        watched.goto(f"{site}/admin/rollout/{address}")
        expect(watched.get_by_role("heading", level=1)).to_be_visible()
    watched.goto(f"{site}/admin/rollout/department/26/change/")
    watched.get_by_label("Opened on").fill("2024-05-29")
    watched.get_by_label("What readers are told").fill("the store's version is of the 29th")
    watched.get_by_role("button", name="Save", exact=True).first.click()
    assert "changed successfully" in watched.locator(".messagelist").inner_text()
    watched.goto(f"{site}/admin/rollout/department/26/history/")
    assert "the store's version is of the 29th" in watched.locator("#content").inner_text()
    watched.goto(f"{site}/en/departments/26-drome/")
    assert "29\xa0May 2024 at the latest" in watched.locator(".verdict-state").inner_text()


def save_minor(page):
    """Save the form as a minor change."""
    page.get_by_label("Minor change").check()
    page.get_by_role("button", name="Save", exact=True).first.click()
    assert "successfully" in page.locator(".messagelist").inner_text()


def speaks_of(page, site, slug, *subjects):
    """Tick in the form of an entry the rows that it speaks of, and no others."""
    page.goto(f"{site}/admin/rollout/entry/{slug}/change/")
    for group in page.locator(".subjects details").all():
        if group.get_attribute("open") is None:
            group.locator("summary").focus()
            page.keyboard.press("Enter")
    checked = page.locator(".subjects input:checked").evaluate_all("all => all.map((b) => b.value)")
    for subject in set(checked) - set(subjects):
        page.locator(f'.subjects input[value="{subject}"]').uncheck()
    for subject in subjects:
        page.locator(f'.subjects input[value="{subject}"]').check()
    save_minor(page)


def test_a_rule_changes_and_the_texts_that_speak_of_it_are_read_again(watched, site):
    """A titre de séjour is accepted by France Identité from a day on: no step for another card."""
    sign_in(watched, site, "an-editor-of-rules")
    speaks_of(watched, site, "fi-return-to-the-app", "route:france-identite", "scheme:msa")
    watched.goto(f"{site}/admin/rollout/acceptance/add/")
    watched.locator(".speaking summary").click()  # closed: they are many
    assert "Scan your ID card" in watched.locator(".speaking").inner_text()
    watched.get_by_label("Identity document:").select_option("titre-de-sejour")
    watched.get_by_label("Activation route:").select_option("france-identite")
    watched.get_by_label("Since:").fill("2027-03-01")
    watched.get_by_label("Outcome:").select_option("yes")
    watched.get_by_label("Certainty:").select_option("official")
    watched.get_by_label("Last checked:").fill("2026-11-29")
    watched.locator(".select2-search__field").fill("service-public-2026-05-22")
    watched.locator(".select2-results__option--highlighted", has_text="2026").click()
    save_minor(watched)
    watched.goto(f"{site}/admin/")
    watched.get_by_role("link", name="To be re-read").click()
    work = watched.get_by_role("row", name="/ With France Identité")
    assert "acceptance of a document" in work.first.inner_text()
    watched.goto(f"{site}/admin/rollout/entry/fi-scan-the-id-card/change/")
    panel = watched.get_by_role("region", name="To be re-read")
    assert "/ With France Identité" in panel.inner_text()
    watched.set_viewport_size(NARROW)
    assert width_of(watched) <= NARROW["width"]
    watched.set_viewport_size(WIDTHS["phone"])
    assert axe_violations(watched) == []
    still_right = panel.get_by_role("button", name="It is still right")
    still_right.focus()
    watched.keyboard.press("Enter")
    assert "It is noted as still right." in watched.locator(".messagelist").inner_text()
    expect(panel).to_have_count(0)
    answers = "scheme=general&age=18-or-over&number=permanent&phone=recent&on=2027-03-01"
    watched.goto(f"{site}/en/can-i/?document=titre-de-sejour&{answers}")
    assert "Yes, with France Identité" in watched.locator("#answer").inner_text()
    steps = watched.locator("#what-to-do").inner_text()
    assert "How to go this way with your document is not known yet." in steps
    assert "ID card" not in steps
    watched.goto(f"{site}/en/can-i/?document=french-id-card-new&{answers}")
    assert "Scan your ID card" in watched.locator("#what-to-do").inner_text()
