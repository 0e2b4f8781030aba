"""Ten times the data: made-up communes and 10,000 made-up updates."""

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks import _django, _servers
from tests.support.measurements import Measurement
from tests.support.processes import ROOT

_django.set_up()

from benchmarks.search import below, beside_limits

ABOUT = (
    "A copy of the database with ten times the communes (names put together of real ones) and "
    "10,000 updates, in a process of its own: the same queries, the same pages built anew, and the "
    "list and the feed of updates. CPU."
)
PAGES = {
    "/en/departments/69-rhone/": 5.0, "/en/": 12.0, "/en/?q=villeurbanne": 6.0,
    "/en/updates/": None, "/en/updates/?page=150": None, "/en/updates.atom": None,
    "/en/departments/69-rhone/updates.atom": None,
}  # fmt: skip
"""Addresses, with their limits in milliseconds."""


def run() -> Iterator[Measurement]:
    """Have it filled and measured in a process whose database it is."""
    with _servers.folder() as var:
        command = [sys.executable, "-m", "benchmarks._tenfold", *PAGES]
        environment = _servers.environment(var)
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
        )
    seen = json.loads(done.stdout)
    yield from beside_limits(seen["queries"], seen["opening"], f"{seen['names']:,} names")
    yield Measurement("the index built: CPU", f"{seen['build']:.3g} s")
    for path, limit in PAGES.items():
        what, took = f"`{path}`: CPU", seen["pages"][path]
        yield below(what, took, limit, "ms") if limit else Measurement(what, f"{took:.3g} ms")
