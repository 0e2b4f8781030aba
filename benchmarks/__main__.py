"""Runs the benchmarks: `make bench`, or some by name: `python -m benchmarks search pages`."""

import importlib
import sys
import time
from pathlib import Path

import benchmarks
from benchmarks import _machine
from tests.support import measurements
from tests.support.measurements import Measurement

FORMER_NAMES = {"finished": "cached"}
WORDS = {True: "met", False: "MISSED", None: "-"}
REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` on {day}; it is not edited by hand. {machine}.

Times are of CPU, not of the clock, wherever that can be told apart, and ratios are of rounds that
alternate with their reference in the same run: absolute times wander from machine to machine, and
with what else runs on it, while ratios hold. "median 3.1 (2.9 to 3.4)" gives all rounds' extremes.
"met" and "MISSED" stand where there is a limit; what misses it is said, not left out. "Before" is
what the page said that this one replaces.

**{total}**
"""


def main(chosen: list[str]) -> int:
    """Run the benchmarks; write the report if all ran.

    A former name of a benchmark works as its present one does. Return 1 if a limit is missed, 2
    for a name that no benchmark has.
    """
    machine = _machine.described()
    print(machine)
    names = [FORMER_NAMES.get(name, name) for name in chosen]
    results = measurements.run(benchmarks, names, WORDS)
    if results is None:
        return 2
    all_results = [one for some in results.values() for one in some]
    met, missed, not_measured = (measurements.count(all_results, holds) for holds in WORDS)
    total = f"{met} of {met + missed + not_measured} limits met, {missed} missed"
    total += f", {not_measured} not measured here."
    print(f"\n{total}")
    if not chosen:
        before = measured(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
        REPORT.write_text(report(results, machine, total, before), encoding="utf-8")
        print(f"Written: {REPORT.relative_to(REPORT.parent.parent)}")
    return 1 if missed else 0


def measured(text: str) -> dict[tuple[str, str], str]:
    """Return what a report says, by the title of its section and what was measured."""
    figures, title = {}, ""
    for line in text.splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
        elif line.startswith("| "):
            what, figure, *_others = line.removeprefix("| ").split(" | ")
            figures[title, what] = figure
    return figures


def report(
    results: dict[str, list[Measurement]],
    machine: str,
    total: str,
    before: dict[tuple[str, str], str],
) -> str:
    """Return all measurements as Markdown, beside those of `before`."""
    parts = [HEAD.format(day=time.strftime("%-d %B %Y"), machine=machine, total=total)]
    for name, some in results.items():
        about = importlib.import_module(f"benchmarks.{name}").ABOUT
        title = name.replace("_", " ").capitalize()
        parts.append(f"\n## {title}\n\n{about}\n")
        parts.append("| what | measured | before | limit | |\n| --- | --- | --- | --- | --- |")
        parts += [
            f"| {one.what} | {one.actual} | {before.get((title, one.what), '-')} "
            f"| {one.limit or '-'} | {WORDS[one.holds]} |"
            for one in some
        ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
