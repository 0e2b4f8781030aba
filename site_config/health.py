"""/livez and /readyz: answered before Django, so before the host check and whatever else may break.

/livez says that the process answers; whoever restarts processes or sends visitors asks it. /readyz
says what is wrong, for whoever watches the site: pages may well be up while it answers 503.
"""

import json
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

from rollout.operations.backups import folder

PATIENCE = 1.5
"""Seconds in which all must be found out: who asks gives up after two."""
DISK_FREE = 200 * 1024 * 1024
OLDEST = 26 * 60 * 60
"""Seconds: a backup and a mirror are made once a day, and take their time."""
OK = "ok"
UNKNOWN = "does not answer"

LIVE, READY = "/livez", "/readyz"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Check = Callable[[], str]
"""Returns OK, or a few words on what is wrong: no name, no address, no error's own text."""

HEADERS = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]


def first(application: Application, kept: Callable[[], dict[str, int]]) -> Application:
    """Return the application with the two health addresses before it.

    `kept` tells how many finished pages this process holds, for /readyz.

    Not a middleware: Django looks after its database connections before the first of these, and
    that takes as long as a database that hangs.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer the health addresses, and hand on all else."""
        path = environ.get("PATH_INFO", "")
        if path not in (LIVE, READY):
            return application(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _sent(start_response, HTTPStatus.METHOD_NOT_ALLOWED, b"", ("Allow", "GET, HEAD"))
        status, kind, body = _alive() if path == LIVE else _ready(kept())
        sent = _sent(start_response, status, body, ("Content-Type", kind))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else sent

    return answer


def _sent(
    start_response: Callable[..., Any], status: HTTPStatus, body: bytes, header: tuple[str, str]
) -> list[bytes]:
    length = ("Content-Length", str(len(body)))
    start_response(f"{status.value} {status.phrase}", [header, length, *HEADERS])
    return [body]


def _alive() -> tuple[HTTPStatus, str, bytes]:
    return HTTPStatus.OK, "text/plain; charset=utf-8", b"ok\n"


def _ready(kept: dict[str, int]) -> tuple[HTTPStatus, str, bytes]:
    found = findings()
    is_well = all(words == OK for words in found.values())
    status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    told = {"ready": is_well, "checks": found, "finished_pages": kept}
    return status, "application/json", json.dumps(told).encode() + b"\n"


# --- What is looked at ----------------------------------------------------------------------------

_looking = threading.Lock()
"""Held by the one thread of this process that looks: those that hang do not pile up."""


def findings() -> dict[str, str]:
    """Return what is found of each check, in at most PATIENCE seconds, whatever hangs."""
    until = time.monotonic() + PATIENCE
    checks = _checks()
    found: dict[str, str] = {}
    if _looking.acquire(timeout=PATIENCE):
        # A daemon: a process that is told to stop does not wait for it.
        looking = threading.Thread(target=_look, args=(checks, found), daemon=True)
        looking.start()
        looking.join(max(0, until - time.monotonic()))
    seen = dict(found)  # the thread may still be writing
    return {name: seen.get(name, UNKNOWN) for name in checks}


def _checks() -> dict[str, Check]:
    """Return what is looked at, the database last: nothing waits behind one that hangs."""
    checks: dict[str, Check] = {"disk": _disk}
    if settings.BACKUP_DIR:
        checks["backup"] = partial(_backup, settings.BACKUP_DIR)
    if settings.MIRROR_DIR:
        checks["mirror"] = partial(_mirror, settings.MIRROR_DIR)
    return checks | {"database": _database, "migrations": _migrations}


def _look(checks: dict[str, Check], found: dict[str, str]) -> None:
    try:
        for name, check in checks.items():
            try:
                found[name] = check()
            except Exception:  # noqa: BLE001 - whatever it is, it is what is looked for
                found[name] = UNKNOWN
    finally:
        connections.close_all()  # this thread's own
        _looking.release()


def _disk() -> str:
    free = shutil.disk_usage(settings.VAR_DIR).free
    return OK if free >= DISK_FREE else f"{free // 1024**2} MB free"


def _backup(backups: Path) -> str:
    made = folder.newest(backups)
    return _age(made.timestamp()) if made else "none yet"


def _mirror(mirror: Path) -> str:
    """Look at the mirror itself and what stands in it: a new one replaces either."""
    return _age(max(path.stat().st_mtime for path in (mirror, *mirror.iterdir())))


def _age(moment: float) -> str:
    seconds = time.time() - moment
    return OK if seconds <= OLDEST else f"{int(seconds // 3600)} hours old"


def _database() -> str:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1")
        return OK if cursor.fetchone() == (1,) else UNKNOWN


def _migrations() -> str:
    applied = MigrationRecorder(connections[DEFAULT_DB_ALIAS]).applied_migrations()
    waiting = len(_known_migrations() - set(applied))
    return OK if not waiting else f"{waiting} not applied"


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.nodes)
