"""Drills: programs that break things on purpose and show that the site's promises hold.

`make drills` runs all of them, each with real servers of its own on loopback. A drill is a module
named after its promise (docs/operations.md has the list): PROMISE says it in one sentence, and
drill() yields one Figure for each thing that it saw.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One thing that a drill saw, beside what was promised."""

    what: str
    seen: str
    bar: str
    holds: bool | None
    """None where it could not be tried on this machine: that is never counted as shown."""
