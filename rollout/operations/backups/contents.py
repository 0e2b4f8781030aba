"""What is in a backup, and the errors of making and restoring one."""

from dataclasses import dataclass

# Sessions would sign people in again who have signed out since; the other holds the count of
# failed sign-ins and used codes (CACHES in the settings). Both start empty after a restore.
EXCLUDED_TABLES = ("django_session", "shared_cache")


class BackupError(Exception):
    """A backup or restore failed: why, and what can be done, in sentences for operators."""


class DamagedError(BackupError):
    """A database or backup is damaged, incomplete, or not one of this site."""


@dataclass(frozen=True)
class Contents:
    """What a backup holds, after it was read from its beginning to its end."""

    rows: dict[str, int]
    """How many rows each table has."""
    migrations: frozenset[tuple[str, str]]
    """App and name of each migration that the tables have been through."""

    @property
    def total(self) -> int:
        """Return the number of rows in all tables."""
        return sum(self.rows.values())

    def __str__(self) -> str:
        return f"{self.total:,} rows in {len(self.rows)} tables"
