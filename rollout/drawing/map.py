"""The shapes of the 101 departments, read once from data/departments_map.svg."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache

from django.conf import settings

MAP_FILE = settings.DATA_FOLDER / "departments_map.svg"
DRAWN_WAVES = 5
"""So many waves have a colour and a pattern of their own (in site.css, _map.html and png.py)."""
SVG = "{http://www.w3.org/2000/svg}"

Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """A department: its outline as an SVG path, and where its number is, in viewBox units."""

    path: str
    x: str
    y: str


@dataclass(frozen=True)
class Drawing:
    """The whole map: its viewBox, the frame round the Paris inset, shapes by department code."""

    view_box: str
    inset: str
    shapes: dict[str, Shape]


@cache
def drawing() -> Drawing:
    """Return the map, without style and links, which are those of each page.

    Raises:
        OSError, ParseError, ValueError: data/departments_map.svg is missing or has another form.
    """
    root = ET.parse(MAP_FILE).getroot()  # noqa: S314 - our own file
    shapes = {}
    for link in root.iter(f"{SVG}a"):
        label = _part(link, "text")
        shape = Shape(_part(link, "path").attrib["d"], label.attrib["x"], label.attrib["y"])
        shapes[label.text or ""] = shape
    return Drawing(root.attrib["viewBox"], _part(root, "path").attrib["d"], shapes)


def _part(parent: ET.Element, name: str) -> ET.Element:
    """Return the first child of that name. Raises ValueError if there is none."""
    part = parent.find(f"{SVG}{name}")
    if part is None:
        raise ValueError(f"{MAP_FILE.name}: a {parent.tag} has no {name}")
    return part


def wave_key(number: int) -> str:
    """Return the name of a wave's colour and pattern by its place among the waves, from 1.

    Each of the first `DRAWN_WAVES` has its own; all later ones share a neutral one.
    """
    return f"wave-{number}" if number <= DRAWN_WAVES else "wave-later"


@cache
def outlines(path: str) -> list[list[Point]]:
    """Return the outlines of a path of this map as absolute points, in units of the viewBox.

    Raises:
        ValueError: A command is not one of M, l, h, v and z, which are all that the map has.
    """
    result: list[list[Point]] = []
    x = y = 0.0
    for command, numbers in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", path):
        steps = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "M":
            x, y = steps
            result.append([(x, y)])
        elif command in "lhv":
            across = steps if command == "h" else [0] * len(steps) if command == "v" else steps[::2]
            down = steps if command == "v" else [0] * len(steps) if command == "h" else steps[1::2]
            for dx, dy in zip(across, down, strict=True):
                x, y = x + dx, y + dy
                result[-1].append((x, y))
        elif command != "z":
            raise ValueError(f"{MAP_FILE.name}: a path has the command {command}")
    return result
