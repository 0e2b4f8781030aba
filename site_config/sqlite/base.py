"""The module that Django loads as the engine."""

import contextlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to a file that must exist, and stay the same file, while the site is served.

    SQLite by itself creates a missing file, empty, and keeps a deleted one open: what is written
    there is lost.
    """

    _connected_file: tuple[int, int] | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Return the parameters. A server never creates the file; a command does, mode 0600."""
        params: dict[str, Any] = super().get_connection_params()
        name = str(params["database"])
        if name.startswith(("file:", ":memory:")):
            return params
        if settings.SERVING:
            params["database"] = f"{Path(name).absolute().as_uri()}?mode=rw"
        else:
            # It holds accounts. SQLite gives the files that it adds the same permissions.
            with contextlib.suppress(OSError):  # it exists, or SQLite says why it cannot
                Path(name).touch(mode=0o600, exist_ok=False)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and note the identity of the file."""
        connection = super().get_new_connection(conn_params)
        self._connected_file = self._file_identity()
        return connection

    def is_usable(self) -> bool:
        """Tell whether the connection is to the file that has the name now."""
        return self._connected_file == self._file_identity()

    def _file_identity(self) -> tuple[int, int] | None:
        """Return device and inode of the file, None where there is none."""
        try:
            status = os.stat(self.settings_dict["NAME"])  # noqa: PTH116 - the name may be text
        except OSError:
            return None
        return status.st_dev, status.st_ino
