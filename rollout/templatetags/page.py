"""Registers the links, drawings and structured data of rollout/pages for templates."""

import datetime

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from rollout.caching.languages import public_languages
from rollout.drawing.map import drawing, wave_key
from rollout.facts.origins import has_machine_drafts, languages_by_origin
from rollout.kinds import is_in_active_language, page_address
from rollout.models import Wave
from rollout.pages import links, structured_data
from rollout.pages.charts import Gauge, gauge
from rollout.pages.maps import map_links
from rollout.wording.labels import language_names

register = template.Library()

register.simple_tag(drawing, name="map_drawing")
register.simple_tag(map_links)
register.simple_tag(page_address)
register.simple_tag(has_machine_drafts)
register.simple_tag(languages_by_origin)
register.simple_tag(language_names)
register.simple_tag(public_languages, name="public_language_codes")
register.filter(is_in_active_language)
register.filter(wave_key)


@register.simple_tag
def gauge_of(wave: Wave, waves: list[Wave]) -> Gauge:
    """Return the gauge that shows which of the waves one is."""
    return gauge(waves.index(wave) + 1, len(waves))


@register.simple_tag(takes_context=True)
def alternates(context: Context) -> list[links.Alternate]:
    """Return this page in every language of the site."""
    languages = context["page"].languages if "page" in context else []
    return links.alternates(context["request"], languages)


@register.simple_tag(takes_context=True)
def search_alternates(context: Context) -> list[links.Alternate]:
    """Return the languages in which search engines are offered this page: see `links`.

    The context has the page in each of its languages, as `languages` (base.html).
    """
    return links.search_alternates(context["request"], context["languages"])


@register.simple_tag(takes_context=True)
def in_reference_language(context: Context) -> str:
    """Return the path of this page in the reference language."""
    return links.in_reference_language(context["request"])


@register.simple_tag(takes_context=True)
def without_day(context: Context) -> str:
    """Return the path of this page today."""
    return links.without_day(context["request"])


@register.simple_tag(takes_context=True)
def on_day(context: Context, day: datetime.date) -> str:
    """Return the query of this page on another day."""
    return links.on_day(context["request"], day)


@register.simple_tag(takes_context=True)
def canonical(context: Context) -> str:
    """Return the address of this page without a query."""
    return links.canonical(context["request"])


@register.simple_tag(takes_context=True)
def correction_address(context: Context) -> str:
    """Return the address to tell what is wrong on this page, or "": see `links.correction`."""
    return links.correction(context["request"])


@register.simple_tag(takes_context=True)
def absolute(context: Context, path: str) -> str:
    """Return a path of this site with scheme and host."""
    return str(context["request"].build_absolute_uri(path))


@register.simple_tag(takes_context=True, name="structured_data")
def structured_data_of(context: Context) -> SafeString:
    """Return the structured data of this page, as JSON-LD."""
    origin = context["request"].build_absolute_uri("/").rstrip("/")
    return structured_data.graph(context["page"], origin)
