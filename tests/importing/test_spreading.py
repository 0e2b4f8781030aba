"""Loading spreads due days that files crowd, and an editor's file does too."""

import datetime

import pytest
import time_machine

from rollout.facts import checking, writer
from rollout.importing import cells, edit, files, load, spreading, uploads
from rollout.models import Department, Entry
from tests.facts.test_checking import is_spread, weeks_of

pytestmark = pytest.mark.django_db
CROWDED = datetime.date(2027, 2, 21)
day = datetime.date.fromisoformat


@pytest.fixture
def crowded(folder):
    """A copy of the data files in which everything that has a due day has the same."""
    for path in [*folder.glob("*.csv"), *folder.glob("entries/*/*.en.md")]:
        text = path.read_text(encoding="utf-8")
        for due in {*map(str, checking.due_days())}:
            text = text.replace(f",{due}\n", f",{CROWDED}\n")
            text = text.replace(f"check_again_by = {due}\n", f"check_again_by = {CROWDED}\n")
        path.write_text(text, encoding="utf-8")
    return folder


def test_loading_crowded_files_spreads_them_and_a_second_load_changes_nothing(crowded):
    read_rows, _problems = files.read_files(crowded)
    due = [row.values["check_again_by"] for row in read_rows if row.values.get("check_again_by")]
    assert set(due) == {CROWDED}
    load.load_data(crowded)
    days = checking.due_days()
    assert is_spread(days)
    assert max(days) == CROWDED
    for model in checking.CHECKED_MODELS:
        for row in checking.active(model).exclude(check_again_by=None):
            assert row.last_checked < row.check_again_by <= CROWDED
    second = load.load_data(crowded)
    assert (second.created, second.updated, second.skipped) == ([], [], [])


def test_the_order_of_the_rows_does_not_matter(crowded):
    rows, _problems = files.read_files(crowded)
    rows = [row for row in rows if row.values.get("check_again_by")]
    forth = spreading.spread(rows, [])
    back = spreading.spread(rows[::-1], [])[::-1]
    assert forth == back
    assert spreading.spread(forth, []) == forth
    assert [row.key for row in forth] == [row.key for row in rows]


def test_what_an_editor_checked_keeps_its_day_and_its_week_counts(crowded, editor):
    edited = list(Entry.objects.exclude(check_again_by=None).order_by("pk")[:26])
    for entry in edited:
        entry.check_again_by = CROWDED
        writer.save_fact(entry, by=editor)
    load.load_data(crowded)
    for entry in edited:
        entry.refresh_from_db()
        assert entry.check_again_by == CROWDED
    assert is_spread(checking.due_days())
    assert weeks_of(checking.due_days())[checking.monday_of(CROWDED)] == 26
    again = load.load_data(crowded)
    assert (again.updated, again.skipped) == ([], [])


def test_a_day_that_is_not_after_the_check_is_left_to_be_refused(crowded):
    path = crowded / "health_schemes.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"2026-11-23,{CROWDED}", "2026-11-23,2026-11-23", 1))
    with pytest.raises(cells.DataRefused, match="must be later than"):
        load.load_data(crowded)


@time_machine.travel("2026-11-29T12:00:00+01:00", tick=False)
def test_an_editors_file_is_spread_over_what_the_others_leave_free(editor):
    departments = Department.objects.prefetch_related("sources")
    lines = [[*map(str, cells)] for cells in uploads.department_table(departments)]
    for line in lines[1:]:
        line[-1] = "2027-02-21"
    upload = uploads.read_departments("\n".join(map(",".join, lines)).encode(), "rollout.csv")
    assert upload.problems == []
    edit.edit_departments(upload.rows, by=editor, note="Checked.", is_minor=True)
    assert is_spread(checking.due_days())
    assert Department.objects.filter(check_again_by="2027-02-21").count() == 5


def test_an_editors_file_that_changes_no_due_day_moves_none(editor):
    before = dict(Department.objects.values_list("pk", "check_again_by"))
    Entry.objects.exclude(check_again_by=None).update(check_again_by=day("2027-01-31"))
    departments = Department.objects.prefetch_related("sources")
    lines = [",".join(map(str, cells)) for cells in uploads.department_table(departments)]
    upload = uploads.read_departments("\n".join(lines).encode(), "rollout.csv")
    result = edit.edit_departments(upload.rows, by=editor, is_minor=True)
    assert result.plan == []
    assert dict(Department.objects.values_list("pk", "check_again_by")) == before
