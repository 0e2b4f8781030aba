"""Many departments at once, from a form: first the plan, then all or nothing."""

import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import public_path
from rollout.admin.forms import NoteForm, SourcesWidget
from rollout.admin.plans import PlanPages, may_open_departments
from rollout.dates import today
from rollout.importing.cells import ImportRow
from rollout.models import Certainty, Department, Precision, Source, Wave

CHECK_AGAIN_AFTER = datetime.timedelta(days=90)


class OpeningForm(NoteForm):
    """Departments that open on a day."""

    departments = forms.ModelMultipleChoiceField(
        Department.objects.all(), label=_("Departments"), widget=forms.CheckboxSelectMultiple
    )
    opened_on = forms.DateField(
        label=_("Open from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    precision = forms.ChoiceField(
        label=_("How exactly"), choices=[("", "---------"), *Precision.choices]
    )
    wave = forms.ModelChoiceField(Wave.objects.all(), label=_("Wave"))
    certainty = forms.ChoiceField(
        label=_("Certainty"), choices=[("", "---------"), *Certainty.choices]
    )
    sources = forms.ModelMultipleChoiceField(
        Source.objects.all(),
        label=_("Sources"),
        help_text=_("They take the place of the departments’ sources of before."),
        widget=SourcesWidget(Department._meta.get_field("sources"), admin.site),
    )

    field_order = ("departments", "opened_on", "precision", "wave", "certainty", "sources")

    def __init__(self, data: QueryDict | None, *, chosen: QuerySet[Department]) -> None:
        super().__init__(data, initial={"departments": chosen})
        if chosen:
            cast("Any", self.fields["departments"]).queryset = chosen

    def import_rows(self) -> list[ImportRow]:
        """Return one row for each chosen department."""
        cleaned_data = self.cleaned_data
        values = {
            "not_before": None,
            "opened_on": cleaned_data["opened_on"],
            "precision": cleaned_data["precision"],
            "wave_id": cleaned_data["wave"].pk,
            "certainty": cleaned_data["certainty"],
            "last_checked": today(),
            "check_again_by": today() + CHECK_AGAIN_AFTER,
        }
        sources = tuple(source.slug for source in cleaned_data["sources"])
        return [
            ImportRow(gettext("the form"), 1, Department, {"code": row.code}, values, sources)
            for row in cleaned_data["departments"]
        ]


class BulkPages(PlanPages):
    """Adds to the departments: open from a date."""

    actions: Any = ("open_from_a_date",)

    def get_urls(self) -> list[Any]:
        """Add the page."""
        view = self.admin_site.admin_view(self.opening_view)
        return [path("open/", view, name="rollout_department_open"), *super().get_urls()]

    @admin.action(description=_("Open from a date …"), permissions=["open"])
    def open_from_a_date(
        self, request: HttpRequest, queryset: QuerySet[Department]
    ) -> HttpResponse:
        """Redirect to the page that opens these departments."""
        return redirect(opening_path(queryset))

    def opening_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form, then the plan; save all or nothing."""
        self._may_change(request)
        chosen = Department.objects.filter(code__in=request.GET.getlist("code"))
        data = request.POST if request.method == "POST" else None
        form = OpeningForm(data, chosen=chosen)
        codes = [row.code for row in chosen]
        if form.is_bound and form.is_valid():
            codes = [row.code for row in form.cleaned_data["departments"]]
            wave = public_path(form.cleaned_data["wave"])
            return self._plan_or_save(request, form, form.import_rows(), codes, wave)
        return self._page(request, form, _("Open departments from a date"))

    def has_open_permission(self, request: HttpRequest) -> bool:
        """Tell whether someone may change departments, not only their texts."""
        return may_open_departments(request)


def opening_path(departments: QuerySet[Department]) -> str:
    """Return the path of the page that opens these departments from a date."""
    codes = [("code", code) for code in departments.values_list("code", flat=True)]
    return f"{reverse('admin:rollout_department_open')}?{urlencode(codes)}"
