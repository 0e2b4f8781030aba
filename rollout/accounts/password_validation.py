"""Refuses common French passwords, which Django's list does not have."""

import unicodedata
from functools import cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

WORD_FILE = Path(__file__).with_name("french_passwords.txt")
LOOKALIKES = str.maketrans("013457@$€!", "oieastasei")
"""Digits and signs that are typed in place of letters."""
MIN_WORDS_OF_A_PHRASE = 4
"""A password of at least so many words of the list is accepted, as a phrase."""


class FrenchPasswordValidator:
    """Refuses a password that is made of a few common French words, with digits and signs."""

    def validate(self, password: str, user: object = None) -> None:
        """Check a password.

        Raises:
            ValidationError: it is made of fewer than MIN_WORDS_OF_A_PHRASE common words.
        """
        plain = unicodedata.normalize("NFKD", password.casefold())
        core = plain.strip("0123456789 .,;:!?-_*+/&@$€#()")  # the year, and what "makes it safe"
        written = (plain, plain.translate(LOOKALIKES), core.translate(LOOKALIKES))
        if any(_fewest_words(_letters(text)) < MIN_WORDS_OF_A_PHRASE for text in written):
            raise ValidationError(self.get_help_text(), code="password_french")

    def get_help_text(self) -> str:
        """Return the rule in a sentence."""
        return _("A few common French words, with digits or signs, are no password.")


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalpha())


def _fewest_words(letters: str) -> int:
    """Return of how few words of the list a text is made up, at most MIN_WORDS_OF_A_PHRASE."""
    fewest = [0] + [MIN_WORDS_OF_A_PHRASE] * len(letters)
    for end in range(1, len(letters) + 1):
        for word in words():
            if letters.endswith(word, 0, end):
                fewest[end] = min(fewest[end], fewest[end - len(word)] + 1)
    return fewest[-1] if letters else MIN_WORDS_OF_A_PHRASE


@cache
def words() -> tuple[str, ...]:
    """Return the words of the list, in lower case."""
    lines = WORD_FILE.read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
