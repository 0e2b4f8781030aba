"""A database of an older version comes through the migrations with all that it holds."""

import pytest

from tests.support import old_database

pytestmark = pytest.mark.servers


def test_rows_and_history_of_an_older_version_are_what_they_were(tmp_path):
    assert old_database.migrated({"VAR_DIR": str(tmp_path)}) == old_database.EXPECTED
