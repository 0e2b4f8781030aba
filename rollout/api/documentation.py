"""What the data page shows of the API and the files: taken from the definitions themselves."""

import json
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import get_language

from rollout.api import exports, problems
from rollout.api.endpoint import OPERATIONS, ROOT, misused
from rollout.api.parameters import DepartmentsAsked
from rollout.api.rows.base import Absolute
from rollout.api.rows.licence import LICENCE, attribution
from rollout.models import Certainty, Status
from rollout.models.texts import reference_language

# Addresses that need a word of their own to show something.
EXAMPLES = {
    "department": "/departments/69",
    "region": "/regions/84",
    "phase": "/phases/pilot-2023",
    "entry": "/entries/cpam",
    "search": "/search?q=villeurbanne",
}
# What the page links to in its own sentences.
ELSEWHERE = {"index", "openapi", "departments-schema", "datapackage"}


class Shown(NamedTuple):
    """An address below the root of the API, with what it answers, and one to try, or ""."""

    path: str
    summary: str
    example: str


def of_the_page(absolute: Absolute) -> dict[str, Any]:
    """Return what the page needs, in the active language."""
    language = get_language() or reference_language()
    words_in = "" if language == reference_language() else f"language={language}"
    return {
        "site": absolute("/").rstrip("/"),
        "root": absolute(ROOT),
        "language_query": words_in and f"?{words_in}",
        "language_and": words_in and f"&{words_in}",
        "columns": exports.columns(),
        "codes": [("status", Status.choices), ("certainty", Certainty.choices)],
        "addresses": _addresses(),
        "problem": _typo(),
        "problems": problems.PROBLEM_TYPES,
        "licence": LICENCE,
        "attribution": attribution(absolute),
    }


def _addresses() -> list[Shown]:
    """Return every address of things, each with one to try."""
    return [
        Shown(form.path, form.summary, _to_try(operation, form.path))
        for operation, form in OPERATIONS.items()
        if not form.download and operation not in ELSEWHERE
    ]


def _to_try(operation: str, path: str) -> str:
    path = EXAMPLES.get(operation, path)
    return "" if "{" in path else ROOT + path


def _typo() -> str:
    """Return what a mistyped parameter is answered, as someone would lay it out."""
    known = list(DepartmentsAsked.model_fields)
    problem = problems.bad_parameters(list(misused(QueryDict("onn=2025-05-28"), known)))
    told = json.loads(problem.response().content)
    return json.dumps(told, indent=2, ensure_ascii=False)
