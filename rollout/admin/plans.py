"""Edits of many departments: first the plan, then all or nothing."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from rollout.admin.base import editor
from rollout.admin.far_days import far_days
from rollout.admin.forms import BASE_VERSION, MINOR, NOTE, PREVIEW, NoteForm, set_form_value
from rollout.admin.preview import PreviewPages
from rollout.facts.subjects import entries_on, subjects_of
from rollout.importing.cells import DataRefused, ImportRow
from rollout.importing.edit import FILE_IMPORT, edit_departments
from rollout.importing.load import ImportResult
from rollout.models import Department, DepartmentText, Source, SourceText
from rollout.models.texts import Text
from rollout.wording import differences, labels
from rollout.wording.differences import Difference

CONFIRM = "_confirm"
PREVIEW_OF = "preview_of"
PREVIEWED_PAGES = {
    "departments": _("The list of departments"),
    "rollout": _("The roll-out"),
    "updates": _("The updates"),
    "home": _("The home page"),
}
"""The public pages that can be previewed beside those of departments, by their URL pattern."""


@dataclass(frozen=True)
class PublicPage:
    """A public page that no row has, by the name of its URL pattern."""

    name: str

    def get_absolute_url(self) -> str:
        """Return its address in the active language."""
        return reverse(self.name)


@dataclass(frozen=True)
class Plan:
    """What an edit would change: differences of departments and of new sources, and warnings.

    Departments with the same differences stand together in `groups`. `unchanged` is the number of
    departments that are so already; `closing` holds a sentence for each that is open now and would
    not be, or would be suspended.
    """

    departments: list[Department]
    groups: list[tuple[list[str], list[Difference]]]
    sources: list[list[Difference]]
    unchanged: int
    closing: list[str]


def grouped(
    by_name: Iterable[tuple[str, list[Difference]]],
) -> list[tuple[list[str], list[Difference]]]:
    """Return names with their differences: those with the same ones together, in their order."""
    groups: dict[str, tuple[list[str], list[Difference]]] = {}
    for name, found in by_name:
        key = "\n".join(map(str, found))
        groups.setdefault(key, ([], found))[0].append(name)
    return list(groups.values())


def may_change_departments(request: HttpRequest) -> bool:
    """Tell whether someone may change departments, not only their texts."""
    return bool(request.user.has_perm("rollout.change_department"))


def last_history_id(codes: Sequence[str] | None = None) -> str:
    """Return the ids of the newest lines of these departments and of their notes: "12 3".

    With None of any department; 0 stands for none.
    """
    newest = []
    for model, key in ((Department, "code"), (DepartmentText, "department_id")):
        lines = model.history.all()
        if codes is not None:
            lines = lines.filter(**{f"{key}__in": codes})
        newest.append(str(lines.aggregate(last=Max("history_id"))["last"] or 0))
    return " ".join(newest)


def plan_version(rows: list[ImportRow], codes: Sequence[str] | None) -> str:
    """Return a digest of the rows to save and of the departments' last change.

    A plan is saved only if this is what it was when the plan was shown.
    """
    content = [(row.key, row.values, row.sources) for row in rows]
    return hashlib.sha256(f"{last_history_id(codes)} {content!r}".encode()).hexdigest()


def make_plan(
    outcome: ImportResult, rows: list[ImportRow], before: Mapping[str, Department]
) -> Plan:
    """Return the plan of an edit that was tried: `before` are the departments as they are."""
    changed = {row.pk: row for row, _changes in outcome.plan if isinstance(row, Department)}
    titles = differences.Titles()
    of_departments: dict[str, list[Difference]] = {}
    of_sources: dict[Any, list[Difference]] = {}
    for row, changes in outcome.plan:
        words = differences.of_row(row, {c.name: (c.old, c.new) for c in changes}, titles)
        match row:
            case Department():
                of_departments.setdefault(row.pk, []).extend(words)
            case DepartmentText():
                of_departments.setdefault(row.department_id, []).extend(_labelled(row, words))
            case Source():
                of_sources.setdefault(row.pk, []).extend(words)
            case SourceText():
                of_sources.setdefault(row.source_id, []).extend(_labelled(row, words))
    departments = [before[code] for code in sorted(of_departments)]
    named = {row.key["code"] for row in rows if row.model is Department}
    return Plan(
        departments=departments,
        groups=grouped((str(row), of_departments[row.pk]) for row in departments),
        sources=list(of_sources.values()),
        unchanged=len(named - set(of_departments)),
        closing=[
            _closing(before[code], row)
            for code, row in changed.items()
            if _is_closing(before[code], row)
        ],
    )


def _labelled(text: Text, words: list[Difference]) -> list[Difference]:
    """Return differences of a text, with its language in their labels."""
    language = text.get_language_display()
    return [replace(one, label=f"{one.label} ({language})") for one in words]


def _is_closing(before: Department, after: Department) -> bool:
    """Tell whether a department that is open today would not be, or would be suspended later."""
    old, new = before.state(), after.state()
    is_announced = new.is_suspension_ahead and not old.is_suspension_ahead
    return old.is_open and (not new.is_open or is_announced)


def _closing(before: Department, after: Department) -> str:
    old, new = (strip_tags(labels.state(row.state())) for row in (before, after))
    return f"{before}: {old} → {new}"


class PlanPages(PreviewPages):
    """Adds to an admin: the page of a plan, and saving it."""

    def _plan_or_save(  # noqa: PLR0913 - a request, and all that is to be saved
        self,
        request: HttpRequest,
        form: NoteForm,
        rows: list[ImportRow],
        codes: list[str] | None,
        path: str,
        *,
        title: Sequence[Any] = (FILE_IMPORT,),
    ) -> HttpResponse:
        """Show what would change; where that was shown before and is confirmed, save it.

        `codes` are the departments whose changes by others make the plan stale, None: all; `path`
        is that of the public update, `title` the parts of that of the recorded edit.
        """
        is_confirmed = CONFIRM in request.POST
        edit = {
            "by": editor(request),
            "note": form.cleaned_data[NOTE],
            "translations": notes_of(form),
            "path": path,
            "title": title,
        }
        try:
            if PREVIEW in request.POST:
                return self._preview(request, rows, edit)
            with transaction.atomic():
                # Locked before the versions are compared: no other change can come between.
                locked = Department.objects.select_for_update().order_by("code")
                before = {row.code: row for row in locked}
                current = plan_version(rows, codes)
                is_stale = is_confirmed and form.cleaned_data[BASE_VERSION] != current
                outcome = edit_departments(
                    rows,
                    **edit,
                    is_minor=form.cleaned_data[MINOR],
                    dry_run=not is_confirmed or is_stale,
                )
        except DataRefused as refusal:
            return self._page(request, form, _("Nothing was saved"), problems=refusal.problems)
        if is_confirmed and not is_stale:
            return self._saved(request, outcome)
        set_form_value(form, BASE_VERSION, current)
        planned = [row for row, _differences in outcome.plan]
        rows_before = [before[row.pk] for row in planned if isinstance(row, Department)]
        speaking = entries_on(set().union(*map(subjects_of, [*planned, *rows_before])))
        moved = [
            row
            for row, changes in outcome.plan
            if isinstance(row, Department)
            and {"wave_id", "opened_on"} & {change.name for change in changes}
        ]
        plan = make_plan(outcome, rows, before)
        return self._page(
            request,
            form,
            _("Please look at it before it is saved"),
            plan=plan,
            is_stale=is_stale,
            speaking=speaking,
            warnings=far_days(moved),
            previewed=plan.departments,
        )

    def _saved(self, request: HttpRequest, outcome: ImportResult) -> HttpResponse:
        """Redirect to the list, with a message that leads to undoing it."""
        if outcome.edit is None:
            self.message_user(
                request, _("Nothing was changed: all of it is so already."), messages.WARNING
            )
            return redirect("admin:rollout_department_changelist")
        n = len(outcome.departments)
        sentence = ngettext(
            "%(count)s department was changed.", "%(count)s departments were changed.", n
        ) % {"count": n}
        address = reverse("admin:rollout_bulk_edit", args=[outcome.edit.pk])
        link = format_html('<a href="{}">{}</a>', address, _("See what was changed, or undo it"))
        self.message_user(request, format_html("{} {}", sentence, link), messages.SUCCESS)
        return redirect("admin:rollout_department_changelist")

    def _preview(
        self, request: HttpRequest, rows: list[ImportRow], edit: dict[str, Any]
    ) -> HttpResponse:
        """Return a public page as it would be after the edit, all of which is rolled back."""
        selected = request.POST.get(PREVIEW_OF, "")
        department = Department.objects.filter(pk=selected).first()
        page = PublicPage(selected if selected in PREVIEWED_PAGES else "departments")
        with transaction.atomic():
            edit_departments(rows, **edit, is_minor=not edit["note"])
            if department:
                department.refresh_from_db()
            response = self.preview(request, department or page)
            transaction.set_rollback(True)
        return response

    def _page(
        self, request: HttpRequest, form: forms.Form, title: Any, **more: Any
    ) -> HttpResponse:
        names = [bound.name for bound in form.visible_fields()]
        fieldsets = getattr(form, "fieldsets", [(None, {"fields": names})])
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "adminform": AdminForm(cast("Any", form), fieldsets, {}),
            "preview_languages": settings.LANGUAGES,
            "preview_pages": PREVIEWED_PAGES.items(),
            **more,
        }
        return TemplateResponse(request, "admin/bulk.html", context)

    def _may_change(self, request: HttpRequest) -> None:
        if not may_change_departments(request):
            raise PermissionDenied


def notes_of(form: NoteForm) -> dict[str, str]:
    """Return the notes for readers in other languages than the reference language, by code."""
    prefix = f"{NOTE}_"
    return {
        name.removeprefix(prefix): text
        for name, text in form.cleaned_data.items()
        if name.startswith(prefix) and text
    }
