"""What stands in the head of every answer and no library writes there."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def same_origin(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware by which no other site loads what is ours, unless a view lets it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer, with a Cross-Origin-Resource-Policy."""
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware
