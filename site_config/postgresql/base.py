"""The module that Django loads as the engine."""

import types
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import errors

RESPONSE_TIMEOUT_SECONDS = 8.0
"""Longer than the time-outs that PostgreSQL itself applies while it works."""


class TimeoutConnection(psycopg.Connection):
    """A connection with a time-out on this side: `statement_timeout` needs a server that works."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server. Raises OperationalError, and closes, where it does not answer."""
        try:
            return super().wait(gen, interval, timeout or RESPONSE_TIMEOUT_SECONDS)
        except errors._WaitTimeout as error:
            self.pgconn.finish()
            raise psycopg.OperationalError("The database does not answer.") from error


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection with that time-out while the site is served; commands wait without one."""

    if settings.SERVING:
        Database = types.SimpleNamespace(  # type: ignore[assignment]
            **vars(psycopg) | {"connect": TimeoutConnection.connect}
        )
