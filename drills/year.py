"""The year ahead: each day, with the clock stopped on it, every kind of page in each language."""

import os
import subprocess
import sys
from collections.abc import Iterator

from rollout.dates import today
from tests.support import servers
from tests.support.measurements import Measurement

ABOUT = "on each day of the year ahead every kind of page is there, and says what is overdue"
DAYS = 366


def run() -> Iterator[Measurement]:
    """Run the test of the year ahead on each of its days; it stops at the first that fails."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "tests/site/test_year_ahead.py"],
        cwd=servers.ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", ""),
            "YEAR_FROM": today().isoformat(),
            "YEAR_DAYS": str(DAYS),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    failure = next((line for line in run.stdout.splitlines() if line.startswith("E ")), "")
    actual = f"all of {DAYS} days" if run.returncode == 0 else failure or run.stdout[-300:]
    yield Measurement("every kind of page", actual, f"{DAYS} days", holds=run.returncode == 0)
