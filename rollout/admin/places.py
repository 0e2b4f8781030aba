"""Regions and departments."""

import datetime
import re
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import EVIDENCE_FIELDS, FactAdmin, TextInline, TitleFilter, shortened
from rollout.admin.bulk import BulkActions, BulkPages
from rollout.admin.bulk_undo import UndoPages
from rollout.admin.department_files import DepartmentFilePages
from rollout.admin.forms import CONFIRMED_DAY, DepartmentForm, OptionalTextFormSet
from rollout.dates import today
from rollout.models import Department, DepartmentText, Region
from rollout.wording import labels

NUMBER = re.compile(r"0?2[ABab]|[0-9]{1,3}")


@admin.register(Region)
class RegionAdmin(BulkActions, FactAdmin):
    """Regions: their names and slugs. Their actions change their departments."""

    key_fields = ("code",)
    list_display = ["code", "name", "zone"]
    list_display_links = ["code", "name"]
    list_filter = ["zone"]
    search_fields = ["code", "name"]
    fields = ["code", "name", "slug", "zone"]

    def departments_of(self, rows: QuerySet[Any]) -> QuerySet[Department]:
        """Return the departments of these regions."""
        return Department.objects.filter(region__in=rows)

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


class CheckFilter(admin.SimpleListFilter):
    """Filters facts by the day by which they are to be checked again."""

    title = _("check")
    parameter_name = "check"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return "overdue", and the days within which a check is due."""
        return [
            ("overdue", _("overdue")),
            ("7", _("due within 7 days")),
            ("30", _("due within 30 days")),
            ("90", _("due within 90 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the facts that are overdue, or due from today on."""
        match self.value():
            case "overdue":
                return queryset.filter(check_again_by__lt=today())
            case "7" | "30" | "90" as days:
                last = today() + datetime.timedelta(days=int(days))
                return queryset.filter(check_again_by__range=(today(), last))
        return queryset


@admin.register(Department)
class DepartmentAdmin(BulkPages, UndoPages, DepartmentFilePages, FactAdmin):
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
        "check_again_by",
        "wave_name",
        "source_names",
    ]
    list_display_links = ["code", "name"]
    list_filter = ["region", ("wave", TitleFilter), CheckFilter, "certainty", "precision"]
    list_select_related = ["region"]
    search_fields = ["code", "name", "region__name"]
    search_help_text = _("Number, name or region; several with commas: 75, 77, Bretagne")
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
        """Fetch the sources of all rows at once."""
        return super().get_queryset(request).prefetch_related("sources", "wave__texts")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find departments by number, as in "75, 77, 2a", name or region, also several at once."""
        terms = _terms(search_term)
        if not terms:
            return queryset, False
        matches = queryset.none()
        for term in terms:
            if NUMBER.fullmatch(term):
                found = queryset.filter(pk=_code(term))
            else:
                found, _duplicates = super().get_search_results(request, queryset, term)
            if len(terms) > 1 and not found.exists():
                message = gettext("Nothing was found for “%(term)s”.") % {"term": term}
                self.message_user(request, message, messages.WARNING)
            matches |= found
        return matches, False

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

    @admin.display(description=_("wave"), ordering="wave__position")
    def wave_name(self, obj: Department) -> str:
        """Return the name of its wave; "" for none."""
        return str(obj.wave.name) if obj.wave else ""

    @admin.display(description=_("sources"))
    def source_names(self, obj: Department) -> str:
        """Return the names of its first sources, and how many more there are."""
        return shortened([source.name for source in obj.sources.all()])


def _terms(text: str) -> list[str]:
    """Return what is searched: separated by commas, numbers also by spaces; at most 101."""
    terms = [term.strip() for term in re.split("[,;]", text) if term.strip()]
    words = text.replace(",", " ").replace(";", " ").split()
    if all(NUMBER.fullmatch(word) for word in words):
        terms = words
    return list(dict.fromkeys(terms))[:101]


def _code(number: str) -> str:
    """Return the INSEE code of a number as people write it: "1" is 01, "02a" is 2A."""
    return number.lstrip("0").upper().rjust(2, "0")
