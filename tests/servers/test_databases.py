"""The database engines: a server creates no missing file, and does not wait for ever."""

import sqlite3
from contextlib import closing

import psycopg
import pytest
from django.db import OperationalError, connection
from psycopg import errors

from site_config.sqlite import base as sqlite
from site_config.sqlite.base import DatabaseWrapper
from tests.support import servers

pytestmark = pytest.mark.servers

COUNT = "from rollout.models import Region; print(Region.objects.count())"
TABLES = "from django.db import connection; print(connection.introspection.table_names())"
HANG = """
import os, signal, time
from django.db import connection
from django.db.utils import OperationalError
from site_config.postgresql import base
base.RESPONSE_TIMEOUT_SECONDS = 0.5
with connection.cursor() as cursor:
    cursor.execute("select pg_backend_pid()")
    backend = cursor.fetchone()[0]
    os.kill(backend, signal.SIGSTOP)
    started_at = time.monotonic()
    try:
        cursor.execute("select 1")
    except OperationalError as error:
        print(error, time.monotonic() - started_at < 3)
    finally:
        os.kill(backend, signal.SIGCONT)
connection.close()
with connection.cursor() as cursor:
    cursor.execute("select 1")
    print(cursor.fetchone())
"""


def test_a_server_never_creates_a_missing_database(tmp_path):
    environment = {"VAR_DIR": str(tmp_path), "SERVING": "1"}
    with pytest.raises(AssertionError, match="unable to open database file"):
        servers.manage("shell", "--verbosity=0", "-c", COUNT, environment=environment)
    assert not (tmp_path / "db.sqlite3").exists()


def test_a_command_creates_it_and_only_its_owner_may_read_it(tmp_path):
    for environment in ({"VAR_DIR": str(tmp_path)}, {"VAR_DIR": str(tmp_path), "SERVING": "1"}):
        output = servers.manage("shell", "--verbosity=0", "-c", TABLES, environment=environment)
        assert output == "[]\n"
    assert (tmp_path / "db.sqlite3").stat().st_mode & 0o777 == 0o600


COUNT_SIGN_INS = """
from django.core.cache import cache
print(cache.add("a", 1), cache.add("a", 1), cache.get("a"))
"""


def test_sign_ins_are_counted_while_the_write_lock_of_the_facts_is_held(tmp_path):
    servers.manage("createcachetable", environment={"VAR_DIR": str(tmp_path)})
    with closing(sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        environment = {"VAR_DIR": str(tmp_path), "SERVING": "1"}
        output = servers.manage("shell", "-v0", "-c", COUNT_SIGN_INS, environment=environment)
    assert output == "True False 1\n"
    assert (tmp_path / "cache.sqlite3").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_to_is_opened_read_only(file_connection, monkeypatch, caplog):
    with file_connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (x)")
    file_connection.close()
    monkeypatch.setattr(sqlite, "reason_not_writable", lambda path: "its disk is read-only")
    file_connection.connect()
    with file_connection.cursor() as cursor:
        cursor.execute("SELECT * FROM t")
        with pytest.raises(OperationalError, match="readonly"):
            cursor.execute("INSERT INTO t VALUES (1)")
    file_connection.close()
    file_connection.connect()
    assert caplog.text.count("is opened read-only: its disk is read-only.") == 1
    assert file_connection.is_usable()
    monkeypatch.undo()
    assert not file_connection.is_usable()


@pytest.fixture
def file_connection(db, tmp_path):
    """A connection to a database in a file."""
    wrapper = DatabaseWrapper(connection.settings_dict | {"NAME": str(tmp_path / "db")})
    wrapper.connect()
    yield wrapper
    wrapper.close()


def test_a_connection_to_the_same_file_stays_open(file_connection):
    assert file_connection.is_usable()


@pytest.mark.parametrize("fault", ["replaced", "deleted"])
def test_a_connection_to_a_file_that_is_gone_is_closed(file_connection, tmp_path, fault):
    (tmp_path / "db").rename(tmp_path / "old")
    if fault == "replaced":
        (tmp_path / "db").touch()
    assert not file_connection.is_usable()


def test_the_private_exception_of_psycopg_is_that_of_the_version_it_was_read_in():
    """`_WaitTimeout` is no public API: after an update of psycopg, read its `wait` again."""
    assert psycopg.__version__.startswith("3.3.")
    assert issubclass(errors._WaitTimeout, psycopg.OperationalError)


def test_a_database_that_hangs_is_disconnected_and_connected_anew(tmp_path):
    if servers.postgresql_programs() is None:
        servers.missing("PostgreSQL", "apt install postgresql")
    with servers.postgresql() as address:
        environment = {
            "DATABASE_URL": address,
            "ALLOWED_HOSTS": "example.org",
            "SECRET_KEY": "k" * 50,
            "VAR_DIR": str(tmp_path),
            "SERVING": "1",
        }
        output = servers.manage("shell", "--verbosity=0", "-c", HANG, environment=environment)
    assert output == "The database does not answer. True\n(1,)\n"
