"""A database of an older version comes through the migrations with all that it holds."""

import re
import sqlite3
from contextlib import closing

import pytest

from tests.support import old_database, servers

pytestmark = pytest.mark.servers


def schema(folder):
    """Return the columns of each table of a site's database, and the names of its constraints."""
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database:
        tables = dict(database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"))
        return {
            name: (
                sorted(row[1:4] for row in database.execute(f"PRAGMA table_info({name})")),
                sorted(re.findall(r'CONSTRAINT "(\w+)"', sql)),
            )
            for name, sql in tables.items()
            if name.startswith("rollout_")
        }


def test_rows_and_history_of_an_older_version_are_what_they_were(tmp_path):
    assert old_database.migrated({"VAR_DIR": str(tmp_path)}) == old_database.EXPECTED
    assert schema(tmp_path) == schema(servers.loaded_site())
