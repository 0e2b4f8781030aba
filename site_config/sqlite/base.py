"""The module that Django loads as the engine."""

import contextlib
import logging
import os
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.sqlite3 import base

logger = logging.getLogger(__name__)

_reported: set[str] = set()
"""Aliases of the databases that are read-only now, as the log says."""
_copies: dict[Path, "tempfile.TemporaryDirectory[str]"] = {}
_copies_lock = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to a file that must exist, and stay the same file, while the site is served.

    SQLite by itself creates a missing file, empty, and keeps a deleted one open: what is written
    there is lost.
    """

    _connected_file: tuple[int, int] | None = None
    init_commands: list[str]
    is_read_only = False
    """Whether the connection was made while the file or its folder could not be written to."""

    def get_connection_params(self) -> dict[str, Any]:
        """Return the parameters. The file of the facts is made by commands only, mode 0600."""
        params: dict[str, Any] = super().get_connection_params()
        name = str(params["database"])
        if name.startswith(("file:", ":memory:")):
            return params
        path = Path(name).absolute()
        reason = reason_not_writable(path)
        self.is_read_only = bool(reason)
        if reason:
            self._report(reason)
            params["database"] = _read_only_uri(path)
            self.init_commands = [text for text in self.init_commands if "cache_size" in text]
        elif settings.SERVING and self.alias == DEFAULT_DB_ALIAS:
            params["database"] = f"{path.as_uri()}?mode=rw"
        else:
            # It holds accounts. SQLite gives the files that it adds the same permissions.
            with contextlib.suppress(OSError):  # it exists, or SQLite says why it cannot
                path.touch(mode=0o600, exist_ok=False)
        return params

    def _report(self, reason: str) -> None:
        """Log, once in a process, that and why nothing can be written."""
        if self.alias not in _reported:
            _reported.add(self.alias)
            logger.warning("The database %s is opened read-only: %s.", self.alias, reason)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and note the identity of the file."""
        connection = super().get_new_connection(conn_params)
        self._connected_file = self._file_identity()
        return connection

    def is_usable(self) -> bool:
        """Tell whether it is to the file that has the name now, and writes if that can be done."""
        if self.is_read_only and not reason_not_writable(Path(self.settings_dict["NAME"])):
            _reported.discard(self.alias)
            copy = _copies.pop(Path(self.settings_dict["NAME"]).absolute(), None)
            if copy:
                copy.cleanup()
            return False
        # After a failure, what SQLite holds in memory may be damaged though the file is not.
        return not self.errors_occurred and self._connected_file == self._file_identity()

    def _file_identity(self) -> tuple[int, int] | None:
        """Return device and inode of the file, None where there is none."""
        try:
            status = os.stat(self.settings_dict["NAME"])  # noqa: PTH116 - the name may be text
        except OSError:
            return None
        return status.st_dev, status.st_ino


def reason_not_writable(path: Path) -> str:
    """Return why SQLite cannot write to a file, "" where it can or the file is missing.

    The file is not opened for it: closing it again would end SQLite's locks of this process.
    """
    if not path.exists():
        return ""
    for place, name in ((path, "its file"), (path.parent, "its folder")):
        if not os.access(place, os.W_OK):
            is_mounted_so = os.statvfs(place).f_flag & os.ST_RDONLY
            return "its disk is read-only" if is_mounted_so else f"{name} is not ours to write to"
    return ""


def _read_only_uri(path: Path) -> str:
    """Return the address by which SQLite reads a file that it cannot write to.

    Its write-ahead log can only be read if a file beside it can be written to. Where a server has
    stopped and removed the log, `immutable` reads without one. Where one was killed, and nobody can
    write because the disk is read-only, a copy of both files is read.
    """
    log = Path(f"{path}-wal")
    if not log.exists() or log.stat().st_size == 0:
        return f"{path.as_uri()}?mode=ro&immutable=1"
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        path = _copy(path, log)
    return f"{path.as_uri()}?mode=ro"


def _copy(*files: Path) -> Path:
    """Return the first of these files in a folder in memory, which has a copy of each."""
    with _copies_lock:
        if files[0] not in _copies:
            memory = Path("/dev/shm")  # noqa: S108 - for files in memory, and only ours to read
            folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
            for file in files:
                shutil.copy(file, folder.name)
            _copies[files[0]] = folder
        return Path(_copies[files[0]].name) / files[0].name
