"""The site in a real browser, served as `make serve` serves it."""

import re

import pytest
from django.urls import resolve
from django.utils import translation
from playwright.sync_api import expect

from tests.support.addresses import ANSWERS, SAMPLES
from tests.support.browser import WIDTHS, axe_violations, width_of

pytestmark = pytest.mark.browser

EMBEDDED = ["embed/departments/69/", "embed/departments/35/?on=2025-06-01"]
LOOKS = [("phone", "light"), ("laptop", "dark")]


def view_of(path):
    """Return the name of the view that makes a page."""
    with translation.override("en"):
        return resolve(f"/en/{path.partition('?')[0]}").view_name


def is_first_of_its_kind(path):
    return path == next(other for other in PAGES if view_of(other) == view_of(path))


PAGES = [*SAMPLES, *EMBEDDED, "gallery/"]


@pytest.mark.parametrize("path", PAGES)
def test_every_kind_of_page_is_accessible_and_asks_nobody_else(watched, site, path):
    """The first page of each view in two looks; its other states, whose parts are in the gallery, in one."""
    watched.goto(f"{site}/en/{path}")
    for size in WIDTHS.values():
        watched.set_viewport_size(size)
        assert width_of(watched) == size["width"]
    for width, scheme in LOOKS if is_first_of_its_kind(path) else LOOKS[1:]:
        watched.set_viewport_size(WIDTHS[width])
        watched.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert axe_violations(watched) == [], (width, scheme)


def test_a_resident_finds_their_department_on_a_phone_without_scrolling(watched, site):
    watched.set_viewport_size(WIDTHS["phone"])
    watched.goto(f"{site}/en/")
    watched.get_by_label("Your town").fill("villeurbanne")
    watched.get_by_role("button", name="Search").click()
    state = watched.locator("#answer .verdict-state")
    assert "Open since about 25\xa0July 2023" in state.inner_text()
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
    announced = watched.locator(".search [aria-live]")
    assert re.fullmatch(r"\d suggestions\. Choose with the arrow keys\.", announced.inner_text())
    assert axe_violations(watched) == []
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
    expect(page.locator(".verdict-state")).to_contain_text("Not open yet")
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
    page.get_by_role("link", name="Which phone do you have?").click()
    page.get_by_label("A phone with Android 9").check()
    page.get_by_label("and I have the plastic card").check()
    page.get_by_role("button", name="See the answer").click()
    expect(page.locator("#answer h2")).to_contain_text("We do not know")
    page.get_by_text("Change your answers").click()
    page.get_by_label("French titre de séjour").check()
    page.get_by_role("button", name="See the answer").click()
    expect(page.locator("#answer h2")).to_have_text("Yes")
    page.locator(".languages summary").click()
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
    watched.get_by_role("button", name="Comme mon appareil").click()
    assert watched.evaluate("localStorage.length") == 0


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


LIGHT, DARK = "rgb(255, 253, 252)", "rgb(23, 16, 22)"


