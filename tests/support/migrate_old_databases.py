"""Migrates old databases to today's schema, all in one process: what became of each.

`python -m tests.support.migrate_old_databases FOLDER URL NAME ...` prints, for each engine and each of
these databases of the store, its schema and its numbers of rows before and after, as JSON; "today"
is a new database. SQLite's files stay in FOLDER. URL is of a PostgreSQL's superuser; without one
("") it is SQLite alone.
"""

import functools
import gc
import json
import re
import sys
from pathlib import Path
from typing import Any

import dj_database_url
import django
import sqlparse
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder
from django.db.transaction import atomic

from tests.support import old_databases

_states: dict[Any, list[Any]] = {}


def apply(migration: Migration, state: Any, schema_editor: Any) -> Any:
    """Apply a migration as Django does, but compute its states once for all databases.

    That takes most of the time. States of the same migration differ by what was applied before it.
    """
    applied = MigrationRecorder(schema_editor.connection).applied_migrations().keys()
    key = (migration.app_label, migration.name, frozenset(applied & known_migrations()))
    if key not in _states:
        states = [state.clone()]
        for operation in migration.operations:
            operation.state_forwards(migration.app_label, state)
            states.append(state.clone())
        _states[key] = states
    states = _states[key]
    for operation, before, after in zip(migration.operations, states, states[1:], strict=False):
        is_atomic = operation.atomic or (migration.atomic and operation.atomic is not False)
        if not schema_editor.atomic_migration and is_atomic:
            with atomic(schema_editor.connection.alias):
                operation.database_forwards(migration.app_label, schema_editor, before, after)
        else:
            operation.database_forwards(migration.app_label, schema_editor, before, after)
    return states[-1].clone()


@functools.cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return those that are there today: others that a database notes change no state."""
    return frozenset(MigrationLoader(None).disk_migrations)


def migrated(folder: Path, url: str, names: list[str]) -> dict[str, dict[str, Any]]:
    """Return of each engine, and of each database on it, what main() prints."""
    store = old_databases.read_all()
    databases = {"today": None} | {name: store[name] for name in names}
    result: dict[str, dict[str, Any]] = {}
    for engine in ("sqlite", "postgresql") if url else ("sqlite",):
        result[engine] = {}
        for name, files in databases.items():
            if engine == "postgresql":
                make_postgresql(url, name, files)
            else:
                make_sqlite(folder / f"{name}.sqlite3", files)
            before = count_rows() if files else {}
            call_command("migrate", verbosity=0)
            result[engine][name] = {
                "schema": schema(),
                "before": before,
                "after": count_rows(),
            }
    connection.close()
    return result


def make_sqlite(file: Path, files: Any) -> None:
    """Open a new database, with what the store has for it if anything."""
    if files:
        old_databases.create_sqlite(file, files[0], files[2])
    open_database(settings.DATABASES["default"] | {"NAME": str(file)})


def make_postgresql(url: str, name: str, files: Any) -> None:
    """Open a new database of that server likewise."""
    open_database(dj_database_url.parse(url))
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "old-{name}"')
    address = f"{url.rpartition('/')[0]}/old-{name}"
    if files:
        old_databases.create_postgresql(address, files[1], files[2])
    open_database(dj_database_url.parse(address))


def open_database(database: Any) -> None:
    """Let this be the default database, whatever its engine."""
    connection.close()
    connections.settings = connections.configure_settings({"default": database})
    del connections["default"]


def schema() -> dict[str, Any]:
    """Return columns and constraints of the site's tables, without the names that were of their day."""
    with connection.cursor() as cursor:
        every = connection.introspection.table_names(cursor)
        return {
            table: {
                "columns": sorted(
                    (column.name, str(column.type_code), column.null_ok)
                    for column in connection.introspection.get_table_description(cursor, table)
                ),
                "constraints": sorted(
                    (
                        explicit_name(name),
                        c["columns"],
                        c["unique"],
                        c["check"],
                        str(c["foreign_key"]),
                        c["index"],
                    )
                    for name, c in connection.introspection.get_constraints(cursor, table).items()
                    if not name.startswith("__unnamed")
                ),
                "checks": sorted(checks(table)),
            }
            for table in every
            if table.startswith("rollout_")
        }


def explicit_name(name: str) -> str:
    """Return a name that a model gives, else "": Django and the database take that of the table then."""
    return name if name in explicit_names() else ""


@functools.cache
def explicit_names() -> set[str]:
    """Return the names of all constraints that models name."""
    return {
        constraint.name for model in apps.get_models() for constraint in model._meta.constraints
    }


def checks(table: str) -> list[Any]:
    """Return the conditions of a table, as the database words them."""
    if connection.vendor == "postgresql":
        sql = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        rows = query(f"{sql} WHERE contype = 'c' AND conrelid = '{table}'::regclass")
        # A dump writes casts and brackets in another place, to the same effect.
        noise = r"::(character varying|text)(\[\])?|[()\[\]]"
        return [(explicit_name(name), re.sub(noise, "", definition)) for name, definition in rows]
    text: str = query(f"SELECT sql FROM sqlite_schema WHERE name = '{table}'")[0][0]
    return text.partition(", CONSTRAINT ")[2].split(", CONSTRAINT ")


def count_rows() -> dict[str, int]:
    """Return how many rows each of the site's tables has."""
    names = connection.introspection.table_names()
    return {
        name: query(f'SELECT count(*) FROM "{name}"')[0][0]
        for name in names
        if name.startswith("rollout_")
    }


def query(sql: str) -> list[Any]:
    """Return all rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def main(folder: str, url: str, *names: str) -> None:
    """Print what became of the databases of these names."""
    gc.set_threshold(100_000)  # states of models are kept
    django.setup()
    Migration.apply = apply  # type: ignore[assignment,method-assign]
    # Django parses the statements of SQLite's tables with it, the same ones many times.
    sqlparse.parse = functools.cache(sqlparse.parse)
    print(json.dumps(migrated(Path(folder), url, list(names))))


if __name__ == "__main__":
    main(*sys.argv[1:])
