"""Why the site cannot answer now, in words for readers, editors and programs."""

import errno
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _


@dataclass(frozen=True)
class Outage:
    """A cause for which requests get 503, and what is said of it."""

    code: str
    retry_after: int
    """In how many seconds it is worth to try again."""
    sentence: str
    """In English; `text` is the translated one."""
    is_rolled_back: bool = True
    """Whether nothing can have been saved."""

    @property
    def text(self) -> str:
        """Return the sentence in the active language."""
        return gettext(self.sentence)


BUSY = Outage(
    "busy",
    5,
    _("The database is being written to by someone else, for longer than this waits."),
)
DISK_FULL = Outage("disk-full", 60, _("The disk is full. Whoever runs this site has to make room."))
READ_ONLY = Outage(
    "read-only",
    60,
    _("The database can only be read now: its disk or its file is write-protected."),
)
CORRUPT = Outage(
    "corrupt",
    60,
    _("The database is damaged. Whoever runs this site has to restore a backup."),
)
MISSING = Outage("missing", 60, _("The database is not there: its file or its tables are missing."))
UNREACHABLE = Outage("unreachable", 30, _("The database does not answer."), is_rolled_back=False)
OVERLOADED = Outage("overloaded", 5, _("Too many people are using this site at this moment."))

_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_FULL: DISK_FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_CORRUPT: CORRUPT,
    sqlite3.SQLITE_NOTADB: CORRUPT,
    sqlite3.SQLITE_CANTOPEN: MISSING,
    sqlite3.SQLITE_IOERR: UNREACHABLE,
    sqlite3.SQLITE_PROTOCOL: BUSY,
}
"""By the primary result code."""
_OF_POSTGRESQL = {
    "40001": BUSY,  # serialization_failure
    "40P01": BUSY,  # deadlock_detected
    "53300": BUSY,  # too_many_connections
    "55P03": BUSY,  # lock_not_available
    "57014": BUSY,  # query_canceled: statement_timeout
    "53100": DISK_FULL,
    "25006": READ_ONLY,  # read_only_sql_transaction
    "XX001": CORRUPT,
    "XX002": CORRUPT,
    "3D000": MISSING,  # invalid_catalog_name
    "42P01": MISSING,  # undefined_table
}
"""By SQLSTATE."""
_OF_SYSTEM = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EROFS: READ_ONLY,
}


def outage_of(error: BaseException | None) -> Outage | None:
    """Return the cause of an error or of one that led to it; None where the site is at fault."""
    return next(filter(None, map(_outage_of, _chain(error))), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        yield error
        seen.append(error)
        error = error.__cause__ or error.__context__


def _outage_of(error: BaseException) -> Outage | None:
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, OSError):
        return _OF_SYSTEM.get(error.errno or 0)
    if type(error).__module__.startswith("psycopg"):
        return _of_postgresql(error)
    return None


def _of_sqlite(error: sqlite3.Error) -> Outage | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_ERROR and str(error).startswith("no such table"):
        return MISSING
    return _OF_SQLITE.get(code & 0xFF) if code else None


def _of_postgresql(error: Any) -> Outage | None:
    """Without an SQLSTATE it is the connection that failed. psycopg is not imported on SQLite."""
    state = getattr(error, "sqlstate", None)
    if state in _OF_POSTGRESQL:
        return _OF_POSTGRESQL[state]
    names = {each.__name__ for each in type(error).__mro__}
    is_lost = state is None or state.startswith(("08", "57P"))
    return UNREACHABLE if is_lost and "OperationalError" in names else None