def test_the_theme_is_the_systems_or_what_a_reader_chose(watched, site):
    watched.emulate_media(color_scheme="light")
    watched.goto(f"{site}/en/")
    dark = watched.get_by_role("button", name="Dark")
    expect(dark).to_have_attribute("aria-pressed", "false")
    expect(watched.get_by_role("button", name="Same as my device")).to_have_attribute(
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
    watched.get_by_role("button", name="Comme mon appareil").click()
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
    rhone = watched.get_by_role("link", name="69 Rhône: Open since about 25\xa0July 2023")
    assert watched.locator('.map a[tabindex="0"]').count() == 1
    expect(rhone).to_have_attribute("tabindex", "0")  # where the answer is
    watched.locator('.map a[aria-label^="13 "]').hover()
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
    page.get_by_role("link", name="69 Rhône: Open since about 25\xa0July 2023").click()
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
    french = watched.locator(".languages a[hreflang=fr]")
    assert "on=2025-05-26" in (french.get_attribute("href") or "")
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
    days = page.get_by_role("navigation", name="The days on which departments opened")
    expect(days.locator("[aria-current]")).to_have_text("Today")
    days.get_by_role("link", name="26\xa0May 2025").click()
    expect(days.locator("[aria-current]")).to_contain_text("26\xa0May 2025")
    assert page.get_by_label("Your town").input_value() == "bretagne"
    expect(page.locator("#answer")).to_contain_text("Not open yet")
    days.get_by_role("link", name="Today").click()
    assert page.url.endswith("/en/?q=bretagne#map")
    page.close()


TRANSLATED = """() => {
  // As Google Translate does: each text that may be translated goes into two elements of its own.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    const closest = text.parentElement.closest("[translate]");
    const isLeftAlone = closest?.getAttribute("translate") === "no" || text.parentElement.closest("script");
    if (isLeftAlone || !text.textContent.trim()) continue;
    const outer = document.createElement("font");
    const inner = document.createElement("font");
    inner.textContent = text.textContent.replace(/[A-Za-zÀ-ÿ]+/g, "übersetzt");
    outer.append(inner);
    text.replaceWith(outer);
  }
}"""


def test_on_a_translated_page_the_theme_another_day_and_suggestions_work(watched, site):
    watched.emulate_media(color_scheme="light")
    watched.goto(f"{site}/en/rollout/")
    watched.evaluate(TRANSLATED)
    watched.locator(".theme button[value=dark] font font").click()
    assert background(watched) == DARK
    watched.locator(".days a", has_text="46").locator("font").last.click()
    watched.wait_for_url("**/en/rollout/?on=2025-05-26#map")
    expect(watched.get_by_role("heading", name="The map on 26 May 2025")).to_be_visible()
    watched.goto(f"{site}/en/")
    watched.evaluate(TRANSLATED)
    watched.get_by_role("combobox").press_sequentially("lyon", delay=20)
    watched.get_by_role("option").first.wait_for()
    watched.evaluate(TRANSLATED)
    watched.get_by_role("option").first.click()
    watched.wait_for_url("**/en/?q=Lyon*")


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("departments/?sort=name", ["Rhône", "Auvergne-Rhône-Alpes"]),
        ("regions/bretagne/", ["Bretagne", "Finistère"]),
        ("departments/69-rhone/", ["Isère", "Auvergne-Rhône-Alpes"]),
        ("embed/departments/69/", ["Rhône (69)"]),
        ("glossary/", ["CPAM", "Titre de séjour", "feuilles de soins"]),
        ("set-up/", ["Recevoir un code", "Non merci"]),
    ],
)
def test_french_names_are_left_alone_by_translation_and_have_their_language(
    watched, site, path, names
):
    watched.goto(f"{site}/en/{path}")
    watched.evaluate(TRANSLATED)
    for name in names:
        assert watched.locator("[lang=fr][translate=no]", has_text=name).count(), name
        assert watched.locator("[lang=fr][translate=no]", has_text=name).first.is_visible(), name


def test_another_day_is_spoken_with_when_it_was_last_checked_and_focus_stays(watched, site):
    watched.goto(f"{site}/en/rollout/")
    spoken = watched.locator("body > [aria-live=polite]")
    expect(spoken).to_be_empty()
    watched.locator(".days a", has_text="46").focus()
    watched.keyboard.press("Enter")
    expect(spoken).to_contain_text("You are looking at 26\xa0May 2025")
    expect(spoken).to_contain_text("in 46 of 101 departments")
    expect(watched.locator(".days a[aria-current]")).to_be_focused()
    watched.go_back()
    expect(spoken).to_contain_text("in 101 of 101 departments")
    expect(watched.locator(".days a[aria-current]")).to_be_focused()
    watched.goto(f"{site}/en/?q=69")
    watched.locator(".days a", has_text="2023").focus()
    watched.keyboard.press("Enter")
    expect(spoken).to_contain_text("Rhône (69)")
    expect(spoken).to_contain_text(re.compile(r"Last checked\s+23\xa0November 2026"))


@pytest.mark.parametrize("path", SAMPLES)
def test_no_empty_status_is_read(watched, site, path):
    """A screen reader says “status bar” for each, though it has no words."""
    watched.goto(f"{site}/en/{path}")
    empty = "[...document.querySelectorAll('[role=status], [role=alert], output')]"
    assert watched.evaluate(f"{empty}.filter((part) => !part.textContent.trim()).length") == 0


def test_a_screen_reader_hears_the_answer_of_a_search_first(watched, site):
    """The title of the page is what is said before all else."""
    for query, title in [
        ("villeurbanne", "villeurbanne: 69 Rhône: Open since about 25\xa0July 2023"),
        ("brittany", "“brittany”: yes, in all 4 departments"),
        ("valence", "“valence”"),
        ("97500", "Saint-Pierre-et-Miquelon: we do not know"),
    ]:
        watched.goto(f"{site}/en/?q={query}")
        assert watched.title().startswith(title), watched.title()


