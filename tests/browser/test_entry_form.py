"""Writing the texts of an entry, in a real browser: links, pastes, languages, clicks and keys."""

import pytest
from playwright.sync_api import expect

from rollout import markdown
from rollout.dates import today
from tests.browser import clipboards
from tests.support.browser import NARROW, WIDTHS, axe_violations, served_site, sign_in, width_of

pytestmark = pytest.mark.browser

PATH = "/admin/rollout/entry/new-phone/change/"
COUNT_ACTIONS = """
for (const type of ["pointerdown", "keydown"]) addEventListener(type, (event) => {
  const isText = type === "keydown" && event.key.length === 1 && !event.ctrlKey;
  if (event.isTrusted && !isText) window[type] = (window[type] ?? 0) + 1;
}, true);
let top_ = 0;
addEventListener("scroll", () => {
  window.scrolled = (window.scrolled ?? 0) + Math.abs(scrollY - top_);
  top_ = scrollY;
}, true);
"""
SCREEN_PX = WIDTHS["laptop"]["height"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of their own: what these tests save, the tests of pages read elsewhere."""
    with served_site(tmp_path_factory) as address:
        yield address


@pytest.fixture(scope="module")
def _context(browser, site):
    context = browser.new_context(viewport=WIDTHS["laptop"], timezone_id="Europe/Paris")
    context.add_init_script(COUNT_ACTIONS)
    sign_in(context.new_page(), site, "an-editor-of-texts")
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


def counted(page):
    """Return clicks, keys other than those of the text itself, and pixels scrolled."""
    return page.evaluate("[window.pointerdown ?? 0, window.keydown ?? 0, window.scrolled ?? 0]")


def save(page):
    """Save, and return what was counted until then; the click itself is one more."""
    button = page.locator('[name="_save"]').last
    button.hover()
    clicks, keys, scrolled = counted(page)
    button.click()
    expect(page.locator(".messagelist .saved")).to_be_visible()
    return clicks + 1, keys, scrolled


def test_a_correction_takes_three_clicks_and_two_screens_of_scrolling(page):
    """Before the texts stood first: three clicks too, and six screens."""
    body(page).click()
    page.keyboard.press("End")
    page.keyboard.type(" It is so.")
    page.get_by_label("What readers are told").click()
    page.keyboard.type("A sentence more.")
    clicks, keys, scrolled = save(page)
    assert (clicks, keys) == (3, 1)
    assert scrolled <= 2 * SCREEN_PX


def test_a_translation_takes_four_clicks_and_two_screens_of_scrolling(page):
    """Before the languages stood side by side: four clicks too, and eight screens."""
    body(page, 1).click()
    page.keyboard.press("End")
    page.keyboard.type(" C’est ainsi.")
    page.locator('[name="texts-1-is_current"]').click()
    page.get_by_label("Minor change").click()
    clicks, keys, scrolled = save(page)
    assert (clicks, keys) == (4, 1)
    assert scrolled <= 2 * SCREEN_PX


# --- Links -----------------------------------------------------------------------------------------


def test_a_link_is_picked_by_title_with_the_keyboard_alone(page):
    field = body(page, 1)
    field.fill("Demandez à votre caisse.")
    field.evaluate("(field) => field.setSelectionRange(17, 23)")
    page.locator('[data-language="fr"] .link-button').focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Link to an entry")
    expect(page.get_by_role("combobox", name="A part of its title")).to_have_value("caisse")
    expect(dialog.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type("CPAM")
    expect(dialog.get_by_role("option", name="term:cpam")).to_have_attribute(
        "aria-selected", "true"
    )
    assert axe_violations(page) == []
    page.keyboard.press("Enter")
    expect(field).to_have_value("Demandez à votre [caisse](term:cpam).")
    expect(field).to_be_focused()
    page.keyboard.press("Control+z")
    expect(field).to_have_value("Demandez à votre caisse.")


def test_a_link_without_a_selection_has_the_title_in_the_language_of_the_text(page):
    body(page, 1).fill("")
    page.locator('[data-language="fr"] .link-button').click()
    page.keyboard.type("change phones")
    page.get_by_role("option", name="situation:new-phone").click()
    expect(body(page, 1)).to_have_value("[Vous changez de téléphone](situation:new-phone)")


def test_escape_closes_the_picker_and_changes_nothing(page):
    before = body(page).input_value()
    page.locator(".link-button").first.click()
    page.keyboard.type("cpam")
    page.set_viewport_size(NARROW)
    expect(page.locator("#link-picker-results [role=option]").first).to_be_visible()
    assert width_of(page) <= NARROW["width"]
    page.set_viewport_size(WIDTHS["laptop"])
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")  # the first one may only have emptied the search field
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(body(page)).to_be_focused()
    assert body(page).input_value() == before


# --- Markdown --------------------------------------------------------------------------------------


def paste(page, html, text="plain"):
    """Copy HTML to the clipboard as a word processor does, and paste it into the English text."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """([html, text]) => addEventListener("copy", (event) => {
             if (html) event.clipboardData.setData("text/html", html);
             event.clipboardData.setData("text/plain", text);
             event.preventDefault();
           }, { once: true })""",
        [html, text],
    )
    field = body(page)
    field.fill("x")
    field.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    return field.input_value()


@pytest.mark.parametrize("name", ["WORD", "LIBREOFFICE", "GOOGLE_DOCS", "HOSTILE"])
def test_a_paste_from_a_word_processor_becomes_clean_markdown(page, name):
    pasted = paste(page, getattr(clipboards, name))
    assert pasted == getattr(clipboards, f"{name}_MARKDOWN")
    assert markdown.mistakes(pasted) == []
    page.keyboard.press("Control+z")
    assert body(page).input_value() == "x"


def test_plain_text_is_pasted_as_it_is_but_for_bullets(page):
    assert paste(page, "", "2 * 3 [x]\n**y**") == "2 * 3 [x]\n**y**"
    assert paste(page, "<meta charset='utf-8'><span>a * b</span>", "a * b") == "a * b"
    assert paste(page, "", "• one\n•\ttwo") == "- one\n- two"


def test_mistakes_are_shown_while_someone_types(page):
    body(page).fill("Ask your [CPAM](term:cpma) **now.\n• one")
    shown = page.locator(".markdown-problems").first
    expect(shown).to_contain_text("without its other half")
    assert "Line 2, “• one”" in shown.inner_text()
    assert "(term:cpam)" in shown.inner_text()
    assert axe_violations(page) == []
    body(page).fill("Ask your [CPAM](term:cpam) **now**.\n\n- one")
    expect(shown).to_be_empty()


# --- Days, languages -------------------------------------------------------------------------------


def test_today_is_put_into_a_date_field_by_its_button(page, site):
    page.get_by_label("Last checked:").fill("")
    page.locator(".field-last_checked").get_by_role("link", name="Today").click()
    assert page.get_by_label("Last checked:").input_value() == today().isoformat()


def test_a_new_entry_has_its_short_name_made(page, site):
    page.goto(f"{site}/admin/rollout/entry/add/")
    page.locator('[name="texts-0-title"]').fill("The screen stays black")
    page.locator('[name="texts-0-status"]').select_option("draft")
    page.get_by_label("Kind:").select_option("problem")
    page.get_by_label("Certainty:").select_option("not-found")
    page.locator(".field-last_checked").get_by_role("link", name="Today").click()
    page.get_by_label("Minor change").check()
    page.locator('[name="_continue"]').last.click()
    expect(page.locator(".messagelist .saved")).to_be_visible()
    assert page.url.endswith("/entry/the-screen-stays-black/change/")
    assert "draft:" not in page.evaluate("Object.keys(localStorage).join()")


def test_every_form_works_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False, viewport=WIDTHS["laptop"])
    page = context.new_page()
    sign_in(page, site, "an-editor-who-looks")
    page.goto(f"{site}{PATH}")
    page.get_by_text("Days, search words, review").first.click()
    page.locator('[name="texts-0-search_words"]').fill("another phone")
    page.locator('[name="texts-1-title"]').fill("Un autre téléphone")
    page.get_by_label("Minor change").check()
    page.locator('[name="_save"]').first.click()
    assert "changed successfully" in page.locator(".messagelist").inner_text()
    assert page.locator("[data-draft-offer]").count() == 0
    context.close()


# --- One text at a time, in another language --------------------------------------------------------


def open_in_french(page, site):
    page.goto(f"{site}/admin/rollout/translate/fr/?kind=entry-situation")
    page.get_by_role("link", name="You change phones").click()
    expect(page.locator('[name="body"]')).to_be_visible()


def test_a_translation_is_checked_as_it_is_typed_and_its_draft_is_kept(page, site):
    open_in_french(page, site)
    words = page.locator('[name="body"]')
    expect(words).to_have_attribute("lang", "fr")
    before = words.input_value()
    words.fill(before.split("[")[0] + "77.")
    found = page.locator('[data-findings="body"] li')
    expect(found.first).to_contain_text("refused: A link leads elsewhere")
    expect(found.filter(has_text="Numbers differ")).to_contain_text("+77")
    expect(page.locator("[data-draft-status]")).to_contain_text("kept in this browser")
    words.fill(before)
    expect(found.filter(has_text="Numbers differ")).to_have_count(0)


@pytest.mark.parametrize("width", [*WIDTHS.values()])
def test_the_pages_of_translations_fit_and_are_accessible(page, site, width):
    page.set_viewport_size(width)
    for path in ("translations/", "translate/fr/?kind=wave"):
        page.goto(f"{site}/admin/rollout/{path}")
        assert width_of(page) <= width["width"]
        assert not axe_violations(page)
    open_in_french(page, site)
    assert width_of(page) <= width["width"]
    assert not axe_violations(page)
