"""`python -m tests.support.compare_screenshots BEFORE AFTER`: which pictures differ, and by how many pixels.

Both folders are made by `make screenshots`. Prints a line for each picture that differs or is in one
folder only, and a sum at the end; exits with 1 if there is any.
"""

import sys
from pathlib import Path

from PIL import Image, ImageChops


def differing_pixels(before, after):
    """Return how many pixels of two pictures differ, those counted that only one of them has."""
    with Image.open(before) as first, Image.open(after) as second:
        width, height = (max(sizes) for sizes in zip(first.size, second.size, strict=True))
        sheets = [Image.new("RGB", (width, height), "magenta") for _ in range(2)]
        for sheet, picture in zip(sheets, (first, second), strict=True):
            sheet.paste(picture.convert("RGB"))
        red, green, blue = ImageChops.difference(*sheets).split()
        largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        return width * height - largest.histogram()[0]


def compare(before, after):
    """Return the number of differing pixels by name; None for a picture that one folder lacks."""
    names = sorted({path.name for folder in (before, after) for path in folder.glob("*.png")})
    found = {}
    for name in names:
        pair = before / name, after / name
        found[name] = differing_pixels(*pair) if all(path.is_file() for path in pair) else None
    return found


if __name__ == "__main__":
    results = compare(*map(Path, sys.argv[1:3]))
    unlike = {name: pixels for name, pixels in results.items() if pixels != 0}
    for name, pixels in unlike.items():
        print(f"{name}: {'only in one folder' if pixels is None else f'{pixels} pixels'}")  # noqa: T201
    print(f"{len(results) - len(unlike)} of {len(results)} pictures are identical")  # noqa: T201
    sys.exit(bool(unlike))
