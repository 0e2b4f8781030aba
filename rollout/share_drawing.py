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

from rollout.lettering import REGULAR, SEMI_BOLD, Lines, can_shape, fitted, is_right_to_left
from rollout.map_shapes import Point, drawing, outlines
from rollout.models import Status
from rollout.state_shapes import PARTLY, STROKE, disc, pin, strokes

WIDTH, HEIGHT = 1200, 630  # what the networks ask for: 1.91 to 1
MARGIN = 64
PANEL = 500  # the width of the map's side
COLUMN = WIDTH - PANEL - 2 * MARGIN
TOP, BOTTOM = 128, 528  # between them stand name and state
FINE = 3  # shapes are drawn three times as large, then made small: smooth edges
DESIGN = 1
"""Counted up when the drawing changes, so that networks fetch the new one."""

# The light colours of static/css/site.css; the closed ones are darker, to stand out on the wash.
PAPER, WASH = "#fdf9f4", "#f6ebe4"
INK, MUTED, ACCENT = "#2a1724", "#6a5763", "#6a2350"
CLOSED, FRAME = "#dfcfc6", "#bda9a0"
STATES: dict[str, str] = {Status.OPEN: "#1f5c3a", Status.SUSPENDED: "#8a3b0c"}
"""The colours of the states that have one; the shape says the same without it."""
TINTS = {
    "open": ACCENT,
    "not-open": "#c48aa6",
    "wave-1": "#4a1742",
    "wave-2": "#8a2a5c",
    "wave-3": "#c4506a",
    "wave-4": "#e08d6d",
    "wave-5": "#f3cfa0",
}
"""The colours of departments that stand out on the map."""


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


@lru_cache(maxsize=512)  # 120 places in some languages, some 20 KB each
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

    def write(self, top: int, words: Lines, colour: str, indent: int = 0) -> int:
        """Write lines from `top` on; return where they end."""
        direction = language = None  # without raqm there is but one direction
        if can_shape():
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
    _Stamp(pin(), ACCENT, Status.OPEN, 2.5).put(canvas, (column.inward(24), 78))
    site = fitted(picture.site, SEMI_BOLD, (30, 20), COLUMN - 64)
    column.write(48, site, INK, indent=64)
    promise = fitted(picture.promise, REGULAR, (25, 18), COLUMN - 64)
    column.write(83, promise, MUTED, indent=64)
    day = fitted(picture.day, SEMI_BOLD, (29, 20), COLUMN)
    column.write(HEIGHT - 88, day, ACCENT)

    state = fitted(picture.state, SEMI_BOLD, (42, 28), COLUMN - 76, 3)
    sure = fitted(picture.sure, REGULAR, (27, 20), COLUMN - 76)
    gaps = (26, 4)
    rest = column.height(state) + column.height(sure) + sum(gaps)
    for size in range(88, 36, -8):
        name = fitted(picture.name, SEMI_BOLD, (size, 36), COLUMN, 3)
        if column.height(name) + rest <= BOTTOM - TOP:
            break
    top = column.write((TOP + BOTTOM - column.height(name) - rest) // 2, name, INK) + gaps[0]
    middle = top + round(state.font.size * 0.62)
    colour = STATES.get(picture.shape, INK)
    _Stamp(disc(), colour, picture.shape, 3.3).put(canvas, (column.inward(28), middle))
    top = column.write(top, state, INK, indent=76) + gaps[1]
    column.write(top, sure, MUTED, indent=76)


def _draw_map(canvas: Image.Image, picture: Picture) -> None:
    """Draw the map on its side of the canvas, with what stands out on it, and the pin."""
    _x, _y, width, height = map(float, drawing().view_box.split())
    scale = (HEIGHT - 2 * 44) / height
    left = 0 if picture.is_mirrored else WIDTH - PANEL
    inset = ((PANEL - width * scale) / 2, 44)
    panel = Image.new("RGB", (PANEL * FINE, HEIGHT * FINE), WASH)
    pencil = ImageDraw.Draw(panel)

    def placed(points: Iterable[Point]) -> list[Point]:
        """Return points of the map's drawing where they lie on the panel."""
        return [((x * scale + inset[0]) * FINE, (y * scale + inset[1]) * FINE) for x, y in points]

    tints = {code: TINTS[tint] for code, tint in picture.tints}
    for code, shape in drawing().shapes.items():
        for outline in outlines(shape.path):
            corners = placed(outline)
            pencil.polygon(corners, fill=tints.get(code, CLOSED))
            pencil.line([*corners, corners[0]], fill=WASH, width=FINE)
    for outline in outlines(drawing().inset):
        corners = placed(outline)
        pencil.line([*corners, corners[0]], fill=FRAME, width=FINE)
    canvas.paste(panel.reduce(FINE), (left, 0))
    if found := drawing().shapes.get(picture.pinned):
        ((x, y),) = placed([_middle(found.path)])
        centre = (left + x / FINE, y / FINE - 12.5 * 3)  # so that the tip is there
        _Stamp(pin(), INK, picture.shape, 3, edge=WASH).put(canvas, centre)


def _middle(path: str) -> Point:
    """Return the middle of the largest outline of a path."""
    boxes = []
    for outline in outlines(path):
        across, down = [x for x, _y in outline], [y for _x, y in outline]
        boxes.append((min(across), min(down), max(across), max(down)))
    box = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


@dataclass(frozen=True)
class _Stamp:
    """An outline filled with a colour, and in it the white shape of a state."""

    outline: list[Point]
    colour: str
    shape: str
    scale: float
    edge: str = ""

    def put(self, canvas: Image.Image, centre: Point) -> None:
        """Draw it where the middle of its disc is to be."""
        half = math.ceil(14 * self.scale)
        large = Image.new("RGBA", (2 * half * FINE, 2 * half * FINE))
        pencil = ImageDraw.Draw(large)
        corners = self._placed(self.outline)
        if self.edge:
            pencil.line([*corners, corners[0]], fill=self.edge, width=4 * FINE, joint="curve")
        pencil.polygon(corners, fill=self.colour)
        self._draw_shape(pencil)
        corner = (round(centre[0]) - half, round(centre[1]) - half)
        small = large.reduce(FINE)
        canvas.paste(small, corner, small)

    def _draw_shape(self, pencil: ImageDraw.ImageDraw) -> None:
        thick = STROKE * self.scale * FINE
        if self.shape == PARTLY:  # half a disc in a ring
            box = self._placed([(-4.6, -4.6), (4.6, 4.6)])
            pencil.ellipse(box, outline="#fff", width=round(thick * 0.7))
            pencil.chord(box, 90, 270, fill="#fff")
            return
        for stroke in map(self._placed, strokes(self.shape)):
            pencil.line(stroke, fill="#fff", width=round(thick), joint="curve")
            for x, y in (stroke[0], stroke[-1]):  # round ends
                end = (x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2)
                pencil.ellipse(end, fill="#fff")

    def _placed(self, points: Iterable[Point]) -> list[Point]:
        half = math.ceil(14 * self.scale)
        return [((x * self.scale + half) * FINE, (y * self.scale + half) * FINE) for x, y in points]
