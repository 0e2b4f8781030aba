"""The order of words in the active language, as its dictionaries have them.

Not a full Unicode collation: no library for one is small and kept. Titles of the glossary begin
with French words or the language's own, and this is the primary order that CLDR gives for these.
"""

from django.utils.translation import get_language

from rollout.search.normalise import to_plain_letters

ALPHABETS = {
    "es": "abcdefghijklmnñopqrstuvwxyz",
    "pl": "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż",
    "ro": "aăâbcdefghiîjklmnopqrsștțuvwxyz",
    "tr": "abcçdefgğhıijklmnoöpqrsştuüvwxyz",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}
"""Those with letters of their own between others: elsewhere an accent counts for nothing."""


def sort_key(text: str) -> tuple[object, ...]:
    """Return the key of a text for `sorted`, in the active language.

    Letters of its script come first, then those of others; accents that make no letter, capitals
    and punctuation count for nothing. Chinese characters stand by their sound (pinyin), as GB 2312
    has them.
    """
    language = get_language() or ""
    alphabet = {letter: n for n, letter in enumerate(ALPHABETS.get(language, ""))}
    lower = text.replace("İ", "i").replace("I", "ı") if language == "tr" else text
    return tuple(
        _of_letter(letter, alphabet, language) for letter in lower.lower() if letter.isalnum()
    )


def _of_letter(letter: str, alphabet: dict[str, int], language: str) -> tuple[object, ...]:
    """Return the place of a letter: its script's, then its own within that."""
    if letter in alphabet:
        return 0, alphabet[letter]
    if language == "zh-hans" and "\u4e00" <= letter <= "\u9fff":
        return 0, int.from_bytes(letter.encode("gb18030"), "big")
    plain = to_plain_letters(letter)[:1] or letter
    if plain in alphabet:
        return 0, alphabet[plain]
    is_of_script = not letter.isascii() and letter > "\u0370"
    is_own = is_of_script == (language in {"ar", "uk", "zh-hans"})
    return 0 if is_own else 1, ord(plain)
