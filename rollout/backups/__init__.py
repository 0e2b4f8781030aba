"""Copies of the database that come back whole: made while the site runs, checked, rotated.

`make` and `restore` are the same for both databases; docs/backup.md is the runbook.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from rollout.backups import folder, postgresql, rotation, sqlite
from rollout.backups.contents import BackupError, Contents, DamagedError

__all__ = ["BackupError", "Contents", "Kept", "check", "make", "replaced_folder", "restore"]


@dataclass(frozen=True)
class Kept:
    """A backup, and what was found in it when it was read again."""

    file: Path
    contents: Contents
    removed: list[Path]
    """The older ones that rotation took away."""

    def __str__(self) -> str:
        size = self.file.stat().st_size
        return f"{self.file}: {size:,} bytes, {in_words(self.contents)}"


def in_words(contents: Contents) -> str:
    """Return how much is in a backup."""
    return f"{contents.total:,} rows in {len(contents.rows)} tables"


def make(where: Path, rule: rotation.Rule | None) -> Kept:
    """Back the database up into a folder, read the copy again, and rotate (None: keep all).

    Raises BackupError; then no file was added and none removed.
    """
    engine = _engine()
    found: list[Contents] = []

    def write(draft: Path) -> None:
        engine.write(draft)
        found.append(engine.contents(draft))

    try:
        with folder.opened(where):
            file = folder.keep(where, engine.SUFFIX, write)
            return Kept(file, found[0], folder.rotate(where, rule) if rule else [])
    except OSError as error:
        raise BackupError(f"Nothing can be kept in {where}: {error.strerror}.") from error


def check(file: Path) -> Contents:
    """Read all of a backup and return what is in it, if this site can go on with it.

    Raises BackupError for one that is damaged, altered, of the other database or of a newer site.
    """
    engine = _engine()
    if file.suffix != engine.SUFFIX:
        raise BackupError(f"{file.name} is not a backup of this database: it ends otherwise.")
    try:
        if folder.has_its_checksum(file) is False:
            raise BackupError(f"{file.name} is not what was written: its checksum differs.")
        contents: Contents = engine.contents(file)
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}.") from error
    known = set(MigrationLoader(None).disk_migrations or ())
    apps = {app for app, _name in known}
    newer = sorted(one for one in contents.migrations - known if one[0] in apps)
    if newer:
        raise BackupError(
            f"{file.name} comes from a newer version of this site: it has been through "
            f"{'.'.join(newer[0])}, which is not here. Install that version first."
        )
    return contents


def replaced_folder() -> Path:
    """Return where a restore keeps what it replaces: beside the local database and key."""
    return Path(settings.VAR_DIR) / "replaced"


def restore(file: Path, say: Callable[[str], None] = lambda line: None) -> None:
    """Make the database what a backup holds, all or nothing, and keep what was there.

    The site may run meanwhile. `say` is told each step. Raises BackupError; then the database is as
    it was.
    """
    engine = _engine()
    check(file)
    try:
        if not engine.is_empty():
            _keep_what_is_there(engine, say)
        connection.close()
        advice = engine.load(file)
    except OSError as error:
        raise BackupError(f"{error.filename}: {error.strerror}.") from error
    call_command("migrate", verbosity=0)
    say(f"Restored. {advice}".strip())


def _keep_what_is_there(engine: ModuleType, say: Callable[[str], None]) -> None:
    try:
        say(f"What was there is kept: {make(replaced_folder(), rule=None)}")
    except BackupError as error:
        if not isinstance(error, DamagedError) or engine is not sqlite:
            raise BackupError(
                f"What is there now cannot be kept, so it was left alone: {error} To give it up, "
                "restore into a new, empty database: another VAR_DIR, or DATABASE_URL."
            ) from error
        now = datetime.datetime.now(datetime.UTC)
        aside = replaced_folder() / f"damaged-{now:{folder.FORM}}{engine.SUFFIX}"
        sqlite.copy_aside(aside)
        say(f"What was there is damaged. {error} It is kept as it is: {aside}")


def _engine() -> ModuleType:
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
