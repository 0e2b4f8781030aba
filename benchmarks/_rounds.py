"""Two things measured in turns, so that a busy moment of the machine hits both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing."""

    values: Sequence[float]

    @property
    def median(self) -> float:
        """Return the middle one."""
        return median(self.values)

    def describe(self, unit: str = "", digits: int = 2) -> str:
        """Return the median and the extremes in words."""
        low, high = min(self.values), max(self.values)
        unit = f" {unit}" if unit else ""
        return f"median {self.median:.{digits}f}{unit} ({low:.{digits}f} to {high:.{digits}f})"


def in_turns(
    first: Callable[[], float], second: Callable[[], float], rounds: int = 5
) -> tuple[Spread, Spread, Spread]:
    """Measure two things in turns; return both, and the first as so many times the second."""
    pairs = [(first(), second()) for _ in range(rounds)]
    ours, theirs = zip(*pairs, strict=True)
    return Spread(ours), Spread(theirs), Spread([a / b for a, b in pairs])
