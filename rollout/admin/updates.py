"""Updates: the published notes of changes. Saving a fact makes them; here they are reworded."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin, TextInline, shortened
from rollout.admin.forms import ReasonForm
from rollout.models import Update, UpdateText


class UpdateTextInline(TextInline):
    """The published note, per language."""

    model = UpdateText


@admin.register(Update)
class UpdateAdmin(FactAdmin):
    """Updates, newest first. They are made by saving a fact, not here."""

    form = ReasonForm
    can_preview = False
    instead_of_deleting = _("Nothing is deleted here: untick “Active”, and readers see it no more.")
    list_display = ["published_at", "note", "concerns", "state"]
    list_display_links = ["published_at", "note"]
    list_filter = ["is_active"]
    search_fields = ["texts__note", "path"]
    date_hierarchy = "published_at"
    readonly_fields = ("published_at", "path", "departments")
    fields = ["published_at", "path", "departments", "is_active"]
    inlines = [UpdateTextInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Update]:
        """Fetch the texts and the departments."""
        return Update.objects.with_texts().prefetch_related("departments")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: an update is made by saving a fact."""
        return False

    @admin.display(description=_("note"))
    def note(self, obj: Update) -> str:
        """Return the note in the editor's language, or in the reference language."""
        return obj.text.note if obj.text else ""

    @admin.display(description=_("departments"))
    def concerns(self, obj: Update) -> str:
        """Return its first departments, and how many more there are."""
        return shortened([str(row) for row in obj.departments.all()])
