"""The story of the roll-out: waves and milestones in the order in which they happened."""

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
    """Return waves and milestones by day, oldest first; one that has no day is left out."""
    chapters = [
        TimelineEvent(wave_status.wave.opened_on, wave_status=wave_status)
        for wave_status in wave_statuses
        if wave_status.wave.opened_on
    ]
    chapters += [TimelineEvent(entry.day, milestone=entry) for entry in milestones if entry.day]
    return sorted(chapters, key=lambda chapter: chapter.day)
