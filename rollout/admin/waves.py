"""The waves of the roll-out."""

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin, TextInline
from rollout.models import Department, Wave, WaveText


class WaveTextInline(TextInline):
    """The wave's name and note, per language."""

    model = WaveText


@admin.register(Wave)
class WaveAdmin(FactAdmin):
    """Waves: their order and names. Their day follows from their departments."""

    key_fields = ("slug",)
    list_display = ["position", "slug", "name", "day", "departments", "last_checked"]
    list_display_links = ["slug"]
    search_fields = ["slug", "texts__name"]
    inlines = [WaveTextInline]
    fields = ["slug", "position", "sources", "last_checked", "check_again_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wave]:
        """Add the day and the number of departments, and fetch the names."""
        query = Wave.objects.for_page()
        return query.annotate(department_count=Count("departments", distinct=True))

    def affected_departments(self, row: Wave) -> list[Department]:
        """Return the wave's departments."""
        return list(row.departments.all())

    def view_on_site(self, obj: Wave) -> str:
        """Return the path of the public page."""
        return obj.get_absolute_url()

    @admin.display(description=_("first day"), ordering="opened_on")
    def day(self, obj: Wave) -> datetime.date | None:
        """Return the day of its first department."""
        return obj.opened_on

    @admin.display(description=_("departments"), ordering="department_count")
    def departments(self, obj: Any) -> int:
        """Return how many departments it has."""
        return int(obj.department_count)
