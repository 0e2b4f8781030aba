"""The checking queue by keyboard, in a real browser: all that is due on one day, key by key."""

import re

import pytest
from playwright.sync_api import expect

from tests.support import servers
from tests.support.browser import NARROW, WIDTHS, axe_violations, sign_in, width_of

pytestmark = pytest.mark.browser

ALL_DUE = """
from datetime import timedelta
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from rollout.dates import today
from rollout.facts import checking, writer
from tests.support.people import give_an_app, person
PBKDF2PasswordHasher.iterations = 1
give_an_app(person("an-editor", "Editor"))
give_an_app(person("an-editor-in-a-hurry", "Editor"))
for model in checking.CHECKED_MODELS:
    model.objects.exclude(check_again_by=None).update(
        last_checked=today() - timedelta(days=100), check_again_by=today() - timedelta(days=10)
    )
writer.bump_data_version()
"""
MAX_ACTIONS = 120


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site on which all facts are overdue."""
    servers.collect_statics()
    environment = {"VAR_DIR": str(servers.site_folder(tmp_path_factory)), "WEB_CONCURRENCY": "1"}
    servers.manage("shell", "--verbosity=0", "-c", ALL_DUE, environment=environment)
    with servers.gunicorn(environment) as address:
        yield address


def first_version(page):
    versions = page.locator('input[name="version"]')
    return versions.first.get_attribute("value") if versions.count() else None


def press(page, key):
    """Press a key of the queue and wait for the next step."""
    with page.expect_navigation():
        page.keyboard.press(key)


def test_the_keys_do_what_they_show_and_nothing_in_fields(watched, site):
    page = watched
    sign_in(page, site, "an-editor")
    page.goto(f"{site}/admin/rollout/checking/")
    page.emulate_media(reduced_motion="reduce")
    for scheme, size in (("light", WIDTHS["laptop"]), ("dark", NARROW)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        assert axe_violations(page) == [], scheme
        assert width_of(page) <= size["width"]
    page.set_viewport_size(WIDTHS["laptop"])
    expect(page.get_by_role("button", name="Still true T")).to_be_visible()

    # A letter in the note is a letter; without a note nothing is saved.
    page.keyboard.press("n")
    note = page.get_by_label("Why, and what you looked at")
    expect(note).to_be_focused()
    assert axe_violations(page) == []
    page.keyboard.type("The site says it still, the app not tested")
    expect(note).to_have_value("The site says it still, the app not tested")
    page.get_by_role("button", name="Save the note").click()
    expect(page.get_by_text("2 facts are noted as unclear")).to_be_visible()

    # One row of a group is unticked: it stays at the top.
    group = page.locator("section.checking-card")
    count = group.count()
    assert count > 1
    name = group.first.get_attribute("aria-label")
    group.first.get_by_role("checkbox").uncheck()
    press(page, "t")
    expect(group.first).to_have_attribute("aria-label", name)
    press(page, "s")
    expect(page.get_by_text("skipped, at the end")).to_be_visible()

    # To the form of a fact and back.
    page.keyboard.press("c")
    link = page.locator("#checking-first")
    if link.count():
        expect(link).to_be_focused()
        page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/change/\?back=checking$"))
    page.get_by_label("Minor change").check()
    page.locator('input[name="_save"]').first.click()
    page.wait_for_url("**/admin/rollout/checking/")

    # Switched off, the keys do nothing, on the next page too.
    page.get_by_label("Use the keys shown").uncheck()
    before = first_version(page)
    page.keyboard.press("s")
    page.keyboard.press("t")
    page.reload()
    page.keyboard.press("s")
    assert first_version(page) == before
    expect(page.get_by_role("button", name="Skip", exact=True)).to_be_visible()
    page.get_by_label("Use the keys shown").check()
    press(page, "s")


def test_all_that_is_due_takes_at_most_120_clicks_and_keys(watched, site):
    page = watched
    sign_in(page, site, "an-editor-in-a-hurry")
    page.goto(f"{site}/admin/rollout/checking/")
    counted = page.locator(".checking-count").inner_text()
    due = int(counted.split()[0])
    assert due > 200  # the test before checked some
    actions, checked = 1, 0
    while page.locator("#checking-form").count():
        checked += page.locator('input[name="row"]').count()
        press(page, "t")
        actions += 1
        assert actions <= MAX_ACTIONS
    assert checked == due
    expect(page.get_by_text("All is checked.")).to_be_visible()
