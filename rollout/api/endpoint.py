"""What all addresses of the API have in common: strict parameters, language, head of the answer."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import translation
from django.utils.cache import patch_cache_control
from ninja import NinjaAPI
from ninja.constants import NOT_SET
from ninja.errors import ValidationError
from pydantic import BaseModel

from rollout.api import problems
from rollout.api.parameters import LONGEST
from rollout.api.problems import ParameterError, Problem
from rollout.api.responses import Page
from rollout.api.rows.licence import LICENCE
from rollout.models.texts import reference_language

View = Callable[..., Any]

ROOT = "/api/v1"
api = NinjaAPI(
    title="Carte Vitale app, place by place",
    version="1.0.0",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    servers=[{"url": ROOT}],
)


@dataclass(frozen=True)
class Operation:
    """What is known of an address beside its parameters and rows."""

    path: str
    summary: str
    media_type: str = "application/json"
    download: str = ""
    """How the name of the file ends, where the answer is one to keep."""
    described_by: str = "/openapi.json"
    may_be_missing: bool = False
    may_be_gone: bool = False


OPERATIONS: dict[str, Operation] = {}
"""Every address, by the id of its operation."""


def endpoint(path: str, summary: str, answer: Any = NOT_SET, **form: Any) -> Callable[[View], View]:
    """Register a view at an address under /api/v1.

    The view gets what was asked, checked, and returns a row, a mapping, or the text of a file.
    `answer` is the class of the row, for the description.
    """

    def register(view: View) -> View:
        """Register it, and return it as it was."""
        operation = view.__name__.replace("_", "-")
        OPERATIONS[operation] = Operation(path, summary, **form)

        @wraps(view)
        def respond(request: HttpRequest, **given: Any) -> HttpResponse:
            """Answer in the language asked for."""
            asked = given.get("asked")
            with translation.override(getattr(asked, "language", reference_language())):
                body = view(request, **given)
            return _response(request, asked, body, OPERATIONS[operation])

        api.get(path, response=answer, operation_id=operation, summary=summary)(respond)
        return view

    return register


# --- The answer -----------------------------------------------------------------------------------


def _response(request: HttpRequest, asked: Any, body: Any, form: Operation) -> HttpResponse:
    response = HttpResponse(_text(body), content_type=form.media_type)
    # A correction is everywhere at once: whoever keeps a copy asks whether it is still fresh.
    patch_cache_control(response, public=True, no_cache=True)
    links = [*_links(request, form), *_pages_beside(request, body)]
    response["Link"] = ", ".join(f'<{address}>; rel="{rel}"' for rel, address in links)
    if asked:
        response["Content-Language"] = asked.language
    if form.download:
        name = f"departments-{asked.on}-{asked.language}.{form.download}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _text(body: Any) -> str:
    if isinstance(body, BaseModel):
        return body.model_dump_json()
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)


def _links(request: HttpRequest, form: Operation) -> Iterator[tuple[str, str]]:
    """Yield what the header "Link" says of every answer (RFC 8288)."""
    yield "license", LICENCE.url
    yield "describedby", request.build_absolute_uri(ROOT + form.described_by)


def _pages_beside(request: HttpRequest, body: Any) -> Iterator[tuple[str, str]]:
    """Yield where the pages beside this one are, of a list that has several."""
    if not isinstance(body, Page):
        return
    beside = {"first": 1, "prev": body.page - 1, "next": body.page + 1, "last": body.pages}
    for rel, number in beside.items():
        if 1 <= number <= body.pages and number != body.page:
            query = request.GET.copy()
            query["page"] = str(number)
            yield rel, request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


# --- Errors ---------------------------------------------------------------------------------------


def only_known_parameters(run: View) -> View:
    """Refuse a query with a parameter that the operation does not know, or that comes twice."""
    operation: Any = getattr(run, "__self__", None)
    known = [
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    ]

    @wraps(run)
    def checked(request: HttpRequest, **path: Any) -> Any:
        """Answer, or say which parameters are wrong."""
        errors = list(misused(request.GET, known))
        return problems.bad_parameters(errors).response() if errors else run(request, **path)

    return checked


api.add_decorator(only_known_parameters, mode="view")


def misused(query: QueryDict, known: list[str]) -> Iterator[ParameterError]:
    """Yield what is wrong with the names, number and letters of a query's parameters."""
    for name, values in query.lists():
        detail = ""
        if name not in known:
            detail = f"There is no such parameter here. Known are: {', '.join(known) or 'none'}."
        elif len(values) > 1:
            detail = "Give it once."
        elif len(values[0]) > LONGEST:
            detail = f"Write at most {LONGEST} characters."
        elif re.search("[\x00-\x1f\x7f\ufffd]", values[0]):
            detail = "Write it in UTF-8, without control characters."
        if detail:
            yield ParameterError(parameter=problems.excerpt(name), detail=detail)


@api.exception_handler(Problem)
def _tell(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response()


@api.exception_handler(ValidationError)
def _refuse(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    errors = [
        ParameterError(parameter=str(error["loc"][-1]), detail=_reason(error))
        for error in refusal.errors
    ]
    return problems.bad_parameters(errors).response()


def _reason(error: dict[str, Any]) -> str:
    """Return what is wrong in a sentence: ours where we have one, else pydantic's."""
    if error["type"] == "missing":
        return "It is needed here."
    return str(error.get("ctx", {}).get("error", "")) or f"{error['msg']}."
