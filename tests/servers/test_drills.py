"""What drills try holds with small numbers; `make drills` has those that were promised.

Saves under kill -9 are in tests/servers/test_crash.py, backups of PostgreSQL in tests/servers/test_postgresql.py.
"""

import pytest

from drills import backups, imports
from drills._sites import Site, on_sqlite
from tests.support import servers

pytestmark = pytest.mark.servers


def failing(measurements):
    """Return those that do not hold, of measurements that there have to be."""
    results = list(measurements)
    assert results
    return [one for one in results if one.holds is not True]


@pytest.fixture(scope="module", autouse=True)
def _statics():
    servers.collect_statics()


def test_a_load_that_is_killed_leaves_nothing_partial():
    with on_sqlite(loaded=False) as site:
        assert failing(imports.killed(site, 2)) == []


def test_a_site_that_runs_is_brought_back_row_by_row(tmp_path_factory):
    site = Site("SQLite", {"VAR_DIR": str(servers.site_folder(tmp_path_factory))})
    assert failing(backups.comes_back(site)) == []
