"""The last good copies: what is sent while the database does not answer, and how that is said.

They are kept in memory, and on disk, so that they outlive the process. On disk stand only the pages
themselves, never one that someone asked for with words of their own.
"""

import hashlib
import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext, ngettext

from rollout.caching.data_version import CurrentVersion
from rollout.caching.keys import CacheKey
from rollout.caching.responses import CachedResponse, Headers, RenderedResponse

logger = logging.getLogger(__name__)

MAX_STALE_SECONDS = 24 * 60 * 60
"""Seconds after which a copy is too old to be shown."""
MAX_FILES = 3000
PLACE = re.compile(rb"<(?:main|body)[^>]*>(?!.*<main)", re.DOTALL)
"""After what a page says that it is a copy: the beginning of its content."""


@dataclass(frozen=True, slots=True)
class StaleResponse:
    """A copy and for how many seconds it has not been known to be right."""

    page: RenderedResponse
    seconds: int

    def as_sent(self, *, is_answer: bool = True) -> RenderedResponse:
        """Return the page with what tells its age: a header for programs, a sentence for people.

        Where it is not what was asked for, but the same page without what someone searched or
        answered, it says so, and is no success.
        """
        headers: Headers = [
            (name, "no-store" if name.lower() == "cache-control" else value)
            for name, value in self.page.headers
            if name.lower() not in _ONLY_OF_THE_FRESH
        ]
        body = self.page.body
        if self.page.header("content-type").startswith("text/html"):
            with translation.override(self.page.header("content-language") or "en"):
                notice = _notice(self.seconds, is_answer=is_answer)
            body = PLACE.sub(lambda found: found[0] + notice.encode(), body, count=1)
        headers += [("X-Stale", str(self.seconds)), ("Content-Length", str(len(body)))]
        status = self.page.status if is_answer else "503 Service Unavailable"
        return RenderedResponse(status, headers, body)


_ONLY_OF_THE_FRESH = {"content-length", "etag", "last-modified", "x-accel-expires", "x-stale"}


def _notice(seconds: int, *, is_answer: bool) -> str:
    words = stale_sentence(seconds)
    if not is_answer:
        words += " " + gettext("What you asked could not be answered: please try again soon.")
    return f'<p class="notice" role="status">{escape(words)}</p>'


def stale_sentence(seconds: int) -> str:
    """Return what readers are told of a copy of this age."""
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        age = ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    else:
        hours = round(minutes / 60)
        age = ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return gettext(
        "Our database does not answer at the moment. This page is a copy; it was last known to be "
        "right %(age)s ago."
    ) % {"age": age}


def stale_from_memory(copy: CachedResponse) -> StaleResponse | None:
    """Return a copy from memory as stale, or None where it is too old."""
    return _stale(RenderedResponse("200 OK", copy.headers, copy.body), copy.now.last_seen)


def _stale(page: RenderedResponse, last_right: float) -> StaleResponse | None:
    seconds = max(0, round(time.time() - last_right))
    return StaleResponse(page, seconds) if seconds <= MAX_STALE_SECONDS else None


class StaleResponseFolder:
    """The copies in a folder. What goes wrong there is logged once and harms nobody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = folder / "seen.json"
        self._lock = threading.Lock()
        self._noted = 0.0
        self._is_broken = False

    def keep(self, key: CacheKey, page: RenderedResponse, now: CurrentVersion) -> None:
        """Keep a page under its key."""
        head = {
            "version": now.version,
            "day": now.day.isoformat(),
            "built": time.time(),
            "status": page.status,
            "headers": page.headers,
        }
        self._write(self._file(key), json.dumps(head).encode() + b"\n" + page.body)

    def note(self, now: CurrentVersion) -> None:
        """Note that an edition is current; at most every five seconds."""
        if time.monotonic() - self._noted < 5:
            return
        self._noted = time.monotonic()
        seen = {"version": now.version, "day": now.day.isoformat(), "at": now.last_seen}
        self._write(self._seen, json.dumps(seen).encode())

    def get(self, key: CacheKey) -> StaleResponse | None:
        """Return the copy of a page, or None where there is none that is young enough."""
        try:
            head, _newline, body = self._file(key).read_bytes().partition(b"\n")
            told = json.loads(head)
            headers = [(name, value) for name, value in told["headers"]]
            page = RenderedResponse(told["status"], headers, body)
            return _stale(page, max(told["built"], self._last_right(told)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("A last good copy cannot be read: %s", error)
            return None

    def _last_right(self, told: dict[str, object]) -> float:
        """Return when the edition of a copy was last seen to be current, if it is the last one."""
        try:
            seen = json.loads(self._seen.read_bytes())
        except (OSError, ValueError):
            return 0.0
        is_same = (seen["version"], seen["day"]) == (told["version"], told["day"])
        return float(seen["at"]) if is_same else 0.0

    def _file(self, key: CacheKey) -> Path:
        return self._folder / hashlib.sha256("\n".join(key).encode()).hexdigest()[:40]

    def _write(self, file: Path, content: bytes) -> None:
        """Write a file whole or not at all."""
        part = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                part.write_bytes(content)
                part.replace(file)
            finally:
                part.unlink(missing_ok=True)
            self._is_broken = False
        except OSError as error:
            if not self._is_broken:
                logger.warning("Last good copies cannot be written to disk: %s", error)
            self._is_broken = True

    def prune(self) -> None:
        """Remove the copies that are too old, and the oldest of too many."""
        for position, (date, file) in enumerate(sorted(self._dated(), reverse=True)):
            if position >= MAX_FILES or time.time() - date > 7 * MAX_STALE_SECONDS:
                with suppress(OSError):
                    file.unlink()

    def _dated(self) -> Iterator[tuple[float, Path]]:
        """Yield the files with their dates; other processes write and remove them meanwhile."""
        with suppress(OSError):
            for file in self._folder.iterdir():
                with suppress(FileNotFoundError):
                    yield file.stat().st_mtime, file
