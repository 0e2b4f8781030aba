"""The table of clients says what each read: a wrong number stumbles, a missing client is not tried."""

import re

import pytest

from tests.support import ecosystem
from tests.support.ecosystem_clients import CLIENTS, Client

NUMBERS = {"departments": 2, "names": 2, "errors": 0}
NAMES = ["Ain", "Rhône"]


def outcome_of(tmp_path, code, expected, name="sh"):
    client = Client("program", name, "read", expected, code)
    return ecosystem.row(client, "http://localhost", tmp_path, NUMBERS, NAMES)[3]


@pytest.mark.parametrize(
    ("code", "expected", "outcome"),
    [
        ("echo 2", "departments", "works: 2 departments"),
        ("echo Ain; echo the Rhône", "names", "works: 2 names"),
        ("echo 0", "errors", "no errors"),
        ("echo 1", "departments", "STUMBLES: 1, not 2."),
        ("echo Ain", "names", "STUMBLES: 1, not 2."),
        ("echo broken >&2; exit 1", "errors", "STUMBLES: nothing, not 0. broken"),
        ("exit 0", "departments", "STUMBLES: nothing, not 2."),
    ],
)
def test_what_a_client_read_decides(tmp_path, code, expected, outcome):
    assert outcome_of(tmp_path, code, expected) == outcome


def test_a_client_that_is_missing_is_not_tried(tmp_path):
    outcome = outcome_of(tmp_path, "echo 2", "departments", name="client-of-nowhere")
    assert outcome == "not tried: not installed"


def test_a_client_that_does_not_end_stumbles(tmp_path, monkeypatch):
    monkeypatch.setattr(ecosystem, "CLIENT_SECONDS", 0.2)
    assert outcome_of(tmp_path, "exec sleep 9", "errors") == "STUMBLES: no end after 0.2 s"


def test_the_table_has_a_row_for_each_client():
    rows = re.findall(r"(?m)^\| ([^|]+) \| [^|]+ \| [^|]+ \| (\S+)", ecosystem.REPORT.read_text())[
        1:
    ]
    tried = [name for name, outcome in rows if outcome != "not"]
    assert {name for name, _ in rows} - {"---"} == {client.name for client in CLIENTS}
    assert len(tried) >= 40
