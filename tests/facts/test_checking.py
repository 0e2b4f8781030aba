"""What is due, in which order and groups, and the day of the next check."""

import datetime
from collections import Counter

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import translation

from rollout.facts import checking, history, writer
from rollout.importing.files import read_files
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    Source,
    Sourced,
    Wave,
)

pytestmark = pytest.mark.django_db
NOW = "2027-03-03T12:00:00+01:00"
day = datetime.date.fromisoformat


def weeks_of(days):
    return Counter(map(checking.monday_of, days))


def is_spread(days):
    """Tell whether no week holds more than a tenth of these days."""
    return max(weeks_of(days).values()) <= len(days) / 10


# --- By when the next check is due --------------------------------------------------------------------


def test_what_is_said_of_today_law_and_history_have_their_intervals():
    rhone = Department.objects.get(code="69")
    assert checking.interval(rhone) == datetime.timedelta(days=90)
    law = Entry.objects.get(slug="leaving-france")  # rests on an ordinance alone
    assert checking.interval(law) == datetime.timedelta(days=365)
    assert checking.interval(Wave.objects.get(slug="pilot-2023")) is None


def test_a_newspaper_beside_the_law_is_no_law_and_nor_is_what_rests_on_nothing():
    entry = Entry.objects.get(slug="leaving-france")
    entry.sources.add(Source.objects.get(slug="clubic-2024-05-31"))
    assert checking.interval(entry) == datetime.timedelta(days=90)
    entry.sources.clear()
    assert checking.interval(entry) == datetime.timedelta(days=90)


def test_every_publisher_of_law_is_one_of_the_data_files():
    publishers = set(Source.objects.values_list("publisher", flat=True))
    assert publishers >= checking.LAW_PUBLISHERS


def test_a_due_day_is_the_latest_whose_week_has_room():
    weeks = checking.DueWeeks([day("2027-02-21")] * 2, others=18)  # two a week
    take = {"latest": day("2027-02-24"), "after": day("2026-11-23")}
    days = [weeks.take(**take) for _ in range(5)]
    assert [str(one) for one in days] == [
        "2027-02-24",
        "2027-02-24",
        "2027-02-14",  # the week before is full already
        "2027-02-14",
        "2027-02-07",
    ]


def test_a_due_day_is_later_than_the_check_and_full_weeks_share_what_is_left():
    weeks = checking.DueWeeks([], others=0)  # one a week
    taken = [weeks.take(day("2027-02-24"), after=day("2027-02-20")) for _ in range(4)]
    assert [str(one) for one in taken] == ["2027-02-24", "2027-02-21", "2027-02-24", "2027-02-21"]
    monday = checking.DueWeeks([], others=0).take(day("2027-02-22"), after=day("2027-02-21"))
    assert monday == day("2027-02-22")


def test_a_later_week_is_taken_as_a_last_resort_only():
    weeks = checking.DueWeeks([day("2027-02-22")], others=1)
    limits = {"latest": day("2027-02-24"), "after": day("2027-02-21")}
    assert weeks.take(**limits, last_resort=day("2027-03-17")) == day("2027-03-07")
    assert weeks.take(**limits, last_resort=day("2027-03-10")) == day("2027-03-10")
    assert weeks.take(**limits, last_resort=day("2027-03-10")) == day("2027-02-24")


@time_machine.travel(NOW, tick=False)
def test_when_all_facts_are_checked_on_one_day_no_week_holds_more_than_a_tenth():
    rows = checking.due_facts(day("2099-01-01"))
    days = checking.next_due_days(rows)
    assert is_spread(days)
    assert checking.next_due_days(rows) == days  # whenever it is asked
    law = {row.pk for row in rows if checking.interval(row) == checking.LAW_INTERVAL}
    assert law == {"leaving-france"}
    for row, due in zip(rows, days, strict=True):
        wait = checking.interval(row)
        assert due
        assert wait
        assert day("2027-03-03") < due <= day("2027-03-03") + wait


@time_machine.travel(NOW, tick=False)
def test_checking_week_after_week_keeps_the_weeks_level():
    for number in range(20):
        now = day("2027-03-03") + number * checking.WEEK
        with time_machine.travel(f"{now}T12:00:00Z", tick=False):
            rows = checking.due_facts(checking.sunday_of(now))
            for row, due in zip(rows, checking.next_due_days(rows), strict=True):
                facts = type(row)._default_manager.filter(pk=row.pk)
                facts.update(last_checked=now, check_again_by=due)
            assert is_spread(checking.due_days())


@time_machine.travel(NOW, tick=False)
def test_what_nobody_could_settle_comes_back_within_14_days_or_in_the_next_week_with_room():
    rhone = Department.objects.get(code="69")
    assert checking.retry_days([rhone]) == [day("2027-03-17")]
    full = list(Entry.objects.exclude(check_again_by=None)[:78])
    for number, entry in enumerate(full):
        entry.check_again_by = day("2027-03-07") + number // 26 * checking.WEEK
        entry.save()
    assert checking.retry_days([rhone]) == [day("2027-03-28")]


# --- What is due, in which order -----------------------------------------------------------------------


