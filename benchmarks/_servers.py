"""Real servers on loopback, with a copy of the database, and what a request costs them."""

import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 4
PAGE = "/en/departments/69-rhone/"
OURS = "site_config.wsgi:application"
BROTLI = {"Accept-Encoding": "br"}


@dataclass(frozen=True)
class Answer:
    """What a server sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Server:
    """A server under way."""

    process: subprocess.Popen
    port: int

    def get(self, path: str = PAGE, **headers: str) -> Answer:
        """Ask for a page on a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            heads = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, heads, answer.read())

    def processes(self) -> list[int]:
        """Return its process and those which that began."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, task.read_text().split())]

    def cpu(self) -> float:
        """Return the seconds of CPU that its processes have taken so far."""
        total = 0
        for pid in self.processes():
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(stat[11]) + int(stat[12])
        return total / TICKS

    def workers_memory(self) -> list[tuple[float, float]]:
        """Return the megabytes that each worker holds: its share (PSS), and all it sees (RSS)."""
        found = []
        for pid in self.processes()[1:]:
            said = Path(f"/proc/{pid}/smaps_rollup").read_text()
            size = {
                name: int(kb) for name, kb in re.findall(r"^(Pss|Rss):\s+(\d+)", said, re.MULTILINE)
            }
            found.append((size["Pss"] / 1024, size["Rss"] / 1024))
        return found


@dataclass(frozen=True)
class Load:
    """What came of asking a server for the same again and again."""

    requests: int
    per_second: float
    cpu_ms: float
    """Milliseconds of the server's CPU for each request."""


def load(
    server: Server, path: str = PAGE, headers: Mapping[str, str] | None = None, seconds: float = 2
) -> Load:
    """Ask as fast as can be, and return what it cost. Raises RuntimeError if an answer is wrong."""
    before, began = server.cpu(), time.monotonic()
    ask = _by_wrk if which("wrk") else _by_python
    count = ask(f"http://127.0.0.1:{server.port}{path}", headers or {}, seconds)
    took = time.monotonic() - began
    return Load(count, count / took, (server.cpu() - before) * 1000 / count)


def _by_wrk(url: str, headers: Mapping[str, str], seconds: float) -> int:
    said = [f"-H{name}: {value}" for name, value in headers.items()]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", *said, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+) requests in", output)
    if not found or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrong answers from {url}:\n{output}")
    return int(found[1])


def _by_python(url: str, headers: Mapping[str, str], seconds: float) -> int:
    """Ask from threads: the server's CPU can be told so, how many it could answer cannot."""
    host, _slash, path = url.removeprefix("http://").partition("/")
    end, counts = time.monotonic() + seconds, [0] * CONNECTIONS

    def ask(number: int) -> None:
        """Ask on one connection until the time is over."""
        with closing(http.client.HTTPConnection(host, timeout=30)) as connection:
            while time.monotonic() < end:
                connection.request("GET", f"/{path}", headers=dict(headers))
                answer = connection.getresponse()
                answer.read()
                counts[number] += answer.status < 400

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) or 1


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder for VAR_DIR, with a copy of the database of this machine."""
    from django.conf import settings

    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        source, copy = settings.VAR_DIR / "db.sqlite3", Path(name) / "db.sqlite3"
        with closing(sqlite3.connect(source)) as theirs, closing(sqlite3.connect(copy)) as ours:
            theirs.backup(ours)
        yield Path(name)


@contextmanager
def gunicorn(
    application: str, var: Path, *, workers: int = 1, config: str = "gunicorn.conf.py", **more: str
) -> Iterator[Server]:
    """Give a gunicorn that serves an application, once it listens."""
    server = begin(application, var, workers=workers, config=config, **more)
    try:
        until_ready(server)
        yield server
    finally:
        end(server)


def environment(var: Path) -> dict[str, str]:
    """Return the variables of a process whose VAR_DIR is this folder: nothing else is set."""
    unset = ("DATABASE_URL", "ALLOWED_HOSTS", "CACHE_URL", "DEBUG", "HOST", "ACCESS_LOG")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    return kept | {"VAR_DIR": str(var), "DOT_ENV": ""}


def sees_rates() -> bool:
    """Tell whether requests a second can be measured here: the generator in Python is too slow."""
    return which("wrk") is not None


def begin(
    application: str, var: Path, *, workers: int = 1, config: str = "gunicorn.conf.py", **more: str
) -> Server:
    """Start a gunicorn and wait for nothing."""
    port = free_port()
    own = {"PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    command = [sys.executable, "-m", "gunicorn", "--config", config, application]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(var) | own | more)
    return Server(process, port)


def until_ready(server: Server, path: str = PAGE, seconds: float = 60) -> float:
    """Wait until a server answers; return for how many seconds. Raises TimeoutError."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with suppress(OSError, http.client.HTTPException):
            if server.get(path).status < 500:
                return time.monotonic() - began
        time.sleep(0.01)
    raise TimeoutError(f"nothing answers on port {server.port}")


def end(server: Server) -> None:
    """Stop a server."""
    server.process.send_signal(signal.SIGTERM)
    try:
        server.process.wait(10)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
