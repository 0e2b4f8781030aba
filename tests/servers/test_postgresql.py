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
    "tests/importing/test_load.py",
    "tests/models/test_constraints.py",
    "tests/facts/test_status.py",
    "tests/admin/test_editors.py",
    "tests/accounts/test_sign_in.py",
    "tests/pages/test_redirects.py",
    "tests/models/test_place_names.py",
    "tests/pages/test_search_engines.py",
    "tests/pages/test_answer.py",
    "tests/pages/test_can_i.py",
    "tests/admin/test_editing.py",
    "tests/syndication/test_feeds.py",
]


@pytest.fixture(scope="module")
def empty():
    """What makes the site use a PostgreSQL that only these tests know."""
    programs = servers.postgresql_programs()
    if programs is None:
        servers.missing("PostgreSQL", "apt install postgresql")
    with servers.postgresql() as address:
        yield {
            "DATABASE_URL": address,
            "ALLOWED_HOSTS": "testserver",
            "SECRET_KEY": "k" * 50,
            "PATH": f"{programs}:{os.environ['PATH']}",
        }


@pytest.fixture(scope="module")
def old_rows(empty):
    """What the rows of an older version are after migrating; then the database is empty again."""
    rows = old_database.migrated(empty)
    old_database.clear(empty)
    return rows


@pytest.fixture(scope="module")
def environment(empty, old_rows):
    """That PostgreSQL with the facts in it."""
    for command in ("createcachetable", "make_roles", "load_data"):
        servers.manage(command, "--verbosity=0", environment=empty)
    return empty


def copy_of(environment, name):
    """Return what makes the site use a copy of that database."""
    address = environment["DATABASE_URL"]
    with psycopg.connect(address, dbname="template1", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE postgres")
    return environment | {"DATABASE_URL": address.removesuffix("postgres") + name}


def test_rows_and_history_of_an_older_version_are_what_they_were(old_rows):
    assert old_rows == old_database.EXPECTED


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
    site = Site("PostgreSQL", copy_of(environment, "brought_back") | behind_a_proxy)
    measurements = list(backups.comes_back(site))
    assert measurements
    assert [one for one in measurements if one.holds is not True] == []


def test_the_tests_that_depend_on_the_database_pass_on_postgresql(environment):
    copy_of(environment, "test_postgres")  # the name that Django gives to the tests' database
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n0",
            "-p",
            "no:cacheprovider",
            "--reuse-db",
            *SAME_TESTS,
        ],
        cwd=servers.ROOT,
        env={"HOME": os.environ.get("HOME", ""), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:]
