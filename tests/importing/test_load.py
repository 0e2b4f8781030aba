"""The database holds what the data files say; a bad file changes nothing."""

import datetime
import itertools
from io import StringIO

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from rollout.facts import writer
from rollout.facts.snapshot import RolloutSnapshot
from rollout.importing import cells, edit, load, uploads
from rollout.models import (
    Acceptance,
    ActivationRoute,
    DataVersion,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Region,
    Source,
    Wave,
)
from tests.support import database

pytestmark = pytest.mark.django_db

LANGUAGES = "ar, de, en, es, fr, it, nl, pl, pt, ro, tr, uk, zh-hans"


def spoil(folder, file, old, new):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems_of(folder):
    with pytest.raises(cells.DataRefused) as refusal:
        load.load_data(folder)
    return [str(problem) for problem in refusal.value.problems]


class Counted:
    """Counts queries, and how often the data version is renewed."""

    def __init__(self, monkeypatch):
        self.queries = self.renewals = 0
        renew = DataVersion.renew
        monkeypatch.setattr(DataVersion, "renew", lambda: self.renewed(renew))

    def renewed(self, renew):
        self.renewals += 1
        renew()

    def count(self, execute, *arguments):
        self.queries += 1
        return execute(*arguments)


@pytest.fixture
def counted(monkeypatch):
    counts = Counted(monkeypatch)
    with connection.execute_wrapper(counts.count):
        yield counts


@pytest.fixture
def _nothing_loaded(db):
    """An empty database: as it is after migrating."""
    database.empty()


@pytest.mark.usefixtures("_nothing_loaded")
def test_a_first_load_makes_one_version_and_one_line_of_history_a_row(counted):
    outcome = load.load_data()
    assert len(outcome.created) > 2000
    assert counted.renewals == 1
    assert counted.queries < len(outcome.created)
    assert sum(model.objects.count() for model in with_history()) == len(outcome.created)
    for model in with_history():
        rows = {row.pk: row for row in model.objects.all()}
        lines = [(getattr(line, model._meta.pk.attname), line) for line in model.history.all()]
        assert sorted(key for key, _line in lines) == sorted(rows)
        for key, line in lines:
            row = rows[key]
            assert (line.history_type, line.history_user) == ("+", None)
            for field in line.tracked_fields:
                assert getattr(line, field.attname) == getattr(row, field.attname)
            if hasattr(row, "sources"):
                cited = {link.source_id for link in line.sources.all()}
                assert cited == {source.slug for source in row.sources.all()}


def with_history():
    """Return the models whose rows have a history."""
    models = apps.get_app_config("rollout").get_models()
    return [model for model in models if hasattr(model._meta, "simple_history_manager_attribute")]


def test_a_second_load_makes_no_version_and_few_queries_a_file(counted):
    load.load_data()
    assert counted.renewals == 0
    assert counted.queries < 50


def test_a_load_that_changes_several_rows_makes_one_version(folder, counted):
    for old, new in (
        ("69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-07-30"),
        ("01,Ain,june-2024,2024-05-01,2024-05-31", "01,Ain,june-2024,2024-05-01,2024-05-30"),
    ):
        spoil(folder, "rollout.csv", old, new)
    assert len(load.load_data(folder).updated) == 2
    assert counted.renewals == 1


def test_an_edit_of_several_departments_makes_one_version(editor, counted):
    lines = (settings.DATA_FOLDER / "rollout.csv").read_text(encoding="utf-8").splitlines()
    some = [lines[0], *(line.replace(",2024-05-31,", ",2024-05-30,") for line in lines[1:60])]
    upload = uploads.read_departments("\n".join(some).encode(), "rollout.csv")
    assert upload.problems == []
    outcome = edit.edit_departments(upload.rows, by=editor, note="A day earlier.")
    assert len(outcome.updated) > 1
    assert counted.renewals == 1


def test_a_dry_run_of_a_change_leaves_the_version(folder):
    spoil(
        folder, "rollout.csv", "69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-07-30"
    )
    before = DataVersion.current()
    load.load_data(folder, dry_run=True)
    assert DataVersion.current() == before


