"""Translations in the data files: checked by a load, stamped, and written back from the database."""

import csv
import datetime

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from rollout.facts import writer
from rollout.importing import cells, export, load
from rollout.importing.files import read_files
from rollout.importing.translated import is_translation, translations_of
from rollout.models import Entry, EntryText, WaveText

pytestmark = pytest.mark.django_db


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def content(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def problems_of(folder):
    with pytest.raises(cells.DataRefused) as refusal:
        load.load_data(folder)
    return [str(problem) for problem in refusal.value.problems]


# --- A load ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("(term:nir)", "(term:cpam)", "A link leads elsewhere than in the reference text"),
        (
            "Voir ",
            "См. ",
            "It is written in other letters than those of its language",
        ),
        ("Voir ", "\u202eVoir ", "RIGHT-TO-LEFT OVERRIDE"),
        (
            "Voir ",
            "%(est)s ",
            "A placeholder is missing, or is none of the reference text: +%(est)s",
        ),
    ],
)
def test_a_translation_that_is_surely_wrong_is_refused_with_file_line_and_field(
    folder, old, new, reason
):
    path = folder / "entries" / "term" / "numero-provisoire.fr.md"
    replace(path, old, new)
    problems = problems_of(folder)
    assert len(problems) == 1
    assert problems[0].startswith("entries/term/numero-provisoire.fr.md, line 1, body: ")
    assert reason in problems[0]


def test_a_line_of_a_file_of_texts_is_refused_too(folder):
    replace(
        folder / "activation_route_texts.csv", "un téléphone avec [NFC](term:nfc)", "un téléphone"
    )
    (problem,) = problems_of(folder)
    assert problem.startswith("activation_route_texts.csv, line 3, who: A link leads elsewhere")


def test_one_mistake_does_not_make_all_links_of_an_empty_database_dead(folder):
    """They lead to entries that would be loaded with them."""
    replace(folder / "wave_texts.csv", "pilot-2023,fr,Pilote 2023", "pilot-2023,fr,")
    Entry.objects.filter(kind="term").delete()
    assert problems_of(folder) == ["wave_texts.csv, line 3, name: it is empty"]


def test_no_translation_of_the_data_files_is_behind():
    """A load takes one that is: pages say so. The files are to be in step."""
    rows, problems = read_files(settings.DATA_FOLDER)
    assert problems == []
    translations = list(translations_of(rows))
    assert len(translations) > 300
    assert [row.name for row, reference in translations if not is_translation(row, reference)] == []


# --- Stamping -------------------------------------------------------------------------------------


def test_what_is_behind_is_listed_and_stamped(folder, capsys):
    replace(
        folder / "wave_texts.csv", "pilot-2023,en,2023 pilot", "pilot-2023,en,The pilot of 2023"
    )
    replace(folder / "entries" / "term" / "nir.en.md", 'title = "', 'title = "The ')
    call_command("stamp_translations", "--from", str(folder))
    out = capsys.readouterr().out
    assert "  wave_texts.csv, line 3: text of a wave pilot-2023 fr\n" in out
    assert "  entries/term/nir.fr.md, line 1: text of an entry nir fr\n" in out
    behind = int(out.splitlines()[-1].split()[0])
    assert behind >= 2
    waves = folder / "wave_texts.csv"
    with pytest.raises(CommandError, match="has no such translation"):
        call_command("stamp_translations", str(waves), "--key", "no-such-wave")
    with pytest.raises(CommandError, match="is not a file of texts"):
        call_command("stamp_translations", str(folder / "waves.csv"))
    call_command("stamp_translations", str(waves), "--language", "fr", "--key", "pilot-2023")
    assert capsys.readouterr().out == "1 of 1 changed.\n"
    call_command("stamp_translations", str(waves), str(folder / "entries/term/nir.fr.md"))
    capsys.readouterr()
    call_command("stamp_translations", "--from", str(folder))
    assert "nir fr" not in capsys.readouterr().out


# --- Back into the files --------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "en"])
def test_writing_what_was_loaded_changes_no_file(folder, language):
    before = content(folder)
    assert export.write_language(language, folder) == []
    assert content(folder) == before


def test_what_editors_approved_comes_into_the_files_and_loads_again(folder, editor, capsys):
    text = EntryText.objects.get(entry="nir", language="fr")
    text.title, text.origin = 'Le « NIR » \\ "numéro"', "approved"
    text.reviewed_by, text.reviewed_on = "a native reader", datetime.date(2026, 11, 30)
    text.body = f"{text.body}\r\n\r\nDe plus."
    writer.save_fact(text, by=editor)
    wave = WaveText.objects.get(wave="june-2024", language="fr")
    wave.note, wave.origin = 'Une "note", avec\nune ligne de plus.', "person"
    writer.save_fact(wave, by=editor)
    german = WaveText.objects.get(wave="june-2024", language="de")
    german.name, german.note = "=Juni 2024", "- Am 4."
    writer.save_fact(german, by=editor)
    capsys.readouterr()
    call_command("export_translations", "fr", "--to-data", str(folder))
    assert capsys.readouterr().out == (
        "entries/term/nir.fr.md\nwave_texts.csv\n2 files changed. Now run stamp_changes.\n"
    )
    assert export.write_language("de", folder) == [folder / "wave_texts.csv"]
    rows, problems = read_files(folder)
    assert problems == []
    by_key = {(row.model, *row.key.values()): row.values for row in rows}
    values = by_key[EntryText, "nir", "fr", None]
    assert values["title"] == text.title
    assert values["body"] == text.body.replace("\r\n", "\n")
    assert (values["origin"], values["reviewed_by"]) == ("approved", "a native reader")
    assert values["reviewed_on"] == datetime.date(2026, 11, 30)
    assert by_key[WaveText, "june-2024", "fr"]["note"] == wave.note
    assert by_key[WaveText, "june-2024", "de"]["name"] == "=Juni 2024"
    with (folder / "wave_texts.csv").open(encoding="utf-8", newline="") as file:
        languages = [
            line["language"] for line in csv.DictReader(file) if line["slug"] == "june-2024"
        ]
    assert languages == list(dict(settings.LANGUAGES))
    assert export.write_language("fr", folder) == []


def test_a_new_language_and_a_later_text_get_files_of_their_own(folder, editor):
    first = EntryText.objects.get(entry="nir", language="en")
    day = datetime.date(2027, 3, 1)
    texts = [
        EntryText(entry=first.entry, language="de", title="NIR", body="", translates="a" * 16),
        EntryText(
            entry=first.entry,
            language="de",
            title="NIR 2",
            body="Text.",
            valid_from=day,
            status="draft",
        ),
        EntryText(entry_id="no-such-entry", language="de", title="x"),
    ]
    paths = export.write_texts(texts, folder)
    assert [path.name for path in paths] == ["nir.de.md", "nir.de.2027-03-01.md"]
    assert paths[0].read_text() == f'+++\ntitle = "NIR"\ntranslates = "{"a" * 16}"\n+++\n\n'
    assert 'status = "draft"\n' in paths[1].read_text()
