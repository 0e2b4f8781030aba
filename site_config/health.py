"""Health checks, /livez and /readyz: before Django, so before the host check and its other errors.

/livez says that the process responds: for supervisors and load balancers. /readyz says what is
wrong, for monitoring: pages may well be up while it responds with 503.
"""

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from rollout.caching import clock
from rollout.caching.outages import READ_ONLY, outage_of
from rollout.operations.backups import folder

CHECKS_TIMEOUT_SECONDS = 1.5
"""For all checks together: monitoring gives up after two seconds."""
MIN_FREE_DISK_BYTES = 200 * 1024 * 1024
MAX_AGE_SECONDS = 26 * 60 * 60
"""A backup and a static export are made once a day, and take some time."""
CLOCK_STEP_SHOWN_SECONDS = 60 * 60
"""For how long /readyz says that the clock was set."""
OK = "ok"
UNKNOWN = "does not answer"

LIVE_PATH, READY_PATH = "/livez", "/readyz"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Check = Callable[[], str]
"""Returns OK, or in a few words what is wrong: no path, no host, no message of an exception."""

HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]


def with_health_checks(
    application: Application, cache_statistics: Callable[[], dict[str, int]]
) -> Application:
    """Return a WSGI application that responds to the two paths and passes on all else.

    /readyz includes what `cache_statistics` returns: the page cache of this process.

    Not a middleware: Django looks after its database connections before the first of these, and
    that takes as long as a database that hangs.
    """

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Respond to a request."""
        path = environ.get("PATH_INFO", "")
        if path not in (LIVE_PATH, READY_PATH):
            return application(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _send(start_response, HTTPStatus.METHOD_NOT_ALLOWED, b"", ("Allow", "GET, HEAD"))
        status, content_type, body = _live() if path == LIVE_PATH else _ready(cache_statistics())
        chunks = _send(start_response, status, body, ("Content-Type", content_type))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else chunks

    return wrapped


def _send(
    start_response: Callable[..., Any], status: HTTPStatus, body: bytes, header: tuple[str, str]
) -> list[bytes]:
    length = ("Content-Length", str(len(body)))
    start_response(f"{status.value} {status.phrase}", [header, length, *HEADERS])
    return [body]


def _live() -> tuple[HTTPStatus, str, bytes]:
    return HTTPStatus.OK, "text/plain; charset=utf-8", b"ok\n"


def _ready(cache_statistics: dict[str, int]) -> tuple[HTTPStatus, str, bytes]:
    results = run_checks()
    is_ready = all(result == OK for result in results.values())
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    payload = {"ready": is_ready, "checks": results, "page_cache": cache_statistics}
    return status, "application/json", json.dumps(payload).encode() + b"\n"


# --- The checks of /readyz ------------------------------------------------------------------------

_running = threading.Lock()
"""Held by the one thread of this process that runs checks: those that hang do not accumulate."""


def run_checks() -> dict[str, str]:
    """Return the result of each check by its name, in at most CHECKS_TIMEOUT_SECONDS.

    UNKNOWN is the result of what failed or did not return in time.
    """
    deadline = time.monotonic() + CHECKS_TIMEOUT_SECONDS
    checks = _checks()
    results: dict[str, str] = {}
    if _running.acquire(timeout=CHECKS_TIMEOUT_SECONDS):
        # A daemon: a process that stops does not wait for it.
        thread = threading.Thread(target=_run, args=(checks, results), daemon=True)
        thread.start()
        thread.join(max(0, deadline - time.monotonic()))
    results_so_far = dict(results)  # the thread may still be writing
    return {name: results_so_far.get(name, UNKNOWN) for name in checks}


def _checks() -> dict[str, Check]:
    """Return the checks, those of the database last: the others do not wait while it hangs."""
    checks: dict[str, Check] = {"disk": _disk, "clock": _clock}
    if settings.BACKUP_DIR:
        checks["backup"] = partial(_backup, settings.BACKUP_DIR)
    if settings.MIRROR_DIR:
        checks["mirror"] = partial(_mirror, settings.MIRROR_DIR)
    return checks | {"database": _database, "migrations": _migrations}


def _run(checks: dict[str, Check], results: dict[str, str]) -> None:
    try:
        for name, check in checks.items():
            try:
                results[name] = check()
            except Exception as error:  # noqa: BLE001 - whatever it is, the check has failed
                outage = outage_of(error)
                results[name] = outage.code if outage else UNKNOWN
    finally:
        connections.close_all()  # this thread's own
        _running.release()


def _disk() -> str:
    if not os.access(settings.VAR_DIR, os.W_OK):
        return READ_ONLY.code
    free = shutil.disk_usage(settings.VAR_DIR).free
    return OK if free >= MIN_FREE_DISK_BYTES else f"{free // 1024**2} MB free"


def _clock() -> str:
    clock.monitor.check()
    step = clock.monitor.last_step(CLOCK_STEP_SHOWN_SECONDS)
    return OK if step is None else f"was set by {step.seconds:+.0f} s at {step.at:%H:%M:%S} UTC"


def _backup(backups: Path) -> str:
    newest = folder.newest(backups)
    return _age(newest.timestamp()) if newest else "none yet"


def _mirror(mirror: Path) -> str:
    """Check the folder of the static export and what is in it: a new export replaces either."""
    return _age(max(path.stat().st_mtime for path in (mirror, *mirror.iterdir())))


def _age(timestamp: float) -> str:
    seconds = time.time() - timestamp
    return OK if seconds <= MAX_AGE_SECONDS else f"{int(seconds // 3600)} hours old"


def _database() -> str:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1")
        answers = cursor.fetchone() == (1,)
    if getattr(connections[DEFAULT_DB_ALIAS], "is_read_only", False):
        return READ_ONLY.code
    return OK if answers else UNKNOWN


def _migrations() -> str:
    applied = MigrationRecorder(connections[DEFAULT_DB_ALIAS]).applied_migrations()
    missing = len(_all_migrations() - set(applied))
    return OK if not missing else f"{missing} not applied"


@cache
def _all_migrations() -> frozenset[tuple[str, str]]:
    """Return all but squashed migrations: an older database has been through what they replace."""
    migrations = MigrationLoader(None).disk_migrations or {}
    return frozenset(
        key
        for key, migration in migrations.items()
        if not migration.replaces or not migrations.keys() >= set(migration.replaces)
    )
