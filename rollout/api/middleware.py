"""Every response under /api/ can be read from any site, and is problem+json if it is an error."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from rollout.api.problems import MEDIA_TYPE, UNAVAILABLE, Problem, write_problem

GetResponse = Callable[[HttpRequest], HttpResponse]

ALLOWED_METHODS = "GET, HEAD, OPTIONS"

# Any page may read all of it in a browser: it is public, and nobody is signed in there.
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Expose-Headers": (
        "Content-Disposition, Content-Language, Content-Range, Deprecation, ETag, Last-Modified, "
        "Link, Retry-After, Sunset"
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
    """Adds CORS headers to every response under /api/, and writes errors as problem+json.

    It comes before all other middlewares: only there it gets the responses to a forged host and of
    a broken view too, and the 304 and 412 that other middlewares make.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; under /api/ also the one to OPTIONS, which is 204."""
        if not f"{request.path_info}/".startswith("/api/"):
            return self._get_response(request)
        response = _response_to_get(request, self._get_response)
        is_problem = response.get("Content-Type", "") == MEDIA_TYPE
        if request.method == "OPTIONS" and response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.status_code, response.content = HTTPStatus.NO_CONTENT, b""
            del response["Content-Type"], response["Content-Length"]
            _write(response, PREFLIGHT_HEADERS)
        elif response.status_code >= HTTPStatus.BAD_REQUEST and not is_problem:
            write_problem(response, response.status_code, _problem_of(response))
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response["Allow"] = ALLOWED_METHODS
        _write(response, CORS_HEADERS)
        return response


def _problem_of(response: HttpResponse) -> Problem | None:
    """Return the problem of a response with a known cause outside of the site."""
    outage = getattr(response, "outage", None)
    if outage is None:
        return None
    again = f"Try again in {outage.retry_after} seconds."
    return Problem(UNAVAILABLE, f"{outage.sentence} {again}")


def _write(response: HttpResponse, headers: dict[str, str]) -> None:
    for name, value in headers.items():
        response[name] = value


def _response_to_get(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    """Return the response, to HEAD as to GET: the server itself leaves out the body."""
    # RFC 9110, 13.1.4: to be ignored where there is no date of the last change. Django refuses.
    request.META.pop("HTTP_IF_UNMODIFIED_SINCE", None)
    method = request.method
    request.method = "GET" if method == "HEAD" else method
    try:
        return get_response(request)
    finally:
        request.method = method
