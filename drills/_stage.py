"""What the drills share: real servers on loopback, and visitors who note how they were served."""

import contextlib
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from tests.support import servers

KEY = "of-a-drill-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2
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
"""Some of each kind; each is in the mirror too."""


VISITOR = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.9"}
"""What the proxy says of a visitor; nginx, where it stands between, says it itself."""


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that other users (PostgreSQL's, nginx's) may enter, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="drill-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@cache
def _loaded() -> Path:
    """Return a VAR_DIR with a database of the real data, made once in a run."""
    made = Path(tempfile.mkdtemp(prefix="drill-loaded-"))
    fill({"VAR_DIR": str(made)})
    return made


def fill(environment: dict[str, str]) -> None:
    """Put the real data into a new database."""
    for command in ("migrate", "createcachetable", "make_roles", "load_data"):
        servers.manage(command, "--verbosity=0", environment=environment)


def var_dir(inside: Path) -> Path:
    """Return a VAR_DIR of its own, with a database of the real data."""
    return Path(shutil.copytree(_loaded(), inside / "var"))


def export(mirror: Path, environment: dict[str, str], paths: Sequence[str], *patterns: str) -> None:
    """Write a mirror of some pages, and of those whose address has a pattern."""
    servers.collect_statics()
    some = "|".join([*(f"^{re.escape(path)}$" for path in paths), *patterns])
    origin = "https://localhost" if "ALLOWED_HOSTS" in environment else "http://localhost"
    command = ("export_site", str(mirror), "--origin", origin, "--only", some)
    servers.manage(*command, environment=environment)


def forget() -> None:
    """Remove what was made once in a run."""
    if _loaded.cache_info().currsize:
        shutil.rmtree(_loaded())


@dataclass
class Gunicorn:
    """The application, as `make serve` starts it, on a port of its own."""

    environment: dict[str, str]
    log: Path
    cwd: Path = servers.ROOT
    port: int = field(default_factory=servers.free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        given = {"PATH": os.environ["PATH"], "DOT_ENV": "", "PORT": str(self.port)}
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(self.cwd)]
        command += ["--config", str(self.cwd / "gunicorn.conf.py"), "site_config.wsgi"]
        with self.log.open("a") as out:
            self.process = subprocess.Popen(
                command, cwd=self.cwd, env=given | self.environment, stdout=out, stderr=out
            )
        wait_for(lambda: ask(self.address, "/robots.txt").status > 0, 60)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its master."""
        assert self.process is not None
        self.process.send_signal(number)

    def workers(self) -> list[int]:
        """Return the process ids of its workers."""
        assert self.process is not None
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in path.read_text().split()]

    def hang(self) -> None:
        """Stop it in the middle of whatever it does, without ending it."""
        self._signal_all(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after `hang`."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self.process is not None
        for pid in (self.process.pid, *self.workers()):
            os.kill(pid, number)

    def kill(self) -> None:
        """End it at once, with its workers, as a failing machine does."""
        if self.process is not None and self.process.poll() is None:
            children = self.workers()
            for pid in (self.process.pid, *children):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait(timeout=30)

    def restart(self) -> None:
        """Start it when it has ended."""
        assert self.process is not None
        self.process.wait(timeout=60)
        self.start()


@contextmanager
def gunicorn(
    environment: dict[str, str], log: Path, cwd: Path = servers.ROOT
) -> Iterator[Gunicorn]:
    """Run the application for a while."""
    server = Gunicorn(environment, log)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def program(*command: str, cwd: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run another server for a while; its words go to a file beside it."""
    with (cwd / f"{Path(command[0]).name}.log").open("a") as out:
        server = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=out)
    try:
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.send_signal(signal.SIGCONT)
        server.kill()
        server.wait(timeout=30)


def redis(port: int, cwd: Path) -> contextlib.AbstractContextManager["subprocess.Popen[bytes]"]:
    """Run Redis on loopback, without anything on the disk."""
    options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    return program("redis-server", "--port", str(port), *options, cwd=cwd)


# --- Visitors -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """How one request was served."""

    at: float
    path: str
    status: int
    """0 where there was no answer."""
    seconds: float
    copy: str = ""
    """What a header says of its age: X-Stale (seconds) or X-Copy-Made (a moment)."""
    body: bytes = b""

    @property
    def failed(self) -> bool:
        """Tell whether the visitor got no page."""
        return self.status != 200

    @property
    def says_copy(self) -> bool:
        """Tell whether the page says in words that it is an older copy."""
        return b'class="notice"' in self.body


def ask(
    address: str, path: str, headers: Mapping[str, str] = VISITOR, form: str | None = None
) -> Answer:
    """Ask once, on a new connection; a site behind a proxy takes it for https."""
    started, copy, body, status = time.monotonic(), "", b"", 0
    host, port = address.removeprefix("http://").split(":")
    visitor = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        visitor.request("POST" if form else "GET", path, form, dict(headers))
        answer = visitor.getresponse()
        body = answer.read()
        status = answer.status
        copy = answer.headers.get("X-Stale") or answer.headers.get("X-Copy-Made") or ""
    except (OSError, http.client.HTTPException):
        pass
    finally:
        visitor.close()
    return Answer(started, path, status, time.monotonic() - started, copy, body)


def post(address: str, path: str, sent: Mapping[str, str]) -> Answer:
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
        time.sleep(0.05)
    raise TimeoutError(f"not within {seconds} s")


class Visitors:
    """Ask for pages all the time, each on a new connection, until the block is left."""

    def __init__(
        self, address: str, paths: Sequence[str] = PAGES, count: int = 4, pause: float = 0.02
    ) -> None:
        self.address, self.paths, self.pause = address, paths, pause
        self.answers: list[Answer] = []
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
    def failed(self) -> list[Answer]:
        """Return those who got no page."""
        return [answer for answer in self.answers if answer.failed]

    @property
    def slowest(self) -> float:
        """Return how long the slowest waited, in seconds."""
        return max(answer.seconds for answer in self.answers)


def percentile(seconds: Sequence[float], part: float) -> float:
    """Return what this part of the waits did not exceed."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * part))]
