"""The one place for the words of a department on a day: announced, past, overdue, probable."""

import datetime
from typing import Any

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from rollout.models import State, Status
from rollout.wording import labels

day = datetime.date.fromisoformat

TODAY = day("2026-11-29")
CHECKED = day("2026-11-23")


def words(status=Status.OPEN, language="en", **values: Any):
    """Return the words of a state as plain text; all days are given as text."""
    given: dict[str, Any] = {
        "opened_on": "2025-11-18",
        "on": TODAY,
        "today": TODAY,
        "last_checked": CHECKED,
        "precision": "on",
        "was_open_when_checked": True,
        **values,
    }
    days = {"opened_on", "on", "today", "not_before", "suspended_from", "suspended_until"}
    parsed: dict[str, Any] = {
        name: day(value) if name in days and isinstance(value, str) else value
        for name, value in given.items()
    }
    with translation.override(language):
        return (
            strip_tags(labels.state(State(status, **parsed)))
            .replace("\xa0", " ")
            .replace("\u202f", " ")
        )


@pytest.mark.parametrize(
    ("start", "until", "english", "french"),
    [
        (
            "2026-12-05",
            "2026-12-13",  # the first day on which it works again
            "Open; suspended from 5 to 12 December 2026",
            "Ouvert ; suspendu du 5 au 12 décembre 2026",
        ),
        (
            "2026-12-01",
            "2027-01-01",
            "Open; suspended from 1 to 31 December 2026",
            "Ouvert ; suspendu du 1er au 31 décembre 2026",
        ),
        (
            "2026-12-01",
            "2026-12-02",
            "Open; suspended on 1 December 2026",
            "Ouvert ; suspendu le 1er décembre 2026",
        ),
        (
            "2026-11-30",
            "2026-12-13",
            "Open; suspended from 30 November to 12 December 2026",
            "Ouvert ; suspendu du 30 novembre au 12 décembre 2026",
        ),
        (
            "2026-12-28",
            "2027-01-06",
            "Open; suspended from 28 December 2026 to 5 January 2027",
            "Ouvert ; suspendu du 28 décembre 2026 au 5 janvier 2027",
        ),
        (
            "2026-12-05",
            None,
            "Open; suspended from 5 December 2026",
            "Ouvert ; suspendu à partir du 5 décembre 2026",
        ),
    ],
)
def test_a_suspension_is_told_before_it_begins(start, until, english, french):
    period = {"suspended_from": start, "suspended_until": until}
    assert words(**period) == english
    assert words(language="fr", **period) == french


def test_an_opening_and_a_suspension_ahead_are_told_together():
    period = {"suspended_from": "2026-12-05", "suspended_until": "2026-12-13"}
    assert (
        words(Status.OPENS, opened_on="2026-12-01", **period)
        == "Opens on 1 December 2026; suspended from 5 to 12 December 2026"
    )


@pytest.mark.parametrize(
    ("status", "values", "expected"),
    [
        (Status.SUSPENDED, {"suspended_from": "2026-11-01"}, "Suspended since 1 November 2026"),
        (
            Status.SUSPENDED,
            {"suspended_from": "2026-11-01", "suspended_until": "2026-12-24"},
            "Suspended since 1 November 2026; works again from 24 December 2026",
        ),
        (
            Status.SUSPENDED,  # a past day of a suspension that is over
            {"on": "2026-03-02", "suspended_from": "2026-03-01", "suspended_until": "2026-03-10"},
            "Suspended from 1 to 9 March 2026",
        ),
        (
            Status.SUSPENDED,  # a day to come of one that has not begun
            {"on": "2026-12-06", "suspended_from": "2026-12-05", "suspended_until": "2026-12-13"},
            "Suspended from 5 to 12 December 2026, as far as is announced today",
        ),
        (Status.OPEN, {"on": "2027-06-01"}, "Open, as far as is announced today"),
        (
            Status.OPEN,
            {"on": "2027-06-01", "opened_on": "2027-02-01"},
            "Open from 1 February 2027, as far as is announced today",
        ),
        (
            Status.OPEN,
            {"on": "2027-06-01", "opened_on": "2027-02-01", "precision": "by"},
            "Open from 1 February 2027 at the latest, as far as is announced today",
        ),
        (
            Status.OPENS,
            {"on": "2027-01-01", "opened_on": "2027-02-01"},
            "Opens on 1 February 2027, as far as is announced today",
        ),
        (Status.NOT_ANNOUNCED, {"on": "2027-06-01", "opened_on": None}, "Not announced"),
        (Status.OPEN, {"precision": "about"}, "Open since about 18 November 2025"),
        (Status.OPEN, {"precision": "by"}, "Open since 18 November 2025 at the latest"),
        (
            Status.NOT_YET,
            {"on": "2023-08-01", "opened_on": "2024-05-31", "precision": "by"},
            "Not open yet; opened by 31 May 2024",
        ),
        (
            Status.MAYBE,
            {"on": "2024-05-10", "opened_on": "2024-05-31", "precision": "by"},
            "Opened by 31 May 2024; exact day not known",
        ),
        (
            Status.NOT_YET,
            {"on": "2022-06-01", "opened_on": "2023-07-25", "precision": "about"},
            "Not open yet; opened about 25 July 2023",
        ),
    ],
)
def test_a_past_day_is_history_and_a_day_to_come_is_what_is_announced(status, values, expected):
    assert words(status, **values) == expected


