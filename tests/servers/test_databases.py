"""The databases as a server uses them: a missing file is not made anew, silence is not for ever."""

import pytest
from django.db import connection

from site_config.sqlite.base import DatabaseWrapper
from tests.support import servers

pytestmark = pytest.mark.servers

COUNT = "from rollout.models import Region; print(Region.objects.count())"
TABLES = "from django.db import connection; print(connection.introspection.table_names())"
SILENCE = """
import os, signal, time
from django.db import connection
from django.db.utils import OperationalError
from site_config.postgresql import base
base.PATIENCE = 0.5
with connection.cursor() as cursor:
    cursor.execute("select pg_backend_pid()")
    backend = cursor.fetchone()[0]
    os.kill(backend, signal.SIGSTOP)
    began = time.monotonic()
    try:
        cursor.execute("select 1")
    except OperationalError as error:
        print(error, time.monotonic() - began < 3)
    finally:
        os.kill(backend, signal.SIGCONT)
connection.close()
with connection.cursor() as cursor:
    cursor.execute("select 1")
    print(cursor.fetchone())
"""


def test_a_server_never_makes_a_database_that_is_missing(tmp_path):
    environment = {"VAR_DIR": str(tmp_path), "SERVING": "1"}
    with pytest.raises(AssertionError, match="unable to open database file"):
        servers.manage("shell", "--verbosity=0", "-c", COUNT, environment=environment)
    assert not (tmp_path / "db.sqlite3").exists()


def test_a_command_makes_it_and_nobody_else_may_read_it(tmp_path):
    servers.manage("createcachetable", environment={"VAR_DIR": str(tmp_path)})
    environment = {"VAR_DIR": str(tmp_path), "SERVING": "1"}
    told = servers.manage("shell", "--verbosity=0", "-c", TABLES, environment=environment)
    assert told == "['shared_cache']\n"
    assert (tmp_path / "db.sqlite3").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def on_a_file(db, tmp_path):
    """A connection to a database in a file."""
    connected = DatabaseWrapper(connection.settings_dict | {"NAME": str(tmp_path / "db")})
    connected.connect()
    yield connected
    connected.close()


def test_a_connection_to_the_file_that_is_there_is_kept(on_a_file):
    assert on_a_file.is_usable()


@pytest.mark.parametrize("exchange", ["exchanged", "deleted"])
def test_a_connection_to_a_file_that_is_gone_is_given_up(on_a_file, tmp_path, exchange):
    (tmp_path / "db").rename(tmp_path / "old")
    if exchange == "exchanged":
        (tmp_path / "db").touch()
    assert not on_a_file.is_usable()


def test_a_database_that_falls_silent_is_given_up_and_asked_anew(tmp_path):
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
        told = servers.manage("shell", "--verbosity=0", "-c", SILENCE, environment=environment)
    assert told == "The database does not answer. True\n(1,)\n"
