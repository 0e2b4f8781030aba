"""The ledger of changes: the days of facts are those of the files, not those of a load."""

import csv
import datetime

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from rollout.dates import midnight
from rollout.facts import writer
from rollout.importing import cells, ledger, load
from rollout.importing.files import read_files
from rollout.models import Acceptance, DataVersion, Department, EntryText, Source
from rollout.models.content_tracking import ContentTracked

pytestmark = pytest.mark.django_db

RHONE = "69,Rhône,pilot-2023,,2023-07-25"
NEW_DAY = "2026-12-24"
LATER = datetime.datetime(2027, 1, 12, 10, tzinfo=datetime.UTC)


def replace(folder, file, old, new):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def lines(folder):
    """Return the ledger's lines by kind, key and language."""
    with (folder / "changes.csv").open(encoding="utf-8", newline="") as file:
        return {tuple(line[:3]): tuple(line[3:]) for line in csv.reader(file)}


def stamp(folder, day=NEW_DAY):
    with time_machine.travel(LATER, tick=False):
        call_command("stamp_changes", f"--from={folder}", f"--day={day}")


def problems_of(folder):
    with pytest.raises(cells.DataRefused) as refusal:
        load.load_data(folder)
    return [str(problem) for problem in refusal.value.problems]


def rhone():
    return Department.objects.get(code="69")


# --- The file ------------------------------------------------------------------------------------


def test_every_row_that_readers_see_has_a_line_with_its_fingerprint():
    rows, problems = read_files(settings.DATA_FOLDER)
    before, ledger_problems = ledger.read_ledger(settings.DATA_FOLDER)
    assert problems == ledger_problems == []
    expected = ledger.renewed(rows, before, datetime.date.max)
    changed = [str(key) for key, line in expected.items() if line.day == datetime.date.max]
    assert changed == [], "manage.py stamp_changes writes their lines"
    assert list(before) == list(expected), "manage.py stamp_changes takes out what is no more"


def test_the_ledger_has_texts_in_both_languages_and_no_draft(folder):
    assert ("entry", "nir", "") in lines(folder)
    assert ("entry", "nir", "fr") in lines(folder)
    assert ("acceptance", "foreign-passport/document-and-video", "") in lines(folder)
    term = folder / "entries" / "term" / "nir.fr.md"
    term.write_text(term.read_text().replace("+++\n", '+++\nstatus = "draft"\n', 1))
    stamp(folder)
    assert ("entry", "nir", "fr") not in lines(folder)


def test_the_command_renews_the_lines_of_what_changed_and_no_others(folder, capsys):
    before = lines(folder)
    stamp(folder)
    assert "\n0 of" in f"\n{capsys.readouterr().out}"
    assert lines(folder) == before
    replace(folder, "rollout.csv", RHONE, "69,Rhône,pilot-2023,,2023-07-30")
    replace(folder, "entries/term/nir.fr.md", "\n+++\n", "\n+++\nDe plus. ")
    stamp(folder)
    after = lines(folder)
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {("department", "69", ""), ("entry", "nir", "fr")}
    assert {after[key][1] for key in changed} == {NEW_DAY}


def test_a_mere_check_renews_no_line(folder):
    before = lines(folder)
    path = folder / "rollout.csv"
    path.write_text(path.read_text().replace("2026-11-23,2027-02-21", "2027-01-10,2027-04-10"))
    stamp(folder)
    assert lines(folder) == before


def test_the_command_writes_the_whole_ledger_where_there_is_none(folder):
    known = lines(folder)
    (folder / "changes.csv").unlink()
    stamp(folder)
    assert list(lines(folder)) == list(known)
    assert {day for _fingerprint, day in lines(folder).values()} == {"day", NEW_DAY}


@pytest.mark.parametrize(
    ("day", "complaint"),
    [("2027-01-13", "2027-01-13 is still to come"), ("yesterday", '"yesterday" is not a date')],
)
def test_the_command_refuses_a_day_that_is_none_or_to_come(folder, day, complaint):
    with pytest.raises(CommandError, match=complaint):
        stamp(folder, day)


