"""The drills hold with small numbers; `make drills` runs them with those that were promised."""

import pytest

from drills import backups, imports, saves
from tests import servers


@pytest.mark.parametrize(
    ("drill", "few"),
    [
        (saves.drill, {"saves": 10, "rounds": 2, "at_once": 16}),
        (imports.drill, {"kills": 4}),
        (backups.drill, {"kills": 2}),
    ],
    ids=["saves", "imports", "backups"],
)
def test_what_the_drill_sees_holds(drill, few):
    figures = list(drill(**few))
    assert len(figures) > 5
    assert [figure for figure in figures if figure.holds is False] == []
    if servers.postgresql_programs() is None:
        servers.missing("PostgreSQL", "apt install postgresql")
    assert any("PostgreSQL" in figure.what for figure in figures)
