"""Names of places outside France that are no misspelling: London is not a misspelt Loudun.

The list (data/foreign_names.txt) holds countries, capitals and big cities in many languages. A
name on it is found where France has exactly that name (Venise, Vienne), and is never taken for a
prefix or a misspelling of another.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings

FOREIGN_NAMES_FILE = settings.DATA_FOLDER / "foreign_names.txt"


@cache
def foreign_keys() -> frozenset[str]:
    """Return the keys of the list (`normalise.key_of`), read once per process.

    Raises OSError if the file cannot be read.
    """
    text = FOREIGN_NAMES_FILE.read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