def test_new_rows_of_which_some_are_refused_are_each_named_with_their_reason(folder):
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("a-new-one,https://www.ameli.fr/x,ameli.fr,2026-12-01,day,fr,yes\n")
        file.write("same-address,https://www.ameli.fr/x,ameli.fr,2026-12-01,day,fr,yes\n")
        file.write("no-precision,https://www.ameli.fr/y,ameli.fr,2026-12-01,,fr,yes\n")
        file.write("NO-SLUG,https://www.ameli.fr/z,ameli.fr,2026-12-01,day,fr,yes\n")
    last = len((folder / "sources.csv").read_text(encoding="utf-8").splitlines())
    same_address, no_precision, no_slug = problems_of(folder)
    assert same_address.startswith(f"sources.csv, line {last - 2}: Another source has this address")
    assert no_precision.startswith(f"sources.csv, line {last - 1}: A date needs what is known of")
    assert no_slug.startswith(f"sources.csv, line {last}, slug: Use lower-case letters")
    assert not Source.objects.filter(slug="a-new-one").exists()


def test_there_are_18_regions_101_departments_and_5_waves():
    assert Region.objects.count() == 18
    assert Department.objects.count() == 101
    assert [wave.name for wave in Wave.objects.for_page()] == [
        "2023 pilot",
        "June 2024 regions",
        "2025 expansion: May",
        "2025 expansion: summer",
        "2025 expansion: all of France",
    ]


def test_a_wave_has_the_days_of_its_departments():
    statuses = RolloutSnapshot().wave_statuses
    assert {
        status.wave.slug: [(str(opening.day), opening.precision) for opening in status.openings]
        for status in statuses
    } == {
        "pilot-2023": [("2023-07-25", "about")],
        "june-2024": [("2024-05-31", "by")],
        "expansion-2025-may": [("2025-05-26", "on")],
        "expansion-2025-summer": [("2025-09-23", "by")],
        "expansion-2025-november": [("2025-11-18", "on")],
    }
    Department.objects.filter(code="69").update(opened_on=datetime.date(2023, 7, 30))
    pilot = RolloutSnapshot().wave_statuses[0]
    assert [(str(opening.day), len(opening.rows)) for opening in pilot.openings] == [
        ("2023-07-25", 7),
        ("2023-07-30", 1),
    ]


def test_every_fact_has_a_source_unless_none_was_found():
    assert not Department.objects.filter(sources=None).exists()
    assert not Wave.objects.filter(sources=None).exists()
    assert not Acceptance.objects.filter(sources=None).exists()
    assert not HealthScheme.objects.filter(sources=None).exists()
    assert not ActivationRoute.objects.filter(sources=None).exists()


def test_every_text_exists_in_each_of_its_languages():
    named = (Wave, Entry, Source, ActivationRoute, IdentityDocument, HealthScheme)
    for row in itertools.chain.from_iterable(model.objects.all() for model in named):
        codes = dict(settings.LANGUAGES) if row.is_in_every_language else settings.FULL_LANGUAGES
        assert {text.language for text in row.texts.all()} == set(codes), row
    for department in Department.objects.prefetch_related("texts"):
        assert {text.language for text in department.texts.all()} in (set(), {"en", "fr"})


def test_loading_twice_changes_nothing():
    outcome = load.load_data()
    assert (outcome.created, outcome.updated, outcome.skipped) == ([], [], [])
    assert outcome.unchanged > 400


def test_a_changed_file_changes_its_row_and_leaves_history(folder):
    spoil(
        folder, "rollout.csv", "69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-07-30"
    )
    outcome = load.load_data(folder)
    assert outcome.updated == ["department 69: opened_on 2023-07-25 -> 2023-07-30"]
    rhone = Department.objects.get(code="69")
    assert rhone.opened_on == datetime.date(2023, 7, 30)
    assert [line.opened_on.day for line in rhone.history.all()] == [30, 25]
    assert rhone.history.first().history_user is None


def test_a_dry_run_prints_the_plan_and_saves_nothing(folder):
    spoil(
        folder, "rollout.csv", "69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-07-30"
    )
    out = StringIO()
    call_command("load_data", "--dry-run", f"--from={folder}", stdout=out)
    assert "would update department 69: opened_on 2023-07-25 -> 2023-07-30" in out.getvalue()
    assert "Would be: 0 created, 1 updated" in out.getvalue()
    assert Department.objects.get(code="69").opened_on == datetime.date(2023, 7, 25)


