"""Dates, states and certainties as text or HTML in the active language."""

import datetime
from collections.abc import Collection
from functools import lru_cache

from django.conf import settings
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from rollout import markdown as rollout_markdown
from rollout.dates import formatted, rough_day, written_out
from rollout.facts.citations import Fact
from rollout.facts.snapshot import DepartmentStatus, OpeningDay, WaveStatus
from rollout.models import (
    Certainty,
    DatePrecision,
    Entry,
    HealthScheme,
    IdentityDocument,
    Precision,
    Source,
    State,
    Status,
    Wave,
)
from rollout.models.texts import Text, Translated
from rollout.wording.typography import isolated, joined, lower_first

CERTAINTIES = {
    Certainty.OFFICIAL: _("confirmed by an official source"),
    Certainty.SEVERAL_PRESS: _("reported by several newspapers or websites"),
    Certainty.ONE_PRESS: _("reported by one article only"),
    Certainty.USER_REPORTS: _("reported by users"),
    Certainty.INFERENCE: _("our own conclusion"),
    Certainty.NOT_FOUND: _("no source found"),
}
"""How sure a fact is, for readers; editors choose by the labels of the model."""


def day(value: datetime.date) -> SafeString:
    """Return a date written out, such as 18 November 2025, in a time element."""
    return _day(value, get_language() or "")


@lru_cache(maxsize=1024)  # 101 rows share a handful of days, and formatting is what costs most
def _day(value: datetime.date, language: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), written_out(value))


def checked_on(value: datetime.date) -> SafeString:
    """Return when a fact was last checked: "Last checked on 3 May 2026", with a time element."""
    return format_html(gettext("Last checked on {day}"), day=day(value))


def _rough_day(value: datetime.date | None, precision: str) -> SafeString | str:
    """Return a date as precisely as it is known, in a time element; "" without a date."""
    if value is None:
        return ""
    if precision == DatePrecision.DAY:
        return day(value)
    is_year = precision in (DatePrecision.YEAR, DatePrecision.ABOUT_YEAR)
    machine = str(value.year) if is_year else f"{value:%Y-%m}"
    return format_html('<time datetime="{}">{}</time>', machine, rough_day(value, precision))


def entry_day(entry: Entry) -> SafeString | str:
    """Return an entry's day as precisely as it is known, in a time element; "" without one."""
    return _rough_day(entry.day, entry.day_precision)


def source_day(source: Source) -> SafeString | str:
    """Return a source's date as precisely as it is known, in a time element; or "undated"."""
    return _rough_day(source.published_on, source.published_precision) or gettext("undated")


def opening_day(value: datetime.date | None, precision: str) -> SafeString | str:
    """Return "on", "about" or "by" and the day of an opening, or "not announced"."""
    if value is None:
        return gettext("not announced")
    match precision:
        case Precision.BY:
            text = gettext("by {day}")
        case Precision.ABOUT:
            text = gettext("about {day}")
        case _:
            text = gettext("on {day}")
    return format_html(text, day=day(value))


def period(start: datetime.date, until: datetime.date | None) -> SafeString:
    """Return the days of a suspension, to follow "suspended": "from 5 to 12 December 2026".

    `until` is the first day after it; None: not known.
    """
    if until is None:
        return format_html(gettext("from {start}"), start=day(start))
    last = until - datetime.timedelta(days=1)
    if last == start:
        return format_html(gettext("on {start}"), start=day(start))
    return format_html(gettext("from {start} to {last}"), start=_start(start, last), last=day(last))


def _start(start: datetime.date, last: datetime.date) -> SafeString:
    """Return the first day of a period, without the month and year that the last one repeats."""
    if start.year != last.year:
        return day(start)
    is_first = start.day == 1
    if start.month == last.month:
        date_format = pgettext("format of a day without its month", "j")
        if is_first:
            date_format = pgettext("format of the first of a month without the month", "j")
    else:
        date_format = pgettext("date format without the year", "j F")
        if is_first:
            date_format = pgettext("date format without the year on the first of a month", "j F")
    text = formatted(start, date_format)
    return format_html('<time datetime="{}">{}</time>', start.isoformat(), text)


def opened_by(opening: OpeningDay) -> SafeString:
    """Return how many departments opened by the end of a day: "8 about 25 July 2023"."""
    return format_html("{} {}", opening.open_after, opening_day(opening.day, opening.precision))


