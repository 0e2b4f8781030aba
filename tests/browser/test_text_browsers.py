"""Pages in lynx and w3m: words only, in the order in which they stand in the HTML."""

import os
import re
import shutil
import subprocess

import pytest

from tests.support import servers
from tests.support.addresses import ANSWERS

pytestmark = pytest.mark.browser

COMMANDS = {
    "lynx": ["lynx", "-dump", "-nolist", "-width=100", "-display_charset=utf-8"],
    "w3m": ["w3m", "-dump", "-cols", "100", "-O", "UTF-8"],
}
IN_ORDER = {
    "": [
        "Can I activate the carte Vitale app where I live?",
        "Yes. You can activate it in every department of France",
        "Your town, postcode, department or region",
        "How to activate it What to prepare, and each step",
        "2023 pilot 8 departments about 25 July 2023",
        "All 101 departments, by region",
        "An independent site.",
    ],
    "?q=villeurbanne": [
        "Your town, postcode, department or region",
        "Rhône (69)",
        "Open since about 25 July 2023",
        "Wave 1 of 5",
        "How sure we are",
        "Last checked",
        "Where and when it opened",
    ],
    f"can-i/?document=titre-de-sejour&{ANSWERS}": [
        "Can I have the app, with my papers?",
        "Yes",
        "Your answers meet every condition that we ask about.",
        "Why",
        "French titre de séjour (carte de séjour, carte de résident), valid (not expired): accepted",
        "How sure we are",
        "Have ready",
    ],
    "at-the-counter/": [
        "At the pharmacy or doctor’s",
        "« Bonjour, est-ce que vous pouvez lire l’appli carte Vitale ? »",
        "Hello, can you read the carte Vitale app?",
        "Say it when you make an appointment or arrive",
        "What to expect",
        "If it is refused",
    ],
}
LEFTOVERS = r"\{[{%].*|</?\w+.*|&#?\w+;|\bNone\b|\bundefined\b|%\(\w+\)s"


def shown(program, address, folder):
    """Return what a text browser shows of a page, each run of white space as one space."""
    if shutil.which(program) is None:
        servers.missing(program, f"apt install {program}")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    command = [*COMMANDS[program], address]
    run = subprocess.run(command, env=environment, capture_output=True, check=True)
    return " ".join(run.stdout.decode().replace("\u2011", "-").split())


@pytest.mark.parametrize("path", IN_ORDER)
@pytest.mark.parametrize("program", COMMANDS)
def test_a_page_reads_in_order_the_answer_before_its_details(program, path, site, tmp_path):
    text = shown(program, f"{site}/en/{path}", tmp_path).partition("Skip to the content")[2]
    assert re.findall(LEFTOVERS, text) == []
    for part in IN_ORDER[path]:
        before, found, text = text.partition(part)
        assert found, (part, before[:300])
