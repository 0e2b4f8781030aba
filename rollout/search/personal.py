"""What must not be typed into a search: social security and phone numbers, e-mail addresses.

A false alarm costs a visitor one sentence, an overlooked number stands in a page: so digits that
may be one count as one, unless they are several postcodes.
"""

from __future__ import annotations

import re

from rollout.search.normalise import clean, to_plain_letters

_EMAIL = re.compile(r"[^\s@,;<>()]@[^\s@,;<>()]+\.[^\W\d_]{2}")
_BETWEEN = r"[ ._/\-]*"
# 1 85 05 78 006 084 (36): sex, year, month, department (2A and 2B too), commune, order, check.
_SOCIAL_SECURITY = re.compile(
    r"(?<![^\W_])"
    + _BETWEEN.join([r"[1-478]", r"\d\d", r"\d\d", r"(?:\d\d|2[ab])", r"\d{3}", r"\d{3}"])
    + rf"(?:{_BETWEEN}\d\d)?(?![^\W_])"
)
_DIGITS = re.compile(r"(?<![^\W_])\d(?:[ ._/\-]?\d){8,}(?![^\W_])")
_PHONE = re.compile(r"(?<![\w+])(?:\+|00) ?[1-9][0-9 ()./\-]{7,}\d(?![^\W_])")
_FRENCH_PHONE = re.compile(r"(?<![^\W_])0[1-9](?:[ ._/\-]?\d\d){4}(?![^\W_])")
_POSTCODES = re.compile(r"\d{5}(?:[ ,;/\-]+\d{5})+")
_MAX_LENGTH = 800


def is_personal(text: str) -> bool:
    """Tell whether a text holds a social security number (13 or 15 digits, in any groups), a phone
    number or an e-mail address."""
    plain = to_plain_letters(clean(text, _MAX_LENGTH))
    if _EMAIL.search(plain):
        return True
    if sum(map(str.isdigit, plain)) < 9:
        return False
    if _PHONE.search(plain) or _FRENCH_PHONE.search(plain):
        return True
    numbers = [match[0] for match in _SOCIAL_SECURITY.finditer(plain)]
    numbers += [digits[0] for digits in _DIGITS.finditer(plain) if _has_its_length(digits[0])]
    return any(not _POSTCODES.fullmatch(number) for number in numbers)


def _has_its_length(digits: str) -> bool:
    return sum(map(str.isdigit, digits)) in (13, 15)
