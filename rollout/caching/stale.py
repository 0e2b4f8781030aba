"""Stale responses: what is served while the database does not answer, and how pages say so."""

import datetime
import hashlib
import json
import logging
import math
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
from rollout.dates import today

logger = logging.getLogger(__name__)

MAX_STALE_SECONDS = 24 * 60 * 60
"""The age after which a stale response is no longer served."""
RETRY_AFTER_SECONDS = "30"
MAX_FILES = 3000
MAX_FILE_SECONDS = 7 * MAX_STALE_SECONDS
"""The age after which a file is removed."""
CONFIRM_INTERVAL_SECONDS = 5
"""How often at most the file that confirms the current version is written."""
NOTICE_POSITION = re.compile(rb"<(?:main|body)[^>]*>(?!.*<main)", re.DOTALL)
"""After what a page has its notice: the beginning of its content."""
FRESH_ONLY_HEADERS = {"content-length", "etag", "last-modified", "x-accel-expires", "x-stale"}


@dataclass(frozen=True, slots=True)
class StaleResponse:
    """A response, and the seconds since it was last confirmed to be current."""

    response: RenderedResponse
    seconds: int

    def marked(self, *, is_complete: bool = True) -> RenderedResponse:
        """Return the response with its age: `X-Stale: <seconds>` and, in HTML, a notice.

        `is_complete=False` is for the page without what someone searched or answered: the notice
        says so, and the status is 503.
        """
        headers: Headers = [
            (name, "no-store" if name.lower() == "cache-control" else value)
            for name, value in self.response.headers
            if name.lower() not in FRESH_ONLY_HEADERS
        ]
        body = self.response.body
        if self.response.header("content-type").startswith("text/html"):
            with translation.override(self.response.header("content-language") or "en"):
                notice = _notice(self.seconds, is_complete=is_complete)
            body = NOTICE_POSITION.sub(lambda match: match[0] + notice.encode(), body, count=1)
        headers += [("X-Stale", str(self.seconds)), ("Content-Length", str(len(body)))]
        if is_complete:
            return RenderedResponse(self.response.status, headers, body)
        headers.append(("Retry-After", RETRY_AFTER_SECONDS))
        return RenderedResponse("503 Service Unavailable", headers, body)


def _notice(seconds: int, *, is_complete: bool) -> str:
    text = stale_sentence(seconds)
    if not is_complete:
        text += " " + gettext("What you asked could not be answered: please try again soon.")
    return f'<p class="notice" role="status">{escape(text)}</p>'


def stale_sentence(seconds: int) -> str:
    """Return the sentence for readers of a response of this age, in the active language."""
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


def stale_from_memory(cached: CachedResponse) -> StaleResponse | None:
    """Return a cached response as stale, or None where it is too old."""
    response = RenderedResponse("200 OK", cached.headers, cached.body)
    return _stale(response, cached.version.confirmed_at, cached.version.day)


def _stale(
    response: RenderedResponse, confirmed_at: float, day: datetime.date
) -> StaleResponse | None:
    """Return a response as stale; None where it is too old, or of a day that is still to come.

    The latter were rendered while the clock was ahead.
    """
    if day > today():
        return None
    seconds = max(0, round(time.time() - confirmed_at))
    return StaleResponse(response, seconds) if seconds <= MAX_STALE_SECONDS else None


class StaleResponseFolder:
    """Responses on disk, shared by all processes of this machine.

    Each worker process has a memory of its own: without these files, a page that one of them has
    rendered would be a 503 from the others, and from one that restarts, while the database does not
    answer. Errors of the disk are logged once and never raised.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._version_file = folder / "version.json"
        self._last_written = -math.inf
        self._is_broken = False

    def store(self, key: CacheKey, response: RenderedResponse, version: CurrentVersion) -> None:
        """Write a response of the current version, in place of an older one."""
        head = {
            "version": version.version,
            "day": version.day.isoformat(),
            "rendered_at": time.time(),
            "status": response.status,
            "headers": response.headers,
        }
        self._write(self._file(key), json.dumps(head).encode() + b"\n" + response.body)

    def confirm(self, version: CurrentVersion) -> None:
        """Write that a version is current; at most once in CONFIRM_INTERVAL_SECONDS."""
        if time.monotonic() - self._last_written < CONFIRM_INTERVAL_SECONDS:
            return
        self._last_written = time.monotonic()
        confirmed = {
            "version": version.version,
            "day": version.day.isoformat(),
            "confirmed_at": version.confirmed_at,
        }
        self._write(self._version_file, json.dumps(confirmed).encode())

    def get(self, key: CacheKey) -> StaleResponse | None:
        """Return the response of a key, or None where there is none or it is too old."""
        try:
            first_line, _newline, body = self._file(key).read_bytes().partition(b"\n")
            head = json.loads(first_line)
            headers = [(name, value) for name, value in head["headers"]]
            response = RenderedResponse(head["status"], headers, body)
            day = datetime.date.fromisoformat(head["day"])
            return _stale(response, max(head["rendered_at"], self._confirmed_at(head)), day)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("A stale response cannot be read: %s", error)
            return None

    def _confirmed_at(self, head: dict[str, object]) -> float:
        """Return when the version of a response was last confirmed; 0 if another one was since."""
        try:
            confirmed = json.loads(self._version_file.read_bytes())
        except (OSError, ValueError):
            return 0.0
        is_same = (confirmed["version"], confirmed["day"]) == (head["version"], head["day"])
        return float(confirmed["confirmed_at"]) if is_same else 0.0

    def _file(self, key: CacheKey) -> Path:
        return self._folder / hashlib.sha256("\n".join(key).encode()).hexdigest()[:40]

    def _write(self, file: Path, content: bytes) -> None:
        """Write a file atomically."""
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
                logger.warning("Responses cannot be written to disk: %s", error)
            self._is_broken = True

    def prune(self) -> None:
        """Remove files older than MAX_FILE_SECONDS, and the oldest beyond MAX_FILES."""
        for position, (mtime, file) in enumerate(sorted(self._files(), reverse=True)):
            if position >= MAX_FILES or time.time() - mtime > MAX_FILE_SECONDS:
                with suppress(OSError):
                    file.unlink()

    def _files(self) -> Iterator[tuple[float, Path]]:
        """Yield modification time and path; other processes write and remove files meanwhile."""
        with suppress(OSError):
            for file in self._folder.iterdir():
                with suppress(FileNotFoundError):
                    yield file.stat().st_mtime, file
