"""T18: a clock that is set, back or ahead, while the site runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support import processes, servers
from tests.support.measurements import Measurement
from tests.support.processes import Gunicorn
from tests.support.visitors import ask, wait_for

ABOUT = "a clock that is set leaves no page of a wrong day, and /readyz says that it was set"

DATED = "/.well-known/security.txt"
"""A public file that has a moment computed from the day."""
CONTACT = {"PUBLISHER_CONTACT": "drill@vitale.example"}  # without one there is no such file
PAGES = (DATED, "/en/", "/fr/", "/en/departments/69-rhone/", "/api/v1/departments")
LIMIT = "the right day within 2 s, and /readyz says so"
SETTABLE_CLOCK = """
import os, threading, time
from pathlib import Path
import time_machine

real, file = time_machine.escape_hatch.time.time, Path({file!r})
clock = time_machine.travel(time.time() + float(file.read_text()), tick=True).start()

def follow():
    last = ""  # a new worker has its master's clock, of the start
    while True:
        text = file.read_text() or last
        if text != last:
            last = text
            clock.move_to(real() + float(text), tick=True)
        time.sleep(0.02)

os.register_at_fork(after_in_child=lambda: threading.Thread(target=follow, daemon=True).start())
"""
"""For sitecustomize.py: Python's clock is ahead by the seconds in a file, whenever these change."""


@dataclass
class Clock:
    """The clock of a site's processes."""

    file: Path

    def set_to(self, moment: datetime) -> None:
        """Set it; it goes on from there."""
        part = self.file.with_suffix(".part")
        part.write_text(str(moment.timestamp() - datetime.now(moment.tzinfo).timestamp()))
        part.replace(self.file)


def settable_clock(folder: Path) -> tuple[Clock, dict[str, str]]:
    """Return a clock and the environment in which Python goes by it."""
    clock = Clock(folder / "clock")
    clock.file.write_text("0")
    (folder / "sitecustomize.py").write_text(SETTABLE_CLOCK.format(file=str(clock.file)))
    return clock, {"PYTHONPATH": str(folder)}


def run() -> Iterator[Measurement]:
    """Set the clock over midnight and back, two days ahead and back, a day back and ahead."""
    # At the end of this day facts are due for checking again: pages say so, and differ.
    midnight = datetime(2027, 2, 22, tzinfo=ZoneInfo("Europe/Paris"))
    noon = midnight - timedelta(hours=12)
    for what, right, wrong in (
        ("three seconds over midnight, and back", midnight - timedelta(minutes=2), midnight),
        ("two days ahead, and corrected", noon, noon + timedelta(days=2)),
        ("a day behind, and corrected", noon + timedelta(days=1), noon),
    ):
        with processes.folder() as home:
            yield _set_wrong_and_right(home, what, right, wrong + timedelta(seconds=3))


def _set_wrong_and_right(home: Path, what: str, right: datetime, wrong: datetime) -> Measurement:
    clock, environment = settable_clock(home)
    clock.set_to(right)
    environment |= CONTACT | {"VAR_DIR": str(servers.var_dir(home)), "WEB_CONCURRENCY": "1"}
    with processes.running(Gunicorn(environment, home / "log")) as server:
        expected = _etags(server)
        clock.set_to(wrong)
        try:
            wait_for(lambda: "set by" in _clock_check(server), 5)
        except TimeoutError:
            notice = "/readyz says nothing"
        else:
            notice = f"/readyz: {_clock_check(server)}"
        changed = sum(tag != expected[path] for path, tag in _etags(server).items())
        clock.set_to(right)
        try:
            waited = wait_for(lambda: _etags(server) == expected, 5)
        except TimeoutError:
            wrong_paths = [path for path, tag in _etags(server).items() if tag != expected[path]]
            actual = f"{len(wrong_paths)} of {len(PAGES)} pages stay of the wrong day; {notice}"
            return Measurement(what, actual, LIMIT, holds=False)
    actual = f"{changed} pages differed; right again after {waited:.2f} s; {notice}"
    return Measurement(
        what, actual, LIMIT, holds=waited <= 2 and changed > 0 and "set by" in notice
    )


def _etags(server: Gunicorn) -> dict[str, str]:
    return {path: ask(server.address, path).headers.get("etag", "") for path in PAGES}


def _clock_check(server: Gunicorn) -> str:
    body = ask(server.address, "/readyz").body.decode()
    return body.partition('"clock": "')[2].partition('"')[0]
