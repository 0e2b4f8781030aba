"""Many departments at once, from a form or a CSV file: first the plan, then all or nothing."""

import csv
import datetime
import hashlib
import io
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import editor, public_path
from rollout.admin.far_days import far_days
from rollout.admin.forms import BASE_VERSION, MINOR, NOTE, NoteForm, SourcesWidget, set_form_value
from rollout.dates import today
from rollout.facts.subjects import entries_on, subjects_of
from rollout.importing import files, load
from rollout.importing.cells import DataRefused, ImportRow
from rollout.models import Certainty, Department, Precision, Source, Wave

CONFIRM = "_confirm"
MAX_UPLOAD_BYTES = 200_000
CHECK_AGAIN_AFTER = datetime.timedelta(days=90)


def last_history_id(codes: list[str] | None = None) -> str:
    """Return the id of the newest history line of these departments (None: of any); "0" if none."""
    lines = Department.history.all()
    if codes is not None:
        lines = lines.filter(code__in=codes)
    return str(lines.aggregate(last=Max("history_id"))["last"] or 0)


def plan_version(rows: list[ImportRow], codes: list[str] | None) -> str:
    """Return a digest of the rows to save and of the departments' last change.

    A plan is saved only if this is what it was when the plan was shown.
    """
    content = [(row.key, row.values, row.sources) for row in rows]
    return hashlib.sha256(f"{last_history_id(codes)} {content!r}".encode()).hexdigest()


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


class UploadForm(NoteForm):
    """A CSV file of departments; a hidden field carries its content from the plan to saving."""

    file = forms.FileField(label=_("CSV file"), required=False)
    content = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    field_order = ("file",)

    def clean(self) -> dict[str, Any]:
        """Require a file of at most MAX_UPLOAD_BYTES, or the content of one sent before."""
        super().clean()
        file = self.cleaned_data.get("file")
        if file and file.size > MAX_UPLOAD_BYTES:
            self.add_error("file", gettext("The file is too large: 200 KB at most."))
        elif not file and not self.cleaned_data.get("content"):
            self.add_error("file", gettext("Choose a file."))
        return self.cleaned_data

    def bytes(self) -> bytes:
        """Return the content of the file, as it was sent."""
        file = self.cleaned_data.get("file")
        return file.read() if file else cast("str", self.cleaned_data["content"]).encode()


class BulkPages(admin.ModelAdmin):
    """Adds to the departments: open from a date, import and export a CSV file."""

    change_list_template = "admin/departments.html"
    actions: Any = ("open_from_a_date",)

    def get_urls(self) -> list[Any]:
        """Add the three pages."""
        wrap = self.admin_site.admin_view
        return [
            path("open/", wrap(self.opening_view), name="rollout_department_open"),
            path("import/", wrap(self.import_view), name="rollout_department_import"),
            path("export/", wrap(self.export_view), name="rollout_department_export"),
            *super().get_urls(),
        ]

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

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form, then the plan or every problem; save all or nothing."""
        self._may_change(request)
        data = request.POST if request.method == "POST" else None
        form = UploadForm(data, request.FILES if request.method == "POST" else None)
        if not (form.is_bound and form.is_valid()):
            return self._page(request, form, _("Import departments from a CSV file"))
        content = form.bytes()
        rows, problems = files.read_rollout(content)
        if problems:
            return self._page(request, form, _("Import refused"), problems=problems)
        set_form_value(form, "content", content.decode("utf-8-sig"))
        return self._plan_or_save(request, form, rows, None, "rollout/")

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Return rollout.csv as the database has it: imported again, it changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = io.StringIO()
        rows = Department.objects.order_by("code").prefetch_related("sources")
        csv.writer(text, lineterminator="\n").writerows(files.rollout_rows(rows))
        name = f"rollout-{today():%Y-%m-%d}.csv"
        return HttpResponse(
            text.getvalue(),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def _plan_or_save(
        self,
        request: HttpRequest,
        form: NoteForm,
        rows: list[ImportRow],
        codes: list[str] | None,
        path: str,
    ) -> HttpResponse:
        """Show what would change; where that was shown before and is confirmed, save it."""
        is_confirmed = CONFIRM in request.POST
        cleaned_data = form.cleaned_data
        try:
            with transaction.atomic():
                # Locked before the versions are compared: no other change can come between.
                list(Department.objects.select_for_update().order_by("code"))
                current = plan_version(rows, codes)
                is_stale = is_confirmed and cleaned_data[BASE_VERSION] != current
                outcome = load.edit_departments(
                    rows,
                    by=editor(request),
                    note=cleaned_data[NOTE],
                    path=path,
                    is_minor=cleaned_data[MINOR],
                    dry_run=not is_confirmed or is_stale,
                )
        except DataRefused as refusal:
            return self._page(request, form, _("Nothing was saved"), problems=refusal.problems)
        if is_confirmed and not is_stale:
            count = len(outcome.plan)
            self.message_user(
                request,
                gettext("%(count)s departments were changed.") % {"count": count},
                messages.SUCCESS,
            )
            return redirect("admin:rollout_department_changelist")
        set_form_value(form, BASE_VERSION, current)
        title = _("Please look at it before it is saved")
        planned = [row for row, _differences in outcome.plan]
        rows_before = Department.objects.filter(pk__in=[row.pk for row in planned])
        speaking = entries_on(set().union(*map(subjects_of, [*planned, *rows_before])))
        moved = [
            cast("Department", row)
            for row, differences in outcome.plan
            if {"wave_id", "opened_on"} & {difference.name for difference in differences}
        ]
        more = {"outcome": outcome, "is_stale": is_stale, "speaking": speaking}
        return self._page(request, form, title, warnings=far_days(moved), **more)

    def _page(
        self, request: HttpRequest, form: forms.Form, title: Any, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            **more,
        }
        return TemplateResponse(request, "admin/bulk.html", context)

    def _may_change(self, request: HttpRequest) -> None:
        if not may_open_departments(request):
            raise PermissionDenied

    def has_open_permission(self, request: HttpRequest) -> bool:
        """Tell whether someone may change departments, not only their texts."""
        return may_open_departments(request)


def may_open_departments(request: HttpRequest) -> bool:
    """Tell whether someone may change departments, not only their texts."""
    return bool(request.user.has_perm("rollout.change_department"))


def opening_path(departments: QuerySet[Department]) -> str:
    """Return the path of the page that opens these departments from a date."""
    codes = [("code", code) for code in departments.values_list("code", flat=True)]
    return f"{reverse('admin:rollout_department_open')}?{urlencode(codes)}"
