"""Sites to be broken: each with its own folder and database, on SQLite and on PostgreSQL."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support import servers

KEY = "of-a-drill-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2
Rows = dict[str, list[tuple[Any, ...]]]

# What a restore does not bring back: sessions, counts of failed sign-ins, the data version.
PASSING = {"django_session", "shared_cache", "rollout_dataversion"}


@dataclass(frozen=True)
class Site:
    """A site: the kind of its database, and the environment that makes it what it is."""

    kind: str
    environment: dict[str, str]

    @property
    def folder(self) -> Path:
        """Return where what this machine makes of it is kept."""
        return Path(self.environment["VAR_DIR"])

    def manage(self, *arguments: str) -> str:
        """Run manage.py; return what it prints. Raises AssertionError with what it refused with."""
        return str(servers.manage(*arguments, environment=self.environment))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start manage.py, to be killed."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=servers.ROOT,
            env={"PATH": os.environ["PATH"], "DOT_ENV": "", **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database itself, past Django."""
        url = self.environment.get("DATABASE_URL")
        if url:
            with psycopg.connect(url) as postgresql:
                return postgresql.execute(sql.encode()).fetchall()
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=30)) as sqlite:
            return sqlite.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        """Change the database past Django, as nobody should."""
        url = self.environment.get("DATABASE_URL")
        if url:
            with psycopg.connect(url) as postgresql:
                postgresql.execute(sql.encode())
            return
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=30)) as sqlite, sqlite:
            sqlite.execute(sql)

    def tables(self) -> list[str]:
        """Return the names of the tables whose rows are to be kept safe."""
        catalogue = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            if self.kind == "PostgreSQL"
            else "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        )
        return sorted({str(name) for (name,) in self.query(catalogue)} - PASSING)

    def rows(self) -> Rows:
        """Return every row of these tables."""
        return {
            name: sorted(self.query(f'SELECT * FROM "{name}"'), key=repr) for name in self.tables()
        }


@contextmanager
def on_sqlite(*, loaded: bool = True) -> Iterator[Site]:
    """Make a site on SQLite for a while, with the facts if wanted."""
    with tempfile.TemporaryDirectory(prefix="drill-") as name:
        folder = servers.var_dir(Path(name)) if loaded else Path(name)
        site = Site("SQLite", {"VAR_DIR": str(folder)})
        if not loaded:
            _set_up(site, loaded=False)
        yield site


@contextmanager
def on_postgresql(*, loaded: bool = True) -> Iterator[Site]:
    """Make a site on a PostgreSQL of its own; it is a public one, behind a proxy that ends TLS."""
    programs = servers.postgresql_programs()
    with tempfile.TemporaryDirectory(prefix="drill-") as folder, servers.postgresql() as url:
        site = Site(
            "PostgreSQL",
            {
                "VAR_DIR": folder,
                "DATABASE_URL": url,
                "ALLOWED_HOSTS": "localhost",
                "SECRET_KEY": KEY,
                "TRUST_PROXY": "1",
                "PATH": f"{programs}:{os.environ['PATH']}",
            },
        )
        _set_up(site, loaded=loaded)
        yield site


def kinds() -> list[Any]:
    """Return how sites are made here: on SQLite, and on PostgreSQL if it is installed."""
    return [on_sqlite, *([on_postgresql] if servers.postgresql_programs() else [])]


def _set_up(site: Site, *, loaded: bool) -> None:
    site.manage("migrate", "--verbosity=0")
    site.manage("createcachetable", "--verbosity=0")
    if loaded:
        site.manage("load_data")
