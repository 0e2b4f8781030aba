"""The menu of languages and the one offer of the browser's language, in a browser."""

import pytest
from playwright.sync_api import expect

from tests.support import servers
from tests.support.browser import is_complaint

pytestmark = pytest.mark.browser

MAKE_PUBLIC = """
from rollout.models import Language
for code in ("ar", "de", "zh-hans"):
    Language.objects.update_or_create(code=code, defaults={"stage": "public"})
"""
OFFER = ".language-offer"


@pytest.fixture(scope="module")
def many_languages(tmp_path_factory):
    """The address of a site in five languages."""
    servers.collect_statics()
    environment = {
        "VAR_DIR": str(servers.site_folder(tmp_path_factory)),
        "WEB_CONCURRENCY": "1",
    }
    servers.manage("shell", "--verbosity=0", "-c", MAKE_PUBLIC, environment=environment)
    with servers.gunicorn(environment) as address:
        yield address


@pytest.fixture
def visit(browser):
    """Return a function that opens a page on a phone whose browser prefers a language."""
    contexts = []

    def open_page(address, language, **options):
        context = browser.new_context(
            locale=language, viewport={"width": 360, "height": 740}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on(
            "console",
            lambda message: is_complaint(message) and page.complaints.append(message.text),
        )
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("answer", ["decline", "take"])
def test_the_browsers_language_is_offered_until_it_is_answered_and_never_forced(
    many_languages, visit, answer
):
    page = visit(f"{many_languages}/en/set-up/", "ar-DZ")
    expect(page.locator(OFFER)).to_have_attribute("lang", "ar")
    expect(page.locator(OFFER)).to_have_attribute("dir", "rtl")
    assert page.url.endswith("/en/set-up/")
    if answer == "decline":
        page.locator(f"{OFFER} button").click()
        expect(page.locator(OFFER)).to_have_count(0)
    else:
        page.locator(f"{OFFER} a").click()
        page.wait_for_url("**/ar/set-up/")
    stored = page.evaluate("localStorage.getItem('language-offer')")
    assert stored == {"decline": "declined", "take": "ar"}[answer]
    assert page.context.cookies() == []
    page.goto(f"{many_languages}/en/about/")
    page.wait_for_load_state("networkidle")
    expect(page.locator(OFFER)).to_have_count(0)
    assert page.complaints == []


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("en/", "en-GB"),
        ("de/", "de-AT"),
        ("en/", "ja"),  # not there
        ("en/data/", "ar"),  # not there in Arabic
    ],
)
def test_nothing_is_offered_where_there_is_nothing_better(many_languages, visit, path, language):
    page = visit(f"{many_languages}/{path}", language)
    page.wait_for_load_state("networkidle")
    expect(page.locator(OFFER)).to_have_count(0)


def test_the_menu_works_without_a_script_and_by_keyboard(many_languages, visit):
    page = visit(f"{many_languages}/en/set-up/", "de-DE", java_script_enabled=False)
    menu = page.locator(".languages")
    expect(menu.get_by_role("link", name="Deutsch")).to_be_hidden()
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link", name="العربية")).to_be_visible()
    page.keyboard.press("Tab")
    expect(menu.get_by_role("link", name="English")).to_be_focused()
    menu.get_by_role("link", name="Deutsch").click()
    page.wait_for_url("**/de/set-up/")
    assert page.locator(OFFER).count() == 0


def test_escape_and_a_tap_beside_close_the_menu(many_languages, visit):
    page = visit(f"{many_languages}/en/set-up/", "en")
    summary, details = (page.locator(f".languages {tag}") for tag in ("summary", "details"))
    summary.click()
    expect(details).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(details).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    page.mouse.click(20, 650)
    expect(details).not_to_have_attribute("open", "")


@pytest.mark.parametrize("path", ["en/", "ar/", "ar/at-the-counter/"])
def test_menu_and_page_fit_a_phone(many_languages, visit, path):
    page = visit(f"{many_languages}/{path}", "en")
    page.locator(".languages summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for link in page.locator(".languages a").all():
        box = link.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["height"] >= 44
