"""The waves of the roll-out."""

from collections import Counter
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin, TextInline
from rollout.models import Department, Wave, WaveText
from rollout.wording import labels


class WaveTextInline(TextInline):
    """The wave's name and note, per language."""

    model = WaveText


@admin.register(Wave)
class WaveAdmin(FactAdmin):
    """Waves: their order and names. Their days are those of their departments."""

    key_fields = ("slug",)
    list_display = ["position", "__str__", "days", "departments", "last_checked"]
    list_display_links = ["__str__"]
    search_fields = ["slug", "texts__name"]
    inlines = [WaveTextInline]
    fields = ["slug", "position", "sources", "last_checked", "check_again_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wave]:
        """Add the number of departments, and fetch these and the names."""
        query = Wave.objects.for_page().prefetch_related("departments")
        return query.annotate(department_count=Count("departments", distinct=True))

    def affected_departments(self, row: Wave) -> list[Department]:
        """Return the wave's departments."""
        return list(row.departments.all())

    def view_on_site(self, obj: Wave) -> str:
        """Return the path of the public page."""
        return obj.get_absolute_url()

    @admin.display(description=_("days"))
    def days(self, obj: Wave) -> SafeString:
        """Return on which days how many of its departments opened or will."""
        counts = Counter((row.opened_on, row.precision) for row in obj.departments.all())
        return format_html_join(
            ", ",
            "{} {}",
            ((counts[key], labels.opening_day(*key)) for key in sorted(counts, key=str)),
        )

    @admin.display(description=_("departments"), ordering="department_count")
    def departments(self, obj: Any) -> int:
        """Return how many departments it has."""
        return int(obj.department_count)
