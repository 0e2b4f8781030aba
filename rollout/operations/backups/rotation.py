"""Which backups are kept: all of two days, then one a day, a week, a month."""

import datetime
from collections.abc import Callable, Iterable
from typing import NamedTuple

RECENT = datetime.timedelta(days=2)


class Rule(NamedTuple):
    """For how many days, weeks and months that have a backup the last one is kept."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


def kept(moments: Iterable[datetime.datetime], rule: Rule) -> set[datetime.datetime]:
    """Return those of the moments whose backups are kept.

    All that are at most two days older than the newest stay: who makes one before each change may
    need the one before. Nothing depends on today, so that a pause or a wrong clock removes nothing.
    """
    newest_first = sorted(moments, reverse=True)
    if not newest_first:
        return set()
    recent = {moment for moment in newest_first if newest_first[0] - moment <= RECENT}
    return (
        recent
        | _last_of_each(newest_first, rule.daily, lambda moment: moment.date())
        | _last_of_each(newest_first, rule.weekly, lambda moment: moment.isocalendar()[:2])
        | _last_of_each(newest_first, rule.monthly, lambda moment: (moment.year, moment.month))
    )


def _last_of_each(
    newest_first: list[datetime.datetime],
    count: int,
    period: Callable[[datetime.datetime], object],
) -> set[datetime.datetime]:
    last: dict[object, datetime.datetime] = {}
    for moment in newest_first:
        last.setdefault(period(moment), moment)
    return set(list(last.values())[:count])
