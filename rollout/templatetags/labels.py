"""Registers the functions of rollout/wording/labels.py and french_names.py for templates."""

from django import template

from rollout.wording import french_names, labels, typography

register = template.Library()

register.filter(labels.day)
register.filter(labels.checked_on)
register.filter(labels.entry_day)
register.filter(labels.source_day)
register.filter(labels.opening_day)
register.filter(labels.opened_by)
register.filter(labels.wave_days)
register.filter(labels.wave_summary)
register.filter(labels.state)
register.filter(labels.named_state)
register.filter(labels.certainty)
register.filter(labels.markdown)
register.filter(labels.lang_of)
register.filter(french_names.term_title)
register.filter(typography.name_within)
register.filter(typography.isolated)
register.filter(typography.sentence)
register.filter(typography.upper_first)
register.simple_tag(typography.comma)
register.filter(labels.name_of)
register.filter(labels.translation_note)
register.simple_tag(french_names.french_name)
register.simple_tag(labels.yes)
register.simple_tag(labels.nth_wave)
