"""What is in a backup, and the errors with which one is refused."""

from dataclasses import dataclass

# Sessions would sign people in again who have signed out since; the other holds the count of
# failed sign-ins and used codes (CACHES in the settings). Both start empty after a restore.
LEFT_OUT = ("django_session", "shared_cache")


class BackupError(Exception):
    """What went wrong, and what can be done, in sentences for whoever runs the site."""


class DamagedError(BackupError):
    """It cannot be read, or not to its end, or is not what it should be."""


@dataclass(frozen=True)
class Contents:
    """What was found in a backup that was read from its beginning to its end."""

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
