"""The same promises hold on PostgreSQL: the same tests, and the same answers of the search."""

import json
import os
import subprocess
import sys

import pytest

from tests import search_report, servers

# What asks the database in its own words: data, constraints, dates, history, odd characters.
SAME_TESTS = [
    "tests/test_the_data.py",
    "tests/test_constraints.py",
    "tests/test_time.py",
    "tests/test_editors.py",
    "tests/test_sign_in.py",
    "tests/test_addresses.py",
    "tests/test_names.py",
    "tests/test_search_engines.py",
    "tests/test_the_answer.py",
    "tests/test_can_i.py",
    "tests/test_feeds.py",
]


@pytest.fixture(scope="module")
def environment():
    """What makes the site use a PostgreSQL that only these tests know."""
    if servers.postgresql_programs() is None:
        servers.missing("PostgreSQL", "apt install postgresql")
    with servers.postgresql() as address:
        yield {"DATABASE_URL": address, "ALLOWED_HOSTS": "testserver", "SECRET_KEY": "k" * 50}


@pytest.fixture(scope="module")
def queries():
    return "\n".join(json.dumps(case.query) for case in search_report.cases())


def answers(environment, queries):
    """Return what find_place answers, from a database that is set up for it."""
    servers.manage("migrate", "--verbosity=0", environment=environment)
    servers.manage("load_data", environment=environment)
    return servers.manage("find_place", "--json", environment=environment, input=queries)


def test_search_answers_the_same_on_both_databases(environment, queries, tmp_path):
    sqlite = answers({"VAR_DIR": str(tmp_path)}, queries)
    assert len(sqlite.splitlines()) == len(queries.splitlines())
    assert answers(environment, queries) == sqlite


def test_the_tests_that_depend_on_the_database_pass_on_postgresql(environment):
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n0",
            "-p",
            "no:cacheprovider",
            *SAME_TESTS,
        ],
        cwd=servers.ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", ""), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-5000:]
