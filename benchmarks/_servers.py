"""gunicorn with a copy of the database of this machine, and what a request costs it."""

import http.client
import os
import re
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

from tests.support.processes import Gunicorn, running
from tests.support.visitors import Response, ask

CONNECTIONS = 4
PAGE = "/en/departments/69-rhone/"
SITE_APPLICATION = "site_config.wsgi:application"
BROTLI = {"Accept-Encoding": "br"}


def get(server: Gunicorn, path: str = PAGE, headers: Mapping[str, str] | None = None) -> Response:
    """Ask for a page on a connection of its own."""
    return ask(server.address, path, headers or {})


@dataclass(frozen=True)
class Load:
    """What came of asking a server for the same again and again."""

    requests: int
    per_second: float
    cpu_ms: float
    """Milliseconds of the server's CPU for each request."""


def load(
    server: Gunicorn, path: str = PAGE, headers: Mapping[str, str] | None = None, seconds: float = 2
) -> Load:
    """Ask as fast as can be, and return what it cost. Raises RuntimeError if an answer is wrong."""
    before, began = server.cpu(), time.monotonic()
    send = _by_wrk if which("wrk") else _by_python
    count = send(f"{server.address}{path}", headers or {}, seconds)
    took = time.monotonic() - began
    return Load(count, count / took, (server.cpu() - before) * 1000 / count)


def _by_wrk(url: str, headers: Mapping[str, str], seconds: float) -> int:
    header_options = [f"-H{name}: {value}" for name, value in headers.items()]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", *header_options, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+) requests in", output)
    if not match or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"wrong answers from {url}:\n{output}")
    return int(match[1])


def _by_python(url: str, headers: Mapping[str, str], seconds: float) -> int:
    """Ask from threads: this measures the server's CPU, not how many requests it could answer."""
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


def gunicorn_of(
    application: str, var: Path, *, workers: int = 1, config: str = "gunicorn.conf.py", **more: str
) -> Gunicorn:
    """Return a gunicorn for an application, not yet started; its VAR_DIR is this folder."""
    own = {"VAR_DIR": str(var), "WEB_CONCURRENCY": str(workers), **more}
    return Gunicorn(own, var / "gunicorn.log", application=application, config=config)


@contextmanager
def gunicorn(application: str, var: Path, **options: Any) -> Iterator[Gunicorn]:
    """Give a gunicorn that serves an application, once it answers; options as of gunicorn_of."""
    with running(gunicorn_of(application, var, **options), PAGE) as server:
        yield server


def environment(var: Path) -> dict[str, str]:
    """Return the variables of a process whose VAR_DIR is this folder: nothing else is set."""
    return {"PATH": os.environ["PATH"], "VAR_DIR": str(var), "DOT_ENV": ""}


def sees_rates() -> bool:
    """Tell whether requests a second can be measured here: the generator in Python is too slow."""
    return which("wrk") is not None
