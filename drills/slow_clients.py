"""T3: a thousand connections that send or read a byte now and then, and honest visitors."""

import contextlib
import resource
import socket
import threading
import time
from collections.abc import Iterator

from tests.support import processes, servers
from tests.support.measurements import Measurement
from tests.support.processes import Gunicorn
from tests.support.visitors import Visitors, percentile

ABOUT = "slow clients harm nobody"

CONNECTIONS = 1000
SLOW_SECONDS = 15.0
"""Seconds: longer than nginx has patience, so that the slow come again and again."""
HEAD = b"GET /en/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
SLOWLY_READ_REQUEST = b"GET /api/v1/departments.geojson HTTP/1.1\r\nHost: localhost\r\n\r\n"


def run() -> Iterator[Measurement]:
    """Let a thousand slow clients come to nginx: half never end their request, half hardly read."""
    if servers.nginx_program() is None:
        yield Measurement("slow clients", "nginx is not installed", "none failed", holds=None)
        return
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with processes.folder() as home:
        environment = {"VAR_DIR": str(servers.var_dir(home))}
        (home / "nginx").mkdir()
        with (
            processes.running(Gunicorn(environment, home / "log")) as server,
            servers.nginx(home / "nginx", [server.address]) as address,
        ):
            yield from _beside(address)


def _beside(address: str) -> Iterator[Measurement]:
    leaving = threading.Event()
    slow = SlowClients(address, leaving)
    thread = threading.Thread(target=slow.dribble)
    thread.start()
    time.sleep(2)
    with Visitors(address) as visitors:
        time.sleep(SLOW_SECONDS)
    leaving.set()
    thread.join()
    waits = [answer.seconds for answer in visitors.answers]
    p95 = percentile(waits, 0.95)
    yield Measurement(
        "slow connections at one time",
        f"{slow.most}",
        f"{CONNECTIONS}",
        slow.most >= CONNECTIONS,
    )
    actual = f"p95 {p95:.3f} s, {len(visitors.failed)} of {len(waits)} failed"
    holds = p95 < 1 and not visitors.failed
    yield Measurement("honest visitors beside them", actual, "p95 under 1 s, none failed", holds)


class SlowClients:
    """So many connections that send or read a byte now and then, made anew when they are closed."""

    def __init__(self, address: str, leaving: threading.Event) -> None:
        host, port = address.removeprefix("http://").split(":")
        self.where = (host, int(port))
        self.leaving = leaving
        self.open: dict[socket.socket, bool] = {}
        self.most = 0

    def dribble(self) -> None:
        """Go on until it is enough."""
        while not self.leaving.is_set():
            self._fill()
            for client, sends in list(self.open.items()):
                try:
                    gone = client.send(b"x") == 0 if sends else not client.recv(1)
                except BlockingIOError:
                    gone = False
                except OSError:
                    gone = True
                if gone:
                    self._close(client)
            self.leaving.wait(0.5)
        for client in list(self.open):
            self._close(client)

    def _fill(self) -> None:
        while len(self.open) < CONNECTIONS and not self.leaving.is_set():
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            sends = len(self.open) % 2 == 0
            with contextlib.suppress(OSError):
                client.connect(self.where)
                client.sendall(HEAD if sends else SLOWLY_READ_REQUEST)
            client.setblocking(False)
            self.open[client] = sends
        self.most = max(self.most, len(self.open))

    def _close(self, client: socket.socket) -> None:
        del self.open[client]
        client.close()
