"""Days of opening: chart, links, waves and counts come from each department's own day."""

import datetime

import pytest
from django.utils.html import strip_tags

from rollout.facts import writer
from rollout.facts.snapshot import RolloutSnapshot
from rollout.facts.timeline import timeline
from rollout.facts.totals import Totals
from rollout.models import Department, Wave, WaveText
from rollout.syndication.share_images import picture_of_site
from rollout.wording import labels

pytestmark = pytest.mark.django_db
day = datetime.date.fromisoformat
LAST = "expansion-2025-november"
TWELVE = ["2A", "2B", "75", "77", "78", "91", "92", "93", "94", "95", "971", "972"]


@pytest.fixture
def _twelve_later():
    """Twelve departments of the last wave open on 30 November 2026, the others a year before."""
    Department.objects.filter(code__in=TWELVE).update(opened_on=day("2026-11-30"))


@pytest.fixture
def _mistyped():
    """One department of the last wave has a day of nearly two years before."""
    Department.objects.filter(code="75").update(opened_on=day("2024-01-15"))


def sixth_wave(**values):
    wave = Wave(slug="expansion-2027", last_checked=day("2026-11-23"), **values)
    writer.save_fact(wave)
    writer.save_fact(WaveText(wave=wave, language="en", name="2027 expansion"))
    return wave


def steps(snapshot):
    return [(str(one.day), one.open_after) for one in snapshot.opening_days]


def status(slug, **values):
    return next(s for s in RolloutSnapshot(**values).wave_statuses if s.wave.slug == slug)


def plain(html):
    """Return the text of a page or a part of it, with one space between words."""
    return " ".join(strip_tags(html).split())


def part(html, start, end):
    return plain(html.partition(start)[2].partition(end)[0])


@pytest.mark.usefixtures("_twelve_later")
def test_twelve_that_open_later_are_told_everywhere(client):
    snapshot = RolloutSnapshot(day("2026-11-29"))
    assert steps(snapshot)[-2:] == [("2025-11-18", 89), ("2026-11-30", 101)]
    assert snapshot.open_count == 89
    html = client.get("/en/rollout/?on=2026-11-29").content.decode()
    assert "89 of 101" in plain(html)
    days = part(html, '<nav class="days"', "</nav>")
    assert "89 departments opened by 18 November 2025" in days
    assert "101 departments opened by 30 November 2026" in days
    told = "33 on 18 November 2025, 12 on 30 November 2026"
    assert f"2025 expansion: all of France {told} 45 101" in part(html, "<tbody>", "</tbody>")
    assert f"45 departments {told}" in part(html, '<ul class="legend"', "</ul>")
    story = part(html, '<ol class="story">', "</ol>")
    assert "33 more departments, 89 in all." in story
    assert "12 more departments, 101 in all." in story
    assert story.count("the last 45 departments opened") == 1  # the note stands once
    chart = part(html, '<figure class="chart"', "</figure>")
    assert "to 101 on 30 November 2026" in chart
    wave = plain(client.get(f"/en/rollout/{LAST}/").content.decode())
    assert f"45 departments: {told}. Wave 5 of 5." in wave
    assert "45 departments, open" not in wave
    french = plain(client.get(f"/fr/rollout/{LAST}/").content.decode())
    assert "45 départements : 33 le 18 novembre 2025, 12 le 30 novembre 2026." in french
    calendar = client.get("/en/openings.ics").content.decode()
    assert "Carte Vitale app opens: 33 departments" in calendar
    assert "Carte Vitale app opens: 12 departments" in calendar
    phase = client.get(f"/api/v1/phases/{LAST}?on=2026-11-29").json()["phase"]
    assert (phase["opened_on"], phase["open_count"], phase["open_after"]) == ("2025-11-18", 33, 101)
    assert [(one["opened_on"], len(one["departments"])) for one in phase["days"]] == [
        ("2025-11-18", 33),
        ("2026-11-30", 12),
    ]
    assert phase["days"][1]["departments"] == sorted(TWELVE)


@pytest.mark.usefixtures("_mistyped")
def test_one_mistyped_day_moves_one_department_and_no_other(client):
    assert steps(RolloutSnapshot()) == [
        ("2023-07-25", 8),
        ("2024-01-15", 9),
        ("2024-05-31", 24),
        ("2025-05-26", 47),
        ("2025-09-23", 57),
        ("2025-11-18", 101),
    ]
    html = client.get("/en/rollout/?on=2024-01-15").content.decode()
    assert "9 of 101" in plain(html)
    assert "9 departments opened by 15 January 2024" in part(html, '<nav class="days"', "</nav>")
    assert "1 on 15 January 2024, 44 on 18 November 2025" in plain(html)
    phases = client.get("/api/v1/phases").json()["phases"]
    assert [phase["open_after"] for phase in phases] == [8, 24, 47, 57, 101]
    assert [phase["opened_on"] for phase in phases][-1] == "2024-01-15"


def test_a_step_of_two_waves_names_both(client):
    Department.objects.filter(code="75").update(opened_on=day("2024-05-31"))
    (both,) = [one for one in RolloutSnapshot().opening_days if one.day == day("2024-05-31")]
    assert [(o.wave.slug, len(o.rows), o.precision) for o in both.openings] == [
        ("june-2024", 15, "by"),
        (LAST, 1, "on"),
    ]
    assert both.precision == "by"
    chart = part(client.get("/en/rollout/").content.decode(), '<figure class="chart"', "</figure>")
    assert "June 2024 regions (15) + 2025 expansion: all of France (1)" in chart


