"""The waves of the roll-out."""

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin, TextInline
from rollout.models import Department, Phase, PhaseText


class PhaseTextInline(TextInline):
    """The wave's name and note, per language."""

    model = PhaseText


@admin.register(Phase)
class PhaseAdmin(FactAdmin):
    """Waves: their order and names. Their day follows from their departments."""

    key_fields = ("slug",)
    list_display = ["position", "slug", "name", "day", "departments", "last_checked"]
    list_display_links = ["slug"]
    search_fields = ["slug", "texts__name"]
    inlines = [PhaseTextInline]
    fields = ["slug", "position", "sources", "last_checked", "check_again_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Phase]:
        """Add the day and the number of departments, and fetch the names."""
        query = Phase.objects.for_page()
        return query.annotate(department_count=Count("departments", distinct=True))

    def concerns(self, row: Phase) -> list[Department]:
        """Return the wave's departments."""
        return list(row.departments.all())

    def view_on_site(self, obj: Phase) -> str:
        """Lead to the public page."""
        return obj.get_absolute_url()

    @admin.display(description=_("first day"), ordering="opened_on")
    def day(self, obj: Phase) -> datetime.date | None:
        """Return the day of its first department."""
        return obj.opened_on

    @admin.display(description=_("departments"), ordering="department_count")
    def departments(self, obj: Any) -> Any:
        """Return how many departments it has."""
        return obj.department_count
