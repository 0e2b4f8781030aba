"""Edits of many departments: first the plan, then all or nothing."""

import hashlib
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import editor
from rollout.admin.far_days import far_days
from rollout.admin.forms import BASE_VERSION, MINOR, NOTE, NoteForm, set_form_value
from rollout.facts.subjects import entries_on, subjects_of
from rollout.importing import load
from rollout.importing.cells import DataRefused, ImportRow
from rollout.models import Department
from rollout.wording import differences

CONFIRM = "_confirm"


def may_open_departments(request: HttpRequest) -> bool:
    """Tell whether someone may change departments, not only their texts."""
    return bool(request.user.has_perm("rollout.change_department"))


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


def _in_words(
    plan: list[tuple[models.Model, list[load.Difference]]],
) -> list[tuple[models.Model, list[differences.Difference]]]:
    """Return the rows of a plan, each with what would change of it."""
    titles = differences.Titles()
    return [
        (row, differences.of_row(row, {c.name: (c.old, c.new) for c in changes}, titles))
        for row, changes in plan
    ]


class PlanPages(admin.ModelAdmin):
    """Adds to an admin: the page of a plan, and saving it."""

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
            for row, changes in outcome.plan
            if {"wave_id", "opened_on"} & {change.name for change in changes}
        ]
        more = {
            "outcome": outcome,
            "plan": _in_words(outcome.plan),
            "is_stale": is_stale,
            "speaking": speaking,
        }
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
