"""Errors under /api/ as problem+json (RFC 9457), never HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_noop as _
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
DOCUMENTATION = "/en/data/"


@dataclass(frozen=True)
class ProblemType:
    """A kind of error: part of its address on the data page, status, and texts for the page."""

    slug: str
    status: HTTPStatus
    title: str
    meaning: str

    @property
    def anchor(self) -> str:
        """Return where the data page explains it."""
        return f"error-{self.slug}"

    @property
    def type(self) -> str:
        """Return its identifier, which is the address of its explanation and never changes."""
        return f"{DOCUMENTATION}#{self.anchor}"


BAD_PARAMETER = ProblemType(
    "bad-parameter",
    HTTPStatus.BAD_REQUEST,
    _("A parameter cannot be used"),
    _(
        "A parameter has a value that it cannot have, is given twice, or is not one of this "
        "address. “errors” names each and says what is wrong. A mistyped name is refused, so that "
        "no answer for today is taken for one of another day."
    ),
)

BAD_REQUEST = ProblemType(
    "bad-request",
    HTTPStatus.BAD_REQUEST,
    _("The request cannot be read"),
    _("Its host or its form is wrong. Nothing of it was looked at."),
)

NOT_FOUND = ProblemType(
    "not-found",
    HTTPStatus.NOT_FOUND,
    _("There is nothing at this address"),
    _("No such department, region, phase, entry, update or page of a list exists, or ever did."),
)

GONE = ProblemType(
    "gone",
    HTTPStatus.GONE,
    _("It was withdrawn"),
    _("An entry or update was here and has been withdrawn. Remove your copy of it."),
)

NOT_ALLOWED = ProblemType(
    "method-not-allowed",
    HTTPStatus.METHOD_NOT_ALLOWED,
    _("This can only be read"),
    _("Use GET or HEAD; browsers may ask with OPTIONS first. The header “Allow” lists them."),
)

PRECONDITION_FAILED = ProblemType(
    "precondition-failed",
    HTTPStatus.PRECONDITION_FAILED,
    _("Your copy is not the current one"),
    _("The request had “If-Match”, and what is here now has another ETag."),
)

SERVER_ERROR = ProblemType(
    "server-error",
    HTTPStatus.INTERNAL_SERVER_ERROR,
    _("The fault is ours"),
    _("Something broke on our side. Wait a while before you try again."),
)

UNAVAILABLE = ProblemType(
    "unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE,
    _("The data cannot be read at the moment"),
    _(
        "Our database cannot be read or too many ask at once: “detail” says why. “Retry-After” "
        "says in how many seconds to try again."
    ),
)

PROBLEM_TYPES = [
    BAD_PARAMETER,
    BAD_REQUEST,
    NOT_FOUND,
    NOT_ALLOWED,
    GONE,
    PRECONDITION_FAILED,
    SERVER_ERROR,
    UNAVAILABLE,
]

PROBLEM_TYPE_BY_STATUS = {kind.status: kind for kind in PROBLEM_TYPES}

# For errors that Django answers itself, which have no detail.
DETAIL_BY_STATUS = {
    HTTPStatus.BAD_REQUEST: "Its host or its form is wrong.",
    HTTPStatus.NOT_FOUND: "There is nothing here. /api/v1/ lists what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Use GET, HEAD or OPTIONS.",
    HTTPStatus.PRECONDITION_FAILED: "None of the ETags in If-Match is that of what is here now.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke on our side. Try again later.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Our database does not answer. Try again in half a minute.",
}


class ParameterError(BaseModel):
    """What is wrong with one parameter."""

    parameter: str = Field(description="The name of the parameter.", examples=["on"])
    detail: str = Field(
        description="What is wrong with it, in English.",
        examples=["Write a day as 2025-05-28, from 2019-05-27 to 2027-12-31."],
    )


class ProblemDetails(BaseModel):
    """An error as RFC 9457 has it."""

    type: str = Field(
        description="Which kind of error: the address of its explanation, relative to this site.",
        examples=[NOT_FOUND.type],
    )
    title: str = Field(description="The kind of error in words.", examples=[NOT_FOUND.title])
    status: int = Field(description="The status of the answer.", examples=[404])
    detail: str = Field(
        description="What went wrong this time, in English.",
        examples=["There is no department 99."],
    )


class BadRequestDetails(ProblemDetails):
    """An error in the request, as RFC 9457 has it, with every parameter that is wrong."""

    errors: list[ParameterError] = Field(description="Each parameter that is wrong, and how.")


class Problem(Exception):  # noqa: N818 - the name of RFC 9457
    """An error that the API answers with problem+json."""

    def __init__(
        self, kind: ProblemType, detail: str, errors: Sequence[ParameterError] = ()
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = list(errors)

    def response(self) -> HttpResponse:
        """Return it as a response of its status."""
        return write_problem(HttpResponse(), self.kind.status, self)


def bad_parameters(errors: Sequence[ParameterError]) -> Problem:
    """Return the problem (400) that these parameters cannot be used; to be raised or returned."""
    names = ", ".join(dict.fromkeys(error.parameter for error in errors))
    return Problem(BAD_PARAMETER, f"Look at: {names}.", errors)


def bad_parameter(name: str, detail: str) -> Problem:
    """Return the problem (400) that this parameter cannot be used."""
    return bad_parameters([ParameterError(parameter=name, detail=detail)])


def excerpt(text: str, max_length: int = 50) -> str:
    """Return the beginning of what was sent, to be repeated in an error, with “…” if it was cut.

    Control characters become U+FFFD.
    """
    shown = "".join(
        letter if letter.isprintable() else "\ufffd" for letter in text[: max_length + 1]
    )
    return shown if len(shown) <= max_length else f"{shown[:max_length]}…"


def write_problem(
    response: HttpResponse, status: int, problem: Problem | None = None
) -> HttpResponse:
    """Make a response problem+json, and return it; headers of middlewares stay.

    Without a problem, type and detail are those of the status.
    """
    for name in ("Content-Encoding", "Content-Disposition", "ETag", "Link", "Vary", "X-Noise"):
        del response[name]
    response.status_code = status
    response["Content-Type"] = MEDIA_TYPE
    response["Content-Language"] = "en"
    response.content = _body(HTTPStatus(status), problem).model_dump_json().encode()
    response["Content-Length"] = str(len(response.content))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        patch_cache_control(response, no_store=True)
    else:
        patch_cache_control(response, public=True, no_cache=True)
    return response


def _body(status: HTTPStatus, problem: Problem | None) -> ProblemDetails:
    kind = problem.kind if problem else PROBLEM_TYPE_BY_STATUS.get(status)
    fields: dict[str, Any] = {
        "type": kind.type if kind else "about:blank",
        "title": kind.title if kind else status.phrase,
        "status": status,
        "detail": problem.detail if problem else DETAIL_BY_STATUS.get(status, status.description),
    }
    if status != HTTPStatus.BAD_REQUEST:
        return ProblemDetails(**fields)
    return BadRequestDetails(**fields, errors=problem.errors if problem else [])
