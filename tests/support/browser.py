"""What the tests in a real browser share: Chromium, the site as `make serve` serves it, sign-in."""

import time
from contextlib import contextmanager

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests.support import people, servers

ADD_PEOPLE = """
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from tests.support.people import give_an_app, person
PBKDF2PasswordHasher.iterations = 1  # the site hashes a password anew when its owner first signs in
give_an_app(person("an-editor", "Editor"))
give_an_app(person("a-reader-of-news", "Editor"))
give_an_app(person("an-editor-who-looks", "Editor"))
give_an_app(person("an-editor-by-keyboard", is_superuser=True))
give_an_app(person("an-editor-of-rules", "Editor"))
give_an_app(person("an-editor-of-days", "Editor"))
give_an_app(person("an-editor-of-suspensions", "Editor"))
give_an_app(person("an-editor-of-files", "Editor"))
give_an_app(person("an-editor-of-links", "Editor"))
give_an_app(person("a-bulk-editor", "Editor"))
give_an_app(person("a-bulk-editor-later", "Editor"))
give_an_app(person("a-bulk-editor-of-files", "Editor"))
give_an_app(person("a-bulk-editor-who-looks", "Editor"))
give_an_app(person("first-editor", "Editor"))
give_an_app(person("second-editor", "Editor"))
give_an_app(person("a-looker", is_superuser=True))
person("with-a-passkey", "Editor")
person("with-an-app", "Editor")
give_an_app(person("an-administrator", "Administrator"))
give_an_app(person("an-administrator-who-looks", "Administrator"))
give_an_app(person("a-translator", "Translator: fr"))
give_an_app(person("an-editor-of-texts", "Editor"))
give_an_app(person("an-editor-of-drafts", "Editor"))
give_an_app(person("an-editor-who-returns", "Editor"))
give_an_app(person("an-editor-who-signs-out", "Editor"))
"""
# A busy machine takes its time; what is promised is what comes, not when.
expect.set_options(timeout=30_000)
WIDTHS = {"phone": {"width": 360, "height": 740}, "laptop": {"width": 1280, "height": 800}}
NARROW = {"width": 320, "height": 640}
# Only what is wrong leaves the browser: all that axe looked at is as large as the page.
RUN_AXE = """async (options) => (await axe.run(options)).violations.map(
  (violation) => [violation.id, violation.nodes.length, violation.nodes[0].html.slice(0, 120)])"""


def wait_until(page, script, arg=None):
    """Wait until a script on a page returns true; `arg` is given to a function.

    Playwright's own wait_for_function does so with `eval`, which the site's policy refuses whenever
    the first answer is not true.
    """
    until = time.monotonic() + 30
    while not page.evaluate(script, arg):
        assert time.monotonic() < until, script
        page.wait_for_timeout(50)


@pytest.fixture(scope="session")
def browser_type_launch_args():
    program = servers.chromium()
    if program is None:
        servers.missing("Chromium", "apt install chromium-headless-shell")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    return {"executable_path": program, "args": quiet}


@pytest.fixture
def browser_context_args(browser_context_args, request):
    """A browser of the pages' language, if the test has one: no other is offered, which would lie over them."""
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    return browser_context_args | {"locale": parameters.get("language", "en-US")}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The address of a site whose facts stay as they are, with people to sign in as."""
    with served_site(tmp_path_factory) as address:
        yield address


@contextmanager
def served_site(tmp_path_factory):
    """Serve a site on a database of its own, with those people; yield its address."""
    servers.collect_statics()
    folder = servers.site_folder(tmp_path_factory)
    environment = {"VAR_DIR": str(folder), "WEB_CONCURRENCY": "1"}
    servers.manage("shell", "--verbosity=0", "-c", ADD_PEOPLE, environment=environment)
    with servers.gunicorn(environment) as address:
        yield address


def is_complaint(message):
    """Tell whether a message of the console is one; Chromium also tells that it cleared data."""
    return message.type != "log" and not message.text.startswith("Clear-Site-Data header on")


@contextmanager
def watching(page, is_ours=lambda url: True):
    """Fail at the end for a console error, a CSP violation, or a request that is not ours."""
    seen: list[str] = []
    handlers = {
        "console": lambda message: seen.append(message.text) if is_complaint(message) else None,
        "pageerror": lambda error: seen.append(str(error)),
        "request": lambda request: None if is_ours(request.url) else seen.append(request.url),
    }
    for event, handler in handlers.items():
        page.on(event, handler)
    yield page
    for event, handler in handlers.items():
        page.remove_listener(event, handler)
    assert seen == []


@pytest.fixture
def watched(page, site):
    """A page that fails the test for a console error, a CSP violation or a foreign request."""
    with watching(page, lambda url: url.startswith(site)):
        yield page


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


def axe_violations(page, *, forced_colors=False):
    """Return what axe finds on the page as it looks now: rule, number of elements, the first."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    # In forced colours the browser paints its own: axe cannot know which.
    rules = {"target-size": {"enabled": True}, "color-contrast": {"enabled": not forced_colors}}
    return page.evaluate(RUN_AXE, {"rules": rules, "preload": False, "resultTypes": ["violations"]})


def width_of(page):
    """Return how wide the page is, in CSS pixels: more than the window where it has to be moved."""
    return page.evaluate("document.documentElement.scrollWidth")


def check(page, heading):
    """Wait for the page of this heading: it can be used in both themes, narrow, and enlarged."""
    page.get_by_role("heading", level=1, name=heading, exact=True).wait_for()
    for scheme, width in (("light", "laptop"), ("dark", "phone")):
        page.set_viewport_size(WIDTHS[width])
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert axe_violations(page) == [], (heading, scheme, width)
    page.set_viewport_size(NARROW)
    assert width_of(page) <= NARROW["width"], heading
    page.set_viewport_size(WIDTHS["phone"])
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width_of(page) <= 360, (heading, "large text")
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
