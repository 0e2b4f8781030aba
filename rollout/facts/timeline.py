"""The timeline of the roll-out: openings and milestones by day."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from rollout.facts.snapshot import Opening, OpeningDay
from rollout.models import Entry


@dataclass(frozen=True)
class TimelineEvent:
    """One event: the opening of departments of a wave, or a milestone, whichever is set.

    `is_first` tells that no earlier event is of the same wave.
    """

    day: datetime.date
    opening: Opening | None = None
    is_first: bool = False
    milestone: Entry | None = None


def timeline(opening_days: Iterable[OpeningDay], milestones: list[Entry]) -> list[TimelineEvent]:
    """Return openings and milestones by day, oldest first, without those that have no day.

    On the same day openings come before milestones, each in the order given.
    """
    events: list[TimelineEvent] = []
    begun: set[str] = set()
    for opening_day in opening_days:
        for opening in opening_day.openings:
            slug = opening.wave.slug
            events.append(TimelineEvent(opening.day, opening, is_first=slug not in begun))
            begun.add(slug)
    events += [TimelineEvent(entry.day, milestone=entry) for entry in milestones if entry.day]
    return sorted(events, key=lambda event: event.day)
