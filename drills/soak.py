"""T20: an hour of everything at once, with one fault a minute, by chance with a seed.

`SECONDS=300 SEED=7 make drills DRILLS=soak` is shorter, and the same again. It is no part of `make
drills` without a name. What fell short stands, with the seed and all that was done, in
`var/soak-<engine>-<seed>.log`.
"""

import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.client import HTTPException
from itertools import count, cycle
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from drills._editors import Editor, signed_in
from drills._sites import Site, kinds
from drills.clock import CONTACT, DATED, Clock, settable_clock
from drills.saves import department, values
from tests.support import processes, servers
from tests.support.measurements import Measurement
from tests.support.processes import Gunicorn
from tests.support.visitors import PAGES, Response, ask

ABOUT = "an hour of everything at once, and a fault a minute, leaves nothing wrong"

SECONDS = int(os.environ.get("SECONDS", "3600"))
"""Of each engine."""
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
FAULT_INTERVAL = min(60.0, SECONDS / 6)
WARM_UP = min(300.0, SECONDS / 3)
"""Seconds after which the memory is first measured."""
MAX_GROWTH = 1.10
DISTURBED = 8.0
"""For so many seconds after a fault of the processes, a connection may break."""
PARIS = ZoneInfo("Europe/Paris")
SEARCHES = [f"/{language}/?q={word}" for language in ("en", "fr") for word in ("lyon", "69", "st")]
MIXED = [*PAGES, *SEARCHES, DATED, "/en/?on=2025-05-28", "/en/nowhere/"]
CODES = ("69", "38")
LOGS = servers.ROOT / "var"


@dataclass
class Record:
    """What was done and what fell short, in the order of time."""

    lines: list[str] = field(default_factory=list)
    requests: int = 0
    refused: int = 0
    """Responses with 503 that say when to come again."""
    broken: list[str] = field(default_factory=list)
    wrong_days: list[str] = field(default_factory=list)
    saved: dict[str, list[int]] = field(default_factory=dict)
    disturbed_until: float = 0.0
    leaving: threading.Event = field(default_factory=threading.Event)

    def note(self, line: str) -> None:
        """Add a line."""
        self.lines.append(f"{time.monotonic():.1f} {line}")

    def judge(self, response: Response) -> None:
        """Note a response without a reason: 5xx but 503 with Retry-After, or none at all."""
        self.requests += 1
        if response.status == 503 and "retry-after" in response.headers:
            self.refused += 1
        elif response.status >= 500 or (
            response.status == 0 and time.monotonic() > self.disturbed_until
        ):
            self.broken.append(f"{response.path} {response.status}")
            self.note(f"BROKEN {response.path} {response.status} {response.seconds:.1f} s")


@dataclass
class Soak:
    """A site on one engine, served by a clock that can be set."""

    site: Site
    server: Gunicorn
    clock: Clock
    record: Record
    chance: random.Random
    lifetime: timedelta | None = None
    """How long after its day the dated file expires."""

    def visit(self, paths: Iterator[str]) -> None:
        """Ask for pages until the end; see that what has the day has the right one."""
        while not self.record.leaving.wait(0.05):
            path = next(paths)
            before = self.today()
            response = ask(self.server.address, path)
            self.record.judge(response)
            if path == DATED and response.status == 200 and not response.copy:
                self._see_day(response, {before, self.today()})

    def today(self) -> date:
        """Return the day in Paris by the site's clock."""
        ahead = float(self.clock.file.read_text())
        return (datetime.now(PARIS) + timedelta(seconds=ahead)).date()

    def _see_day(self, response: Response, days: set[date]) -> None:
        """Note a wrong day: the file expires so many days after it, always as many."""
        line = next(x for x in response.body.decode().splitlines() if x.startswith("Expires: "))
        expires = datetime.fromisoformat(line.removeprefix("Expires: ")).astimezone(PARIS).date()
        if self.lifetime is None:
            self.lifetime = expires - min(days)
        elif expires - self.lifetime not in days and time.monotonic() > self.record.disturbed_until:
            self.record.wrong_days.append(str(expires - self.lifetime))
            self.record.note(f"WRONG DAY {expires - self.lifetime}, it was {sorted(days)}")

    def save(self, editor: Editor, code: str) -> None:
        """Save one department again and again until the end; note what was confirmed."""
        confirmed = self.record.saved.setdefault(code, [])
        for number in count(1):
            if self.record.leaving.wait(0.3):
                return
            try:
                form = editor.form(department(code)) | values(code, number % 1000 + 1)
                form["change_note"] = f"Save {number} of {code}"
                answer = editor.post(department(code), form)
            except (OSError, HTTPException, AssertionError) as error:
                self.record.note(f"no form or answer for save {number} of {code}: {error!r:.80}")
                continue
            if answer.status == 302 and "login" not in answer.location:
                confirmed.append(number)
            else:
                self.record.note(f"save {number} of {code}: {answer.status} {answer.location}")

    # --- One fault a minute ---------------------------------------------------------------------

    def faults(self) -> dict[str, Callable[[], object]]:
        """Return what may happen, by name."""
        return {
            "clock": self._step_clock,
            "load": lambda: self.site.manage("load_data", "--verbosity=0"),
            "backup": lambda: self.site.manage("backup", str(self.site.folder / "backups")),
            "release": lambda: self.server.send(signal.SIGHUP),
            "worker killed": self._kill_a_worker,
            "server hung": self._hang,
            "database locked": self._lock,
        }

    def happen(self) -> None:
        """Let one of them happen, by chance."""
        name = self.chance.choice(sorted(self.faults()))
        self.record.note(f"fault: {name}")
        self.record.disturbed_until = time.monotonic() + 60  # until it has happened
        try:
            self.faults()[name]()
        except Exception as error:  # noqa: BLE001 - a task that fails is noted, the soak goes on
            self.record.note(f"{name} failed: {error!r:.500}")
            self.record.broken.append(f"{name} failed")
        self.record.disturbed_until = time.monotonic() + DISTURBED

    def _step_clock(self) -> None:
        """Set the clock around midnight in Paris, a little before or after, or right."""
        now = datetime.now(PARIS)
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), PARIS)
        self.clock.set_to(tomorrow + timedelta(seconds=self.chance.choice([-3600, -2, 3, 1800])))
        time.sleep(0.5)

    def _kill_a_worker(self) -> None:
        os.kill(self.chance.choice(self.server.workers()), signal.SIGKILL)

    def _hang(self) -> None:
        self.server.hang()
        time.sleep(self.chance.uniform(0.5, 4))
        self.server.go_on()

    def _lock(self) -> None:
        """Hold the database's write lock for a while, as another process that is slow."""
        seconds = self.chance.uniform(0.5, 6)
        url = self.site.environment.get("DATABASE_URL")
        if url:
            with psycopg.connect(url) as database:
                database.execute("LOCK TABLE rollout_department IN EXCLUSIVE MODE")
                time.sleep(seconds)
            return
        with closing(sqlite3.connect(self.site.folder / "db.sqlite3", timeout=30)) as database:
            database.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            database.rollback()


