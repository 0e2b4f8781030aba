"""Nothing typed is lost: leaving a form unsaved, drafts in the browser, a session that ended."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.support import people
from tests.support.browser import (
    NARROW,
    WIDTHS,
    axe_violations,
    send_password,
    served_site,
    sign_in,
    width_of,
)

pytestmark = pytest.mark.browser

PATH = "/admin/rollout/entry/new-phone/change/"
DRAFTS = "() => Object.keys(localStorage).filter((key) => key.startsWith('draft:'))"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of their own: what these tests save, the tests of pages read elsewhere."""
    with served_site(tmp_path_factory) as address:
        yield address


@pytest.fixture(scope="module")
def _context(browser, site):
    context = browser.new_context(viewport=WIDTHS["laptop"], timezone_id="Europe/Paris")
    sign_in(context.new_page(), site, "an-editor-of-drafts")
    yield context
    context.close()


@pytest.fixture
def page(_context, site):
    """The form of an entry, without any draft."""
    page = _context.new_page()
    page.goto(f"{site}/admin/")
    page.evaluate("localStorage.clear()")
    page.goto(f"{site}{PATH}")
    yield page
    page.close()


def body(page, number=0):
    return page.locator(f'[name="texts-{number}-body"]')


def type_into(page, field, text):
    """Type as a person does: a browser asks about leaving only where someone did something."""
    field.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def kept(page):
    """Wait until the form says that what was typed is kept."""
    expect(page.locator("[data-draft-status]")).to_contain_text("kept in this browser (")


def offer(page):
    return page.locator("[data-draft-offer]")


def save(page):
    page.get_by_label("Minor change").check()
    page.get_by_role("button", name="Save", exact=True).first.click()


def leave(page, *, answer):
    """Follow a link away from the form; return the question that the browser asked, or ""."""
    questions = []

    def reply(dialog):
        questions.append(dialog.type)
        dialog.accept() if answer else dialog.dismiss()

    page.on("dialog", reply)
    page.locator(".breadcrumbs a").first.click()
    if answer or not questions:
        page.wait_for_url("**/admin/")
    page.remove_listener("dialog", reply)
    return "".join(questions)


def test_leaving_asks_only_where_something_changed(page):
    type_into(page, body(page), "x")
    page.keyboard.press("Backspace")
    page.get_by_label("Language").last.select_option("fr")  # that of the preview
    assert leave(page, answer=True) == ""
    page.go_back()
    type_into(page, body(page), " One more sentence.")
    assert leave(page, answer=False) == "beforeunload"
    assert page.url.endswith(PATH)
    assert body(page).input_value().endswith("One more sentence.")
    assert leave(page, answer=True) == "beforeunload"


def test_saving_and_previewing_ask_nothing_and_saving_removes_the_draft(page):
    questions = []

    def note(dialog):
        questions.append(dialog.type)
        dialog.accept()

    page.on("dialog", note)
    type_into(page, body(page), " Saved.")
    kept(page)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="See it as readers would").click()
    opened.value.close()
    assert len(page.evaluate(DRAFTS)) == 1
    save(page)
    expect(page.locator(".messagelist .saved")).to_be_visible()
    assert questions == []
    assert page.evaluate(DRAFTS) == []
    page.goto(page.url.split("/admin/")[0] + PATH)
    expect(offer(page)).to_be_hidden()


def test_a_draft_is_offered_and_put_back_with_ticks_and_sources(page):
    type_into(page, body(page, 1), " Une phrase.")
    page.get_by_label("Minor change").check()
    page.get_by_text("What it is: kind").click()
    page.locator('[name="picture"]').select_option("phone")
    page.locator(".field-sources .select2-search__field").fill("ameli-2025-11")
    page.locator(".select2-results__option--highlighted", has_text="ameli.fr, around").click()
    kept(page)
    page.reload()
    assert not body(page, 1).input_value().endswith("Une phrase.")
    expect(offer(page)).to_be_focused()
    assert re.search(
        r"kept in this browser on \d+ \w+ \d{4} at \d\d:\d\d\.", offer(page).inner_text()
    )
    assert axe_violations(page) == []
    page.set_viewport_size(NARROW)
    assert width_of(page) <= NARROW["width"]
    page.set_viewport_size(WIDTHS["laptop"])
    button = offer(page).get_by_role("button", name="Put it back")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-draft-done]")).to_be_focused()
    assert body(page, 1).input_value().endswith("Une phrase.")
    assert page.get_by_label("Minor change").is_checked()
    assert page.locator('[name="picture"]').input_value() == "phone"
    assert "ameli.fr, around" in page.locator(".field-sources").inner_text()
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".messagelist .saved")).to_be_visible()
    assert page.evaluate(DRAFTS) == []


def test_a_draft_is_thrown_away(page):
    type_into(page, body(page), " Nonsense.")
    kept(page)
    page.reload()
    offer(page).get_by_role("button", name="Throw it away").click()
    expect(offer(page)).to_be_hidden()
    assert page.evaluate(DRAFTS) == []


