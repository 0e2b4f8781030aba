"""The shapes that say a state without its colour, as points: PNG images and badge.svg use them.

They look like those of static/css/site.css: a full disc with a tick, a full square with a cross, a
ring with a triangle, a dash, a question mark or nothing. The style sheet keeps its own clip paths,
since CSS clips areas and writes the “?” as a letter, where these are strokes with round ends.
The centre is (0, 0), x points right, y points down, the radius is RADIUS.
"""

import math
from dataclasses import dataclass, replace

from rollout.drawing.map import Point
from rollout.models import Status

Stroke = tuple[Point, ...]

RADIUS = 8.5
STROKE_WIDTH = 2.2
"""In the units of the points, as all here."""
PARTLY = "partly"
"""The shape of a region, or of the country, where not every department is open."""


def circle(radius: float, turn: tuple[float, float] = (0, 1)) -> Stroke:
    """Return 49 points of a circle, or of its part between two turns, clockwise from the right."""
    steps = [turn[0] + (turn[1] - turn[0]) * step / 48 for step in range(49)]
    return tuple(
        (radius * math.cos(2 * math.pi * part), radius * math.sin(2 * math.pi * part))
        for part in steps
    )


RING = circle(RADIUS)


@dataclass(frozen=True)
class Shape:
    """The shape of a state: its frame, and in it lines and filled outlines."""

    frame: Stroke = RING
    is_full: bool = False
    """Whether the frame is filled and the lines in it are white; else the frame is a line."""
    lines: tuple[Stroke, ...] = ()
    fills: tuple[Stroke, ...] = ()


SQUARE = ((-7.6, -7.6), (7.6, -7.6), (7.6, 7.6), (-7.6, 7.6), (-7.6, -7.6))
QUESTION = ((-2.6, -2.2), (-2.1, -3.8), (0, -4.6), (2.1, -3.8), (2.5, -2), (0, 0.4), (0, 1.4))
SHAPES: dict[str, Shape] = {
    Status.OPEN: Shape(is_full=True, lines=(((-4, 0.2), (-1.1, 3.1), (4.2, -2.4)),)),
    Status.SUSPENDED: Shape(
        frame=SQUARE,
        is_full=True,
        lines=(((-3.3, -3.3), (3.3, 3.3)), ((-3.3, 3.3), (3.3, -3.3))),
    ),
    Status.OPENS: Shape(fills=(((-2, -3.6), (4, 0), (-2, 3.6)),)),
    Status.MAYBE: Shape(lines=(QUESTION, ((0, 4.4), (0, 4.5)))),
    Status.NOT_YET: Shape(),
    PARTLY: Shape(fills=(circle(4.6, (0.25, 0.75)),)),
}
DASH = Shape(lines=(((-3.6, 0), (3.6, 0)),))


def shape_of(status: str, is_mirrored: bool = False) -> Shape:
    """Return the shape of a status, or of PARTLY; a dash in a ring for any other string.

    Mirrored, for right-to-left, the triangle points to the left.
    """
    shape = SHAPES.get(status, DASH)
    if is_mirrored and status == Status.OPENS:
        return replace(shape, fills=tuple(tuple((-x, y) for x, y in f) for f in shape.fills))
    return shape


def pin() -> Stroke:
    """Return the outline of a pin: half a circle, and a curve to the tip on either side.

    The middle of its disc is (0, 0), its tip (0, PIN_HEIGHT).
    """
    side = [_curve(step / 24) for step in range(1, 25)]
    return (*circle(RADIUS, (0.5, 1)), *side, *((-x, y) for x, y in reversed(side)))


PIN_HEIGHT = 12.5
"""From the middle of the pin's disc to its tip."""


def _curve(t: float) -> Point:
    """Return a point of the Bézier curve from the right of the disc to the tip."""
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t) + t**3)
    points = ((RADIUS, 0.0), (RADIUS, 6.2), (0.0, PIN_HEIGHT))
    x, y = (sum(w * p[i] for w, p in zip(weights, points, strict=True)) for i in (0, 1))
    return (x, y)


def hexagon(radius: float) -> Stroke:
    """Return a closed hexagon with a corner at the top, as in the site's mark."""
    return tuple(
        (radius * math.sin(math.pi * step / 3), -radius * math.cos(math.pi * step / 3))
        for step in range(7)
    )
