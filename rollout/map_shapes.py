"""The shapes of the 101 departments, read once from data/departments_map.svg."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DRAWING = Path(__file__).parent / "data" / "departments_map.svg"
SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Shape:
    """The outline of a department and the place of its number, in the drawing's units."""

    path: str
    x: str
    y: str


@dataclass(frozen=True)
class Drawing:
    """The whole map: its extent, the frame round the Paris inset, a shape for each number."""

    view_box: str
    inset: str
    shapes: dict[str, Shape]


@cache
def drawing() -> Drawing:
    """Return the map. Its own style and links are left out: pages make theirs."""
    root = ET.parse(DRAWING).getroot()  # noqa: S314 - our own file
    shapes = {}
    for link in root.iter(f"{SVG}a"):
        label = _part(link, "text")
        shape = Shape(_part(link, "path").attrib["d"], label.attrib["x"], label.attrib["y"])
        shapes[label.text or ""] = shape
    return Drawing(root.attrib["viewBox"], _part(root, "path").attrib["d"], shapes)


def _part(parent: ET.Element, name: str) -> ET.Element:
    """Return a part of the drawing that has to be there. Raises ValueError without it."""
    part = parent.find(f"{SVG}{name}")
    if part is None:
        raise ValueError(f"{DRAWING.name}: a {parent.tag} has no {name}")
    return part
