"""Metadata of a page's head for chats, networks and feed readers; links to feed and calendar."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext, to_locale

from rollout.caching import fragments
from rollout.drawing.png import DESIGN_VERSION, HEIGHT, WIDTH, Picture
from rollout.facts.snapshot import RolloutSnapshot
from rollout.models import Department, Region
from rollout.models.texts import reference_language
from rollout.syndication import share_images

Place = Department | Region

TERRITORIES = {"ar": "EG", "en": "GB", "uk": "UA", "zh": "CN"}
"""By language, where the territory is not called as the language is: fr_FR, pt_PT, but en_GB."""


def og_locale(language: str) -> str:
    """Return a code of LANGUAGES with its territory, as Open Graph has it: en_GB, zh_CN."""
    code, _separator, subtag = to_locale(language).partition("_")
    is_territory = len(subtag) == 2  # else a script, as in zh_Hans, or nothing
    return f"{code}_{subtag if is_territory else TERRITORIES.get(code, code.upper())}"


def head_links(
    request: HttpRequest, place: Place | None, snapshot: RolloutSnapshot | None
) -> dict[str, Any]:
    """Return image, locale and feeds for the head of a page, with whole addresses.

    `place` is what the page is about. The snapshot has the rows of a region, or of the home page;
    a page with neither shows the site's image, whose address changes with its design only.
    """
    absolute = request.build_absolute_uri
    language = get_language() or reference_language()
    site = gettext("The carte Vitale app in your department")
    version, image_alt = str(DESIGN_VERSION), f"{site}. {gettext('Independent, not official')}."
    if place or snapshot:
        version, image_alt = fragments.get_or_set(
            ("image", place), lambda: _version_and_alt(place, snapshot)
        )
    return {
        "image": f"{absolute(_address(place, 'image'))}?v={version}",
        "image_alt": image_alt,
        "width": WIDTH,
        "height": HEIGHT,
        "locale": og_locale(language),
        "feed": absolute(reverse("feed")),
        "place_feed": absolute(_address(place, "feed")),
    }


def follow_links(place: Place | None) -> dict[str, str]:
    """Return the paths of the feed and the calendar of a place, or of the whole site."""
    return {"feed": _address(place, "feed"), "calendar": _address(place, "calendar")}


def _address(place: Place | None, name: str) -> str:
    if place is None:
        return reverse(name)
    return reverse(f"{place._meta.model_name}-{name}", args=[place.slug])


def _version_and_alt(place: Place | None, snapshot: RolloutSnapshot | None) -> tuple[str, str]:
    """Return the version of a page's share image, which changes with it, and its description."""
    picture = _picture(place, snapshot)
    return picture.digest, share_images.description(picture)


def _picture(place: Place | None, snapshot: RolloutSnapshot | None) -> Picture:
    if isinstance(place, Department):
        return share_images.picture_of_department(place)
    rows = snapshot.rows if snapshot else []
    if isinstance(place, Region):
        return share_images.picture_of_region(place, [row.department for row in rows])
    return share_images.picture_of_site(rows)
