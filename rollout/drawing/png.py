"""A share image as a PNG: text on one side, the map on the other, mirrored for right-to-left.

A picture is described in text and codes first (`Picture`). That description is the key of the cache
in this process, so it is drawn anew exactly when a fact, a text or the day changes.
"""

import hashlib
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import cache, lru_cache

from PIL import Image, ImageColor, ImageDraw

from rollout.drawing.map import Point, drawing, outlines
from rollout.drawing.status_icons import (
    PIN_HEIGHT,
    STROKE_WIDTH,
    Shape,
    Stroke,
    hexagon,
    pin,
    shape_of,
)
from rollout.drawing.text import (
    REGULAR,
    SEMI_BOLD,
    Lines,
    ascent,
    fit_text,
    has_complex_layout,
    is_right_to_left,
)
from rollout.models import Status

# In pixels.
WIDTH, HEIGHT = 1200, 630  # what the networks ask for: 1.91 to 1
MARGIN = 64
PANEL_WIDTH = 500  # the side of the map
MAP_MARGIN = 44  # above and below it
COLUMN_WIDTH = WIDTH - PANEL_WIDTH - 2 * MARGIN
BODY_TOP, BODY_BOTTOM = 140, 530  # name and state are between them
EDGE_STEPS = 3  # from one colour to another along smooth edges
COMPRESSION_LEVEL = 4  # zlib's 6 takes 12 ms instead of 7 and saves 8 per cent, 9 takes 70
ZOOM = 3  # shapes are drawn three times as large, then reduced: smooth edges
DESIGN_VERSION = 1
"""Counted up when the drawing changes, so that networks fetch the new one."""

# The colours of static/css/site.css: text as in its light theme, the map on its band.
PAPER, INK, MUTED, ACCENT = "#fffdfc", "#26121f", "#67535f", "#7b1e5e"
BAND, GLOW, WHITE = "#3b1233", "#ffb877", "#ffffff"
CLOSED, BORDER = "#633a5a", "#86607d"  # between the band and the highlights
STATE_COLOURS: dict[str, tuple[str, str]] = {
    Status.OPEN: ("#17603f", "#e6f2ea"),
    Status.SUSPENDED: ("#9a3412", "#fcebe0"),
}
"""The colour and the background of the states that have their own."""
PLAIN_COLOURS = (MUTED, "#f7f1f5")
HIGHLIGHT_COLOURS = {
    "open": GLOW,
    "not-open": "#b98aa9",
    "wave-1": "#fae0ba",
    "wave-2": "#f0a67d",
    "wave-3": "#d8627c",
    "wave-4": "#b0508a",
    "wave-5": "#8d4f8a",
    "wave-later": "#a59fa8",
}
"""The colours of highlighted departments: waves (`wave_key`) as in the dark theme, the fourth and
fifth lighter, since the band is."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels of the panel."""


@dataclass(frozen=True)
class Picture:
    """What a share image shows, in one language; its key in caches."""

    name: str
    state: str
    shape: str
    """A status, or PARTLY."""
    certainty_text: str
    """Or ""."""
    day: str
    site: str
    disclaimer: str
    language: str
    is_mirrored: bool
    """Whether it is laid out for right-to-left."""
    highlights: tuple[tuple[str, str], ...]
    """Codes of departments, each with a key of HIGHLIGHT_COLOURS."""
    pin_code: str = ""
    """The code of the department of the pin, or ""."""

    @property
    def digest(self) -> str:
        """Return eight hexadecimal digits that change with what it shows."""
        content = repr((DESIGN_VERSION, astuple(self)))
        return hashlib.sha256(content.encode()).hexdigest()[:8]


@lru_cache(maxsize=32)  # less than 40 KB each; the page cache has the responses
def png(picture: Picture) -> bytes:
    """Return a picture as a PNG of 1200 × 630 pixels and some 40 colours; the same bytes each time.

    Not the best compression: it takes ten times as long, for a tenth.
    """
    side = (picture.language, picture.is_mirrored)
    canvas = _background(picture.site, picture.disclaimer, picture.day, *side).copy()
    _draw_highlights(canvas, picture)
    _draw_text(canvas, picture)
    file = io.BytesIO()
    canvas.quantize(palette=_palette(picture), dither=Image.Dither.NONE).save(
        file, "PNG", compress_level=COMPRESSION_LEVEL
    )
    return file.getvalue()


@lru_cache(maxsize=1)  # 2 MB; images of one language follow each other in the static export
def _background(
    site: str, disclaimer: str, day: str, language: str, is_mirrored: bool
) -> Image.Image:
    """Return what is the same on nearly all images of a language: the map, the site, the day."""
    canvas = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    canvas.paste(_map_part((0, 0, PANEL_WIDTH, HEIGHT), {}), (_panel_left(is_mirrored), 0))
    column = _Column(canvas, language, is_mirrored)
    _draw_mark(canvas, (column.inward(25), 76))
    lines = fit_text(site, SEMI_BOLD, (30, 20), COLUMN_WIDTH - 68)
    column.write(46, lines, INK, indent=68)
    lines = fit_text(disclaimer, REGULAR, (25, 18), COLUMN_WIDTH - 68)
    column.write(81, lines, MUTED, indent=68)
    lines = fit_text(day, SEMI_BOLD, (29, 20), COLUMN_WIDTH)
    column.write(HEIGHT - 88, lines, ACCENT)
    return canvas


