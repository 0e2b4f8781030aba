"""Departments as a file: imported with a plan first, exported as the database has them."""

import base64
import binascii
import csv
import io
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.admin.forms import NoteForm, set_form_value
from rollout.admin.plans import PlanPages
from rollout.dates import today
from rollout.importing import uploads
from rollout.models import Department
from rollout.workbooks import MEDIA_TYPE, Sheet, workbook_bytes

MAX_UPLOAD_BYTES = 200_000
MAX_NAME_LENGTH = 100
TOO_LARGE = _("The file is too large: 200 KB at most. Nothing was sent; send the table alone.")


class UploadForm(NoteForm):
    """A file of departments; hidden fields carry its name and content from the plan to saving."""

    file = forms.FileField(
        label=_("CSV file or workbook (.xlsx)"),
        required=False,
        help_text=_(
            "With the columns of the export, or some of them. What the file lacks stays as it is; "
            "you see what would change before anything is saved."
        ),
        widget=forms.FileInput(
            attrs={
                "accept": f".csv,.txt,.xlsx,text/csv,{MEDIA_TYPE}",
                "data-max-bytes": MAX_UPLOAD_BYTES,
                "data-too-large": TOO_LARGE,
            }
        ),
    )
    content = forms.CharField(required=False, widget=forms.HiddenInput)
    file_name = forms.CharField(required=False, widget=forms.HiddenInput)

    field_order = ("file",)
    notes: list[str] = []
    """How the file was read, in sentences."""

    def clean_content(self) -> bytes:
        """Return the content of a file that was sent before."""
        try:
            return base64.b64decode(self.cleaned_data["content"], validate=True)
        except (binascii.Error, ValueError):
            return b""

    def clean(self) -> dict[str, Any]:
        """Require a file of at most MAX_UPLOAD_BYTES, or the content of one sent before."""
        super().clean()
        file = self.cleaned_data.get("file")
        if file and file.size > MAX_UPLOAD_BYTES:
            self.add_error("file", gettext("The file is too large: 200 KB at most."))
        elif not file and not self.cleaned_data.get("content"):
            self.add_error("file", gettext("Choose a file."))
        return self.cleaned_data

    def read(self) -> uploads.Upload:
        """Read the file; remember it, and how it was read, for the next time the form is shown."""
        file = self.cleaned_data.get("file")
        content = file.read() if file else self.cleaned_data["content"]
        name = (file.name if file else self.cleaned_data["file_name"])[-MAX_NAME_LENGTH:]
        upload = uploads.read_departments(content, name)
        set_form_value(self, "content", base64.b64encode(content).decode())
        set_form_value(self, "file_name", name)
        self.notes = upload.notes
        return upload


class DepartmentFilePages(PlanPages):
    """Adds to the departments: import and export a file."""

    change_list_template = "admin/departments.html"

    def get_urls(self) -> list[Any]:
        """Add the pages."""
        wrap = self.admin_site.admin_view
        return [
            path("import/", wrap(self.import_view), name="rollout_department_import"),
            path("export/", wrap(self.export_view), name="rollout_department_export"),
            path(
                "export.xlsx",
                wrap(self.export_workbook_view),
                name="rollout_department_export_xlsx",
            ),
            *super().get_urls(),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form, then the plan or every problem; save all or nothing."""
        self._may_change(request)
        data = request.POST if request.method == "POST" else None
        form = UploadForm(data, request.FILES if request.method == "POST" else None)
        if not (form.is_bound and form.is_valid()):
            return self._page(request, form, _("Import departments from a file"))
        upload = form.read()
        if upload.problems:
            return self._page(request, form, _("Import refused"), problems=upload.problems)
        return self._plan_or_save(request, form, upload.rows, None, "rollout/")

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Return rollout.csv as the database has it: imported again, it changes nothing."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self._table(request))
        return self._download(text.getvalue(), "csv", "text/csv; charset=utf-8")

    def export_workbook_view(self, request: HttpRequest) -> HttpResponse:
        """Return the same as a workbook: numbers of departments are text, days are dates."""
        content = workbook_bytes([Sheet("rollout", list(self._table(request)))])
        return self._download(content, "xlsx", MEDIA_TYPE)

    def _table(self, request: HttpRequest) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Department.objects.order_by("code").prefetch_related("sources")
        return uploads.department_table(rows)

    def _download(self, content: str | bytes, ending: str, content_type: str) -> HttpResponse:
        name = f"rollout-{today():%Y-%m-%d}.{ending}"
        disposition = f'attachment; filename="{name}"'
        return HttpResponse(
            content, content_type=content_type, headers={"Content-Disposition": disposition}
        )

    def _page(
        self, request: HttpRequest, form: forms.Form, title: Any, **more: Any
    ) -> HttpResponse:
        """Return the page of a plan; that of a file says how it was read, and sums up problems."""
        if not isinstance(form, UploadForm):
            return super()._page(request, form, title, **more)
        if "problems" in more:
            more["problems"] = uploads.problem_sentences(more["problems"])
        page = super()._page(request, form, title, notes=form.notes, **more)
        if isinstance(page, TemplateResponse):
            page.template_name = "admin/import.html"
        return page
