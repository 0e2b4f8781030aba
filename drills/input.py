"""T10: hostile input never yields a 5xx or a guess, on SQLite and on PostgreSQL."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from drills import Figure
from tests import servers

PROMISE = "hostile input never yields a 5xx or a guess, on SQLite and on PostgreSQL (T10)"
CASES = 10_000
OPTIONS = ["-q", "-n0", "--no-cov", "-p", "no:cacheprovider", "--maxfail=3"]


def drill() -> Iterator[Figure]:
    """Send all fixed cases and 10,000 generated ones to the site, over each database."""
    yield _tried("SQLite", {})
    if servers.postgresql_programs() is None:
        yield Figure("on PostgreSQL", "is not installed: apt install postgresql", "0 × 5xx", None)
        return
    with servers.postgresql() as address:
        public = {"ALLOWED_HOSTS": "testserver", "SECRET_KEY": "k" * 50}
        yield _tried("PostgreSQL", {"DATABASE_URL": address, **public})


def _tried(database: str, environment: dict[str, str]) -> Figure:
    """Run the tests of input at their full size; they stop at the first 5xx or guess."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "tests/test_input.py", *OPTIONS],
            cwd=servers.ROOT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ.get("HOME", ""),
                "VAR_DIR": folder,
                "INPUT_CASES": str(CASES),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )
    if run.returncode:
        print(run.stdout[-3000:])
    counts = re.findall(r"\d+ (?:passed|failed)", run.stdout)
    seen = f"{CASES:,} generated requests and all fixed ones: {', '.join(counts) or 'did not run'}"
    return Figure(f"on {database}", seen, "0 × 5xx, 0 guesses", run.returncode == 0)
