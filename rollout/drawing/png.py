"""A share image as a PNG: words on one side, the map on the other, mirrored for right-to-left.

A picture is told in words and codes first (`Picture`). What was drawn is kept in this process by
that description, so it is drawn anew exactly when a fact, a word or the day changes.
"""

import hashlib
import io
import math
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from functools import lru_cache

from PIL import Image, ImageDraw

from rollout.drawing.map import Point, drawing, outlines
from rollout.drawing.status_icons import PIN_HEIGHT, STROKE, Shape, Stroke, hexagon, pin, shape_of
from rollout.drawing.text import (
    REGULAR,
    SEMI_BOLD,
    Lines,
    fit_text,
    has_complex_layout,
    is_right_to_left,
)
from rollout.models import Status

WIDTH, HEIGHT = 1200, 630  # what the networks ask for: 1.91 to 1
MARGIN = 64
PANEL = 500  # the width of the map's side
COLUMN = WIDTH - PANEL - 2 * MARGIN
TOP, BOTTOM = 140, 530  # between them stand name and state
FINE = 3  # shapes are drawn three times as large, then made small: smooth edges
DESIGN = 1
"""Counted up when the drawing changes, so that networks fetch the new one."""

# The colours of static/css/site.css: words as in its light theme, the map on its band.
PAPER, INK, MUTED, ACCENT = "#fffdfc", "#26121f", "#67535f", "#7b1e5e"
BAND, GLOW, WHITE = "#3b1233", "#ffb877", "#ffffff"
CLOSED, BORDER = "#633a5a", "#86607d"  # between the band and what stands out on it
STATES: dict[str, tuple[str, str]] = {
    Status.OPEN: ("#17603f", "#e6f2ea"),
    Status.SUSPENDED: ("#9a3412", "#fcebe0"),
}
"""The colour and the wash of the states that have them; the shape says the same without."""
PLAIN = (MUTED, "#f7f1f5")
TINTS = {
    "open": GLOW,
    "not-open": "#b98aa9",
    "wave-1": "#fae0ba",
    "wave-2": "#f0a67d",
    "wave-3": "#d8627c",
    "wave-4": "#b0508a",
    "wave-5": "#8d4f8a",
}
"""The colours of departments that stand out on the map: its waves as in the dark theme, the last
two lighter, since the band is."""


@dataclass(frozen=True)
class Picture:
    """All that is on a share image."""

    name: str
    state: str
    shape: str
    """A status, or PARTLY."""
    sure: str
    day: str
    site: str
    promise: str
    language: str
    is_mirrored: bool
    """Whether it is laid out for right-to-left."""
    tints: tuple[tuple[str, str], ...]
    """The departments that stand out: number and name of the tint."""
    pinned: str = ""
    """The number of the department on which the pin stands."""

    @property
    def digest(self) -> str:
        """Return eight hexadecimal digits that change with what it shows."""
        shown = repr((DESIGN, astuple(self)))
        return hashlib.sha256(shown.encode()).hexdigest()[:8]


@lru_cache(maxsize=32)  # less than 40 KB each; what is asked for is kept as a finished page
def png(picture: Picture) -> bytes:
    """Return a picture as a PNG of few colours; the same bytes each time.

    Neither the best palette nor the best compression: they take five times as long, for a tenth.
    """
    canvas = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    _draw_map(canvas, picture)
    _draw_words(canvas, picture)
    few = canvas.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG")
    return file.getvalue()


class _Column:
    """A column of words, from the top down, at the side where reading begins."""

    def __init__(self, canvas: Image.Image, picture: Picture) -> None:
        self.canvas = canvas
        self.draw = ImageDraw.Draw(canvas)
        self.picture = picture
        self.is_mirrored = picture.is_mirrored
        self.start = WIDTH - MARGIN if self.is_mirrored else MARGIN

    def inward(self, distance: int) -> int:
        """Return the x that lies this far from where lines begin."""
        return self.start - distance if self.is_mirrored else self.start + distance

    def height(self, words: Lines) -> int:
        """Return how high these lines are."""
        return self._leading(words) * len(words.lines) if any(words.lines) else 0

    def _leading(self, words: Lines) -> int:
        return round(words.font.size * 1.16)

    def frame(self, top: int, height: int, status: str) -> None:
        """Draw the box of a state, in its colour, with its shape."""
        colour, wash = STATES.get(status, PLAIN)
        ends = sorted((self.inward(0), self.inward(COLUMN)))
        box = (ends[0], top, ends[1], top + height)
        self.draw.rounded_rectangle(box, radius=10, fill=wash, outline=colour, width=2)
        stamp = _Stamp(self.canvas, (self.inward(44), top + height / 2), 2.6)
        stamp.shape(shape_of(status, self.is_mirrored), colour)
        stamp.put()

    def write(self, top: int, words: Lines, colour: str, indent: int = 0) -> int:
        """Write lines from `top` on; return where they end."""
        direction = language = None  # without raqm there is but one direction
        if has_complex_layout():
            direction = "rtl" if is_right_to_left(" ".join(words.lines)) else "ltr"
            language = self.picture.language
        for line in words.lines:
            self.draw.text(
                (self.inward(indent), top),
                line,
                fill=colour,
                font=words.font,
                anchor="ra" if self.is_mirrored else "la",
                direction=direction,
                language=language,
            )
            top += self._leading(words)
        return top