AS_ANNOUNCED = ", as far as was announced when last checked, on 23 November 2026"
OVERDUE = {"on": "2027-02-22", "today": "2027-02-22", "is_overdue": True}


@pytest.mark.parametrize(
    ("status", "values", "expected"),
    [
        (Status.OPEN, {}, "Open when last checked, on 23 November 2026"),
        (
            Status.OPEN,
            {"suspended_from": "2027-03-05", "suspended_until": "2027-03-13"},
            "Open when last checked, on 23 November 2026; suspended from 5 to 12 March 2027",
        ),
        (
            Status.OPEN,  # it was only announced when last checked
            {"opened_on": "2027-01-01", "was_open_when_checked": False},
            f"Open since 1 January 2027{AS_ANNOUNCED}",
        ),
        (
            Status.OPEN,
            {"on": "2027-06-01"},
            f"Open{AS_ANNOUNCED}",
        ),
        (
            Status.SUSPENDED,
            {"suspended_from": "2026-11-01"},
            f"Suspended since 1 November 2026{AS_ANNOUNCED}",
        ),
        (
            Status.OPENS,
            {"opened_on": "2027-03-01"},
            f"Opens on 1 March 2027{AS_ANNOUNCED}",
        ),
        (
            Status.NOT_ANNOUNCED,
            {"opened_on": None},
            "Not announced when last checked, on 23 November 2026",
        ),
        (
            Status.OPEN,
            {"certainty": "inference"},
            "Probably open when last checked, on 23 November 2026",
        ),
    ],
)
def test_what_is_overdue_is_told_as_of_its_last_check(status, values, expected):
    assert words(status, **OVERDUE | values) == expected


@pytest.mark.parametrize(
    ("status", "values", "english", "french"),
    [
        (
            Status.OPEN,
            {},
            "Probably open since 18 November 2025",
            "Probablement ouvert depuis le 18 novembre 2025",
        ),
        (
            Status.OPENS,
            {"opened_on": "2027-02-01"},
            "Probably opens on 1 February 2027",
            "Ouvre probablement le 1er février 2027",
        ),
        (
            Status.NOT_YET,
            {"on": "2025-05-28"},
            "Not open yet; probably opened on 18 November 2025",
            "Pas encore ouvert ; ouverture probable le 18 novembre 2025",
        ),
        (
            Status.OPEN,
            {"suspended_from": "2026-12-05"},
            "Probably open; suspended from 5 December 2026",
            "Probablement ouvert ; suspendu à partir du 5 décembre 2026",
        ),
    ],
)
def test_what_is_our_own_conclusion_is_probable(status, values, english, french):
    assert words(status, certainty="inference", **values) == english
    assert words(status, "fr", certainty="inference", **values) == french


def test_the_days_are_time_elements():
    state = State(
        Status.OPEN,
        day("2025-11-18"),
        "on",
        suspended_from=day("2026-12-05"),
        suspended_until=day("2026-12-13"),
        on=TODAY,
        today=TODAY,
    )
    html = labels.state(state)
    assert '<time datetime="2026-12-05">5</time>' in html
    assert '<time datetime="2026-12-12">12\xa0December 2026</time>' in html