def test_the_shipped_facts_are_spread_and_the_database_has_their_days():
    rows, problems = read_files(settings.DATA_FOLDER)
    assert problems == []
    days = [
        row.values["check_again_by"]
        for row in rows
        if issubclass(row.model, Sourced) and row.values["check_again_by"]
    ]
    assert len(days) > 250
    assert is_spread(days)
    assert sorted(checking.due_days()) == sorted(days)


@time_machine.travel(NOW, tick=False)
@pytest.mark.usefixtures("due_on_one_day")
def test_the_most_public_facts_come_first():
    rows = checking.due_facts(day("2027-03-07"))
    models = list(dict.fromkeys(map(type, rows)))
    assert models == [ActivationRoute, HealthScheme, Acceptance, Department, Entry]
    departments = [row.pk for row in rows if isinstance(row, Department)]
    assert departments[:3] == ["59", "75", "13"]  # by population
    assert len(departments) == 101
    kinds = list(dict.fromkeys(row.kind for row in rows if isinstance(row, Entry)))
    assert kinds[:2] == ["requirement", "step"]
    assert kinds[-1] == "term"
    assert len(checking.ENTRY_KINDS) == len(set(checking.ENTRY_KINDS)) == 14


@time_machine.travel(NOW, tick=False)
@pytest.mark.usefixtures("due_on_one_day")
def test_what_is_overdue_comes_before_what_is_more_public():
    ActivationRoute.objects.update(check_again_by=day("2027-03-05"))
    rows = checking.due_facts(day("2027-03-07"))
    assert isinstance(rows[0], HealthScheme)
    assert {type(row) for row in rows[-2:]} == {ActivationRoute}
    assert not any(
        isinstance(row, ActivationRoute) for row in checking.due_facts(day("2027-03-04"))
    )


@pytest.mark.usefixtures("due_on_one_day")
def test_what_is_withdrawn_or_history_is_never_due():
    HealthScheme.objects.filter(slug="msa").update(is_active=False)
    rows = checking.due_facts(day("2099-01-01"))
    assert "msa" not in {row.pk for row in rows if isinstance(row, HealthScheme)}
    assert not any(isinstance(row, Wave) for row in rows)
    assert len(checking.due_days()) == len(rows)


@pytest.mark.usefixtures("due_on_one_day")
def test_facts_of_one_kind_that_rest_on_one_source_make_a_group():
    rows = checking.due_facts(day("2027-02-21"))
    rows = [row for row in rows if isinstance(row, Department)]
    group = checking.first_group(rows)
    assert group[0] == rows[0]
    assert 1 < len(group) <= 20
    shared = set.intersection(*({source.pk for source in row.sources.all()} for row in group))
    assert shared
    rows[0].sources.clear()
    assert checking.first_group(list(Department.objects.filter(pk=rows[0].pk))) == [rows[0]]


# --- History ------------------------------------------------------------------------------------------


def test_tokens_of_many_rows_are_those_of_each():
    writer.confirm_entry(Entry.objects.get(slug="new-phone"), by=User())
    Entry.objects.filter(slug="nir").update(reread_since="2026-11-29T12:00:00Z")
    for rows in (
        list(Entry.objects.all()[:200]),
        list(Department.objects.all()[:3]),
        list(Acceptance.objects.all()[:3]),
    ):
        assert checking.version_tokens(rows) == {row.pk: history.version_token(row) for row in rows}
    assert checking.version_tokens([]) == {}


def test_who_last_checked_a_fact_is_who_gave_it_the_day(editor):
    rhone = Department.objects.get(code="69")
    rhone.last_checked = day("2026-11-25")
    writer.save_fact(rhone, by=editor, note="Checked")
    rhone.certainty = "official"
    writer.save_fact(rhone)
    ain = Department.objects.get(code="01")
    last = checking.last_checks([rhone, ain])
    assert (last["69"].checked.history_user, last["69"].latest.history_user) == (editor, None)
    assert last["01"].checked == last["01"].latest
    assert checking.last_checks([]) == {}


def test_a_check_writes_one_line_each_one_version_and_no_change_of_content(
    editor, django_assert_max_num_queries
):
    rows = list(Department.objects.order_by("pk")[:20])
    before = {row.pk: (row.changed_at, row.history.count()) for row in rows}
    sources = {source.pk for source in rows[0].sources.all()}
    for row in rows:
        row.last_checked, row.check_again_by = day("2026-11-29"), day("2027-01-31")
    with django_assert_max_num_queries(12):
        writer.save_checks(rows, by=editor, note=checking.STILL_TRUE)
    for row in Department.objects.filter(pk__in=before):
        assert (row.changed_at, row.history.count() - 1) == before[row.pk]
        line = row.history.first()
        assert (line.history_user, line.history_change_reason) == (editor, "Still true")
        assert line.check_again_by == day("2027-01-31")
        assert row.is_overdue is False
    assert {link.source_id for link in rows[0].history.first().sources.all()} == sources
    writer.save_checks([], by=editor, note="")


def test_the_reason_of_a_check_is_said_in_the_language_of_who_reads_it():
    reason = checking.COULD_NOT_TELL.format(note="The page is gone.")
    assert checking.reason_text(reason) == "Could not tell: The page is gone."
    with translation.override("fr"):
        assert checking.reason_text(reason) == "Impossible à dire\u00a0: The page is gone."
        assert checking.reason_text(checking.STILL_TRUE) == "Toujours vrai"
        assert checking.reason_text("A typo.") == "A typo."
