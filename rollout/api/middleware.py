"""Every response under /api/: readable from any site, errors as problem+json."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from rollout.api.problems import MEDIA_TYPE, write_problem

GetResponse = Callable[[HttpRequest], HttpResponse]

# --- The door -------------------------------------------------------------------------------------

ALLOWED_METHODS = "GET, HEAD, OPTIONS"


# Any page may read all of it in a browser: it is public, and nobody is signed in there.
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Expose-Headers": (
        "Content-Disposition, Content-Language, Deprecation, ETag, Last-Modified, Link, Sunset"
    ),
    "X-Robots-Tag": "noindex",
}


PREFLIGHT_HEADERS = {
    "Allow": ALLOWED_METHODS,
    "Access-Control-Allow-Methods": ALLOWED_METHODS,
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


class ProblemDetailsMiddleware:
    """Makes every response under /api/ one for programs. It stands before all other middlewares:

    only here every answer is seen: also a forged host's, a broken view's, and the 304 and 412 that
    other middlewares make anew.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; under /api/ readable from everywhere, and with errors that programs can read."""
        if not f"{request.path_info}/".startswith("/api/"):
            return self._get_response(request)
        response = _inside(request, self._get_response)
        is_told = response.get("Content-Type", "") == MEDIA_TYPE
        if request.method == "OPTIONS" and response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.status_code, response.content = HTTPStatus.NO_CONTENT, b""
            del response["Content-Type"], response["Content-Length"]
            _write(response, PREFLIGHT_HEADERS)
        elif response.status_code >= HTTPStatus.BAD_REQUEST and not is_told:
            write_problem(response, response.status_code)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response["Allow"] = ALLOWED_METHODS
        _write(response, CORS_HEADERS)
        return response


def _write(response: HttpResponse, headers: dict[str, str]) -> None:
    for name, value in headers.items():
        response[name] = value


def _inside(
    request: HttpRequest, get_response: Callable[[HttpRequest], HttpResponse]
) -> HttpResponse:
    """Answer as the site does, HEAD like GET: the server itself leaves out the body."""
    # RFC 9110, 13.1.4: to be ignored where there is no date of the last change. Django refuses.
    request.META.pop("HTTP_IF_UNMODIFIED_SINCE", None)
    method = request.method
    request.method = "GET" if method == "HEAD" else method
    try:
        return get_response(request)
    finally:
        request.method = method
