"""The page as readers would see it after a change that is not saved."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils import translation

from rollout.admin.forms import PREVIEW
from rollout.caching import fragments
from rollout.models.texts import reference_language


class PreviewPages(admin.ModelAdmin):
    """Adds a preview to a form: what was typed is saved, the public page rendered, all rolled back.

    Nothing of it can be seen elsewhere, and the public address itself never reads a session.
    """

    can_preview = True

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Show the form or save it; for a preview, undo the saving."""
        context = {"can_preview": self.can_preview, "preview_languages": settings.LANGUAGES}
        context |= extra_context or {}
        if PREVIEW not in request.POST or not self.can_preview:
            return super().changeform_view(request, object_id, form_url, context)
        with transaction.atomic():
            answer = super().changeform_view(request, object_id, form_url, context)
            transaction.set_rollback(True)
        return answer

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead on after saving a new row, or show what readers would see of it."""
        if PREVIEW in request.POST and self.can_preview:
            return self.preview(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Lead on after saving a row, or show what readers would see of it."""
        if PREVIEW in request.POST and self.can_preview:
            return self.preview(request, obj)
        return super().response_change(request, obj)

    def preview(self, request: HttpRequest, row: Any) -> HttpResponse:
        """Return the public page of a row, in the language and on the day that were asked for."""
        asked = request.POST.get("preview_language", "")
        language = asked if asked in dict(settings.LANGUAGES) else reference_language()
        self.show_drafts(row)
        banner = render_to_string("admin/_preview.html", {"row": row}, request)
        with translation.override(language):
            path, _, query = self.preview_path(row).partition("#")[0].partition("?")
            on = QueryDict(mutable=True)
            on["on"] = request.POST.get("preview_on", "")
            with fragments.bypass_cache():  # drafts are shown, of which the edition knows nothing
                answer = _as_a_reader(request, path, f"{query}&{on.urlencode()}")
        html = answer.content.decode().replace("<main ", f"{banner}<main ", 1)
        return HttpResponse(html, headers={"Cache-Control": "no-store"})

    def preview_path(self, row: Any) -> str:
        """Return the address, in the active language, at which readers find the row."""
        return str(row.get_absolute_url())

    def show_drafts(self, row: Any) -> None:
        """Make the row's drafts public, until all is rolled back."""


def _as_a_reader(request: HttpRequest, path: str, query: str) -> HttpResponse:
    """Return what a public view answers to someone without a session."""
    asked = HttpRequest()
    asked.method = "GET"
    asked.path = asked.path_info = path
    asked.META = {
        name: request.META[name]
        for name in ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme")
        if name in request.META
    }
    asked.GET = QueryDict(query)
    match = resolve(path)
    answer: HttpResponse = match.func(asked, *match.args, **match.kwargs)
    return answer
