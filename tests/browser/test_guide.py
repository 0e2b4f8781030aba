"""The guide in pictures and the check, one question at a time, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.addresses import ANSWERS
from tests.support.browser import WIDTHS, axe_violations, check, wait_until, watching

pytestmark = pytest.mark.browser

LANGUAGES = ["en", "fr"]
MAX_GUIDE_HEIGHT = 7_000
KEY = "guide-ticks"
VERDICT = f"can-i/?document=titre-de-sejour&{ANSWERS}"
HEIGHTS_OF_STEPS = """() => [...document.querySelectorAll("section .steps > li")]
  .map((step) => step.getBoundingClientRect().height)"""
NOT_DRAWN = """() => [...document.querySelectorAll(".picture")]
  .filter((picture) => picture.getClientRects().length)
  .filter((picture) => picture.querySelector("use").getBBox().width < 20)
  .map((picture) => picture.outerHTML)"""
MIRRORED = """() => [...new Set([...document.querySelectorAll(".picture")]
  .filter((picture) => getComputedStyle(picture).transform.startsWith("matrix(-1"))
  .map((picture) => picture.querySelector("use").href.baseVal.split("#")[1]))]"""
HIDDEN_ENTRIES = """() => [...document.querySelectorAll(".guide [id]:not([hidden] *)")]
  .filter((element) => !element.checkVisibility())
  .map((element) => element.id)"""
REFUSED = """for (const name of ["getItem", "setItem", "removeItem"]) {
  Storage.prototype[name] = () => { throw new DOMException("refused", "SecurityError"); };
}"""
FULL = """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };"""


@pytest.fixture
def guide(watched, site):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.goto(f"{site}/en/set-up/")
    return watched


def tick(page, name):
    return page.get_by_role("checkbox", name=name)


def stored(page):
    return page.evaluate(f"localStorage.getItem('{KEY}')")


# --- The guide -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_the_guide_is_short_and_a_step_fits_on_the_screen(watched, site, language):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.goto(f"{site}/{language}/set-up/")
    height = watched.evaluate("document.documentElement.scrollHeight")
    assert height <= MAX_GUIDE_HEIGHT
    heights = watched.evaluate(HEIGHTS_OF_STEPS)
    assert len(heights) == 8
    assert max(heights) <= WIDTHS["phone"]["height"]


def test_on_a_wide_screen_steps_stand_beside_each_other(watched, site):
    watched.set_viewport_size(WIDTHS["laptop"])
    watched.goto(f"{site}/en/set-up/")
    for selector in (".things > li", ".steps > li"):
        first, second = (watched.locator(selector).nth(n).bounding_box() for n in (0, 1))
        assert first["y"] == second["y"]
        assert first["x"] + first["width"] <= second["x"]


def test_every_drawing_is_drawn_in_the_colours_of_the_theme(guide):
    assert guide.locator(".picture").count() > 20
    guide.evaluate("document.querySelectorAll('details').forEach((fold) => fold.open = true)")
    wait_until(guide, f"({NOT_DRAWN})().length === 0")
    colours = set()
    for scheme in ("light", "dark"):
        guide.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        picture = guide.locator(".picture").first
        colours.add(picture.evaluate("(element) => getComputedStyle(element).stroke"))
    assert len(colours) == 2
    guide.emulate_media(forced_colors="active")
    ink = guide.evaluate("getComputedStyle(document.querySelector('h1')).color")
    assert picture.evaluate("(element) => getComputedStyle(element).stroke") == ink


def test_only_the_drawing_with_a_direction_turns_round_from_right_to_left(guide):
    assert guide.evaluate(MIRRORED) == []
    guide.evaluate("document.documentElement.dir = 'rtl'")
    assert guide.evaluate(MIRRORED) == ["card-to-phone"]


def test_a_link_to_what_is_folded_opens_it(watched, site):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.goto(f"{site}/en/set-up/")
    expect(watched.locator("#provisional-number")).to_be_hidden()
    watched.goto(f"{site}/en/set-up/#provisional-number")
    expect(watched.locator("#provisional-number")).to_be_in_viewport()
    watched.goto(f"{site}/en/set-up/")
    watched.get_by_role("link", name="With France Identité").click()
    expect(watched.locator("#fi-choose-france-identite")).to_be_visible()


def test_where_the_browser_does_not_open_folds_for_a_link_the_script_does(guide):
    guide.get_by_role("link", name="Special situations").click()
    expect(guide.locator("#situations")).to_be_in_viewport()
    guide.evaluate("document.querySelectorAll('details').forEach((fold) => fold.open = false)")
    guide.evaluate("dispatchEvent(new HashChangeEvent('hashchange'))")
    expect(guide.locator("#situations")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_guide_is_printed_with_nothing_folded(guide, scheme):
    tick(guide, "Done Install the app").check()
    assert "provisional-number" in guide.evaluate(HIDDEN_ENTRIES)
    guide.emulate_media(media="print", color_scheme=scheme)
    assert guide.evaluate(HIDDEN_ENTRIES) == []
    for selector in (".ticks", ".contents", ".site-nav"):
        expect(guide.locator(selector)).to_be_hidden()
    assert guide.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    stroke = "(element) => getComputedStyle(element).stroke"
    assert guide.locator(".picture").first.evaluate(stroke) == "rgb(0, 0, 0)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guide_with_all_open_and_ticked_is_for_everyone(watched, site, language):
    watched.goto(f"{site}/{language}/set-up/")
    watched.evaluate("document.querySelectorAll('details').forEach((fold) => fold.open = true)")
    for box in watched.get_by_role("checkbox").all():
        box.check()
    check(watched, watched.get_by_role("heading", level=1).inner_text())
    watched.emulate_media(forced_colors="active")
    assert axe_violations(watched, forced_colors=True) == []


# --- Ticks -----------------------------------------------------------------------------------------


def test_ticks_are_kept_on_the_device_and_show_where_one_is(guide, site):
    assert stored(guide) is None
    expect(guide.locator(".ticks")).to_be_hidden()
    tick(guide, "Ready A phone").check()
    expect(guide.locator(".ticks")).to_be_visible()
    expect(guide.get_by_text("Go on with")).to_be_hidden()
    tick(guide, "Done Install the app").check()
    assert stored(guide) == '["phone","install-the-app"]'
    guide.goto(f"{site}/fr/set-up/")
    assert guide.get_by_role("checkbox", checked=True).count() == 2
    guide.get_by_role("link", name="Répondez non à la question sur France Identité").click()
    expect(guide.locator("#say-no-to-france-identite")).to_be_in_viewport()
    tick(guide, "Fait Installez l’appli").uncheck()
    assert stored(guide) == '["phone"]'


def test_ticks_are_cleared_with_one_tap_and_leave_nothing(guide, site):
    tick(guide, "Ready A phone").check()
    tick(guide, "Done Wait for the e-mail").check()
    guide.get_by_role("button", name="Clear my ticks").press("Enter")
    assert guide.get_by_role("checkbox", checked=True).count() == 0
    expect(guide.locator(".ticks")).to_be_hidden()
    expect(tick(guide, "Ready A phone")).to_be_focused()
    assert stored(guide) is None
    guide.goto(f"{site}/en/set-up/")
    assert guide.get_by_role("checkbox", checked=True).count() == 0


@pytest.mark.parametrize(
    ("before", "after", "ticked"),
    [
        ('["a-step-of-last-year","phone"]', '["phone"]', 1),
        ('["a-step-of-last-year"]', None, 0),
        ("not JSON", "not JSON", 0),
        ('{"phone": true}', '{"phone": true}', 0),
        ("null", "null", 0),
    ],
)
def test_ticks_for_steps_that_there_are_not_are_ignored_and_removed(guide, before, after, ticked):
    guide.evaluate(f"(value) => localStorage.setItem('{KEY}', value)", before)
    guide.reload()
    assert guide.get_by_role("checkbox", checked=True).count() == ticked
    assert stored(guide) == after
    tick(guide, "Ready Be insured").check()
    assert "health-scheme" in stored(guide)


@pytest.mark.parametrize("storage", [REFUSED, FULL], ids=["refused", "full"])
def test_without_storage_ticks_work_until_the_page_is_left(page, site, storage):
    page.add_init_script(storage)
    with watching(page):
        page.goto(f"{site}/en/set-up/")
        tick(page, "Ready A phone").check()
        tick(page, "Done Install the app").check()
        expect(page.get_by_role("link", name="Say no to France Identité")).to_be_visible()
        page.get_by_role("button", name="Clear my ticks").click()
        assert page.get_by_role("checkbox", checked=True).count() == 0
        tick(page, "Ready A phone").check()
        page.reload()
        assert page.get_by_role("checkbox", checked=True).count() == 0


def test_without_a_script_there_are_no_ticks_and_folds_still_open(browser, site):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/en/set-up/")
    assert page.get_by_role("checkbox").count() == 0
    expect(page.locator(".ticks")).to_be_hidden()
    page.get_by_text("Special situations").last.click()
    page.get_by_text("Your number starts with 7 or 8").click()
    expect(page.locator("#provisional-number")).to_be_visible()
    page.close()


def test_the_keyboard_ticks_and_opens(guide):
    tick(guide, "Ready A phone").focus()
    guide.keyboard.press("Space")
    expect(tick(guide, "Ready A phone")).to_be_checked()
    guide.keyboard.press("Shift+Tab")
    guide.keyboard.press("Enter")
    expect(guide.locator("#phone")).to_be_visible()


# --- The check -------------------------------------------------------------------------------------


def choose(page, answer, button="Continue"):
    """Choose an answer by its value, and go on."""
    page.locator(f"input[value='{answer}']").check()
    page.get_by_role("button", name=button).press("Enter")


def test_one_question_at_a_time_without_a_script_and_back_keeps_the_answers(browser, site):
    page = browser.new_context(java_script_enabled=False, viewport=WIDTHS["phone"]).new_page()
    page.goto(f"{site}/en/can-i/")
    page.get_by_role("link", name="One question at a time").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".field-error")).to_have_text("Choose your identity document.")
    choose(page, "titre-de-sejour")
    choose(page, "msa")
    expect(page.get_by_role("heading", level=1)).to_have_text("How old are you?")
    page.get_by_role("link", name="Back").click()
    expect(page.locator("input[value=msa]")).to_be_checked()
    page.go_back()
    for answer in ("18-or-over", "permanent", "recent"):
        choose(page, answer)
    page.get_by_role("button", name="See the answer").click()
    expect(page.locator("#answer h2")).to_have_text("Yes")
    page.get_by_role("link", name=re.compile("Change.*health scheme")).click()
    choose(page, "none", "See the answer")
    expect(page.locator("#answer h2")).to_contain_text("No: ")
    page.close()


@pytest.mark.parametrize("step", ["scheme", "age", "number", "phone", "department"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_a_question_and_its_button_fit_on_the_screen(watched, site, language, step):
    """But for the list of documents, which is longer than a screen."""
    watched.set_viewport_size(WIDTHS["phone"])
    watched.goto(f"{site}/{language}/can-i/?document=titre-de-sejour&{ANSWERS}&step={step}")
    main = watched.locator("main")
    top = main.get_by_role("heading", level=1).bounding_box()
    button = main.get_by_role("button").bounding_box()
    assert button["y"] + button["height"] - top["y"] <= WIDTHS["phone"]["height"]


@pytest.mark.parametrize("query", ["step=document", "step=scheme", "step=department"])
def test_a_question_on_its_own_is_for_everyone(watched, site, query):
    answers = f"document=titre-de-sejour&{ANSWERS}&" if "department" in query else ""
    watched.goto(f"{site}/en/can-i/?{answers}{query}")
    check(watched, watched.get_by_role("heading", level=1).inner_text())


@pytest.mark.parametrize("query", ["", "?step=document"])
def test_the_hint_of_a_question_is_read_with_it(watched, site, query):
    watched.goto(f"{site}/en/can-i/{query}")
    group = watched.get_by_role("group", name=re.compile("identity document.*in this list"))
    assert group.count() == 1


@pytest.mark.parametrize("language", [*LANGUAGES, "ar", "de"])
@pytest.mark.parametrize("document", ["titre-de-sejour", "french-id-card-new", "foreign-passport"])
def test_the_answer_prints_as_one_sheet_of_ones_own(page, site, language, document):
    page.goto(f"{site}/{language}/can-i/?document={document}&{ANSWERS}")
    margin = dict.fromkeys(("top", "bottom", "left", "right"), "1cm")
    pdf = page.pdf(format="A4", margin=margin)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    page.emulate_media(media="print", color_scheme="dark")
    for selector in (
        "h1",
        ".verdict-title",
        ".things summary",
        ".numbered .french-words",
        ".spoken b",
    ):
        expect(page.locator(selector).first).to_be_visible()
    for selector in (".findings", ".said", ".check", ".site-nav", ".site-footer", ".breadcrumbs"):
        expect(page.locator(selector).first).to_be_hidden()
