"""Whatever the constraints allow and whatever the day: every count that the site gives is the same.

A department counts as open on a day if it opened by that day and is not suspended on it; as opened,
if it opened by that day. What says "open" is compared with the first, what says "opened" with the
second: chart, links to days, the column "In all", `open_after` of the API, calendars.
"""

import datetime
import re
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

import pytest
from django.db import transaction
from django.http import QueryDict
from django.utils.html import strip_tags
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from rollout.caching import fragments
from rollout.dates import FIRST_DAY, today
from rollout.facts import writer
from rollout.facts.snapshot import RolloutSnapshot
from rollout.facts.timeline import timeline
from rollout.facts.totals import Totals
from rollout.models import Certainty, Department, Precision, Status, Wave
from rollout.models.places import PILOT_DAY
from rollout.pages.charts import step_chart
from rollout.pages.list_form import ListForm
from rollout.syndication.share_images import picture_of_site
from tests.support.admin_forms import form_values

pytestmark = pytest.mark.django_db
day = datetime.date.fromisoformat
LAST = day("2027-12-31")
ONE_DAY = datetime.timedelta(1)
WAVES = [f"wave-{n}" for n in range(1, 4)]  # three more, beside the five of the files


@dataclass(frozen=True)
class Facts:
    """What differs between departments."""

    wave_id: str | None
    opened_on: datetime.date | None = None
    precision: str = ""
    not_before: datetime.date | None = None
    suspended_from: datetime.date | None = None
    suspended_until: datetime.date | None = None
    certainty: str = Certainty.OFFICIAL.value

    def is_opened(self, on):
        return self.opened_on is not None and self.opened_on <= on

    def is_open(self, on):
        begun = self.suspended_from is not None and self.suspended_from <= on
        ended = self.suspended_until is not None and self.suspended_until <= on
        return self.is_opened(on) and (ended or not begun)


@st.composite
def facts(draw):
    """Return facts of a department that the constraints allow."""
    slugs = [*WAVES, "pilot-2023", "expansion-2025-november"]
    wave = draw(st.sampled_from(slugs))
    certainty = draw(st.sampled_from(Certainty.values))
    opened_on = draw(st.none() | st.dates(PILOT_DAY, LAST - 2 * ONE_DAY))
    if opened_on is None:
        return Facts(draw(st.sampled_from([wave, None])), certainty=certainty)
    precision = draw(st.sampled_from(Precision.values))
    not_before = suspended_from = suspended_until = None
    if precision == Precision.BY and opened_on > PILOT_DAY:
        not_before = draw(st.none() | st.dates(PILOT_DAY, opened_on - ONE_DAY))
    suspended_from = draw(st.none() | st.dates(opened_on, LAST - ONE_DAY))
    if suspended_from:
        suspended_until = draw(st.none() | st.dates(suspended_from + ONE_DAY, LAST))
    return Facts(wave, opened_on, precision, not_before, suspended_from, suspended_until, certainty)


@st.composite
def cases(draw):
    """Return facts for the departments, in turn, and a day: often one on which something changes."""
    groups = draw(st.lists(facts(), min_size=1, max_size=6))
    turns = {
        moment + step * ONE_DAY
        for group in groups
        for moment in (group.opened_on, group.not_before, group.suspended_from, LAST)
        if moment
        for step in (-1, 0)
    }
    return groups, draw(st.sampled_from(sorted(turns)) | st.dates(FIRST_DAY, LAST))


REAL = Facts("expansion-2025-november", day("2025-11-18"), "on")
LATER = replace(REAL, opened_on=day("2026-11-30"))
SUSPENDED = replace(REAL, suspended_from=day("2026-12-05"), suspended_until=day("2026-12-13"))


