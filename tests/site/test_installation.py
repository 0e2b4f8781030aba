"""The locks are complete and installed as they are; the Makefile sets up what is missing."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support import servers
from tests.support.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
DEV = PROJECT["dependency-groups"]["dev"]
LOCKS = {"requirements.txt": RUNTIME, "requirements-dev.txt": RUNTIME + DEV}
NOT_OURS = {".git", ".venv", "staticfiles", "var"}


def locked(name):
    """Return the requirements that a lock pins, markers included, by canonical name."""
    lines = re.findall(r"(?m)^(\w[^\\\n]*==[^\\\n]*)", (ROOT / name).read_text())
    return {canonicalize_name(pin.name): pin for pin in map(Requirement, lines)}


def version(pin):
    return Version(next(iter(pin.specifier)).version)


def asked_for(requirements):
    """Return what is needed under this Python for some requirements: pairs of asker and Requirement."""
    wanted = [("pyproject.toml", Requirement(line)) for line in requirements]
    seen = set()
    for asker, requirement in wanted:  # grows while it is walked
        yield asker, requirement
        if (asks := (canonicalize_name(requirement.name), *sorted(requirement.extras))) in seen:
            continue
        seen.add(asks)
        for further in map(Requirement, requires(requirement.name) or ()):
            extras = requirement.extras or {""}
            if not further.marker or any(further.marker.evaluate({"extra": e}) for e in extras):
                wanted.append((requirement.name, further))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_complete_and_matches_pyproject(lock):
    pins = locked(lock)
    needed = {"pip"}  # the environment's own
    for asker, requirement in asked_for(LOCKS[lock]):
        name = canonicalize_name(requirement.name)
        if name == "pip":
            continue
        needed.add(name)
        advice = f"{asker} asks for {requirement}, {lock} has {pins.get(name)}. Run: make lock"
        assert name in pins, advice
        assert requirement.specifier.contains(version(pins[name]), prereleases=True), advice
    idle = {name for name, pin in pins.items() if not pin.marker or pin.marker.evaluate()} - needed
    assert not idle, f"Nothing asks for {sorted(idle)} of {lock}. Run: make lock"


def test_both_locks_pin_the_same_versions():
    ours, all_of_them = locked("requirements.txt"), locked("requirements-dev.txt")
    assert len(ours) > 20
    assert {name: str(pin) for name, pin in all_of_them.items() if name in ours} == {
        name: str(pin) for name, pin in ours.items()
    }


def installs(text):
    """Return the commands in a text that have pip install files of requirements."""
    commands = re.findall(r"\bpip[\"', ]+install\b.*", text.replace("\\\n", " "))
    return [command for command in commands if re.search(r"[\"' ](-r|--requirement)\b", command)]


def test_every_install_of_a_lock_takes_it_as_it_is_and_by_hash():
    files = [
        path
        for path in ROOT.rglob("*")
        if not NOT_OURS & set(path.relative_to(ROOT).parts)
        and path.is_file()
        and path != Path(__file__)
    ]
    found = {
        path.relative_to(ROOT).as_posix(): commands
        for path in files
        if (commands := installs(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert set(found) >= {"Makefile", "Dockerfile", "deploy/release"}
    for name, commands in found.items():
        for command in commands:
            assert {"--no-deps", "--require-hashes"} <= set(command.split()), (name, command)


def test_ci_installs_with_the_oldest_pip_that_there_may_be():
    assert re.search(r"pip=23\.0\.1 .*\n.*make test WITH_PIP=", (ROOT / ".ci/run").read_text())


def commands(path):
    """Return the first words of what look like commands in a Python file: lists and tuples of strings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.List | ast.Tuple) and node.elts:
            words = [part.value for part in node.elts if isinstance(part, ast.Constant)]
            yield [word for word in words if isinstance(word, str)]


def test_no_test_drill_or_benchmark_runs_make_or_installs():
    """Make may delete the environment they run in; only here, and only in a copy, is it tried."""
    paths = [
        path for name in ("tests", "drills", "benchmarks") for path in (ROOT / name).rglob("*.py")
    ]
    assert len(paths) > 50
    found = [
        (path.name, words)
        for path in paths
        if path not in (Path(__file__), ROOT / "drills" / "first_starts.py")
        for words in commands(path)
        if words[:1] == ["make"] or {"pip", "install"} <= set(words)
    ]
    assert found == []


@pytest.fixture
def copy(tmp_path):
    """A folder with the Makefile and locks, and a Python that answers what a test has it say."""
    (tmp_path / "site_config").mkdir()
    for name in ("Makefile", *LOCKS, "site_config/static_files.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def make(copy, target, python):
    """Run make in the copy with a script for Python; return whether it fails, and its standard error."""
    program = copy / "python3"
    program.write_text(f"#!/bin/sh\n{python}\n")
    program.chmod(0o755)
    run = subprocess.run(
        ["make", target, f"PYTHON={program}"],
        cwd=copy,
        env={"PATH": os.environ["PATH"]},  # none of the variables of the make that runs this test
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode != 0, run.stderr


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        ('echo "3.9"', "is Python 3.9; this site needs 3.11, 3.12 or 3.13"),
        ('echo "3.14"', "is Python 3.14; this site needs 3.11, 3.12 or 3.13"),
        ("exit 127", "was not found. Install Python 3.11, 3.12 or 3.13"),
    ],
)
def test_another_python_gets_a_clear_sentence(copy, answer, advice):
    failed, output = make(copy, "serve", answer)
    assert failed
    assert advice in output


