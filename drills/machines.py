"""More than one machine: two applications, one database, one cache, nginx before them."""

import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from drills._sites import KEY
from tests.support import processes, servers, visitors
from tests.support.measurements import Measurement, NotShown, require
from tests.support.processes import Gunicorn
from tests.support.visitors import PAGES, Visitors, ask, wait_for

ABOUT = "an edit on one machine is read on the other within a second; any part may stop"

EDIT = """
from rollout.facts import writer
from rollout.models import Department
row = Department.objects.get(pk="69")
row.last_checked = "{day}"
writer.save_fact(row)
"""
CHANGED_PATHS = (
    "/en/departments/69-rhone/",
    "/api/v1/departments/69",
    "/api/v1/departments.csv",
    "/api/v1/departments.json",
)
DAYS = ("2026-11-01", "2026-11-02", "2026-11-03")
FAULT_SECONDS = 4.0
LIMIT = "0 failed, healthy 5 s after"


def run() -> Iterator[Measurement]:
    """Edit on one machine and read on the other, then stop each part in turn."""
    if servers.postgresql_programs() is None:
        raise NotShown("not installed: PostgreSQL")
    require("redis-server", "nginx")
    with processes.folder() as home:
        for name in ("postgresql", "one", "two", "nginx"):
            (home / name).mkdir(mode=0o755)
        database = servers.PostgreSQL(home / "postgresql")
        database.start()
        try:
            yield from _with_redis(home, database)
        finally:
            database.stop()


def _with_redis(home: Path, database: servers.PostgreSQL) -> Iterator[Measurement]:
    port = servers.free_port()
    environment = {
        "DATABASE_URL": database.address,
        "CACHE_URL": f"redis://127.0.0.1:{port}/0",
        "ALLOWED_HOSTS": "localhost",
        "SECRET_KEY": KEY,
        "TRUST_PROXY": "1",
    }
    # Two machines know nothing of each other's files.
    first, second = (environment | {"VAR_DIR": str(home / name)} for name in ("one", "two"))
    with processes.redis(port, home) as redis:
        servers.load(first)
        servers.export(home / "mirror", first, PAGES)
        with (
            processes.running(Gunicorn(first, home / "one.log")) as one,
            processes.running(Gunicorn(second, home / "two.log")) as two,
            servers.nginx(
                home / "nginx", [one.address, two.address], home / "mirror", is_public=True
            ) as address,
        ):
            yield from _edits(first, one, two, address)
            yield from _sign_ins(one, two)
            yield from _stops(address, one, two, database)
            with Visitors(address) as visitors:
                redis.kill()
                redis.wait()
                time.sleep(FAULT_SECONDS)
            yield _seen("Redis stopped", visitors, address, one, two)


def _edits(
    environment: dict[str, str], one: Gunicorn, two: Gunicorn, address: str
) -> Iterator[Measurement]:
    """Edit through the first machine; see how long the others go on telling the old day."""
    slowest = dict.fromkeys(("the same machine", "the other machine", "behind nginx"), 0.0)
    readers = dict(zip(slowest, (one.address, two.address, address), strict=True))
    for day in DAYS:
        for path in CHANGED_PATHS:
            for reader in readers.values():
                ask(reader, path)
        servers.manage(
            "shell", "--verbosity=0", "-c", EDIT.format(day=day), environment=environment
        )
        for name, reader in readers.items():
            waited = wait_for(partial(_all_tell, reader, day), 10)
            slowest[name] = max(slowest[name], waited)
    for name, waited in slowest.items():
        yield Measurement(f"an edit read on {name}", f"{waited:.2f} s", "1 s", holds=waited <= 1)


def _all_tell(reader: str, day: str) -> bool:
    return all(day.encode() in ask(reader, path).body for path in CHANGED_PATHS)


def _sign_ins(one: Gunicorn, two: Gunicorn) -> Iterator[Measurement]:
    """See that what Redis counts, wrong sign-ins, is counted for both machines together."""
    actual = [_wrong_sign_in(server.address) for server in (one, two) * 5]
    attempts = actual.index("wait") if "wait" in actual else len(actual)
    result = f"has to wait after {attempts}, before: {actual[0]}"
    yield Measurement("wrong passwords on two machines", result, "after 5", holds=attempts == 5)


def _wrong_sign_in(address: str) -> str:
    sent = {"login": "somebody", "password": "wrong", "csrfmiddlewaretoken": "t" * 32}
    answer = visitors.post(address, "/accounts/login/", sent)
    return "wait" if b"Too many failed" in answer.body else f"wrong ({answer.status})"


def _stops(
    address: str, one: Gunicorn, two: Gunicorn, database: servers.PostgreSQL
) -> Iterator[Measurement]:
    parts: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
        ("one application stopped", lambda: one.send(signal.SIGTERM), one.restart),
        ("one application killed", one.kill, one.start),
        ("one application hung", two.hang, two.go_on),
        ("PostgreSQL stopped", database.stop, database.start),
        ("both applications killed", _each(one.kill, two.kill), _each(one.start, two.start)),
    ]
    for what, stop, heal in parts:
        with Visitors(address) as visitors:
            stop()
            time.sleep(FAULT_SECONDS)
        heal()
        yield _seen(what, visitors, address, one, two)


def _each(*steps: Callable[[], None]) -> Callable[[], None]:
    """Return one step that takes them all."""

    def take() -> None:
        for step in steps:
            step()

    return take


def _seen(what: str, visitors: Visitors, address: str, one: Gunicorn, two: Gunicorn) -> Measurement:
    healed = _heals(what, address, one, two)
    copies = sum(bool(answer.copy) for answer in visitors.answers)
    actual = f"{len(visitors.failed)} of {len(visitors.answers)} failed, slowest "
    actual += f"{visitors.slowest:.2f} s, {copies} copies; {healed.actual}"
    holds = not visitors.failed and visitors.slowest <= 2 and bool(healed.holds)
    return Measurement(what, actual, LIMIT, holds=holds)


def _heals(what: str, address: str, one: Gunicorn, two: Gunicorn) -> Measurement:
    def all_well() -> bool:
        answers = [ask(server, p) for server in (one.address, two.address, address) for p in PAGES]
        return not any(answer.failed or answer.copy for answer in answers)

    try:
        waited = wait_for(all_well, 20)
    except TimeoutError:
        return Measurement(what, "not healthy again in 20 s", LIMIT, holds=False)
    return Measurement(what, f"healthy after {waited:.1f} s", LIMIT, holds=waited <= 5)
