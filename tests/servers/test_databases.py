"""The database engines: a server creates no missing file, and does not wait for ever."""

import psycopg
import pytest
from django.db import connection
from psycopg import errors

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
    servers.manage("createcachetable", environment={"VAR_DIR": str(tmp_path)})
    environment = {"VAR_DIR": str(tmp_path), "SERVING": "1"}
    output = servers.manage("shell", "--verbosity=0", "-c", TABLES, environment=environment)
    assert output == "['shared_cache']\n"
    assert (tmp_path / "db.sqlite3").stat().st_mode & 0o777 == 0o600


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
