"""The 503 page: which cause, when to try again, and what someone typed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollout.caching.outages import Outage

GetResponse = Callable[[HttpRequest], HttpResponse]

UNAVAILABLE = "caching.unavailable"
"""The key in a WSGI environment by which rollout/caching/wsgi.py requests that page: an Outage."""


class UnavailableMiddleware:
    """Responds with 503 where the page cache knows that Django cannot answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; the middlewares before this one add their headers to it."""
        outage = request.META.get(UNAVAILABLE)
        return unavailable(request, outage) if outage else self._get_response(request)


def unavailable(request: HttpRequest, outage: Outage) -> HttpResponse:
    """Return the 503 page. What was sent stands in a form, to be sent again unchanged.

    That form has the token that was sent with it and no other, so a form of another site stays
    refused. Passwords and files are left out. No query, no session.
    """
    fields = _sent_fields(request)
    context = {
        "outage": outage,
        "fields": fields,
        "is_form": request.method == "POST",
        "has_files": bool(fields and request.FILES),
        "action": request.get_full_path(),
    }
    response = render(None, "503.html", context, status=503)
    response["Retry-After"] = str(outage.retry_after)
    response["Cache-Control"] = "no-store"
    response.outage = outage  # type: ignore[attr-defined]
    return response


def _sent_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return names and values of a form that someone filled in, none if it has a password."""
    if request.method != "POST":
        return []
    fields = [(name, str(value)) for name, values in request.POST.lists() for value in values]
    return [] if any("password" in name for name, _value in fields) else fields
