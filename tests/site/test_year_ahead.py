"""On each day of the year ahead every kind of page is there, in each language, and they agree.

A few days here, those around the first check that falls due among them, which together have every
sample; `make drills DRILLS=year` takes each day of the year, and every sample on each. Languages
other than English and French have two samples each.
"""

import datetime
import os
import re

import pytest
import time_machine

from tests.support.addresses import LANGUAGES, SAMPLES
from tests.support.languages import public_in_files

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(1)
FIRST_DAY = datetime.date.fromisoformat(os.environ.get("YEAR_FROM", "2026-11-29"))
DAYS = int(os.environ.get("YEAR_DAYS", "0"))
SAYING = ("", "departments/69-rhone/", "departments/")
"""The samples that say what is overdue."""
ALL = {"en": "in every department", "fr": "dans tous les départements"}


@pytest.fixture
def due(due_on_one_day):
    """The day by which every department has to be checked again."""
    return due_on_one_day


def days(due):
    """Return each day of the year, where that was demanded; else the days on which things turn."""
    if DAYS:
        return [FIRST_DAY + number * ONE_DAY for number in range(DAYS)]
    return [FIRST_DAY, due, due + ONE_DAY, FIRST_DAY + 365 * ONE_DAY]


def lead(html):
    """Return the first paragraph of a page, as text."""
    (paragraph,) = re.findall(r'<p class="lead">(.*?)</p>', html, re.DOTALL)[:1]
    return " ".join(re.sub(r"<[^>]+>", "", paragraph).split())


def test_every_kind_of_page_is_there_and_says_what_is_overdue(client, due):
    chosen = days(due)
    for number, day in enumerate(chosen):
        samples = SAMPLES if DAYS else sorted({*SAMPLES[number :: len(chosen)], *SAYING})
        with time_machine.travel(f"{day}T12:00:00+01:00", tick=False):
            answer = client.get("/api/v1/departments").json()
            rows = answer["departments"]
            is_open = sum(row["status"] == "open" for row in rows)
            assert any(row["is_overdue"] for row in rows) == (day > due), day
            for language in LANGUAGES:
                pages = {path: client.get(f"/{language}/{path}") for path in samples}
                assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(
                    samples, 200
                ), (day, language)
                home = pages[""].content.decode()
                count = ALL[language] if is_open == len(rows) and day <= due else str(is_open)
                assert count in lead(home), (day, lead(home))
                for path in SAYING:
                    html = pages[path].content.decode()
                    assert ('id="overdue"' in html) == (day > due), (day, language, path)
                says_yes = lead(home).startswith(("Yes", "Oui"))
                assert says_yes == (day <= due and is_open == len(rows)), (day, lead(home))
            for language in public_in_files():
                for path in ("", "departments/69-rhone/"):
                    html = client.get(f"/{language}/{path}").content.decode()
                    assert f'<html lang="{language}"' in html
                    assert ('id="overdue"' in html) == (day > due), (day, language, path)
