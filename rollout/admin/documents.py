"""Identity documents, and which route accepts which of them."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import (
    EVIDENCE_FIELDS,
    UNTICK_ACTIVE,
    FactAdmin,
    NamedFactAdmin,
    TextInline,
    TitleFilter,
    check_path,
)
from rollout.facts.subjects import subjects_of
from rollout.models import Acceptance, ActivationRoute, IdentityDocument, IdentityDocumentText
from rollout.models.documents import AcceptanceQuerySet


class DocumentTextInline(TextInline):
    """The document's texts, per language."""

    model = IdentityDocumentText


@admin.register(IdentityDocument)
class IdentityDocumentAdmin(NamedFactAdmin):
    """The documents that the check asks for. Which route accepts them: see acceptances."""

    list_display = ["name", "position", "state"]
    inlines = [DocumentTextInline]
    instead_of_deleting = UNTICK_ACTIVE
    fields = ["slug", "position", "is_active"]

    def is_public(self, row: IdentityDocument) -> bool:
        """Tell whether it is a choice of the form."""
        return row.is_active

    def preview_path(self, row: IdentityDocument) -> str:
        """Return the address of a verdict on it."""
        return check_path(document=row.pk)


@admin.register(Acceptance)
class AcceptanceAdmin(FactAdmin):
    """Which route accepts which document, and from which day on."""

    key_fields = ("document", "route", "since")  # by which data files know it
    list_display = ["document", "route", "since", "outcome", "certainty", "last_checked"]
    list_display_links = ["document"]
    list_filter = [("route", TitleFilter), "outcome", "certainty"]
    search_fields = ["document__slug", "document__texts__name", "route__texts__name"]
    fields = ["document", "route", "since", "outcome", "is_active", *EVIDENCE_FIELDS]
    instead_of_deleting = _(
        "Nothing is deleted here: untick “Active”, or add a row with another day. A wrong day is "
        "corrected in the same way."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Acceptance]:
        """Fetch the names."""
        return cast("AcceptanceQuerySet", super().get_queryset(request)).with_texts()

    def subjects(self, row: Acceptance | None) -> set[str]:
        """Return its document and its route; all of them for one that is new."""
        if row is not None:
            return super().subjects(row)
        documents, routes = IdentityDocument.objects.all(), ActivationRoute.objects.all()
        return set().union(*map(subjects_of, [*documents, *routes]))

    def is_public(self, row: Acceptance) -> bool:
        """Tell whether a verdict may rest on it."""
        return row.is_active and row.document.is_active

    def preview_path(self, row: Acceptance) -> str:
        """Return the address of a verdict on its document."""
        return check_path(document=row.document_id)
