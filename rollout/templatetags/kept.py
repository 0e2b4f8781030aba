"""Parts of pages that are rendered once and kept: see rollout/caching/fragments.py."""

from collections.abc import Sequence

from django import template
from django.template import Context, NodeList
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString

from rollout.caching import fragments

register = template.Library()


class Kept(template.Node):
    """A part of a page, kept under its name and the values of some expressions."""

    def __init__(self, parts: NodeList, key: Sequence[FilterExpression], *, has_facts: bool):
        self.nodelist = parts
        self._key = key
        self._keep = fragments.kept if has_facts else fragments.kept_for_good

    def render(self, context: Context) -> SafeString:
        """Return the part, rendered now if it is not kept."""
        key = [expression.resolve(context) for expression in self._key]
        return self._keep(lambda: self.nodelist.render(context), "part", *key)


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    """Keep what is between {% kept "name" value ... %} and {% endkept %}.

    It is rendered once for an edition of the facts, a day, a language, the name and the values:
    whatever else it shows must not differ between requests.
    """
    return _parsed(parser, token, has_facts=True)


@register.tag
def kept_for_good(parser: Parser, token: Token) -> Kept:
    """Keep what rests on no fact: rendered once for a language, the name and the values."""
    return _parsed(parser, token, has_facts=False)


def _parsed(parser: Parser, token: Token, *, has_facts: bool) -> Kept:
    tag, *values = token.split_contents()
    parts = parser.parse([f"end{tag}"])
    parser.delete_first_token()
    return Kept(parts, [parser.compile_filter(value) for value in values], has_facts=has_facts)
