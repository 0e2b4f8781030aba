"""Which edition of the facts is current, known without a question to the database per request.

Two things tell of a new one: the date of a file, which every change on this machine renews, looked
at with each request; and the stamp in the database, asked twice a second by a thread of its own,
which tells of changes made on other machines. Only that thread waits for the database. While it
gets no answer, there is no current edition, and readers get the last good copies.
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
from django.utils import timezone

from rollout.dates import today
from rollout.models import DataVersion

logger = logging.getLogger(__name__)

POLL_INTERVAL_SECONDS = 0.5
"""Seconds between two questions: within one second, a change is known on every machine."""
TRUST_SECONDS = 1.2
"""Seconds after a question that was answered, for which the answer is relied on."""
WAIT_SECONDS = 0.6
"""Seconds that a request waits for news of an edition."""
FIRST_WAIT_SECONDS = 1.5
"""The same in a process that has just begun."""
EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)


@dataclass(eq=False, slots=True)
class CurrentVersion:
    """An edition of the facts on one day: what was built under it is right as long as it lasts."""

    version: str
    day: datetime.date
    since: datetime.datetime
    """The moment since which the facts are so."""
    last_seen: float = field(default_factory=time.time)
    """When it was last known to be current, in seconds since the epoch."""


def read_version() -> tuple[str, datetime.datetime]:
    """Return the stamp of the edition in the database and the moment it was made."""
    close_old_connections()
    try:
        return DataVersion.objects.values_list("version", "since").first() or ("", EPOCH)
    except Exception:
        connection.close()
        raise


class DataVersionMonitor:
    """Knows the current edition, or that it cannot be known."""

    def __init__(
        self,
        file: Path,
        ask: Callable[[], tuple[str, datetime.datetime]] = read_version,
        seen: Callable[[CurrentVersion], None] = lambda now: None,
    ) -> None:
        """Watch the date of `file` and what `ask` says; tell `seen` of each answer."""
        self._file = str(file)
        self._ask = ask
        self._tell = seen
        self._now: CurrentVersion | None = None
        self._file_seen = -1
        self._midnight = 0.0
        self._trusted_until = 0.0
        self._is_down = False
        self._begun = self._done = 0
        self._news = threading.Condition()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def now(self) -> CurrentVersion | None:
        """Return the current edition, or None while the database does not say which it is."""
        date = _date_of(self._file)
        if (
            date == self._file_seen
            and time.monotonic() < self._trusted_until
            and time.time() < self._midnight
        ):
            return self._now
        return self._look(date)

    def _look(self, date: int) -> CurrentVersion | None:
        """Wait a moment for an answer that is newer than the file's date."""
        is_answering = not self._is_down and self._wait_for_news()
        is_known = is_answering and time.monotonic() < self._trusted_until
        if not is_known or self._now is None:
            if not self._is_down:
                logger.error("The database does not answer: last good copies are sent.")
            self._is_down = True
            return None
        self._file_seen = date
        if time.time() >= self._midnight:
            self._turn_the_day()
        return self._now

    def _wait_for_news(self) -> bool:
        """Wait for the answer to a question that is put from now on; tell whether it came."""
        with self._news:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._keep_asking, daemon=True)
                self._thread.start()
            wanted = self._begun + 1
            self._wake.set()
            patience = WAIT_SECONDS if self._now else FIRST_WAIT_SECONDS
            return self._news.wait_for(lambda: self._done >= wanted, timeout=patience)

    def _keep_asking(self) -> None:
        while True:
            self._wake.clear()
            self.ask()
            self._wake.wait(POLL_INTERVAL_SECONDS)

    def ask(self) -> None:
        """Ask the database once, and note what it says."""
        began = time.monotonic()
        with self._news:
            self._begun += 1
            number = self._begun
        try:
            version, since = self._ask()
        except Exception as error:  # noqa: BLE001 - whatever it is, the edition is not known
            self._trusted_until = 0.0
            logger.debug("The edition could not be read: %s", error)
        else:
            self._note(version, since, began)
        with self._news:
            self._done = number
            self._news.notify_all()

    def _note(self, version: str, since: datetime.datetime, began: float) -> None:
        now = self._now
        if now is None or now.version != version:
            self._now = now = CurrentVersion(version, today(), since)
        else:
            now.last_seen = time.time()
        self._trusted_until = began + TRUST_SECONDS
        self._tell(now)
        if self._is_down:
            self._is_down = False
            logger.warning("The database answers again.")

    def _turn_the_day(self) -> None:
        """Begin a new day in Paris: the facts are the same, what is said of them is not."""
        day = today()
        now = self._now
        if now is not None and now.day != day:
            self._now = CurrentVersion(now.version, day, now.since)
        midnight = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time())
        self._midnight = timezone.make_aware(midnight).timestamp()


def _date_of(file: str) -> int:
    """Return the date of a file in nanoseconds, 0 where there is none. Asked with each request."""
    try:
        return os.stat(file).st_mtime_ns  # noqa: PTH116 - a third of the time of Path.stat
    except OSError:
        return 0
