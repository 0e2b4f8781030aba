"""Departments as a file: imported with a plan first, exported as the database has them."""

import csv
import io
from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.admin.forms import NoteForm, set_form_value
from rollout.admin.plans import PlanPages
from rollout.dates import today
from rollout.importing import files
from rollout.models import Department

MAX_UPLOAD_BYTES = 200_000


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


class DepartmentFilePages(PlanPages):
    """Adds to the departments: import and export a CSV file."""

    change_list_template = "admin/departments.html"

    def get_urls(self) -> list[Any]:
        """Add the two pages."""
        wrap = self.admin_site.admin_view
        return [
            path("import/", wrap(self.import_view), name="rollout_department_import"),
            path("export/", wrap(self.export_view), name="rollout_department_export"),
            *super().get_urls(),
        ]

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
