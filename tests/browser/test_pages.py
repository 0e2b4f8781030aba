"""The site in a real browser, served as `make serve` serves it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support import people
from tests.support.addresses import ANSWERS, SAMPLES
from tests.support.browser import (
    WIDTHS,
    check,
    confirm_password,
    is_complaint,
    send_code,
    send_password,
    sign_in,
    sign_out,
)

pytestmark = pytest.mark.browser

RULES = {
    "light": {"rules": {"target-size": {"enabled": True}}, "preload": False},
    # Nothing but colours differs between the themes.
    "dark": {"runOnly": ["color-contrast", "link-in-text-block"], "preload": False},
}


EMBEDDED = ["embed/departments/69/", "embed/departments/35/?on=2025-06-01"]


@pytest.mark.parametrize("path", [*SAMPLES, *EMBEDDED, "gallery/"])
def test_every_kind_of_page_is_accessible_and_asks_nobody_else(watched, site, path):
    watched.goto(f"{site}/en/{path}")
    for width, size in WIDTHS.items():
        watched.set_viewport_size(size)
        assert watched.evaluate("document.documentElement.scrollWidth") == size["width"]
        for scheme, rules in RULES.items():
            watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = Axe().run(watched, options=rules)
            assert found.violations_count == 0, (width, scheme, found.generate_report())


def test_a_resident_finds_their_department_on_a_phone_without_scrolling(watched, site):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.goto(f"{site}/en/")
    watched.get_by_label("Your town").fill("villeurbanne")
    watched.get_by_role("button", name="Search").click()
    state = watched.locator("#answer .verdict-state")
    assert "Open since 25\xa0July 2023" in state.inner_text()
    box = state.bounding_box()
    assert box["y"] + box["height"] < 740
    assert watched.get_by_label("Your town").input_value() == "villeurbanne"


def test_suggestions_work_by_keyboard_and_are_announced(watched, site):
    watched.goto(f"{site}/en/")
    field = watched.get_by_role("combobox")
    field.focus()
    field.press_sequentially("valenc", delay=20)
    watched.get_by_role("option").first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    announced = watched.locator(".search [role=status]")
    assert re.fullmatch(r"\d suggestions\. Choose with the arrow keys\.", announced.inner_text())
    found = Axe().run(watched)
    assert found.violations_count == 0, found.generate_report()
    field.press("ArrowDown")
    field.press("ArrowDown")
    chosen = watched.locator(f"#{field.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    value = chosen.get_attribute("data-value")
    field.press("Enter")
    watched.wait_for_url("**/en/?q=*")
    assert watched.get_by_role("combobox").input_value() == value
    expect(watched.locator("#answer")).to_be_visible()


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(watched, site):
    watched.goto(f"{site}/fr/")
    field = watched.get_by_role("combobox")
    field.focus()
    field.press_sequentially("lyo", delay=20)
    watched.get_by_role("option").first.wait_for()
    field.press("Escape")
    expect(watched.get_by_role("option")).to_have_count(0)
    assert field.input_value() == "lyo"
    assert field.get_attribute("aria-expanded") == "false"


def test_a_suggestion_is_taken_with_the_mouse(watched, site):
    watched.goto(f"{site}/en/")
    watched.get_by_role("combobox").press_sequentially("brit", delay=20)
    watched.get_by_role("option", name="Brittany").first.click()
    watched.wait_for_url("**/en/?q=Brittany*")
    expect(watched.locator("#answer")).to_contain_text("in all 4 departments")


def test_without_javascript_everything_is_found_too(browser, site):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/en/")
    page.get_by_label("Your town").fill("évry")
    page.get_by_label("Your town").press("Enter")
    expect(page.locator("#answer")).to_contain_text("Évry is now Évry-Courcouronnes")
    page.get_by_role("link", name="91 Essonne").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Essonne (91)")
    page.get_by_label("Show another day").fill("2025-05-28")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".verdict-state")).to_contain_text("Not open on that day")
    page.close()


def test_the_check_works_by_keyboard_and_without_javascript(browser, site):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/en/can-i/")
    page.get_by_label("A passport of another country").focus()
    page.keyboard.press("Space")
    page.get_by_label("Assurance Maladie (CPAM)").check()
    page.get_by_label("18 or over").check()
    page.get_by_role("button", name="See the answer").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("2 questions still need an answer")
    page.get_by_role("link", name="What is your phone?").click()
    page.get_by_label("On Android 9 or newer").check()
    page.get_by_label("and I have the plastic card").check()
    page.get_by_role("button", name="See the answer").click()
    expect(page.locator("#answer h2")).to_contain_text("We do not know")
    page.get_by_text("Change your answers").click()
    page.get_by_label("French titre de séjour").check()
    page.get_by_role("button", name="See the answer").click()
    expect(page.locator("#answer h2")).to_have_text("Yes")
    page.get_by_role("link", name="Français").click()
    expect(page.locator("#answer h2")).to_have_text("Oui")
    page.close()


def test_on_a_phone_the_verdict_is_seen_at_once(watched, site):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.goto(f"{site}/en/can-i/?document=foreign-passport&{ANSWERS}#answer")
    box = watched.locator("#answer h2").bounding_box()
    assert 0 <= box["y"] < 300


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_counter_sheet_prints_on_one_page(page, site, language):
    page.goto(f"{site}/{language}/at-the-counter/")
    pdf = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


def test_the_guide_is_printed_whole_and_without_its_lists_of_sources(page, site):
    page.goto(f"{site}/en/can-i/?document=titre-de-sejour&{ANSWERS}")
    page.emulate_media(media="print")
    assert page.get_by_text("Film both sides of your identity document").is_visible()
    page.goto(f"{site}/en/set-up/")
    page.emulate_media(media="print")
    assert page.locator("#provisional-number").is_visible()
    assert not page.locator("#provisional-number .evidence li").first.is_visible()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(watched, site):
    watched.goto(f"{site}/en/departments/69-rhone/")
    watched.keyboard.press("Tab")
    assert watched.evaluate("document.activeElement.textContent") == "Skip to the content"
    watched.keyboard.press("Enter")
    assert watched.evaluate("document.activeElement.id") == "content"


def test_visitors_get_no_cookie_and_nothing_is_stored_until_they_choose_a_theme(watched, site):
    watched.goto(f"{site}/en/")
    watched.get_by_role("combobox").press_sequentially("lyon", delay=20)
    watched.get_by_role("option").first.wait_for()
    watched.goto(f"{site}/fr/rollout/?on=2025-05-28")
    assert watched.context.cookies() == []
    assert watched.evaluate("localStorage.length + sessionStorage.length") == 0
    watched.get_by_role("button", name="Sombre").click()
    assert watched.evaluate("({...localStorage})") == {"reading-theme": "dark"}
    assert watched.evaluate("sessionStorage.length") == 0
    assert watched.context.cookies() == []
    watched.get_by_role("button", name="Comme le système").click()
    assert watched.evaluate("localStorage.length") == 0


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


LIGHT, DARK = "rgb(255, 253, 252)", "rgb(23, 16, 22)"


def test_the_theme_is_the_systems_or_what_a_reader_chose(watched, site):
    watched.emulate_media(color_scheme="light")
    watched.goto(f"{site}/en/")
    dark = watched.get_by_role("button", name="Dark")
    expect(dark).to_have_attribute("aria-pressed", "false")
    expect(watched.get_by_role("button", name="As the system")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert background(watched) == LIGHT
    dark.focus()
    watched.keyboard.press("Enter")
    expect(dark).to_have_attribute("aria-pressed", "true")
    assert background(watched) == DARK
    watched.goto(f"{site}/fr/rollout/")
    assert background(watched) == DARK
    watched.emulate_media(color_scheme="dark")
    assert background(watched) == DARK
    watched.get_by_role("button", name="Clair").click()
    assert background(watched) == LIGHT
    watched.get_by_role("button", name="Comme le système").click()
    assert background(watched) == DARK


def test_a_chosen_theme_is_worn_before_the_page_is_drawn(watched, site):
    watched.emulate_media(color_scheme="light")
    watched.goto(f"{site}/en/about/")
    watched.get_by_role("button", name="Dark").click()
    # The body is not there yet when the first script of the page has run.
    watched.add_init_script(
        """new MutationObserver(() => {
             if (document.body && !window.seen) window.seen = document.documentElement.dataset.theme;
           }).observe(document, { childList: true, subtree: true });"""
    )
    watched.reload()
    assert watched.evaluate("window.seen") == "dark"


def test_without_javascript_no_theme_switch_is_shown_and_the_systems_theme_is_worn(browser, site):
    page = browser.new_context(java_script_enabled=False, color_scheme="dark").new_page()
    page.goto(f"{site}/en/")
    expect(page.locator(".theme")).to_be_hidden()
    page.close()


def test_the_map_tells_what_is_pointed_at_and_is_one_stop_of_the_keyboard(watched, site):
    watched.set_viewport_size(WIDTHS["laptop"])
    watched.goto(f"{site}/en/?q=villeurbanne")
    readout = watched.locator(".map-readout")
    rhone = watched.get_by_role("link", name="69 Rhône: Open since 25\xa0July 2023")
    assert watched.locator('.map a[tabindex="0"]').count() == 1
    expect(rhone).to_have_attribute("tabindex", "0")  # where the answer is
    watched.locator(".map a", has_text="13").hover()
    expect(readout).to_contain_text("13 Bouches-du-Rhône: Open since")
    rhone.focus()
    expect(readout).to_contain_text("69 Rhône")
    watched.keyboard.press("ArrowDown")
    expect(readout).to_contain_text("07 Ardèche")
    watched.keyboard.press("ArrowLeft")
    expect(readout).to_contain_text("43 Haute-Loire")
    watched.keyboard.press("Tab")
    assert watched.evaluate("document.activeElement.closest('.map')") is None
    watched.keyboard.press("Shift+Tab")
    watched.keyboard.press("Enter")
    watched.wait_for_url("**/departments/43-haute-loire/")


def test_the_map_names_its_departments_without_javascript_too(browser, site):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/en/")
    page.get_by_role("link", name="69 Rhône: Open since 25\xa0July 2023").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rhône (69)")
    page.close()


def test_with_javascript_another_day_comes_without_a_new_page(watched, site):
    watched.goto(f"{site}/en/rollout/")
    watched.evaluate("window.isTheSamePage = true")
    watched.locator(".days a", has_text="46").click()
    watched.wait_for_url("**/en/rollout/?on=2025-05-26#map")
    expect(watched.get_by_role("heading", name="The map on 26 May 2025")).to_be_visible()
    expect(watched.locator(".days a[aria-current]")).to_be_focused()
    assert watched.evaluate("window.isTheSamePage") is True
    assert "on=2025-05-26" in (watched.locator(".languages a").get_attribute("href") or "")
    watched.locator('.map a[tabindex="0"]').focus()  # the map's own script knows the new map
    expect(watched.locator(".map-readout")).not_to_be_empty()
    watched.go_back()
    expect(watched.get_by_role("heading", name=re.compile("The map on"))).not_to_contain_text(
        "2025"
    )
    assert watched.evaluate("window.isTheSamePage") is True
    watched.goto(f"{site}/en/?q=69")
    watched.locator(".days a", has_text="2023").click()
    watched.wait_for_url("**/en/?q=69&on=2023-07-25*")
    watched.get_by_role("combobox").fill("")
    watched.get_by_role("combobox").press_sequentially("lyo", delay=20)
    watched.get_by_role("option").first.wait_for()


def test_a_day_is_chosen_by_a_link_and_the_search_stays(browser, site):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/en/?q=bretagne")
    days = page.get_by_role("navigation", name="The days on which a wave had opened")
    expect(days.locator("[aria-current]")).to_have_text("Today")
    days.get_by_role("link", name="26\xa0May 2025").click()
    expect(days.locator("[aria-current]")).to_contain_text("26\xa0May 2025")
    assert page.get_by_label("Your town").input_value() == "bretagne"
    expect(page.locator("#answer")).to_contain_text("May already have been open")
    days.get_by_role("link", name="Today").click()
    assert page.url.endswith("/en/?q=bretagne#map")
    page.close()


def test_a_newcomer_sets_up_an_app_and_signs_in_with_a_recovery_code(watched, site):
    watched.goto(f"{site}/admin/")
    check(watched, "Sign in")
    send_password(watched, f"{site}/admin/", "with-an-app")
    check(watched, "Your second step")
    watched.get_by_role("link", name="Set up an app").click()
    check(watched, "Confirm that it is you")
    confirm_password(watched)
    check(watched, "Set up an app")
    secret = watched.locator("code").inner_text()
    send_code(watched, people.code(secret), "Set up")
    check(watched, "Recovery codes")
    recovery = watched.locator("code").first.inner_text()
    watched.get_by_role("link", name="To the editors’ pages").click()
    check(watched, "Confirm that it is you")
    send_code(watched, people.code(secret), "Confirm")
    watched.get_by_role("heading", level=1, name="What the site states").wait_for()
    watched.goto(f"{site}/accounts/logout/")
    check(watched, "Sign out")
    watched.get_by_role("button", name="Sign out").click()
    watched.get_by_role("heading", level=1, name="Sign in").wait_for()
    send_password(watched, f"{site}/admin/", "with-an-app")
    check(watched, "Second step")
    send_code(watched, recovery)
    watched.get_by_role("heading", level=1, name="What the site states").wait_for()


@pytest.fixture
def with_device(page):
    """A page in a browser with a device that holds passkeys, and what its console said."""
    seen: list[str] = []
    page.on("console", lambda said: seen.append(said.text) if is_complaint(said) else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    yield page
    assert seen == []


def test_a_passkey_is_set_up_and_opens_the_admin_without_the_password(with_device, site):
    page, site = with_device, site.replace("127.0.0.1", "localhost")
    page.goto(f"{site}/admin/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("alert").wait_for()
    assert "The passkey was not accepted" in page.get_by_role("alert").inner_text()
    send_password(page, f"{site}/admin/", "with-a-passkey")
    page.get_by_role("link", name="Add a passkey").click()
    confirm_password(page)
    check(page, "Add a passkey")
    page.get_by_label("A name by which you know it").fill("My telephone")
    page.get_by_role("button", name="Add").press("Enter")
    check(page, "Recovery codes")
    page.get_by_role("link", name="To the editors’ pages").click()
    check(page, "Confirm that it is you")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", level=1, name="What the site states").wait_for()
    sign_out(page, site)
    page.goto(f"{site}/admin/rollout/wave/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/admin/rollout/wave/")
    page.goto(f"{site}/accounts/mfa/")
    check(page, "Your second step")
    page.get_by_role("link", name="Remove My telephone").click()
    check(page, "Confirm that it is you")
    page.get_by_role("button", name="Use a passkey").click()
    check(page, "Remove a passkey")
    sign_out(page, site)
    send_password(page, f"{site}/admin/", "with-a-passkey")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", level=1, name="What the site states").wait_for()


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
