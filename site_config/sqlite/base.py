"""What Django loads as the engine."""

import contextlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to a file that has to be there, and to be the same one, while it is served.

    SQLite by itself makes a missing file anew, empty, and goes on with a deleted one: what is
    written there is lost.
    """

    _file: tuple[int, int] | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Return how to connect; a server never makes the file, a command makes it its owner's."""
        params: dict[str, Any] = super().get_connection_params()
        name = str(params["database"])
        if name.startswith(("file:", ":memory:")):
            return params
        if settings.SERVING:
            params["database"] = f"{Path(name).absolute().as_uri()}?mode=rw"
        else:
            # It holds accounts. What SQLite lays beside it gets the same rights.
            with contextlib.suppress(OSError):  # it is there, or SQLite says why it cannot be
                Path(name).touch(mode=0o600, exist_ok=False)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and remember to which file."""
        connection = super().get_new_connection(conn_params)
        self._file = self._present_file()
        return connection

    def is_usable(self) -> bool:
        """Tell whether the connection leads to the file that has the name now."""
        return self._file == self._present_file()

    def _present_file(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.settings_dict["NAME"])  # noqa: PTH116 - the name may be text
        except OSError:
            return None
        return found.st_dev, found.st_ino
