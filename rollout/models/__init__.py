"""The nouns of the site, their words (QuerySets) and their constraints."""

from rollout.models.evidence import Certainty, DatePrecision, Evidence, Source
from rollout.models.guide import Entry, EntryText, Kind
from rollout.models.phases import Phase, PhaseText, Precision, State, Status
from rollout.models.places import Department, DepartmentText, Region, Zone

__all__ = [
    "Certainty",
    "DatePrecision",
    "Department",
    "DepartmentText",
    "Entry",
    "EntryText",
    "Evidence",
    "Kind",
    "Phase",
    "PhaseText",
    "Precision",
    "Region",
    "Source",
    "State",
    "Status",
    "Zone",
]
