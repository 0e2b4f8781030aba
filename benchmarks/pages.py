"""Pages built anew: what Django itself costs when nothing is cached."""

import itertools
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from statistics import median
from typing import Any
from unittest.mock import patch

from django.db import connection

from benchmarks import _django, _servers
from benchmarks._applications import built_anew
from benchmarks._rounds import Spread, in_turns
from tests.support.measurements import Measurement

_django.set_up()

from rollout.models import DataVersion, Department

ABOUT = (
    "CPU of a page that Django builds, all middlewares and the whole WSGI call included, in this "
    "process, every department in its turn; and, under one gunicorn worker, as so many times a "
    "hello world on Django's default stack. Cached fragments "
    "(rollout/caching/fragments.py) are warm; “first after an edit” is with another data version."
)
SEARCHES = ("villeurbanne", "saint", "69003", "bretagne", "lyno", "2A", "toulouze", "paris 15")
MAX_MS_AND_RATIO = {"department": (5.0, 12), "home": (12.0, 28), "search": (6.0, 14)}
"""Milliseconds, and times the hello world."""
MAX_QUERIES = {"department": 3}
MAX_MS_AFTER_AN_EDIT = 25.0
OTHER_MAX_MS = {
    "/en/departments/": 10.0,
    "/fr/departments/?region=84&sort=day": 5.0,
    "/en/can-i/": 6.0,
    "/fr/can-i/?document=titre-de-sejour&age=adult&department=69&scheme=general&nir=yes": 6.0,
    "/en/set-up/": 20.0,
    "/en/sources/": 20.0,
    "/en/glossary/": 20.0,
    "/api/v1/departments": 12.0,
}
OTHER_PATHS = (
    "/en/?on=2025-06-01", "/en/departments/", "/fr/departments/?region=84&sort=day",
    "/en/regions/occitanie/", "/en/rollout/", "/en/rollout/?on=2025-06-01",
    "/en/rollout/pilot-2023/", "/en/set-up/", "/en/can-i/",
    "/fr/can-i/?document=titre-de-sejour&age=adult&department=69&scheme=general&nir=yes",
    "/en/questions/", "/en/glossary/", "/en/sources/", "/en/updates/", "/en/about/", "/en/data/",
    "/en/updates.atom", "/en/openings.ics", "/en/share.png", "/sitemap.xml", "/sitemap-en.xml",
    "/api/v1/departments", "/api/v1/departments.csv", "/api/v1/departments.geojson",
)  # fmt: skip


def ask(application: Any, path: str) -> tuple[float, bytes]:
    """Return the milliseconds of CPU that a WSGI call takes in this thread, and the page."""
    path, _mark, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(), "wsgi.errors": sys.stderr,
    }  # fmt: skip
    statuses: list[str] = []
    began = time.thread_time()
    answer = application(environ, lambda status, _headers: statuses.append(status))
    body = b"".join(answer)
    answer.close()
    took = (time.thread_time() - began) * 1000
    if statuses[0] != "200 OK":
        raise RuntimeError(f"{path}: {statuses[0]}")
    return took, body


def addresses() -> dict[str, list[str]]:
    """Return the addresses that have limits, by what they are."""
    slugs = [department.slug for department in Department.objects.all()]
    return {
        "department": [f"/en/departments/{slug}/" for slug in slugs],
        "home": ["/en/"],
        "search": [f"/en/?q={town.replace(' ', '+')}" for town in SEARCHES],
    }


def run() -> Iterator[Measurement]:
    """Measure pages in this process, then under gunicorn."""
    application = built_anew()
    yield from _in_this_process(application)
    yield from _after_an_edit(application)
    yield from _others(application)
    yield from _under_gunicorn()


def _in_this_process(application: Any) -> Iterator[Measurement]:
    for name, paths in addresses().items():
        for path in paths:
            ask(application, path)
        rounds = [
            median(ask(application, path)[0] for path in paths * (1 + 30 // len(paths)))
            for _ in range(5)
        ]
        seen = Spread(rounds)
        limit = MAX_MS_AND_RATIO[name][0]
        yield Measurement(
            f"{name}: CPU", seen.describe("ms"), f"at most {limit:g} ms", holds=seen.median <= limit
        )
        query_count = max(queries(lambda path=path: ask(application, path)) for path in paths)  # type: ignore[misc]
        most = MAX_QUERIES.get(name)
        yield Measurement(
            f"{name}: questions to the database",
            str(query_count),
            f"at most {most}" if most else "",
            holds=query_count <= most if most else None,
        )


def queries(act: Callable[[], object]) -> int:
    """Return how many questions are put to the database."""
    counted = itertools.count()

    def count(execute: Any, *arguments: Any) -> Any:
        """Count a question, and put it."""
        next(counted)
        return execute(*arguments)

    with connection.execute_wrapper(count):
        act()
    return next(counted)


def _after_an_edit(application: Any) -> Iterator[Measurement]:
    for name, paths in addresses().items():
        times = []
        for path in (paths * 7)[:7]:
            with patch.object(DataVersion, "current", return_value=secrets.token_hex()):
                times.append(ask(application, path)[0])
        seen = Spread(times)
        yield Measurement(
            f"{name}, first after an edit: CPU",
            seen.describe("ms"),
            f"at most {MAX_MS_AFTER_AN_EDIT:g} ms",
            holds=seen.median <= MAX_MS_AFTER_AN_EDIT,
        )


def _others(application: Any) -> Iterator[Measurement]:
    for path in OTHER_PATHS:
        ask(application, path)
        times = Spread([ask(application, path)[0] for _ in range(7)])
        most = OTHER_MAX_MS.get(path)
        yield Measurement(
            f"`{path}`: CPU",
            times.describe("ms"),
            f"at most {most:g} ms" if most else "",
            holds=times.median <= most if most else None,
        )


def _under_gunicorn() -> Iterator[Measurement]:
    own = "benchmarks._applications:built_anew()"
    theirs = "benchmarks._hello:application"
    plain = "benchmarks/_gunicorn.py"
    with (
        _servers.folder() as var,
        _servers.gunicorn(own, var) as ours,
        _servers.gunicorn(theirs, var, config=plain) as hello,
    ):
        for name, paths in addresses().items():
            path = paths[len(paths) // 2]
            _servers.get(ours, path)
            a, b, ratio = in_turns(
                lambda path=path: _servers.load(ours, path).cpu_ms,  # type: ignore[misc]
                lambda: _servers.load(hello, "/").cpu_ms,
            )
            most = MAX_MS_AND_RATIO[name][1]
            yield Measurement(
                f"{name} (`{path}`): times the default-stack hello world, under gunicorn",
                f"{ratio.describe(digits=1)}; {a.median:.2f} against {b.median:.2f} ms",
                f"at most {most} times",
                holds=ratio.median <= most,
            )
