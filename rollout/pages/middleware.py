"""Redirects from misspelt and former addresses, and from pages that a language does not have."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from rollout.kinds import is_in_active_language, page_address
from rollout.pages.redirects import canonical_url, language_of, redirect_keeping_query

GetResponse = Callable[[HttpRequest], HttpResponse]


class RedirectMiddleware:
    """Redirects a 404 outside the API to the page that was meant, if there is one.

    A page that is there in FULL_LANGUAGES only is redirected to from all other languages.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response, or instead of a 404 a redirect: permanent, but for the language."""
        response = self._get_response(request)
        is_api = request.path_info.startswith(settings.API_PREFIX)
        if response.status_code != 404 or is_api or request.method not in ("GET", "HEAD"):
            return response
        address = canonical_url(request.path_info)
        if address is None or address == request.path_info:
            return response
        # A path without a language gets that of the browser, which may differ next time.
        has_language = language_of(request.path_info) == language_of(address)
        return redirect_keeping_query(request, address, permanent=has_language)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Redirect, for the time being, to the reference language where the page is not there."""
        match = request.resolver_match
        name = match.url_name if match and not match.namespaces else None
        if name is None or is_in_active_language(name):
            return None
        address = page_address(name, *kwargs.values())
        return redirect_keeping_query(request, address, permanent=False)
