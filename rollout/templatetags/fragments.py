"""Parts of pages that are rendered once and cached: see rollout/caching/fragments.py."""

from collections.abc import Sequence

from django import template
from django.template import Context, NodeList
from django.template.base import FilterExpression, Parser, Token
from django.utils.safestring import SafeString

from rollout.caching import fragments
from rollout.facts.contents import contents

register = template.Library()


class FragmentNode(template.Node):
    """A part of a page, cached under its name and the values of some expressions."""

    def __init__(self, nodelist: NodeList, key: Sequence[FilterExpression], timeout: object):
        self.nodelist = nodelist
        self._key = key
        self._timeout = timeout

    def render(self, context: Context) -> SafeString:
        """Return the cached part, or render it."""
        key = ("part", *(contents(expression.resolve(context)) for expression in self._key))
        return fragments.get_or_set(key, lambda: self.nodelist.render(context), self._timeout)


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
