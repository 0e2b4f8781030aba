"""T2: the day everybody comes: searches and pages at the rates of the promise, behind nginx."""

import http.client
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from tests.support import processes, servers
from tests.support.measurements import Measurement
from tests.support.processes import Gunicorn
from tests.support.visitors import PAGES, VISITOR, percentile

ABOUT = "it holds the day everybody comes"

RUSH_SECONDS = 20
"""Seconds of each rush."""
SEARCHES = [
    f"/{language}/?q={word}"
    for language in ("en", "fr")
    for word in ("lyon", "69", "villeurbane", "33000", "saint", "bretagne", "st+denis", "paris+18")
]
MIXED = [*PAGES * 8, *SEARCHES[:4], "/en/suggest/?q=ly", "/en/departments/69-rhone/?on=2025-05-28"]
CONNECTIONS = 32


def run() -> Iterator[Measurement]:
    """Send 200 searches and then 1,000 mixed requests a second, on time whatever is still waiting.

    One machine plays the visitors too. It cannot see what a network costs, and takes cores from
    the site: on two cores what it finds is the worse case.
    """
    if servers.nginx_program() is None:
        yield Measurement("a crowd", "nginx is not installed", "0 failed", holds=None)
        return
    with processes.folder() as home:
        environment = {"VAR_DIR": str(servers.var_dir(home)), "PYTHONDONTWRITEBYTECODE": "1"}
        (home / "nginx").mkdir()
        with (
            processes.running(Gunicorn(environment, home / "log")) as server,
            servers.nginx(home / "nginx", [server.address]) as address,
        ):
            Rush(address, MIXED, 100).run(2)  # as on any day, each page has been requested
            before = memory(server)
            yield from _figures("searches", Rush(address, SEARCHES, 200))
            yield from _figures("mixed requests", Rush(address, MIXED, 1000))
            grown = memory(server) / before
            actual = f"{memory(server):.0f} MB, {grown:.2f} times what it was"
            yield Measurement(
                "memory of a worker (PSS) afterwards",
                actual,
                "at most 150 MB",
                memory(server) <= 150,
            )


def _figures(what: str, rush: "Rush") -> Iterator[Measurement]:
    rush.run(RUSH_SECONDS)
    rate = len(rush.waits) / rush.seconds
    failed = {status for status in rush.statuses if status != 200}
    p99 = percentile(rush.waits, 0.99)
    actual = f"{rate:.0f} a second, p50 {percentile(rush.waits, 0.5) * 1000:.0f} ms, "
    actual += f"p99 {p99 * 1000:.0f} ms, {(len(failed) and failed) or 'none'} failed"
    limit = f"{rush.rate} a second, p99 1 s, 0 × 5xx"
    yield Measurement(
        what, actual, limit, holds=rate >= 0.98 * rush.rate and p99 <= 1 and not failed
    )


@dataclass
class Rush:
    """Requests that are due at a steady rate: one that has to wait for its turn has waited."""

    address: str
    paths: Sequence[str]
    rate: int
    waits: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    seconds: float = 0.0

    def run(self, seconds: int) -> None:
        """Send them all, on connections that are kept open as browsers do."""
        due: queue.SimpleQueue[tuple[float, str] | None] = queue.SimpleQueue()
        began = time.monotonic() + 0.2
        for number, path in enumerate(islice(cycle(self.paths), self.rate * seconds)):
            due.put((began + number / self.rate, path))
        threads = [threading.Thread(target=self._ask, args=(due,)) for _ in range(CONNECTIONS)]
        for thread in threads:
            due.put(None)
            thread.start()
        for thread in threads:
            thread.join()
        self.seconds = max(time.monotonic() - began, seconds)

    def _ask(self, due: "queue.SimpleQueue[tuple[float, str] | None]") -> None:
        host, port = self.address.removeprefix("http://").split(":")
        visitor = http.client.HTTPConnection(host, int(port), timeout=10)
        headers = {**VISITOR, "Accept-Encoding": "br"}
        while (turn := due.get()) is not None:
            at, path = turn
            time.sleep(max(0.0, at - time.monotonic()))
            try:
                visitor.request("GET", path, headers=headers)
                answer = visitor.getresponse()
                answer.read()
                self.statuses.append(answer.status)
            except (OSError, http.client.HTTPException):
                self.statuses.append(0)
                visitor.close()
            self.waits.append(time.monotonic() - at)
        visitor.close()


def memory(server: Gunicorn) -> float:
    """Return how much memory the largest worker holds, in MB: its share of what several hold."""
    return max(share for share, _all in server.memory())
