"""Backups of a PostgreSQL database, by PostgreSQL's own pg_dump, pg_restore and psql."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError, connection

from rollout.operations.backups.contents import EXCLUDED_TABLES, BackupError, Contents, DamagedError

SUFFIX = ".pgdump"
COPY_LINE = re.compile(rb'COPY (?:\w+\.)?"?(\w+)"? \((.*)\) FROM stdin;')

CREATE_TABLE_LINE = re.compile(rb'^CREATE TABLE (?:\w+\.)?"?(\w+)"? \($', re.MULTILINE)


def write(to: Path) -> None:
    """Dump a consistent state of the database into an empty file.

    Raises:
        BackupError: pg_dump failed or is missing.
    """
    without = [f"--exclude-table-data={table}" for table in EXCLUDED_TABLES]
    _run(
        "pg_dump",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--lock-wait-timeout=10s",
        f"--file={to}",
        *without,
    )


def contents(file: Path) -> Contents:
    """Read all of a backup; return its contents.

    All data is unpacked to SQL and its rows are counted: `pg_restore --list` would read the table
    of contents only, notice no damaged data, and know neither rows nor migrations.

    Raises:
        BackupError: it cannot be read to its end.
        DamagedError: it is not a backup of this site.
    """
    rows: dict[str, int] = {}
    migrations = set()
    for table, columns, row in _rows(_read_as_sql(file)):
        rows.setdefault(table, 0)
        if row is None:
            continue
        rows[table] += 1
        if table == "django_migrations":
            cells = dict(zip(columns, row.decode().split("\t"), strict=True))
            migrations.add((cells["app"], cells["name"]))
    if not migrations:
        raise DamagedError(f"{file.name} holds no database of this site.")
    return Contents(rows, frozenset(migrations))


def is_empty() -> bool:
    """Tell whether there is nothing yet that a restore would replace.

    Raises:
        BackupError: the database does not answer.
    """
    try:
        return "django_migrations" not in connection.introspection.table_names()
    except DatabaseError as error:
        raise BackupError(f"The database does not answer: {error}") from error
    finally:
        connection.close()


def load(file: Path) -> str:
    """Replace the site's tables by those of a backup, in one transaction; return "" (no advice).

    All tables are dropped first, for they may have changed since; other tables stay.

    Raises:
        BackupError: psql failed; the database is as it was.
    """
    backup = _read_as_sql(file)
    restored_tables = {name.decode() for name in CREATE_TABLE_LINE.findall(backup)}
    tables = sorted({*connection.introspection.django_table_names(), *restored_tables})
    connection.close()
    quoted = ", ".join(f'"{name}"' for name in tables)
    settings_sql = "SET client_min_messages = warning; SET lock_timeout = '10s';"
    script = f"{settings_sql} DROP TABLE IF EXISTS {quoted};\n".encode() + backup
    options = ("--no-psqlrc", "--quiet", "--single-transaction", "--output=/dev/null")
    _run("psql", *options, "--set=ON_ERROR_STOP=1", "--file=-", stdin=script)
    return ""


def _read_as_sql(file: Path) -> bytes:
    """Return a backup as SQL; every byte of it is read and unpacked."""
    return _run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file))


def _rows(script: bytes) -> Iterator[tuple[str, list[str], bytes | None]]:
    """Yield (table, columns, None) for each table, then (table, columns, row) for each row."""
    table, columns = "", list[str]()
    for line in script.split(b"\n"):
        if table and line == rb"\.":
            table = ""
        elif table:
            yield table, columns, line
        elif match := COPY_LINE.fullmatch(line):
            table, columns = match[1].decode(), match[2].decode().split(", ")
            yield table, columns, None


def _run(program: str, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run one of PostgreSQL's programs on the site's database; return its output.

    The password goes by the environment: everyone on a machine can read a command line.

    Raises:
        BackupError: the program is missing or failed; with the beginning of its error output.
    """
    path = shutil.which(program)
    if path is None:
        raise BackupError(
            f"{program} is not installed. On Debian: apt install postgresql-client "
            "(the server's version or newer)."
        )
    process = subprocess.run(  # noqa: S603 - a program of PostgreSQL, with arguments of ours
        [path, *arguments],
        env=os.environ | _connection_variables(),
        input=stdin,
        capture_output=True,
        check=False,
    )
    if process.returncode:
        lines = process.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
        raise BackupError(f"{program} failed: {' '.join(lines[:3])}")
    return process.stdout


def _connection_variables() -> dict[str, str]:
    """Return the connection as the environment variables that PostgreSQL's programs read."""
    settings = connection.settings_dict
    options = settings["OPTIONS"]
    names = ("sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service")
    variables = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
        "PGCONNECT_TIMEOUT": options.get("connect_timeout", 5),
    } | {f"PG{name.upper()}": options.get(name) for name in names}
    return {name: str(value) for name, value in variables.items() if value}
