"""Coordinates of two charts: how many departments had opened over time; which wave of how many.

Pure functions. Coordinates are text, with a full stop: a template would write numbers as its
language does, and SVG allows no decimal comma. Templates draw; the style sheet colours.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from rollout.facts.snapshot import OpeningDay
from rollout.models import Precision

WIDTH, HEIGHT = 360, 190
START, END, TOP, BASE = 6, 354, 16, 166  # the plot area, in units of the view box
MAX_YEARS = 8
"""Named on the axis: those of a mistyped day, such as 2125, would cover one another."""


@dataclass(frozen=True)
class Step:
    """One day on which departments opened: where its rise ends, and who opened."""

    x: str
    y: str
    opening_day: OpeningDay

    @property
    def is_exact(self) -> bool:
        """Tell whether the very day is known."""
        return self.opening_day.precision == Precision.ON


@dataclass(frozen=True)
class Year:
    """A year on the axis: where 1 January lies."""

    x: str
    name: str


@dataclass(frozen=True)
class StepChart:
    """A step for each day of an opening, from the year of the first to the last day shown."""

    line: str
    area: str
    steps: list[Step]
    years: list[Year]
    selected_x: str
    """Where the selected day lies; "" where it is today or outside the chart."""
    view_box: str = f"0 0 {WIDTH} {HEIGHT}"
    start: int = START
    end: int = END
    top: int = TOP
    base: int = BASE


@dataclass(frozen=True)
class Bar:
    """One bar of a gauge: its outline, and whether it is highlighted."""

    path: str
    is_on: bool


@dataclass(frozen=True)
class Gauge:
    """Rising bars, 24 units high, one of them highlighted: the third of five waves."""

    width: int
    bars: list[Bar]


def step_chart(
    opening_days: Sequence[OpeningDay], today: datetime.date, selected_day: datetime.date
) -> StepChart | None:
    """Return how many departments had opened over time; None while no department has a day.

    From 1 January of the first day's year to today, or to the last opening where that is later;
    `selected_day` is marked where it lies within, unless it is today.
    """
    if not opening_days:
        return None
    first = datetime.date(opening_days[0].day.year, 1, 1)
    last = max(today, opening_days[-1].day)
    highest = opening_days[-1].open_after
    span = max(1, (last - first).days)
    years_apart = (
        1 + (last.year - first.year) // MAX_YEARS
    )  # a mistyped year must not fill the axis

    def x(day: datetime.date) -> str:
        """Return the x of a day."""
        return f"{START + (END - START) * (day - first).days / span:.1f}"

    def y(count: int) -> str:
        """Return the y of a number of departments."""
        return f"{BASE - (BASE - TOP) * count / highest:.1f}"

    steps = [Step(x(opening.day), y(opening.open_after), opening) for opening in opening_days]
    line = f"M{START} {BASE}" + "".join(f"H{step.x}V{step.y}" for step in steps) + f"H{END}"
    is_marked = first <= selected_day <= last and selected_day != today
    return StepChart(
        line=line,
        area=f"{line}V{BASE}z",
        steps=steps,
        years=[
            Year(x(datetime.date(year, 1, 1)), str(year))
            for year in range(first.year, last.year + 1, years_apart)
        ],
        selected_x=x(selected_day) if is_marked else "",
    )


def gauge(position: int, count: int) -> Gauge:
    """Return `count` bars, of which the one at `position` (from 1) is highlighted."""
    heights = [7 + 15 * n // count for n in range(1, count + 1)]
    bars = [
        Bar(f"M{12 * n + 1} 23v-{height}h8v{height}z", n + 1 == position)
        for n, height in enumerate(heights)
    ]
    return Gauge(width=12 * count - 2, bars=bars)
