"""Promises of the files around the code: decisions, changelog, continuous integration."""

import re
import shutil
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from benchmarks import __main__ as benchmarks
from tests.support.measurements import Measurement

ROOT = Path(settings.BASE_DIR)
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAD_OF_A_DECISION = re.compile(
    r"# (\d+)\. (.+)\n\nStatus: (accepted|superseded by \d+) \((\d{4}-\d\d-\d\d)\)\n\n"
)
ROW_OF_THE_INDEX = re.compile(
    r"^\| \[(\d+)\]\(([^)]+)\) \| (.+) \| (.+) \| (\d{4}-\d\d-\d\d) \|$", re.MULTILINE
)
VERSION = re.compile(r"^## (\d+)\.(\d+)\.(\d+) \((\d{4}-\d\d-\d\d)\)$", re.MULTILINE)


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def decisions():
    """Return (number, file name, title, status, date) of each decision, by file name."""
    found = []
    for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md")):
        head = HEAD_OF_A_DECISION.match(path.read_text(encoding="utf-8"))
        assert head, f"{path.name} does not begin with title, status and date"
        number, title, status, day = head.groups()
        found.append((number, path.name, title, status, day))
    return found


def test_decisions_are_numbered_without_gap_and_dated():
    numbers = [int(number) for number, *_ in decisions()]
    assert len(numbers) > 10
    assert numbers == list(range(1, len(numbers) + 1))
    for number, name, _, status, day in decisions():
        assert name.startswith(f"{int(number):04}-"), name
        date.fromisoformat(day)
        if status != "accepted":
            assert int(number) < int(status.split()[-1]) <= len(numbers), name


def test_the_index_of_decisions_says_what_the_decisions_say():
    assert ROW_OF_THE_INDEX.findall(text("docs/decisions/README.md")) == decisions()


def test_the_changelog_has_dated_versions_and_the_newest_is_the_projects():
    changelog = text("CHANGELOG.md")
    versions = VERSION.findall(changelog)
    assert len(versions) == changelog.count("\n## ") > 1
    assert ".".join(versions[0][:3]) == PYPROJECT["project"]["version"]
    numbers = [tuple(map(int, version[:3])) for version in versions]
    assert numbers == sorted(set(numbers), reverse=True)
    days = [date.fromisoformat(version[3]) for version in versions]
    assert days == sorted(days, reverse=True)


def test_the_jobs_of_ci_run_every_test_on_every_supported_python():
    """One job for each marker of a kind of test, and one for all tests that have none of them."""
    matrix = yaml.safe_load(text(".github/workflows/ci.yml"))["jobs"]["make"]["strategy"]["matrix"]
    jobs = matrix["include"]
    on_one_python = {job["part"]: job["command"] for job in jobs if "python" in job}
    assert on_one_python == {"coverage": "make coverage"}
    commands = {job["part"]: job["command"] for job in jobs if "python" not in job}
    assert set(commands) == set(matrix["part"])
    kinds = [
        marker.split(":")[0] for marker in PYPROJECT["tool"]["pytest"]["ini_options"]["markers"]
    ]
    others = " and ".join(f"not {kind}" for kind in kinds)
    assert commands == {
        "lint": "make lint types",
        "test": f'''make test PYTEST_ARGS="-m '{others}'"''',
        **{kind: f'make test PYTEST_ARGS="-m {kind}"' for kind in kinds},
    }
    first, after_last = map(int, re.findall(r"3[.](\d+)", PYPROJECT["project"]["requires-python"]))
    assert matrix["python"] == [f"3.{minor}" for minor in range(first, after_last)]


@pytest.mark.parametrize(
    ("silent", "package"), [(None, None), ("find", "postgresql"), ("ldconfig", "libfribidi0")]
)
def test_what_tests_need_is_installed_only_where_it_is_missing(tmp_path, silent, package):
    programs = {
        **dict.fromkeys(["chromium-headless-shell", "firefox-esr", "lynx", "w3m"], ""),
        **dict.fromkeys(["WebKitWebDriver", "Xvfb", "nginx", "caddy", "redis-server"], ""),
        "find": "echo /usr/lib/postgresql/15/bin/initdb",
        "ldconfig": f"echo libfribidi.so.0; {shutil.which('seq')} 100000",
        "id": "echo 1000",
        "grep": f'exec {shutil.which("grep")} "$@"',
    }
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{'' if name == silent else body}\n")
        (tmp_path / name).chmod(0o755)
    run = subprocess.run(
        [str(shutil.which("bash")), ROOT / ".ci/install"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    refusal = f"The tests need {package}; install them, or run this as root.\n"
    assert (run.returncode, run.stderr) == ((1, refusal) if package else (0, ""))


def test_git_can_read_the_list_of_formatting_commits():
    """A line with anything beside the hash makes `git blame` fail, with this list, for all files."""
    lines = text(".git-blame-ignore-revs").splitlines()
    hashes = [line for line in lines if line and not line.startswith("#")]
    assert hashes
    assert [line for line in hashes if not re.fullmatch("[0-9a-f]{40}", line)] == []


def test_a_benchmark_runs_by_its_former_name_too(monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.cached.run", lambda: iter([Measurement("a request", "1 ms")]))
    assert [benchmarks.main([name]) for name in ("finished", "cached", "finishd")] == [0, 0, 2]
    assert capsys.readouterr().out.count("a request: 1 ms") == 2


def test_a_benchmark_stands_beside_what_the_page_before_said():
    results = {"cold_start": [Measurement("from start", "2 s", "at most 1 s", holds=False)]}
    first = benchmarks.report(results, "2 cores", "0 of 1", {})
    assert "| from start | 2 s | - | at most 1 s | MISSED |" in first
    results = {"cold_start": [Measurement("from start", "1 s", "at most 1 s", holds=True)]}
    second = benchmarks.report(results, "2 cores", "1 of 1", benchmarks.measured(first))
    assert "| from start | 1 s | 2 s | at most 1 s | met |" in second
