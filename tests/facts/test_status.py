"""The state of a department is computed from dated facts, for any day."""

import datetime

import pytest
import time_machine

from rollout.facts.snapshot import RolloutSnapshot
from rollout.models import Department, Status

pytestmark = pytest.mark.django_db

day = datetime.date.fromisoformat

# Facts 1.06, 1.08 and 1.12: the list of the founding article, by region.
ARTICLE = {
    "84": "01 03 07 15 26 38 42 43 63 69 73 74",
    "93": "04 05 06 13 83 84",
    "27": "21 25 39 58 70 71 89 90",
    "44": "08 10 51 52 54 55 57 67 68 88",
    "28": "14 27 50 61 76",
    "52": "44 49 53 72 85",
}


@pytest.mark.parametrize(
    ("on", "count"),
    [
        ("2023-07-24", 0),
        ("2023-07-25", 8),
        ("2023-12-31", 8),
        ("2024-05-30", 8),
        ("2024-05-31", 23),
        ("2024-12-31", 23),
        ("2025-05-25", 23),
        ("2025-05-28", 46),
        ("2025-09-22", 46),
        ("2025-09-23", 56),
        ("2025-11-17", 56),
        ("2025-11-18", 101),
    ],
)
def test_as_many_are_open_as_the_facts_say(on, count):
    assert Department.objects.open(on=day(on)).count() == count
    assert RolloutSnapshot(day(on)).open_count == count


def test_on_28_may_2025_exactly_the_46_of_the_founding_article_in_six_regions_are_open():
    departments = Department.objects.open(on=day("2025-05-28"))
    by_region: dict[str, list[str]] = {}
    for department in departments.order_by("code"):
        by_region.setdefault(department.region_id, []).append(department.code)
    assert by_region == {region: codes.split() for region, codes in ARTICLE.items()}


def test_today_turns_at_midnight_in_paris_not_in_london():
    with time_machine.travel("2025-11-17T22:59:59+00:00", tick=False):
        assert Department.objects.open().count() == 56
        assert Department.objects.get(code="75").state().status == Status.OPENS
    with time_machine.travel("2025-11-17T23:00:00+00:00", tick=False):
        assert Department.objects.open().count() == 101
        assert Department.objects.get(code="75").state().status == Status.OPEN


def test_in_summer_midnight_in_paris_is_two_hours_earlier_than_in_utc():
    with time_machine.travel("2025-05-25T21:59:59+00:00", tick=False):
        assert Department.objects.open().count() == 23
    with time_machine.travel("2025-05-25T22:00:00+00:00", tick=False):
        assert Department.objects.open().count() == 46


def test_a_day_to_come_has_the_status_opens():
    paris = Department.objects.get(code="75")
    paris.opened_on = day("2027-02-01")
    with time_machine.travel("2027-01-31T12:00:00+01:00"):
        assert paris.state().status == Status.OPENS
    with time_machine.travel("2027-02-01T00:00:00+01:00"):
        assert paris.state().status == Status.OPEN


def test_without_a_day_it_is_not_announced():
    paris = Department(code="75", opened_on=None)
    assert paris.state().status == Status.NOT_ANNOUNCED
    assert paris.state(day("2023-01-01")).status == Status.NOT_ANNOUNCED


def test_a_suspension_ends_on_its_last_day():
    Department.objects.filter(code="69").update(
        suspended_from=day("2026-03-01"), suspended_until=day("2026-03-10")
    )
    rhone = Department.objects.get(code="69")
    states = {
        on: rhone.state(day(on)).status
        for on in ("2026-02-28", "2026-03-01", "2026-03-09", "2026-03-10")
    }
    assert list(states.values()) == [
        Status.OPEN,
        Status.SUSPENDED,
        Status.SUSPENDED,
        Status.OPEN,
    ]
    for on, status in states.items():
        is_open = Department.objects.open(on=day(on)).filter(code="69").exists()
        assert is_open == (status == Status.OPEN), on


def test_a_suspension_without_an_end_lasts():
    Department.objects.filter(code="69").update(suspended_from=day("2026-03-01"))
    assert Department.objects.get(code="69").state(day("2027-12-31")).status == Status.SUSPENDED
    assert not Department.objects.open(on=day("2027-12-31")).filter(code="69").exists()