def _draw_words(canvas: Image.Image, picture: Picture) -> None:
    """Draw the column of words: the site, the name, its state, the day."""
    column = _Column(canvas, picture)
    _draw_mark(canvas, (column.inward(25), 76))
    site = fit_text(picture.site, SEMI_BOLD, (30, 20), COLUMN - 68)
    column.write(46, site, INK, indent=68)
    promise = fit_text(picture.promise, REGULAR, (25, 18), COLUMN - 68)
    column.write(81, promise, MUTED, indent=68)
    day = fit_text(picture.day, SEMI_BOLD, (29, 20), COLUMN)
    column.write(HEIGHT - 88, day, ACCENT)

    state = fit_text(picture.state, SEMI_BOLD, (40, 28), COLUMN - 96, 3)
    sure = fit_text(picture.sure, REGULAR, (27, 20), COLUMN)
    box = column.height(state) + 28
    rest = 22 + box + 12 + column.height(sure)
    for size in range(88, 36, -8):
        name = fit_text(picture.name, SEMI_BOLD, (size, 36), COLUMN, 3)
        if column.height(name) + rest <= BOTTOM - TOP:
            break
    top = column.write((TOP + BOTTOM - column.height(name) - rest) // 2, name, INK) + 22
    column.frame(top, box, picture.shape)
    column.write(top + 11, state, INK, indent=78)
    column.write(top + box + 12, sure, MUTED)


def _draw_map(canvas: Image.Image, picture: Picture) -> None:
    """Draw the map on its side of the canvas, with what stands out on it, and the pin."""
    _x, _y, width, height = map(float, drawing().view_box.split())
    scale = (HEIGHT - 2 * 44) / height
    left = 0 if picture.is_mirrored else WIDTH - PANEL
    inset = ((PANEL - width * scale) / 2, 44)
    panel = Image.new("RGB", (PANEL * FINE, HEIGHT * FINE), BAND)
    pencil = ImageDraw.Draw(panel)

    def placed(points: Iterable[Point]) -> list[Point]:
        """Return points of the map's drawing where they lie on the panel."""
        return [((x * scale + inset[0]) * FINE, (y * scale + inset[1]) * FINE) for x, y in points]

    tints = {code: TINTS[tint] for code, tint in picture.tints}
    for code, land in drawing().shapes.items():
        for outline in outlines(land.path):
            corners = placed(outline)
            pencil.polygon(corners, fill=tints.get(code, CLOSED))
            pencil.line([*corners, corners[0]], fill=BAND, width=FINE)
    for outline in outlines(drawing().inset):
        corners = placed(outline)
        pencil.line([*corners, corners[0]], fill=BORDER, width=FINE)
    canvas.paste(panel.reduce(FINE), (left, 0))
    if found := drawing().shapes.get(picture.pinned):
        ((x, y),) = placed([_middle(found.path)])
        stamp = _Stamp(canvas, (left + x / FINE, y / FINE - PIN_HEIGHT * 3), 3)
        stamp.fill(pin(), WHITE, edge=BAND)
        shape = shape_of(picture.shape, picture.is_mirrored)
        stamp.shape(shape, STATES.get(picture.shape, PLAIN)[0], scale=0.78)
        stamp.put()


def _draw_mark(canvas: Image.Image, centre: Point) -> None:
    """Draw the site's mark: a hexagon, a ring and a heart."""
    stamp = _Stamp(canvas, centre, 2.4)
    stamp.fill(hexagon(11), ACCENT)
    stamp.line(hexagon(7), WHITE, 2)
    stamp.fill(hexagon(3), GLOW)
    stamp.put()


def _middle(path: str) -> Point:
    """Return the middle of the largest outline of a path."""
    boxes = []
    for outline in outlines(path):
        across, down = [x for x, _y in outline], [y for _x, y in outline]
        boxes.append((min(across), min(down), max(across), max(down)))
    box = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


class _Stamp:
    """Something small that is drawn FINE times as large, then put on the canvas."""

    def __init__(self, canvas: Image.Image, centre: Point, scale: float) -> None:
        self.canvas, self.centre, self.scale = canvas, centre, scale
        self.half = math.ceil(14 * scale)
        self.large = Image.new("RGBA", (2 * self.half * FINE, 2 * self.half * FINE))
        self.pencil = ImageDraw.Draw(self.large)

    def fill(self, outline: Stroke, colour: str, edge: str = "") -> None:
        """Fill an outline, with an edge around it where one is wanted."""
        corners = self._placed(outline)
        if edge:
            self.pencil.line([*corners, corners[0]], fill=edge, width=5 * FINE, joint="curve")
        self.pencil.polygon(corners, fill=colour)

    def line(self, points: Stroke, colour: str, width: float) -> None:
        """Draw a line with round ends."""
        thick = width * self.scale * FINE
        placed = self._placed(points)
        self.pencil.line(placed, fill=colour, width=round(thick), joint="curve")
        for x, y in (placed[0], placed[-1]):
            end = (x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2)
            self.pencil.ellipse(end, fill=colour)

    def shape(self, shape: Shape, colour: str, scale: float = 1) -> None:
        """Draw the shape of a state, in a colour on white or white on a colour."""
        whole, self.scale = self.scale, self.scale * scale
        if shape.is_full:
            self.fill(shape.frame, colour)
            colour = WHITE
        else:
            self.line(shape.frame, colour, 1.4)
        for stroke in shape.lines:
            self.line(stroke, colour, STROKE)
        for outline in shape.fills:
            self.fill(outline, colour)
        self.scale = whole

    def put(self) -> None:
        """Put it on the canvas."""
        corner = (round(self.centre[0]) - self.half, round(self.centre[1]) - self.half)
        small = self.large.reduce(FINE)
        self.canvas.paste(small, corner, small)

    def _placed(self, points: Iterable[Point]) -> list[Point]:
        return [
            ((x * self.scale + self.half) * FINE, (y * self.scale + self.half) * FINE)
            for x, y in points
        ]
