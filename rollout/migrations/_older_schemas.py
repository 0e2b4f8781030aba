"""Completes databases of the first day, when 0001 and 0002 were still being rewritten in place.

Such a database has a migration noted as applied that then made less than it makes now. What is
missing is added before the next migration relies on it; all other databases are left as they are.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

DOCUMENT_AND_VIDEO = {
    "slug": "document-and-video",
    "position": 20,
    "by_department": True,
    "certainty": "official",
}
"""The route of all steps of that day, as the data files first had it; a load brings it up to date."""


def complete_0001(apps: Any, schema_editor: Any) -> None:
    """Add what 0001_first lacked at first: names of places, their kinds, and a fifth wave's limit."""
    phase = apps.get_model("rollout", "Phase")
    from_1 = models.CheckConstraint(condition=Q(position__gte=1), name="phase_position_from_1")
    if from_1.name in _constraints(schema_editor, phase):
        schema_editor.remove_constraint(phase, from_1)
        _complete(apps, schema_editor)


def complete_0002(apps: Any, schema_editor: Any) -> None:
    """Add what 0002_guide lacked at first: updates, and whether an acceptance is active."""
    if apps.get_model("rollout", "Update")._meta.db_table not in _tables(schema_editor):
        _complete(apps, schema_editor)


def give_steps_their_route(apps: Any, schema_editor: Any) -> None:
    """Create the route to which all steps belonged before there were routes, where there are steps."""
    entry = apps.get_model("rollout", "Entry")
    historical_entry = apps.get_model("rollout", "HistoricalEntry")
    steps = entry.objects.filter(kind="step", route=None)
    checked = steps.aggregate(models.Max("last_checked"))["last_checked__max"]
    if checked is None:
        return
    values = DOCUMENT_AND_VIDEO | {"last_checked": checked}
    route = apps.get_model("rollout", "ActivationRoute").objects.create(**values)
    apps.get_model("rollout", "HistoricalActivationRoute").objects.create(
        **values,
        history_date=timezone.now(),
        history_type="+",
        history_change_reason="The route of the steps that were there before there were routes.",
    )
    steps.update(route=route)
    historical_entry.objects.filter(kind="step", route=None).update(route=route)
    if schema_editor.connection.vendor == "postgresql":  # it alters no table with pending checks
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _complete(apps: Any, schema_editor: Any) -> None:
    """Create the missing tables and columns of all models, and every named constraint anew."""
    tables = _tables(schema_editor)
    for model in apps.get_app_config("rollout").get_models():
        if model._meta.db_table not in tables:
            schema_editor.create_model(model)
            continue
        columns = _columns(schema_editor, model)
        for field in model._meta.local_concrete_fields:
            if field.column not in columns:
                schema_editor.add_field(model, field)
        present = _constraints(schema_editor, model)
        for constraint in model._meta.constraints:
            if constraint.name in present:
                schema_editor.remove_constraint(model, constraint)
            schema_editor.add_constraint(model, constraint)


def _tables(schema_editor: Any) -> set[str]:
    return set(schema_editor.connection.introspection.table_names())


def _columns(schema_editor: Any, model: Any) -> set[str]:
    connection, table = schema_editor.connection, model._meta.db_table
    with connection.cursor() as cursor:
        description = connection.introspection.get_table_description(cursor, table)
    return {column.name for column in description}


def _constraints(schema_editor: Any, model: Any) -> set[str]:
    connection, table = schema_editor.connection, model._meta.db_table
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, table))
