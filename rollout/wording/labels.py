"""Dates, states and certainties in words, in the language of the page."""

import datetime
from functools import lru_cache
from typing import Any

from django.utils.dateformat import format as format_date
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, gettext, pgettext

from rollout import markdown as rollout_markdown
from rollout.facts.citations import Fact
from rollout.facts.snapshot import DepartmentStatus
from rollout.models import Certainty, DatePrecision, Entry, Precision, Source, State, Status, Wave
from rollout.models.texts import Text


def day(value: datetime.date) -> SafeString:
    """Return a date written out, such as 18 November 2025, in a time element."""
    return _day(value, get_language() or "")


@lru_cache(maxsize=1024)  # 101 rows share a handful of days, and formatting is what costs most
def _day(value: datetime.date, language: str) -> SafeString:
    written = pgettext("date format on the first of a month", "j F Y")
    if value.day > 1:
        written = pgettext("date format", "j F Y")
    # A day does not part from its month at the end of a line.
    words = format_date(value, written).replace(" ", "\u00a0", 1)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), words)


def as_of(value: datetime.date) -> str:
    """Return of which day a statement is, as plain text: "As of 23 November 2026"."""
    return gettext("As of %(day)s") % {"day": strip_tags(day(value))}


def _rough_day(value: datetime.date | None, precision: str) -> SafeString | str:
    """Return as much of a date as is known, or "" without a date."""
    if value is None:
        return ""
    if precision == DatePrecision.DAY:
        return day(value)
    if precision == DatePrecision.YEAR:
        return format_html('<time datetime="{}">{}</time>', value.year, value.year)
    month = format_date(value, pgettext("month format", "F Y"))
    if precision == DatePrecision.ABOUT:
        month = gettext("around %(month)s") % {"month": month}
    return format_html('<time datetime="{}">{}</time>', f"{value:%Y-%m}", month)


def entry_day(entry: Entry) -> SafeString | str:
    """Return as much of an entry's day as is known."""
    return _rough_day(entry.day, entry.day_precision)


def source_day(source: Source) -> SafeString | str:
    """Return as much of a source's date as is known, or "undated"."""
    return _rough_day(source.published_on, source.published_precision) or gettext("undated")


def opening_day(value: datetime.date | None, precision: str) -> SafeString | str:
    """Return the day of an opening with its precision, or that there is none yet."""
    if value is None:
        return gettext("not announced")
    words = gettext("by {day}") if precision == Precision.BY else gettext("on {day}")
    return format_html(words, day=day(value))


def state(value: State) -> SafeString:
    """Return the state of a department on a day as a short sentence without a full stop."""
    return _state(value, get_language() or "")


@lru_cache(maxsize=1024)
def _state(value: State, language: str) -> SafeString:
    by = value.precision == Precision.BY
    match value.status:
        case Status.OPEN:
            words = gettext("Open since {day} at the latest") if by else gettext("Open since {day}")
        case Status.OPENS:
            words = gettext("Opens by {day}") if by else gettext("Opens on {day}")
        case Status.SUSPENDED if value.suspended_until:
            words = gettext("Suspended since {start}; works again from {end}")
        case Status.SUSPENDED:
            words = gettext("Suspended since {start}")
        case Status.MAYBE:
            words = gettext("May already have been open; certainly open by {day}")
        case Status.NOT_YET if by:
            words = gettext("Not open on that day; opened by {day}")
        case Status.NOT_YET:
            words = gettext("Not open on that day; opened on {day}")
        case _:
            words = gettext("Not announced")
    dates = {
        "day": value.opened_on,
        "start": value.suspended_from,
        "end": value.suspended_until,
    }
    return format_html(words, **{name: day(date) if date else "" for name, date in dates.items()})


def yes(row: DepartmentStatus) -> str:
    """Return what "open" means for a reader, as surely as it is known."""
    if row.department.certainty == Certainty.INFERENCE:
        return gettext(
            "Probably yes: this is our own conclusion, since no source names this department. You "
            "can try to activate the app here with an identity document and a video of your face."
        )
    return gettext(
        "Yes: you can activate the app here with an identity document and a video of your face."
    )


def named_state(row: DepartmentStatus) -> str:
    """Return a department's number, name and state as plain text: "69 Rhône: Open since ..."."""
    department = row.department
    return gettext("%(department)s: %(state)s") % {
        "department": f"{department.code} {department.name}",
        "state": strip_tags(state(row.state)),
    }


def certainty(value: str) -> str:
    """Return how sure a statement is, in words."""
    return str(Certainty(value).label)


def nth_wave(wave: Wave, waves: list[Wave]) -> str:
    """Return "wave 3 of 5"."""
    return gettext("wave %(n)s of %(count)s") % {"n": wave.position, "count": len(waves)}


def markdown(text: str) -> SafeString:
    """Return an editor's text as HTML."""
    return rollout_markdown.render(text)


def lang_of(text: Text | Fact | None) -> SafeString | str:
    """Return lang and dir for a text that is shown in another language than the page's."""
    if text is None or text.language == get_language():
        return ""
    direction = "rtl" if get_language_info(text.language)["bidi"] else "ltr"
    return format_html(' lang="{}" dir="{}"', text.language, direction)


def lower_first(words: str) -> str:
    """Return words with a small first letter, to follow a colon."""
    return words[:1].lower() + words[1:]


def name_of(row: Any) -> SafeString | str:
    """Return the name of a row, with its language where that is not the page's."""
    if row.text is None or row.text.language == get_language():
        return str(row.name)
    return format_html("<span{}>{}</span>", lang_of(row.text), row.name)


def translation_note(row: Any) -> str:
    """Return what a reader must know of the language of a row's words, or ""."""
    text = getattr(row, "text", None)
    if not isinstance(text, Text):
        return ""
    if text.language != get_language():
        return gettext("Not translated yet.")
    if getattr(row, "is_outdated", False):
        return gettext("The reference text has changed since this was translated.")
    return ""
