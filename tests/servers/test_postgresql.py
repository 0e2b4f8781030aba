"""The same promises hold on PostgreSQL: the same tests, and the same answers of the search."""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from drills import backups
from drills._sites import Site
from tests.support import old_database, search_report, servers

pytestmark = pytest.mark.servers

# What asks the database in its own words: data, constraints, dates, history, odd characters.
SAME_TESTS = [
    "tests/accounts/test_sign_in.py",
    "tests/admin/test_editing.py",
    "tests/admin/test_editors.py",
    "tests/facts/test_status.py",
    "tests/importing/test_load.py",
    "tests/models/test_constraints.py",
    "tests/models/test_place_names.py",
    "tests/pages/test_answer.py",
    "tests/pages/test_can_i.py",
    "tests/pages/test_redirects.py",
    "tests/pages/test_search_engines.py",
    "tests/syndication/test_feeds.py",
]


@pytest.fixture(scope="module")
def environment():
    """What makes the site use a PostgreSQL that only these tests know, with the facts in it."""
    programs = servers.postgresql_programs()
    if programs is None:
        servers.missing("PostgreSQL", "apt install postgresql")
    with servers.postgresql(servers.loaded_postgresql()) as address:
        yield {
            "DATABASE_URL": address,
            "ALLOWED_HOSTS": "testserver",
            "SECRET_KEY": "k" * 50,
            "PATH": f"{programs}:{os.environ['PATH']}",
        }


def new_database(environment, name, template="postgres"):
    """Return what makes the site use a copy of that database, or of PostgreSQL's empty one."""
    address = environment["DATABASE_URL"]
    with psycopg.connect(address, dbname="template1", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return environment | {"DATABASE_URL": address.removesuffix("postgres") + name}


COLUMNS = """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,
column_default FROM information_schema.columns WHERE table_schema = 'public'"""
CONSTRAINTS = """SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace"""


def schema(environment):
    """Return the columns of all tables and their constraints, without the names that Django gives."""
    with psycopg.connect(environment["DATABASE_URL"]) as database:
        return [sorted(database.execute(query), key=repr) for query in (COLUMNS, CONSTRAINTS)]


def test_rows_and_history_of_an_older_version_are_what_they_were(environment):
    older = new_database(environment, "older", "template0")
    assert old_database.migrated(older) == old_database.EXPECTED
    servers.manage("createcachetable", environment=older)
    assert schema(older) == schema(environment)


def test_search_answers_the_same_on_both_databases(environment, tmp_path_factory):
    files = (search_report.CASES, search_report.REPORTS)
    queries = "\n".join(
        json.dumps(case.query) for file in files for case in search_report.cases(file)
    )
    on_sqlite = {"VAR_DIR": str(servers.site_folder(tmp_path_factory))}
    answers = [
        servers.manage("find_place", "--json", environment=kind, input=queries)
        for kind in (on_sqlite, environment)
    ]
    assert len(answers[0].splitlines()) == len(queries.splitlines())
    assert answers[0] == answers[1]


def test_a_site_that_runs_is_brought_back_row_by_row(environment, tmp_path):
    servers.collect_statics()
    behind_a_proxy = {"ALLOWED_HOSTS": "localhost", "TRUST_PROXY": "1", "VAR_DIR": str(tmp_path)}
    site = Site("PostgreSQL", new_database(environment, "brought_back") | behind_a_proxy)
    measurements = list(backups.comes_back(site))
    assert measurements
    assert [one for one in measurements if one.holds is not True] == []


def test_the_tests_that_depend_on_the_database_pass_on_postgresql(environment):
    # Django puts "test_" before the name of the database.
    copy = new_database(environment, "test_same")
    address = copy["DATABASE_URL"].replace("/test_", "/")
    options = ["-q", "-n0", "-p", "no:cacheprovider", "--reuse-db"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *SAME_TESTS],
        cwd=servers.ROOT,
        env={"HOME": os.environ.get("HOME", ""), **copy, "DATABASE_URL": address},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:]