@contextmanager
def stored(groups):
    """Give the departments these facts, in turn; yield them by number, then undo it."""
    with transaction.atomic():
        for position, slug in enumerate(WAVES):
            # As an editor may: with gaps between positions.
            writer.save_fact(Wave(slug=slug, position=7 + 5 * position, last_checked=PILOT_DAY))
        numbers = list(Department.objects.order_by("code").values_list("code", flat=True))
        given_facts = {code: groups[n % len(groups)] for n, code in enumerate(numbers)}
        for n, group in enumerate(groups):
            own = Department.objects.filter(code__in=numbers[n :: len(groups)])
            own.update(**asdict(group))
        fragments.fragment_cache.clear()
        yield given_facts
        transaction.set_rollback(True)
    fragments.fragment_cache.clear()


def codes(rows):
    return {row.department.code for row in rows}


def agreeing(max_examples):
    """Return the settings: no shrinking, which takes minutes; an example says enough."""
    return settings(
        max_examples=max_examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@example(([REAL, LATER], day("2026-11-29")))
@example(([REAL, SUSPENDED], day("2026-12-05")))
@given(cases())
@agreeing(12)
def test_what_pages_are_made_of_agrees(client, case):
    groups, on = case
    with stored(groups) as given_facts:
        is_open = {code for code, one in given_facts.items() if one.is_open(on)}
        opened = {code for code, one in given_facts.items() if one.is_opened(on)}
        snapshot = RolloutSnapshot(on)
        assert set(Department.objects.open(on).values_list("code", flat=True)) == is_open
        assert codes(row for row in snapshot.rows if row.state.is_open) == is_open
        assert snapshot.open_count == len(is_open)
        totals = Totals.of(snapshot.rows, on)
        assert (totals.open_count, totals.suspended_count) == (len(is_open), len(opened - is_open))
        assert snapshot.all_open == (len(is_open) == len(given_facts))
        assert sum(region.open_count for region in snapshot.regions) == len(is_open)
        _check_days(snapshot, given_facts, opened)
        _check_waves(snapshot, given_facts, is_open)
        _check_list(snapshot, given_facts, is_open)
        _check_api(client, snapshot, is_open)
        assert _in_calendar(client, on) == opened
        open_today = {code for code, one in given_facts.items() if one.is_open(today())}
        assert {code for code, _tint in picture_of_site(snapshot.rows).highlights} == open_today


def _check_days(snapshot, given_facts, opened):
    """Check chart, links to days and timeline: the same days, each counted over all departments."""
    days = sorted({one.opened_on for one in given_facts.values() if one.opened_on})
    counts = {moment: sum(one.is_opened(moment) for one in given_facts.values()) for moment in days}
    assert {one.day: one.open_after for one in snapshot.opening_days} == counts
    assert [one.day for one in snapshot.opening_days] == days
    assert max((n for moment, n in counts.items() if moment <= snapshot.on), default=0) == len(
        opened
    )
    chart = step_chart(snapshot.opening_days, snapshot.on, snapshot.on)
    assert (chart is None) == (not days)
    if chart:
        assert [step.opening_day.open_after for step in chart.steps] == list(counts.values())
        heights = [float(step.y) for step in chart.steps]
        assert heights == sorted(heights, reverse=True)
        assert all(6 <= float(step.x) <= 354 for step in chart.steps)
    events = timeline(snapshot.opening_days, [])
    assert {event.day for event in events} == set(days)
    for event in events:
        assert event.opening is not None
        assert event.opening.open_after == counts[event.day]


def _check_waves(snapshot, given_facts, is_open):
    """Check that each wave has its departments, each with its own day, and no other."""
    for status in snapshot.wave_statuses:
        own = {code for code, one in given_facts.items() if one.wave_id == status.wave.slug}
        assert codes(status.rows) == own
        by_day = [codes(opening.rows) for opening in status.openings]
        assert sum(map(len, by_day)) + len(status.undated) == len(own)
        assert set().union(*by_day) | codes(status.undated) == own
        for opening in status.openings:
            for row in opening.rows:
                one = given_facts[row.department.code]
                assert (one.opened_on, one.precision) == (opening.day, opening.precision)
        last = max((given_facts[code].opened_on or FIRST_DAY for code in own), default=FIRST_DAY)
        in_all = sum(one.is_opened(last) for one in given_facts.values())
        assert status.open_after == (in_all if last > FIRST_DAY else None)
        assert codes(row for row in status.rows if row.state.is_open) == own & is_open


def _check_list(snapshot, given_facts, is_open):
    def count(**params):
        query = QueryDict(mutable=True)
        query.update(params)
        return ListForm(query, snapshot).count

    assert count() == len(given_facts)
    if is_open:
        assert count(state=Status.OPEN.value) == len(is_open)
    for status in snapshot.wave_statuses:
        if status.rows:
            assert count(wave=status.wave.slug) == len(status.rows)


def _check_api(client, snapshot, is_open):
    def get(path):
        return client.get(f"/api/v1/{path}?on={snapshot.on}").json()

    departments = get("departments")["departments"]
    assert {row["code"] for row in departments if row["status"] == "open"} == is_open
    assert sum(row["open_count"] for row in get("regions")["regions"]) == len(is_open)
    phases = get("phases")["phases"]
    assert len(phases) == len(snapshot.wave_statuses)
    without_wave = sum(row["phase"] is None for row in departments)
    assert sum(phase["department_count"] for phase in phases) == len(departments) - without_wave
    assert sum(phase["open_count"] for phase in phases) == len(is_open)
    for phase, status in zip(phases, snapshot.wave_statuses, strict=True):
        assert phase["open_after"] == status.open_after
        assert phase["opened_on"] == min((one["opened_on"] for one in phase["days"]), default=None)
        assert [(one["opened_on"], set(one["departments"])) for one in phase["days"]] == [
            (opening.day.isoformat(), codes(opening.rows)) for opening in status.openings
        ]


def _in_calendar(client, on):
    """Return the departments of the openings in the calendar up to a day."""
    calendar = Calendar.from_ical(client.get("/en/openings.ics").content)
    return {
        code
        for event in calendar.walk("VEVENT")
        if event.decoded("DTSTART") <= on and "opens" in str(event["SUMMARY"])
        for code in re.findall(r"\((\d[\dAB]\d?)\)", str(event["DESCRIPTION"]))
    }


@example(([REAL, LATER], day("2026-11-29")))
@example(([REAL, SUSPENDED], day("2026-12-05")))
@given(cases())
@agreeing(4)
def test_what_pages_say_agrees(client, case):
    groups, on = case
    with stored(groups) as given_facts:
        is_open = {code for code, one in given_facts.items() if one.is_open(on)}
        snapshot = RolloutSnapshot(on)
        home, rollout, departments = (
            client.get(f"/en/{path}?on={on}").content.decode()
            for path in ("", "rollout/", "departments/")
        )
        for html in (home, rollout, departments):
            assert _headline(html) == len(is_open)
        days = [
            (one.day.isoformat(), str(one.open_after))
            for one in snapshot.opening_days
            if one.day <= LAST
        ]
        for html in (home, rollout):
            assert _day_links(html) == days
            assert _key(html) == [len(status.rows) for status in snapshot.wave_statuses]
            assert html.count("<a href") > 101
            shown = html.partition('<div class="map">')[2].partition("</svg>")[0]
            assert len(re.findall(r'class="is-open\b', shown)) == len(is_open)
        assert _table(rollout) == [
            (str(len(status.rows)), str("–" if (n := status.open_after) is None else n))
            for status in snapshot.wave_statuses
        ]
        chart = re.findall(r'class="chart-count"[^>]*>(\d+)<', rollout)
        assert chart == [count for _day, count in days]
        _check_regions(home, len(is_open))
        listed = departments.partition('<table class="listing">')[2]
        assert _open_rows(listed) == len(is_open)
        for status in snapshot.wave_statuses:
            _check_wave_page(client, status, on, is_open)


def _headline(html):
    """Return how many departments the first sentence of a page says are open."""
    lead = " ".join(strip_tags(re.findall(r'<p class="lead">.*?</p>', html, re.DOTALL)[0]).split())
    if match := re.search(r"(\d+) of 101 departments", lead):
        return int(match[1])
    return 101 if re.search(r"\b(in all|all 101)\b", lead) else 0


def _day_links(html):
    nav = html.partition('<nav class="days"')[2].partition("</nav>")[0]
    counts = re.findall(r'class="days-count">(\d+)<', nav)
    return list(zip(re.findall(r'<time datetime="([^"]+)"', nav), counts, strict=True))


def _key(html):
    """Return the number of departments of each wave in the key of the map."""
    key = html.partition('<ul class="legend"')[2].partition("</ul>")[0]
    return [int(count) for count in re.findall(r"<b>(\d+)<", key)]


def _table(html):
    """Return the last two columns of the table of the waves."""
    table = html.partition('<table class="waves">')[2].partition("</table>")[0]
    return re.findall(r'<td class="number new">(\d+)</td>\s*<td class="number">([^<]+)</td>', table)


def _open_rows(html):
    """Return how many rows of a list are in the state "open"."""
    return len(re.findall(r"\bstate-open\b(?!-)", html))


def _check_regions(html, open_count):
    """Check that each region says of how many it says so row by row."""
    part = html.partition('id="departments"')[2].partition('id="waves"')[0]
    assert _open_rows(part) == open_count
    for region in part.split('<section class="region">')[1:]:
        if match := re.search(r"(\d+) of (\d+) open", " ".join(region.split())):
            assert int(match[1]) == _open_rows(region)
            assert int(match[2]) == region.count("<li>")


def _check_wave_page(client, status, on, is_open):
    html = client.get(f"/en/rollout/{status.wave.slug}/?on={on}").content.decode()
    rows = html.partition('<ul class="found">')[2].partition("</ul>")[0]
    assert rows.count("<li>") == len(status.rows)
    assert _open_rows(rows) == len(codes(status.rows) & is_open)
    lead = " ".join(strip_tags(re.findall(r'<p class="lead">.*?</p>', html, re.DOTALL)[0]).split())
    if not status.rows:
        assert "No department belongs to this wave yet." in lead
        return
    assert lead.startswith(f"{len(status.rows)} department")
    if not status.has_one_day and status.openings:
        counts = [len(opening.rows) for opening in status.openings]
        told = [int(n) for n in re.findall(r"(\d+) (?:on|about|by) \d", lead)]
        assert told == counts
        undated = re.search(r"(\d+) not announced", lead)
        assert int(undated[1] if undated else 0) == len(status.undated)


def test_the_feed_names_as_many_as_open_in_calendar_and_api(admin_page, client):
    codes_of_bretagne = ["22", "29", "35", "56"]
    address = "/admin/rollout/department/edit/"
    values = {
        "departments": codes_of_bretagne,
        "opened_on": "2026-11-30",
        "precision": "on",
        "wave": "expansion-2025-summer",
        "certainty": "official",
        "sources": ["ameli-2025-11"],
        "change_note": "Four departments open later.",
    }
    Department.objects.filter(code__in=codes_of_bretagne).update(not_before=None)
    plan = admin_page.post(address, values).content.decode()
    assert admin_page.post(address, form_values(plan) | {"_confirm": "1"}).status_code == 302
    entry = client.get("/en/updates.atom").content.decode().partition("<entry>")[2]
    assert re.findall(r'<category [^>]*term="(\w+)"', entry) == codes_of_bretagne
    (moved,) = [
        event
        for event in Calendar.from_ical(client.get("/en/openings.ics").content).walk("VEVENT")
        if event.decoded("DTSTART") == day("2026-11-30")
    ]
    assert moved["SUMMARY"] == "Carte Vitale app opens: 4 departments"
    phase = client.get("/api/v1/phases/expansion-2025-summer").json()["phase"]
    assert phase["days"][-1]["departments"] == codes_of_bretagne
