"""Files that programs read: the address alone says what is in them, not the reader's browser."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from rollout.models.texts import reference_language

View = Callable[..., HttpResponse]


def machine_file(view: View) -> View:
    """Make a view's answer a file for programs: the same whatever language a browser prefers.

    It is made in the reference language; a view that offers others activates them itself.
    """

    @wraps(view)
    def in_reference_language(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer without minding Accept-Language."""
        mark(request)
        with translation.override(reference_language()):
            return view(request, *args, **kwargs)

    return in_reference_language


def mark(request: HttpRequest) -> None:
    """Note that this request is for such a file."""
    request.is_for_a_machine_file = True  # type: ignore[attr-defined]


class LanguageOfPages(LocaleMiddleware):
    """Django's choice of a language, for pages only.

    Outside /en/ and /fr/ Django answers with `Vary: Accept-Language` and the Content-Language of
    the browser's choice. Of a file that is the same for everyone both would be untrue, and caches
    would keep a copy for each browser.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Leave the answer as it is where it is a file for programs."""
        if getattr(request, "is_for_a_machine_file", False):
            return response
        return super().process_response(request, response)
