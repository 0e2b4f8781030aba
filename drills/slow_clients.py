"""T3: connections that send or read a byte now and then, or nothing at all, and honest visitors."""

import contextlib
import resource
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support import processes, servers
from tests.support.measurements import Measurement, require
from tests.support.processes import Gunicorn
from tests.support.visitors import PAGES, Visitors, ask, percentile, wait_for

ABOUT = "slow clients harm nobody, neither behind nginx nor before gunicorn alone"

BEHIND_NGINX, ALONE = 1000, 200
"""Connections at one time: behind nginx in all, without it of each kind."""
SLOW_SECONDS, LONG_SECONDS = 15.0, 60.0
"""Longer than the time limits of nginx and gunicorn.conf.py: the slow come again and again."""
LIMIT = "p95 under 1 s, none failed"


@dataclass(frozen=True)
class Kind:
    """What a slow client sends at first, and whether it then sends or reads a byte at a time."""

    name: str
    first: bytes
    sends: bool
    reads: bool = False


HEAD = b"%s HTTP/1.1\r\nHost: localhost\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\nlogin="
SILENT = Kind("silent", b"", sends=False)
HALF_HEAD = Kind("half a head", HEAD % b"GET /en/" + b"X-Slow: ", sends=True)
HALF_BODY = Kind("half a body", HEAD % b"POST /accounts/login/" + FORM, sends=True)
UNREAD_BODY = Kind("half a body that no page reads", HEAD % b"POST /en/" + FORM, sends=True)
SLOW_READER = Kind(
    "a slow reader",
    HEAD % b"GET /api/v1/departments.geojson" + b"\r\n",
    sends=False,
    reads=True,
)
PIPELINING_READER = Kind("a slow reader of many files", SLOW_READER.first * 20, False, reads=True)
KINDS = (SILENT, HALF_HEAD, HALF_BODY, UNREAD_BODY, SLOW_READER, PIPELINING_READER)


def run() -> Iterator[Measurement]:
    """Let slow clients come to gunicorn alone, kind by kind and all together, then to nginx."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    servers.collect_statics()
    with site() as (server, _home):
        for kind in KINDS:
            yield from beside(server.address, [kind], ALONE)
        yield from beside(server.address, KINDS, ALONE * len(KINDS), LONG_SECONDS)
    require("nginx")  # what follows is behind it
    with site() as (server, home):
        (home / "nginx").mkdir()
        with servers.nginx(home / "nginx", [server.address]) as address:
            kinds = (HALF_HEAD, SLOW_READER)
            yield from beside(address, kinds, BEHIND_NGINX, where="behind nginx")


@contextlib.contextmanager
def site() -> Iterator[tuple[Gunicorn, Path]]:
    """Serve a new site as `make serve` does; yield its server and a folder."""
    with processes.folder() as home:
        environment = {"VAR_DIR": str(servers.var_dir(home))}
        with processes.running(Gunicorn(environment, home / "log")) as server:
            for path in PAGES * 6:  # it is not the cold start that is tried
                ask(server.address, path)
            yield server, home


def beside(
    address: str,
    kinds: Sequence[Kind],
    count: int,
    seconds: float = SLOW_SECONDS,
    where: str = "gunicorn alone",
) -> Iterator[Measurement]:
    """Measure how honest visitors are served while `count` clients of these kinds are slow."""
    leaving = threading.Event()
    slow = SlowClients(address, kinds, count, leaving)
    thread = threading.Thread(target=slow.dribble)
    thread.start()
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: slow.most >= count, 10)
    time.sleep(2)
    with Visitors(address) as visitors:
        time.sleep(seconds)
    leaving.set()
    thread.join()
    waits = [answer.seconds for answer in visitors.answers]
    p95 = percentile(waits, 0.95)
    names = kinds[0].name if len(kinds) == 1 else f"{len(kinds)} kinds at one time"
    actual = f"{slow.most} open, p95 {p95:.3f} s, slowest {max(waits):.2f} s, "
    actual += f"{len(visitors.failed)} of {len(waits)} failed"
    holds = p95 < 1 and not visitors.failed and slow.most >= count
    yield Measurement(f"{where}, {count} clients: {names}", actual, LIMIT, holds)


class SlowClients:
    """Connections that send or read a byte now and then, made anew when they are closed."""

    def __init__(
        self,
        address: str,
        kinds: Sequence[Kind],
        count: int,
        leaving: threading.Event,
    ) -> None:
        host, port = address.removeprefix("http://").split(":")
        self.where = (host, int(port))
        self.kinds, self.count, self.leaving = kinds, count, leaving
        self.open: dict[socket.socket, Kind] = {}
        self.most = 0

    def dribble(self) -> None:
        """Go on until it is enough."""
        while not self.leaving.is_set():
            self._fill()
            for client, kind in list(self.open.items()):
                if self._is_closed(client, kind):
                    self._close(client)
            self.leaving.wait(0.5)
        for client in list(self.open):
            self._close(client)

    def _is_closed(self, client: socket.socket, kind: Kind) -> bool:
        """Send or read a byte; tell whether the server has closed the connection."""
        try:
            if kind.sends:
                client.send(b"x")
            if not kind.reads:
                return client.recv(1, socket.MSG_PEEK) == b""
            return not client.recv(1)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _fill(self) -> None:
        while len(self.open) < self.count and not self.leaving.is_set():
            kind = self.kinds[len(self.open) % len(self.kinds)]
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.settimeout(1)
            try:
                client.connect(self.where)
                client.sendall(kind.first)
            except OSError:  # the server is full: what has connected stays
                client.close()
                break
            client.setblocking(False)
            self.open[client] = kind
        self.most = max(self.most, len(self.open))

    def _close(self, client: socket.socket) -> None:
        del self.open[client]
        with contextlib.suppress(OSError):
            client.close()
