"""Freshness: after an edit, the very next answer of each process is new."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import _django, _servers
from benchmarks._servers import SITE_APPLICATION, get
from tests.support.measurements import Measurement
from tests.support.processes import ROOT, Gunicorn

_django.set_up()

ABOUT = (
    "An editor's change is saved in a process of its own while gunicorn runs with two workers that "
    "have sent all these pages: how many answers are old once it is saved. Then the same from what "
    "is another machine to them: it shares the database and nothing else."
)
EDIT = """
import datetime, sys
import django
django.setup()
from django.contrib.auth import get_user_model
from rollout.facts import writer
from rollout.models import Department
editor, _is_new = get_user_model().objects.get_or_create(username="bench")
row = Department.objects.get(pk="69")
for line in sys.stdin:
    row.opened_on = datetime.date.fromisoformat(line.strip())
    writer.save_fact(row, by=editor, note="bench")
    writer.publish_update(f"Bench {line.strip()}", by=editor, departments=[row])
    print("saved", flush=True)
"""
TEXTS = {
    "/en/": "{day}", "/fr/": "{day}", "/en/departments/69-rhone/": "{day}",
    "/en/?q=villeurbanne": "{day}", "/fr/regions/auvergne-rhone-alpes/": "{day}",
    "/en/departments/": "{day}", "/en/updates/": "Bench {day}", "/en/updates.atom": "Bench {day}",
    "/en/departments/69-rhone/updates.atom": "Bench {day}", "/en/openings.ics": "{plain}",
    "/api/v1/departments.csv": "{day}", "/api/v1/departments/69": "{day}",
    "/en/embed/departments/69/": "{day}",
}  # fmt: skip
"""What each address shows of the day that an editor set."""
CONNECTIONS = 6
MAX_DELAY_SECONDS = 1.0


@contextmanager
def editor(var: Path) -> Iterator["subprocess.Popen[str]"]:
    """Give a process that saves each day written to it, and says when it is saved."""
    process = subprocess.Popen(
        [sys.executable, "-c", EDIT],
        cwd=ROOT,
        env=_servers.environment(var) | {"DJANGO_SETTINGS_MODULE": "site_config.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def save(process: "subprocess.Popen[str]", day: str) -> None:
    """Have a day saved; return once it is."""
    if not process.stdin or not process.stdout:
        raise RuntimeError("the editor has no pipes")
    process.stdin.write(f"{day}\n")
    process.stdin.flush()
    if process.stdout.readline() != "saved\n":
        raise RuntimeError("the edit was not saved")


def is_new(server: Gunicorn, path: str, day: str) -> bool:
    """Tell whether an answer shows the day."""
    shown = TEXTS[path].format(day=day, plain=day.replace("-", ""))
    return shown in get(server, path).body.decode()


def run() -> Iterator[Measurement]:
    """Edit here, then as if from another machine."""
    with _servers.folder() as var, _servers.gunicorn(SITE_APPLICATION, var, workers=2) as server:
        warm(server)
        old, requests = 0, 0
        with editor(var) as process:
            for day in ("2023-07-26", "2023-07-27", "2023-07-28"):
                save(process, day)
                answers = [is_new(server, path, day) for path in TEXTS for _ in range(CONNECTIONS)]
                requests, old = requests + len(answers), old + answers.count(False)
        yield Measurement(
            "old answers after an edit on the same machine, both workers",
            f"{old} of {requests}",
            "none, from the next request on",
            holds=old == 0,
        )
        yield _elsewhere(server, var)


def warm(server: Gunicorn) -> None:
    """Have every page sent by both workers."""
    for _round in range(CONNECTIONS):
        for path in TEXTS:
            get(server, path)


def _elsewhere(server: Gunicorn, var: Path) -> Measurement:
    """Edit with another VAR_DIR: only the database is the same."""
    other = var / "elsewhere"
    other.mkdir()
    (other / "db.sqlite3").symlink_to(var / "db.sqlite3")
    old, requests = 0, 0
    with editor(other) as process:
        for day in ("2023-08-01", "2023-08-02", "2023-08-03"):
            save(process, day)
            time.sleep(MAX_DELAY_SECONDS)
            answers = [is_new(server, path, day) for path in TEXTS for _ in range(CONNECTIONS)]
            requests, old = requests + len(answers), old + answers.count(False)
    return Measurement(
        f"old answers {MAX_DELAY_SECONDS:g} s after an edit on another machine",
        f"{old} of {requests}",
        "none",
        holds=old == 0,
    )
