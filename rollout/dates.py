"""Which day it is in Paris, and which day a request selects."""

import datetime
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language, gettext, pgettext

FIRST_DAY = datetime.date(2019, 5, 27)
"""The first day that can be selected: of the first decree on a health card in a phone (1.01)."""
MONTHS_WITH_CAPITALS = ("en", "de", "tr")
"""The languages of the site that write the names of months with a capital letter."""


_replayed_day: ContextVar[datetime.date | None] = ContextVar("replayed_day", default=None)


def today() -> datetime.date:
    """Return today in Paris: the one place where "today" is decided."""
    return _replayed_day.get() or _day_of_clock()


def _day_of_clock() -> datetime.date:
    """Return the day of the clock in Paris, computed once a day: a page asks 800 times."""
    global _clock_day  # noqa: PLW0603 - a tuple replaced whole: threads may share it
    now = time.time()
    begins, ends, day = _clock_day
    if not begins <= now < ends:
        day = timezone.localdate()
        begins, ends = (midnight(d).timestamp() for d in (day, day + datetime.timedelta(1)))
        _clock_day = begins, ends, day
    return day


_clock_day = (0.0, 0.0, datetime.date.min)
"""The seconds at which the day of the clock begins and ends, and that day."""


@contextmanager
def as_on(day: datetime.date) -> Iterator[None]:
    """Have `today` return this day in the block: an edit sent in then is saved as it was meant."""
    token = _replayed_day.set(day)
    try:
        yield
    finally:
        _replayed_day.reset(token)


@lru_cache(maxsize=1_000)  # facts have some 200 days among them
def midnight(day: datetime.date) -> datetime.datetime:
    """Return the moment at which a day begins in Paris."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def written_out(day: datetime.date) -> str:
    """Return a date in the active language, such as 18 November 2025, the day not breaking off."""
    date_format = pgettext("date format on the first of a month", "j F Y")
    if day.day > 1:
        date_format = pgettext("date format", "j F Y")
    return formatted(day, date_format)


def formatted(day: datetime.date, date_format: str) -> str:
    """Return a date in a format of the active language: the day and its month do not break apart.

    Months are in lower case except in the languages that write them with a capital (CLDR);
    Django's own names of months have capitals in others too.
    """
    text = format_date(day, re.sub(" (?=.*[FE])", "\u00a0", date_format))
    return text if get_language() in MONTHS_WITH_CAPITALS else text.lower()


def rough_day(value: datetime.date | None, precision: str) -> str:
    """Return a date as precisely as it is known, such as "around June 2024"; "" without a date.

    `precision` is a value of `DatePrecision` (rollout/models/sources.py).
    """
    if value is None:
        return ""
    if precision == "day":
        return written_out(value)
    if precision in ("year", "about-year"):
        year = str(value.year)
        return year if precision == "year" else gettext("around %(year)s") % {"year": year}
    month = formatted(value, pgettext("month format", "F Y"))
    return month if precision == "month" else gettext("around %(month)s") % {"month": month}


def last_day() -> datetime.date:
    """Return the last day that can be selected: 31 December of next year."""
    return datetime.date(today().year + 1, 12, 31)


@dataclass(frozen=True, slots=True)
class SelectedDay:
    """The day that a page is about: that of ?on=, or today where it has none or a wrong one.

    `is_refused` tells that it has a wrong one.
    """

    day: datetime.date
    is_refused: bool = False

    @classmethod
    def from_values(cls, values: Sequence[str]) -> "SelectedDay":
        """Return the day of the values of ?on=: none means today, more than one is refused."""
        return cls.read("".join(values)) if len(values) < 2 else cls(today(), is_refused=True)

    @classmethod
    def read(cls, text: str) -> "SelectedDay":
        """Return the day written as 2025-05-28; empty means today.

        Anything else is refused, and a day outside of FIRST_DAY to `last_day`.
        """
        text = text.strip(" ")
        if not text:
            return cls(today())
        day = parse(text)
        if day is None or not FIRST_DAY <= day <= last_day():
            return cls(today(), is_refused=True)
        return cls(day)

    @property
    def is_today(self) -> bool:
        """Tell whether the page is about today."""
        return self.day == today()

    @property
    def is_past(self) -> bool:
        """Tell whether the page is about a day before today."""
        return self.day < today()

    @property
    def query(self) -> str:
        """Return the query of links to other pages on this day: "" or "?on=2025-05-28"."""
        return "" if self.is_today else f"?on={self.day.isoformat()}"

    @property
    def first(self) -> datetime.date:
        """Return the first day that can be selected."""
        return FIRST_DAY

    @property
    def last(self) -> datetime.date:
        """Return the last day that can be selected."""
        return last_day()


def parse(text: str) -> datetime.date | None:
    """Return the day written as 2025-05-28, or None: other ISO forms (2025-W22-3) are refused."""
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
