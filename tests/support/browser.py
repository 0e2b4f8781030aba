"""What the tests in a real browser share: Chromium, the site as `make serve` serves it, sign-in."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support import people, servers

ADD_PEOPLE = """
from tests.support.people import give_an_app, person
give_an_app(person("an-editor", "Editor"))
give_an_app(person("a-reader-of-news", "Editor"))
give_an_app(person("an-editor-who-looks", "Editor"))
give_an_app(person("an-editor-by-keyboard", is_superuser=True))
give_an_app(person("first-editor", "Editor"))
give_an_app(person("second-editor", "Editor"))
give_an_app(person("a-looker", is_superuser=True))
person("with-a-passkey", "Editor")
person("with-an-app", "Editor")
give_an_app(person("a-translator", "Translator: fr"))
"""
# A busy machine takes its time; what is promised is what comes, not when.
expect.set_options(timeout=30_000)
WIDTHS = {"phone": {"width": 360, "height": 740}, "laptop": {"width": 1280, "height": 800}}


@pytest.fixture(scope="session")
def browser_type_launch_args():
    program = servers.chromium()
    if program is None:
        servers.missing("Chromium", "apt install chromium")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    return {"executable_path": program, "args": quiet}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The address of the site on a database of its own, with one editor and two newcomers."""
    servers.collect_statics()
    folder = servers.site_folder(tmp_path_factory)
    environment = {"VAR_DIR": str(folder), "WEB_CONCURRENCY": "1"}
    servers.manage("shell", "--verbosity=0", "-c", ADD_PEOPLE, environment=environment)
    with servers.gunicorn(environment) as address:
        yield address


def is_complaint(said):
    """Tell whether what Chromium says on its console is one; it also tells that it cleared data."""
    return said.type != "log" and not said.text.startswith("Clear-Site-Data header on")


@pytest.fixture
def watched(page, site):
    """A page that fails the test for a console error, a CSP violation or a foreign request."""
    seen: list[str] = []
    page.on("console", lambda said: seen.append(said.text) if is_complaint(said) else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(site) else seen.append(asked.url))
    yield page
    assert seen == []


def send_password(page, address, name):
    page.goto(address)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm_password(page):
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def send_code(page, code, button="Sign in"):
    page.get_by_role("textbox", name="Code").fill(code)
    page.get_by_role("button", name=button).click()


def check(page, heading):
    """Wait for the page of this heading: everyone can use it, in every look, on a phone too."""
    page.get_by_role("heading", level=1, name=heading, exact=True).wait_for()
    for look in ({"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}):
        page.emulate_media(**look, reduced_motion="reduce")
        rules = {"target-size": {"enabled": True}}
        # In forced colours the browser paints its own: axe cannot know which.
        rules["color-contrast"] = {"enabled": "forced_colors" not in look}
        found = Axe().run(page, options={"rules": rules, "preload": False})
        assert found.violations_count == 0, (look, found.generate_report())
    page.emulate_media(forced_colors="none")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, heading
    page.set_viewport_size(WIDTHS["phone"])
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, (heading, "large text")
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(WIDTHS["laptop"])


def sign_in(page, site, name):
    """Sign someone in who has an app; a code is taken once, so each test has people of its own."""
    send_password(page, f"{site}/admin/", name)
    send_code(page, people.code())
    page.wait_for_url("**/admin/")


def sign_out(page, site):
    page.goto(f"{site}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", level=1, name="Sign in").wait_for()
