"""Registers the functions of rollout/wording/search_reasons.py for templates."""

from django import template

from rollout.wording import search_reasons

register = template.Library()

register.filter(search_reasons.remark)
register.simple_tag(search_reasons.found_departments)
register.simple_tag(search_reasons.general_reasons)
register.simple_tag(search_reasons.page_title)