def run() -> Iterator[Measurement]:
    """Let everything happen at once, on each engine that is installed."""
    servers.collect_statics()
    for make in kinds():
        with make() as site, processes.folder() as home:
            yield from _soaked(site, home)
    if len(kinds()) == 1:
        yield Measurement("the same on PostgreSQL", "is not installed", "the same", holds=None)


def _soaked(made: Site, home: Path) -> Iterator[Measurement]:
    clock, environment = settable_clock(home)
    site = Site(made.kind, {**made.environment, **environment, **CONTACT})
    record, chance = Record(), random.Random(f"{SEED} {site.kind}")
    (site.folder / "backups").mkdir(mode=0o700, exist_ok=True)
    server = Gunicorn(site.environment, home / "gunicorn.log")
    with processes.running(server, "/livez"):
        soak = Soak(site, server, clock, record, chance)
        (editor,) = signed_in(site, server.address, "soaking")
        threads = [
            threading.Thread(target=soak.visit, args=(cycle(chance.sample(MIXED, len(MIXED))),))
            for _ in range(3)
        ]
        for code in CODES:
            own = Editor(server.address, editor.name, dict(editor.cookies))
            threads.append(threading.Thread(target=soak.save, args=(own, code)))
        for thread in threads:
            thread.start()
        try:
            first, last = _let_happen(soak)
        finally:
            record.leaving.set()
            for thread in threads:
                thread.join()
    yield from _figures(site, record, first, last)


def _let_happen(soak: Soak) -> tuple[float, float]:
    """Let a fault happen at each interval; return the memory after the warm-up and at the end."""
    began, first = time.monotonic(), 0.0
    for number in count(1):
        ends = began + number * FAULT_INTERVAL
        if ends > began + SECONDS:
            break
        time.sleep(max(0.0, ends - time.monotonic()))
        if not first and time.monotonic() - began >= WARM_UP:
            first = _memory(soak.server)
        soak.happen()
    time.sleep(DISTURBED)  # after a reload the old workers go on for a while
    return first, _memory(soak.server)


def _memory(server: Gunicorn) -> float:
    """Return the megabytes of the largest worker."""
    sizes = [0.0]
    with suppress(OSError):
        sizes += [share for share, _all in server.memory()]
    return max(sizes)


def _figures(site: Site, record: Record, first: float, last: float) -> Iterator[Measurement]:
    what = f"{site.kind}, {SECONDS} s, seed {SEED}"
    notes = {str(note) for (note,) in site.query("SELECT note FROM rollout_updatetext")}
    lost = [
        f"Save {number} of {code}"
        for code, numbers in record.saved.items()
        for number in numbers
        if f"Save {number} of {code}" not in notes
    ]
    for line in lost:
        record.note(f"LOST {line}")
    saves = sum(map(len, record.saved.values()))
    faults = sum("fault: " in line for line in record.lines)
    actual = f"{len(record.broken)} of {record.requests} {record.broken[:4]}, {faults} faults, "
    actual += f"{record.refused} × 503 with Retry-After"
    results = [
        Measurement(f"{what}: 5xx without a reason", actual, "0", holds=not record.broken),
        Measurement(
            f"{what}: wrong days", f"{len(record.wrong_days)}", "0", holds=not record.wrong_days
        ),
        Measurement(
            f"{what}: lost saves", f"{len(lost)} of {saves}", "0", holds=saves > 0 and not lost
        ),
        Measurement(
            f"{what}: memory of a worker",
            f"{first:.0f} MB after {WARM_UP:.0f} s, {last:.0f} MB at the end",
            f"at most {MAX_GROWTH:.0%}",
            holds=0 < last <= MAX_GROWTH * first,
        ),
    ]
    yield from results
    if not all(result.holds for result in results):
        LOGS.mkdir(exist_ok=True)
        log = LOGS / f"soak-{site.kind}-{SEED}.log"
        log.write_text("\n".join([what, *(r.actual for r in results), *record.lines]) + "\n")
        yield Measurement(f"{what}: log", str(log.relative_to(servers.ROOT)))
