"""Calendars of opening days: all, those of a region, that of a department; suspensions too."""

import datetime
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from icalendar import TRANSP, Calendar, Event, Timezone, vText

from rollout.caching.decorators import page_view
from rollout.dates import FIRST_DAY
from rollout.facts.snapshot import current_snapshot
from rollout.models import Department, Precision, Region, Wave
from rollout.models.content_tracking import latest_change
from rollout.syndication.places import of_department, of_region
from rollout.wording.typography import comma
from rollout.wording.xml_text import strip_invalid_xml_chars

Place = Department | Region

NAMESPACE = uuid.UUID("0d4f7c7e-53a5-4b0e-9b2f-8f5e0a4c2b17")
"""Of the ids of calendars and events."""
MAX_NAMED_DEPARTMENTS = 3
"""In the summary of an event; of more departments it has their number."""
ONE_DAY = datetime.timedelta(days=1)
EARLIEST = datetime.datetime.combine(FIRST_DAY, datetime.time(), datetime.UTC)
"""The DTSTAMP of events of which it is not known when they last changed."""


@page_view
def openings(request: HttpRequest) -> HttpResponse:
    """The opening days of all departments."""
    return _calendar_response(request, None, [row.department for row in current_snapshot().rows])


@page_view
@of_region
def of_a_region(request: HttpRequest, place: Region) -> HttpResponse:
    """The opening days of a region's departments."""
    return _calendar_response(request, place, list(place.departments.all()))


@page_view
@of_department
def of_a_department(request: HttpRequest, place: Department) -> HttpResponse:
    """The opening day of a department."""
    return _calendar_response(request, place, [place])


def _calendar_response(
    request: HttpRequest, place: Place | None, departments: list[Department]
) -> HttpResponse:
    """Return the calendar of these departments as iCalendar (RFC 5545)."""
    waves = {wave.slug: wave for wave in current_snapshot().waves}
    periods = [*_openings(departments, waves), *_suspensions(departments)]
    file = _calendar(place, departments, periods, request.build_absolute_uri)
    return HttpResponse(file.to_ical(), "text/calendar; charset=utf-8")


@dataclass(frozen=True)
class Period:
    """An opening or a suspension of some departments: from `start` to the day before `end`."""

    kind: str
    summary: str
    notes: str
    departments: list[Department]
    start: datetime.date
    end: datetime.date
    wave: Wave | None = None

    @property
    def changed_at(self) -> datetime.datetime | None:
        """Return when the latest change of its departments and its wave was, None if not known."""
        moments = [row.changed_at for row in self.departments]
        if self.wave:
            moments += [
                self.wave.changed_at,
                *(text.changed_at for text in self.wave.fetched_texts),
            ]
        return latest_change(moments)


def _openings(departments: Iterable[Department], waves: dict[str, Wave]) -> Iterable[Period]:
    """Yield the openings, past and to come: one for each wave, day and precision."""
    groups = _grouped(departments, lambda row: (row.opened_on, row.wave_id, row.precision))
    for (day, slug, precision), group in groups:
        summary = gettext("Carte Vitale app opens: %(places)s")
        if precision == Precision.BY:
            summary = gettext("Carte Vitale app opens, by this day at the latest: %(places)s")
        elif precision == Precision.ABOUT:
            summary = gettext("Carte Vitale app opens, about this day: %(places)s")
        wave = waves.get(slug)
        yield Period(
            kind=f"opening/{slug}/{precision}",
            summary=summary % {"places": _places(group)},
            notes=wave.name if wave else "",
            departments=group,
            start=day,
            end=day + ONE_DAY,
            wave=wave,
        )


def _suspensions(departments: Iterable[Department]) -> Iterable[Period]:
    """Yield the suspensions; one without an end is an event of its first day."""
    groups = _grouped(
        departments, lambda row: (row.suspended_from, row.suspended_until or row.suspended_from)
    )
    for (start, end), group in groups:
        summary = gettext("Carte Vitale app suspended: %(places)s")
        is_open_ended = start == end
        yield Period(
            kind="suspension",
            summary=summary % {"places": _places(group)},
            notes=gettext("When it will work again is not known.") if is_open_ended else "",
            departments=group,
            start=start,
            end=start + ONE_DAY if is_open_ended else end,
        )


