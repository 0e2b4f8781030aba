"""Every change of a fact makes a new data version, and nothing else does: caches rest on that."""

import pytest

from rollout.facts import writer
from rollout.importing import load
from rollout.models import DataVersion, Department

pytestmark = pytest.mark.django_db


def test_a_saved_fact_makes_a_new_version(editor):
    before = DataVersion.current()
    writer.save_fact(Department.objects.get(pk="69"), by=editor)
    assert DataVersion.current() != before


def test_a_refused_change_leaves_the_version(editor, monkeypatch):
    before = DataVersion.current()
    row = Department.objects.get(pk="69")
    monkeypatch.setattr(Department, "save", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        writer.save_fact(row, by=editor)
    assert DataVersion.current() == before


def test_loading_the_same_files_again_leaves_the_version(db):
    before = DataVersion.current()
    load.load_data()
    assert DataVersion.current() == before


def test_new_reference_rows_make_a_new_version(db, folder):
    before = DataVersion.current()
    with (folder / "communes.csv").open("a") as file:
        file.write(file_line_of_a_new_commune(folder))
    load.load_data(folder)
    assert DataVersion.current() != before


def file_line_of_a_new_commune(folder):
    """Return the last line of the file with another INSEE code."""
    _number, rest = (folder / "communes.csv").read_text().splitlines()[-1].split(",", 1)
    return f"97699,{rest}\n"


def test_the_file_that_processes_watch_is_touched_once_the_change_is_committed(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.VERSION_FILE = tmp_path / "var" / "data_version"
    with django_capture_on_commit_callbacks(execute=True):
        writer.bump_data_version()
        assert not settings.VERSION_FILE.exists()
    first = settings.VERSION_FILE.stat().st_mtime_ns
    with django_capture_on_commit_callbacks(execute=True):
        writer.bump_data_version()
    assert settings.VERSION_FILE.stat().st_mtime_ns > first