def test_the_chart_is_read_once_and_groups_of_questions_with_their_hints(watched, site):
    watched.goto(f"{site}/en/rollout/")
    figure = watched.locator("figure.chart").aria_snapshot()
    assert figure.count("Departments in which the app had opened") == 1
    assert "img" not in figure
    summary = watched.locator("details.evidence summary").first.inner_text()
    assert re.search(r"Last checked on 23\xa0November 2026", summary)
    watched.goto(f"{site}/en/can-i/")
    group = watched.get_by_role("group", name="Which identity document do you have?")
    expect(group).to_have_accessible_name(
        "Which identity document do you have? "
        "If you have several, choose the one that comes first in this list."
    )


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("width", "highest"), [("phone", 3700), ("laptop", 2600)])
def test_home_is_not_longer_than_one_cares_to_scroll(watched, site, language, width, highest):
    """But for the notice on drafts of a machine, and the offer of another language, at its end."""
    watched.set_viewport_size(WIDTHS[width])
    watched.goto(f"{site}/{language}/")
    measured = "document.querySelectorAll('aside').forEach((part) => part.remove()), "
    measured += "document.documentElement.scrollHeight"
    assert watched.evaluate(measured) <= highest


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["", "?q=bretagne", "rollout/", "rollout/?on=2025-05-28"])
def test_the_map_and_its_key_fit_one_screen(watched, site, path, width):
    watched.set_viewport_size(WIDTHS[width])
    watched.goto(f"{site}/fr/{path}")
    the_map, key = (watched.locator(part).bounding_box() for part in (".map", ".legend"))
    bottom = max(box["y"] + box["height"] for box in (the_map, key))
    assert bottom - the_map["y"] < WIDTHS[width]["height"]
    if width == "laptop":
        assert key["x"] >= the_map["x"] + the_map["width"]


@pytest.mark.parametrize("path", ["", "rollout/"])
def test_the_days_stand_in_one_row_with_the_selected_one_in_view(watched, site, path):
    watched.set_viewport_size(WIDTHS["phone"])
    for day in ("2023-07-25", "2025-05-26", ""):
        watched.goto(f"{site}/en/{path}?on={day}")
        assert len({box["y"] for box in map(bounds, watched.locator(".days li").all())}) == 1
        selected = bounds(watched.locator(".days a[aria-current]"))
        assert selected["x"] >= 0
        assert selected["x"] + selected["width"] <= 360


def bounds(locator):
    """Return where an element stands, in pixels of the window."""
    box = locator.bounding_box()
    assert box is not None
    return box


@pytest.mark.parametrize(
    ("path", "left", "right"),
    [
        ("", "#question", "#map"),
        ("departments/", ".filters", ".listing"),
        ("departments/69-rhone/", ".status", ".facts"),
        ("departments/69-rhone/", "#sources-title", "#elsewhere-title"),
        ("rollout/", ".chart", ".waves"),
        ("rollout/pilot-2023/", "#sources-title", "#waves-title"),
    ],
)
def test_a_wide_screen_shows_beside_each_other_what_a_phone_shows_below(
    watched, site, path, left, right
):
    watched.set_viewport_size(WIDTHS["laptop"])
    watched.goto(f"{site}/en/{path}")
    one, other = (bounds(watched.locator(part)) for part in (left, right))
    assert one["x"] + one["width"] <= other["x"] < 1280 / 2 + 240
    watched.set_viewport_size(WIDTHS["phone"])
    one, other = (bounds(watched.locator(part)) for part in (left, right))
    assert one["y"] + one["height"] <= other["y"]


def test_what_is_folded_on_home_opens_with_one_tap_and_without_javascript(browser, site):
    page = browser.new_context(java_script_enabled=False, viewport=WIDTHS["phone"]).new_page()
    page.goto(f"{site}/en/")
    department = page.locator("#departments").get_by_role("link", name="69 Rhône")
    expect(department).to_be_hidden()
    page.get_by_text("Auvergne-Rhône-Alpes", exact=True).click()
    expect(department).to_be_visible()
    page.get_by_role("heading", name="Have ready").click()
    expect(page.get_by_role("link", name="Be insured in France")).to_be_visible()
    page.get_by_role("heading", name="Questions of foreign residents").click()
    expect(page.get_by_role("link", name="Do I need France Identité?")).to_be_visible()
    page.close()
