"""What of the editors' rooms is refused before anything that was sent is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

ROOMS = {"/accounts/": 64 * 1024, "/admin/": 1024 * 1024}
"""Where editors work, and how many bytes may be sent there: a form; a form with a file."""


def editors_door(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware before the first that reads a body: it needs to know nobody.

    Elsewhere nothing is read of what is sent. A body of no stated length is none for Django.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer, unless the host has no such rooms (404) or too much is sent (413)."""
        most = next((n for room, n in ROOMS.items() if request.path_info.startswith(room)), None)
        if most is None:
            return get_response(request)
        if settings.ADMIN_HOSTS and request.get_host() not in settings.ADMIN_HOSTS:
            raise Http404
        if _stated_length(request) > most:
            return render(None, "413.html", status=413)
        return get_response(request)

    return middleware


def _stated_length(request: HttpRequest) -> int:
    """Return the length of the body as its header states it, in bytes."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
