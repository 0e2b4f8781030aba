"""Which backups are retained: all of two days, then one a day, a week, a month."""

import datetime
from collections.abc import Callable, Iterable
from typing import NamedTuple

RECENT_PERIOD = datetime.timedelta(days=2)


class RetentionRule(NamedTuple):
    """For how many days, weeks and months that have a backup the last one is retained."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


def retained(times: Iterable[datetime.datetime], rule: RetentionRule) -> set[datetime.datetime]:
    """Return those of the times whose backups are retained.

    All that are at most RECENT_PERIOD older than the newest stay: who makes one before each change
    may need the one before. Nothing depends on today: a pause or a wrong clock removes nothing.
    """
    newest_first = sorted(times, reverse=True)
    if not newest_first:
        return set()
    recent = {time for time in newest_first if newest_first[0] - time <= RECENT_PERIOD}
    return (
        recent
        | _last_of_each(newest_first, rule.daily, lambda time: time.date())
        | _last_of_each(newest_first, rule.weekly, lambda time: time.isocalendar()[:2])
        | _last_of_each(newest_first, rule.monthly, lambda time: (time.year, time.month))
    )


def _last_of_each(
    newest_first: list[datetime.datetime],
    count: int,
    period: Callable[[datetime.datetime], object],
) -> set[datetime.datetime]:
    last: dict[object, datetime.datetime] = {}
    for time in newest_first:
        last.setdefault(period(time), time)
    return set(list(last.values())[:count])
