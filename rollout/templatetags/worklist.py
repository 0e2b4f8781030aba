"""What the editors' pages need beside Django's own."""

from django import template

from rollout.admin import worklist as work
from rollout.admin.worklist import Worklist

register = template.Library()


@register.simple_tag
def worklist() -> Worklist:
    """Return what waits for editors."""
    return work.worklist()
