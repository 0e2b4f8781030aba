"""When a fact last changed: of the whole site, or of a place."""

import datetime

from django.apps import apps
from django.db.models import Max, QuerySet
from django.utils.translation import get_language

from rollout.models import Department, Region, Update, UpdateText
from rollout.models.content_tracking import ContentTracked
from rollout.models.texts import Text, reference_language


def newest_change(place: Department | Region | None = None) -> datetime.datetime | None:
    """Return when a row that readers see last changed, or a department of a place: one query.

    Updates do not count: they tell of changes; nor do texts that are neither in the active nor in
    the reference language. None where no such moment is known.
    """
    match place:
        case Department():
            return place.changed_at
        case Region():
            newest: datetime.datetime | None = place.departments.aggregate(
                newest=Max("changed_at")
            )["newest"]
            return newest
    models = apps.get_app_config("rollout").get_models()
    first, *others = [
        _moments(model)
        for model in models
        if issubclass(model, ContentTracked) and not issubclass(model, Update | UpdateText)
    ]
    return first.union(*others).order_by("-changed_at").first()


def _moments(model: type[ContentTracked]) -> QuerySet:
    rows = model._default_manager.all()
    if issubclass(model, Text):
        rows = model.public().filter(language__in={get_language(), reference_language()})
    known = rows.order_by().filter(changed_at__isnull=False)
    return known.values_list("changed_at", flat=True).distinct()
