"""Restores the database from a backup, all or nothing; what it replaces is backed up first."""

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
from rollout.operations.backups.making import engine, make_backup


def check_backup(file: Path) -> Contents:
    """Read all of a backup; return its contents.

    Raises:
        BackupError: it is damaged, altered, of the other database engine or of a newer version.
    """
    engine_module = engine()
    if file.suffix != engine_module.SUFFIX:
        raise BackupError(f"{file.name} is not a backup of this database: it ends otherwise.")
    try:
        if folder.checksum_matches(file) is False:
            raise BackupError(f"{file.name} is not what was written: its checksum differs.")
        contents: Contents = engine_module.contents(file)
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}.") from error
    on_disk = set(MigrationLoader(None).disk_migrations or ())
    apps = {app for app, _name in on_disk}
    # A squashed one may have given way to another: what it replaces is listed beside it.
    newer = sorted(
        (app, name)
        for app, name in contents.migrations - on_disk
        if app in apps and "_squashed_" not in name
    )
    if newer:
        raise BackupError(
            f"{file.name} comes from a newer version of this site: it has been through "
            f"{'.'.join(newer[0])}, which is not here. Install that version first."
        )
    return contents


def replaced_folder() -> Path:
    """Return the folder of the backups of what was replaced: beside the local database and key."""
    return Path(settings.VAR_DIR) / "replaced"


def restore_backup(file: Path, report: Callable[[str], None] = lambda line: None) -> None:
    """Replace the database by a backup, all or nothing, after backing up the current one.

    The site may run meanwhile. `report` is called with a line for each step.

    Raises:
        BackupError: the database is as it was.
    """
    engine_module = engine()
    check_backup(file)
    try:
        if not engine_module.is_empty():
            _back_up_current(engine_module, report)
        connection.close()
        advice = engine_module.load(file)
    except OSError as error:
        raise BackupError(f"{error.filename}: {error.strerror}.") from error
    call_command("migrate", verbosity=0)
    with transaction.atomic():  # what was cached of the facts before is not valid any more
        writer.bump_data_version()
    report(f"Restored. {advice}".strip())


def _back_up_current(engine_module: ModuleType, report: Callable[[str], None]) -> None:
    try:
        report(f"What was there is kept: {make_backup(replaced_folder(), rule=None)}")
    except BackupError as error:
        if not isinstance(error, DamagedError) or engine_module is not sqlite:
            raise BackupError(
                f"What is there now cannot be kept, so it was left alone: {error} To give it up, "
                "restore into a new, empty database: another VAR_DIR, or DATABASE_URL."
            ) from error
        now = datetime.datetime.now(datetime.UTC)
        copy = replaced_folder() / f"damaged-{now:{folder.NAME_FORMAT}}{engine_module.SUFFIX}"
        sqlite.copy_aside(copy)
        report(f"What was there is damaged. {error} It is kept as it is: {copy}")
