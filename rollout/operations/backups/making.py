"""Makes a backup: a copy that was read again, in a folder from which old ones are removed."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from django.db import connection

from rollout.operations.backups import folder, postgresql, rotation, sqlite
from rollout.operations.backups.contents import BackupError, Contents


@dataclass(frozen=True)
class Kept:
    """A backup, and what was found in it when it was read again."""

    file: Path
    contents: Contents
    removed: list[Path]
    """The older ones that rotation took away."""

    def __str__(self) -> str:
        size = self.file.stat().st_size
        return f"{self.file}: {size:,} bytes, {self.contents}"


def make(where: Path, rule: rotation.Rule | None) -> Kept:
    """Back the database up into a folder, read the copy again, and rotate (None: keep all).

    Raises BackupError; then no file was added and none removed.
    """
    kind = engine()
    found: list[Contents] = []

    def write(draft: Path) -> None:
        """Fill the draft, and read it again."""
        kind.write(draft)
        found.append(kind.contents(draft))

    try:
        with folder.opened(where):
            file = folder.write_atomically(where, kind.SUFFIX, write)
            return Kept(file, found[0], folder.rotate(where, rule) if rule else [])
    except OSError as error:
        raise BackupError(f"Nothing can be kept in {where}: {error.strerror}.") from error


def engine() -> ModuleType:
    """Return the module that knows this site's kind of database."""
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
