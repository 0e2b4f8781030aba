"""The timeline of the roll-out: waves and milestones by day."""

import datetime
from dataclasses import dataclass

from rollout.facts.snapshot import WaveStatus
from rollout.models import Entry


@dataclass(frozen=True)
class TimelineEvent:
    """One event: a wave or a milestone, whichever is set."""

    day: datetime.date
    wave_status: WaveStatus | None = None
    milestone: Entry | None = None


def timeline(wave_statuses: list[WaveStatus], milestones: list[Entry]) -> list[TimelineEvent]:
    """Return waves and milestones by day, oldest first, without those that have no day.

    On the same day waves come before milestones, each in the order given.
    """
    events = [
        TimelineEvent(wave_status.wave.opened_on, wave_status=wave_status)
        for wave_status in wave_statuses
        if wave_status.wave.opened_on
    ]
    events += [TimelineEvent(entry.day, milestone=entry) for entry in milestones if entry.day]
    return sorted(events, key=lambda event: event.day)
