"""Which data version is current, known without a database query for each request.

Two signals of a new version: the modification time of a file, which every change on this machine
renews and every request reads; and the version in the database, which a thread of its own polls
twice a second for changes made on other machines. Only that thread waits for the database. While
the database does not answer, no version is current, and stale responses are served.
"""

import datetime
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import close_old_connections, connection

from rollout.caching import clock
from rollout.dates import midnight, today
from rollout.models import DataVersion

logger = logging.getLogger(__name__)

POLL_INTERVAL_SECONDS = 0.5
"""Within one second, a change is known on every machine."""
POLL_VALID_SECONDS = 1.2
"""How long the result of a poll is relied on."""
POLL_WAIT_SECONDS = 0.6
"""How long a request waits for the next poll."""
FIRST_POLL_WAIT_SECONDS = 1.5
"""The same in a process that has just started."""
EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


@dataclass(eq=False, slots=True)
class CurrentVersion:
    """A data version on one day in Paris. Responses rendered under it are valid while it lasts.

    There is one object for each version and day, so validity is a comparison with `is`. A day that
    comes again, as the clock was set back, has another object.
    """

    version: str
    day: datetime.date
    since: datetime.datetime
    """The moment of the change that made this version."""
    confirmed_at: float = field(default_factory=time.time)
    """When the database last confirmed it, in seconds since the epoch."""
    begins_at: float = field(init=False)
    ends_at: float = field(init=False)
    """The moment from which it is another day, in seconds since the epoch."""

    def __post_init__(self) -> None:
        self.begins_at = midnight(self.day).timestamp()
        self.ends_at = midnight(self.day + datetime.timedelta(days=1)).timestamp()

    def is_of_now(self) -> bool:
        """Tell whether it is its day in Paris, by the clock as it is set now."""
        return self.begins_at <= time.time() < self.ends_at


def read_version() -> tuple[str, datetime.datetime]:
    """Return the data version in the database and its moment; ("", EPOCH) before the first fact.

    Raises whatever the database raises, and closes the connection then.
    """
    close_old_connections()
    try:
        return DataVersion.objects.values_list("version", "since").first() or ("", EPOCH)
    except Exception:
        connection.close()
        raise


class DataVersionMonitor:
    """Knows the current data version, or that it cannot be known. Safe between threads."""

    def __init__(
        self,
        file: Path,
        read: Callable[[], tuple[str, datetime.datetime]] = read_version,
        on_confirmed: Callable[[CurrentVersion], None] = lambda current: None,
    ) -> None:
        """Watch the modification time of `file` and poll `read`, calling `on_confirmed` after it.

        The file need not exist. The polling thread starts with the first call of `current`.
        """
        self._file = str(file)
        self._read = read
        self._on_confirmed = on_confirmed
        self._current: CurrentVersion | None = None
        self._file_mtime = -1
        self._valid_until = 0.0
        self._is_down = False
        self._error = ""
        self._started_polls = self._finished_polls = 0
        self._poll_finished = threading.Condition()
        self._poll_requested = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    def stop(self) -> None:
        """End the polling thread, for good, after the poll that it may be in."""
        self._is_stopped = True
        self._poll_requested.set()

    def current(self) -> CurrentVersion | None:
        """Return the current version, or None while the database does not say which it is.

        Waits at most FIRST_POLL_WAIT_SECONDS, and not at all while the database is down.
        """
        mtime = _mtime_of(self._file)
        current = self._current
        if (
            mtime == self._file_mtime
            and time.monotonic() < self._valid_until
            and current is not None
            and current.is_of_now()
        ):
            return current
        return self._wait_for_version(mtime)

    def _wait_for_version(self, mtime: int) -> CurrentVersion | None:
        """Wait for a poll that is newer than the file's modification time."""
        is_answering = not self._is_down and self._wait_for_poll()
        is_valid = is_answering and time.monotonic() < self._valid_until
        if not is_valid or self._current is None:
            if not self._is_down:
                reason = f"cannot be read, {self._error}" if self._error else "does not answer"
                logger.error("The database %s: stale responses are served.", reason)
            self._is_down = True
            return None
        self._file_mtime = mtime
        return self._of_now(self._current)

    def _wait_for_poll(self) -> bool:
        """Wait for a poll that starts from now on; tell whether it has finished."""
        with self._poll_finished:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._poll_forever, daemon=True)
                self._thread.start()
            number = self._started_polls + 1
            self._poll_requested.set()
            timeout = POLL_WAIT_SECONDS if self._current else FIRST_POLL_WAIT_SECONDS
            return self._poll_finished.wait_for(lambda: self._finished_polls >= number, timeout)

    def _poll_forever(self) -> None:
        while not self._is_stopped:
            self._poll_requested.clear()
            self.poll()
            self._poll_requested.wait(POLL_INTERVAL_SECONDS)

    def poll(self) -> None:
        """Read the version from the database once, and note the result. Raises nothing."""
        clock.monitor.check()
        started_at = time.monotonic()
        with self._poll_finished:
            self._started_polls += 1
            number = self._started_polls
        try:
            version, since = self._read()
        except Exception as error:  # noqa: BLE001 - whatever it is, the version is not known
            self._valid_until = 0.0
            self._error = f"{type(error).__name__}: {error}".strip()
        else:
            self._error = ""
            self._set_current(version, since, started_at)
        with self._poll_finished:
            self._finished_polls = number
            self._poll_finished.notify_all()

    def _set_current(self, version: str, since: datetime.datetime, started_at: float) -> None:
        current = self._current
        if current is None or current.version != version:
            self._current = current = CurrentVersion(version, today(), since)
        else:
            current = self._of_now(current)
            current.confirmed_at = time.time()
        self._valid_until = started_at + POLL_VALID_SECONDS
        self._on_confirmed(current)
        if self._is_down:
            self._is_down = False
            logger.warning("The database answers again.")

    def _of_now(self, current: CurrentVersion) -> CurrentVersion:
        """Return the version on the day that it is: the facts are the same, but pages show a day.

        It is another day after midnight, and where the clock was set.
        """
        if not current.is_of_now():
            self._current = current = CurrentVersion(current.version, today(), current.since)
        return current


def _mtime_of(file: str) -> int:
    """Return a file's modification time in nanoseconds, 0 where there is none."""
    try:
        return os.stat(file).st_mtime_ns  # noqa: PTH116 - a third of the time of Path.stat
    except OSError:
        return 0
