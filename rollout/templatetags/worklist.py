"""The parts of the admin's index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.utils.translation import gettext_lazy as _

from rollout.admin import recent_changes, worklist

register = template.Library()

APP_NAMES = {"rollout": _("Facts and texts"), "auth": _("People")}


@dataclass(frozen=True)
class FrontPage:
    """What someone may do and what waits for them; what editors changed last, newest first."""

    counts: Sequence[worklist.WorkCount]
    tools: Sequence[worklist.Tool]
    changes: Sequence[recent_changes.Change]


@dataclass(frozen=True)
class ModelList:
    """The models of an app, as Django's index lists them: to change, and only to look up."""

    name: str
    editable: Sequence[dict[str, Any]]
    viewable: Sequence[dict[str, Any]]


@register.simple_tag(takes_context=True)
def front_page(context: Context) -> FrontPage:
    """Return the index of the user of the request."""
    user = context["request"].user
    may_read = user.has_perm("rollout.view_entry")
    codes = worklist.languages_of_changes(user)
    return FrontPage(
        worklist.work_counts(user),
        worklist.tools(user),
        recent_changes.acts(codes) if may_read else [],
    )


@register.simple_tag
def model_lists(app_list: Sequence[dict[str, Any]]) -> list[ModelList]:
    """Return the models that someone may see, of this site's own app first."""
    own_first = sorted(app_list, key=lambda app: list(APP_NAMES).index(app["app_label"]))
    return [
        ModelList(
            str(APP_NAMES[app["app_label"]]),
            [model for model in app["models"] if not model["view_only"]],
            [model for model in app["models"] if model["view_only"]],
        )
        for app in own_first
    ]
