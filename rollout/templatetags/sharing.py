"""Tags for sharing and following a page; rollout/syndication/share_links.py has what they show."""

from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import trim_whitespace

from rollout.facts.snapshot import RolloutSnapshot
from rollout.syndication import share_links
from rollout.syndication.share_links import Place
from rollout.templatetags.page import canonical

register = template.Library()


@register.simple_block_tag
def captured(content: str) -> SafeString:
    """Return what is between the tags, to be printed more than once: `as` gives it a name.

    The template engine has escaped it already. Lines are joined by one space, as in
    `{% blocktranslate trimmed %}`.
    """
    return SafeString(trim_whitespace(content))


@register.inclusion_tag("rollout/_sharing.html", takes_context=True)
def sharing(
    context: Context,
    title: str,
    description: str,
    place: Place | None = None,
    snapshot: RolloutSnapshot | None = None,
) -> dict[str, Any]:
    """Show the head's lines for those who show a link to this page, or follow it.

    The context has the page in each of its languages, as `languages` (base.html).
    """
    return {
        "title": title,
        "description": description,
        "address": canonical(context),
        "place": place,
        "other_locales": [
            share_links.og_locale(one.code) for one in context["languages"] if not one.is_current
        ],
        **share_links.head_links(context["request"], place, snapshot),
    }


@register.inclusion_tag("rollout/_follow.html")
def follow(place: Place | None = None) -> dict[str, Any]:
    """Show the links with which readers follow a place, or the whole site."""
    return {"place": place, **share_links.follow_links(place)}
