"""Checks of a release on a spare port, before it replaces the running one."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.db.migrations import operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.urls import resolve
from django.utils.translation import get_language_from_path, override

from rollout.operations import static_export

ADDITIVE = (
    operations.CreateModel,
    operations.AddIndex,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
    operations.RunPython,
)
"""Operations after which the running release works on, while the new one is checked."""
EXTRA_PATHS = (
    "/en/?q=lyon",
    "/en/suggest/?q=lyon",
    "/en/departments/?sort=day",
    "/accounts/login/",
)
"""Pages that the static export lacks: search, suggestions, a sorted list, the editors' sign-in."""
TIMEOUT_SECONDS = 30  # for the server to start, and for each response
TRIES, PAUSE_SECONDS = 3, 1.5
"""How often a page is requested that comes stale: on a busy machine it may only be slow."""


class ReleaseCheckError(Exception):
    """The release must not replace the running one: why, in a sentence."""


def waiting_migrations() -> Iterator[tuple[str, list[str]]]:
    """Yield (app.name, descriptions of its steps that are not additive) of unapplied migrations.

    In the order in which they would be applied. This list of allowed operations is shorter than
    django-migration-linter's set-up, whose list of forbidden SQL passes what it does not know.
    """
    executor = MigrationExecutor(connection)
    for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        steps = [step.describe() for step in migration.operations if not _is_additive(step)]
        yield f"{migration.app_label}.{migration.name}", steps


def _is_additive(step: Operation) -> bool:
    """Tell whether the running release works on after a step: it can leave a new column empty."""
    if isinstance(step, operations.AddField):
        field = step.field
        return bool(field.null or field.many_to_many or field.has_db_default())
    if isinstance(step, operations.SeparateDatabaseAndState):
        return all(map(_is_additive, step.database_operations))
    return isinstance(step, ADDITIVE)


# --- A server on a spare port ---------------------------------------------------------------------


@contextmanager
def spare_server() -> Iterator[int]:
    """Serve this release on a free port of loopback; yield the port.

    Raises:
        ReleaseCheckError: it does not start; with the end of its output.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = ("LISTEN_FDS", "LISTEN_PID", "PIDFILE", "NOTIFY_SOCKET", "GUNICORN_CMD_ARGS")
    environment = {name: value for name, value in os.environ.items() if name not in inherited}
    environment |= {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "1"}
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "site_config.wsgi"]
    with tempfile.TemporaryFile("w+") as output:
        server = subprocess.Popen(  # noqa: S603 - constants only
            command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=output
        )
        try:
            if not _answers(port, server):
                output.seek(0)
                raise ReleaseCheckError(f"it does not start:\n{output.read()[-3000:]}")
            yield port
        finally:
            server.terminate()
            server.wait(timeout=TIMEOUT_SECONDS)


def _answers(port: int, server: "subprocess.Popen[bytes]") -> bool:
    """Wait until a server answers any response; return whether it did in time."""
    until = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            fetch(port, "/robots.txt")
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def fetch(port: int, path: str) -> tuple[int, bytes]:
    """Return status and body of a page, requested as the proxy does; status 0 if it is stale."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        scheme = "https" if settings.IS_PUBLIC else "http"
        hosts = settings.ALLOWED_HOSTS
        if path.startswith("/accounts/"):
            hosts = settings.ADMIN_HOSTS or hosts
        host = hosts[0].lstrip(".")
        client.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": scheme})
        response = client.getresponse()
        body = response.read()
        # A stale response is of the running release: it hides that this one cannot render the page.
        return (0 if response.headers["X-Stale"] else response.status), body
    finally:
        client.close()


def _fetch_fresh(port: int, path: str) -> tuple[int, bytes]:
    """Return status and body of a page, after TRIES at most; status 0 if it is stale still."""
    status, body = fetch(port, path)
    for _ in range(TRIES - 1):
        if status:
            break
        time.sleep(PAUSE_SECONDS)
        status, body = fetch(port, path)
    return status, body


def one_path_per_view() -> list[str]:
    """Return one path, query included, for each view of the static export, and EXTRA_PATHS."""
    by_view: dict[str, str] = {}
    for address in static_export.addresses():
        if address != "/favicon.ico":  # redirects
            path = address.partition("?")[0]
            with override(get_language_from_path(path) or settings.LANGUAGE_CODE):
                by_view.setdefault(resolve(path).view_name, address)
    return [*by_view.values(), *EXTRA_PATHS]


def smoke_test_errors(port: int) -> Iterator[str]:
    """Yield a line for each path that the server on a port does not answer with 200 and a body."""
    for path in one_path_per_view():
        try:
            status, body = _fetch_fresh(port, path)
        except (OSError, http.client.HTTPException) as error:
            yield f"{path}: {type(error).__name__}"
            continue
        if status != 200 or not body:
            yield f"{path}: {status}, {len(body)} bytes"
    yield from _readiness_errors(port)


def _readiness_errors(port: int) -> Iterator[str]:
    """Yield what /readyz reports of the database: an old backup is no fault of a release."""
    _status, body = fetch(port, "/readyz")
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError):
        yield "/readyz: not what it should be"
        return
    for name in ("database", "migrations"):
        if checks.get(name) != "ok":
            yield f"/readyz: {name}: {checks.get(name)}"
