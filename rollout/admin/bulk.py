"""Many departments at once, from a form: first the plan, then all or nothing."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rollout.accounts.roles import writable_languages
from rollout.admin.bulk_form import BulkForm
from rollout.admin.plans import PlanPages, may_change_departments
from rollout.models import Department

ACTIONS = {
    "open_from_a_date": (_("Open from a date …"), "opening"),
    "suspend": (_("Suspend, or end a suspension …"), "suspension"),
    "certainty_and_sources": (_("Certainty and sources …"), "evidence"),
    "note_on_departments": (_("Note on departments …"), "note"),
    "mark_as_checked": (_("Mark as checked …"), "check"),
}
"""The actions of the lists, each with the part of the form that it opens."""

Action = tuple[Callable[..., HttpResponse | None], str, Any]


class BulkActions(admin.ModelAdmin):
    """Adds to a list of departments, or of regions, the actions that change departments."""

    def get_actions(self, request: HttpRequest) -> dict[str, Action]:  # type: ignore[override]
        """Return the actions, for who may change departments."""
        if not may_change_departments(request):
            return {}
        return {name: (_action(section), name, label) for name, (label, section) in ACTIONS.items()}

    def departments_of(self, rows: QuerySet[Any]) -> QuerySet[Department]:
        """Return the departments of the rows that were ticked."""
        return rows


def _action(section: str) -> Callable[..., HttpResponse | None]:
    def change(
        model_admin: BulkActions, request: HttpRequest, rows: QuerySet[Any]
    ) -> HttpResponse | None:
        """Redirect to the form; where rows are not there any more, say so."""
        ticked = set(request.POST.getlist("_selected_action"))
        gone = 0 if request.POST.get("select_across") == "1" else len(ticked) - rows.count()
        if gone > 0:
            message = ngettext(
                "%(n)s of the ticked rows does not exist.",
                "%(n)s of the ticked rows do not exist.",
                gone,
            )
            model_admin.message_user(request, message % {"n": gone}, messages.WARNING)
        departments = model_admin.departments_of(rows)
        return redirect(bulk_path(departments, section)) if departments else None

    return change


class BulkPages(BulkActions, PlanPages):
    """Adds to the departments: the form that changes many of them."""

    def get_urls(self) -> list[Any]:
        """Add the page."""
        view = self.admin_site.admin_view(self.bulk_view)
        return [path("edit/", view, name="rollout_department_edit"), *super().get_urls()]

    def bulk_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form, then the plan; save all or nothing.

        `?code=`, repeated, names the departments that are ticked, `?change=` the open part.
        """
        self._may_change(request)
        codes = request.GET.getlist("code")
        chosen = Department.objects.filter(code__in=codes)
        unknown = sorted({*codes} - {row.code for row in chosen})
        form = BulkForm(
            request.POST if request.method == "POST" else None,
            chosen=chosen,
            section=request.GET.get("change", ""),
            writable=writable_languages(request.user),
        )
        if form.is_bound and form.is_valid():
            departments = [row.code for row in form.cleaned_data["departments"]]
            return self._plan_or_save(
                request,
                form,
                form.import_rows(),
                departments,
                form.path,
                title=form.changed_parts(),
            )
        return self._page(
            request,
            form,
            _("Change many departments"),
            previewed=chosen,
            note=_unknown_codes(unknown),
        )


def _unknown_codes(codes: list[str]) -> str:
    """Return a sentence on codes that no department has; "" for none."""
    if not codes:
        return ""
    shown = ", ".join(codes[:10]) + (" …" if len(codes) > 10 else "")
    return gettext("No department has this number: %(codes)s.") % {"codes": shown}


def bulk_path(departments: QuerySet[Department], section: str) -> str:
    """Return the path of the form with these departments ticked and one part open."""
    codes = [("code", code) for code in departments.values_list("code", flat=True)]
    query = urlencode([("change", section), *codes])
    return f"{reverse('admin:rollout_department_edit')}?{query}"
