"""Backups of a SQLite database: a plain SQLite file, copied while the site runs."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

from django.conf import settings

from rollout.operations.backups.contents import LEFT_OUT, BackupError, Contents, DamagedError

SUFFIX = ".sqlite3"
BUSY_TIMEOUT_SECONDS = 30
"""Seconds for which a restore waits while others write."""


def write(to: Path) -> None:
    """Copy the database, as it is at one moment, into an empty file. Raises BackupError."""
    source = database()
    if not source.exists():
        raise BackupError(f"There is no database at {source}.")
    try:
        with _open(source) as live, closing(sqlite3.connect(to)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("PRAGMA secure_delete=ON")
            for table in set(LEFT_OUT) & _tables(copy):
                copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of ours
            copy.commit()
            copy.execute("VACUUM")
    except sqlite3.Error as error:
        kind = DamagedError if _is_damage(error) else BackupError
        raise kind(f"The database cannot be copied: {error}.") from error


def contents(file: Path) -> Contents:
    """Read all of a backup and return what is in it. Raises BackupError for one that is broken."""
    try:
        with _open(file, "ro") as copy:
            found = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
            if found != ["ok"]:
                raise DamagedError(f"{file.name} is damaged: {'; '.join(found)}.")
            for table, row, parent, _key in copy.execute("PRAGMA foreign_key_check"):
                raise DamagedError(
                    f"{file.name} is damaged: row {row} of {table} rests on a row of {parent} "
                    "that is not there."
                )
            tables = _tables(copy)
            if "django_migrations" not in tables:
                raise DamagedError(f"{file.name} holds no database of this site.")
            count = "SELECT count(*) FROM "
            rows = {name: copy.execute(f'{count}"{name}"').fetchone()[0] for name in sorted(tables)}
            migrations = copy.execute("SELECT app, name FROM django_migrations")
            return Contents(rows, frozenset(migrations.fetchall()))
    except sqlite3.Error as error:
        raise DamagedError(f"{file.name} cannot be read: {error}.") from error


def is_empty() -> bool:
    """Tell whether there is nothing yet that a restore would replace."""
    if not database().exists():
        return True
    try:
        with _open(database(), "ro") as live:
            return "django_migrations" not in _tables(live)
    except sqlite3.Error:
        return False


def load(file: Path) -> str:
    """Make the database what a backup holds: the live file itself, at once, or not at all.

    Whoever has it open sees the new rows with the next query. Return what must be done then: of a
    live file that is none any more another takes the place, and that is not seen. Raises
    BackupError.
    """
    try:
        _copy(file, database())
    except sqlite3.Error as error:
        if not _is_damage(error):
            raise BackupError(f"The database cannot be written: {error}.") from error
        _replace(file)
        return "Restart the site now: its processes still hold the old file."
    return ""


def _copy(file: Path, to: Path) -> None:
    with _open(file, "ro") as source, closing(sqlite3.connect(to)) as target:
        source.backup(target, progress=_impatience())
        target.execute("PRAGMA journal_mode=WAL")


def _replace(file: Path) -> None:
    live = database()
    draft = live.with_name(f"{live.name}.restored")
    draft.unlink(missing_ok=True)
    _copy(file, draft)
    draft.chmod(live.stat().st_mode)
    for part in _parts(live)[1:]:
        part.unlink()
    draft.rename(live)


def copy_aside(to: Path) -> None:
    """Copy a database that cannot be read any more byte by byte, with all that belongs to it."""
    for part in _parts(database()):
        copy = to.with_name(part.name.replace(database().name, to.name))
        copy.touch(mode=0o600)
        shutil.copyfile(part, copy)


def _parts(file: Path) -> list[Path]:
    """Return a database's files: itself, and its journal if it has one."""
    parts = (file.with_name(f"{file.name}{ending}") for ending in ("", "-wal", "-shm"))
    return [part for part in parts if part.exists()]


def _is_damage(error: sqlite3.Error) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def database() -> Path:
    """Return where the live database is, be it set as a path or as SQLite's own kind of address."""
    name = str(settings.DATABASES["default"]["NAME"])
    return Path(unquote(name.removeprefix("file:").split("?")[0]) if ":" in name[:5] else name)


def _open(file: Path, mode: str = "rw") -> "closing[sqlite3.Connection]":
    address = f"{file.absolute().as_uri()}?mode={mode}"
    return closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_SECONDS))


def _tables(database: sqlite3.Connection) -> set[str]:
    found = database.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    return {row[0] for row in found}


def _impatience() -> Callable[[int, int, int], None]:
    """Return what ends a copy that others keep from beginning: by itself it waits for ever."""
    until = time.monotonic() + BUSY_TIMEOUT_SECONDS

    def look(status: int, remaining: int, total: int) -> None:
        """Raise BackupError once it has taken too long."""
        if time.monotonic() > until:
            raise BackupError(
                f"The database was busy for {BUSY_TIMEOUT_SECONDS} seconds, "
                "nothing was changed. Try again."
            )

    return look
