"""The story of the roll-out: waves and milestones in the order in which they happened."""

import datetime
from dataclasses import dataclass

from rollout.facts.snapshot import Wave
from rollout.models import Entry


@dataclass(frozen=True)
class Chapter:
    """One event: a wave or a milestone, whichever is set."""

    day: datetime.date
    wave: Wave | None = None
    milestone: Entry | None = None


def story(waves: list[Wave], milestones: list[Entry]) -> list[Chapter]:
    """Return waves and milestones by day, oldest first; one that has no day is left out."""
    chapters = [Chapter(wave.phase.opened_on, wave=wave) for wave in waves if wave.phase.opened_on]
    chapters += [Chapter(entry.day, milestone=entry) for entry in milestones if entry.day]
    return sorted(chapters, key=lambda chapter: chapter.day)
