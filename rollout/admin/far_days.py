"""An opening day far from the other days of its wave: asked about before it is saved."""

import datetime
from collections.abc import Iterable

from django.utils.html import strip_tags
from django.utils.translation import gettext, ngettext

from rollout.models import Department, Wave
from rollout.wording import labels

MAX_DAYS_APART = 31
"""Between days of one wave. Sources that differ on the day of a wave do so by less than a month
(facts 1.07, 1.13), and two waves are at least 56 days apart: more is another wave or a typing
error."""


def far_days(changed: Iterable[Department]) -> list[str]:
    """Return a sentence for each day of changed departments that is far from their wave's others.

    They have their new wave and day and need not be saved; all others are as the database has them.
    A wave that moves to another day as a whole has no other day: nothing is said.
    """
    moved: dict[tuple[str, datetime.date], list[Department]] = {}
    rows = list(changed)
    for row in rows:
        if row.wave_id and row.opened_on:
            moved.setdefault((row.wave_id, row.opened_on), []).append(row)
    staying = Department.objects.exclude(code__in=[row.code for row in rows])
    days = {*staying.exclude(opened_on=None).values_list("wave_id", "opened_on")}
    waves = {wave.slug: wave for wave in Wave.objects.for_page()}
    sentences = []
    for (slug, day), group in sorted(moved.items()):
        others = [
            (abs((other - day).days), other)
            for wave, other in days | (moved.keys() - {(slug, day)})
            if wave == slug and other
        ]
        distance, nearest = min(others, default=(0, day))
        if distance > MAX_DAYS_APART:
            sentences.append(_sentence(waves[slug], day, group, distance, nearest))
    return sentences


def _sentence(
    wave: Wave,
    day: datetime.date,
    departments: list[Department],
    distance: int,
    nearest: datetime.date,
) -> str:
    n = len(departments)
    who = ngettext("%(n)s department", "%(n)s departments", n) % {"n": n}
    return gettext(
        "%(departments)s: %(day)s is %(distance)s days away from %(nearest)s, the nearest day of "
        "the others in the wave “%(wave)s”."
    ) % {
        "departments": str(departments[0]) if n == 1 else who,
        "day": strip_tags(labels.day(day)),
        "distance": distance,
        "nearest": strip_tags(labels.day(nearest)),
        "wave": wave.name,
    }
