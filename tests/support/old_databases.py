"""Databases of the site as it once was: schema on both engines and rows, without the places.

`old_databases.tar.xz` has a folder for each schema that ever landed on the main branch, named after
the commit that had it last: `sqlite.sql`, `postgresql.sql`, and `rows.json` for both (by table, its
columns and rows). `python -m tests.support.old_databases NAME` adds that of the working tree.
"""

import io
import json
import re
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from tests.support import servers

STORE = Path(__file__).with_name("old_databases.tar.xz")
FILES = ("sqlite.sql", "postgresql.sql", "rows.json")
PLACES = {
    "rollout_alias",
    "rollout_collectivity",
    "rollout_commune",
    "rollout_formername",
    "rollout_historicalalias",
    "rollout_intercommunality",
    "rollout_postallocality",
    "rollout_referencefile",
}
MAX_ROWS_OF_PLACES = 20
Rows = dict[str, dict[str, list[Any]]]


def names() -> list[str]:
    """Return the names of all databases, the oldest first."""
    with tarfile.open(STORE) as archive:
        return list(dict.fromkeys(member.name.partition("/")[0] for member in archive))


def read_all() -> dict[str, tuple[str, str, Rows]]:
    """Return of each database its schema on SQLite and on PostgreSQL, and its rows."""
    with tarfile.open(STORE) as archive:
        files = {member.name: _text(archive, member) for member in archive}
    return {
        name: (
            files[f"{name}/sqlite.sql"],
            files[f"{name}/postgresql.sql"],
            json.loads(files[f"{name}/rows.json"]),
        )
        for name in dict.fromkeys(path.partition("/")[0] for path in files)
    }


def _text(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = archive.extractfile(member)
    assert file is not None
    return file.read().decode()


def create_sqlite(file: Path, schema: str, rows: Rows) -> None:
    """Create a database in a file that does not exist."""
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(f"BEGIN;{schema}")
        for table, content in rows.items():
            columns = ", ".join(f'"{name}"' for name in content["columns"])
            marks = ", ".join("?" * len(content["columns"]))
            database.executemany(
                f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', content["rows"]
            )


def create_postgresql(url: str, schema: str, rows: Rows) -> None:
    """Create tables and rows in an empty database; its user must be a superuser."""
    with psycopg.connect(url) as database:
        database.execute(schema.encode())
        database.execute("SET search_path TO public")
        database.execute("SET session_replication_role TO replica")  # rows in any order
        for table, content in rows.items():
            are_boolean = _boolean_columns(database, table)
            names = content["columns"]
            columns = ", ".join(f'"{name}"' for name in names)
            marks = ", ".join(["%s"] * len(names))
            with database.cursor() as cursor:
                cursor.executemany(
                    f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'.encode(),
                    [
                        [
                            bool(value) if name in are_boolean and value is not None else value
                            for name, value in zip(names, row, strict=True)
                        ]
                        for row in content["rows"]
                    ],
                )
            for name in _identity_columns(database, table):
                database.execute(
                    f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{name}'), "
                    f'COALESCE(max("{name}"), 0) + 1, false) FROM "{table}"'.encode()
                )


def _boolean_columns(database: Any, table: str) -> set[str]:
    query = (
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = %s AND data_type = 'boolean'"
    )
    return {name for (name,) in database.execute(query, [table])}


def _identity_columns(database: Any, table: str) -> set[str]:
    query = (
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = %s AND is_identity = 'YES'"
    )
    return {name for (name,) in database.execute(query, [table])}


# --- Adding one -----------------------------------------------------------------------------------


def dump_sqlite(file: Path) -> tuple[str, Rows]:
    """Return schema and rows of a database, but few of the places."""
    with closing(sqlite3.connect(file)) as database:
        tables = "type = 'table' DESC, name"
        schema = [
            str(sql)
            for (sql,) in database.execute(
                "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
                f"AND name NOT LIKE 'sqlite%' ORDER BY {tables}"
            )
        ]
        rows: Rows = {}
        for (table,) in database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' "
            "AND name NOT LIKE 'sqlite%' AND name <> 'shared_cache' ORDER BY name"
        ).fetchall():
            limit = MAX_ROWS_OF_PLACES if table in PLACES else -1
            cursor = database.execute(f'SELECT * FROM "{table}" ORDER BY rowid LIMIT {limit}')
            columns = [column[0] for column in cursor.description]
            rows[table] = {"columns": columns, "rows": [list(row) for row in cursor]}
    return ";\n".join(schema) + ";\n", {name: some for name, some in rows.items() if some["rows"]}


def without_comments(dump: str) -> str:
    """Return what pg_dump writes without comments, settings and psql's own commands."""
    lines = (line for line in dump.splitlines() if not re.match(r"--|\\|SET |SELECT pg_cat", line))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip() + "\n"


def add(name: str, sqlite: str, postgresql: str, rows: Rows) -> None:
    """Write a database into the store, behind the others."""
    databases = (read_all() if STORE.exists() else {}) | {name: (sqlite, postgresql, rows)}
    contents = {
        f"{old}/{file}": text
        for old, (sqlite_schema, postgresql_schema, old_rows) in databases.items()
        for file, text in zip(
            FILES, (sqlite_schema, postgresql_schema, _json(old_rows)), strict=True
        )
    }
    with tarfile.open(STORE, "w:xz", preset=9) as archive:
        for path, text in contents.items():
            member = tarfile.TarInfo(path)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))


def _json(rows: Rows) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=0)


def _add_of_this_tree(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder, servers.postgresql() as url:
        schema, rows = dump_sqlite(servers.loaded_site() / "db.sqlite3")
        environment = {"DATABASE_URL": url, "ALLOWED_HOSTS": "localhost", "SECRET_KEY": "k" * 50}
        for step in ("migrate", "createcachetable"):
            servers.manage(step, "--verbosity=0", environment=environment | {"VAR_DIR": folder})
        programs = servers.postgresql_programs()
        assert programs is not None
        command = [str(programs / "pg_dump"), "--schema-only", "--no-owner", url]
        dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    add(name, schema, without_comments(dump), rows)


if __name__ == "__main__":
    _add_of_this_tree(sys.argv[1])
