"""The nouns of the site, their words (QuerySets) and their constraints."""

from rollout.kinds import Kind
from rollout.models.edition import Edition
from rollout.models.evidence import Certainty, DatePrecision, Evidence, Source, SourceText
from rollout.models.guide import Entry, EntryText, TextStatus
from rollout.models.links import LinkCheck, LinkState
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
from rollout.models.papers import (
    Acceptance,
    ActivationRoute,
    ActivationRouteText,
    HealthScheme,
    HealthSchemeText,
    IdentityDocument,
    IdentityDocumentText,
    Outcome,
)
from rollout.models.phases import Phase, PhaseText, Precision, State, Status
from rollout.models.places import Department, DepartmentText, Region, Zone
from rollout.models.updates import Update, UpdateText

__all__ = [
    "Acceptance",
    "ActivationRoute",
    "ActivationRouteText",
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
    "Edition",
    "Entry",
    "EntryText",
    "Evidence",
    "FormerName",
    "HealthScheme",
    "HealthSchemeText",
    "IdentityDocument",
    "IdentityDocumentText",
    "Kind",
    "LinkCheck",
    "LinkState",
    "Outcome",
    "Phase",
    "PhaseText",
    "Precision",
    "ReferenceFile",
    "Region",
    "Source",
    "SourceText",
    "State",
    "Status",
    "TextStatus",
    "Update",
    "UpdateText",
    "Zone",
]
