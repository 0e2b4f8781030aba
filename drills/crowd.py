"""T2: the day everybody comes: searches and pages at the rates of the promise, behind nginx."""

import contextlib
import http.client
import math
import queue
import re
import selectors
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

from tests.support import processes, servers
from tests.support.measurements import Measurement, require
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
AT_ONCE = 1000
WORDS = (
    "lyon",
    "villeurbane",
    "saint",
    "rue+de+paris",
    "33000",
    "bretagne",
    "st+denis",
    "toulouze",
)


def run() -> Iterator[Measurement]:
    """Send 200 searches and then 1,000 mixed requests a second, on time whatever is still waiting.

    One machine plays the visitors too. It cannot see what a network costs, and takes cores from
    the site: on two cores what it finds is the worse case.
    """
    require("nginx")
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
            for where, at in (("gunicorn alone", server.address), ("behind nginx", address)):
                yield _of_a_moment(where, at)


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


def _of_a_moment(where: str, address: str) -> Measurement:
    """Send so many searches at one moment that they cannot all be answered soon."""
    crowd = Crowd(address, [f"/en/?q={word}+{n}" for n in range(AT_ONCE // 8) for word in WORDS])
    crowd.run()
    served = [wait for status, wait, _again in crowd.answers if status == 200]
    refused = [(wait, again) for status, wait, again in crowd.answers if status == 503]
    told = [again for _wait, again in refused if again]
    slowest = max((wait for _status, wait, _again in crowd.answers), default=math.inf)
    lost = AT_ONCE - len(served) - len(refused)
    actual = (
        f"{len(served)} served, slowest {max(served, default=0):.2f} s; {len(refused)} refused "
    )
    actual += f"({len(told)} told when to try again), slowest "
    actual += f"{max((wait for wait, _again in refused), default=0):.2f} s; {lost} lost"
    return Measurement(
        f"{AT_ONCE} searches at one moment, {where}",
        actual,
        "all answered within 2 s, or 503 with Retry-After",
        lost == 0 and slowest <= 2 and len(told) == len(refused),
    )


class Crowd:
    """Requests that are all sent at one moment, each on a connection of its own."""

    def __init__(self, address: str, paths: Sequence[str]) -> None:
        host, port = address.removeprefix("http://").split(":")
        self.where, self.paths = (host, int(port)), paths
        self.answers: list[tuple[int, float, str]] = []
        """Status, seconds waited, and Retry-After."""

    def run(self, seconds: float = 20) -> None:
        """Connect all, send all, and read for at most so many seconds."""
        with selectors.DefaultSelector() as selector:
            for path in self.paths:
                client = socket.create_connection(self.where, timeout=10)
                head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                selector.register(client, selectors.EVENT_READ, (head.encode(), bytearray()))
            began = time.monotonic()
            for key in selector.get_map().values():
                key.fileobj.sendall(key.data[0])  # type: ignore[union-attr]
            while selector.get_map() and time.monotonic() - began < seconds:
                for key, _event in selector.select(1):
                    self._read(selector, key, time.monotonic() - began)

    def _read(self, selector: Any, key: Any, waited: float) -> None:
        with contextlib.suppress(OSError):
            if data := key.fileobj.recv(65536):
                key.data[1].extend(data)
                return
        selector.unregister(key.fileobj)
        key.fileobj.close()
        head = bytes(key.data[1]).partition(b"\r\n\r\n")[0].decode("latin-1")
        if head:
            again = re.search(r"(?im)^retry-after: (\S+)", head)
            self.answers.append((int(head.split()[1]), waited, again[1] if again else ""))


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
