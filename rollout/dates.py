"""Which day it is, and which day a reader asks for."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

# The first decree on a health card in a phone is of 27 May 2019 (facts 1.01).
FIRST_DAY = datetime.date(2019, 5, 27)


def today() -> datetime.date:
    """Return the day it is in Paris: the one place where "today" is decided."""
    return timezone.localdate()


def last_day() -> datetime.date:
    """Return the last day that can be asked for: the end of next year."""
    return datetime.date(today().year + 1, 12, 31)


@dataclass(frozen=True, slots=True)
class SelectedDay:
    """The day that a page is about: the one asked for, or today where none or a wrong one was."""

    day: datetime.date
    is_refused: bool = False

    @classmethod
    def from_values(cls, values: Sequence[str]) -> "SelectedDay":
        """Read the values of ?on=: none means today, more than one is refused."""
        return cls.read("".join(values)) if len(values) < 2 else cls(today(), is_refused=True)

    @classmethod
    def read(cls, text: str) -> "SelectedDay":
        """Read a day written as 2025-05-28; empty means today, anything else is refused."""
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
        """Return what links to other pages carry to stay on this day: "" or "?on=2025-05-28"."""
        return "" if self.is_today else f"?on={self.day.isoformat()}"

    @property
    def first(self) -> datetime.date:
        """Return the first day that can be asked for."""
        return FIRST_DAY

    @property
    def last(self) -> datetime.date:
        """Return the last day that can be asked for."""
        return last_day()


def parse(text: str) -> datetime.date | None:
    """Return the day written as 2025-05-28, or None: other ISO forms (2025-W22-3) are refused."""
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
