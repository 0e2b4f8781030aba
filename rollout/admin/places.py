"""Regions and departments."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import EVIDENCE_FIELDS, FactAdmin, TextInline, TitleFilter, shortened
from rollout.admin.bulk import BulkPages, opening_path
from rollout.admin.department_files import DepartmentFilePages
from rollout.admin.forms import CONFIRMED_DAY, DepartmentForm, OptionalTextFormSet
from rollout.admin.plans import may_open_departments
from rollout.models import Department, DepartmentText, Region
from rollout.wording import labels


@admin.register(Region)
class RegionAdmin(FactAdmin):
    """Regions: their names and slugs."""

    key_fields = ("code",)
    list_display = ["code", "name", "zone"]
    list_display_links = ["code", "name"]
    list_filter = ["zone"]
    search_fields = ["code", "name"]
    fields = ["code", "name", "slug", "zone"]

    actions: Any = ("open_from_a_date",)

    @admin.action(description=_("Open all departments from a date …"), permissions=["open"])
    def open_from_a_date(self, request: HttpRequest, queryset: QuerySet[Region]) -> HttpResponse:
        """Redirect to the page that opens the departments of these regions."""
        return redirect(opening_path(Department.objects.filter(region__in=queryset)))

    def has_open_permission(self, request: HttpRequest) -> bool:
        """Tell whether someone may change departments, not only their texts."""
        return may_open_departments(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a new region is a change of the map and of the files too."""
        return False

    def affected_departments(self, row: Region) -> list[Department]:
        """Return the region's departments."""
        return list(row.departments.all())

    def view_on_site(self, obj: Region) -> str:
        """Return the path of the public page."""
        return obj.get_absolute_url()


class DepartmentTextInline(TextInline):
    """Notes that only concern one department."""

    model = DepartmentText
    formset = OptionalTextFormSet


@admin.register(Department)
class DepartmentAdmin(BulkPages, DepartmentFilePages, FactAdmin):
    """Departments: what is open, since when, how surely, from which source."""

    form = DepartmentForm
    confirmations = (CONFIRMED_DAY,)
    key_fields = ("code",)
    list_display = [
        "code",
        "name",
        "state_today",
        "certainty",
        "last_checked",
        "wave",
        "source_names",
    ]
    list_display_links = ["code", "name"]
    list_filter = [("wave", TitleFilter), "certainty", "precision", "region"]
    list_select_related = ["wave", "region"]
    search_fields = ["code", "name", "region__name"]
    search_help_text = _("Number, name or region")
    date_hierarchy = "opened_on"
    inlines = [DepartmentTextInline]
    fieldsets = [
        (None, {"fields": ["code", "name", "region"]}),
        (_("The app there"), {"fields": ["wave", "not_before", "opened_on", "precision"]}),
        (_("Suspension"), {"fields": ["suspended_from", "suspended_until"]}),
        (
            _("How we know"),
            {"fields": [*EVIDENCE_FIELDS]},
        ),
    ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a new department is a change of the map and of the files too."""
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Fetch the sources of all rows at once, and the names of waves."""
        return super().get_queryset(request).prefetch_related("sources", "wave__texts")

    def affected_departments(self, row: Department) -> list[Department]:
        """Return the department itself."""
        return [row]

    def view_on_site(self, obj: Department) -> str:
        """Return the path of the public page."""
        return obj.get_absolute_url()

    @admin.display(description=_("today"))
    def state_today(self, obj: Department) -> Any:
        """Return what readers see today."""
        return labels.state(obj.state())

    @admin.display(description=_("sources"))
    def source_names(self, obj: Department) -> str:
        """Return the names of its first sources, and how many more there are."""
        return shortened([source.name for source in obj.sources.all()])
