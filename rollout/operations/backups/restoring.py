"""Brings the database back from a backup: all or nothing, and what it replaces is kept."""

import datetime
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from rollout.facts import writer
from rollout.operations.backups import folder, sqlite
from rollout.operations.backups.contents import BackupError, Contents, DamagedError
from rollout.operations.backups.making import engine, make


def check(file: Path) -> Contents:
    """Read all of a backup and return what is in it, if this site can go on with it.

    Raises BackupError for one that is damaged, altered, of the other database or of a newer site.
    """
    kind = engine()
    if file.suffix != kind.SUFFIX:
        raise BackupError(f"{file.name} is not a backup of this database: it ends otherwise.")
    try:
        if folder.has_its_checksum(file) is False:
            raise BackupError(f"{file.name} is not what was written: its checksum differs.")
        contents: Contents = kind.contents(file)
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
    kind = engine()
    check(file)
    try:
        if not kind.is_empty():
            _keep_what_is_there(kind, say)
        connection.close()
        advice = kind.load(file)
    except OSError as error:
        raise BackupError(f"{error.filename}: {error.strerror}.") from error
    call_command("migrate", verbosity=0)
    with transaction.atomic():  # what was built of the facts before is not theirs any more
        writer.bump_data_version()
    say(f"Restored. {advice}".strip())


def _keep_what_is_there(kind: ModuleType, say: Callable[[str], None]) -> None:
    try:
        say(f"What was there is kept: {make(replaced_folder(), rule=None)}")
    except BackupError as error:
        if not isinstance(error, DamagedError) or kind is not sqlite:
            raise BackupError(
                f"What is there now cannot be kept, so it was left alone: {error} To give it up, "
                "restore into a new, empty database: another VAR_DIR, or DATABASE_URL."
            ) from error
        now = datetime.datetime.now(datetime.UTC)
        aside = replaced_folder() / f"damaged-{now:{folder.FORM}}{kind.SUFFIX}"
        sqlite.copy_aside(aside)
        say(f"What was there is damaged. {error} It is kept as it is: {aside}")
