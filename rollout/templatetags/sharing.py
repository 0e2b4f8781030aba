"""What a page tells chats, social networks and feed readers, and how it can be followed."""

from functools import cache
from typing import Any

from babel.core import get_global, parse_locale
from django import template
from django.conf import settings
from django.template import Context
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, to_locale, trim_whitespace

from rollout.caching import fragments
from rollout.dates import today
from rollout.drawing.png import HEIGHT, WIDTH, Picture
from rollout.facts.snapshot import RolloutSnapshot
from rollout.models import Department, Region
from rollout.syndication import share_images
from rollout.templatetags.page import canonical

register = template.Library()

Place = Department | Region

TERRITORIES = {"en": "GB"}
"""Where a language is written as this site writes it, unless that is where most people speak it."""


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
    """Return the head's lines for those who show a link to this page, or follow it.

    `place` is what the page is about; of a region, and of the home page, `board` has the rows.
    """
    absolute = context["request"].build_absolute_uri
    version, image_alt = today().isoformat(), _alt()
    if place or snapshot:
        version, image_alt = fragments.get_or_set(
            ("image", place), lambda: _version_and_alt(place, snapshot)
        )
    image = reverse(f"{_prefix(place)}image", args=_args(place))
    others = [code for code, _name in settings.LANGUAGES if code != get_language()]
    return {
        "title": title,
        "description": description,
        "address": canonical(context),
        "image": f"{absolute(image)}?v={version}",
        "image_alt": image_alt,
        "width": WIDTH,
        "height": HEIGHT,
        "locale": locale(get_language() or settings.LANGUAGE_CODE),
        "other_locales": [locale(code) for code in others],
        "feed": absolute(reverse("feed")),
        "place": place,
        "place_feed": absolute(reverse(f"{_prefix(place)}feed", args=_args(place))),
    }


def _version_and_alt(place: Place | None, snapshot: RolloutSnapshot | None) -> tuple[str, str]:
    """Return what changes with the share image of a page, and what it shows, in words."""
    picture = _picture(place, snapshot)
    return picture.digest, share_images.description(picture)


def _picture(place: Place | None, snapshot: RolloutSnapshot | None) -> Picture:
    """Return what the share image of a page shows: of a place, or of a board of them all."""
    rows = snapshot.rows if snapshot else []
    match place:
        case Department():
            return share_images.picture_of_department(place)
        case Region():
            return share_images.picture_of_region(place, [row.department for row in rows])
    return share_images.picture_of_site(rows)


def _alt() -> str:
    return f"{gettext('Carte Vitale app, place by place')}. {gettext('Independent, not official')}."


def _prefix(place: Place | None) -> str:
    """Return how the names of addresses begin that are of such a place."""
    return f"{place._meta.model_name}-" if place else ""


def _args(place: Place | None) -> list[str]:
    return [place.slug] if place else []


@cache
def locale(language: str) -> str:
    """Return a language with its territory, as Open Graph wants it: en_GB, fr_FR, ar_EG."""
    name = to_locale(language)
    likely = get_global("likely_subtags").get(name, name)
    _language, territory, *_rest = parse_locale(str(likely))
    code = name.partition("_")[0]
    territory = TERRITORIES.get(code, territory)
    return f"{code}_{territory}" if territory else code


@register.inclusion_tag("rollout/_follow.html")
def follow(place: Place | None = None) -> dict[str, Any]:
    """Return the links with which readers follow a place, or the whole site."""
    return {
        "place": place,
        "feed": reverse(f"{_prefix(place)}feed", args=_args(place)),
        "calendar": reverse(f"{_prefix(place)}calendar", args=_args(place)),
    }
