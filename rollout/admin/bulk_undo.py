"""The recorded edits of many departments: a list, and a page of each that undoes it."""

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from rollout.accounts.roles import writable_languages
from rollout.admin.base import editor
from rollout.admin.plans import grouped, last_history_id, may_change_departments
from rollout.facts import bulk_edits
from rollout.facts.bulk_edits import UndoStep
from rollout.models import BulkEdit, Department, DepartmentText
from rollout.wording.differences import Difference, Titles, between

EDITS_PER_PAGE = 50
VERSION = "version"


class UndoPages(admin.ModelAdmin):
    """Adds to the departments: the edits of many of them, each of which can be undone."""

    def get_urls(self) -> list[Any]:
        """Add the two pages."""
        wrap = self.admin_site.admin_view
        return [
            path("edits/", wrap(self.edits_view), name="rollout_bulk_edits"),
            path("edits/<int:pk>/", wrap(self.edit_view), name="rollout_bulk_edit"),
            *super().get_urls(),
        ]

    def edits_view(self, request: HttpRequest) -> HttpResponse:
        """List the edits of many departments, newest first."""
        self._may_look(request)
        edits = (
            BulkEdit.objects.select_related("made_by")
            .annotate(
                department_count=Count("departments", distinct=True),
                text_count=Count("texts", distinct=True),
            )
            .order_by("-made_at", "-pk")
        )
        page = Paginator(edits, EDITS_PER_PAGE).get_page(request.GET.get("page"))
        title = BulkEdit._meta.verbose_name_plural
        return self._edit_page(request, "admin/bulk_edits.html", title, page=page)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what undoing an edit would do; on POST, undo all of it that nobody changed since."""
        self._may_look(request)
        edit = get_object_or_404(BulkEdit.objects.select_related("made_by", "update"), pk=pk)
        if request.method == "POST" and self._undo(request, edit):
            return redirect("admin:rollout_bulk_edits")
        steps = bulk_edits.undo_steps(edit, writable_languages(cast("Any", request.user)))
        titles = Titles()
        return self._edit_page(
            request,
            "admin/bulk_edit.html",
            edit,
            edit=edit,
            update_text=edit.update and edit.update.text,
            undone=grouped(
                (step.name, _in_words(step, titles)) for step in steps if not step.is_left
            ),
            left=[step for step in steps if step.is_left],
            may_undo=may_change_departments(request) and edit.undone_at is None,
            version=_version(edit),
        )

    def _undo(self, request: HttpRequest, edit: BulkEdit) -> bool:
        """Undo an edit as it was shown; return whether that was possible, and say so."""
        if not may_change_departments(request):
            raise PermissionDenied
        languages = writable_languages(cast("Any", request.user))
        try:
            with transaction.atomic():
                # Locked before the versions are compared: no other change can come between.
                list(Department.objects.select_for_update().order_by("code"))
                edit.refresh_from_db()
                is_stale = request.POST.get(VERSION) != _version(edit)
                if is_stale and edit.undone_at is None:
                    raise ValidationError(
                        _("Someone changed one of these since you opened the page. Look again.")
                    )
                bulk_edits.undo(edit, by=editor(request), languages=languages)
        except ValidationError as error:
            for message in error.messages:
                self.message_user(request, message, messages.ERROR)
            return False
        self.message_user(request, _("The edit was undone."), messages.SUCCESS)
        return True

    def _may_look(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _edit_page(
        self, request: HttpRequest, template: str, title: Any, **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": capfirst(str(title)),
            **more,
        }
        return TemplateResponse(request, template, context)


def _version(edit: BulkEdit) -> str:
    """Return a text that is new after every change of a department of the edit."""
    codes = {*edit.departments.values_list("code", flat=True)}
    codes |= {*edit.texts.values_list("department_id", flat=True)}
    return last_history_id(sorted(codes))


def _in_words(step: UndoStep, titles: Titles) -> list[Difference]:
    """Return what undoing changes, field by field; a note that is removed ends as a dash."""
    if step.before:
        return between(step.record, step.before, titles)
    label = capfirst(DepartmentText._meta.get_field("note").verbose_name)
    return [Difference(str(label), step.record.note, "–")]
