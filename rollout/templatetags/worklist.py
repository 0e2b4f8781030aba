"""The work list on the admin's index."""

from django import template

from rollout.admin import worklist as work
from rollout.admin.worklist import Worklist

register = template.Library()


@register.simple_tag
def worklist() -> Worklist:
    """Return the editors' tasks."""
    return work.worklist()
