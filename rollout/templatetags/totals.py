"""Registers the functions of rollout/wording/totals.py for templates."""

from django import template

from rollout.wording import totals

register = template.Library()

register.simple_tag(totals.site_headline)
register.simple_tag(totals.region_headline)
register.simple_tag(totals.count, name="counts")
register.simple_tag(totals.answer_heading)
register.simple_tag(totals.past_day)
register.filter(totals.open_count)