def _palette(picture: Picture) -> Image.Image:
    """Return an image with the palette of a picture: its colours, and mixtures for smooth edges."""
    colour, background = STATE_COLOURS.get(picture.shape, PLAIN_COLOURS)
    highlights = dict.fromkeys(HIGHLIGHT_COLOURS[key] for _code, key in picture.highlights)
    edges = [
        *((PAPER, other) for other in (INK, MUTED, ACCENT, colour)),
        *((background, other) for other in (INK, colour)),
        *((WHITE, other) for other in (colour, ACCENT, BAND)),
        (ACCENT, GLOW),
        *((BAND, other) for other in (CLOSED, BORDER, *highlights)),
    ]
    colours = dict.fromkeys(mixture for edge in edges for mixture in _mixtures(*edge))
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for mixture in colours for part in mixture])
    return palette


def _mixtures(one: str, other: str) -> Iterator[tuple[int, ...]]:
    """Yield two colours and those between them, in EDGE_STEPS steps."""
    pairs = list(zip(ImageColor.getrgb(one), ImageColor.getrgb(other), strict=True))
    for step in range(EDGE_STEPS + 1):
        yield tuple(round(a + (b - a) * step / EDGE_STEPS) for a, b in pairs)


class _Column:
    """A column of text, from the top down, at the side where reading begins."""

    def __init__(self, canvas: Image.Image, language: str, is_mirrored: bool) -> None:
        self.canvas = canvas
        self.draw = ImageDraw.Draw(canvas)
        self.language = language
        self.is_mirrored = is_mirrored
        self.start = WIDTH - MARGIN if self.is_mirrored else MARGIN

    def inward(self, distance: int) -> int:
        """Return the x that lies this far from where lines begin."""
        return self.start - distance if self.is_mirrored else self.start + distance

    def height(self, text: Lines) -> int:
        """Return how high these lines are."""
        return self._leading(text) * len(text.lines) if any(text.lines) else 0

    def _leading(self, text: Lines) -> int:
        return round(text.font.size * 1.16)

    def frame(self, top: int, height: int, status: str) -> None:
        """Draw the box of a state, in its colour, with its shape."""
        colour, background = STATE_COLOURS.get(status, PLAIN_COLOURS)
        ends = sorted((self.inward(0), self.inward(COLUMN_WIDTH)))
        box = (ends[0], top, ends[1], top + height)
        self.draw.rounded_rectangle(box, radius=10, fill=background, outline=colour, width=2)
        icon = _Icon(2.6)
        icon.shape(shape_of(status, self.is_mirrored), colour)
        icon.paste(self.canvas, (self.inward(44), top + height / 2))

    def write(self, top: int, text: Lines, colour: str, indent: int = 0) -> int:
        """Write lines from `top` on; return where they end."""
        direction = language = None  # without raqm there is but one direction
        if has_complex_layout():
            direction = "rtl" if is_right_to_left(" ".join(text.lines)) else "ltr"
            language = self.language
        for line in text.lines:
            self.draw.text(
                (self.inward(indent), top + ascent(round(text.font.size))),
                line,
                fill=colour,
                font=text.font,
                anchor="rs" if self.is_mirrored else "ls",
                direction=direction,
                language=language,
            )
            top += self._leading(text)
        return top


