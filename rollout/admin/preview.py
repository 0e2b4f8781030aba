"""The page as readers would see it after a change that is not saved."""

import re
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
from rollout.dates import SelectedDay
from rollout.models.texts import reference_language, texts_of


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
            response = super().changeform_view(request, object_id, form_url, context)
            transaction.set_rollback(True)
        return response

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Redirect after saving a new row, or return the preview."""
        if PREVIEW in request.POST and self.can_preview:
            return self.preview(request, obj)
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Redirect after saving a row, or return the preview."""
        if PREVIEW in request.POST and self.can_preview:
            return self.preview(request, obj)
        return super().response_change(request, obj)

    def preview(self, request: HttpRequest, row: Any) -> HttpResponse:
        """Return the public page of a row, in the language and on the day chosen in the form."""
        selected = request.POST.get("preview_language", "")
        language = selected if selected in dict(settings.LANGUAGES) else reference_language()
        self.publish_drafts(row)
        banner = render_to_string("admin/_preview.html", {"row": row}, request)
        with translation.override(language):
            path, _, query = self.preview_path(row).partition("#")[0].partition("?")
            on = QueryDict(mutable=True)
            on["on"] = preview_on = request.POST.get("preview_on", "")
            day = SelectedDay.read(preview_on).day
            # What is not saved has no data version: nothing of it is cached.
            with fragments.bypass_cache(), texts_of(day):
                response = _render_anonymously(request, path, f"{query}&{on.urlencode()}")
        before, main, after = re.split("(<main [^>]*>)", response.content.decode(), maxsplit=1)
        html = f"{before}{main}{banner}{after}"
        return HttpResponse(html, headers={"Cache-Control": "no-store"})

    def preview_path(self, row: Any) -> str:
        """Return the path of the row's public page in the active language."""
        return str(row.get_absolute_url())

    def publish_drafts(self, row: Any) -> None:
        """Publish the row's drafts: the transaction is rolled back after the preview."""


def _render_anonymously(request: HttpRequest, path: str, query: str) -> HttpResponse:
    """Return the response of a public view to a request without session, user and cookies."""
    public_request = HttpRequest()
    public_request.method = "GET"
    public_request.path = public_request.path_info = path
    public_request.META = {
        name: request.META[name]
        for name in ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "wsgi.url_scheme")
        if name in request.META
    }
    public_request.GET = QueryDict(query)
    match = resolve(path)
    response: HttpResponse = match.func(public_request, *match.args, **match.kwargs)
    return response