def test_departments_without_a_day_are_counted_apart(client):
    Department.objects.filter(code__in=["75", "77"]).update(opened_on=None, precision="")
    assert plain(labels.wave_summary(status(LAST))) == (
        "45 departments: 43 on 18 November 2025, 2 not announced"
    )
    assert status(LAST).open_after == 99
    assert status(LAST, departments=Department.objects.filter(code="75")).open_after is None


def test_what_is_about_a_day_is_told_so(client):
    html = client.get("/en/rollout/pilot-2023/").content.decode()
    assert "8 departments, open about 25 July 2023." in plain(html)
    home = client.get("/en/").content.decode()
    assert "8 departments opened about 25 July 2023" in part(home, '<nav class="days"', "</nav>")
    chart = part(client.get("/fr/rollout/").content.decode(), '<figure class="chart"', "</figure>")
    assert "de 8 vers le 25 juillet 2023 à 101 le 18 novembre 2025" in chart
    assert client.get("/api/v1/phases/pilot-2023").json()["phase"]["precision"] == "about"


def test_a_suspended_department_has_opened_and_is_told_apart_from_those_that_are_open(client):
    Department.objects.filter(code__in=["69", "75"]).update(suspended_from=day("2026-01-01"))
    snapshot = RolloutSnapshot(day("2026-11-29"))
    assert (snapshot.open_count, Totals.of(snapshot.rows).suspended_count) == (99, 2)
    assert steps(snapshot)[-1] == ("2025-11-18", 101)
    text = plain(client.get("/en/rollout/").content.decode())
    assert "99 of 101" in text
    assert "Suspended on that day: 2 more." in text
    assert "Departments that were suspended later stay counted." in text


@pytest.mark.parametrize("position", [6, 40])
def test_a_sixth_wave_has_a_neutral_colour_everywhere(client, position):
    wave = sixth_wave(position=position)
    codes = ["971", "972"]
    Department.objects.filter(code__in=codes).update(wave=wave, opened_on=day("2026-11-01"))
    for path in ("", "rollout/"):
        html = client.get(f"/en/{path}").content.decode()
        assert html.count('fill="url(#wave-later)"') == 3  # two departments, and the legend
        assert html.count('<pattern id="wave-later"') == 1
        assert "2027 expansion" in part(html, '<ul class="legend"', "</ul>")
    department = client.get("/en/departments/971-guadeloupe/").content.decode()
    gauge = department.partition('<p class="gauge">')[2].partition("</p>")[0]
    assert gauge.count("<path") == 6
    assert gauge.index("gauge-on") > gauge.rindex("<path")
    assert "Wave 6 of 6" in plain(gauge)
    tints = dict(picture_of_site(RolloutSnapshot().rows).highlights)
    assert {tints[code] for code in codes} == {"wave-later"}
    assert client.get("/en/share.png").status_code == 200
    assert client.get("/en/departments/?wave=expansion-2027").status_code == 200
    assert client.get("/api/v1/phases/expansion-2027").json()["phase"]["position"] == position


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_wave_without_departments_says_so(client, language):
    sixth_wave(position=6)
    sentence = {
        "en": "No department belongs to this wave yet.",
        "fr": "Aucun département n’appartient encore à cette vague.",
    }[language]
    html = client.get(f"/{language}/rollout/expansion-2027/").content.decode()
    assert sentence in plain(html)
    assert '<ul class="found">' not in html
    for path in ("", "rollout/", "departments/", "departments/?wave=expansion-2027"):
        assert client.get(f"/{language}/{path}").status_code == 200
    rows = part(client.get(f"/{language}/rollout/").content.decode(), "<tbody>", "</tbody>")
    nobody = {"en": "no department yet", "fr": "aucun département pour le moment"}[language]
    assert rows.endswith(f"2027 expansion {nobody} 0 –")
    assert client.get(f"/{language}/openings.ics").content.count(b"BEGIN:VEVENT") == 5
    phase = client.get("/api/v1/phases/expansion-2027").json()["phase"]
    assert (phase["department_count"], phase["days"]) == (0, [])
    assert (phase["opened_on"], phase["open_after"]) == (None, None)


def test_days_that_cannot_be_selected_are_no_links(client):
    Department.objects.filter(code="75").update(opened_on=day("2125-01-01"))
    html = client.get("/en/rollout/").content.decode()
    assert "2125" not in part(html, '<nav class="days"', "</nav>")
    assert "2125" in part(html, '<figure class="chart"', "</figure>")


def test_without_any_day_no_page_breaks(client):
    Department.objects.update(opened_on=None, precision="", not_before=None)
    for path in ("", "rollout/", "rollout/pilot-2023/", "departments/", "openings.ics"):
        assert client.get(f"/en/{path}").status_code == 200
    html = client.get("/en/rollout/").content.decode()
    assert '<figure class="chart"' not in html
    assert "8 departments not announced" in part(html, '<ul class="legend"', "</ul>")


@pytest.mark.usefixtures("_twelve_later")
def test_the_timeline_has_an_event_for_each_day_of_a_wave():
    events = timeline(RolloutSnapshot().opening_days, [])
    ours = [event for event in events if event.opening and event.opening.wave.slug == LAST]
    assert [(str(event.day), event.is_first) for event in ours] == [
        ("2025-11-18", True),
        ("2026-11-30", False),
    ]
