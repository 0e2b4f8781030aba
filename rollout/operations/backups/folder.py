"""A folder of backups: for its owner only, each file whole and with its checksum, or not there."""

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

FORM = "vitale-%Y-%m-%dT%H%M%SZ"
NAME = re.compile(r"vitale-\d{4}-\d\d-\d\dT\d{6}Z\.(sqlite3|pgdump)")
DRAFT = ".unfinished-"


def moment(file: Path) -> datetime.datetime | None:
    """Return when a backup was made, by its name; None for a file that is none."""
    if not NAME.fullmatch(file.name):
        return None
    try:
        return datetime.datetime.strptime(file.stem, FORM).replace(tzinfo=datetime.UTC)
    except ValueError:
        return None


def newest(folder: Path) -> datetime.datetime | None:
    """Return when the newest backup of a folder was made. Raises OSError."""
    return max(filter(None, map(moment, folder.iterdir())), default=None)


def checksum_file(file: Path) -> Path:
    """Return where the checksum of a backup stands, in the form of sha256sum."""
    return file.with_name(f"{file.name}.sha256")


def has_its_checksum(file: Path) -> bool | None:
    """Tell whether a backup is as it was made; None where no checksum stands beside it."""
    noted = checksum_file(file)
    if not noted.exists():
        return None
    return noted.read_text(encoding="ascii", errors="replace").split(" ")[0] == _digest(file)


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Hold a folder for one backup at a time; make it where it is missing.

    Raises BackupError where others may enter it or another backup is under way.
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
    """Let `write` fill a draft, then give it its name: there is never half a file under it.

    The folder is held (`opened`). What an interrupted backup left is removed. Whatever `write`
    raises goes on to the caller, and nothing is kept.
    """
    for left in folder.glob(f"{DRAFT}*"):
        left.unlink()
    handle, name = tempfile.mkstemp(prefix=DRAFT, dir=folder)  # mode 0600
    os.close(handle)
    draft = Path(name)
    try:
        write(draft)
        file = _free_name(folder, suffix)
        # The checksum first: a backup without one does not exist at any moment.
        _write_checksum(file, _digest(draft))
        _flush(draft)
        draft.rename(file)
        _flush(folder)
    finally:
        for left in folder.glob(f"{draft.name}*"):  # SQLite's journal too
            left.unlink()
    return file


def rotate(folder: Path, rule: rotation.Rule) -> list[Path]:
    """Remove the backups that the rule does not keep, and return them; other files stay."""
    moments = {file: made for file in folder.iterdir() if (made := moment(file))}
    kept = rotation.kept(moments.values(), rule)
    removed = sorted(file for file, made in moments.items() if made not in kept)
    for file in removed:
        file.unlink()
        checksum_file(file).unlink(missing_ok=True)
    for noted in folder.glob("vitale-*.sha256"):  # of a backup that was cut off before its name
        if NAME.fullmatch(noted.stem) and not noted.with_suffix("").exists():
            noted.unlink()
    return removed


def _free_name(folder: Path, suffix: str) -> Path:
    made = datetime.datetime.now(datetime.UTC)
    while (file := folder / f"{made:{FORM}}{suffix}").exists():
        made += datetime.timedelta(seconds=1)
    return file


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write_checksum(file: Path, digest: str) -> None:
    noted = checksum_file(file)
    handle = os.open(noted, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as content:
        content.write(f"{digest}  {file.name}\n")
    _flush(noted)


def _flush(path: Path) -> None:
    """Wait until the disk has it: a power cut must not leave an empty file under a good name."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