def _grouped(
    departments: Iterable[Department], key: Callable[[Department], tuple[Any, ...]]
) -> list[tuple[tuple[Any, ...], list[Department]]]:
    """Return the departments by key, in the order of the keys; without those that have no day.

    The first part of a key is a day or None.
    """
    groups: dict[tuple[Any, ...], list[Department]] = {}
    for department in departments:
        if key(department)[0] is not None:
            groups.setdefault(key(department), []).append(department)
    return sorted(groups.items())


def _places(departments: list[Department]) -> str:
    """Return the names of a few departments, or how many there are."""
    if len(departments) <= MAX_NAMED_DEPARTMENTS:
        return comma().join(department.name for department in departments)
    n = len(departments)
    return ngettext("%(n)s department", "%(n)s departments", n) % {"n": n}


def _calendar(
    place: Place | None,
    departments: list[Department],
    periods: list[Period],
    absolute: Callable[[str], str],
) -> Calendar:
    """Return a calendar. It does not move with the clock: only a fact changes it."""
    scope = f"{get_language()}/{_scope(place)}"
    # Of all its departments: one that moves to another day changes the event that it leaves too.
    moments = [row.changed_at for row in departments]
    moments += [period.changed_at for period in periods]
    last_change = _utc(latest_change(moments))
    name = gettext("Openings of the carte Vitale app")
    name = f"{name} – {strip_invalid_xml_chars(place.name)}" if place else name
    page_address = absolute(place.get_absolute_url() if place else reverse("rollout"))
    calendar = Calendar.new(
        prodid=f"-//carte-vitale-place-by-place//openings//{(get_language() or '').upper()}",
        method="PUBLISH",
        calscale="GREGORIAN",
        url=page_address,
        refresh_interval=ONE_DAY,
        last_modified=last_change,
    )
    # The library makes one. It is optional (RFC 7986, 5.3), and who looks for the id of an event in
    # the whole text, as vdirsyncer does, takes all events for one.
    del calendar["UID"]
    # Set by hand: the library takes them for text that is escaped already.
    calendar["NAME"] = calendar["X-WR-CALNAME"] = vText(name)
    calendar["REFRESH-INTERVAL"].params["VALUE"] = "DURATION"  # RFC 7986, 5.7: it has no default
    calendar.add("X-PUBLISHED-TTL", "P1D")  # what Outlook reads instead
    for period in periods:
        address = absolute(period.wave.get_absolute_url()) if period.wave else page_address
        event = _event(period, scope, page_address if place else address)
        event.stamp = last_change or EARLIEST  # RFC 5545 demands one
        calendar.add_component(event)
    if not periods:  # a calendar without any component is not valid (RFC 5545, 3.6)
        calendar.add_component(_paris())
    return calendar


def _event(period: Period, scope: str, address: str) -> Event:
    """Return an event of whole days.

    Its id contains its days: what opens on another day is another event, so no event is ever
    revised in a way for which SEQUENCE would have to count.
    """
    key = f"{scope}/{period.kind}/{period.start}/{period.end}"
    where = comma().join(f"{row.name} ({row.code})" for row in period.departments)
    disclaimer = gettext("Independent, not official")
    notes = [note for note in (period.notes, where, address, disclaimer) if note]
    return Event.new(
        uid=uuid.uuid5(NAMESPACE, key),
        start=period.start,
        end=period.end,
        summary=strip_invalid_xml_chars(period.summary),
        description=strip_invalid_xml_chars("\n".join(notes)),
        url=address,
        last_modified=_utc(period.changed_at),
        transparency=TRANSP.TRANSPARENT,
    )


def _scope(place: Place | None) -> str:
    """Return the part of ids for a place, by official code: a new name leaves it as it is."""
    return f"{place._meta.model_name}-{place.pk}" if place else "all"


def _utc(moment: datetime.datetime | None) -> datetime.datetime | None:
    return moment and moment.astimezone(datetime.UTC)


def _paris() -> Timezone:
    """Return the time zone of the calendar's days, from 2023 to 2037."""
    return Timezone.from_tzid(
        "Europe/Paris",
        first_date=datetime.date(2023, 1, 1),
        last_date=datetime.date(2038, 1, 1),
    )
