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
    """Gives each request an id, for the log; a 5xx response has it as X-Request-ID."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; all log lines written meanwhile have the id."""
        request_id = secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]
        logs.begin_request(request_id, request)
        response = self._get_response(request)
        if response.status_code >= 500:
            response["X-Request-ID"] = request_id
        return response


class CrossOriginPolicyMiddleware:
    """Forbids other sites to load our responses, unless a view allows it."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response with a Cross-Origin-Resource-Policy."""
        response = self._get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class LocaleMiddleware(locale.LocaleMiddleware):
    """Take the language from the URL, else from the browser; from neither for machine files.

    Those are the same for everyone: a cache must not store one for each Accept-Language.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of the request."""
        if not _is_for_machines(request):
            super().process_request(request)
            return
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Set Content-Language, and Vary where the language came from the browser."""
        if _is_for_machines(request):
            return response
        return super().process_response(request, response)


def _is_for_machines(request: HttpRequest) -> bool:
    return request.path_info.startswith(settings.PATHS_WITHOUT_LANGUAGE)
