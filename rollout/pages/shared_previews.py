"""The public page of a preview that an editor shared: one page, for whoever has its signed link.

It needs no session, is stored by no cache, and tells nobody its address.
"""

import re

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from rollout.models.edits import SharedPreview

BEGINNING = 200
"""How many characters of a stored page are enough to read its language."""
LANGUAGE = re.compile(r'<html lang="([A-Za-z-]+)"')
TOKEN = re.compile(r"([a-z-]{2,12})-([0-9]{1,18})")

_signer = signing.Signer(sep=".", salt="shared-preview")


def preview_path(number: int, html: str) -> str:
    """Return the path of a shared preview, by its number and the beginning of its HTML.

    The token is signed, and names the language of the page: it is that of the page to which an
    expired link leads.
    """
    match = LANGUAGE.search(html)
    language = match[1] if match else settings.LANGUAGE_CODE
    return reverse("shared-preview", args=[_signer.sign(f"{language}-{number}")])


def is_readable(shared: SharedPreview) -> bool:
    """Tell whether a shared preview is neither withdrawn nor expired."""
    return shared.withdrawn_at is None and shared.expires_at > timezone.now()


@csrf_exempt  # it changes nothing, and a wrong method is 405
@require_safe
@never_cache
def shared_preview(request: HttpRequest, token: str) -> HttpResponse:
    """Return the page, 410 where it has expired or was withdrawn, 404 for a token of nobody's."""
    try:
        match = TOKEN.fullmatch(_signer.unsign(token))
    except signing.BadSignature:
        match = None
    if match is None:
        response = render(request, "rollout/shared_preview_unknown.html", status=404)
        return _with_headers(response, translation.get_language())
    language, number = match.groups()
    shared = SharedPreview.objects.filter(pk=int(number)).first()
    if shared and is_readable(shared):
        return _with_headers(HttpResponse(shared.html), language)
    with translation.override(language):
        context = {"is_withdrawn": bool(shared and shared.withdrawn_at)}
        response = render(request, "rollout/shared_preview_gone.html", context, status=410)
    return _with_headers(response, language)


# As rollout.caching.decorators has it of a public view.
shared_preview.query_params = ()  # type: ignore[attr-defined]


def _with_headers(response: HttpResponse, language: str) -> HttpResponse:
    """Return a response that search engines leave out and of which no other site learns."""
    response["Content-Language"] = language
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
