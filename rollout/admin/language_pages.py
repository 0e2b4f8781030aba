"""The public pages of a language in the admin, also before readers may see them."""

import re

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import Resolver404, URLPattern, path, reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from rollout.admin.preview import render_anonymously
from rollout.admin.shared_previews import with_banner
from rollout.models.texts import languages


def urls() -> list[URLPattern]:
    """Return the addresses of the pages, to stand among those of the admin."""
    view = admin.site.admin_view(require_safe(pages_view))
    home = "rollout/translate/<slug:language>/pages/"
    return [
        path(f"{home}<path:page>", view, name="rollout_language_pages"),
        path(home, view, name="rollout_language_home"),
    ]


def pages_view(request: HttpRequest, language: str, page: str = "") -> HttpResponse:
    """Show a public page in a language that readers may not see yet; its links lead to others.

    Raises:
        Http404: there is no such page or language.
        PermissionDenied: the user may not read facts.
    """
    if not request.user.has_perm("rollout.view_entry"):
        raise PermissionDenied
    if language not in dict(languages()):
        raise Http404
    here = reverse("admin:rollout_language_home", args=[language])
    with translation.override(language):
        try:
            response = render_anonymously(
                request, f"/{language}/{page}", request.META.get("QUERY_STRING", "")
            )
        except Resolver404:
            raise Http404 from None
    if response.headers.get("Location", "").startswith(f"/{language}/"):
        return redirect(here + response.headers["Location"].removeprefix(f"/{language}/"))
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return response
    html = response.content.decode()
    html = re.sub(rf'\b(href|action|formaction)="/{language}/', rf'\1="{here}', html)
    html = re.sub(
        rf'\b(href|action)="{re.escape(here)}([^"]*\.(?:webmanifest|js|atom|ics|png)")',
        rf'\1="/{language}/\2',
        html,
    )
    context = {"name": dict(languages())[language], "language": language}
    banner = render_to_string("admin/_language_preview.html", context, request)
    return HttpResponse(
        with_banner(html, banner),
        status=response.status_code,
        headers={"Cache-Control": "no-store"},
    )
