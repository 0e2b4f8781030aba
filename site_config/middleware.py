"""The site's own middlewares: request ids, a cross-origin policy, the choice of language."""

import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware import locale
from django.utils import translation

from site_config import logs

GetResponse = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Gives each request an id, for the log; a response that failed tells it in X-Request-ID."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; what is logged meanwhile has the request's id."""
        request_id = secrets.token_hex(8)
        request.number = request_id  # type: ignore[attr-defined]
        logs.begin_request(request_id, request)
        response = self._get_response(request)
        if response.status_code >= 500:
            response["X-Request-ID"] = request_id
        return response


class CrossOriginPolicyMiddleware:
    """Lets no other site load what is ours, unless a view allows it."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response with a Cross-Origin-Resource-Policy."""
        response = self._get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class LocaleMiddleware(locale.LocaleMiddleware):
    """Take the language from the address, else from the browser; from neither for machine files.

    Those are the same for everyone: a cache must not keep a copy for each Accept-Language.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Choose the language."""
        if not _is_for_machines(request):
            super().process_request(request)
            return
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Say in which language the answer is, and on what that rests."""
        if _is_for_machines(request):
            return response
        return super().process_response(request, response)


def _is_for_machines(request: HttpRequest) -> bool:
    return request.path_info.startswith(settings.PATHS_WITHOUT_LANGUAGE)
