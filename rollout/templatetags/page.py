"""What every page's frame needs: its address, and the same page in the other languages."""

import datetime
from collections.abc import Collection
from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from rollout.caching import fragments
from rollout.dates import SelectedDay
from rollout.drawing.map import drawing
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.models import Wave
from rollout.models.texts import reference_language
from rollout.pages.charts import Gauge, gauge
from rollout.pages.check_form import CheckForm
from rollout.pages.list_form import ListForm
from rollout.pages.structured_data import graph
from rollout.search.normalise import clean

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
def gauge_of(wave: Wave, waves: list[Wave]) -> Gauge:
    """Return the stairs that show which of the waves one is."""
    return gauge(wave.position, len(waves))


@register.simple_tag
def map_links(
    snapshot: RolloutSnapshot, selected_day: SelectedDay, found: Collection[str]
) -> SafeString:
    """Return the departments of the map as links; those with the codes `found` are marked.

    The links of a day are kept: only those that a search found are made for it.
    """
    links = fragments.get_or_set(
        ("map", selected_day.day), lambda: [_map_link(row, selected_day) for row in snapshot.rows]
    )
    return SafeString(
        "".join(
            _map_link(row, selected_day, is_found=True) if row.department.code in found else link
            for row, link in zip(snapshot.rows, links, strict=True)
        )
    )


def _map_link(row: DepartmentStatus, selected_day: SelectedDay, *, is_found: bool = False) -> str:
    """Return a department of the map as a link, "" where the map has none of its code."""
    shape = drawing().shapes.get(row.department.code)
    if shape is None:
        return ""
    context = {"row": row, "selected_day": selected_day, "shape": shape, "is_found": is_found}
    return render_to_string("rollout/_map_link.html", context)