def wave_days(status: WaveStatus) -> SafeString | str:
    """Return when the departments of a wave opened or will: "on 18 November 2025".

    Where they differ, with how many of them: "34 on 18 November 2025, 12 on 30 November 2026, 2 not
    announced".
    """
    undated = len(status.undated)
    if not status.openings:
        return gettext("not announced") if undated else gettext("no department yet")
    if status.has_one_day:
        (opening,) = status.openings
        return opening_day(opening.day, opening.precision)
    parts: list[object] = [
        format_html("{} {}", len(one.rows), opening_day(one.day, one.precision))
        for one in status.openings
    ]
    if undated:
        rest = ngettext("%(n)s not announced", "%(n)s not announced", undated) % {"n": undated}
        parts.append(rest)
    return joined(parts)


def wave_summary(status: WaveStatus) -> SafeString | str:
    """Return how many departments a wave has, and their days.

    "45 departments, on 18 November 2025", or "46 departments: 34 on 18 November 2025, 12 on ...".
    """
    n = len(status.rows)
    if n == 0:
        return wave_days(status)
    departments = ngettext("%(n)s department", "%(n)s departments", n) % {"n": n}
    is_list = status.openings and not status.has_one_day
    pattern = gettext("{departments}: {days}") if is_list else gettext("{departments}, {days}")
    return format_html(pattern, departments=departments, days=wave_days(status))


def state(value: State) -> SafeString:
    """Return the state of a department on a day as HTML: a short sentence without a full stop.

    It is the one place for these words: it says what is probable, announced or overdue.
    """
    return _state(value, get_language() or "")


@lru_cache(maxsize=1024)
def _state(value: State, language: str) -> SafeString:
    text = _status(value)
    if value.is_probable and value.status not in (Status.SUSPENDED, Status.NOT_ANNOUNCED):
        text = _probable(value, text)
    if value.is_suspension_ahead:
        text = gettext("%(state)s; suspended {period}") % {"state": text}
    if value.status != Status.NOT_ANNOUNCED:
        if value.is_overdue and (value.is_future or not _is_told_as_checked(value)):
            announced = gettext(
                "%(state)s, as far as was announced when last checked, on {checked}"
            )
            text = announced % {"state": text}
        elif value.is_future:
            text = gettext("%(state)s, as far as is announced today") % {"state": text}
    dates = {
        "day": value.opened_on,
        "start": value.suspended_from,
        "end": value.suspended_until,
        "checked": value.last_checked,
    }
    values = {name: day(date) if date else "" for name, date in dates.items()}
    if value.suspended_from:
        values["period"] = period(value.suspended_from, value.suspended_until)
    return format_html(text, **values)


def _is_told_as_checked(value: State) -> bool:
    """Tell whether a state that is overdue today is told as of its last check."""
    return value.status == Status.OPEN and value.was_open_when_checked


def _status(value: State) -> str:
    """Return the status in words, with placeholders for its days."""
    match value.status:
        case Status.OPEN:
            text = _open(value)
        case Status.OPENS:
            text = _by_precision(
                value,
                on=gettext("Opens on {day}"),
                about=gettext("Opens about {day}"),
                by=gettext("Opens by {day}"),
            )
        case Status.SUSPENDED:
            text = _suspension(value)
        case Status.MAYBE:
            text = gettext("Opened by {day}; exact day not known")
        case Status.NOT_YET:
            opened = _by_precision(
                value,
                on=gettext("opened on {day}"),
                about=gettext("opened about {day}"),
                by=gettext("opened by {day}"),
            )
            text = gettext("Not open yet; %(opened)s") % {"opened": opened}
        case _ if value.is_overdue:
            text = gettext("Not announced when last checked, on {checked}")
        case _:
            text = gettext("Not announced")
    return text


def _open(value: State) -> str:
    """Return that it is open: since when, unless what is announced or overdue says more."""
    if value.is_overdue and not value.is_future and _is_told_as_checked(value):
        return gettext("Open when last checked, on {checked}")
    is_to_come = value.opened_on and value.today and value.opened_on > value.today
    if value.is_future and is_to_come:
        return _by_precision(
            value,
            on=gettext("Open from {day}"),
            about=gettext("Open from about {day}"),
            by=gettext("Open from {day} at the latest"),
        )
    if value.is_future or value.is_suspension_ahead:
        return str(Status.OPEN.label)
    return _by_precision(
        value,
        on=gettext("Open since {day}"),
        about=gettext("Open since about {day}"),
        by=gettext("Open since {day} at the latest"),
    )


def _by_precision(value: State, *, on: str, about: str, by: str) -> str:
    return {Precision.BY.value: by, Precision.ABOUT.value: about}.get(value.precision, on)


