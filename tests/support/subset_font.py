"""Writes the Chinese fonts of the share images: `python -m tests.support.subset_font FOLDER`.

FOLDER holds the unpacked npm package `@ibm/plex-sans-sc`. Needs fonttools (pip install fonttools);
reading WOFF2 needs brotli, which the site has. To be run again when a test says that a letter is
missing: the Chinese catalogue has a character that the files have not.

The files have the characters of the Chinese catalogue and data, Latin letters and punctuation, no
hinting. As the licence asks of a changed font, their name is not that of the original.
"""

import importlib
import sys
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent
CATALOGUE = ROOT / "rollout/locale/zh_Hans/LC_MESSAGES/django.po"
FONTS = ROOT / "rollout/drawing/fonts"
FAMILY = "Share Image Sans SC"
WEIGHTS = {"Regular": "400Regular", "SemiBold": "600SemiBold"}
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2028), 0x202F, 0x2030, 0x2039,
         0x203A, 0x2212]  # fmt: skip
CJK_PUNCTUATION = [*range(0x3000, 0x3020), *range(0xFF01, 0xFF5F)]
CALENDAR = "〇一二三四五六七八九十百零年月日星期周上下午时分"
"""In Django's own Chinese names of days and months."""
NAME_IDS = (1, 3, 4, 6, 16)
"""Family, unique name, full name, PostScript name, typographic family."""


def characters() -> set[str]:
    """Return the characters of all Chinese strings of the catalogue."""
    with CATALOGUE.open("rb") as file:
        strings = [message.string for message in read_po(file) if message.id]
    return {letter for string in [CALENDAR, *strings] for letter in "".join(string or "")}


def main(folder: Path) -> None:
    """Write a file for each weight to rollout/drawing/fonts, and print its size."""
    subset = importlib.import_module("fontTools.subset")
    options = subset.Options(hinting=False, layout_features=["kern", "locl"], name_IDs=["*"])
    for weight, name in WEIGHTS.items():
        [source] = folder.rglob(f"complete/woff2/hinted/IBMPlexSansSC-{weight}.woff2")
        font = subset.load_font(str(source), options)
        subsetter = subset.Subsetter(options)
        letters = {ord(letter) for letter in characters()}
        subsetter.populate(unicodes=[*letters, *LATIN, *CJK_PUNCTUATION])
        subsetter.subset(font)
        font["name"].names = [one for one in font["name"].names if one.nameID in (0, 2, 5, 13, 14)]
        for number in NAME_IDS:
            text = FAMILY if number in {1, 16} else f"{FAMILY} {weight}"
            text = text.replace(" ", "") if number == 6 else text
            font["name"].setName(text, number, 3, 1, 0x409)
        font.flavor = None
        path = FONTS / f"ShareImageSansSC_{name}.ttf"
        font.save(str(path))
        sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
