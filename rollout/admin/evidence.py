"""Sources."""

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin, OptionalTextFormSet, TextInline
from rollout.models import Source, SourceText


class SourceTextInline(TextInline):
    """What the source is, in our words, per language."""

    model = SourceText
    formset = OptionalTextFormSet


@admin.register(Source)
class SourceAdmin(FactAdmin):
    """Sources: what they are, and how much rests on them."""

    key_fields = ("slug",)
    ordering = ["slug"]
    list_display = ["slug", "publisher", "published_on", "language", "official", "rests", "link"]
    list_filter = ["official", "language"]
    search_fields = ["slug", "publisher", "url"]
    search_help_text = _("Publisher, short name or a part of the address")
    date_hierarchy = "published_on"
    inlines = [SourceTextInline]
    fields = [
        "slug",
        "url",
        "publisher",
        "published_on",
        "published_precision",
        "language",
        "official",
        "change_note",
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Count what rests on each source."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                departments=Count("department", distinct=True),
                entries=Count("entry", distinct=True),
                phases=Count("phase", distinct=True),
                papers=Count("acceptance", distinct=True)
                + Count("healthscheme", distinct=True)
                + Count("activationroute", distinct=True),
            )
        )

    @admin.display(description=_("statements that rest on it"))
    def rests(self, obj: Any) -> Any:
        """Return how many rows of the site cite it."""
        return obj.departments + obj.entries + obj.phases + obj.papers

    @admin.display(description=_("page"))
    def link(self, obj: Source) -> str:
        """Return a link to the source itself."""
        if not obj.url:
            return str(_("address not known"))
        return format_html('<a href="{}" rel="noopener">{}</a>', obj.url, _("open"))
