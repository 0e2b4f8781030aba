"""Letters for pictures: which font has them, how wide words are, in which lines they fit."""

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
ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufeff]")
NOBODY_S = "\U0010fffd"  # for private use: no font of ours has a letter for it
BREAKS = re.compile(r"(?<= )|(?<=-)")  # a line may end after a space or a hyphen


class Lines(NamedTuple):
    """Words as they fit: one line or more, with the font in which they do."""

    lines: list[str]
    font: FreeTypeFont


def has_complex_layout() -> bool:
    """Tell whether letters can be joined and ordered from right to left.

    Pillow brings raqm, which needs the system's FriBiDi.
    """
    return bool(features.check_feature("raqm"))


@lru_cache(maxsize=64)
def _loaded(family: str, weight: str, size: int) -> FreeTypeFont:
    engine = ImageFont.Layout.RAQM if has_complex_layout() else ImageFont.Layout.BASIC
    return ImageFont.truetype(FONTS / f"{family}_{weight}.ttf", size, layout_engine=engine)


def font(words: str, weight: str, size: int) -> FreeTypeFont:
    """Return the font of these words, `size` pixels high."""
    family = "IBMPlexSansArabic" if ARABIC.search(words) else "IBMPlexSans"
    return _loaded(family, weight, size)


def is_mirrored(language: str) -> bool:
    """Tell whether pages in a language begin at the right."""
    return language.partition("-")[0] in settings.LANGUAGES_BIDI


def is_right_to_left(words: str) -> bool:
    """Tell whether words run from right to left: as their first letter with a direction does."""
    for letter in words:
        direction = unicodedata.bidirectional(letter)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def has_letters(words: str) -> bool:
    """Tell whether a font of ours has every letter of these words."""
    family = "IBMPlexSansArabic" if ARABIC.search(words) else "IBMPlexSans"
    return all(_has_letter(family, letter) for letter in words if not letter.isspace())


@lru_cache(maxsize=2048)
def _has_letter(family: str, letter: str) -> bool:
    font = _loaded(family, REGULAR, 40)
    return bytes(font.getmask(letter)) != bytes(font.getmask(NOBODY_S))


def can_write(words: str, language: str) -> bool:
    """Tell whether words come out right, in the direction of a language."""
    runs_left = is_mirrored(language) or is_right_to_left(words)
    return has_letters(words) and (has_complex_layout() or not runs_left)


def text_width(words: str, weight: str, size: int) -> float:
    """Return how wide these words are in one line, in pixels."""
    return font(words, weight, size).getlength(words)


def fit_text(
    words: str, weight: str, sizes: tuple[int, int], box_width: int, most_lines: int = 1
) -> Lines:
    """Return words in lines of at most this width, in the largest of the sizes that takes them.

    `sizes` are the largest and the smallest. One line less is worth a fifth of the size. What is
    too long even for the smallest is cut, with an ellipsis: nothing ever runs over.
    """
    best: Lines | None = None
    for count in range(1, most_lines + 1):
        found = _largest(words, weight, sizes, box_width, count)
        if found and (best is None or best.font.size < 0.8 * found.font.size):
            best = found
    if best is None:
        letters = font(words, weight, sizes[1])
        lines = _lines(words, letters, box_width)
        if len(lines) > most_lines:
            lines = [*lines[: most_lines - 1], f"{lines[most_lines - 1]} …"]
        return Lines([_cut(line, letters, box_width) for line in lines], letters)
    return Lines(_balanced(words, best, box_width), best.font)


def _largest(
    words: str, weight: str, sizes: tuple[int, int], box_width: int, count: int
) -> Lines | None:
    """Return words in this many lines in the largest size that takes them, or None."""
    for size in range(sizes[0], sizes[1] - 1, -2):
        letters = font(words, weight, size)
        lines = _lines(words, letters, box_width)
        if len(lines) <= count and max(map(letters.getlength, lines)) <= box_width:
            return Lines(lines, letters)
    return None


def _balanced(words: str, fit: Lines, box_width: int) -> list[str]:
    """Return words in as many lines, as even as they can be."""
    lines = fit.lines
    while len(lines) == len(fit.lines) and box_width > 0:
        fit, box_width = Lines(lines, fit.font), box_width - 16
        lines = _lines(words, fit.font, box_width)
        if max(map(fit.font.getlength, lines)) > box_width:
            break
    return fit.lines


def _lines(words: str, letters: FreeTypeFont, box_width: int) -> list[str]:
    """Break words into as few lines as their parts allow."""
    lines = [""]
    for part in BREAKS.split(words):
        if lines[-1] and letters.getlength((lines[-1] + part).rstrip(" ")) > box_width:
            lines.append("")
        lines[-1] += part
    return [line.strip(" ") for line in lines]


def _cut(line: str, letters: FreeTypeFont, box_width: int) -> str:
    """Return a line, or as much of its beginning as fits with an ellipsis."""
    if letters.getlength(line) <= box_width:
        return line
    kept = line.rstrip(" …")
    while kept and letters.getlength(f"{kept}…") > box_width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"
