"""T6: imports are all or nothing, and name every bad line."""

import csv
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from drills._sites import Rows, Site, kinds
from tests.support.measurements import Measurement

ABOUT = "an import is all or nothing, names every bad line, and done twice changes nothing"

# File, line, column and a value that it cannot have. Communes are read after all else is right.
SPOILT = [
    [
        ("departments.csv", 2, "region", "99"),
        ("departments.csv", 60, "region", ""),
        ("departments.csv", 102, "code", "1000"),
        ("regions.csv", 3, "zone", "moon"),
        ("waves.csv", 2, "last_checked", "2026-02-30"),
        ("waves.csv", 4, "position", "third"),
        ("aliases.csv", 7, "kind", "nonsense"),
        ("aliases.csv", 400, "target_type", "planet"),
    ],
    [
        ("communes.csv", 2, "dept", "XX"),
        ("communes.csv", 20_000, "postcodes", "1234"),
        ("communes.csv", 34_000, "population", "many"),
        ("former_names.csv", 50, "current_code", "0"),
    ],
]


def run(kills: int = 100) -> Iterator[Measurement]:
    """Spoil lines, kill loads at random moments, load twice."""
    for make in kinds():
        with make(loaded=False) as site:
            yield from every_bad_line(site)
            # One PostgreSQL killed client in four shows as much: the server rolls back.
            yield from killed(site, kills if site.kind == "SQLite" else kills // 4)
            yield from twice(site)
    if len(kinds()) == 1:
        yield Measurement("the same on PostgreSQL", "is not installed", "the same", holds=None)


def every_bad_line(site: Site) -> Iterator[Measurement]:
    """Load folders in which several files have several bad lines."""
    before = site.rows()
    for cells in SPOILT:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(shutil.copytree(settings.DATA_FOLDER, Path(name) / "data"))
            for cell in cells:
                spoil(folder, *cell)
            loading = site.start("load_data", "--from", str(folder))
            output = loading.communicate()[0]
        missed = [cell[:2] for cell in cells if f"{cell[0]}, line {cell[1]}" not in output]
        actual = f"{len(cells) - len(missed)}" + (f", not {missed}" if missed else "")
        what = f"bad lines named, of {len(cells)} in one load, on {site.kind}"
        yield Measurement(
            what, actual, str(len(cells)), holds=not missed and loading.returncode == 1
        )
    changed = [table for table, rows in site.rows().items() if rows != before[table]]
    what = "tables changed by these loads"
    yield Measurement(what, ", ".join(changed) or "none", "none", holds=not changed)


def spoil(folder: Path, file: str, number: int, column: str, value: str) -> None:
    """Put a value into one cell of a file."""
    with (folder / file).open(encoding="utf-8", newline="") as old:
        lines = list(csv.reader(old))
    lines[number - 1][lines[0].index(column)] = value
    with (folder / file).open("w", encoding="utf-8", newline="") as new:
        csv.writer(new, lineterminator="\n").writerows(lines)


def killed(site: Site, kills: int) -> Iterator[Measurement]:
    """Kill a load at random moments, and look each time at what it left."""
    empty = site.rows()
    started = time.monotonic()
    site.manage("load_data")
    seconds, full = time.monotonic() - started, counts(site.rows())
    clear(site, empty)
    left: Counter[str] = Counter()
    while left["nothing"] + left["all of it"] + left["a part"] < kills:
        loading = site.start("load_data")
        time.sleep(random.uniform(0.1, 1) * seconds)
        loading.kill()
        loading.communicate()
        rows = site.rows()
        if loading.returncode != -signal.SIGKILL:
            left["(had ended before)"] += 1
        else:
            is_all = counts(rows) == full
            left["nothing" if rows == empty else "all of it" if is_all else "a part"] += 1
        if rows != empty:
            clear(site, empty)
    actual = ", ".join(f"{count} × {outcome}" for outcome, count in sorted(left.items()))
    what = f"left by {kills} loads killed -9 at random moments, on {site.kind}"
    yield Measurement(what, actual, "nothing, or all of it", holds=left["a part"] == 0)


def counts(rows: Rows) -> dict[str, int]:
    """Return how many rows each table has."""
    return {table: len(table_rows) for table, table_rows in rows.items()}


def clear(site: Site, empty: Rows) -> None:
    """Empty the tables that were empty."""
    for table in [table for table, rows in empty.items() if not rows]:
        site.change(
            f'TRUNCATE "{table}" CASCADE' if site.kind == "PostgreSQL" else f'DELETE FROM "{table}"'
        )
    assert site.rows() == empty


def twice(site: Site) -> Iterator[Measurement]:
    """Load the same files twice; the second time nothing at all may differ, history included."""
    site.manage("load_data")
    before = site.rows()
    output = site.manage("load_data").splitlines()[-1]
    changed = [table for table, rows in site.rows().items() if rows != before[table]]
    what = f"tables changed by loading the same files again, on {site.kind}"
    holds = not changed and "0 created, 0 updated" in output
    yield Measurement(what, ", ".join(changed) or "none", "none", holds=holds)
