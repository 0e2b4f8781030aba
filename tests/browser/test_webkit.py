"""A short way through the site in WebKitGTK, whose engine is that of Safari."""

import json

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.support import servers
from tests.support.browser import RUN_AXE
from tests.support.webkit import is_installed, webkit

pytestmark = pytest.mark.browser

GROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    if not is_installed():
        servers.missing("WebKitGTK", "apt install webkit2gtk-driver xvfb")
    with webkit(tmp_path_factory.mktemp("webkit")) as tab:
        yield tab


def axe_violations(tab):
    tab.run(AXE_SCRIPT)
    return tab.evaluate(f"({RUN_AXE})({json.dumps({'preload': False})})")


def test_a_town_is_searched_and_answered(tab, site):
    tab.goto(f"{site}/en/")
    tab.type("#q", "villeurbanne")
    tab.follow(".search button")
    state = tab.text("#answer .verdict-state").replace("\xa0", " ")
    assert state.startswith("Open since about 25 July 2023")
    assert axe_violations(tab) == []


def test_the_check_asks_one_question_at_a_time_and_gives_a_verdict(tab, site):
    tab.goto(f"{site}/en/can-i/?step=document")
    for answer in ("titre-de-sejour", "msa", "18-or-over", "permanent", "recent"):
        tab.click(f"input[value='{answer}']")
        tab.follow("main form button")
    tab.follow("form[action$='#answer'] button")
    assert tab.text("#answer h2") == "Yes"
    assert axe_violations(tab) == []


def test_a_sentence_is_shown_large_and_the_dark_theme_is_kept(tab, site):
    tab.goto(f"{site}/en/at-the-counter/")
    light = tab.evaluate(GROUND)
    tab.click(".phrase-actions button")
    assert tab.text("dialog p").startswith("Bonjour")
    tab.click("dialog button")
    tab.click(".theme [value=dark]")
    assert tab.evaluate(GROUND) != light
    tab.goto(f"{site}/en/?q=69")
    assert tab.evaluate(GROUND) != light
    tab.click(".theme [value=system]")
    assert tab.evaluate(GROUND) == light
