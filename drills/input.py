"""T10: hostile input never yields a 5xx or a guess, on SQLite and on PostgreSQL."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from drills._sites import Site, kinds
from tests.support import servers
from tests.support.measurements import Measurement

ABOUT = "hostile input never yields a 5xx or a guess, on SQLite and on PostgreSQL (T10)"
CASES = 10_000
OPTIONS = ["-q", "-n0", "--no-cov", "-p", "no:cacheprovider", "--maxfail=3"]
LIMIT = "0 × 5xx, 0 guesses"
# What a description cannot say: which days we know of, which regions there are. To refuse others,
# with 400 and in words, is right.
LEFT_OUT = "positive_data_acceptance"


def run() -> Iterator[Measurement]:
    """Send all fixed cases and 10,000 generated ones to the site, over each database."""
    servers.collect_statics()
    for make in kinds():
        with make() as site:
            yield _tried(site)
            yield _as_described(site)
    if len(kinds()) == 1:
        yield Measurement(
            "on PostgreSQL", "is not installed: apt install postgresql", LIMIT, holds=None
        )


def _tried(site: Site) -> Measurement:
    """Run the tests of input at their full size; they stop at the first 5xx or guess."""
    environment = site.environment | {"INPUT_CASES": str(CASES)}
    environment |= {"ALLOWED_HOSTS": "testserver"} if site.kind == "PostgreSQL" else {}
    environment.pop("TRUST_PROXY", None)
    command = [sys.executable, "-m", "pytest", "tests/site/test_input.py", *OPTIONS]
    result = _run(command, servers.ROOT, environment)
    counts = re.findall(r"\d+ (?:passed|failed|errors?)", result.stdout)
    actual = (
        f"{CASES:,} generated requests and all fixed ones: {', '.join(counts) or 'did not run'}"
    )
    return Measurement(f"pages and API on {site.kind}", actual, LIMIT, result.returncode == 0)


def _as_described(site: Site) -> Measurement:
    """Have Schemathesis make requests up from the API's description, and hold each answer to it."""
    with servers.served(site.environment, "/livez") as (_server, address):
        command = [sys.executable, "-m", "schemathesis.cli", "run", "--no-color"]
        command += [f"{address}/api/v1/openapi.json", "--max-examples=60", "--checks=all"]
        command += [f"--exclude-checks={LEFT_OUT}", "--generation-database=none"]
        if site.kind == "PostgreSQL":  # a public site: its proxy tells of https
            command += ["--header=X-Forwarded-Proto: https", "--header=Host: localhost"]
        result = _run(command, site.folder, {})
    cases = re.search(r"(\d+) generated", result.stdout)
    actual = (
        f"{cases[1] if cases else 'no'} requests, {'none' if not result.returncode else 'some'}"
    )
    what = f"answers that are not as the API's description says, on {site.kind}"
    holds = result.returncode == 0 and cases is not None and int(cases[1]) > 1000
    return Measurement(what, actual, "none", holds=holds)


def _run(
    command: list[str], folder: Path, environment: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run a program in a folder, and print the end of what it says if it finds something."""
    result = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", ""), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        print((result.stdout + result.stderr)[-4000:])
    return result
