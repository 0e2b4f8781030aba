"""Calendars of openings: valid by RFC 5545, the same each time, and as sure as the facts are."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from icalendar import Calendar

from rollout.facts import writer
from rollout.models import Department, Region, Wave

pytestmark = pytest.mark.django_db

CALENDARS = [
    "/en/openings.ics",
    "/fr/openings.ics",
    "/en/regions/bretagne/openings.ics",
    "/fr/departments/69-rhone/openings.ics",
]
day = datetime.date.fromisoformat
NOON = datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)


def read(client, address):
    """Return a calendar, read strictly: every line well formed, nothing required missing."""
    answer = client.get(address)
    assert answer.status_code == 200
    file = answer.content
    assert file.endswith(b"END:VCALENDAR\r\n")
    lines = file.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert not any(set(line) & set(b"\r\n\x00") for line in lines)
    assert all(line.decode() for line in lines[:-1])  # no line is empty, no letter is cut in two
    calendar = Calendar.from_ical(file)
    component: Any
    for component in calendar.walk():
        assert component.errors == []
        missing = [name for name in component.required if name not in component]
        assert missing == [], component.name
        double = [name for name in component.singletons if isinstance(component.get(name), list)]
        assert double == [], component.name
    assert calendar["VERSION"] == "2.0"
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar.subcomponents
    return calendar


def events(client, address):
    return [event for event in read(client, address).events if event.name == "VEVENT"]


def save(code, **fields):
    department = Department.objects.get(code=code)
    for name, value in fields.items():
        setattr(department, name, value)
    writer.save_fact(department)


@pytest.mark.parametrize("address", CALENDARS)
def test_a_calendar_is_valid(client, address):
    calendar = read(client, address)
    uids = [event["UID"] for event in calendar.events]
    assert len(set(uids)) == len(uids) > 0
    assert "UID" not in calendar  # vdirsyncer takes events of the same UID for one
    for event in calendar.events:
        for name in ("DTSTAMP", "LAST-MODIFIED"):
            assert re.fullmatch(rb"\d{8}T\d{6}Z", event[name].to_ical())
        assert event["DTSTART"].params["VALUE"] == event["DTEND"].params["VALUE"] == "DATE"
        assert event["DTSTART"].dt < event["DTEND"].dt
        assert event["URL"].startswith("http://testserver/")
        assert "SEQUENCE" not in event
    answer = client.get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "public, no-cache"
    assert not answer.cookies


def test_all_openings_are_there_one_for_each_wave(client):
    entries = events(client, "/en/openings.ics")
    assert [(event["DTSTART"].dt, event["SUMMARY"]) for event in entries] == [
        (day("2023-07-25"), "Carte Vitale app opens, about this day: 8 departments"),
        (
            day("2024-05-31"),
            "Carte Vitale app opens, by this day at the latest: 15 departments",
        ),
        (day("2025-05-26"), "Carte Vitale app opens: 23 departments"),
        (
            day("2025-09-23"),
            "Carte Vitale app opens, by this day at the latest: 10 departments",
        ),
        (day("2025-11-18"), "Carte Vitale app opens: 45 departments"),
    ]
    assert all(
        event["DTEND"].dt - event["DTSTART"].dt == datetime.timedelta(1) for event in entries
    )
    assert "2023 pilot" in entries[0]["DESCRIPTION"]
    assert "Rhône (69)" in entries[0]["DESCRIPTION"]
    assert "Independent, not official" in entries[0]["DESCRIPTION"]
    assert entries[0]["URL"] == "http://testserver/en/rollout/pilot-2023/"


def test_a_department_has_its_own(client):
    (event,) = events(client, "/en/departments/69-rhone/openings.ics")
    assert event["SUMMARY"] == "Carte Vitale app opens, about this day: Rhône"
    assert event["URL"] == "http://testserver/en/departments/69-rhone/"
    calendar = read(client, "/en/departments/69-rhone/openings.ics")
    assert calendar["NAME"] == calendar["X-WR-CALNAME"]
    assert "Rhône" in calendar["NAME"]
    assert calendar["URL"] == "http://testserver/en/departments/69-rhone/"
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"


def test_a_region_tells_the_waves_of_its_departments_and_names_a_few(client):
    entries = events(client, "/en/regions/pays-de-la-loire/openings.ics")
    assert [event["SUMMARY"] for event in entries] == [
        "Carte Vitale app opens, about this day: Loire-Atlantique, Sarthe",
        "Carte Vitale app opens: Maine-et-Loire, Mayenne, Vendée",
    ]


def test_it_is_in_the_language_of_its_address(client):
    english, french = (
        read(client, f"/{language}/departments/69-rhone/openings.ics") for language in ("en", "fr")
    )
    assert english["NAME"] != french["NAME"]
    assert english.events[0]["UID"] != french.events[0]["UID"]
    assert "/fr/departments/69-rhone/" in french.events[0]["URL"]


def test_openings_to_come_and_suspensions_are_there(client):
    save("69", suspended_from=day("2026-03-01"), suspended_until=day("2026-03-10"))
    save("71", suspended_from=day("2026-04-01"))
    save("75", opened_on=day("2029-02-01"))
    summaries = {event["SUMMARY"]: event for event in events(client, "/en/openings.ics")}
    ended = summaries["Carte Vitale app suspended: Rhône"]
    assert (ended["DTSTART"].dt, ended["DTEND"].dt) == (day("2026-03-01"), day("2026-03-10"))
    endless = summaries["Carte Vitale app suspended: Saône-et-Loire"]
    assert (endless["DTSTART"].dt, endless["DTEND"].dt) == (day("2026-04-01"), day("2026-04-02"))
    assert "When it will work again is not known." in endless["DESCRIPTION"]
    assert "not known" not in ended["DESCRIPTION"]
    assert summaries["Carte Vitale app opens: Paris"]["DTSTART"].dt == day("2029-02-01")


def test_where_nothing_is_announced_the_calendar_is_valid_and_empty(client):
    save("69", opened_on=None, precision="", wave=None)
    assert events(client, "/en/departments/69-rhone/openings.ics") == []
    calendar = read(client, "/en/departments/69-rhone/openings.ics")
    assert [component.name for component in calendar.subcomponents] == ["VTIMEZONE"]


def test_a_site_without_departments_has_a_calendar_too(client, monkeypatch):
    monkeypatch.setattr(
        "rollout.syndication.calendars.Department.objects", Department.objects.none()
    )
    assert events(client, "/en/openings.ics") == []


@pytest.mark.parametrize("address", CALENDARS)
def test_nothing_in_it_moves_with_the_clock(client, address):
    first = client.get(address)
    with time_machine.travel(NOON, tick=False):
        later = client.get(address)
    assert first.content == later.content
    assert first["ETag"] == later["ETag"]
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_change_moves_last_modified_where_it_shows_and_ids_stay(client):
    before = events(client, "/en/openings.ics")
    with time_machine.travel(NOON, tick=False):
        save("26", opened_on=day("2024-05-29"))
    after = events(client, "/en/openings.ics")
    uids = [event["UID"] for event in before]
    assert [event["UID"] for event in after if event["DTSTART"].dt != day("2024-05-29")] == uids
    moved = next(event for event in after if event["DTSTART"].dt == day("2024-05-29"))
    assert "Drôme" in moved["SUMMARY"]
    assert moved["LAST-MODIFIED"].dt == NOON
    assert {event["DTSTAMP"].dt for event in after} == {NOON}  # the event that it left changed too
    assert after[0]["LAST-MODIFIED"].dt < NOON


def test_where_no_change_is_known_a_calendar_claims_none_and_is_valid(client):
    """Also where it is not known of one department only: that one may have changed later."""
    Department.objects.filter(code="69").update(changed_at=None)
    address = "/en/regions/auvergne-rhone-alpes/openings.ics"
    calendar = read(client, address)
    assert "LAST-MODIFIED" not in calendar
    opened_with_rhone = [e for e in events(client, address) if "Rhône (69)" in e["DESCRIPTION"]]
    assert opened_with_rhone
    assert all("LAST-MODIFIED" not in event for event in opened_with_rhone)
    assert "LAST-MODIFIED" in read(client, "/en/regions/bretagne/openings.ics")
    first = client.get(address).content
    with time_machine.travel(NOON, tick=False):
        assert client.get(address).content == first


def test_a_mere_check_is_no_change(client):
    before = client.get("/en/departments/69-rhone/openings.ics").content
    with time_machine.travel(NOON, tick=False):
        save("69", last_checked=day("2029-12-31"), check_again_by=None)
    assert client.get("/en/departments/69-rhone/openings.ics").content == before


def test_a_new_name_of_a_region_leaves_its_ids(client):
    before = read(client, "/en/regions/bretagne/openings.ics")
    region = Region.objects.get(slug="bretagne")
    region.name, region.slug = "Bretagne; Breizh, \\ \x0b", "bretagne-breizh"
    writer.save_fact(region)
    after = read(client, "/en/regions/bretagne-breizh/openings.ics")
    assert [event["UID"] for event in after.events] == [event["UID"] for event in before.events]
    assert after["NAME"].endswith("Bretagne\\; Breizh\\, \\\\ ")  # as the file has it


def test_a_long_name_in_many_bytes_is_folded_between_letters(client):
    text = Wave.objects.get(slug="pilot-2023").texts.get(language="en")
    text.name = "é😀" * 40
    writer.save_fact(text)
    assert text.name in events(client, "/en/openings.ics")[0]["DESCRIPTION"]


@pytest.mark.parametrize("address", CALENDARS)
def test_a_calendar_asks_few_questions(client, django_assert_max_num_queries, address):
    with django_assert_max_num_queries(7):  # of which pages of the same facts need none again
        client.get(address)


@pytest.mark.parametrize("address", CALENDARS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_calendars_can_only_be_read(client, address, method):
    assert getattr(client, method)(address).status_code == 405


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/en/departments/69/openings.ics", "/en/departments/69-rhone/openings.ics"),
        ("/fr/regions/Bretagne/openings.ics", "/fr/regions/bretagne/openings.ics"),
    ],
)
def test_old_and_mistyped_addresses_lead_on_once(client, old, new):
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, new)


@pytest.mark.parametrize(
    "address",
    [
        "/en/departments/99-nowhere/openings.ics",
        "/en/departments/%00/openings.ics",
        f"/fr/regions/{'x' * 5000}/openings.ics",
    ],
)
def test_an_unknown_place_has_no_calendar(client, address):
    assert client.get(address).status_code == 404


def test_other_parameters_change_nothing(client):
    plain = client.get("/en/openings.ics").content
    assert client.get("/en/openings.ics?on=nonsense&x=%00").content == plain
    assert re.search(rb"BEGIN:VEVENT", plain)
