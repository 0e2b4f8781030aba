"""Parts of pages that are rendered once and cached: see rollout/caching/fragments.py."""

from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.db import models
from django.template import Context, NodeList
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString

from rollout.caching import fragments
from rollout.dates import today
from rollout.facts.snapshot import DepartmentStatus, RegionStatus
from rollout.models.sources import Sourced
from rollout.models.texts import Translated

register = template.Library()


class FragmentNode(template.Node):
    """A part of a page, cached under its name and the values of some expressions."""

    def __init__(self, nodelist: NodeList, key: Sequence[FilterExpression], timeout: object):
        self.nodelist = nodelist
        self._key = key
        self._timeout = timeout

    def render(self, context: Context) -> SafeString:
        """Return the cached part, or render it."""
        key = ("part", *(_contents(expression.resolve(context)) for expression in self._key))
        return fragments.get_or_set(key, lambda: self.nodelist.render(context), self._timeout)


def _contents(value: Any) -> Hashable:
    """Return what a part can show of a value: of a row, or of each in a list, all that it holds."""
    if isinstance(value, models.Model):
        return _contents_of_row(value)
    if isinstance(value, DepartmentStatus):
        return tuple(map(_contents, (value.department, value.state, value.wave)))
    if isinstance(value, RegionStatus):
        return _contents([value.region, *value.rows])
    if isinstance(value, list):
        return tuple(map(_contents, value))
    return value  # type: ignore[no-any-return]


def _contents_of_row(row: models.Model) -> Hashable:
    """Return a row's key, and a hash of its columns, its texts and sources, and of the day.

    The day decides what is overdue. A hash, since the texts themselves would stay in memory.
    """
    parts: list[object] = [today(), _columns(row)]
    if isinstance(row, Translated):
        parts += [_columns(text) for text in (row.text, row.reference_text) if text]
    if isinstance(row, Sourced) and "sources" in getattr(row, "_prefetched_objects_cache", ()):
        parts += map(_columns, row.sources.all())
    return type(row), row.pk, hash(tuple(parts))


def _columns(row: models.Model) -> tuple[object, ...]:
    return tuple(map(row.__dict__.get, _column_names(type(row))))


@lru_cache
def _column_names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


@register.tag
def fragment(parser: Parser, token: Token) -> FragmentNode:
    """Cache what is between {% fragment "name" value ... %} and {% endfragment %}.

    It is rendered once for a data version, a day, a language, the name and the values: whatever
    else it shows must not differ between requests.
    """
    return _parsed(parser, token, fragments.UNTIL_NEXT_VERSION)


@register.tag
def constant_fragment(parser: Parser, token: Token) -> FragmentNode:
    """Cache what rests on the values and on no other fact: for all data versions and days.

    A value may be a row, or a list of rows: the part may show all their columns, their texts, and
    their sources if these were fetched with them, and is rendered anew when any of these is
    another. So an edit leaves the parts of other rows. Else as `fragment`.
    """
    return _parsed(parser, token, None)


def _parsed(parser: Parser, token: Token, timeout: object) -> FragmentNode:
    tag, *values = token.split_contents()
    nodelist = parser.parse([f"end{tag}"])
    parser.delete_first_token()
    return FragmentNode(nodelist, [parser.compile_filter(value) for value in values], timeout)
