"""What the data page shows of the API and the files: taken from the definitions themselves."""

import json
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import get_language

from rollout.api import exports, problems
from rollout.api.endpoint import ROOT, operations, parameter_errors
from rollout.api.parameters import DepartmentsQuery
from rollout.api.rows.base import Absolute
from rollout.api.rows.licence import LICENCE, attribution
from rollout.models import Status
from rollout.models.texts import reference_language
from rollout.wording.labels import CERTAINTIES

# Addresses that need a value to show something.
EXAMPLES = {
    "department": "/departments/69",
    "region": "/regions/84",
    "phase": "/phases/pilot-2023",
    "entry": "/entries/cpam",
    "search": "/search?q=villeurbanne",
}


class ExampleAddress(NamedTuple):
    """An address below the root of the API, what it answers, and a path to try, or ""."""

    path: str
    summary: str
    example: str


def page_context(absolute: Absolute) -> dict[str, Any]:
    """Return the template context of the data page, in the active language."""
    language = get_language() or reference_language()
    query = "" if language == reference_language() else f"language={language}"
    return {
        "site": absolute("/").rstrip("/"),
        "root": absolute(ROOT),
        "language_query": query and f"?{query}",
        "language_and": query and f"&{query}",
        "columns": exports.columns(),
        "codes": [("status", Status.choices), ("certainty", CERTAINTIES.items())],
        "addresses": _addresses(),
        "problem": _example_problem(),
        "problems": problems.PROBLEM_TYPES,
        "licence": LICENCE,
        "attribution": attribution(absolute),
    }


def _addresses() -> list[ExampleAddress]:
    """Return every address of rows; the page links to the index and to files in its sentences."""
    return [
        ExampleAddress(operation.path, operation.summary, _example_path(name, operation.path))
        for name, operation in operations().items()
        if operation.path != "/" and "." not in operation.path
    ]


def _example_path(operation_id: str, path: str) -> str:
    path = EXAMPLES.get(operation_id, path)
    return "" if "{" in path else ROOT + path


def _example_problem() -> str:
    """Return the response to a mistyped parameter, as JSON with line breaks."""
    valid_names = list(DepartmentsQuery.model_fields)
    errors = list(parameter_errors(QueryDict("onn=2025-05-28"), valid_names))
    payload = json.loads(problems.bad_parameters(errors).response().content)
    return json.dumps(payload, indent=2, ensure_ascii=False)
