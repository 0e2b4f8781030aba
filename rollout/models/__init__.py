"""The models with their query sets and constraints, one file a noun."""

from rollout.kinds import Kind
from rollout.models.data_version import DataVersion
from rollout.models.documents import Acceptance, IdentityDocument, IdentityDocumentText
from rollout.models.edits import BulkEdit, ProposalState, ProposedEdit, SharedPreview
from rollout.models.entries import Entry
from rollout.models.entry_texts import EntryText
from rollout.models.languages import Language, Stage
from rollout.models.link_checks import LinkCheck, LinkState
from rollout.models.outcomes import Outcome
from rollout.models.place_names import (
    Alias,
    AliasKind,
    AliasTarget,
    Collectivity,
    Commune,
    CommuneKind,
    FormerName,
    Intercommunality,
    PostalLocality,
    ReferenceFile,
)
from rollout.models.places import Department, DepartmentText, Region, Zone
from rollout.models.routes import ActivationRoute, ActivationRouteText
from rollout.models.schemes import HealthScheme, HealthSchemeText
from rollout.models.sources import Certainty, DatePrecision, Source, Sourced, SourceText
from rollout.models.texts import Origin, TextStatus
from rollout.models.updates import Update, UpdateText
from rollout.models.waves import Precision, State, Status, Wave, WaveText

__all__ = [
    "Acceptance",
    "ActivationRoute",
    "ActivationRouteText",
    "Alias",
    "AliasKind",
    "AliasTarget",
    "BulkEdit",
    "Certainty",
    "Collectivity",
    "Commune",
    "CommuneKind",
    "DataVersion",
    "DatePrecision",
    "Department",
    "DepartmentText",
    "Entry",
    "EntryText",
    "FormerName",
    "HealthScheme",
    "HealthSchemeText",
    "IdentityDocument",
    "IdentityDocumentText",
    "Intercommunality",
    "Kind",
    "Language",
    "LinkCheck",
    "LinkState",
    "Origin",
    "Outcome",
    "PostalLocality",
    "Precision",
    "ProposalState",
    "ProposedEdit",
    "ReferenceFile",
    "Region",
    "SharedPreview",
    "Source",
    "SourceText",
    "Sourced",
    "Stage",
    "State",
    "Status",
    "TextStatus",
    "Update",
    "UpdateText",
    "Wave",
    "WaveText",
    "Zone",
]
