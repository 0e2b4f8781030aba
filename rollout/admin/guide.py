"""Entries: milestones, figures, corrections, requirements, steps."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin, TextInline
from rollout.models import Entry, EntryText


class EntryTextInline(TextInline):
    """The entry's words, per language."""

    model = EntryText


@admin.register(Entry)
class EntryAdmin(FactAdmin):
    """What the site says in sentences."""

    key_fields = ("slug",)
    list_display = ["slug", "kind", "title", "position", "day", "certainty", "last_checked"]
    list_filter = ["kind", "certainty"]
    search_fields = ["slug", "texts__title", "texts__body"]
    date_hierarchy = "day"
    autocomplete_fields = ["sources"]
    inlines = [EntryTextInline]
    fieldsets = [
        (None, {"fields": ["slug", "kind", "position", "day", "day_precision"]}),
        (
            _("How we know"),
            {"fields": ["certainty", "sources", "last_checked", "check_again_by", "change_note"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Fetch the titles."""
        return Entry.objects.with_texts().order_by("kind", "position")

    @admin.display(description=_("title"))
    def title(self, obj: Entry) -> str:
        """Return the title in the editor's language, or in the reference language."""
        return obj.text.title if obj.text else ""
