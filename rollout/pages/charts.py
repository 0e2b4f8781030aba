"""Coordinates of two charts: how many departments were open over time; which wave of how many.

Pure functions. Coordinates are text, with a full stop: a template would write numbers as its
language does, and SVG allows no decimal comma. Templates draw; the style sheet colours.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from rollout.facts.snapshot import WaveStatus
from rollout.models import Precision

WIDTH, HEIGHT = 360, 190
START, END, TOP, BASE = 6, 354, 16, 166  # the plot area, in units of the view box


@dataclass(frozen=True)
class Step:
    """One wave: where its rise ends, how many were open then, and how exactly the day is known."""

    x: str
    y: str
    wave_status: WaveStatus

    @property
    def is_by(self) -> bool:
        """Tell whether only the latest possible day is known."""
        return self.wave_status.precision == Precision.BY


@dataclass(frozen=True)
class Year:
    """A year on the axis: where 1 January lies."""

    x: str
    name: str


@dataclass(frozen=True)
class StepChart:
    """A step for each wave that has a day, from the year of the first to the last day shown."""

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
    wave_statuses: Sequence[WaveStatus], today: datetime.date, selected_day: datetime.date
) -> StepChart | None:
    """Return how many departments were open over time; None while no wave has a day.

    From 1 January of the first wave's year to today, or to the last wave's day where that is later;
    `selected_day` is marked where it lies within, unless it is today.
    """
    dated = sorted(
        (
            (wave_status.wave.opened_on, wave_status)
            for wave_status in wave_statuses
            if wave_status.wave.opened_on and wave_status.rows
        ),
        key=lambda pair: pair[0],
    )
    if not dated:
        return None
    first = datetime.date(dated[0][0].year, 1, 1)
    last = max(today, dated[-1][0])
    highest = max(wave_status.open_after for _, wave_status in dated)

    def x(day: datetime.date) -> str:
        """Return the x of a day."""
        return f"{START + (END - START) * (day - first).days / (last - first).days:.1f}"

    def y(count: int) -> str:
        """Return the y of a number of departments."""
        return f"{BASE - (BASE - TOP) * count / highest:.1f}"

    steps = [Step(x(day), y(wave_status.open_after), wave_status) for day, wave_status in dated]
    line = f"M{START} {BASE}" + "".join(f"H{step.x}V{step.y}" for step in steps) + f"H{END}"
    is_marked = first <= selected_day <= last and selected_day != today
    return StepChart(
        line=line,
        area=f"{line}V{BASE}z",
        steps=steps,
        years=[
            Year(x(datetime.date(year, 1, 1)), str(year))
            for year in range(first.year, last.year + 1)
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
