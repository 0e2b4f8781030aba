"""Dates, states and certainties as text or HTML in the active language."""

import datetime
from functools import lru_cache

from django.utils.dateformat import format as format_date
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, gettext, pgettext

from rollout import markdown as rollout_markdown
from rollout.facts.citations import Fact
from rollout.facts.snapshot import DepartmentStatus
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
from rollout.models.texts import Text


def day(value: datetime.date) -> SafeString:
    """Return a date written out, such as 18 November 2025, in a time element."""
    return _day(value, get_language() or "")


@lru_cache(maxsize=1024)  # 101 rows share a handful of days, and formatting is what costs most
def _day(value: datetime.date, language: str) -> SafeString:
    date_format = pgettext("date format on the first of a month", "j F Y")
    if value.day > 1:
        date_format = pgettext("date format", "j F Y")
    # No line break between a day and its month.
    text = format_date(value, date_format).replace(" ", "\u00a0", 1)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


def checked_on(value: datetime.date) -> SafeString:
    """Return when a fact was last checked: "Last checked on 3 May 2026", with a time element."""
    return format_html(gettext("Last checked on {day}"), day=day(value))


def as_of(value: datetime.date) -> str:
    """Return of which day a fact is, as plain text: "As of 23 November 2026"."""
    return gettext("As of %(day)s") % {"day": strip_tags(day(value))}


def _rough_day(value: datetime.date | None, precision: str) -> SafeString | str:
    """Return a date as precisely as it is known, in a time element; "" without a date."""
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
    """Return an entry's day as precisely as it is known, in a time element; "" without one."""
    return _rough_day(entry.day, entry.day_precision)


def source_day(source: Source) -> SafeString | str:
    """Return a source's date as precisely as it is known, in a time element; or "undated"."""
    return _rough_day(source.published_on, source.published_precision) or gettext("undated")


def opening_day(value: datetime.date | None, precision: str) -> SafeString | str:
    """Return "by" or "on" and the day of an opening, or "not announced"."""
    if value is None:
        return gettext("not announced")
    text = gettext("by {day}") if precision == Precision.BY else gettext("on {day}")
    return format_html(text, day=day(value))


def state(value: State) -> SafeString:
    """Return the state of a department on a day as HTML: a short sentence without a full stop."""
    return _state(value, get_language() or "")


@lru_cache(maxsize=1024)
def _state(value: State, language: str) -> SafeString:
    by = value.precision == Precision.BY
    match value.status:
        case Status.OPEN:
            text = gettext("Open since {day} at the latest") if by else gettext("Open since {day}")
        case Status.OPENS:
            text = gettext("Opens by {day}") if by else gettext("Opens on {day}")
        case Status.SUSPENDED if value.suspended_until:
            text = gettext("Suspended since {start}; works again from {end}")
        case Status.SUSPENDED:
            text = gettext("Suspended since {start}")
        case Status.MAYBE:
            text = gettext("May already have been open; certainly open by {day}")
        case Status.NOT_YET if by:
            text = gettext("Not open on that day; opened by {day}")
        case Status.NOT_YET:
            text = gettext("Not open on that day; opened on {day}")
        case _:
            text = gettext("Not announced")
    dates = {
        "day": value.opened_on,
        "start": value.suspended_from,
        "end": value.suspended_until,
    }
    return format_html(text, **{name: day(date) if date else "" for name, date in dates.items()})


def yes(row: DepartmentStatus) -> str:
    """Return what an open department means for a reader, as a sentence that says its certainty."""
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
    """Return the label of a value of `Certainty`; any other value raises ValueError."""
    return str(Certainty(value).label)


def nth_wave(wave: Wave, waves: list[Wave]) -> str:
    """Return which of all waves this is: "wave 3 of 5"."""
    return gettext("wave %(n)s of %(count)s") % {"n": wave.position, "count": len(waves)}


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


def lower_first(text: str) -> str:
    """Return a text with a small first letter, to follow a colon."""
    return text[:1].lower() + text[1:]


def name_of(row: HealthScheme | IdentityDocument | Wave) -> SafeString | str:
    """Return the name of a row, in a span with its language where that is not the active one."""
    if row.text is None or row.text.language == get_language():
        return str(row.name)
    return format_html("<span{}>{}</span>", lang_of(row.text), row.name)


def translation_note(row: object) -> str:
    """Return that a row's text is not translated, or that its translation is outdated; else "".

    Any row of the facts will do: those without a text have no note.
    """
    text = getattr(row, "text", None)
    if not isinstance(text, Text):
        return ""
    if text.language != get_language():
        return gettext("Not translated yet.")
    if getattr(row, "is_outdated", False):
        return gettext("The reference text has changed since this was translated.")
    return ""