def test_the_command_refuses_a_ledger_that_it_cannot_read(folder):
    replace(folder, "changes.csv", "kind,key", "kind,what")
    before = (folder / "changes.csv").read_bytes()
    with pytest.raises(CommandError, match=r"Nothing was written.*\n.*changes\.csv, line 1"):
        stamp(folder)
    assert (folder / "changes.csv").read_bytes() == before


def test_a_load_refuses_each_line_without_a_row_with_file_and_line(folder):
    last = len((folder / "changes.csv").read_text(encoding="utf-8").splitlines())
    with (folder / "changes.csv").open("a", encoding="utf-8") as file:
        file.write(
            "department,999,,0123456789abcdef,2026-11-23\n"
            "entry,nir,eo,0123456789abcdef,2026-11-23\n"
            "region,84,,0123456789abcdef,2026-11-23\n"
            "department,69,,0123456789abcdef,2026-11-23\n"
            "department,998,,0123456789abcdef,2026-11-31\n"
            "department,997,,0123456789abcdef,\n"
            "department,996,,,2026-11-23\n"
        )
    problems = dict(problem.split(": ", 1) for problem in problems_of(folder))
    command = "manage.py stamp_changes takes the line out"
    for number, key in ((1, "department 999"), (2, "entry nir eo"), (3, "region 84")):
        place = f"changes.csv, line {last + number}"
        assert problems[place] == f"the data files have no {key}; {command}"
    assert "is here twice, first in line" in problems[f"changes.csv, line {last + 4}"]
    assert "is not a date" in problems[f"changes.csv, line {last + 5}, day"]
    assert problems[f"changes.csv, line {last + 6}, day"] == "it is empty"
    assert problems[f"changes.csv, line {last + 7}, fingerprint"] == "it is empty"


def test_a_load_without_a_ledger_is_refused(folder):
    (folder / "changes.csv").unlink()
    assert problems_of(folder) == ["changes.csv, line 1: the file is missing"]


# --- A load --------------------------------------------------------------------------------------


def test_after_a_load_each_row_has_the_day_of_its_line():
    days = {key[:3]: line.day for key, line in ledger.read_ledger(settings.DATA_FOLDER)[0].items()}
    for row in read_files(settings.DATA_FOLDER)[0]:
        if issubclass(row.model, ContentTracked):
            fact = row.model._default_manager.get(**row.key)
            assert fact.changed_at == midnight(days[ledger.key_of(row)]), row.name


def test_a_row_without_a_line_claims_no_day(folder):
    fingerprint, day = lines(folder)["department", "69", ""]
    replace(folder, "changes.csv", f"department,69,,{fingerprint},{day}\n", "")
    load.load_data(folder)
    assert rhone().changed_at is None
    assert rhone().effective_since is None


def test_a_changed_row_has_the_new_day_and_without_a_new_line_none(folder):
    replace(folder, "rollout.csv", RHONE, "69,Rhône,pilot-2023,,2023-07-30")
    load.load_data(folder)
    assert rhone().changed_at is None
    stamp(folder)
    outcome = load.load_data(folder)
    assert (outcome.updated, outcome.redated) == ([], [rhone()])
    assert rhone().changed_at == midnight(datetime.date(2026, 12, 24))


def test_a_load_corrects_days_that_are_not_the_ledgers_once(folder):
    known = rhone().changed_at
    Department.objects.filter(code="69").update(changed_at=LATER)
    before, history = DataVersion.current(), rhone().history.count()
    load.load_data(folder)
    assert rhone().changed_at == known
    assert rhone().history.count() == history
    renewed = DataVersion.current()
    assert renewed != before
    load.load_data(folder)
    assert DataVersion.current() == renewed


