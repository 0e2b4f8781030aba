"""T1: one part after the other breaks while visitors come; the pages stay up, and heal."""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drills._sites import KEY
from tests.support import processes, servers
from tests.support.measurements import Measurement
from tests.support.processes import Gunicorn
from tests.support.visitors import PAGES, Visitors, ask, wait_for

ABOUT = "a page that was up stays up through any one fault, and says so where it is an old one"

FAULT_SECONDS = 5.0
"""Seconds that each fault lasts."""
MAX_RESPONSE_SECONDS, MAX_RECOVERY_SECONDS, MAX_STALE_SECONDS = 2.0, 5.0, 24 * 60 * 60
LIMIT = "200 in 2 s, at most 24 h old and saying so; healthy 5 s after"
UNCACHED_PATHS = "^/en/departments/[^/]+/$"
"""Pages that are not in the page cache when a fault comes: other ones each time."""

Fault = Callable[[], contextlib.AbstractContextManager[None]]


@dataclass
class Site:
    """The site behind nginx."""

    address: str
    gunicorn: Gunicorn
    var: Path
    uncached_paths: list[str] = field(default_factory=list)

    def take_uncached_paths(self) -> list[str]:
        """Return three pages that are not in the page cache."""
        if not self.uncached_paths:
            addresses = ask(self.gunicorn.address, "/sitemap-en.xml").body.decode()
            paths = re.findall("<loc>https?://[^/]+(/[^<]+)</loc>", addresses)
            self.uncached_paths = [path for path in paths if re.match(UNCACHED_PATHS, path)]
        return [self.uncached_paths.pop() for _ in range(3)]


def run() -> Iterator[Measurement]:
    """Break SQLite and the processes, then PostgreSQL and Redis, then the clock."""
    with processes.folder() as home:
        yield from _on_sqlite(home)
    if servers.postgresql_programs() is None or shutil.which("redis-server") is None:
        missing = "PostgreSQL or Redis is not installed"
        yield Measurement("PostgreSQL and Redis stopped or hung", missing, LIMIT, holds=None)
    else:
        with processes.folder() as home:
            yield from _on_postgresql(home)
    for year in (2001, 2041):
        with processes.folder() as home:
            yield _wrong_clock(home, year)


def through(site: Site, what: str, fault: Fault) -> Measurement:
    """Let visitors come while something is broken; see how they are served, and how it heals."""
    for path in PAGES:
        ask(site.address, path)
    paths = [*PAGES, *site.take_uncached_paths()]
    with fault(), Visitors(site.address, paths) as visitors:
        time.sleep(FAULT_SECONDS)
    try:
        healed = wait_for(lambda: _is_healthy(site, paths), 20)
    except TimeoutError:
        healed = float("inf")
    return figure(what, visitors, healed)


def _is_healthy(site: Site, paths: list[str]) -> bool:
    """Tell whether each page comes as it should, and none is a copy."""
    answers = [ask(site.gunicorn.address, path) for path in paths]
    answers += [ask(site.address, path) for path in paths]
    return not any(answer.failed or answer.copy for answer in answers)


def figure(what: str, visitors: Visitors, healed: float) -> Measurement:
    """Return what visitors saw of a fault, beside the promise."""
    stale = [answer for answer in visitors.answers if answer.copy]
    ages = [int(answer.copy) for answer in stale if answer.copy.isdecimal()]
    silent = [answer for answer in stale if answer.path.endswith("/") and not answer.says_copy]
    failed = {(answer.path, answer.status) for answer in visitors.failed}
    actual = (
        f"{len(visitors.failed)} of {len(visitors.answers)} failed, "
        f"slowest {visitors.slowest:.2f} s; {len(ages)} stale responses, at most "
        f"{max(ages, default=0)} s old, {len(stale) - len(ages)} of the static export, "
        f"{len(silent)} without a word of it; healed after {healed:.1f} s"
    )
    if failed:
        actual += f" {sorted(failed)[:4]}"
    holds = (
        not failed
        and visitors.slowest <= MAX_RESPONSE_SECONDS
        and max(ages, default=0) <= MAX_STALE_SECONDS
        and not silent
        and healed <= MAX_RECOVERY_SECONDS
    )
    return Measurement(what, actual, LIMIT, holds)


# --- On SQLite ------------------------------------------------------------------------------------


def _on_sqlite(home: Path) -> Iterator[Measurement]:
    disk = home / "disk"
    disk.mkdir()
    with small_disk(disk) as is_small:
        var = servers.var_dir(disk)
        environment = {"VAR_DIR": str(var)}
        mirror = home / "mirror"
        servers.export(mirror, environment, PAGES, UNCACHED_PATHS)
        with processes.running(Gunicorn(environment, home / "log")) as server:
            (home / "nginx").mkdir()
            with servers.nginx(home / "nginx", [server.address], mirror) as address:
                site = Site(address, server, var)
                yield from _faults_of_sqlite(site, disk, is_small=is_small)


