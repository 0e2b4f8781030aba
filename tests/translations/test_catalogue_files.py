"""The interface as PO: what goes out comes in unchanged, and what is wrong is refused in words."""

import shutil
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command

from rollout.translations import catalogue_files, exchange, messages

LANGUAGES = [code for code, _name in settings.LANGUAGES[1:]]
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {language}\\n"
"Plural-Forms: nplurals={n}; plural={expression};\\n"

"""
ARABIC = (
    "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5)"
)
STRING = "All 101 departments"
PLURAL = "%(count)s department"


@pytest.fixture(autouse=True)
def locale(tmp_path, settings):
    """Have catalogues of our own, which a test may write; ar has two messages."""
    folder = tmp_path / "locale"
    shutil.copytree(settings.LOCALE_PATHS[0], folder)
    settings.LOCALE_PATHS = [folder]
    catalogue = Catalog(locale="ar", fuzzy=False)
    catalogue.add(STRING, "الـ 101", flags=["machine"])
    catalogue.add((PLURAL, f"{PLURAL}s"), ("",) * 6)
    catalogue.add("Choose a language of those that are here", "")
    messages.save("ar", catalogue)
    return folder


def po(body, language="ar", n=6, expression=ARABIC):
    return HEADER.format(language=language, n=n, expression=expression) + body


def message(string=STRING, translation="كل 101", *, flags=""):
    return f'{flags}msgid "{string}"\nmsgstr "{translation}"\n\n'


def plural(*forms):
    strings = "".join(f'msgstr[{number}] "{form}"\n' for number, form in enumerate(forms))
    return f'msgid "{PLURAL}"\nmsgid_plural "{PLURAL}s"\n{strings}\n'


def plan(content, **options):
    return exchange.plan(content.encode(), "file.po", **options)


def message_of(language: str, message_id: Any) -> Any:
    return messages.read(language).get(message_id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_round_trip_changes_nothing(language):
    path = messages.catalogue_path(language)
    before = path.read_bytes()
    content, count = exchange.export(language, exchange.PO)
    planned = exchange.plan(content, "file.po", language=language)
    assert (planned.changes, planned.problems, planned.notes) == ([], [], [])
    assert planned.unchanged == count
    exchange.apply(planned, by=User())
    assert path.read_bytes() == before


def test_only_what_is_missing_or_drafted_by_a_machine():
    assert exchange.export("ar", exchange.PO, "missing")[1] == 2
    content, count = exchange.export("ar", exchange.PO, "machine")
    assert count == 1
    assert b"#, machine" in content
    assert exchange.export("ar", exchange.PO, "behind")[1] == 0


def test_a_message_that_was_read_loses_its_flag_and_the_catalogue_is_written():
    planned = plan(po(message(translation="الـ 101")))
    (change,) = planned.changes
    states = (
        "drafted by a machine, not yet read by a native reader",
        "written or read by a person",
    )
    assert (change.states, change.words) == (states, [])
    assert change.lines == [f"{STRING}: {' → '.join(states)}"]
    exchange.apply(planned, by=User())
    assert "machine" not in message_of("ar", STRING).flags
    planned = plan(po(message(translation="الـ 101", flags="#, machine\n")))
    assert (planned.changes, planned.unchanged) == ([], 1)


def test_new_words_and_plural_forms_are_saved():
    forms = ("لا محافظة", "محافظة واحدة", "محافظتان", *["%(count)s محافظات"] * 3)
    planned = plan(po(message() + plural(*forms)))
    assert (planned.problems, len(planned.changes)) == ([], 2)
    exchange.apply(planned, by=User())
    assert message_of("ar", STRING).string == "كل 101"
    assert message_of("ar", PLURAL).string == forms


@pytest.mark.parametrize(
    ("body", "place", "reason"),
    [
        (message(translation="101 <b>"), STRING, "A tag of HTML is missing, or is none"),
        (message(translation="Les 101 départements"), "", ""),
        (message(translation="Все 101"), STRING, "other letters than those of its language: Все"),
        (message(translation="كل \u200f101"), STRING, "RIGHT-TO-LEFT MARK"),
        (plural(*["محافظة"] * 6), f"{PLURAL}, msgstr[3]", "A placeholder is missing"),
        (plural(*["%(n)s محافظة"] * 6), f"{PLURAL}, msgstr[0]", "-%(count)s +%(n)s"),
    ],
)
def test_what_is_surely_wrong_refuses_the_file(body, place, reason):
    problems = [str(problem) for problem in plan(po(body)).problems]
    if place:
        assert problems[0].startswith(f"file.po, {place}: ")
        assert reason in problems[0]
    else:
        assert problems == []


def test_a_number_that_changed_is_to_be_looked_at():
    (change,) = plan(po(message(translation="كل 96"))).changes
    assert (
        "To be looked at: Numbers differ from those of the reference text: -101 +96" in change.lines
    )


def test_a_fuzzy_entry_is_left_out_and_named():
    planned = plan(po(message(flags="#, fuzzy\n")))
    assert planned.changes == []
    assert planned.notes == [f"“{STRING}”: left out. It is marked as fuzzy."]


def test_strings_that_no_page_shows_are_left_out_and_named():
    planned = plan(po(message() + message("Gone", "x")))
    assert len(planned.changes) == 1
    assert planned.notes == ["Left out, as no page shows them (any more): 1, such as “Gone”."]
    assert "No message of the file is a string" in str(plan(po(message("Gone"))).problems[0])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            po(message(), n=2, expression="(n != 1)"),
            "العربية has 6 plural forms; the header says 2.",
        ),
        (po(plural(*["x"] * 7)), "The file is no PO in UTF-8: "),
        (
            po(message(), language="xx"),
            "“xx” (Language) is no language that strings are translated",
        ),
        (
            po(message(), language="en", n=2, expression="(n != 1)"),
            "“en” (Language) is no language",
        ),
        (po(message()) + 'msgid "open', "The file is no PO in UTF-8: "),
        ("hello", "The file is no PO in UTF-8: "),
        ("", "“” (Language) is no language"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(content, reason):
    (problem,) = plan(content).problems
    assert str(problem).startswith("file.po: ")
    assert reason in str(problem)


def test_a_file_in_another_language_or_encoding_is_refused():
    assert "not in Polski" in str(plan(po(message()), language="pl").problems[0])
    content = po(message()).encode("utf-16")
    assert "no PO in UTF-8" in str(exchange.plan(content, "file.po").problems[0])
    assert "at most" in str(exchange.plan(b"#" * 5_000_001, "file.po").problems[0])


def test_the_command_writes_the_catalogue(tmp_path, capsys, db, editor):
    file = tmp_path / "ar.po"
    call_command("export_translations", "ar", str(file))
    assert capsys.readouterr().out == f"{file}: 3 messages\n"
    file.write_text(po(message()), encoding="utf-8")
    call_command("import_translations", str(file), "--by", editor.get_username())
    assert "1 changed, 0 unchanged." in capsys.readouterr().out
    assert message_of("ar", STRING).string == "كل 101"


# --- The catalogues that there are ----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_translated_has_no_error(language, locale, settings):
    settings.LOCALE_PATHS = [settings.BASE_DIR / "rollout" / "locale"]
    wrong = [
        f"{catalogue_files.name_of(message)}: {form} {finding}"
        for message in messages.read(language)
        if message.id and messages.is_translated(message.string)
        for form, finding in catalogue_files.message_findings(
            message, catalogue_files.strings_of(message.string), language
        )
        if finding.is_error
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalogue_has_a_fuzzy_message_or_another_number_of_plural_forms(language, settings):
    settings.LOCALE_PATHS = [settings.BASE_DIR / "rollout" / "locale"]
    catalogue = messages.read(language)
    assert not [message.id for message in catalogue if message.id and message.fuzzy]
    forms = Catalog(locale=catalogue.locale).num_plurals
    assert catalogue.num_plurals == forms
    for message_ in catalogue:
        if isinstance(message_.id, tuple):
            assert len(message_.string or ()) == forms, message_.id


def test_collecting_again_keeps_words_and_the_flag_of_a_machine(settings):
    settings.LOCALE_PATHS = [settings.LOCALE_PATHS[0]]
    messages.merge("ar")
    kept = message_of("ar", STRING)
    assert kept.string == "الـ 101"
    assert "machine" in kept.flags
    assert not kept.fuzzy
    messages.merge("ar")
    assert "machine" in message_of("ar", STRING).flags
