"""Makes a backup: a copy that was read again, in a folder whose old backups are removed."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from django.db import connection

from rollout.operations.backups import folder, postgresql, rotation, sqlite
from rollout.operations.backups.contents import BackupError, Contents


@dataclass(frozen=True)
class Backup:
    """A backup file, and its contents as they were read again."""

    file: Path
    contents: Contents
    removed: list[Path]
    """Older backups that were deleted."""

    def __str__(self) -> str:
        size = self.file.stat().st_size
        return f"{self.file}: {size:,} bytes, {self.contents}"


def make_backup(destination: Path, rule: rotation.RetentionRule | None) -> Backup:
    """Back the database up into a folder, read the copy again, and rotate (None: retain all).

    Raises:
        BackupError: no file was added and none removed.
    """
    engine_module = engine()
    read: list[Contents] = []

    def write(temporary: Path) -> None:
        """Write the copy and read it again."""
        engine_module.write(temporary)
        read.append(engine_module.contents(temporary))

    try:
        with folder.locked(destination):
            file = folder.write_atomically(destination, engine_module.SUFFIX, write)
            return Backup(file, read[0], folder.rotate(destination, rule) if rule else [])
    except OSError as error:
        raise BackupError(f"Nothing can be kept in {destination}: {error.strerror}.") from error


def engine() -> ModuleType:
    """Return the module that knows this site's database: `sqlite` or `postgresql`."""
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
