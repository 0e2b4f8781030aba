"""Benchmarks: what the site costs, each figure beside its bar and a reference in the same run.

`make bench` runs all of them and writes docs/benchmarks.md. A benchmark is a module: WHAT says what
it measures, in one sentence, and bench() yields one Figure for each thing that it measured. Modules
that begin with an underscore are what they share.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One thing that was measured, beside its bar."""

    what: str
    seen: str
    bar: str = ""
    holds: bool | None = None
    """None where nothing is promised, or where it could not be measured on this machine."""