def test_between_the_earliest_and_the_latest_possible_day_it_may_already_have_been_open():
    def status(on, code="35"):
        return RolloutSnapshot(day(on)).by_code[code].state.status

    assert status("2025-05-26") == Status.NOT_YET
    assert status("2025-05-27") == Status.MAYBE
    assert status("2025-09-22") == Status.MAYBE
    assert status("2025-09-23") == Status.OPEN
    assert status("2025-09-22", code="75") == Status.NOT_YET
    # Facts 1.09 and 10.13: not ten months too early.
    assert status("2023-08-01", code="01") == Status.NOT_YET
    assert status("2024-04-30", code="01") == Status.NOT_YET
    assert status("2024-05-01", code="01") == Status.MAYBE


def test_a_suspension_is_ahead_until_its_first_day_and_not_of_a_past_day():
    Department.objects.filter(code="69").update(
        suspended_from=day("2026-12-05"), suspended_until=day("2026-12-13")
    )
    rhone = Department.objects.get(code="69")
    ahead = {}
    with time_machine.travel("2026-11-29T12:00:00+01:00"):
        for on in ("2026-11-28", "2026-11-29", "2026-12-04", "2026-12-05", "2026-12-13"):
            ahead[on] = rhone.state(day(on)).is_suspension_ahead
        assert rhone.state().is_suspension_ahead
        assert [on for on in ahead if ahead[on]] == ["2026-11-29", "2026-12-04"]
        rhone.opened_on = day("2026-12-01")
        assert (rhone.state().status, rhone.state().is_suspension_ahead) == (Status.OPENS, True)
    rhone.opened_on, rhone.suspended_from = None, None
    assert not rhone.state().is_suspension_ahead


@pytest.mark.usefixtures("due_on_one_day")
def test_a_check_is_overdue_from_the_day_after_the_one_it_was_due_by():
    rhone = Department.objects.get(code="69")
    assert rhone.check_again_by == day("2027-02-21")
    with time_machine.travel("2027-02-21T23:59:59+01:00", tick=False):
        assert [rhone.is_overdue, rhone.state().is_overdue] == [False, False]
    with time_machine.travel("2027-02-22T00:00:00+01:00", tick=False):
        assert rhone.is_overdue
        assert rhone.state().is_overdue
        assert rhone.state(day("2027-06-01")).is_overdue
        assert not rhone.state(day("2027-02-21")).is_overdue  # a past day is history


def test_what_is_never_due_is_never_overdue():
    with time_machine.travel("2037-01-01T12:00:00+01:00", tick=False):
        assert not Department(check_again_by=None).is_overdue


@pytest.mark.parametrize(
    ("opened_on", "suspended_from", "was_open"),
    [
        ("2026-11-23", None, True),
        ("2026-11-24", None, False),
        ("2026-11-01", "2026-11-23", False),
        ("2026-11-01", "2026-11-24", True),
    ],
)
def test_whether_it_was_open_when_checked_is_that_of_the_day_of_the_check(
    opened_on, suspended_from, was_open
):
    department = Department(
        code="69",
        opened_on=day(opened_on),
        precision="on",
        suspended_from=suspended_from and day(suspended_from),
        last_checked=day("2026-11-23"),
    )
    with time_machine.travel("2026-12-31T12:00:00+01:00", tick=False):
        assert department.state().was_open_when_checked is was_open


def test_what_no_source_states_is_probable():
    states = {row.department.code: row.state for row in RolloutSnapshot(None).rows}
    assert [code for code, state in states.items() if state.is_probable] == [
        "971",
        "972",
        "973",
        "974",
        "976",
    ]
    assert not Department(code="69", certainty="user-reports").state().is_probable
    assert Department(code="69", certainty="not-found").state().is_probable


def test_queryset_and_row_agree_on_every_day_of_the_roll_out():
    for on in (day("2023-07-01") + datetime.timedelta(days=9 * n) for n in range(110)):
        rows = {row.department.code for row in RolloutSnapshot(on).rows if row.state.is_open}
        assert rows == set(Department.objects.open(on=on).values_list("code", flat=True)), on
