"""What every page's frame needs: its address, and the same page in the other languages."""

import datetime
from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from rollout.board import Row
from rollout.chart import Gauge, gauge
from rollout.forms import CheckForm
from rollout.listing import ListForm
from rollout.map_shapes import drawing
from rollout.models import Phase
from rollout.models.texts import reference_language
from rollout.search.folding import clean
from rollout.structured_data import graph

register = template.Library()

KEPT = {"q", "on", *CheckForm.base_fields, *ListForm.base_fields}
"""The parameters that a page keeps when its language or day changes."""


class Alternate(NamedTuple):
    """The same page in one language."""

    code: str
    name: str
    path: str
    address: str
    is_current: bool
    is_reference: bool
    is_whole: bool
    """Whether the page can be read whole in it."""


@register.simple_tag(takes_context=True)
def alternates(context: Context) -> list[Alternate]:
    """Return this page in every language of the site; the path after the language is the same."""
    request = context["request"]
    prefix = f"/{get_language()}/"
    rest = request.path.removeprefix(prefix) if request.path.startswith(prefix) else ""
    query = _query(request, KEPT)
    whole = context["page"].languages if "page" in context else []
    result = []
    for code, name in settings.LANGUAGES:
        path = f"/{code}/{rest}"
        address = request.build_absolute_uri(path)
        link = f"{path}?{query}" if query else path
        result.append(
            Alternate(
                code,
                name,
                link,
                address,
                is_current=code == get_language(),
                is_reference=code == reference_language(),
                is_whole=code in whole,
            )
        )
    return result


@register.simple_tag(takes_context=True)
def without_day(context: Context) -> str:
    """Return the address of this page today, with what was searched or answered."""
    request = context["request"]
    query = _query(request, KEPT - {"on"})
    return f"{request.path}?{query}" if query else str(request.path)


@register.simple_tag(takes_context=True)
def on_day(context: Context, day: datetime.date) -> str:
    """Return the address of this page on another day, with what was searched or answered."""
    request = context["request"]
    query = _query(request, KEPT - {"on"})
    return f"?{query}&on={day.isoformat()}" if query else f"?on={day.isoformat()}"


def _query(request: HttpRequest, names: set[str]) -> str:
    """Return those parameters of a request that have these names; an empty search too."""
    kept = [
        (name, clean(value))
        for name, values in request.GET.lists()
        if name in names
        for value in values[:2]  # of a question answered several times, two tell the story
    ]
    return urlencode([(name, value) for name, value in kept if value or name == "q"])


@register.simple_tag(takes_context=True)
def canonical(context: Context) -> str:
    """Return the address under which search engines should know this page: without a query."""
    return str(context["request"].build_absolute_uri(context["request"].path))


@register.simple_tag(takes_context=True)
def absolute(context: Context, path: str) -> str:
    """Return a path of this site with scheme and host."""
    return str(context["request"].build_absolute_uri(path))


@register.simple_tag(takes_context=True)
def structured_data(context: Context) -> SafeString:
    """Return what search engines are told of this page, as JSON."""
    return graph(context["page"], context["request"].build_absolute_uri("/").rstrip("/"))


@register.simple_tag
def map_drawing() -> Any:
    """Return the drawing of the map."""
    return drawing()


@register.simple_tag
def gauge_of(phase: Phase, phases: list[Phase]) -> Gauge:
    """Return the stairs that show which of the waves a phase is."""
    return gauge(phase.position, len(phases))


@register.filter
def shape(row: Row) -> Any:
    """Return the shape of a row's department, or None where the map has none."""
    return drawing().shapes.get(row.department.code)