def _draw_text(canvas: Image.Image, picture: Picture) -> None:
    """Draw the name and its state in the column of text."""
    column = _Column(canvas, picture.language, picture.is_mirrored)
    state = fit_text(picture.state, SEMI_BOLD, (40, 28), COLUMN_WIDTH - 96, 3)
    certainty_text = fit_text(picture.certainty_text, REGULAR, (27, 20), COLUMN_WIDTH)
    box = column.height(state) + 28
    rest = 22 + box + 12 + column.height(certainty_text)
    for size in range(88, 36, -8):
        name = fit_text(picture.name, SEMI_BOLD, (size, 36), COLUMN_WIDTH, 3)
        if column.height(name) + rest <= BODY_BOTTOM - BODY_TOP:
            break
    top = column.write((BODY_TOP + BODY_BOTTOM - column.height(name) - rest) // 2, name, INK) + 22
    column.frame(top, box, picture.shape)
    column.write(top + 11, state, INK, indent=78)
    column.write(top + box + 12, certainty_text, MUTED)


def _panel_left(is_mirrored: bool) -> int:
    """Return the x where the panel of the map begins."""
    return 0 if is_mirrored else WIDTH - PANEL_WIDTH


def _draw_highlights(canvas: Image.Image, picture: Picture) -> None:
    """Draw the highlighted departments and the pin on the map."""
    left, shapes = _panel_left(picture.is_mirrored), drawing().shapes
    colours = {code: HIGHLIGHT_COLOURS[key] for code, key in picture.highlights if code in shapes}
    if colours:
        paths = [shapes[code].path for code in colours]
        box = _box([point for path in paths for line, _line_box in _lines(path) for point in line])
        canvas.paste(_map_part(box, colours), (left + box[0], box[1]))
    if department := shapes.get(picture.pin_code):
        ((x, y),) = _placed([_middle(department.path)])
        _pin(picture.shape, picture.is_mirrored).paste(canvas, (left + x, y - PIN_HEIGHT * 3))


@lru_cache(maxsize=16)  # the same few stand on a hundred images in each language
def _pin(status: str, is_mirrored: bool) -> "_Icon":
    """Return the pin of a state."""
    icon = _Icon(3)
    icon.fill(pin(), WHITE, edge=BAND)
    colour, _background = STATE_COLOURS.get(status, PLAIN_COLOURS)
    icon.shape(shape_of(status, is_mirrored), colour, scale=0.78)
    return icon


def _map_part(box: Box, colours: Mapping[str, str]) -> Image.Image:
    """Draw what is in a box of the panel, with colours for departments by code."""
    left, top, right, bottom = box
    part = Image.new("RGB", ((right - left) * ZOOM, (bottom - top) * ZOOM), BAND)
    pencil = ImageDraw.Draw(part)

    def lines(path: str) -> Iterator[list[Point]]:
        """Yield the outlines of a path that meet the part, where they lie on it."""
        for line, (west, north, east, south) in _lines(path):
            if west < right and left < east and north < bottom and top < south:
                yield [((x - left) * ZOOM, (y - top) * ZOOM) for x, y in line]

    for code, land in drawing().shapes.items():
        for line in lines(land.path):
            pencil.polygon(line, fill=colours.get(code, CLOSED))
            pencil.line(line, fill=BAND, width=ZOOM)
    for line in lines(drawing().inset):
        pencil.line(line, fill=BORDER, width=ZOOM)
    return part.reduce(ZOOM)


@cache
def _lines(path: str) -> list[tuple[list[Point], Box]]:
    """Return the outlines of a path, closed, where they lie on the panel, each with its box."""
    placed = [_placed([*outline, outline[0]]) for outline in outlines(path)]
    return [(line, _box(line)) for line in placed]


def _placed(points: Iterable[Point]) -> list[Point]:
    """Return points of the map's drawing where they lie on its panel."""
    _x, _y, width, height = map(float, drawing().view_box.split())
    scale = (HEIGHT - 2 * MAP_MARGIN) / height
    inset = (PANEL_WIDTH - width * scale) / 2
    return [(x * scale + inset, y * scale + MAP_MARGIN) for x, y in points]


def _box(points: Iterable[Point]) -> Box:
    """Return the smallest box of whole pixels, with one to spare, around points."""
    across, down = zip(*points, strict=True)
    low, high = (min(across), min(down)), (max(across), max(down))
    return (
        math.floor(low[0]) - 1,
        math.floor(low[1]) - 1,
        math.ceil(high[0]) + 1,
        math.ceil(high[1]) + 1,
    )


def _draw_mark(canvas: Image.Image, centre: Point) -> None:
    """Draw the site's mark: a hexagon, a ring and a heart."""
    icon = _Icon(2.4)
    icon.fill(hexagon(11), ACCENT)
    icon.line(hexagon(7), WHITE, 2)
    icon.fill(hexagon(3), GLOW)
    icon.paste(canvas, centre)


def _middle(path: str) -> Point:
    """Return the middle of the largest outline of a path."""
    boxes = []
    for outline in outlines(path):
        across, down = [x for x, _y in outline], [y for _x, y in outline]
        boxes.append((min(across), min(down), max(across), max(down)))
    box = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
    return ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


class _Icon:
    """Something small that is drawn ZOOM times as large, then pasted on the canvas."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.half = math.ceil(14 * scale)
        self.large = Image.new("RGBA", (2 * self.half * ZOOM, 2 * self.half * ZOOM))
        self.pencil = ImageDraw.Draw(self.large)

    def fill(self, outline: Stroke, colour: str, edge: str = "") -> None:
        """Fill an outline, with an edge of that colour around it unless it is ""."""
        corners = self._placed(outline)
        if edge:
            self.pencil.line([*corners, corners[0]], fill=edge, width=5 * ZOOM, joint="curve")
        self.pencil.polygon(corners, fill=colour)

    def line(self, points: Stroke, colour: str, width: float) -> None:
        """Draw a line with round ends."""
        thick = width * self.scale * ZOOM
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
            self.line(stroke, colour, STROKE_WIDTH)
        for outline in shape.fills:
            self.fill(outline, colour)
        self.scale = whole

    def paste(self, canvas: Image.Image, centre: Point) -> None:
        """Paste it on a canvas, with its middle at a point."""
        corner = (round(centre[0]) - self.half, round(centre[1]) - self.half)
        small = self.large.reduce(ZOOM)
        canvas.paste(small, corner, small)

    def _placed(self, points: Iterable[Point]) -> list[Point]:
        return [
            ((x * self.scale + self.half) * ZOOM, (y * self.scale + self.half) * ZOOM)
            for x, y in points
        ]
