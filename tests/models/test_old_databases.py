"""Databases of every schema that ever landed are brought to today's, with all that they hold."""

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from unittest.mock import Mock

import pytest
from django.db.migrations.loader import MigrationLoader

from rollout.management.commands import migrate
from tests.support import old_databases, servers

pytestmark = pytest.mark.servers

QUICK = ["a2aacd4", "17de80c", "6d9964b", "e6e674d", "547b18d"]
"""Those that differ from what 0001 and 0002 make now, and a later one: CI migrates all."""
RENAMED = {"phase": "wave", "edition": "dataversion"}
ADDED = {"rollout_activationroute", "rollout_historicalactivationroute", "rollout_dataversion"}
"""To what a migration may add a row: the route of the first steps, the first data version."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the migrated SQLite files are."""
    return tmp_path_factory.mktemp("old")


@pytest.fixture(scope="module")
def results(folder):
    """Of each engine: what became of old databases and of a new one."""
    names = old_databases.names() if servers.IN_CI else QUICK
    if servers.postgresql_programs() is None:
        return migrated(folder, "", names)
    with servers.postgresql() as url:
        return migrated(folder, url, names)


def migrated(folder, url, names):
    command = [sys.executable, "-W", "error", "-m", "tests.support.migrate_old_databases"]
    settings = {"DJANGO_SETTINGS_MODULE": "site_config.settings", "DOT_ENV": ""}
    run = subprocess.run(
        [*command, folder, url, *names],
        cwd=servers.ROOT,
        env=settings | {"VAR_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_each_has_the_schema_of_today_and_all_its_rows(results, engine):
    if engine not in results:
        servers.missing("PostgreSQL", "apt install postgresql")
    today, *others = results[engine].items()
    assert {name for name, _result in others} >= set(QUICK)
    for name, result in others:
        assert result["schema"].keys() == today[1]["schema"].keys(), name
        for table, expected in today[1]["schema"].items():
            assert result["schema"][table] == expected, (name, table)
        for table, count in result["before"].items():
            new = table
            for old, renamed in RENAMED.items():
                new = new.replace(old, renamed)
            added = result["after"][new] - count
            assert added == 0 or (added == 1 and new in ADDED), (name, table)


def test_the_store_has_a_database_of_each_migration_but_the_last():
    graph = MigrationLoader(None, replace_migrations=False).graph
    chain = [
        name
        for app, name in graph.forwards_plan(graph.leaf_nodes("rollout")[0])
        if app == "rollout" and "squashed" not in name
    ]
    applied = set()
    for _sqlite, _postgresql, rows in old_databases.read_all().values():
        table = rows["django_migrations"]
        app, name = (table["columns"].index(column) for column in ("app", "name"))
        applied |= {row[name] for row in table["rows"] if row[app] == "rollout"}
    advice = "run: python -m tests.support.old_databases NAME (before the next migration)"
    assert set(chain[:-1]) <= applied, advice


@pytest.fixture
def oldest(tmp_path):
    """The oldest database, in a folder that is a VAR_DIR."""
    schema, _postgresql, rows = old_databases.read_all()[old_databases.names()[0]]
    old_databases.create_sqlite(tmp_path / "db.sqlite3", schema, rows)
    return tmp_path


def contents(file):
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


def test_a_row_that_may_no_longer_be_is_named_and_the_file_stays_as_it_was(oldest):
    file = oldest / "db.sqlite3"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "UPDATE rollout_entry SET day = NULL, day_precision = '' WHERE kind = 'milestone'"
        )
    before = contents(file)
    with pytest.raises(AssertionError) as refusal:
        servers.manage("migrate", "--verbosity=0", environment={"VAR_DIR": str(oldest)})
    lines = str(refusal.value).splitlines()[0]
    assert "Traceback" not in str(refusal.value)
    assert "A milestone needs its day. (entry_milestone_has_day)" in lines
    assert "It is as it was before." in lines
    assert f"mv {file} {file}.old" in lines
    assert contents(file) == before
    assert sorted(path.name for path in oldest.glob("db*")) == ["db.sqlite3"]


def test_the_copy_that_is_made_meanwhile_is_for_its_owner_only(oldest):
    """It holds accounts, as the database does."""
    file = oldest / "db.sqlite3"
    connection = Mock(vendor="sqlite", settings_dict={"NAME": file})
    connection.is_in_memory_db.return_value = False
    with migrate._undone_on_error(connection):
        (copy,) = oldest.glob("*.before-migrate")
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert list(oldest.glob("*.before-migrate")) == []


def test_the_first_steps_have_their_route_and_a_load_brings_all_to_today(results, folder, tmp_path):
    assert results
    shutil.copy(folder / f"{old_databases.names()[0]}.sqlite3", tmp_path / "db.sqlite3")
    environment = {"VAR_DIR": str(tmp_path)}
    query = "SELECT DISTINCT route_id FROM {} WHERE kind = 'step'"
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        for table in ("rollout_entry", "rollout_historicalentry"):
            assert database.execute(query.format(table)).fetchall() == [("document-and-video",)]
    servers.manage("load_data", "--verbosity=0", environment=environment)
    output = servers.manage("load_data", "--dry-run", environment=environment)
    assert "0 created, 0 updated" in output