@pytest.mark.parametrize("in_bulk", [True, False])
def test_a_new_row_has_the_day_of_its_line(folder, monkeypatch, in_bulk):
    """Also where the rows have to be created one by one, to find the one that is refused."""

    def refuse(*_arguments, **_options):
        raise IntegrityError

    if not in_bulk:
        monkeypatch.setattr(writer, "create_facts", refuse)
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("a-new-one,https://www.ameli.fr/x,ameli.fr,2026-12-01,day,fr,yes\n")
        file.write("another,https://www.ameli.fr/y,ameli.fr,2026-12-01,day,fr,yes\n")
    stamp(folder)
    fingerprint, day = lines(folder)["source", "another", ""]
    replace(folder, "changes.csv", f"source,another,,{fingerprint},{day}\n", "")
    load.load_data(folder)
    new = Source.objects.in_bulk(["a-new-one", "another"])
    assert new["a-new-one"].changed_at == midnight(datetime.date(2026, 12, 24))
    assert new["another"].changed_at is None


def test_a_row_that_no_file_has_any_more_is_withdrawn_without_a_day(folder):
    acceptance = Acceptance.objects.get(since=None, document="vls-ts")
    start = f"vls-ts,{acceptance.route_id},,"
    path = folder / "acceptances.csv"
    kept = [line for line in path.read_text().splitlines(True) if not line.startswith(start)]
    path.write_text("".join(kept))
    (problem,) = problems_of(folder)
    assert f"have no acceptance vls-ts/{acceptance.route_id};" in problem
    stamp(folder)
    load.load_data(folder)
    acceptance.refresh_from_db()
    assert (acceptance.is_active, acceptance.changed_at) == (False, None)


# --- Editors -------------------------------------------------------------------------------------


def test_an_editors_change_keeps_its_moment_and_text_through_loads_of_newer_files(folder, editor):
    fact = rhone()
    fact.opened_on = datetime.date(2023, 7, 30)
    with time_machine.travel(LATER, tick=False):
        writer.save_fact(fact, by=editor)
    replace(folder, "rollout.csv", RHONE, "69,Rhône,pilot-2023,,2023-07-28")
    stamp(folder)
    for _ in range(2):
        outcome = load.load_data(folder)
        assert outcome.updated == []
        (skipped,) = outcome.skipped
        assert "department 69" in skipped
        assert "2023-07-30 -> 2023-07-28" in skipped
        assert (rhone().opened_on, rhone().changed_at) == (datetime.date(2023, 7, 30), LATER)


def test_an_editors_moment_stays_when_the_files_say_the_same_later(folder, editor):
    text = EntryText.objects.get(entry="nir", language="fr")
    text.body += " De plus."
    with time_machine.travel(LATER, tick=False):
        writer.save_text(text, by=editor)
    path = folder / "entries" / "term" / "nir.fr.md"
    reviewed = f'origin = "person"\nreviewed_by = "an-editor"\nreviewed_on = {text.reviewed_on}\n'
    front, body = path.read_text().split("+++\n", 2)[1:]
    front = "".join(
        line
        for line in front.splitlines(True)
        if not line.startswith(("origin", "reviewed", "translates"))
    )
    translates = f'translates = "{text.translates}"\n'
    path.write_text(f"+++\n{front}{reviewed}{translates}+++\n{body.strip()} De plus.\n")
    stamp(folder)
    outcome = load.load_data(folder)
    assert (outcome.updated, outcome.skipped, outcome.redated) == ([], [], [])
    text.refresh_from_db()
    assert text.changed_at == LATER


def test_an_editors_check_leaves_the_ledgers_day(editor):
    known = rhone().changed_at
    fact = rhone()
    fact.last_checked = datetime.date(2027, 1, 12)
    fact.check_again_by = datetime.date(2027, 4, 12)
    with time_machine.travel(LATER, tick=False):
        writer.save_fact(fact, by=editor)
    assert rhone().changed_at == known
