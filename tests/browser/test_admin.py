"""The editors' pages for people who see, point or read differently, in a real browser."""

import re

import pytest

from rollout.admin import work_rows, worklist
from rollout.models import Department
from tests.admin.test_front_page import TWELVE, save_departments
from tests.browser.test_accessibility import CUT_OFF, walk
from tests.support.browser import NARROW, WIDTHS, axe_violations, sign_in, watching, width_of

pytestmark = pytest.mark.browser


# What is below the edge of a window depends on its height, and on the line in which the admin
# tells a browser's distance from the time in Paris.
SCREEN = {"viewport": {"width": 1280, "height": 680}, "timezone_id": "Europe/Paris"}


@pytest.fixture(scope="module")
def _signed_in_page(browser, site):
    page = browser.new_context(**SCREEN).new_page()
    sign_in(page, site, "an-editor-by-keyboard")
    yield page
    page.context.close()


@pytest.fixture
def signed_in(_signed_in_page, site):
    """A watched page in which an editor is signed in, for tests that only look."""
    page = _signed_in_page
    page.set_viewport_size(SCREEN["viewport"])
    page.emulate_media(color_scheme="light", forced_colors="none", reduced_motion="no-preference")
    with watching(page, lambda url: url.startswith(site)):
        yield page


# Change lists with few rows: axe takes a second for a hundred.
PAGES = [
    "",
    "rollout/department/?wave__slug__exact=pilot-2023",
    "rollout/department/69/change/",
    "rollout/department/69/history/",
    "rollout/department/edit/?code=69&code=01",
    "rollout/department/import/",
    "rollout/entry/?kind__exact=contact",
    "rollout/entry/new-phone/change/",
    "rollout/entry/add/",
    "rollout/source/rtl-2023-07-25/change/",
    "rollout/update/",
    "rollout/work/missing/",
    "rollout/changes/",
    "rollout/alias/add/",
    "auth/user/",
    "proposals/",
    "shared-previews/",
    "rollout/translations/",
    "rollout/translate/ar/?state=missing",
    "rollout/translate/ar/files/",
]
VERSION = "rollout/alias/"


def open_version(page):
    """Correct the first alias of the list, and open the version before in its history."""
    page.locator("#result_list tbody th a").first.click()
    page.get_by_label("Source:").fill("corrected")
    page.get_by_role("button", name="Save and continue editing").first.click()
    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name="Bring back").last.click()


def complaints(page, **options):
    """Return what axe finds once nothing moves: the admin's buttons take a moment to change."""
    page.evaluate("Promise.all(document.getAnimations().map((moving) => moving.finished))")
    return axe_violations(page, **options)


@pytest.mark.parametrize("path", [*PAGES, VERSION])
def test_everyone_can_use_the_editors_pages(signed_in, site, path):
    """Light and dark, on a phone, in forced colours, and with large text."""
    page = signed_in
    page.set_viewport_size(WIDTHS["laptop"])
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{site}/admin/{path}")
    if path == VERSION:
        open_version(page)
    assert page.get_by_role("heading", level=1).count() == 1
    assert complaints(page) == []
    page.set_viewport_size(NARROW)
    page.emulate_media(color_scheme="dark")
    assert width_of(page) <= 320
    assert page.evaluate(CUT_OFF) == []
    assert complaints(page) == [], "dark, 320 pixels"
    page.emulate_media(forced_colors="active")
    assert complaints(page, forced_colors=True) == [], "forced colours"
    page.emulate_media(forced_colors="none")
    page.set_viewport_size(WIDTHS["phone"])
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert width_of(page) <= 360, "with text twice as large"
    assert page.evaluate(CUT_OFF) == [], "with text twice as large"


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/admin/",
        "/admin/rollout/department/?wave__slug__exact=pilot-2023",
        "/admin/rollout/department/69/change/",
        "/admin/rollout/department/69/history/",
        "/admin/rollout/department/edit/?code=69&code=01",
        "/accounts/mfa/",
    ],
)
def test_the_keyboard_goes_through_the_editors_pages_and_out(signed_in, site, path):
    is_outside = path == "/accounts/login/"
    page = signed_in.context.browser.new_page(**SCREEN) if is_outside else signed_in
    page.set_viewport_size(SCREEN["viewport"])
    page.goto(f"{site}{path}")
    walk(page)


@pytest.mark.parametrize("height", [600, 640, 720, 800])
def test_the_keyboard_finds_every_field_of_a_form_in_a_window_of_any_height(
    signed_in, site, height
):
    """Chromium alone would leave most of a focused textarea below the edge."""
    signed_in.set_viewport_size({"width": 1280, "height": height})
    signed_in.goto(f"{site}/admin/rollout/department/69/change/")
    walk(signed_in)


