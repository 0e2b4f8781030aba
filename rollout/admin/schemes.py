"""Health schemes."""

from django.contrib import admin

from rollout.admin.base import (
    EVIDENCE_FIELDS,
    UNTICK_ACTIVE,
    NamedFactAdmin,
    TextInline,
    check_path,
)
from rollout.models import HealthScheme, HealthSchemeText


class SchemeTextInline(TextInline):
    """The scheme's texts, per language."""

    model = HealthSchemeText


@admin.register(HealthScheme)
class HealthSchemeAdmin(NamedFactAdmin):
    """The health schemes that the check asks for."""

    list_display = ["name", "position", "state", "outcome", "minimum_age"]
    inlines = [SchemeTextInline]
    instead_of_deleting = UNTICK_ACTIVE
    fields = ["slug", "position", "is_active", "outcome", "minimum_age", *EVIDENCE_FIELDS]

    def is_public(self, row: HealthScheme) -> bool:
        """Tell whether it is a choice of the form."""
        return row.is_active

    def preview_path(self, row: HealthScheme) -> str:
        """Return the address of a verdict on it."""
        return check_path(scheme=row.pk)
