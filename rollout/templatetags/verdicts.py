"""Registers the functions of rollout/wording/verdicts.py for templates."""

from django import template

from rollout.wording import verdicts

register = template.Library()

register.filter(verdicts.verdict_sentence)
register.filter(verdicts.finding_phrase)
register.filter(verdicts.verdict_shape)
register.filter(verdicts.finding_shape)
register.filter(verdicts.finding_outcome)
register.filter(verdicts.finding_title)
register.filter(verdicts.finding_text)
register.simple_tag(verdicts.verdict_title)
