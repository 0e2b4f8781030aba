"""A process that is killed in the middle of a change of many rows leaves all of it or nothing."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support import servers

CHANGE = """
import os, signal
from rollout import changes, importing
from rollout.csv_cells import ImportRow
from rollout.models import Department
from django.contrib.auth import get_user_model

calls = 0
real = changes.{function}

def deadly(*args, **kwargs):
    global calls
    answer = real(*args, **kwargs)
    calls += 1
    if calls == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

changes.{function} = deadly
editor, _ = get_user_model().objects.get_or_create(username="an-editor")
rows = [ImportRow("x", 1, Department, dict(code=code), dict(precision="by")) for code in {codes}]
importing.edit(rows, by=editor, note="All by.")
"""
COUNT = """
from rollout.models import Department, Update
print(Department.objects.filter(code__in={codes}, precision="by").count(), Update.objects.count(),
      Department.history.filter(history_change_reason="All by.").count())
"""
CODES = ["02", "06", "14", "44", "59", "63", "67", "69", "71", "72", "75", "76"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A database of its own, with the data loaded."""
    return {"VAR_DIR": str(servers.site_folder(tmp_path_factory))}


def run(code, environment):
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", code],
        cwd=servers.ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "site_config.settings", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("function", "after"), [("save", 1), ("save", 6), ("save", 12), ("announce", 1)]
)
def test_a_kill_in_mid_save_leaves_nothing(environment, function, after):
    killed = run(CHANGE.format(function=function, after=after, codes=CODES), environment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert run(COUNT.format(codes=CODES), environment).stdout.split() == ["0", "0", "0"]


def test_without_a_kill_all_is_there(environment):
    whole = run(CHANGE.format(function="save", after=0, codes=CODES), environment)
    assert whole.returncode == 0, whole.stderr
    assert run(COUNT.format(codes=CODES), environment).stdout.split() == ["12", "1", "12"]
