"""Backups of a PostgreSQL database, by PostgreSQL's own pg_dump, pg_restore and psql."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError, connection

from rollout.operations.backups.contents import LEFT_OUT, BackupError, Contents, DamagedError

SUFFIX = ".pgdump"
COPY = re.compile(rb'COPY (?:\w+\.)?"?(\w+)"? \((.*)\) FROM stdin;')

CREATE = re.compile(rb'^CREATE TABLE (?:\w+\.)?"?(\w+)"? \($', re.MULTILINE)


def write(to: Path) -> None:
    """Dump the database, as it is at one moment, into an empty file. Raises BackupError."""
    without = [f"--exclude-table-data={table}" for table in LEFT_OUT]
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
    """Read all of a backup and return what is in it. Raises BackupError for one that is broken."""
    rows: dict[str, int] = {}
    migrations = set()
    for table, columns, row in _rows(_script(file)):
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
    """Tell whether there is nothing yet that a restore would replace. Raises BackupError."""
    try:
        return "django_migrations" not in connection.introspection.table_names()
    except DatabaseError as error:
        raise BackupError(f"The database does not answer: {error}") from error
    finally:
        connection.close()


def load(file: Path) -> str:
    """Make the database what a backup holds, in one transaction, and return "". Raises BackupError.

    The tables are dropped first, all at once, for they may have changed since; tables that are not
    this site's stay.
    """
    backup = _script(file)
    made = {name.decode() for name in CREATE.findall(backup)}
    ours = sorted({*connection.introspection.django_table_names(), *made})
    connection.close()
    quoted = ", ".join(f'"{name}"' for name in ours)
    before = "SET client_min_messages = warning; SET lock_timeout = '10s';"
    script = f"{before} DROP TABLE IF EXISTS {quoted};\n".encode() + backup
    quiet = ("--no-psqlrc", "--quiet", "--single-transaction", "--output=/dev/null")
    _run("psql", *quiet, "--set=ON_ERROR_STOP=1", "--file=-", typed=script)
    return ""


def _script(file: Path) -> bytes:
    """Return a backup as SQL: to get it, every byte is read and unpacked."""
    return _run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file))


def _rows(script: bytes) -> Iterator[tuple[str, list[str], bytes | None]]:
    """Yield each table's name and columns without a row, then with each row."""
    table, columns = "", list[str]()
    for line in script.split(b"\n"):
        if table and line == rb"\.":
            table = ""
        elif table:
            yield table, columns, line
        elif begun := COPY.fullmatch(line):
            table, columns = begun[1].decode(), begun[2].decode().split(", ")
            yield table, columns, None


def _run(program: str, *arguments: str, typed: bytes = b"") -> bytes:
    """Run one of PostgreSQL's programs on the site's database; return what it says.

    The password goes by the environment: everyone on a machine can read a command line. Raises
    BackupError with its own last words.
    """
    path = shutil.which(program)
    if path is None:
        raise BackupError(
            f"{program} is not installed. On Debian: apt install postgresql-client "
            "(the server's version or newer)."
        )
    ran = subprocess.run(  # noqa: S603 - a program of PostgreSQL, with arguments of ours
        [path, *arguments], env=os.environ | _where(), input=typed, capture_output=True, check=False
    )
    if ran.returncode:
        words = ran.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
        raise BackupError(f"{program} failed: {' '.join(words[:3])}")
    return ran.stdout


def _where() -> dict[str, str]:
    """Return which database it is, as the variables that PostgreSQL's programs read."""
    settings = connection.settings_dict
    options = settings["OPTIONS"]
    names = ("sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service")
    found = {
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGDATABASE": settings["NAME"],
        "PGCONNECT_TIMEOUT": options.get("connect_timeout", 5),
    } | {f"PG{name.upper()}": options.get(name) for name in names}
    return {name: str(value) for name, value in found.items() if value}
