"""Activation routes."""

from django.contrib import admin

from rollout.admin.base import EVIDENCE_FIELDS, NamedFactAdmin, TextInline
from rollout.models import ActivationRoute, ActivationRouteText


class RouteTextInline(TextInline):
    """The route's texts, per language."""

    model = ActivationRouteText


@admin.register(ActivationRoute)
class ActivationRouteAdmin(NamedFactAdmin):
    """The ways to activate the app."""

    list_display = ["name", "position", "opened_on", "minimum_age", "last_checked"]
    inlines = [RouteTextInline]
    fields = ["slug", "position", "by_department", "opened_on", "minimum_age", *EVIDENCE_FIELDS]
