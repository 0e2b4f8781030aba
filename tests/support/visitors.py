"""Visitors of a running site, who note how they were served; and waiting for what is to come."""

import contextlib
import http.client
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

PAGES = (
    "/en/",
    "/fr/",
    "/en/departments/69-rhone/",
    "/fr/regions/bretagne/",
    "/en/set-up/",
    "/en/departments/",
    "/fr/questions/",
    "/en/updates.atom",
    "/en/openings.ics",
    "/api/v1/departments.csv",
    "/sitemap.xml",
)
"""Some of each kind; each is in the static export too."""
VISITOR = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.9"}
"""What the proxy says of a visitor; nginx, where it stands between, says it itself."""


@dataclass(frozen=True)
class Response:
    """How one request was served."""

    path: str
    status: int = 0
    """0 where there was no answer."""
    seconds: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)
    """By their names in lower case."""
    body: bytes = b""

    @property
    def failed(self) -> bool:
        """Tell whether the visitor got no page."""
        return self.status != 200

    @property
    def copy(self) -> str:
        """Return what a header says of its age: X-Stale (seconds) or X-Copy-Made (a moment)."""
        return self.headers.get("x-stale") or self.headers.get("x-copy-made") or ""

    @property
    def says_copy(self) -> bool:
        """Tell whether the page says in words that it is an older copy."""
        return b'class="notice"' in self.body


def ask(
    address: str, path: str, headers: Mapping[str, str] = VISITOR, form: str | None = None
) -> Response:
    """Ask once, on a new connection; a site behind a proxy takes it for https."""
    started = time.monotonic()
    response = Response(path)
    visitor = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    with contextlib.closing(visitor), contextlib.suppress(OSError, http.client.HTTPException):
        visitor.request("POST" if form else "GET", path, form, dict(headers))
        answer = visitor.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        response = Response(path, answer.status, 0, named, answer.read())
    return replace(response, seconds=time.monotonic() - started)


def post(address: str, path: str, sent: Mapping[str, str]) -> Response:
    """Send a form, as a browser does that has got its token."""
    token = sent["csrfmiddlewaretoken"]
    headers = {
        "Cookie": f"csrftoken={token}; __Host-csrftoken={token}",
        "Referer": f"https://localhost{path}",
    }
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return ask(address, path, VISITOR | headers, urlencode(sent))


def wait_for(happened: Callable[[], bool], seconds: float) -> float:
    """Wait until something happened; return after how many seconds, or raise TimeoutError."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        with contextlib.suppress(OSError):
            if happened():
                return time.monotonic() - started
        time.sleep(0.02)
    raise TimeoutError(f"not within {seconds} s")


class Visitors:
    """Ask for pages all the time, each on a new connection, until the block is left."""

    def __init__(
        self, address: str, paths: Sequence[str] = PAGES, count: int = 4, pause: float = 0.02
    ) -> None:
        self.address, self.paths, self.pause = address, paths, pause
        self.answers: list[Response] = []
        self._leaving = threading.Event()
        self._threads = [threading.Thread(target=self._visit, args=(n,)) for n in range(count)]

    def _visit(self, number: int) -> None:
        while not self._leaving.wait(self.pause):
            number += 1
            self.answers.append(ask(self.address, self.paths[number % len(self.paths)]))

    def __enter__(self) -> "Visitors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._leaving.set()
        for thread in self._threads:
            thread.join()

    @property
    def failed(self) -> list[Response]:
        """Return those who got no page."""
        return [answer for answer in self.answers if answer.failed]

    @property
    def slowest(self) -> float:
        """Return how long the slowest waited, in seconds."""
        return max(answer.seconds for answer in self.answers)


def percentile(seconds: Sequence[float], part: float) -> float:
    """Return what this part of the waits did not exceed."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * part))]