def test_a_row_that_an_editor_changed_is_kept_and_listed(editor):
    rhone = Department.objects.get(code="69")
    rhone.opened_on = datetime.date(2023, 7, 30)
    writer.save_fact(rhone, by=editor, note="Clubic gives the 30th")
    out = StringIO()
    call_command("load_data", stdout=out)
    assert "kept as an editor left it: department 69" in out.getvalue()
    assert "opened_on 2023-07-30 -> 2023-07-25" in out.getvalue()
    assert out.getvalue().endswith("1 kept as an editor left them.\n")
    assert Department.objects.get(code="69").opened_on == datetime.date(2023, 7, 30)


def test_a_load_ends_in_counts():
    out = StringIO()
    call_command("load_data", stdout=out)
    assert "departments: 101 rows" in out.getvalue()
    assert "Data loaded: 0 created, 0 updated," in out.getvalue()


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "departments.csv",
            "69,Rhône,84",
            "69,Rhône,85",
            'departments.csv, line 71, region: there is no region "85"',
        ),
        (
            "departments.csv",
            "03,Allier,84",
            "02,Allier,84",
            "departments.csv, line 4, code: 02 is here twice, first in line 3",
        ),
        (
            "rollout.csv",
            "69,Rhône,pilot-2023,,2023-07-25",
            "69,Rhône,pilot-2023,,2023-02-30",
            'rollout.csv, line 71, opened_on: "2023-02-30" is not a date such as 2025-11-18',
        ),
        (
            "rollout.csv",
            "69,Rhône,pilot-2023,,2023-07-25",
            "69,Rhône,pilot-2023,,2023-07-24",
            "rollout.csv, line 71: No department opened before the pilot began on 25 July 2023.",
        ),
        (
            "rollout.csv",
            "69,Rhône,pilot-2023,,2023-07-25,about",
            "69,Rhône,pilot-2023,,2023-07-25,day",
            "rollout.csv, line 71, precision: Value 'day' is not a valid choice.",
        ),
        (
            "rollout.csv",
            "69,Rhône,pilot-2023,,2023-07-25,about",
            "69,Rhône,pilot-2022,,2023-07-25,about",
            'rollout.csv, line 71, wave: there is no wave "pilot-2022"',
        ),
        (
            "rollout.csv",
            "69,Rhône,pilot-2023",
            "69,Lyon,pilot-2023",
            "rollout.csv, line 71, name: 69 is Rhône, not Lyon",
        ),
        (
            "rollout.csv",
            "69,Rhône,pilot-2023",
            "99,Rhône,pilot-2023",
            'rollout.csv, line 71, code: there is no department "99" in departments.csv',
        ),
        (
            "rollout.csv",
            "rtl-2023-07-25",
            "rtl-2032-07-25",
            'sources: there is no source "rtl-2032-07-25" in sources.csv',
        ),
        (
            "regions.csv",
            "84,Auvergne-Rhône-Alpes,metro",
            "84,Auvergne-Rhône-Alpes,mars",
            "regions.csv, line 17, zone: Value 'mars' is not a valid choice.",
        ),
        (
            "regions.csv",
            "84,Auvergne-Rhône-Alpes,metro",
            "84,Auvergne-Rhône-Alpes",
            "regions.csv, line 17: 2 cells where 3 are expected",
        ),
        (
            "regions.csv",
            "code,name,zone",
            "code,nom,zone",
            "regions.csv, line 1: the columns are code, nom, zone; expected code, name, zone",
        ),
        (
            "waves.csv",
            "pilot-2023,1",
            "pilot-2023,first",
            'waves.csv, line 2, position: "first" is not a whole number',
        ),
        (
            "wave_texts.csv",
            "pilot-2023,en",
            "pilot-2023,xx",
            f'wave_texts.csv, line 2, language: "xx" is not one of {LANGUAGES}',
        ),
        (
            "regions.csv",
            "Bretagne",
            "Bre\x00tagne",
            "regions.csv, line 14: there is a control character",
        ),
    ],
)
def test_a_bad_file_is_refused_whole_with_file_line_and_reason(folder, file, old, new, complaint):
    spoil(folder, file, old, new)
    spoil(
        folder,
        "rollout.csv",
        "01,Ain,june-2024,2024-05-01,2024-05-31",
        "01,Ain,june-2024,2024-05-01,2024-05-30",
    )
    assert any(complaint in problem for problem in problems_of(folder)), problems_of(folder)
    assert Department.objects.get(code="01").opened_on == datetime.date(2024, 5, 31)


