"""What all addresses of the API have in common: strict parameters, language, headers, errors.

Ninja takes addresses, parameters, rows and errors; three things it does not offer are here. A query
is refused for a parameter that no model declares or that comes twice, which ninja ignores; JSON is
written in UTF-8 without a charset, as RFC 8259 has it; headers are set for all addresses alike.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import translation
from django.utils.cache import patch_cache_control
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.operation import Operation
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

from rollout.api import problems
from rollout.api.parameters import MAX_PARAMETER_LENGTH, is_public_language
from rollout.api.problems import ParameterError, Problem
from rollout.api.rows.licence import LICENCE
from rollout.caching import fragments
from rollout.models.texts import reference_language

View = Callable[..., HttpResponse]

ROOT = "/api/v1"


class _JSONRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """Return a response model as JSON."""
        return to_json(data)


class _API(NinjaAPI):
    def get_content_type(self) -> str:
        """Return the media type: JSON has no charset (RFC 8259, 11)."""
        return "application/json"

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the view's name, by which clients call the operation."""
        return operation.view_func.__name__.replace("_", "-")


api = _API(
    title="The carte Vitale app in your department",
    version="1.0.0",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    renderer=_JSONRenderer(),
)


def operations() -> Mapping[str, Operation]:
    """Return every address below ROOT by operationId: those of views.py, then of files.py."""
    return {
        api.get_openapi_operation_id(operation): operation
        for path_view in api.default_router.path_operations.values()
        for operation in path_view.operations
    }


def content(media_type: str, schema: dict[str, str]) -> dict[str, Any]:
    """Return the `openapi_extra` of an address whose response ninja does not write: a file."""
    return {"responses": {200: {"content": {media_type: {"schema": schema}}}}}


# --- Every response -------------------------------------------------------------------------------


def _checked_and_labelled(run: View) -> View:
    """Refuse unusable queries, answer in the language of the query, and set the headers of 200."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]  # a bound method of it
    run_with_cache = fragments.with_fragment_cache(run)
    valid_names = [
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    ]

    @wraps(run)
    def respond(request: HttpRequest, **path: str) -> HttpResponse:
        """Return the response, or 400 with every parameter that is wrong."""
        if errors := list(parameter_errors(request.GET, valid_names)):
            return problems.bad_parameters(errors).response()
        language = request.GET.get("language")
        language = language if language and is_public_language(language) else reference_language()
        with translation.override(language):
            response = run_with_cache(request, **path)
        if response.status_code == HTTPStatus.OK:
            # A correction is everywhere at once: caches have to ask whether theirs is still fresh.
            patch_cache_control(response, public=True, no_cache=True)
            response["Link"] = ", ".join(_links(request, response))
            if "language" in valid_names:
                response["Content-Language"] = language
        return response

    return respond


api.add_decorator(_checked_and_labelled, mode="view")


def _links(request: HttpRequest, response: HttpResponse) -> Iterator[str]:
    """Yield the links of the header "Link" (RFC 8288); those of the view come last."""
    is_table = response["Content-Type"].startswith("text/csv")
    schemas = (
        ["/departments.schema.json", "/departments.csv-metadata.json"]
        if is_table
        else ["/openapi.json"]
    )
    yield f'<{LICENCE.url}>; rel="license"'
    for schema in schemas:
        yield f'<{request.build_absolute_uri(ROOT + schema)}>; rel="describedby"'
    if "Link" in response:
        yield response["Link"]


# --- Errors ---------------------------------------------------------------------------------------


def parameter_errors(query: QueryDict, valid_names: list[str]) -> Iterator[ParameterError]:
    """Yield what is wrong with the names, number and letters of a query's parameters.

    Their values are checked by the models of parameters.py.
    """
    for name, values in query.lists():
        detail = ""
        if name not in valid_names:
            names = ", ".join(valid_names) or "none"
            detail = f"There is no such parameter here. Known are: {names}."
        elif len(values) > 1:
            detail = "Give it once."
        elif len(values[0]) > MAX_PARAMETER_LENGTH:
            detail = f"Write at most {MAX_PARAMETER_LENGTH} characters."
        elif re.search("[\x00-\x1f\x7f\ufffd]", values[0]):
            detail = "Write it in UTF-8, without control characters."
        if detail:
            yield ParameterError(parameter=problems.excerpt(name), detail=detail)


@api.exception_handler(Problem)
def _problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response()


@api.exception_handler(ValidationError)
def _validation_response(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        ParameterError(parameter=str(details["loc"][-1]), detail=_reason(details))
        for details in error.errors
    ]
    return problems.bad_parameters(errors).response()


def _reason(details: dict[str, Any]) -> str:
    """Return what is wrong in a sentence: ours where we have one, else pydantic's."""
    if details["type"] == "missing":
        return "It is needed here."
    return str(details.get("ctx", {}).get("error", "")) or f"{details['msg']}."