def _works(*command: str) -> bool:
    """Run a program; tell whether it worked."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def small_disk(disk: Path) -> Iterator[bool]:
    """Mount a disk of memory that can be filled and made read-only; tell whether that worked."""
    command = ["mount", "-t", "tmpfs", "-o", "size=200m,mode=755", "drill", str(disk)]
    is_small = os.getuid() == 0 and _works(*command)
    try:
        yield is_small
    finally:
        if is_small:
            subprocess.run(["umount", "--lazy", disk], check=True)


def _faults_of_sqlite(site: Site, disk: Path, *, is_small: bool) -> Iterator[Measurement]:
    database = site.var / "db.sqlite3"
    yield through(site, "SQLite locked", lambda: _locked(database))
    if is_small:
        yield through(site, "the disk full", lambda: full(disk))
        yield through(site, "the disk read-only", lambda: read_only(disk))
    else:
        for what in ("the disk full", "the disk read-only"):
            yield Measurement(what, "needs root, to mount one", LIMIT, holds=None)
    yield through(site, "SQLite corrupt", lambda: corrupt(database))
    yield through(site, "SQLite missing", lambda: missing(database))
    yield through(site, "every worker killed -9", lambda: _workers_killed(site.gunicorn))
    yield through(site, "gunicorn hung", lambda: _hung(site.gunicorn))
    yield through(site, "gunicorn dead", lambda: _dead(site.gunicorn))


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    """Hold all locks of the write-ahead log, as a process that hangs in recovery does."""
    with Path(f"{database}-shm").open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 8, 120)  # WALINDEX_LOCK_OFFSET of sqlite3's wal.c
        yield


@contextmanager
def full(disk: Path) -> Iterator[None]:
    filler = disk / "filler"
    with filler.open("wb") as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))
            file.flush()
    yield
    filler.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Make the disk read-only, whoever has files open on it for writing."""
    busy = not _works("mount", "-o", "remount,ro", str(disk))
    frozen = [path for path in (disk / "var").iterdir() if path.is_file()] if busy else []
    for path in frozen:  # a file that is open for writing forbids it: then each file by itself
        _works("chattr", "+i", str(path))
    yield
    for path in frozen:
        _works("chattr", "-i", str(path))
    if not busy:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


@contextmanager
def corrupt(database: Path) -> Iterator[None]:
    """Overwrite the file with chance, and put the right bytes back."""
    right = database.read_bytes()
    with database.open("r+b") as file:
        file.write(os.urandom(len(right)))
    yield
    with database.open("r+b") as file:
        file.write(right)


@contextmanager
def missing(database: Path) -> Iterator[None]:
    """Take the files of the database away and put them back."""
    files = [f"{database}{end}" for end in ("", "-wal", "-shm")]
    names = [name for name in files if Path(name).exists()]
    for name in names:
        shutil.move(name, f"{name}.away")
    yield
    for name in files:
        Path(name).unlink(missing_ok=True)  # whatever was made in its place
    for name in names:
        shutil.move(f"{name}.away", name)


@contextmanager
def _workers_killed(server: Gunicorn) -> Iterator[None]:
    for pid in server.workers():
        os.kill(pid, signal.SIGKILL)
    yield


@contextmanager
def _hung(server: Gunicorn) -> Iterator[None]:
    server.hang()
    yield
    server.go_on()


@contextmanager
def _dead(server: Gunicorn) -> Iterator[None]:
    server.kill()
    yield
    server.start()  # as systemd does


# --- On PostgreSQL and Redis ----------------------------------------------------------------------


def _on_postgresql(home: Path) -> Iterator[Measurement]:
    (home / "postgresql").mkdir(mode=0o755)
    database = servers.PostgreSQL(home / "postgresql")
    database.start()
    port = servers.free_port()
    environment = {
        "DATABASE_URL": database.address,
        "CACHE_URL": f"redis://127.0.0.1:{port}/0",
        "ALLOWED_HOSTS": "localhost",
        "SECRET_KEY": KEY,
        "TRUST_PROXY": "1",
        "VAR_DIR": str(home / "var"),
    }
    (home / "var").mkdir()
    (home / "nginx").mkdir()
    try:
        with processes.redis(port, home) as redis:
            servers.load(environment)
            servers.export(home / "mirror", environment, PAGES, UNCACHED_PATHS)
            with processes.running(Gunicorn(environment, home / "log")) as server:
                nginx = (home / "nginx", [server.address], home / "mirror")
                with servers.nginx(*nginx, is_public=True) as address:
                    site = Site(address, server, home / "var")
                    yield through(site, "PostgreSQL hung", lambda: _stopped(database.pids()))
                    yield through(site, "PostgreSQL stopped", lambda: _off(database))
                    yield through(site, "Redis hung", lambda: _stopped([redis.pid]))
                    redis.kill()
                    redis.wait()
                    yield through(site, "Redis stopped", contextlib.nullcontext)
    finally:
        database.stop()


@contextmanager
def _stopped(pids: list[int]) -> Iterator[None]:
    """Let processes hang."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@contextmanager
def _off(database: servers.PostgreSQL) -> Iterator[None]:
    database.stop()
    yield
    database.start()


# --- The clock ------------------------------------------------------------------------------------


def _wrong_clock(home: Path, year: int) -> Measurement:
    """Start the site with a clock that is wrong, as Python sees it: the machine's stays right."""
    (home / "sitecustomize.py").write_text(
        "import time_machine, datetime\n"
        f"time_machine.travel(datetime.datetime({year}, 1, 1, tzinfo=datetime.UTC)).start()\n"
    )
    environment = {"VAR_DIR": str(servers.var_dir(home)), "PYTHONPATH": str(home)}
    with processes.running(Gunicorn(environment, home / "log")) as server:
        for path in PAGES:
            ask(server.address, path)  # it is the clock that is tried, not the cold start
        with Visitors(server.address) as visitors:
            time.sleep(FAULT_SECONDS)
    return figure(f"the clock of the process in {year}", visitors, healed=0)
