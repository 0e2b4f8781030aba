"""The 503 page for requests that Django must answer without its database."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

GetResponse = Callable[[HttpRequest], HttpResponse]

UNAVAILABLE = "caching.unavailable"
"""The key in a WSGI environment with which rollout/caching/wsgi.py asks for that page."""


class UnavailableMiddleware:
    """Answers with 503 where the page cache knows that the database does not answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; the middlewares before this one write their headers into it."""
        if not request.META.get(UNAVAILABLE):
            return self._get_response(request)
        response = render(request, "503.html", status=503)
        response["Retry-After"] = "30"
        response["Cache-Control"] = "no-store"
        return response
