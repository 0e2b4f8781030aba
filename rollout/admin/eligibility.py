"""What the check rests on: routes, documents, what each route accepts, schemes."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin, TextInline
from rollout.facts.eligibility import Age, Number, Phone
from rollout.models import (
    Acceptance,
    ActivationRoute,
    ActivationRouteText,
    HealthScheme,
    HealthSchemeText,
    IdentityDocument,
    IdentityDocumentText,
)
from rollout.models.texts import TranslatedQuerySet

OFFERED = _("Nothing is deleted here: untick “Offered”, and it is no longer a choice.")
EVIDENCE = ["certainty", "sources", "last_checked", "check_again_by"]


def checked_with(**answers: str) -> str:
    """Return the address of the check in the active language, with ordinary answers."""
    documents, schemes = IdentityDocument.objects.active(), HealthScheme.objects.active()
    ordinary = {
        "document": str(documents.values_list("pk", flat=True).first()),
        "scheme": str(schemes.values_list("pk", flat=True).first()),
        "age": Age.ADULT.value,
        "number": Number.PERMANENT.value,
        "phone": Phone.RECENT.value,
    }
    return f"{reverse('can-i')}?{urlencode(ordinary | answers)}"


class PapersAdmin(FactAdmin):
    """Rows that have a name per language."""

    key_fields = ("slug",)
    search_fields = ["slug", "texts__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the names."""
        rows = cast("TranslatedQuerySet", super().get_queryset(request))
        return rows.with_texts().order_by("position")

    @admin.display(description=_("name"))
    def name(self, obj: Any) -> str:
        """Return the name in the editor's language, or in the reference language."""
        return obj.text.name if obj.text else ""


class RouteTextInline(TextInline):
    """The route's words, per language."""

    model = ActivationRouteText


@admin.register(ActivationRoute)
class ActivationRouteAdmin(PapersAdmin):
    """The ways to activate the app."""

    list_display = ["slug", "name", "position", "opened_on", "minimum_age", "last_checked"]
    inlines = [RouteTextInline]
    fields = ["slug", "position", "by_department", "opened_on", "minimum_age", *EVIDENCE]


class DocumentTextInline(TextInline):
    """The document's words, per language."""

    model = IdentityDocumentText


@admin.register(IdentityDocument)
class IdentityDocumentAdmin(PapersAdmin):
    """The documents that the check asks for. Which route accepts them: see acceptances."""

    list_display = ["slug", "name", "position", "is_active"]
    inlines = [DocumentTextInline]
    instead_of_deleting = OFFERED
    fields = ["slug", "position", "is_active"]

    def is_public(self, row: IdentityDocument) -> bool:
        """Tell whether it is a choice of the form."""
        return row.is_active

    def preview_path(self, row: IdentityDocument) -> str:
        """Return the address of a verdict on it."""
        return checked_with(document=row.pk)


@admin.register(Acceptance)
class AcceptanceAdmin(FactAdmin):
    """Which route accepts which document, and from which day on."""

    key_fields = ("document", "route", "since")  # by which data files know it
    list_display = ["document", "route", "since", "outcome", "certainty", "last_checked"]
    list_display_links = ["document"]
    list_filter = ["route", "outcome", "certainty"]
    search_fields = ["document__slug", "document__texts__name"]
    fields = ["document", "route", "since", "outcome", "is_active", *EVIDENCE]
    instead_of_deleting = _(
        "Nothing is deleted here: untick “Used”, or add a row with another day. A wrong day is "
        "corrected in the same way."
    )

    def is_public(self, row: Acceptance) -> bool:
        """Tell whether a verdict may rest on it."""
        return row.is_active and row.document.is_active

    def preview_path(self, row: Acceptance) -> str:
        """Return the address of a verdict on its document."""
        return checked_with(document=row.document_id)


class SchemeTextInline(TextInline):
    """The scheme's words, per language."""

    model = HealthSchemeText


@admin.register(HealthScheme)
class HealthSchemeAdmin(PapersAdmin):
    """The health schemes that the check asks for."""

    list_display = ["slug", "name", "position", "is_active", "outcome", "minimum_age"]
    inlines = [SchemeTextInline]
    instead_of_deleting = OFFERED
    fields = ["slug", "position", "is_active", "outcome", "minimum_age", *EVIDENCE]

    def is_public(self, row: HealthScheme) -> bool:
        """Tell whether it is a choice of the form."""
        return row.is_active

    def preview_path(self, row: HealthScheme) -> str:
        """Return the address of a verdict on it."""
        return checked_with(scheme=row.pk)
