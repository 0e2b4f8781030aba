"""What the admin's pages say of edits that wait for a second reader."""

from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.http import HttpRequest

from rollout.admin.proposals import may_see
from rollout.models.edits import ProposalState, ProposedEdit

register = template.Library()


class SecondReaderState(NamedTuple):
    """Whether edits wait, and those that do."""

    is_on: bool
    waiting: Any = ()


@register.simple_tag
def second_reader(request: HttpRequest) -> SecondReaderState:
    """Return whether edits wait, with those of this address; no query where they do not."""
    if not settings.SECOND_READER:
        return SecondReaderState(is_on=False)
    waiting = ProposedEdit.objects.filter(state=ProposalState.WAITING, path=request.path)
    return SecondReaderState(is_on=True, waiting=waiting.select_related("proposed_by"))


@register.simple_tag
def waiting_proposals(request: HttpRequest) -> int | None:
    """Return how many edits of others wait; None where none do, or for whoever sees no facts."""
    if not settings.SECOND_READER or not may_see(request):
        return None
    waiting = ProposedEdit.objects.filter(state=ProposalState.WAITING)
    return waiting.exclude(proposed_by=request.user.pk).count()