def test_every_problem_is_listed_not_only_the_first(folder):
    spoil(
        folder,
        "rollout.csv",
        "01,Ain,june-2024,2024-05-01,2024-05-31",
        "01,Ain,june-2024,2024-05-01,31/05/2024",
    )
    spoil(folder, "rollout.csv", "02,Aisne,expansion", "02,Aisne,expansoin")
    out = StringIO()
    with pytest.raises(CommandError, match=r"Nothing was loaded\. 2 to correct:") as refusal:
        call_command("load_data", f"--from={folder}", stdout=out)
    assert "rollout.csv, line 2, opened_on" in str(refusal.value)
    assert "rollout.csv, line 3, wave" in str(refusal.value)


def test_a_file_that_is_missing_or_not_text_is_named(folder):
    (folder / "regions.csv").unlink()
    assert "regions.csv, line 1: the file is missing" in problems_of(folder)
    (folder / "regions.csv").write_bytes(b"code,name,zone\n53,Bretagne,metro\n94," + b"\xff")
    assert "regions.csv, line 3: this is not UTF-8 text" in problems_of(folder)


def test_an_entry_with_broken_front_matter_is_named(folder):
    step = next((folder / "entries" / "step").glob("*.en.md"))
    step.write_text("no front matter at all", encoding="utf-8")
    assert any("no TOML between +++ lines" in problem for problem in problems_of(folder))
    step.write_text('+++\ntitle = "never closed\n+++\n', encoding="utf-8")
    assert any("between the +++ lines" in problem for problem in problems_of(folder))


def test_an_entry_whose_sources_are_no_names_is_named(folder):
    step = next((folder / "entries" / "step").glob("*.en.md"))
    text = step.read_text(encoding="utf-8")
    step.write_text(text.replace("sources = [", "sources = 5 #["), encoding="utf-8")
    assert any('there is no source "5"' in problem for problem in problems_of(folder))


def test_a_translation_without_its_reference_is_refused(folder):
    step = next((folder / "entries" / "step").glob("*.en.md"))
    step.unlink()
    assert any(".en.md beside it" in problem for problem in problems_of(folder))


def test_a_department_that_only_one_of_its_two_files_has_is_refused(folder):
    lines = (folder / "rollout.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "rollout.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    assert problems_of(folder) == [
        "departments.csv, line 102, code: 976 has no line in rollout.csv"
    ]


def test_a_new_source_is_created(folder):
    with (folder / "sources.csv").open("a", encoding="utf-8") as file:
        file.write("ameli-2026-12-01,https://www.ameli.fr/x,ameli.fr,2026-12-01,day,fr,yes\n")
    assert load.load_data(folder).created == ["source ameli-2026-12-01"]
    line = Source.objects.get(slug="ameli-2026-12-01").history.get()
    assert (line.history_type, line.history_user) == ("+", None)


def test_all_that_is_wrong_is_named_at_once(folder):
    """Also what only the model knows to be wrong, while a cell somewhere cannot be read at all."""
    for file, old, new in (
        ("rollout.csv", "69,Rhône,pilot-2023,,2023-07-25", "69,Rhône,pilot-2023,,2023-02-30"),
        ("regions.csv", "84,Auvergne-Rhône-Alpes,metro", "84,Auvergne-Rhône-Alpes,mars"),
        ("aliases.csv", "Bresse,area_approx", "Bresse,cheese"),
    ):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CommandError) as refusal:
        call_command("load_data", folder=folder)
    message = str(refusal.value)
    assert "3 to correct" in message
    assert "rollout.csv, line 71, opened_on:" in message
    assert "regions.csv, line 17, zone:" in message
    assert "aliases.csv, line 2, kind:" in message
