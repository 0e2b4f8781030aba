"""Passwords that many people in France would think of, and that Django's list does not have."""

import unicodedata
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

WORDS = Path(__file__).with_name("french_passwords.txt")
LETTERS = str.maketrans("013457@$€!", "oieastasei")
"""What stands for a letter where a password must have a digit or a sign."""
ENOUGH_WORDS = 4
"""So many words of the list in a row are a phrase, and that is a good password."""


class FrenchPasswordValidator:
    """Refuses a password that is made of a few common French words, with digits and signs."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError if the password is one of those."""
        plain = unicodedata.normalize("NFKD", password.casefold())
        core = plain.strip("0123456789 .,;:!?-_*+/&@$€#()")  # the year, and what "makes it safe"
        written = (plain, plain.translate(LETTERS), core.translate(LETTERS))
        if any(_words_in(_letters(text)) < ENOUGH_WORDS for text in written):
            raise ValidationError(self.get_help_text(), code="password_french")

    def get_help_text(self) -> str:
        """Return the rule in a sentence."""
        return _("A few common French words, with digits or signs, are no password.")


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalpha())


def _words_in(letters: str) -> int:
    """Return of how few words of the list a text is made up, at most ENOUGH_WORDS."""
    fewest = [0] + [ENOUGH_WORDS] * len(letters)
    for end in range(1, len(letters) + 1):
        for word in words():
            if letters.endswith(word, 0, end):
                fewest[end] = min(fewest[end], fewest[end - len(word)] + 1)
    return fewest[-1] if letters else ENOUGH_WORDS


@cache
def words() -> tuple[str, ...]:
    """Return the words of the list."""
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
