"""The page as readers would see it after a change that is not saved."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import URLPattern, resolve
from django.utils import translation

from rollout.admin.forms import PREVIEW
from rollout.admin.shared_previews import SHARE, share, with_banner
from rollout.caching import fragments
from rollout.dates import SelectedDay
from rollout.models.texts import reference_language, texts_of

PREVIEW_LANGUAGE, PREVIEW_ON = "preview_language", "preview_on"
"""The parameters by which editors choose language and day of a preview."""


class PreviewPage(NamedTuple):
    """A public page as readers would see it: HTML, language and path, the query left out."""

    html: str
    language: str
    path: str


class PreviewResponse(HttpResponse):
    """A preview for its editor: the page with a banner, stored by no cache."""

    def __init__(self, request: HttpRequest, page: PreviewPage) -> None:
        banner = render_to_string("admin/_preview.html", {"fields": _fields(request)}, request)
        super().__init__(with_banner(page.html, banner), headers={"Cache-Control": "no-store"})
        self.page = page


class PreviewPages(admin.ModelAdmin):
    """Adds a preview to a form: what was typed is saved, the public page rendered, all rolled back.

    Nothing of it can be seen elsewhere, and the public address itself never reads a session. What
    an editor shares is stored as it was rendered (shared_previews).
    """

    can_preview = True

    @property
    def urls(self) -> list[URLPattern]:
        """Return all pages of the admin, those of its subclasses too; of each a preview is shared.

        Outside of the transaction in which the preview was made, since that is rolled back.
        """
        return [
            URLPattern(each.pattern, _sharing(each.callback), each.default_args, each.name)
            for each in super().urls
        ]

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

    def preview(self, request: HttpRequest, row: Any) -> PreviewResponse:
        """Return the public page of a row, in the language and on the day chosen in the form."""
        return PreviewResponse(request, self.preview_page(request, row, request.POST))

    def preview_page(self, request: HttpRequest, row: Any, params: QueryDict) -> PreviewPage:
        """Return the public page of a row whose change is saved in a transaction to be rolled back.

        `params` has PREVIEW_LANGUAGE and PREVIEW_ON; without them it is the reference language, on
        today.
        """
        selected = params.get(PREVIEW_LANGUAGE, "")
        language = selected if selected in dict(settings.LANGUAGES) else reference_language()
        self.publish_drafts(row)
        with translation.override(language):
            path, _, query = self.preview_path(row).partition("#")[0].partition("?")
            on = QueryDict(mutable=True)
            on["on"] = preview_on = params.get(PREVIEW_ON, "")
            day = SelectedDay.read(preview_on).day
            # What is not saved has no data version: nothing of it is cached.
            with fragments.bypass_cache(), texts_of(day):
                response = render_anonymously(request, path, f"{query}&{on.urlencode()}")
        return PreviewPage(response.content.decode(), language, path)

    def preview_path(self, row: Any) -> str:
        """Return the path of the row's public page in the active language."""
        return str(row.get_absolute_url())

    def publish_drafts(self, row: Any) -> None:
        """Publish the row's drafts: the transaction is rolled back after the preview."""


def _sharing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a view of which a preview is shared where its button says so."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Call the view, and share what it returned."""
        response = view(request, *args, **kwargs)
        if SHARE in request.POST and isinstance(response, PreviewResponse):
            return share(request, *response.page)
        return response

    return wrapped


def _fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return names and values of the form whose preview it is: sent again, it is shared."""
    return [
        (name, str(value))
        for name, values in (request.POST or request.GET).lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]


def render_anonymously(request: HttpRequest, path: str, query: str) -> HttpResponse:
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
