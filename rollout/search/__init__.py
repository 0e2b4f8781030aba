"""Search for French places: `find` answers which departments a text means, and why."""

from rollout.search.find import find, suggest
from rollout.search.index import MONACO, Index
from rollout.search.results import (
    AliasRow,
    CollectivityRow,
    CommuneRow,
    DepartmentRow,
    FormerNameRow,
    Match,
    Note,
    Place,
    PlaceKind,
    RegionRow,
    SearchResult,
)

__all__ = [
    "MONACO",
    "AliasRow",
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
    "SearchResult",
    "find",
    "suggest",
]  # fmt: skip
