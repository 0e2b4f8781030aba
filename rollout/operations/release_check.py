"""What a release must show on a spare port before it takes the place of the one that runs."""

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
"""What leaves the running release all that it knows: it goes on while the new one is proved."""
BESIDES = ("/en/?q=lyon", "/en/suggest/?q=lyon", "/en/departments/?sort=day", "/accounts/login/")
"""What the mirror has not got: what is searched for, suggested, chosen, and the editors' door."""
TIMEOUT_SECONDS = 30
"""Seconds in which a server must have started, and in which each page must have come."""


class ReleaseCheckError(Exception):
    """The release must not replace the running one; says why."""


def waiting_migrations() -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each migration that is not applied yet, with what in it is not additive."""
    executor = MigrationExecutor(connection)
    for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        steps = [step.describe() for step in migration.operations if not _is_additive(step)]
        yield f"{migration.app_label}.{migration.name}", steps


def _is_additive(step: Operation) -> bool:
    """Tell whether the running release can go on after a step: a new column may be left empty."""
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

    Raises ProofError with the server's last words where it does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    not_ours = ("LISTEN_FDS", "LISTEN_PID", "PIDFILE", "NOTIFY_SOCKET", "GUNICORN_CMD_ARGS")
    environment = {name: value for name, value in os.environ.items() if name not in not_ours}
    environment |= {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "1"}
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "site_config.wsgi"]
    with tempfile.TemporaryFile("w+") as words:
        server = subprocess.Popen(  # noqa: S603 - our own words only
            command, cwd=settings.BASE_DIR, env=environment, stdout=words, stderr=words
        )
        try:
            if not _answers(port, server):
                words.seek(0)
                raise ReleaseCheckError(f"it does not start:\n{words.read()[-3000:]}")
            yield port
        finally:
            server.terminate()
            server.wait(timeout=TIMEOUT_SECONDS)


def _answers(port: int, server: "subprocess.Popen[bytes]") -> bool:
    """Wait for a server to answer anything at all."""
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
    """Return status and body of what the server answers to the proxy; status 0 of an old copy."""
    visitor = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        scheme = "https" if settings.IS_PUBLIC else "http"
        hosts = settings.ALLOWED_HOSTS
        if path.startswith("/accounts/"):
            hosts = settings.ADMIN_HOSTS or hosts
        host = hosts[0].lstrip(".")
        visitor.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": scheme})
        answer = visitor.getresponse()
        body = answer.read()
        # A last good copy is of the running release: it hides that this one cannot make the page.
        return (0 if answer.headers["X-Stale"] else answer.status), body
    finally:
        visitor.close()


def kinds_of_page() -> list[str]:
    """Return an address of each kind: one for every name in the site's URL configuration."""
    one_of_each: dict[str, str] = {}
    for address in static_export.addresses():
        if address != "/favicon.ico":  # leads on
            path = address.partition("?")[0]
            with override(get_language_from_path(path) or settings.LANGUAGE_CODE):
                one_of_each.setdefault(resolve(path).view_name, address)
    return [*one_of_each.values(), *BESIDES]


def smoke_test_errors(port: int) -> Iterator[str]:
    """Yield what is wrong with what the server on a port answers."""
    for path in kinds_of_page():
        try:
            status, body = fetch(port, path)
        except (OSError, http.client.HTTPException) as error:
            yield f"{path}: {type(error).__name__}"
            continue
        if status != 200 or not body:
            yield f"{path}: {status}, {len(body)} bytes"
    yield from _not_ready(port)


def _not_ready(port: int) -> Iterator[str]:
    """Yield what /readyz says of the database: an old backup is no fault of a release."""
    _status, body = fetch(port, "/readyz")
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError):
        yield "/readyz: not what it should be"
        return
    for name in ("database", "migrations"):
        if checks.get(name) != "ok":
            yield f"/readyz: {name}: {checks.get(name)}"
