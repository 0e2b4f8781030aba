"""Files of entries whose texts have days, that say what they speak of, and that link to others."""

import datetime

import pytest
from django.core.management import call_command

from rollout.facts import writer
from rollout.importing import cells, load
from rollout.models import Entry, EntryText

pytestmark = pytest.mark.django_db

day = datetime.date.fromisoformat


def problems_of(folder):
    with pytest.raises(cells.DataRefused) as refusal:
        load.load_data(folder)
    return [str(problem) for problem in refusal.value.problems]


def add_line(path, line):
    """Add a line to the front matter of an entry."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\n+++\n", f"\n{line}\n+++\n", 1), encoding="utf-8")


@pytest.fixture
def step(folder):
    """The English file of a step."""
    return folder / "entries" / "step" / "fi-scan-the-id-card.en.md"


@pytest.fixture
def later(step):
    """The file of the text that takes its place."""
    path = step.with_name("fi-scan-the-id-card.en.2027-03-01.md")
    path.write_text('+++\ntitle = "Scan either"\n+++\n\nYour card or titre.\n', encoding="utf-8")
    return path


def days_of(entry, language):
    texts = EntryText.objects.filter(entry=entry, language=language)
    return {(text.valid_from, text.valid_until) for text in texts}


def test_a_second_file_is_the_text_of_later_days(folder, step, later):
    add_line(step, "valid_until = 2027-02-28")
    result = load.load_data(folder)
    assert "text of an entry fi-scan-the-id-card en 2027-03-01" in result.created
    days = {(None, day("2027-02-28")), (day("2027-03-01"), None)}
    assert days_of("fi-scan-the-id-card", "en") == days
    again = load.load_data(folder)
    assert (again.created, again.updated, again.missing) == ([], [], [])
    later.unlink()
    assert load.load_data(folder).missing == ["text of an entry fi-scan-the-id-card en 2027-03-01"]


def test_the_day_of_a_file_is_the_one_in_its_name(folder, step, later):
    add_line(step, "valid_until = 2027-02-28")
    later = later.rename(later.with_name("fi-scan-the-id-card.en.spring.md"))
    assert any(
        problem.endswith('valid_from: "spring" is not a date such as 2025-11-18')
        for problem in problems_of(folder)
    )
    later = later.rename(later.with_name("fi-scan-the-id-card.en.2027-03-01.md"))
    add_line(later, "valid_from = 2027-03-02")
    (problem,) = problems_of(folder)
    assert problem.startswith(f"entries/step/{later.name}, line 1, valid_from: ")
    assert problem.endswith("it is not 2027-03-01, the day in the name of the file")


@pytest.mark.parametrize("value", ["5", "2027-02-28T12:00:00", '"28/02/2027"'])
def test_a_last_day_that_is_none_is_named(folder, step, value):
    add_line(step, f"valid_until = {value}")
    assert any("valid_until" in p and "is not a date" in p for p in problems_of(folder))


def test_files_of_texts_that_overlap_are_refused(folder, step, later):
    (problem,) = problems_of(folder)
    assert problem.startswith(f"entries/step/{later.name}, line 1, valid_from: Two texts of this")
    assert "overlap: on every day, and from 1\xa0March 2027 on." in problem
    add_line(step, "valid_until = 2027-03-01")
    assert "until 1\xa0March 2027, and from 1\xa0March 2027 on" in problems_of(folder)[0]
    add_line(later, 'status = "draft"')
    load.load_data(folder)


def test_a_later_text_needs_the_file_of_its_entry(folder, step, later):
    for file in step.parent.glob("fi-scan-the-id-card.*.md"):
        if file != later:
            file.unlink()
    assert problems_of(folder) == [
        f"entries/step/{later.name}, line 1: there is no fi-scan-the-id-card.en.md beside it"
    ]


def test_a_later_translation_is_stamped_with_the_text_of_its_days(folder, step, later):
    add_line(step, "valid_until = 2027-02-28")
    french = step.with_name("fi-scan-the-id-card.fr.md")
    add_line(french, "valid_until = 2027-02-28")
    second = step.with_name("fi-scan-the-id-card.fr.2027-03-01.md")
    second.write_text('+++\ntitle = "L’une ou l’autre"\n+++\n\nCarte ou titre.\n', encoding="utf-8")
    before = french.read_text(encoding="utf-8")
    call_command("stamp_translations", str(french), str(second))
    assert f"{before.split('translates')[1][:22]}" in french.read_text(encoding="utf-8")
    load.load_data(folder)
    texts = Entry.objects.get(pk="fi-scan-the-id-card").texts
    for valid_from in (None, day("2027-03-01")):
        both = texts.filter(valid_from=valid_from, language__in=["en", "fr"])
        english, french_text = both.order_by("language")
        assert french_text.translates == english.fingerprint


def test_a_file_says_of_what_its_entry_speaks(folder, step):
    text = step.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("speaks_of")]
    step.write_text("\n".join(lines), encoding="utf-8")
    add_line(step, 'speaks_of = "route:france-identite department:69"')
    load.load_data(folder)
    entry = Entry.objects.get(pk="fi-scan-the-id-card")
    assert entry.subjects == ["route:france-identite", "department:69"]
    wrong = step.read_text(encoding="utf-8").replace("department:69", "department:99")
    step.write_text(wrong, encoding="utf-8")
    (problem,) = problems_of(folder)
    assert "speaks_of: “department:99” is no row." in problem


def test_a_rule_that_a_file_changes_puts_its_texts_on_the_list(folder, step):
    writer_row = Entry.objects.get(pk="fi-scan-the-id-card")
    writer_row.speaks_of = "route:france-identite"
    writer.save_fact(writer_row)
    path = folder / "acceptances.csv"
    line = "titre-de-sejour,france-identite,2027-03-01,yes,official,service-public-2025-03-20,"
    content = path.read_text(encoding="utf-8")
    path.write_text(f"{content}{line}2026-11-29,2027-02-27\n", encoding="utf-8")
    Entry.objects.exclude(pk=writer_row.pk).update(speaks_of="")
    text = step.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("speaks_of")]
    step.write_text("\n".join(lines) + "\n", encoding="utf-8")
    add_line(step, 'speaks_of = "route:france-identite"')
    load.load_data(folder)
    writer_row.refresh_from_db()
    assert writer_row.reread_since is not None
    # A load that changes the text too has read it.
    step.write_text(step.read_text(encoding="utf-8") + "\nOr your titre.\n", encoding="utf-8")
    load.load_data(folder)
    writer_row.refresh_from_db()
    assert writer_row.reread_since is None


@pytest.mark.parametrize("line", ['status = "draft"', "valid_until = 2027-02-28"])
def test_files_do_not_hide_what_others_link_to(folder, line):
    term = folder / "entries" / "term" / "nfc.en.md"
    add_line(term, line)
    (problem,) = problems_of(folder)
    assert problem.startswith("entries/term/nfc.en.md, line 1: Readers would no longer see “NFC ")
    assert "entry Hold the card to the phone (en)" in problem


def test_what_an_editor_hid_or_linked_refuses_no_load(folder, editor):
    text = EntryText.objects.get(entry="recepisse", language="en")
    for row in EntryText.objects.filter(body__contains="term:recepisse"):
        row.body = "Nothing."
        writer.save_fact(row)
    text.status = "draft"
    writer.save_text(text, by=editor)
    load.load_data(folder)
    assert EntryText.objects.get(pk=text.pk).status == "draft"
