"""Editors sign in with two factors, in a real browser."""

import re

import pytest

from tests.browser.test_admin import complaints
from tests.support import people
from tests.support.browser import (
    NARROW,
    WIDTHS,
    check,
    confirm_password,
    send_code,
    send_password,
    sign_in,
    sign_out,
    watching,
    width_of,
)

pytestmark = pytest.mark.browser


def test_a_newcomer_sets_up_an_app_and_signs_in_with_a_recovery_code(watched, site, browser):
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
    recovery, another = watched.locator(".codes code").all_inner_texts()[:2]
    codes_are_printed_alone(watched)
    watched.get_by_role("link", name="To the editors’ pages").click()
    check(watched, "Confirm that it is you")
    send_code(watched, people.code(secret), "Confirm")
    watched.get_by_role("heading", level=1, name="Your work").wait_for()
    ends_the_session_of_a_telephone(watched, site, browser, another)
    watched.goto(f"{site}/accounts/mfa/recovery-codes/generate/")
    check(watched, "New recovery codes")
    watched.goto(f"{site}/accounts/mfa/totp/deactivate/")
    check(watched, "Remove the app")
    watched.goto(f"{site}/accounts/logout/")
    check(watched, "Sign out")
    watched.get_by_role("button", name="Sign out").click()
    watched.get_by_role("heading", level=1, name="Sign in").wait_for()
    send_password(watched, f"{site}/admin/", "with-an-app")
    check(watched, "Second step")
    send_code(watched, recovery)
    watched.get_by_role("heading", level=1, name="Your work").wait_for()


def codes_are_printed_alone(page):
    """Show the page as it is printed: the site, the person, the day and the codes, and no more."""
    sheet = page.locator(".code-sheet")
    assert sheet.inner_text().startswith("The carte Vitale app in your department: recovery codes")
    assert "with-an-app" in sheet.inner_text()
    page.emulate_media(media="print")
    printed = page.locator("body").inner_text()
    assert printed.strip() == sheet.inner_text().strip()
    assert len(re.findall(r"\b\d{8}\b", printed)) == 10
    page.emulate_media(media="screen")


def ends_the_session_of_a_telephone(page, site, browser, recovery):
    """Sign in on a telephone too, with a recovery code; end that session from the first one."""
    telephone = browser.new_context(
        user_agent="Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
    )
    lost = telephone.new_page()
    send_password(lost, f"{site}/admin/", "with-an-app")
    send_code(lost, recovery)
    lost.get_by_role("heading", level=1, name="Your work").wait_for()
    page.goto(f"{site}/accounts/sessions/")
    check(page, "Where you are signed in")
    assert page.get_by_text("This one").count() == 1
    page.get_by_role("button", name="Sign out there Firefox on Android").click()
    page.get_by_text("You are signed out there.").wait_for()
    page.get_by_text("You are signed in nowhere else.").wait_for()
    check(page, "Where you are signed in")
    lost.goto(f"{site}/admin/")
    lost.get_by_role("heading", level=1, name="Sign in").wait_for()
    telephone.close()


CLICKS = """addEventListener("click", (event) => event.isTrusted && count_click(), true)"""


def test_an_editor_is_added_in_three_clicks_and_chooses_a_password(browser, site):
    """Six before, and two passwords to type: access and roles were on a second page."""
    clicks: list[None] = []
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    sign_in(page, site, "an-administrator")
    page.expose_function("count_click", lambda: clicks.append(None))
    page.add_init_script(CLICKS)
    page.goto(f"{site}/admin/auth/user/")
    with watching(page, lambda url: url.startswith(site)):
        page.get_by_role("link", name="Add user").click()
        page.wait_for_url("**/add/")
        page.get_by_label("Username").fill("marie")  # which has the keyboard already
        page.get_by_role("checkbox", name="Editor").check()
        page.get_by_role("button", name="Save", exact=True).click()
        check(page, "What to send to “marie”")
        assert len(clicks) == 3
        page.get_by_role("button", name="Copy (English)").click()
        page.get_by_text("Copied.").wait_for()
        text = page.evaluate("navigator.clipboard.readText()")
        assert text.strip() == page.locator("#letter-en").inner_text().strip()
        page.emulate_media(media="print")
        assert not page.get_by_text("Give it to them in person").is_visible()
        assert page.locator("#letter-en").is_visible()
        assert page.locator("#letter-fr").is_visible()
        assert page.locator(".qr svg").is_visible()
    context.close()
    link = re.search(rf"{site}/accounts/choose-password/\S+", text)
    assert link
    chooses_a_password(browser, site, link[0])


def chooses_a_password(browser, site, link):
    """Do as the person does who gets the link: a weak password is refused, another taken."""
    context = browser.new_context()
    with watching(context.new_page(), lambda url: url.startswith(site)) as page:
        page.goto(link)
        check(page, "Choose your password")
        for password in ("motdepasse2026", people.PASSWORD):
            page.get_by_label("New password", exact=True).fill(password)
            page.get_by_label("New password confirmation").fill(password)
            page.get_by_role("button", name="Set the password").click()
            if password != people.PASSWORD:
                page.get_by_text("A few common French words").last.wait_for()
                check(page, "Choose your password")
        check(page, "Sign in")
        page.get_by_text("Your password is set.").wait_for()
        send_password(page, f"{site}/admin/", "marie")
        check(page, "Your second step")
    context.close()


PAGES_OF_PEOPLE = {
    "auth/user/": "Select user to change",
    "auth/user/add/": "Add user",
    "auth/user/{pk}/change/": "Change user",
    "auth/user/{pk}/password/": "Reset the password of “an-administrator”",
    "auth/user/{pk}/invitation/": "What to send to “an-administrator”",
    "auth/group/": "Select group to view",
    "auth/group/1/change/": "View group",
}


def test_everyone_can_use_the_pages_of_people(page, site):
    sign_in(page, site, "an-administrator-who-looks")
    page.goto(f"{site}/admin/auth/user/")
    address = page.get_by_role("link", name="an-administrator", exact=True).get_attribute("href")
    pk = re.findall(r"\d+", address)[-1]
    with watching(page, lambda url: url.startswith(site)):
        for path, heading in PAGES_OF_PEOPLE.items():
            page.goto(f"{site}/admin/{path.format(pk=pk)}")
            page.get_by_role("heading", level=1, name=heading, exact=True).wait_for()
            for scheme, size in (("light", WIDTHS["laptop"]), ("dark", NARROW)):
                page.set_viewport_size(size)
                page.emulate_media(color_scheme=scheme)
                assert complaints(page) == [], (heading, scheme)
                assert width_of(page) <= size["width"], heading
        page.goto(f"{site}/admin/auth/user/{pk}/change/")
        page.get_by_role("button", name="Sign out everywhere").click()
        page.get_by_text("“an-administrator” is signed out everywhere.").wait_for()


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
    page.get_by_role("heading", level=1, name="Your work").wait_for()
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
    page.get_by_role("heading", level=1, name="Your work").wait_for()
