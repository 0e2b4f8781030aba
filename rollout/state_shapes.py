"""The shapes that say a state without its colour, and the pin: in the units of static/img/icon.svg.

The centre of the disc in which a shape stands is (0, 0); pictures and badges draw from these.
"""

import math

from rollout.map_shapes import Point
from rollout.models import Status

PARTLY = "partly"
"""The shape of a region, or of the country, where not every department is open."""

Stroke = tuple[Point, ...]

RADIUS = 8.5
"""Of the disc."""
STROKE = 2.2
"""How thick strokes are."""


def _on_circle(turn: float, radius: float = RADIUS) -> Point:
    """Return the point of a circle after this part of a turn, clockwise from the right."""
    return (radius * math.cos(2 * math.pi * turn), radius * math.sin(2 * math.pi * turn))


DASH: tuple[Stroke, ...] = (((-4, 0), (4, 0)),)
STROKES: dict[str, tuple[Stroke, ...]] = {
    Status.OPEN: (((-4, 0.2), (-1.1, 3.1), (4.2, -2.4)),),
    Status.OPENS: (((-4.4, 0), (4.4, 0)), ((1, -3.4), (4.4, 0), (1, 3.4))),
    Status.SUSPENDED: (((-3.3, -3.3), (3.3, 3.3)), ((-3.3, 3.3), (3.3, -3.3))),
    Status.MAYBE: (
        ((-2.6, -2.2), (-2.1, -3.8), (0, -4.6), (2.1, -3.8), (2.5, -2), (0, 0.4), (0, 1.4)),
        ((0, 4.4), (0, 4.5)),
    ),
    Status.NOT_YET: (tuple(_on_circle(step / 16, 3.6) for step in range(17)),),
}


def strokes(shape: str) -> tuple[Stroke, ...]:
    """Return the strokes of a status: tick, arrow, cross, question mark, ring; else a dash."""
    return STROKES.get(shape, DASH)


def disc() -> list[Point]:
    """Return the outline of the disc."""
    return [_on_circle(step / 96) for step in range(96)]


def pin() -> list[Point]:
    """Return the outline of the pin: half a circle, and a curve to the tip on either side."""
    head = [_on_circle(0.5 + step / 96) for step in range(49)]
    side = [_curve(step / 24) for step in range(1, 25)]
    return [*head, *side, *((-x, y) for x, y in reversed(side))]


def _curve(t: float) -> Point:
    """Return a point of the Bézier curve from the right of the disc to the tip."""
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t) + t**3)
    points = ((RADIUS, 0.0), (RADIUS, 6.2), (0.0, 12.5))
    x, y = (sum(w * p[i] for w, p in zip(weights, points, strict=True)) for i in (0, 1))
    return (x, y)
