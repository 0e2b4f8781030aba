"""A folder of backups: for its owner only; each file is complete and has its checksum."""

import datetime
import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rollout.operations.backups import rotation
from rollout.operations.backups.contents import BackupError

NAME_FORMAT = "vitale-%Y-%m-%dT%H%M%SZ"
NAME_PATTERN = re.compile(r"vitale-\d{4}-\d\d-\d\dT\d{6}Z\.(sqlite3|pgdump)")
TEMPORARY_PREFIX = ".unfinished-"


def made_at(file: Path) -> datetime.datetime | None:
    """Return when a backup was made (UTC), by its name; None for any other file."""
    if not NAME_PATTERN.fullmatch(file.name):
        return None
    try:
        return datetime.datetime.strptime(file.stem, NAME_FORMAT).replace(tzinfo=datetime.UTC)
    except ValueError:
        return None


def newest(folder: Path) -> datetime.datetime | None:
    """Return when the newest backup of a folder was made (UTC), None if there is none.

    Raises:
        OSError: the folder cannot be read.
    """
    return max(filter(None, map(made_at, folder.iterdir())), default=None)


def checksum_path(file: Path) -> Path:
    """Return the path of a backup's checksum, a file as sha256sum writes it."""
    return file.with_name(f"{file.name}.sha256")


def checksum_matches(file: Path) -> bool | None:
    """Tell whether a backup has the checksum noted beside it; None where none is noted."""
    checksum = checksum_path(file)
    if not checksum.exists():
        return None
    return checksum.read_text(encoding="ascii", errors="replace").split(" ")[0] == _sha256(file)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder, so that one backup at a time is made; create it where it is missing.

    Raises:
        BackupError: others may read the folder, or another backup is under way.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BackupError(f"{folder} cannot be used: {error.strerror}.") from error
    try:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            raise BackupError(
                f"Others may look into {folder}, and a backup holds accounts: chmod 700 {folder}, "
                "or name a folder of its own."
            )
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupError(f"Another backup into {folder} is under way.") from error
        yield
    finally:
        os.close(handle)


def write_atomically(folder: Path, suffix: str, write: Callable[[Path], None]) -> Path:
    """Let `write` fill a temporary file, then rename it: no incomplete file has a backup's name.

    The caller has locked the folder. Temporary files of interrupted backups are removed. What
    `write` raises is passed on; then no file is added.
    """
    for left in folder.glob(f"{TEMPORARY_PREFIX}*"):
        left.unlink()
    handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=folder)  # mode 0600
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        file = _free_name(folder, suffix)
        # The checksum first: a backup without one never exists.
        _write_checksum(file, _sha256(temporary))
        _fsync(temporary)
        temporary.rename(file)
        _fsync(folder)
    finally:
        for left in folder.glob(f"{temporary.name}*"):  # SQLite's journal too
            left.unlink()
    return file


def rotate(folder: Path, rule: rotation.RetentionRule) -> list[Path]:
    """Delete the backups that the rule does not retain; return them by name. Other files stay."""
    times = {file: time for file in folder.iterdir() if (time := made_at(file))}
    retained = rotation.retained(times.values(), rule)
    removed = sorted(file for file, time in times.items() if time not in retained)
    for file in removed:
        file.unlink()
        checksum_path(file).unlink(missing_ok=True)
    for checksum in folder.glob("vitale-*.sha256"):  # of a backup that was cut off before its name
        if NAME_PATTERN.fullmatch(checksum.stem) and not checksum.with_suffix("").exists():
            checksum.unlink()
    return removed


def _free_name(folder: Path, suffix: str) -> Path:
    made = datetime.datetime.now(datetime.UTC)
    while (file := folder / f"{made:{NAME_FORMAT}}{suffix}").exists():
        made += datetime.timedelta(seconds=1)
    return file


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write_checksum(file: Path, digest: str) -> None:
    checksum = checksum_path(file)
    handle = os.open(checksum, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as content:
        content.write(f"{digest}  {file.name}\n")
    _fsync(checksum)


def _fsync(path: Path) -> None:
    """Wait until it is on the disk: a power cut must not leave an empty file under a good name."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
