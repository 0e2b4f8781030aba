"""An editor imports a file and checks links, in a real browser: what the two scripts add."""

import re
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.support.browser import check, sign_in

pytestmark = pytest.mark.browser


def test_a_file_is_imported_and_one_that_is_too_large_leaves_the_form(watched, site):
    sign_in(watched, site, "an-editor-of-files")
    watched.goto(f"{site}/admin/rollout/department/import/")
    check(watched, "Import departments from a file")
    watched.get_by_label("What readers are told").fill("Read in the press.")
    field = watched.get_by_label("CSV file or workbook")
    field.set_input_files({"name": "big.csv", "mimeType": "text/csv", "buffer": b"x" * 300_000})
    watched.get_by_role("button", name="Show what would change").click()
    assert "too large: 200 KB at most" in field.evaluate("field => field.validationMessage")
    expect(watched.get_by_label("What readers are told")).to_have_value("Read in the press.")
    file = "code;opened_on\n1;05/06/2024\n".encode("cp1252")
    field.set_input_files({"name": "plan.csv", "mimeType": "text/csv", "buffer": file})
    watched.get_by_role("button", name="Show what would change").click()
    watched.get_by_role("heading", name="1 department would change").wait_for()
    notes = watched.get_by_role("group").filter(has_text="How plan.csv was read")
    expect(notes).to_contain_text("1 number of a department was completed: 1 → 01.")
    expect(notes).to_contain_text("1 day was read as day/month/year: 05/06/2024 is 5 June 2024.")


def test_the_check_of_links_goes_on_by_itself_until_it_is_finished(watched, site):
    """The server's answers are made up: no page of the world is reached from a test."""
    sign_in(watched, site, "an-editor-of-links")
    address = f"{site}/admin/rollout/source/link-check/"
    watched.goto(address)
    page = watched.content()
    check(watched, "Check of links")
    batches = count(1)

    def visit(route):
        if route.request.method != "POST":
            route.continue_()
            return
        number = next(batches)
        is_last = number in (3, 6)
        status = f"Finished: all {number} pages are visited." if is_last else f"{number} visited."
        answer = re.sub(r'(role="status"[^>]*>)\s*', rf"\g<1>{status}", page)
        goes_on = "" if is_last else "data-goes-on"
        answer = answer.replace('data-pause="2.0"', f'data-pause="0" {goes_on}')
        stop = '<a class="button" id="link-check-stop" href="#">Stop</a></form>'
        route.fulfill(body=answer.replace("</form>", stop), content_type="text/html")

    watched.route(address, visit)
    status = watched.get_by_role("status")
    watched.get_by_role("button", name="Start").click()
    expect(status).to_have_text("Finished: all 3 pages are visited.")
    assert next(batches) == 4
    expect(watched.get_by_role("button", name="Start")).to_be_enabled()
    watched.get_by_role("button", name="Start").click()
    expect(status).to_have_text("Finished: all 6 pages are visited.")
    assert next(batches) == 7
