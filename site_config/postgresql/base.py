"""What Django loads as the engine."""

import types
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import errors

PATIENCE = 8.0
"""Seconds: longer than the time limits that PostgreSQL itself keeps while it is well."""


class Impatient(psycopg.Connection):
    """A connection that does not wait for ever: `statement_timeout` needs a server that runs."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server; raise OperationalError and close when it says nothing."""
        try:
            return super().wait(gen, interval, timeout or PATIENCE)
        except errors._WaitTimeout as error:
            self.pgconn.finish()
            raise psycopg.OperationalError("The database does not answer.") from error


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that a server gives up when it hangs; commands are as patient as ever."""

    if settings.SERVING:
        Database = types.SimpleNamespace(  # type: ignore[assignment]
            **vars(psycopg) | {"connect": Impatient.connect}
        )
