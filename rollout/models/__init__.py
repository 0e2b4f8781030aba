"""The nouns of the site, their words (QuerySets) and their constraints."""

from rollout.models.evidence import Certainty, DatePrecision, Evidence, Source
from rollout.models.guide import Entry, EntryText, Kind
from rollout.models.names import (
    Alias,
    AliasKind,
    AliasTarget,
    Collectivity,
    Commune,
    CommuneKind,
    FormerName,
    ReferenceFile,
)
from rollout.models.phases import Phase, PhaseText, Precision, State, Status
from rollout.models.places import Department, DepartmentText, Region, Zone

__all__ = [
    "Alias",
    "AliasKind",
    "AliasTarget",
    "Certainty",
    "Collectivity",
    "Commune",
    "CommuneKind",
    "DatePrecision",
    "Department",
    "DepartmentText",
    "Entry",
    "EntryText",
    "Evidence",
    "FormerName",
    "Kind",
    "Phase",
    "PhaseText",
    "Precision",
    "ReferenceFile",
    "Region",
    "Source",
    "State",
    "Status",
    "Zone",
]
