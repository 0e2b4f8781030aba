"""Text for pictures: which font has its letters, how wide it is, in which lines it fits."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from PIL import ImageFont, features
from PIL.ImageFont import FreeTypeFont

FONTS = Path(__file__).parent / "fonts"
REGULAR, SEMI_BOLD = "400Regular", "600SemiBold"
FAMILIES = {
    "IBMPlexSansArabic": re.compile(
        "[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]"
    ),
    "ShareImageSansSC": re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"),
}
"""The fonts for texts in which there is such a letter, which have Latin letters too."""
DEFAULT_FAMILY = "IBMPlexSans"
UNASSIGNED = "\U0010fffd"  # for private use: no font of ours has a letter for it
# A line may end after a space or a hyphen, and after a Chinese character or closing punctuation,
# but not before closing punctuation (Unicode's line breaking class CL).
CHINESE = "\u2e80-\u2fff\u3003-\u3007\u3040-\u9fff\uf900-\ufaff"
CHINESE_CLOSING = "、。〉》」』】〕〗！），．：；？］｝～"
LINE_BREAKS = re.compile(
    rf"(?<= )|(?<=-)|(?<=[{CHINESE}{CHINESE_CLOSING}])(?![{CHINESE_CLOSING}”’…\s])"
)


class Lines(NamedTuple):
    """Text as it fits: one line or more, with the font in which it does."""

    lines: list[str]
    font: FreeTypeFont


def has_complex_layout() -> bool:
    """Return whether letters can be joined and ordered from right to left.

    Pillow brings raqm, which needs the system's FriBiDi.
    """
    return bool(features.check_feature("raqm"))


@lru_cache(maxsize=64)
def _loaded(family: str, weight: str, size: int) -> FreeTypeFont:
    engine = ImageFont.Layout.RAQM if has_complex_layout() else ImageFont.Layout.BASIC
    return ImageFont.truetype(FONTS / f"{family}_{weight}.ttf", size, layout_engine=engine)


@lru_cache(maxsize=4096)  # the same labels stand on a hundred images, in many sizes
def _cached_length(path: str, size: float, text: str) -> float:
    family, _separator, weight = Path(path).stem.rpartition("_")
    return _loaded(family, weight, round(size)).getlength(text)


def _length(text: str, letters: FreeTypeFont) -> float:
    """Return how wide a text is in a font of `_loaded`, in pixels."""
    return _cached_length(str(letters.path), letters.size, text)


def family_of(text: str) -> str:
    """Return the family of the font for a text."""
    families = (family for family, letters in FAMILIES.items() if letters.search(text))
    return next(families, DEFAULT_FAMILY)


def font(text: str, weight: str, size: int) -> FreeTypeFont:
    """Return the font for a text, in a size in pixels.

    Raises:
        OSError: The file of the font is missing.
    """
    return _loaded(family_of(text), weight, size)


def ascent(size: int) -> int:
    """Return how far below the top of a line its letters stand, in pixels, in every font.

    Fonts of other letters have other metrics; the boxes are drawn for the default one.
    """
    return _loaded(DEFAULT_FAMILY, REGULAR, size).getmetrics()[0]


def is_mirrored(language: str) -> bool:
    """Return whether pages in a language begin at the right."""
    return language.partition("-")[0] in settings.LANGUAGES_BIDI


def is_right_to_left(text: str) -> bool:
    """Return whether a text runs from right to left: as its first letter with a direction does."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def has_letters(text: str) -> bool:
    """Return whether a font of ours has every letter of a text."""
    return not missing_letters(text)


def missing_letters(text: str) -> list[str]:
    """Return the letters of a text that its font does not have, each once, in order."""
    family = family_of(text)
    letters = dict.fromkeys(letter for letter in text if not letter.isspace())
    return [letter for letter in letters if not _has_letter(family, letter)]


@lru_cache(maxsize=2048)
def _has_letter(family: str, letter: str) -> bool:
    font = _loaded(family, REGULAR, 40)
    return bytes(font.getmask(letter)) != bytes(font.getmask(UNASSIGNED))


def can_write(text: str, language: str) -> bool:
    """Return whether a text is drawn right: its letters, and the direction of its language."""
    runs_left = is_mirrored(language) or is_right_to_left(text)
    return has_letters(text) and (has_complex_layout() or not runs_left)


def text_width(text: str, weight: str, size: int) -> float:
    """Return how wide a text is in one line, in pixels."""
    return _length(text, font(text, weight, size))


def fit_text(
    text: str, weight: str, sizes: tuple[int, int], box_width: int, max_lines: int = 1
) -> Lines:
    """Return a text in lines of at most `box_width` pixels, in the largest size that fits.

    `sizes` are the largest and the smallest, in pixels; one line less is worth a fifth of the size.
    What is too long even for the smallest is cut, with an ellipsis.
    """
    best: Lines | None = None
    for count in range(1, max_lines + 1):
        fit = _largest(text, weight, sizes, box_width, count)
        if fit and (best is None or best.font.size < 0.8 * fit.font.size):
            best = fit
    if best is None:
        letters = font(text, weight, sizes[1])
        lines = _lines(text, letters, box_width)
        if len(lines) > max_lines:
            lines = [*lines[: max_lines - 1], f"{lines[max_lines - 1]} …"]
        return Lines([_cut(line, letters, box_width) for line in lines], letters)
    return Lines(_balanced(text, best, box_width), best.font)


def _largest(
    text: str, weight: str, sizes: tuple[int, int], box_width: int, count: int
) -> Lines | None:
    """Return a text in at most `count` lines in the largest size that fits, or None."""
    for size in range(sizes[0], sizes[1] - 1, -2):
        letters = font(text, weight, size)
        # Most sizes are far too large, which the whole length tells; lines lose spaces at ends.
        if _length(text, letters) > count * (box_width + size):
            continue
        lines = _lines(text, letters, box_width)
        if len(lines) <= count and max(_length(line, letters) for line in lines) <= box_width:
            return Lines(lines, letters)
    return None


def _balanced(text: str, fit: Lines, box_width: int) -> list[str]:
    """Return the text in as many lines, as even as they can be."""
    lines = fit.lines
    while len(lines) == len(fit.lines) and box_width > 0:
        fit, box_width = Lines(lines, fit.font), box_width - 16
        lines = _lines(text, fit.font, box_width)
        if max(_length(line, fit.font) for line in lines) > box_width:
            break
    return fit.lines


def _lines(text: str, letters: FreeTypeFont, box_width: int) -> list[str]:
    """Break a text into as few lines as its parts allow."""
    lines = [""]
    for part in LINE_BREAKS.split(text):
        if lines[-1] and _length((lines[-1] + part).rstrip(" "), letters) > box_width:
            lines.append("")
        lines[-1] += part
    return [line.strip(" ") for line in lines]


def _cut(line: str, letters: FreeTypeFont, box_width: int) -> str:
    """Return a line, or as much of its beginning as fits with an ellipsis."""
    if letters.getlength(line) <= box_width:
        return line
    start = line.rstrip(" …")
    while start and letters.getlength(f"{start}…") > box_width:
        start = start[:-1]
    return f"{start.rstrip()}…"