def _suspension(value: State) -> str:
    """Return that it is suspended: with both days where it is over, or all of it is to come."""
    start, until, today = value.suspended_from, value.suspended_until, value.today
    if today and ((start and start > today) or (until and until <= today)):
        return gettext("Suspended {period}")
    if until:
        return gettext("Suspended since {start}; works again from {end}")
    return gettext("Suspended since {start}")


def _probable(value: State, text: str) -> str:
    """Return the words of a state that is our own conclusion."""
    if value.status == Status.OPENS:
        return _by_precision(
            value,
            on=gettext("Probably opens on {day}"),
            about=gettext("Probably opens about {day}"),
            by=gettext("Probably opens by {day}"),
        )
    if value.status == Status.NOT_YET:
        opened = _by_precision(
            value,
            on=gettext("probably opened on {day}"),
            about=gettext("probably opened about {day}"),
            by=gettext("probably opened by {day}"),
        )
        return gettext("Not open yet; %(opened)s") % {"opened": opened}
    return gettext("Probably %(state)s") % {"state": lower_first(text)}


def yes(row: DepartmentStatus) -> str:
    """Return what a department that is open today means for a reader, with how sure it is."""
    state = row.state
    if state.is_overdue and not state.was_open_when_checked:
        return gettext(
            "When we last checked, this was announced. You can try to activate the app here with "
            "an identity document and a video of your face."
        )
    if state.is_probable:
        if state.is_overdue:
            return gettext(
                "When we last checked, this was our own conclusion, since no source names this "
                "department. You can try to activate the app here with an identity document and a "
                "video of your face."
            )
        return gettext(
            "Probably yes: this is our own conclusion, since no source names this department. You "
            "can try to activate the app here with an identity document and a video of your face."
        )
    if state.is_overdue:
        return gettext(
            "When we last checked, you could activate the app here with an identity document and a "
            "video of your face."
        )
    return gettext(
        "Yes: you can activate the app here with an identity document and a video of your face."
    )


def named_state(row: DepartmentStatus) -> str:
    """Return a department's number, name and state as plain text: "69 Rhône: Open since ..."."""
    department = row.department
    return gettext("%(department)s: %(state)s") % {
        "department": isolated(f"{department.code} {department.name}"),
        "state": strip_tags(state(row.state)),
    }


def certainty(value: str) -> str:
    """Return how sure a fact is, for readers: "reported by one article only".

    Raises:
        ValueError: `value` is not one of `Certainty`.
    """
    return str(CERTAINTIES[Certainty(value)])


def nth_wave(wave: Wave, waves: list[Wave]) -> str:
    """Return which of all waves this is: "wave 3 of 5"; by their order, positions may have gaps."""
    return gettext("wave %(n)s of %(count)s") % {"n": waves.index(wave) + 1, "count": len(waves)}


def markdown(text: str) -> SafeString:
    """Return an editor's Markdown as HTML."""
    return rollout_markdown.render(text)


def lang_of(text: Text | Fact | None) -> SafeString | str:
    """Return the attributes lang and dir, after a space, for a text in another language than the
    active one; else ""."""
    if text is None or text.language == get_language():
        return ""
    direction = "rtl" if get_language_info(text.language)["bidi"] else "ltr"
    return format_html(' lang="{}" dir="{}"', text.language, direction)


def language_names(codes: Collection[str]) -> SafeString:
    """Return languages by their own names, each marked as its own language: HTML."""
    return joined(
        format_html('<bdi lang="{}">{}</bdi>', code, name)
        for code, name in settings.LANGUAGES
        if code in codes
    )


def name_of(row: HealthScheme | IdentityDocument | Wave) -> SafeString | str:
    """Return the name of a row, in a span with its language where that is not the active one."""
    if row.text is None or row.text.language == get_language():
        return str(row.name)
    return format_html("<span{}>{}</span>", lang_of(row.text), row.name)


def translation_note(row: object) -> str:
    """Return that a row's text is not translated, or that its translation is outdated; else "".

    Any row of the facts will do: those without a text have no note.
    """
    if not isinstance(row, Translated):
        return ""
    text = row.text
    if text is None:
        return ""
    if text.language != get_language():
        if not row.is_shown_in(get_language() or ""):
            return ""  # its text is not shown
        return gettext("This part has not been translated yet. It is in English.")
    if getattr(row, "is_outdated", False):
        return gettext("The reference text has changed since this was translated.")
    return ""
