"""Editors sign in with two factors, in a real browser."""

import pytest

from tests.support import people
from tests.support.browser import (
    check,
    confirm_password,
    send_code,
    send_password,
    sign_out,
    watching,
)

pytestmark = pytest.mark.browser


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
    with watching(page):
        yield page


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
