"""The lists behind the counts of the admin's index: what waits, and what editors changed."""

import datetime
from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from rollout.admin import recent_changes, worklist

ROWS_PER_PAGE = 100
ENTRIES_TO_REREAD_PER_PAGE = 20  # with what changed, which takes some queries for each


def urls() -> list[URLPattern]:
    """Return the addresses of the pages, for the admin site to put before its own."""

    def view(function: Callable[..., HttpResponse]) -> Any:
        """Return a view of the admin, for GET and HEAD only."""
        return admin.site.admin_view(require_safe(function))

    return [
        path("rollout/work/<slug:kind>/", view(work_view), name="rollout_work"),
        path("rollout/changes/", view(changes_view), name="rollout_changes"),
    ]


def work_view(request: HttpRequest, kind: str) -> HttpResponse:
    """List what waits of a kind, at most 100 rows; with ?language=fr, in that language only.

    Raises:
        Http404: there is no such kind, or the user does not write in that language.
        PermissionDenied: it is not for the user to do.
    """
    if kind not in worklist.WorkKind.values:
        raise Http404
    work = worklist.WorkKind(kind)
    if work not in worklist.kinds_of_work(request.user):
        raise PermissionDenied
    codes, language = worklist.languages_of_work(request.user), request.GET.get("language", "")
    if language and language not in worklist.own_languages(request.user):
        raise Http404
    rows = worklist.rows_of(work, request.user, list({*codes, language} - {""}))
    shown = [row for row in rows if row.language == language] if language else rows
    is_reread = work == worklist.WorkKind.REREAD
    page = _page(request, shown, ENTRIES_TO_REREAD_PER_PAGE if is_reread else ROWS_PER_PAGE)
    return _response(
        request,
        "admin/work.html",
        work.label,
        page,
        kind=work.value,
        tasks=worklist.tasks(list(page.object_list), with_changes=is_reread),
        languages=worklist.language_counts(work, rows) if work in worklist.BY_LANGUAGE else [],
        language=language,
        has_day=any(row.day for row in page.object_list),
    )


def changes_view(request: HttpRequest) -> HttpResponse:
    """List what editors changed, newest first, at most 100 lines; with ?first= and ?last=, between.

    A translator sees changes of texts in their languages.

    Raises:
        Http404: one of these is no moment.
        PermissionDenied: the user may not read facts.
    """
    if not request.user.has_perm("rollout.view_entry"):
        raise PermissionDenied
    codes = worklist.languages_of_changes(request.user)
    try:
        first, last = (_moment(request.GET.get(name, "")) for name in ("first", "last"))
        page = _page(request, recent_changes.lines(codes, first, last), ROWS_PER_PAGE)
    except (ValueError, OverflowError):
        raise Http404 from None
    changes = recent_changes.changes(page.object_list)
    return _response(request, "admin/changes.html", _("Last changes"), page, changes=changes)


def _moment(value: str) -> datetime.datetime | None:
    """Return a moment with its time zone, None for what has no such form.

    Raises:
        ValueError: it has, but there is no such moment.
    """
    moment = parse_datetime(value)
    return moment if moment is not None and timezone.is_aware(moment) else None


def _page(request: HttpRequest, rows: Any, per_page: int) -> Page:
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


def _response(
    request: HttpRequest, template: str, title: Any, page: Page, **more: Any
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": title,
        "page": page,
        "pages": page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1),
        **more,
    }
    return TemplateResponse(request, template, context)
