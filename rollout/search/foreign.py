"""Names outside France that are no slip of the pen: London is not a misspelt Loudun.

The list (data/foreign_names.txt) holds countries, capitals and big cities in many languages. A
name on it is found where France has that very name (Venise, Vienne), and is never taken for the
start or the misspelling of another.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings

FILE = settings.DATA_FOLDER / "foreign_names.txt"


@cache
def foreign_keys() -> frozenset[str]:
    """The folded names, read once."""
    text = FILE.read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