def test_the_python_of_ones_choice_is_not_touched_when_it_has_no_venv(copy):
    failed, output = make(copy, "serve", 'case "$2" in *version*) echo 3.11;; *) exit 1;; esac')
    assert failed
    assert "apt install python3-venv" in output
    assert not (copy / ".venv").exists()


def python(pip="", check=""):
    """Return a script for a Python that makes environments; what pip install and pip check do is given."""
    return f"""case "$*" in
*version_info*) echo 3.11;;
*"-m venv"*) mkdir -p .venv/bin .venv/lib/python3.11/site-packages; cp "$0" .venv/bin/python;;
*"-m pip install"*) {pip or ":"};;
*"-m pip check"*) {check or ":"};;
esac"""


def test_without_a_network_one_sentence_says_what_to_do(copy):
    no_network = python(pip="echo WARNING: a; echo ERROR: No matching distribution >&2; exit 1")
    failed, output = make(copy, "serve", no_network)
    assert failed
    assert output.splitlines()[0] == (
        "requirements.txt could not be installed; see that the network works and try again. "
        "pip says: ERROR: No matching distribution"
    )
    assert not list(copy.glob(".venv/.runtime*"))


def test_a_lock_that_lacks_a_package_is_not_taken(copy):
    incomplete = python(check='echo "django requires asgiref, which is not installed."; exit 1')
    failed, output = make(copy, "serve", incomplete)
    assert failed
    assert (
        "requirements.txt is not complete; write it anew with make lock. pip says: django" in output
    )
    assert not list(copy.glob(".venv/.runtime*"))


@pytest.mark.parametrize("broken", ["dangling link", "nothing", "link to elsewhere"])
def test_an_environment_that_does_not_run_is_made_anew(copy, broken):
    assert make(copy, ".venv/.tools-3.11", python()) == (False, "")
    program = copy / ".venv/bin/python"
    program.unlink()
    if broken == "dangling link":
        program.symlink_to("/nowhere/python3")
    if broken == "link to elsewhere":
        (copy / ".venv").rename(copy / "elsewhere")
        (copy / ".venv").symlink_to("elsewhere")
    assert make(copy, ".venv/.tools-3.11", python()) == (False, "")
    assert program.is_file()
    if broken == "link to elsewhere":
        assert list((copy / "elsewhere").glob(".tools*")), (
            "what a link leads to is not ours to delete"
        )


def test_a_package_whose_installation_was_interrupted_is_installed_again(copy):
    assert make(copy, ".venv/.runtime-3.11", python()) == (False, "")
    packages = copy / ".venv/lib/python3.11/site-packages"
    for name, files in {"half-1.dist-info": ["METADATA"], "whole-1.dist-info": ["RECORD"]}.items():
        (packages / name).mkdir()
        for file in files:
            (packages / name / file).touch()
    assert make(copy, ".venv/.tools-3.11", python()) == (False, "")
    assert [path.name for path in packages.iterdir()] == ["whole-1.dist-info"]


def test_two_that_start_at_once_set_up_one_after_the_other(copy):
    if shutil.which("flock") is None:
        pytest.skip("this system has no flock")
    slow = python(pip="echo begin >> log; sleep 0.3; echo end >> log; exit 1")
    program = copy / "python3"
    program.write_text(f"#!/bin/sh\n{slow}\n")
    program.chmod(0o755)
    command = ["make", "serve", f"PYTHON={program}"]
    both = [
        subprocess.Popen(
            command, cwd=copy, env={"PATH": os.environ["PATH"]}, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for one in both:
        assert "could not be installed" in one.communicate()[1]
    assert (copy / "log").read_text().split() == ["begin", "end"] * 2


def test_in_a_folder_of_another_user_one_sentence_says_so(copy):
    if os.getuid() != 0:
        pytest.skip("only root can take the place of another user")
    (copy / "var").mkdir(mode=0o700)
    copy.chmod(0o777)
    for parent in copy.parents[:2]:
        parent.chmod(0o755)
    program = copy / "python3"
    program.write_text(f"#!/bin/sh\n{python()}\n")
    program.chmod(0o755)
    run = subprocess.run(
        ["make", "serve", f"PYTHON={program}"],
        cwd=copy,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        user="nobody",
    )
    assert run.returncode != 0
    assert "var belongs to another user: nobody may not write it." in run.stderr.splitlines()[0]
    assert not (copy / ".venv").exists()


def test_a_mask_of_nothing_leaves_nothing_that_others_may_write(copy):
    program = copy / "python3"
    program.write_text(f"#!/bin/sh\n{python()}\n")
    program.chmod(0o755)
    subprocess.run(
        ["make", "serve", f"PYTHON={program}"],
        cwd=copy,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        check=False,
        umask=0,
    )
    assert (copy / ".venv/.runtime-3.11").exists()
    writable = [path for path in copy.rglob("*") if path.stat().st_mode & 0o002]
    assert [path for path in writable if path.name not in (program.name, "Makefile")] == []


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["manage.py", "announce"],
        ["-m", "gunicorn", "--check-config", "--config=gunicorn.conf.py", "site_config.wsgi"],
    ],
    ids=["check", "announce", "gunicorn"],
)
def test_with_warnings_as_errors_it_starts(command, tmp_path):
    run = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DOT_ENV": "",
            "VAR_DIR": str(servers.var_dir(tmp_path)),
            "PORT": str(free_port()),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
