"""The operations of the OpenAPI document, which tests walk so that nothing new is left out."""

import json
import string
import urllib.parse
from functools import cache
from typing import Any, NamedTuple

from openapi_schema_validator import OAS31Validator, oas31_format_checker

from rollout.api.openapi import openapi_document

ROOT = "/api/v1"
PROBLEM = "application/problem+json"


class Operation(NamedTuple):
    """One documented address, with its parameters and answers."""

    path: str
    details: dict[str, Any]

    @property
    def name(self):
        return self.details["operationId"]

    def parameters(self, where):
        return [item for item in self.details["parameters"] if item["in"] == where]

    def has(self, name):
        return name in [parameter["name"] for parameter in self.parameters("query")]

    def address(self, **values):
        """Fill the path; leave out a query parameter by giving None."""
        path = self.path
        for parameter in self.parameters("path"):
            value = values.pop(parameter["name"], parameter["example"])
            path = path.replace(f"{{{parameter['name']}}}", urllib.parse.quote(value, safe=""))
        query = {
            parameter["name"]: parameter["example"]
            for parameter in self.parameters("query")
            if parameter["required"]
        }
        query |= values
        sent = {name: value for name, value in query.items() if value is not None}
        return f"{ROOT}{path}" + (f"?{urllib.parse.urlencode(sent, doseq=True)}" if sent else "")

    def answers(self, status):
        """Return what is documented of a status: media types with their schemas."""
        response = self.details["responses"][str(status)]
        return resolved(response).get("content", {})


@cache
def document():
    return openapi_document("http://testserver".__add__)


@cache
def operations():
    return [
        Operation(path, details)
        for path, item in document()["paths"].items()
        for details in item.values()
    ]


def resolved(part):
    if "$ref" not in part:
        return part
    target = document()
    for name in part["$ref"].removeprefix("#/").split("/"):
        target = target[name]
    return target


def check(answer, operation):
    """Assert that an answer is what the description says of its status."""
    status = str(answer.status_code)
    assert status in operation.details["responses"], (operation.name, status, answer.content[:200])
    if status == "304":
        return
    media_type = answer["Content-Type"].partition(";")[0]
    content = operation.answers(status)
    assert media_type in content, (operation.name, status, media_type)
    if media_type.endswith("json"):
        check_schema(json.loads(answer.content), content[media_type]["schema"])


def check_schema(instance, schema):
    whole = {**schema, "components": document()["components"]}
    OAS31Validator(whole, format_checker=oas31_format_checker).validate(instance)


def fields(template):
    """Return the names in braces of a path."""
    return [name for _text, name, _spec, _conversion in string.Formatter().parse(template) if name]
