"""The quick ones of the security drills, and what is locked: none needs a network."""

import json
import os
import re
import subprocess
import sys

import pytest

from drills import framing
from tests.support import audit, servers

pytestmark = pytest.mark.servers

SBOM = [
    "requirements",
    "--pyproject",
    "pyproject.toml",
    "--output-format",
    "JSON",
    "requirements.txt",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    servers.collect_statics()
    folder = servers.site_folder(tmp_path_factory)
    environment = {"VAR_DIR": str(folder), "WEB_CONCURRENCY": "1"}
    with servers.gunicorn(environment) as address:
        yield address


def test_no_form_of_smuggling_is_accepted(address):
    assert framing.accepted(address) == []


def test_no_header_of_a_proxy_is_believed_of_a_visitor(address):
    assert framing.believed(address) == []


def test_every_locked_package_has_a_version_and_hashes():
    lock = (servers.ROOT / "requirements.txt").read_text()
    packages = re.findall(
        r"(?m)^([a-z][\w.-]*)==(\S+)[^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}[^\n]*\n)+", lock
    )
    assert len(packages) > 30
    assert len(packages) == len(re.findall(r"(?m)^[a-z]", lock))


def test_the_sbom_names_every_locked_package_without_a_network():
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", *SBOM],
        cwd=servers.ROOT,
        env={"PATH": os.environ["PATH"], "HTTPS_PROXY": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=True,
    )
    sbom = json.loads(run.stdout)
    assert sbom["bomFormat"] == "CycloneDX"
    lock = (servers.ROOT / "requirements.txt").read_text()
    named = {(part["name"], part["version"]) for part in sbom["components"]}
    assert named == set(re.findall(r"(?m)^([a-z][\w.-]*)==([^\s;]+)", lock))


def test_an_audit_that_cannot_ask_is_no_pass(monkeypatch, capsys):
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr(sys, "argv", ["audit", "--timeout=1", "--cache-dir=/nonexistent"])
    assert audit.main() == 2
    (sentence,) = capsys.readouterr().out.splitlines()
    assert sentence.startswith("Nothing was checked: the advisories could not be asked (")
    assert sentence.endswith("). Try again with a network.")


@pytest.mark.parametrize(
    ("found", "code", "output"),
    [
        ([{"name": "x", "version": "1", "vulns": []}], 0, "1 packages checked, 0 known holes."),
        ([], 2, "0 packages checked"),
        (
            [
                {"name": "x", "version": "1", "vulns": []},
                {"name": "y", "skip_reason": "Dependency not found on PyPI: y (1)"},
                {"name": "z", "skip_reason": "Dependency not found on PyPI: z (2)"},
            ],
            2,
            "Not checked, 2 of 3: y, z (Dependency not found on PyPI).\n1 packages checked",
        ),
        (
            [
                {"name": "x", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": []}]},
                {"name": "y", "skip_reason": "Dependency not found on PyPI: y (1)"},
            ],
            1,
            "Not checked, 1 of 2: y",
        ),
        (
            [{"name": "x", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}],
            1,
            "x 1: CVE-1, mended in: 2",
        ),
    ],
)
def test_an_audit_tells_what_it_found(monkeypatch, capsys, found, code, output):
    monkeypatch.setattr(audit, "audit", lambda *more: found)
    assert audit.main() == code
    assert output in capsys.readouterr().out
