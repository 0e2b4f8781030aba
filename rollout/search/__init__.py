"""Search for French places: `find` answers which departments a text means, and why."""

from .finding import find, suggest
from .index import MONACO, Index
from .places import (
    AliasRow,
    Answer,
    CollectivityRow,
    CommuneRow,
    DepartmentRow,
    FormerNameRow,
    Match,
    Note,
    Place,
    PlaceKind,
    RegionRow,
)

__all__ = [
    "MONACO",
    "AliasRow",
    "Answer",
    "CollectivityRow",
    "CommuneRow",
    "DepartmentRow",
    "FormerNameRow",
    "Index",
    "Match",
    "Note",
    "Place",
    "PlaceKind",
    "RegionRow",
    "find",
    "suggest",
]  # fmt: skip