def test_what_is_typed_beside_an_offered_draft_replaces_neither(page):
    type_into(page, body(page), " First.")
    kept(page)
    page.reload()
    type_into(page, body(page), " Second.")
    kept(page)
    page.reload()
    offer(page).get_by_role("button", name="Throw it away").click()
    offer(page).get_by_role("button", name="Put it back").click()
    assert body(page).input_value().endswith(" First.")


def test_a_refused_form_is_unsaved_and_offers_nothing(page):
    type_into(page, body(page), " **not closed")
    expect(page.locator(".markdown-problems").first).to_contain_text("without its other half")
    save(page)
    expect(page.locator(".errornote")).to_be_visible()
    expect(offer(page)).to_be_hidden()
    assert body(page).input_value().endswith("**not closed")
    page.keyboard.press("Tab")
    page.locator("h1").click()
    assert leave(page, answer=True) == "beforeunload"


def test_a_draft_of_an_older_version_says_so_and_saving_shows_what_changed(page, site):
    type_into(page, body(page), " Mine.")
    kept(page)
    other = page.context.new_page()
    other.goto(f"{site}{PATH}")
    other.evaluate("localStorage.clear()")
    other.locator('[name="texts-1-title"]').fill("Autre téléphone")
    draft = page.evaluate(
        "() => (dispatchEvent(new Event('pagehide')), Object.entries(localStorage))"
    )
    save(other)
    expect(other.locator(".messagelist .saved")).to_be_visible()
    other.close()
    page.evaluate(
        "(draft) => draft.forEach(([key, value]) => localStorage.setItem(key, value))", draft
    )
    page.reload()
    assert "This was changed since" in offer(page).inner_text()
    offer(page).get_by_role("button", name="Put it back").click()
    save(page)
    assert "Someone else changed this" in page.locator(".errorlist").first.inner_text()
    assert body(page).input_value().endswith(" Mine.")


def test_a_draft_that_no_longer_fits_is_shown_to_copy_from(page):
    type_into(page, body(page), " Kept to copy.")
    kept(page)
    page.evaluate(
        """() => { for (const [key, value] of Object.entries(localStorage))
             localStorage.setItem(key, value.replace(/"layout":"[^"]*"/, '"layout":"9,9"')) }"""
    )
    page.on("dialog", lambda dialog: dialog.accept())
    page.evaluate("addEventListener('pagehide', (e) => e.stopImmediatePropagation(), true)")
    page.reload()
    # Leaving kept it once more, as it is now: the layout is set again, before it is read.
    page.add_init_script(
        """for (const [key, value] of Object.entries(localStorage))
             localStorage.setItem(key, value.replace(/"layout":"[^"]*"/, '"layout":"9,9"'))"""
    )
    page.reload()
    expect(offer(page).get_by_role("button", name="Put it back")).to_be_hidden()
    assert "Texts were added since" in offer(page).inner_text()
    assert "Kept to copy." in page.locator("[data-draft-copy]").input_value()


def test_a_session_that_ended_leads_back_to_the_form_and_its_draft(browser, site):
    """The session ends while someone types: sign-in, the form again, the draft, saved."""
    page = browser.new_context(viewport=WIDTHS["laptop"]).new_page()
    sign_in(page, site, "an-editor-who-returns")
    page.goto(f"{site}{PATH}")
    type_into(page, body(page), " Typed before the session ended.")
    kept(page)
    page.context.clear_cookies(name="sessionid")
    save(page)
    page.get_by_role("heading", level=1, name="Sign in").wait_for()
    send_password(page, page.url, "an-editor-who-returns")
    page.get_by_role("textbox", name="Code").fill(people.code(at=time.time() + 30))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{PATH}")
    offer(page).get_by_role("button", name="Put it back").click()
    assert body(page).input_value().endswith("Typed before the session ended.")
    assert page.get_by_label("Minor change").is_checked()
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".messagelist .saved")).to_be_visible()
    assert page.evaluate(DRAFTS) == []


def test_signing_out_removes_the_drafts_of_that_person_only(browser, site):
    page = browser.new_context(viewport=WIDTHS["laptop"]).new_page()
    sign_in(page, site, "an-editor-who-signs-out")
    page.goto(f"{site}{PATH}")
    page.evaluate("localStorage.setItem('draft:0:/admin/', JSON.stringify({at: Date.now()}))")
    type_into(page, body(page), " Private.")
    kept(page)
    assert len(page.evaluate(DRAFTS)) == 2
    page.on("dialog", lambda dialog: dialog.accept())  # there are unsaved changes
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", level=1, name="Sign in").wait_for()
    assert page.evaluate(DRAFTS) == ["draft:0:/admin/"]


def test_a_browser_without_storage_says_so_and_the_form_works(page, site):
    page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full') }")
    page.goto(f"{site}{PATH}")
    type_into(page, body(page), " Not kept.")
    expect(page.locator("[data-draft-status]")).to_contain_text("keeps no drafts")
    save(page)
    expect(page.locator(".messagelist .saved")).to_be_visible()
