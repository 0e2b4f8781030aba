"""A process killed in the middle of a change of many rows leaves all of it or nothing."""

import os
import signal
import subprocess
import sys

import pytest

from tests.support import servers

CHANGE = """
import os, signal
from rollout.facts import writer
from rollout.importing.cells import ImportRow
from rollout.importing.edit import edit_departments
from rollout.models import Department
from django.contrib.auth import get_user_model

calls = 0
original = writer.{function}

def killing(*args, **kwargs):
    global calls
    result = original(*args, **kwargs)
    calls += 1
    if calls == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

writer.{function} = killing
editor, _ = get_user_model().objects.get_or_create(username="an-editor")
rows = [ImportRow("x", 1, Department, dict(code=code), dict(precision="by")) for code in {codes}]
edit_departments(rows, by=editor, note="All by.")
"""
COUNT = """
from rollout.models import Department, Update
print(Department.objects.filter(code__in={codes}, precision="by").count(), Update.objects.count(),
      Department.history.filter(history_change_reason="All by.").count())
"""
CODES = ["02", "06", "14", "44", "59", "63", "67", "69", "71", "72", "75", "76"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A database for these tests, with the data loaded."""
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
    ("function", "after"),
    [("update_facts", 1), ("bump_data_version", 1), ("publish_update", 1), ("save_fact", 1)],
)
def test_a_kill_during_the_change_leaves_nothing(environment, function, after):
    killed = run(CHANGE.format(function=function, after=after, codes=CODES), environment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert run(COUNT.format(codes=CODES), environment).stdout.split() == ["0", "0", "0"]


def test_without_a_kill_all_is_saved(environment):
    completed = run(CHANGE.format(function="save_fact", after=0, codes=CODES), environment)
    assert completed.returncode == 0, completed.stderr
    assert run(COUNT.format(codes=CODES), environment).stdout.split() == ["12", "1", "12"]
