"""The site in Firefox: the ways people go, by mouse and keyboard, and axe on each kind of phone."""

import json
import shutil

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.test_pages import PAGES, is_first_of_its_kind
from tests.support import servers
from tests.support.addresses import ANSWERS
from tests.support.browser import NARROW, RUN_AXE, WIDTHS
from tests.support.firefox import firefox

pytestmark = pytest.mark.browser

VERDICT = f"can-i/?document=titre-de-sejour&{ANSWERS}"
GROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        servers.missing("Firefox", "apt install firefox-esr")
    with firefox(program, tmp_path_factory.mktemp("firefox")) as page:
        yield page


@pytest.fixture
def phone(tab, site):
    """A phone's page that fails the test for whatever it complains of."""
    tab.resize(WIDTHS["phone"])
    tab.complaints(site)
    yield tab
    assert tab.complaints(site) == []


def axe_violations(phone):
    phone.run(AXE_SCRIPT)
    return phone.evaluate(f"({RUN_AXE})({json.dumps({'preload': False})})")


def test_what_the_policy_forbids_is_seen_by_these_tests(tab, site):
    tab.goto(f"{site}/en/about/")
    assert tab.complaints(site) == []
    tab.run("seen = 0; document.addEventListener('securitypolicyviolation', () => { seen += 1 })")
    tab.run("document.body.setAttribute('style', 'color: red')")
    tab.run("document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.example/'}))")
    tab.wait_until("seen == 2")
    told = " ".join(tab.complaints(site))
    assert "style-src-attr forbids inline" in told
    assert "img-src forbids https://elsewhere.example/" in told


def test_a_town_is_suggested_chosen_and_answered_by_keyboard(phone, site):
    phone.goto(f"{site}/en/")
    phone.click(phone.by_role("combobox", "Your town, postcode, department or region"))
    phone.press(*"villeurb")
    phone.wait_until("document.querySelector('[role=option]')")
    phone.press("ArrowDown")
    with phone.next_page():
        phone.press("Enter")
    assert "Open since about 25\xa0July 2023" in phone.text("#answer .verdict-state")
    with phone.next_page():
        phone.click(phone.by_selector("#answer .beside-button"))
    assert phone.text("h1") == "Rhône (69)"


def test_the_check_asks_one_question_at_a_time_and_gives_a_verdict(phone, site):
    phone.goto(f"{site}/en/can-i/")
    with phone.next_page():
        phone.click(phone.by_role("link", "One question at a time"))
    for answer in ("titre-de-sejour", "msa", "18-or-over", "permanent", "recent"):
        phone.click(phone.by_selector(f"input[value='{answer}']"))
        with phone.next_page():
            phone.click(phone.by_role("button", "Continue"))
    with phone.next_page():
        phone.click(phone.by_role("button", "See the answer"))
    assert phone.text("#answer h2") == "Yes"
    assert axe_violations(phone) == []


def test_a_sentence_for_the_counter_is_shown_large_and_escape_goes_back(phone, site):
    phone.goto(f"{site}/en/at-the-counter/")
    phone.wait_until("document.querySelector('.phrase-actions button')")
    phone.click(phone.by_role("button", "Show large"))
    assert phone.text("dialog[open] p").startswith("Bonjour, est\u2011ce que vous pouvez lire")
    assert phone.evaluate("document.querySelector('dialog').offsetWidth") == 360
    assert axe_violations(phone) == []
    phone.press("Escape")
    assert phone.evaluate("document.activeElement.innerText") == "Show large"


def test_the_dark_theme_is_chosen_kept_and_given_back(phone, site):
    phone.goto(f"{site}/en/at-the-counter/")
    light = phone.evaluate(GROUND)
    phone.click(phone.by_role("button", "Dark"))
    assert phone.evaluate(GROUND) != light
    phone.goto(f"{site}/en/?q=69")
    assert phone.evaluate(GROUND) != light
    assert axe_violations(phone) == []
    phone.click(phone.by_role("button", "Same as my device"))
    assert phone.evaluate(GROUND) == light
    assert phone.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("path", ["at-the-counter/", VERDICT])
def test_what_one_takes_along_prints_on_one_page(phone, site, path):
    phone.goto(f"{site}/en/{path}")
    assert phone.printed_pages() == 1


@pytest.mark.parametrize("path", list(filter(is_first_of_its_kind, PAGES)))
def test_every_kind_of_page_is_accessible_and_fits_a_narrow_phone(phone, site, path):
    phone.goto(f"{site}/en/{path}")
    assert axe_violations(phone) == []
    phone.resize(NARROW)
    assert phone.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
