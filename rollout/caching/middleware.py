"""The 503 page for requests that Django must answer without its database."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

GetResponse = Callable[[HttpRequest], HttpResponse]

UNAVAILABLE = "caching.unavailable"
"""The key in a WSGI environment by which rollout/caching/wsgi.py requests that page."""


class UnavailableMiddleware:
    """Responds with 503 where the page cache knows that the database does not answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; the middlewares before this one add their headers to it."""
        if not request.META.get(UNAVAILABLE):
            return self._get_response(request)
        response = render(request, "503.html", status=503)
        response["Retry-After"] = "30"
        response["Cache-Control"] = "no-store"
        return response
