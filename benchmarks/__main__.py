"""Runs the benchmarks: `make bench`, or some by name: `python -m benchmarks search pages`."""

import importlib
import pkgutil
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import benchmarks
from benchmarks import Figure, _machine

WORDS = {True: "met", False: "MISSED", None: "-"}
REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench` on {day}; it is not edited by hand. {machine}.

Times are of CPU, not of the clock, wherever that can be told apart, and ratios are of rounds that
alternate with their reference in the same run: absolute times wander from machine to machine, and
with what else runs on it, while ratios hold. "median 3.1 (2.9 to 3.4)" gives all rounds' extremes.
"met" and "MISSED" stand where there is a bar; what falls short is said, not left out.

**{sum}**
"""


def names() -> list[str]:
    """Return the names of all benchmarks."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def run(name: str) -> Iterator[Figure]:
    """Run one benchmark; one that breaks misses its bars, and the others go on."""
    try:
        yield from importlib.import_module(f"benchmarks.{name}").bench()
    except Exception:  # noqa: BLE001 - whatever it is, it is a finding
        traceback.print_exc()
        yield Figure("the benchmark itself", "broke, see above", "runs to its end", holds=False)


def main(chosen: list[str]) -> int:
    """Run the benchmarks, print each figure beside its bar and one summary line.

    The report is written if all ran. Return 1 if a bar is missed, 2 for a name that none has.
    """
    unknown = set(chosen) - set(names())
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}. There are: {', '.join(names())}.")
        return 2
    print(_machine.described())
    seen: dict[str, list[Figure]] = {}
    for name in chosen or names():
        print(f"\n{name}: {importlib.import_module(f'benchmarks.{name}').WHAT}", flush=True)
        started = time.monotonic()
        seen[name] = []
        for figure in run(name):
            seen[name].append(figure)
            bar = f"  [bar: {figure.bar}]" if figure.bar else ""
            print(f"  {WORDS[figure.holds]:<7} {figure.what}: {figure.seen}{bar}", flush=True)
        print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    figures = [figure for some in seen.values() for figure in some]
    said = summary(figures)
    print(f"\n{said}")
    if not chosen:
        REPORT.write_text(report(seen, said), encoding="utf-8")
        print(f"Written: {REPORT.relative_to(REPORT.parent.parent)}")
    return 1 if any(figure.holds is False for figure in figures) else 0


def summary(figures: list[Figure]) -> str:
    """Return in one line how many bars were met."""
    barred = [figure for figure in figures if figure.bar]
    met, missed, not_shown = (
        sum(figure.holds is held for figure in barred) for held in (True, False, None)
    )
    return f"{met} of {len(barred)} bars met, {missed} missed, {not_shown} not measured here."


def report(seen: dict[str, list[Figure]], said: str) -> str:
    """Return all figures as Markdown."""
    day = time.strftime("%-d %B %Y")
    parts = [HEAD.format(day=day, machine=_machine.described(), sum=said)]
    for name, figures in seen.items():
        what = importlib.import_module(f"benchmarks.{name}").WHAT
        parts.append(f"\n## {name.replace('_', ' ').capitalize()}\n\n{what}\n")
        parts.append("| what | measured | bar | |\n| --- | --- | --- | --- |")
        parts += [f"| {f.what} | {f.seen} | {f.bar or '-'} | {WORDS[f.holds]} |" for f in figures]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
