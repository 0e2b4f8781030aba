"""Databases of every schema that ever landed are brought to today's, with all that they hold."""

import json
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

MIGRATE_ALL = r"""
import json, re, sys, tempfile
from pathlib import Path
import django
django.setup()
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.migration import Migration
from django.db.migrations.recorder import MigrationRecorder
from django.db.transaction import atomic
from tests.support import old_databases

STATES = {}

def apply(migration, state, schema_editor, collect_sql=False):
    # Django's own, but states between operations are computed once for all databases that need them.
    applied = MigrationRecorder(schema_editor.connection).applied_migrations()
    key = (migration.app_label, migration.name, frozenset(applied))
    if key not in STATES:
        states = [state.clone()]
        for operation in migration.operations:
            operation.state_forwards(migration.app_label, state)
            states.append(state.clone())
        STATES[key] = states
    states = STATES[key]
    for operation, before, after in zip(migration.operations, states, states[1:]):
        is_atomic = operation.atomic or (migration.atomic and operation.atomic is not False)
        if not schema_editor.atomic_migration and is_atomic:
            with atomic(schema_editor.connection.alias):
                operation.database_forwards(migration.app_label, schema_editor, before, after)
        else:
            operation.database_forwards(migration.app_label, schema_editor, before, after)
    return states[-1].clone()

Migration.apply = apply
NAMED = {constraint.name for model in apps.get_models() for constraint in model._meta.constraints}

def open_database(name):
    connection.close()
    connection.settings_dict["NAME"] = name

def query(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()

def schema():
    with connection.cursor() as cursor:
        tables = [t for t in connection.introspection.table_names(cursor) if t[:8] == "rollout_"]
        return {
            table: {
                "columns": sorted(
                    (c.name, str(c.type_code), c.null_ok)
                    for c in connection.introspection.get_table_description(cursor, table)
                ),
                # Names that Django or the database makes have that of their table as it was then.
                "constraints": sorted(
                    (own(name), c["columns"], c["unique"], c["check"], str(c["foreign_key"]), c["index"])
                    for name, c in connection.introspection.get_constraints(cursor, table).items()
                    if not name.startswith("__unnamed")
                ),
                "checks": sorted(checks(table)),
            }
            for table in tables
        }

def own(name):
    return name if name in NAMED else ""

def checks(table):
    if connection.vendor == "postgresql":
        sql = "select conname, pg_get_constraintdef(oid) from pg_constraint"
        rows = query(f"{sql} where contype = 'c' and conrelid = '{table}'::regclass")
        # A dump writes casts and brackets in another place, to the same effect.
        noise = r"::(character varying|text)(\[\])?|[()\[\]]"
        return [(own(name), re.sub(noise, "", definition)) for name, definition in rows]
    text = query(f"select sql from sqlite_schema where name = '{table}'")[0][0]
    return text.partition(", CONSTRAINT ")[2].split(", CONSTRAINT ")

def ids():
    counts = {}
    for table in connection.introspection.table_names():
        if table.startswith("rollout_"):
            counts[table] = query(f'select count(*) from "{table}"')[0][0]
    return counts

target = sys.argv[1]
def make(name, files):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'create database "{name}"')
        open_database(name)
        if files:
            url = sys.argv[2].rpartition("/")[0] + f"/{name}"
            old_databases.create_postgresql(url, files[1], files[2])
    else:
        file = Path(target) / f"{name}.sqlite3"
        open_database(str(file))
        if files:
            old_databases.create_sqlite(file, files[0], files[2])

first = connection.settings_dict["NAME"]
results = {}
store = old_databases.read_all()
for name, files in {"today": None, **{name: store[name] for name in sys.argv[3:]}}.items():
    open_database(first)
    make(f"old-{name}", files)
    before = ids() if files else {}
    call_command("migrate", verbosity=0)
    results[name] = {"schema": schema(), "before": before, "after": ids()}
open_database(first)
connection.close()
print(json.dumps(results))
"""
QUICK = ["a2aacd4", "17de80c", "6d9964b", "e6e674d", "547b18d"]
"""Those that differ from what 0001 and 0002 make now, and a later one: CI migrates all."""
RENAMED = {"phase": "wave", "edition": "dataversion"}
ADDED = {"rollout_activationroute", "rollout_historicalactivationroute", "rollout_dataversion"}
"""To what a migration may add a row: the route of the first steps, the first data version."""


def migrated(folder, environment, url=""):
    """Migrate old databases of the store and a new one; return schema and rows of each."""
    names = old_databases.names() if servers.IN_CI else QUICK
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", MIGRATE_ALL, str(folder), url, *names],
        cwd=servers.ROOT,
        env={
            "DJANGO_SETTINGS_MODULE": "site_config.settings",
            "DOT_ENV": "",
            "VAR_DIR": str(folder),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


def assert_all_are_as_of_today(results):
    today = results.pop("today")
    assert set(results) >= set(QUICK)
    for name, result in results.items():
        assert result["schema"].keys() == today["schema"].keys(), name
        for table, expected in today["schema"].items():
            assert result["schema"][table] == expected, (name, table)
        for table, count in result["before"].items():
            new = table
            for old, renamed in RENAMED.items():
                new = new.replace(old, renamed)
            added = result["after"][new] - count
            assert added == 0 or (added == 1 and new in ADDED), (name, table)


def test_on_sqlite_each_has_the_schema_and_all_rows(tmp_path):
    assert_all_are_as_of_today(migrated(tmp_path, {}))


def test_on_postgresql_each_has_the_schema_and_all_rows(tmp_path):
    if servers.postgresql_programs() is None:
        servers.missing("PostgreSQL", "apt install postgresql")
    with servers.postgresql() as url:
        environment = {"DATABASE_URL": url, "ALLOWED_HOSTS": "localhost", "SECRET_KEY": "k" * 50}
        assert_all_are_as_of_today(migrated(tmp_path, environment, url))


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


def test_the_first_steps_have_their_route_and_a_load_brings_all_to_today(oldest):
    environment = {"VAR_DIR": str(oldest)}
    servers.manage("migrate", "--verbosity=0", environment=environment)
    query = "SELECT DISTINCT route_id FROM {} WHERE kind = 'step'"
    with closing(sqlite3.connect(oldest / "db.sqlite3")) as database:
        for table in ("rollout_entry", "rollout_historicalentry"):
            assert database.execute(query.format(table)).fetchall() == [("document-and-video",)]
    servers.manage("load_data", "--verbosity=0", environment=environment)
    output = servers.manage("load_data", "--dry-run", environment=environment)
    assert "0 created, 0 updated" in output