def test_in_a_change_list_no_heading_is_cut_off_at_320_pixels(signed_in, site):
    """Django's own lists cut them; here the list scrolls, and the page does not."""
    signed_in.set_viewport_size(NARROW)
    for path in ("department/?wave__slug__exact=pilot-2023", "source/?official__exact=1"):
        signed_in.goto(f"{site}/admin/rollout/{path}")
        assert width_of(signed_in) <= 320
        for heading in signed_in.locator("#result_list thead th").all():
            heading.scroll_into_view_if_needed()
            box, words = heading.bounding_box(), heading.locator(".text")
            assert words.evaluate("e => e.scrollWidth <= e.clientWidth + 1"), path
            assert 0 <= box["x"] < 320, path


@pytest.fixture
def crowded(editor, admin_page, monkeypatch):
    """The front page in a language, as HTML: 13 languages lack thousands of texts, all is due."""
    Department.objects.update(check_again_by="2026-01-01", last_checked="2025-01-01")
    for number, code in enumerate(TWELVE):
        save_departments(editor, [code], f"Reason {number} in all the words that it may have. " * 4)
    rows = dict.fromkeys(worklist.STATES.values(), range(10_345))
    monkeypatch.setattr(work_rows, "translations", lambda codes: rows)

    def html(language):
        page = admin_page.get("/admin/", headers={"Accept-Language": language})
        return re.sub(r"<script.*?</script>", "", page.content.decode(), flags=re.DOTALL)

    return html


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_front_page_is_one_screen_of_a_laptop_whatever_waits(
    signed_in, site, crowded, language
):
    """Made in the process of the test, and shown with the style sheets of the site."""
    html = crowded(language)
    assert html.count("10345") == 3  # more than can be: all missing, left behind, to be read
    signed_in.set_viewport_size(WIDTHS["laptop"])
    signed_in.goto(f"{site}/admin/")
    signed_in.set_content(html)
    assert signed_in.locator("#work-list").bounding_box()["width"] > 800
    assert signed_in.locator(".models").bounding_box()["x"] > 800  # beside it
    assert signed_in.locator(".changes li").count() == 6
    assert signed_in.evaluate("document.documentElement.scrollHeight") <= 800


MESSAGES = """() => {
  const list = document.createElement("ul");
  list.className = "messagelist";
  for (const tag of ["success", "info", "warning", "error"])
    list.insertAdjacentHTML("beforeend", `<li class="${tag}">What was done, or was not</li>`);
  document.querySelector("main").prepend(list);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_success_a_warning_and_an_error_look_like_what_they_are(signed_in, site, scheme):
    signed_in.emulate_media(color_scheme=scheme)
    signed_in.goto(f"{site}/admin/")
    signed_in.evaluate(MESSAGES)
    looks = signed_in.locator(".messagelist li").evaluate_all(
        "items => items.map(item => [getComputedStyle(item).backgroundColor,"
        " getComputedStyle(item, '::before').maskImage])"
    )
    assert len({ground for ground, _sign in looks}) == 4
    assert len({sign for _ground, sign in looks}) == 4
    assert all(sign.startswith("url(") for _ground, sign in looks)
    assert complaints(signed_in) == []


@pytest.mark.parametrize("path", ["rollout/department/69/change/", "rollout/department/import/"])
def test_fields_stand_beside_their_labels_and_helps_under_their_fields(signed_in, site, path):
    signed_in.goto(f"{site}/admin/{path}")
    # Texts stand side by side, each in a column of its own; the fields of a preview in one line.
    rows = signed_in.locator(".form-row:visible").evaluate_all(
        """rows => rows.filter((row) => !row.closest(".text-panel, .preview-fields")).map((row) => {
          const box = (element) => element && element.getBoundingClientRect();
          const field = row.querySelector("input:not([type=hidden]), select, textarea");
          const label = row.querySelector("label:not(.vCheckboxLabel)");
          return [box(label), box(field), box(row.querySelector(".help"))];
        })"""
    )
    helps = [(field, help_) for _label, field, help_ in rows if field and help_]
    assert len(helps) >= 2
    for field, help_ in helps:
        assert abs(help_["x"] - field["x"]) <= 1, (field, help_)
        assert 0 <= help_["y"] - field["y"] - field["height"] < 40, (field, help_)
    fields = [(label, field) for label, field, _help in rows if label and field]
    assert len({round(label["x"]) for label, _field in fields}) == 1
    assert all(abs(label["y"] - field["y"]) < 20 for label, field in fields)
    assert all(field["x"] > label["x"] + 100 for label, field in fields)
