"""The database of a test, emptied: as it is after migrating."""

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection


def empty() -> None:
    """Empty every table of the site, in the test's transaction."""
    models = apps.get_app_config("rollout").get_models(include_auto_created=True)
    tables = [model._meta.db_table for model in models]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables))
