"""Django's choice of language, but for what machines read: that has none to choose."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware import locale
from django.utils import translation


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
