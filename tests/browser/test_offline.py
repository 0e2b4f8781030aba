"""Copies of pages for when there is no network, in a real browser."""

import os
import signal

import pytest
from playwright.sync_api import expect

from tests.support import servers
from tests.support.addresses import ANSWERS
from tests.support.browser import axe_violations, wait_until, watching

pytestmark = pytest.mark.browser

VERDICT = f"can-i/?document=titre-de-sejour&{ANSWERS}"
WAIT_FOR_COPIES = """async () => {
  await navigator.serviceWorker.ready;
  const names = await caches.keys();
  return names;
}"""
CACHED = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url));
  return found.map(({ pathname, search }) => pathname + search);
}"""


@pytest.fixture
def own_site(tmp_path_factory):
    """A site that a test may stop or change: its environment, process and address."""
    servers.collect_statics()
    environment = {"VAR_DIR": str(servers.site_folder(tmp_path_factory)), "WEB_CONCURRENCY": "1"}
    with servers.served(environment) as (process, address):
        yield environment, process, address


@pytest.fixture
def visited(page, own_site):
    """A page in whose browser the copies have been made."""
    page.goto(f"{own_site[2]}/en/")
    assert page.evaluate(WAIT_FOR_COPIES)
    return page


def stop(process):
    """Cut the server: it takes no connection any more."""
    os.kill(process.pid, signal.SIGTERM)
    process.wait(timeout=30)


def test_without_a_network_counter_guide_and_last_verdict_open_and_say_of_when_they_are(
    visited, own_site
):
    _environment, process, site = own_site
    with watching(visited):
        visited.goto(f"{site}/en/{VERDICT}")
        wait_until(visited, f"async () => (await ({CACHED})()).some(a => a.includes('age='))")
        verdict = visited.locator("h2").first.inner_text()
    stop(process)
    for path, heading in [
        ("at-the-counter/", "At the pharmacy or doctor’s"),
        ("set-up/", "the carte Vitale app"),
    ]:
        visited.goto(f"{site}/en/{path}")
        expect(visited.locator("h1")).to_contain_text(heading)
        notice = visited.locator("main .notice").first
        expect(notice).to_contain_text("No network: this is the copy of")
        expect(notice).to_contain_text("(Paris)")
        assert axe_violations(visited) == []
    visited.get_by_role("link", name="Your last answer").click()
    assert visited.locator("h2").first.inner_text() == verdict
    assert visited.evaluate("document.styleSheets[0].cssRules.length") > 0
    visited.goto(f"{site}/en/can-i/")
    assert visited.locator("h2").first.inner_text() == verdict


def test_without_a_network_any_other_page_leads_to_the_counter(visited, own_site):
    _environment, process, site = own_site
    stop(process)
    visited.goto(f"{site}/en/glossary/")
    assert visited.url == f"{site}/en/at-the-counter/"
    expect(visited.locator("main .notice").first).to_contain_text("No network")
    assert visited.locator(".notice a").count() == 0  # nothing was answered yet


def test_the_copies_are_bounded(visited, own_site):
    _environment, _process, site = own_site
    for age in ("18-or-over", "16-or-17", "under-16"):
        visited.goto(f"{site}/en/{VERDICT.replace('18-or-over', age)}")
        wait_until(visited, f"async () => (await ({CACHED})()).some(a => a.includes('{age}'))")
    visited.goto(f"{site}/en/can-i/?document=titre-de-sejour")
    visited.goto(f"{site}/en/departments/69-rhone/")
    cached = visited.evaluate(CACHED)
    assert [path for path in cached if "?" in path] == [
        f"/en/{VERDICT.replace('18-or-over', 'under-16')}"
    ]
    pages = [path for path in cached if not path.startswith("/static/")]
    assert set(pages) == {"/en/at-the-counter/", "/en/set-up/", pages[-1]}
    assert len(cached) < 20


def test_one_tap_removes_the_copies_and_none_are_made_until_another_tap(visited, own_site):
    _environment, _process, site = own_site
    with watching(visited):
        visited.goto(f"{site}/en/privacy/#copies")
        visited.get_by_role("button", name="Remove the copies").click()
        expect(visited.locator(".copies [role=status]")).to_contain_text("None will be made")
        assert visited.evaluate("caches.keys()") == []
        visited.goto(f"{site}/en/")
        assert visited.evaluate("navigator.serviceWorker.getRegistrations()") == []
        visited.goto(f"{site}/en/privacy/")
        visited.get_by_role("button", name="Make copies again").click()
        assert visited.evaluate(WAIT_FOR_COPIES)


def test_a_worker_of_earlier_data_is_replaced_with_its_copies(visited, own_site):
    environment, _process, site = own_site
    before = visited.evaluate(WAIT_FOR_COPIES)
    change = (
        "from rollout.models import DataVersion, EntryText\n"
        "EntryText.objects.filter(entry='keep-the-plastic-card', language='en').update(title='Keep')\n"
        "DataVersion.renew()"
    )
    servers.manage("shell", "--verbosity=0", "-c", change, environment=environment)
    visited.goto(f"{site}/en/about/")
    wait_until(
        visited,
        "async (old) => !(await caches.keys()).some(name => old.includes(name))",
        arg=before,
    )
    assert len(visited.evaluate("caches.keys()")) == 1


def test_editors_pages_know_nothing_of_copies(page, own_site):
    _environment, _process, site = own_site
    page.goto(f"{site}/admin/login/")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("navigator.serviceWorker.getRegistrations()") == []
    page.goto(f"{site}/en/")
    assert page.evaluate(WAIT_FOR_COPIES)
    page.goto(f"{site}/admin/login/")
    assert page.evaluate("navigator.serviceWorker.controller") is None


@pytest.mark.parametrize(
    "without",
    [
        "delete Navigator.prototype.serviceWorker",
        "navigator.serviceWorker.register = () => Promise.reject(new Error('blocked'))",
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('refused') }})",
        "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})",
    ],
)
def test_where_something_is_refused_the_site_is_as_without_copies(page, site, without):
    page.add_init_script(without)
    with watching(page, lambda url: url.startswith(site)):
        page.goto(f"{site}/en/")
        page.goto(f"{site}/en/privacy/")
        page.wait_for_load_state("networkidle")


def test_the_installed_site_begins_in_the_language_last_read(page, site):
    page.add_init_script(
        "const real = matchMedia;"
        "window.matchMedia = (query) => query.includes('standalone') ? {matches: true} : real(query)"
    )
    start = page.request.get(f"{site}/en/manifest.webmanifest").json()["start_url"]
    page.goto(f"{site}{start}")
    assert page.url == f"{site}/en/#start"
    page.goto(f"{site}/fr/glossary/")
    page.goto("about:blank")
    page.goto(f"{site}{start}")
    page.wait_for_url(f"{site}/fr/")
    page.evaluate("localStorage.setItem('language-last-read', '/xx/\"]')")
    page.goto("about:blank")
    page.goto(f"{site}{start}")
    assert page.url == f"{site}/en/#start"


def test_nothing_is_remembered_of_a_language_in_a_browser_tab(page, site):
    page.goto(f"{site}/fr/")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("Object.keys(localStorage)") == []
