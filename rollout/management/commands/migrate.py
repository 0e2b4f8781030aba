"""Django's migrate; where an old database does not fit, it says why and puts it back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor


class Command(migrate.Command):
    """Brings the database to the schema of this version."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate.

        Raises:
            CommandError: a row or table of the database does not fit; a SQLite file is then as it
                was before.
        """
        connection = connections[options["database"]]
        executor = MigrationExecutor(connection)
        applied = executor.loader.applied_migrations
        is_old = bool(applied) and bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if not is_old:
            super().handle(*args, **options)
            return
        try:
            with _undone_on_error(connection):
                super().handle(*args, **options)
        except DatabaseError as error:
            reason = _reason(str(error), executor)
            raise CommandError(
                f"This database cannot be migrated: {reason} {_advice(connection)}"
            ) from error


@contextmanager
def _undone_on_error(connection: Any) -> Iterator[None]:
    """Put a SQLite file back as it was when the block raises: some migrations may be applied."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or connection.is_in_memory_db():
        yield
        return
    copy = Path(f"{name}.before-migrate")
    copy.touch(mode=0o600)  # it holds accounts
    _copy(name, str(copy))
    try:
        yield
    except BaseException:
        connection.close()
        _copy(str(copy), name)
        raise
    finally:
        copy.unlink()


def _copy(source: str, target: str) -> None:
    """Copy all pages of a database that others may have open."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _reason(error: str, executor: MigrationExecutor) -> str:
    """Return the sentence of the constraint that an error names, or else the error's first line."""
    state = executor.loader.project_state()
    sentences = {
        constraint.name: str(constraint.violation_error_message)
        for model in state.models.values()
        for constraint in model.options.get("constraints", ())
    }
    for name, sentence in sentences.items():
        if name in error:
            return f"{sentence} ({name})"
    return f"{error.splitlines()[0].rstrip('.')}."


def _advice(connection: Any) -> str:
    if connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        return (
            f"It is as it was before. Correct the row with the version of the site that made it, "
            f"or put the file aside (mv {name} {name}.old): make serve makes a new one."
        )
    return (
        "Restore the backup (docs/backup.md), correct the row with the version of the site that "
        "made it, and migrate again."
    )
