"""Backups of a SQLite database: a plain SQLite file, copied while the site runs."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

from django.conf import settings

from rollout.operations.backups.contents import EXCLUDED_TABLES, BackupError, Contents, DamagedError

SUFFIX = ".sqlite3"
BUSY_TIMEOUT_SECONDS = 30  # how long a restore waits while others write


def write(to: Path) -> None:
    """Copy a consistent state of the database into an empty file.

    Raises:
        BackupError: the database is missing or cannot be copied (DamagedError if it is damaged).
    """
    source = database()
    if not source.exists():
        raise BackupError(f"There is no database at {source}.")
    try:
        with _open(source) as live, closing(sqlite3.connect(to)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("PRAGMA secure_delete=ON")
            for table in set(EXCLUDED_TABLES) & _tables(copy):
                copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 - a name of ours
            copy.commit()
            copy.execute("VACUUM")
    except sqlite3.Error as error:
        kind = DamagedError if _is_damaged(error) else BackupError
        raise kind(f"The database cannot be copied: {error}.") from error


def contents(file: Path) -> Contents:
    """Read all of a backup; return its contents.

    Raises:
        DamagedError: it cannot be read, is damaged, or is not a backup of this site.
    """
    try:
        with _open(file, "ro") as copy:
            results = [row[0] for row in copy.execute("PRAGMA integrity_check(3)")]
            if results != ["ok"]:
                raise DamagedError(f"{file.name} is damaged: {'; '.join(results)}.")
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
    """Overwrite the live database by a backup, all or nothing; return advice, or "" if none.

    Processes that have it open see the new rows with the next query. A damaged live file is
    replaced by a new one, which running processes do not see: hence the advice.

    Raises:
        BackupError: the database cannot be written, or was busy for BUSY_TIMEOUT_SECONDS.
    """
    try:
        _copy(file, database())
    except sqlite3.Error as error:
        if not _is_damaged(error):
            raise BackupError(f"The database cannot be written: {error}.") from error
        _replace(file)
        return "Restart the site now: its processes still hold the old file."
    return ""


def _copy(file: Path, to: Path) -> None:
    with _open(file, "ro") as source, closing(sqlite3.connect(to)) as target:
        source.backup(target, progress=_copy_deadline())
        target.execute("PRAGMA journal_mode=WAL")


def _replace(file: Path) -> None:
    live = database()
    temporary = live.with_name(f"{live.name}.restored")
    temporary.unlink(missing_ok=True)
    _copy(file, temporary)
    temporary.chmod(live.stat().st_mode)
    for part in _parts(live)[1:]:
        part.unlink()
    temporary.rename(live)


def copy_aside(to: Path) -> None:
    """Copy a damaged database byte by byte, with its journal files."""
    for part in _parts(database()):
        copy = to.with_name(part.name.replace(database().name, to.name))
        copy.touch(mode=0o600)
        shutil.copyfile(part, copy)


def _parts(file: Path) -> list[Path]:
    """Return the files of a database that exist: itself, and those of its journal."""
    parts = (file.with_name(f"{file.name}{ending}") for ending in ("", "-wal", "-shm"))
    return [part for part in parts if part.exists()]


def _is_damaged(error: sqlite3.Error) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def database() -> Path:
    """Return the path of the live database, which is set as a path or as a `file:` URI."""
    name = str(settings.DATABASES["default"]["NAME"])
    return Path(unquote(name.removeprefix("file:").split("?")[0]) if ":" in name[:5] else name)


def _open(file: Path, mode: str = "rw") -> "closing[sqlite3.Connection]":
    address = f"{file.absolute().as_uri()}?mode={mode}"
    return closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_SECONDS))


def _tables(database: sqlite3.Connection) -> set[str]:
    results = database.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    return {row[0] for row in results}


def _copy_deadline() -> Callable[[int, int, int], None]:
    """Return a progress callback that ends a copy which waits for others: SQLite waits for ever."""
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS

    def check_deadline(status: int, remaining: int, total: int) -> None:
        """Raise BackupError once the time limit has passed."""
        if time.monotonic() > deadline:
            raise BackupError(
                f"The database was busy for {BUSY_TIMEOUT_SECONDS} seconds, "
                "nothing was changed. Try again."
            )

    return check_deadline
