"""The site's own middlewares: request ids, a cross-origin policy, the choice of language."""

import secrets
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware import locale
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from rollout.models.languages import Language
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

    Those are the same for everyone: a cache must not store one for each Accept-Language. One that
    is not public is none: below its prefix there is no page, and no browser is sent there.
    Editors' pages are there in FULL_LANGUAGES only.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language of the request."""
        if not _is_for_machines(request):
            super().process_request(request)
            if request.LANGUAGE_CODE not in settings.FULL_LANGUAGES:
                self._activate_public(request)
            return
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def _activate_public(self, request: HttpRequest) -> None:
        """Activate a language that the request may have: a query."""
        if request.path_info.startswith(settings.EDITORS_PATHS):
            allowed = list(settings.FULL_LANGUAGES)
        else:
            allowed = Language.public_codes()
        if request.LANGUAGE_CODE in allowed:
            return
        wanted = (
            [] if translation.get_language_from_path(request.path_info) else _of_browser(request)
        )
        language = next((code for code in wanted if code in allowed), settings.LANGUAGE_CODE)
        translation.activate(language)
        request.LANGUAGE_CODE = language

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Set Content-Language, and Vary where the language came from the browser."""
        if _is_for_machines(request):
            return response
        return super().process_response(request, response)


def _of_browser(request: HttpRequest) -> list[str]:
    """Return the languages of the site that the browser accepts, the most wanted first."""
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    codes = []
    for wanted, _priority in accepted:
        with suppress(LookupError):
            codes.append(translation.get_supported_language_variant(wanted))
    return codes


def _is_for_machines(request: HttpRequest) -> bool:
    return request.path_info.startswith(settings.PATHS_WITHOUT_LANGUAGE)
