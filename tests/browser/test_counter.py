"""The sheet for the counter in a real browser: shown large, heard, copied, and without any of it.

What a machine without sound, screen lock or clipboard cannot do is stood in for.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import NARROW, WIDTHS, axe_violations, wait_until, watching, width_of

pytestmark = pytest.mark.browser

FIRST = "Bonjour, est-ce que vous pouvez lire l’appli carte Vitale\u202f?"
SECOND = "Je peux vous montrer le QR code, si vous voulez."
PATH = {"en": "/en/at-the-counter/", "fr": "/fr/at-the-counter/"}

SPEECH = """(() => {
  const listeners = new Set();
  window.spoken = [];
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  const synthesis = {
    voices: [], refusal: "",
    getVoices() { return this.voices; },
    addEventListener(type, listener) { listeners.add(listener); },
    cancel() {},
    speak(utterance) {
      window.spoken.push([utterance.text, utterance.lang, utterance.voice?.name]);
      if (this.refusal) utterance.onerror({ error: this.refusal });
    },
  };
  Object.defineProperty(window, "speechSynthesis", { value: synthesis });
  window.haveVoices = (...voices) => {
    synthesis.voices = voices.map((name) => {
      const lang = name.replace("remote ", "");
      return { lang, name: `voice ${lang}`, localService: lang === name };
    });
    listeners.forEach((listener) => listener());
  };
})()"""
NO_SPEECH = 'Object.defineProperty(window, "speechSynthesis", { value: undefined })'
WAKE_LOCK = """(() => {
  window.locks = { held: 0, requests: 0 };
  const request = async () => {
    window.locks.requests++;
    window.locks.held++;
    return { release: async () => { window.locks.held--; } };
  };
  Object.defineProperty(navigator, "wakeLock", { value: { request } });
})()"""
WAKE_LOCK_REFUSED = """Object.defineProperty(navigator, "wakeLock", { value: {
  request: () => Promise.reject(new DOMException("low battery", "NotAllowedError")) } })"""
NO_WAKE_LOCK = 'Object.defineProperty(navigator, "wakeLock", { value: undefined })'
CLIPBOARD = """(() => {
  window.copied = [];
  const writeText = async (text) => { window.copied.push(text); };
  Object.defineProperty(navigator, "clipboard", { value: { writeText } });
})()"""
CLIPBOARD_REFUSED = """Object.defineProperty(navigator, "clipboard", { value: {
  writeText: () => Promise.reject(new DOMException("no", "NotAllowedError")) } })"""
NO_CLIPBOARD = 'Object.defineProperty(navigator, "clipboard", { value: undefined })'
MARGIN = dict.fromkeys(("top", "right", "bottom", "left"), "1cm")
NO_DIALOG = "delete HTMLDialogElement.prototype.showModal"


def sheet(page, site, *stand_ins, language="en"):
    for stand_in in stand_ins:
        page.add_init_script(stand_in)
    page.goto(site + PATH[language])
    return page.locator(".phrases > li")


def button(phrases, name, number=0):
    return phrases.nth(number).get_by_role("button", name=name, exact=True)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_on_a_phone_the_first_sentence_and_its_button_are_seen_at_once(watched, site, language):
    watched.set_viewport_size(WIDTHS["phone"])
    phrases = sheet(watched, site, language=language)
    expect(phrases.first).to_contain_text(FIRST)
    show = button(phrases, {"en": "Show large", "fr": "Montrer en grand"}[language])
    box = show.bounding_box()
    assert box["y"] + box["height"] < 740
    assert box["height"] >= 44
    sizes = phrases.locator(".phrase").evaluate_all(
        "(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert sizes[0] > max(sizes[1:])


def test_a_sentence_is_shown_on_the_whole_screen_black_on_white_and_escape_goes_back(watched, site):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.emulate_media(color_scheme="dark", reduced_motion="reduce")
    phrases = sheet(watched, site, WAKE_LOCK)
    show = button(phrases, "Show large", 1)
    show.focus()
    watched.keyboard.press("Enter")
    dialog = watched.get_by_role("dialog", name=SECOND)
    expect(dialog).to_be_visible()
    assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    text = dialog.locator("p")
    look = text.evaluate("(p) => [getComputedStyle(p).color, getComputedStyle(p).fontSize]")
    assert look[0] == "rgb(0, 0, 0)"
    assert float(look[1].removesuffix("px")) > 40
    assert dialog.evaluate("(d) => getComputedStyle(d).backgroundColor") == "rgb(255, 255, 255)"
    wait_until(watched, "locks.held === 1")
    watched.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(show).to_be_focused()
    wait_until(watched, "locks.held === 0")
    show.click()
    watched.get_by_role("button", name="Close").click()
    expect(show).to_be_focused()
    wait_until(watched, "locks.held === 0 && locks.requests === 2")


def test_the_screen_is_kept_awake_again_after_another_app_was_looked_at(watched, site):
    phrases = sheet(watched, site, WAKE_LOCK)
    return_to_page = "document.dispatchEvent(new Event('visibilitychange'))"
    watched.evaluate(return_to_page)
    assert watched.evaluate("locks.requests") == 0  # nothing is shown large
    button(phrases, "Show large").click()
    wait_until(watched, "locks.requests === 1")
    watched.evaluate(return_to_page)
    wait_until(watched, "locks.requests === 2")


@pytest.mark.parametrize("stand_in", [WAKE_LOCK_REFUSED, NO_WAKE_LOCK])
def test_a_screen_that_may_not_be_kept_awake_shows_the_sentence_all_the_same(
    watched, site, stand_in
):
    phrases = sheet(watched, site, stand_in)
    button(phrases, "Show large").click()
    expect(watched.get_by_role("dialog")).to_be_visible()
    watched.keyboard.press("Escape")
    expect(watched.get_by_role("dialog")).to_be_hidden()


def test_a_sentence_is_heard_where_there_is_a_french_voice_and_only_there(watched, site):
    phrases = sheet(watched, site, SPEECH)
    expect(button(phrases, "Hear")).to_have_count(0)
    watched.evaluate("haveVoices('en-GB', 'de-DE', 'remote fr-FR')")  # a remote one sends the text
    expect(button(phrases, "Hear")).to_have_count(0)
    watched.evaluate("haveVoices('en-GB', 'fr_CA', 'fr-FR')")
    for number in range(phrases.count()):
        expect(button(phrases, "Hear", number)).to_be_visible()
    button(phrases, "Hear").click()
    button(phrases, "Hear", 1).click()
    assert watched.evaluate("spoken") == [
        [FIRST, "fr-FR", "voice fr-FR"],
        [SECOND, "fr-FR", "voice fr-FR"],
    ]
    watched.evaluate("haveVoices('fr_CA')")
    button(phrases, "Hear").click()
    assert watched.evaluate("spoken.at(-1)")[2] == "voice fr_CA"
    watched.evaluate("haveVoices('frr')")  # North Frisian
    expect(button(phrases, "Hear")).to_have_count(0)


def test_a_voice_that_refuses_says_so_and_breaks_nothing(watched, site):
    phrases = sheet(watched, site, SPEECH)
    watched.evaluate("haveVoices('fr-FR'); speechSynthesis.refusal = 'interrupted'")
    status = phrases.first.locator("[aria-live]")
    button(phrases, "Hear").click()
    expect(status).to_have_text("")  # another sentence was started
    watched.evaluate("speechSynthesis.refusal = 'synthesis-failed'")
    button(phrases, "Hear").click()
    expect(status).to_have_text("It cannot be read out here.")
    expect(button(phrases, "Show large")).to_be_enabled()


@pytest.mark.parametrize(
    ("stand_ins", "missing"),
    [
        ([NO_SPEECH, CLIPBOARD], "Hear"),
        ([SPEECH, NO_CLIPBOARD], "Copy"),
        ([SPEECH, CLIPBOARD, NO_DIALOG], "Show large"),
    ],
)
def test_what_a_browser_does_not_have_is_not_offered(watched, site, stand_ins, missing):
    phrases = sheet(watched, site, *stand_ins)
    watched.evaluate("window.haveVoices?.('fr-FR')")
    for name in ("Hear", "Copy", "Show large"):
        expect(button(phrases, name)).to_have_count(0 if name == missing else 1)


def test_a_sentence_is_copied_without_its_quotation_marks(watched, site):
    phrases = sheet(watched, site, CLIPBOARD)
    button(phrases, "Copy", 1).click()
    expect(phrases.nth(1).locator("[aria-live]")).to_have_text("Copied")
    assert watched.evaluate("copied") == [SECOND]


def test_a_clipboard_that_refuses_says_so(watched, site):
    phrases = sheet(watched, site, CLIPBOARD_REFUSED)
    button(phrases, "Copy").click()
    expect(phrases.first.locator("[aria-live]")).to_have_text("It cannot be copied here.")


def test_without_a_script_the_sentences_stand_there_and_nothing_else(browser, site):
    page = browser.new_context(java_script_enabled=False).new_page()
    phrases = sheet(page, site)
    expect(phrases.first).to_contain_text(FIRST)
    expect(page.locator("main button:visible")).to_have_count(0)
    expect(page.locator(".phrase-actions:visible")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_large_or_not_it_can_be_used_at_320_pixels_enlarged_and_from_right_to_left(
    watched, site, language
):
    name = {"en": "Show large", "fr": "Montrer en grand"}[language]
    for width, size, direction in (
        (NARROW, "", "ltr"),
        (WIDTHS["phone"], "200%", "ltr"),
        (NARROW, "", "rtl"),
    ):
        watched.set_viewport_size(width)
        phrases = sheet(watched, site, SPEECH, language=language)
        watched.evaluate("haveVoices('fr-FR')")
        watched.evaluate(
            "([size, dir]) => { document.documentElement.style.fontSize = size; document.documentElement.dir = dir; }",
            [size, direction],
        )
        assert width_of(watched) <= width["width"]
        longest = phrases.filter(has_text="attestation de droits").last
        longest.get_by_role("button", name=name).click()
        dialog = watched.get_by_role("dialog")
        assert dialog.evaluate("(d) => d.scrollWidth <= d.clientWidth"), (width, size, direction)
        expect(dialog.get_by_role("button")).to_be_in_viewport()
        assert dialog.evaluate("(d) => d.scrollTop") == 0  # it begins with the sentence
        watched.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_with_all_its_buttons_and_while_a_sentence_is_large(watched, site, scheme):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    phrases = sheet(watched, site, SPEECH, CLIPBOARD)
    watched.evaluate("haveVoices('fr-FR')")
    assert axe_violations(watched) == []
    expect(button(phrases, "Hear")).to_have_accessible_description(
        f"« {FIRST} »".replace("\u202f", " ")
    )
    button(phrases, "Show large").click()
    assert axe_violations(watched) == []
    watched.emulate_media(forced_colors="active", reduced_motion="reduce")
    assert axe_violations(watched, forced_colors=True) == []
    watched.keyboard.press("Escape")
    assert axe_violations(watched, forced_colors=True) == []


def test_the_keyboard_reaches_every_button_and_stays_in_what_is_shown_large(watched, site):
    phrases = sheet(watched, site, SPEECH, CLIPBOARD)
    watched.evaluate("haveVoices('fr-FR')")
    button(phrases, "Show large").focus()
    for name in ("Hear", "Copy"):
        watched.keyboard.press("Tab")
        expect(button(phrases, name)).to_be_focused()
    watched.keyboard.press("Shift+Tab")
    watched.keyboard.press("Shift+Tab")
    watched.keyboard.press("Enter")
    for _ in range(3):
        watched.keyboard.press("Tab")
        assert watched.evaluate("!document.activeElement.closest('main > section')")
    watched.keyboard.press("Escape")
    expect(button(phrases, "Show large")).to_be_focused()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_it_prints_on_one_page_without_its_buttons_even_while_a_sentence_is_large(
    watched, site, language
):
    watched.emulate_media(color_scheme="dark")
    phrases = sheet(watched, site, SPEECH, CLIPBOARD, language=language)
    watched.evaluate("haveVoices('fr-FR')")
    assert len(re.findall(rb"/Type\s*/Page\b", watched.pdf(format="A4", margin=MARGIN))) == 1
    phrases.first.get_by_role("button").first.click()
    watched.emulate_media(media="print")
    expect(watched.locator("main button:visible")).to_have_count(0)
    expect(watched.get_by_role("dialog")).to_have_count(0)
    expect(phrases.first).to_be_visible()


def test_a_link_to_a_problem_opens_it_and_the_page_is_accessible_when_all_are_open(watched, site):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.goto(f"{site}/en/?q=code+not+received")
    watched.get_by_role("link", name="I do not receive the code by e-mail").click()
    expect(watched.get_by_text("correct it in the account first")).to_be_in_viewport()
    watched.locator("details").evaluate_all("(all) => all.forEach((one) => (one.open = true))")
    watched.emulate_media(reduced_motion="reduce")
    assert axe_violations(watched) == []
    watched.set_viewport_size(NARROW)
    assert width_of(watched) <= NARROW["width"]


def test_a_page_with_no_stand_in_at_all_complains_of_nothing(page, site):
    with watching(page):
        phrases = sheet(page, site)
        button(phrases, "Show large").click()
        page.keyboard.press("Escape")
        expect(phrases).to_have_count(8)
