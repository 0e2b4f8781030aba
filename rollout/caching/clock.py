"""Notices when the machine's clock is set: it then differs from the clock that only goes on."""

import datetime
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

logger = logging.getLogger(__name__)

MIN_STEP_SECONDS = 1.0
"""Smaller corrections are not noticed: chrony and others slew, and reading takes time."""


def _steady() -> float:
    """Return the seconds of a clock that nobody sets, and that goes on while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime(clock)


@dataclass(frozen=True, slots=True)
class ClockStep:
    """By how many seconds the clock was set, negative for back, and the right moment by it then."""

    seconds: float
    at: datetime.datetime
    noticed_at: float
    """In seconds of the steady clock."""


class ClockMonitor:
    """Compares the clock with a steady one each time that `check` is called."""

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = _steady
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._offset = wall() - steady()
        self._last_step: ClockStep | None = None

    def check(self) -> None:
        """Note, and log, a step since the last call."""
        now = self._steady()
        offset = self._wall() - now
        step = offset - self._offset
        self._offset = offset
        if abs(step) >= MIN_STEP_SECONDS:
            at = datetime.datetime.fromtimestamp(now + offset, datetime.UTC)
            self._last_step = ClockStep(step, at, now)
            logger.warning("The clock was set by %+.0f seconds.", step)

    def last_step(self, within_seconds: float) -> ClockStep | None:
        """Return the last step of so many seconds, or None."""
        step = self._last_step
        return step if step and self._steady() - step.noticed_at <= within_seconds else None


monitor = ClockMonitor()
"""That of this process: checked by the thread that polls the data version."""
