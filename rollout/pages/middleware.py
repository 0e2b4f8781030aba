"""Redirects from addresses that are nearly right."""

from collections.abc import Callable

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
)

from rollout.pages.redirects import canonical_url, language_of, redirect_keeping_query

GetResponse = Callable[[HttpRequest], HttpResponse]


class RedirectMiddleware:
    """Redirect whoever asks for a page by a form of its address that is not its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and where nothing is found look for what was meant."""
        response = self._get_response(request)
        is_asked = request.method in ("GET", "HEAD") and not request.path_info.startswith(
            settings.API_PREFIX
        )
        if response.status_code != 404 or not is_asked:
            return response
        address = canonical_url(request.path_info)
        if address is None or address == request.path_info:
            return response
        # Where the language was missing, it leads to that of the browser: not for good.
        is_sure = language_of(request.path_info) == language_of(address)
        return redirect_keeping_query(request, address, permanent=is_sure)
