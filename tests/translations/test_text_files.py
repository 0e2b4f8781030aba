"""Texts as XLIFF 2: what goes out comes in unchanged, and what is wrong is refused in words."""

import datetime
import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from defusedxml.ElementTree import fromstring
from django.conf import settings
from django.core.management import CommandError, call_command

from rollout.facts import writer
from rollout.models import (
    DepartmentText,
    EntryText,
    HealthSchemeText,
    SourceText,
    WaveText,
)
from rollout.models.texts import Origin, Text
from rollout.translations import exchange
from rollout.translations.plans import ImportRefusedError
from rollout.translations.units import TEXT_MODELS, text_units

NAMESPACE = "{urn:oasis:names:tc:xliff:document:2.0}"
WORDS = {"ar": "بطاقة الصحة", "zh-hans": "健康卡应用程序的使用说明", "de": "Gesundheitskarte"}
TODAY = datetime.date(2026, 12, 1)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_full_languages")]


@pytest.fixture(autouse=True)
def _day():
    with time_machine.travel("2026-12-01T12:00:00+01:00", tick=False):
        yield


def translated(text, language):
    """Return a text with a word of the language in each paragraph and line: all else stays."""
    return re.sub(r"(?m)^(- |### |)(?=.)", rf"\1{WORDS[language]} ", text)


FEW = ("entry:nir", "entry:no-code-by-e-mail", "entry:ameli", "healthscheme:general")


def translate(language, origin=Origin.MACHINE, keys=FEW):
    """Write translations of those texts, None: all, of the scope of a language that have none."""
    rows: dict[Any, list[Any]] = {model: [] for model in TEXT_MODELS}
    for unit in text_units(language):
        if unit.is_missing and (keys is None or unit.key in keys):
            text = unit.translation
            for name in unit.fields:
                setattr(text, name, translated(getattr(unit.reference, name), language)[:110])
            if isinstance(text, EntryText):
                reference: Any = unit.reference
                text.body = translated(reference.body, language)
            text.origin, text.translates = origin, unit.reference.fingerprint
            rows[type(text)].append(text)
    for model in TEXT_MODELS:
        writer.create_facts(rows[model])


def export(language, only=""):
    content, _count = exchange.export(language, exchange.XLIFF, only)
    return content.decode()


def plan(content, **options):
    return exchange.plan(content.encode(), "file.xlf", **options)


def edited(content, unit, *, target=None, source=None, state=None):
    """Return an XLIFF with other words of a unit, or another state of the whole text."""
    root = fromstring(content)
    for element in root.iter(f"{NAMESPACE}unit"):
        segment = element.find(f"{NAMESPACE}segment")
        if element.get("id") == unit:
            for name, text in (("source", source), ("target", target)):
                if text is not None:
                    child = segment.find(f"{NAMESPACE}{name}")
                    if child is None:
                        child = ElementTree.SubElement(segment, f"{NAMESPACE}{name}")
                    child.text = text
        if state and element.get("id").startswith(unit.rpartition(":")[0] + ":"):
            segment.set("state", state)
    return ElementTree.tostring(root, encoding="unicode")


def target_of(content, unit):
    root = fromstring(content)
    (found,) = [e for e in root.iter(f"{NAMESPACE}unit") if e.get("id") == unit]
    return found.find(f"{NAMESPACE}segment/{NAMESPACE}target").text


def rows():
    """Return all that the database has of texts, with the number of lines of their histories."""
    models: Iterable[Any] = TEXT_MODELS
    return {
        model: (list(model.objects.order_by("pk").values()), model.history.count())
        for model in models
    }


# --- Out and in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["fr", "ar", "zh-hans"])
def test_a_round_trip_changes_nothing(language, editor):
    writer.publish_update(
        "A note of\r\ntwo lines & “quotes”.", by=editor, translations={"fr": "Une note."}
    )
    if language != "fr":
        translate(language, keys=None)
    EntryText.objects.filter(entry="nir", language=language).update(
        body='Lines\r\nthat end in two ways,\n<em>markup</em>, "quotes" & a [link](term:cpam). '
    )
    before = rows()
    content = export(language)
    returned = plan(content)
    assert (returned.changes, returned.problems, returned.notes) == ([], [], [])
    assert returned.unchanged == len(list(text_units(language)))
    exchange.apply(returned, by=editor)
    assert rows() == before


def test_every_kind_of_text_goes_out_and_notes_sources_and_updates_only_in_french(editor):
    writer.publish_update("A note.", by=editor)
    kinds = {unit.kind for unit in text_units("ar")}
    assert kinds == {"entry", "wave", "activationroute", "identitydocument", "healthscheme"}
    assert {unit.kind for unit in text_units("fr")} == kinds | {"department", "source", "update"}
    assert not any(
        unit.row.kind == "correction" for unit in text_units("ar") if unit.kind == "entry"
    )
    assert any(unit.row.kind == "correction" for unit in text_units("fr") if unit.kind == "entry")


def test_a_unit_says_what_a_translator_has_to_know():
    translate("ar")
    root = fromstring(export("ar"))
    assert (root.get("version"), root.get("srcLang"), root.get("trgLang")) == ("2.0", "en", "ar")
    (unit,) = [
        e for e in root.iter(f"{NAMESPACE}unit") if e.get("id") == "entry:no-code-by-e-mail:body"
    ]
    notes = {note.get("category"): note.text for note in unit.iter(f"{NAMESPACE}note")}
    reference = EntryText.objects.get(entry="no-code-by-e-mail", language="en")
    assert notes["context"].endswith("I do not receive the code by e-mail (text)")
    assert notes["glossary"].startswith("ameli: " + WORDS["ar"])
    assert notes["fingerprint"] == reference.fingerprint
    with_french = [n.text for n in root.iter(f"{NAMESPACE}note") if n.get("category") == "french"]
    assert with_french


def test_chinese_is_named_with_its_script_and_found_again():
    translate("zh-hans")
    content = export("zh-hans")
    assert 'trgLang="zh-Hans"' in content
    assert plan(content).language == "zh-hans"


def test_only_what_is_missing_left_behind_or_drafted_by_a_machine():
    assert export("ar", "missing") == export("ar")
    translate("ar")
    number = len(list(text_units("ar")))
    assert exchange.export("ar", exchange.XLIFF, "missing")[1] == number - len(FEW)
    assert exchange.export("ar", exchange.XLIFF, "machine")[1] == len(FEW)
    EntryText.objects.filter(entry="nir", language="ar").update(
        translates="0" * 16, origin="person"
    )
    content, count = exchange.export("ar", exchange.XLIFF, "behind")
    assert count == 1
    assert b'<group id="entry:nir">' in content
    assert b'state="initial"' in content
    assert b"The reference text has changed since." in content


# --- What a translator did ------------------------------------------------------------------------


def test_a_new_translation_is_saved_with_its_state_and_the_note(editor):
    content = export("de", "missing")
    unit = "wave:june-2024"
    for name, words in (("name", "Juni 2024"), ("note", None)):
        source = getattr(WaveText.objects.get(wave="june-2024", language="en"), name)
        content = edited(
            content, f"{unit}:{name}", target=words or translated(source, "de"), state="reviewed"
        )
    planned = plan(content)
    assert planned.problems == []
    (change,) = planned.changes
    assert change.lines[0].endswith("missing → written by a person")
    assert "name: nothing → “Juni 2024”" in change.lines
    exchange.apply(planned, by=editor, note="from the office")
    text = WaveText.objects.get(wave="june-2024", language="de")
    reference = WaveText.objects.get(wave="june-2024", language="en")
    assert (text.name, text.origin, text.status) == ("Juni 2024", "person", "published")
    assert text.translates == reference.fingerprint
    line = text.history.get()
    assert (line.history_user, line.history_change_reason) == (editor, "from the office")
    assert plan(export("de")).changes == []


def test_words_that_a_tool_gave_back_as_translated_are_a_draft_of_a_machine():
    translate("ar", Origin.PERSON)
    words = f"{WORDS['ar']} {WORDS['ar']}"
    planned = plan(edited(export("ar"), "entry:nir:title", target=words, state="translated"))
    assert [text.origin for text in planned.texts] == ["machine"]


def test_a_lower_state_alone_changes_nothing():
    translate("ar", Origin.PERSON)
    for state in ("initial", "translated"):
        assert plan(edited(export("ar"), "entry:nir:title", state=state)).changes == []


def test_approving_needs_the_role_of_who_read_it(editor):
    translate("ar")
    content = edited(export("ar"), "entry:nir:title", state="final")
    (problem,) = plan(content).problems
    assert str(problem) == (
        "file.xlf, entry:nir: It would be approved (state final): by whom? Give the role."
    )
    planned = plan(content, role="native reader")
    exchange.apply(planned, by=editor)
    text = EntryText.objects.get(entry="nir", language="ar")
    assert (text.origin, text.reviewed_by, text.reviewed_on) == ("approved", "native reader", TODAY)
    assert text.body == planned.texts[0].body
    assert plan(export("ar")).changes == []


def test_a_translation_left_behind_is_current_once_someone_says_so(editor):
    translate("ar")
    EntryText.objects.filter(entry="nir", language="ar").update(translates="0" * 16)
    content = export("ar", "behind")
    assert plan(content).changes == []
    planned = plan(edited(content, "entry:nir:title", state="reviewed"))
    exchange.apply(planned, by=editor)
    text = EntryText.objects.get(entry="nir", language="ar")
    assert text.translates == EntryText.objects.get(entry="nir", language="en").fingerprint


def test_a_file_of_an_earlier_english_text_says_so(editor):
    content = export("ar")
    title = f"{WORDS['ar']} NIR"
    old = {"title": "An old title", "body": "An old text."}
    for name, source in old.items():
        target = title if name == "title" else WORDS["ar"]
        content = edited(content, f"entry:nir:{name}", source=source, target=target)
    planned = plan(content)
    assert planned.problems == []
    assert planned.notes == [
        "entry:nir: it translates another English text than today’s, and is marked so."
    ]
    exchange.apply(planned, by=editor)
    text = EntryText.objects.get(entry="nir", language="ar")
    assert text.is_behind(EntryText.objects.get(entry="nir", language="en"))


def test_a_file_of_an_earlier_english_text_takes_no_newer_translation_away():
    translate("ar")
    content = edited(export("ar"), "entry:nir:title", source="Old", target=WORDS["ar"])
    planned = plan(content)
    assert planned.changes == []
    reason = "It translates another English text than today’s, and the present one does not."
    assert planned.notes == [f"entry:nir: left out. {reason}"]


# --- What is refused ------------------------------------------------------------------------------


def with_words(words, unit="entry:no-code-by-e-mail:body", language="ar"):
    """Return the plan of a file in which the words of a unit go through a function."""
    translate(language)
    content = export(language)
    return plan(edited(content, unit, target=words(target_of(content, unit))))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (lambda text: text.replace("term:ameli", "term:cpam"), "A link leads elsewhere"),
        (lambda text: text.replace("](term:ameli)", "]"), "A link leads elsewhere"),
        (lambda text: text + " %(count)s", "A placeholder is missing, or is none"),
        (lambda text: text + " <b>x</b>", "A tag of HTML is missing, or is none"),
        (
            lambda text: text + "\u200b",
            "invisible characters, which may turn the order of words: ZERO WIDTH",
        ),
        (lambda text: "\u202e" + text, "RIGHT-TO-LEFT OVERRIDE"),
        (lambda text: text + " Привет", "other letters than those of its language: Привет"),
        (lambda _text: " ", "It is empty."),
    ],
)
def test_what_is_surely_wrong_refuses_the_file_with_unit_and_field(words, reason, editor):
    planned = with_words(words)
    before = rows()
    assert planned.changes == []
    (problem,) = planned.problems
    assert str(problem).startswith("file.xlf, entry:no-code-by-e-mail, body: ")
    assert reason in str(problem)
    with pytest.raises(ImportRefusedError, match="entry:no-code-by-e-mail"):
        exchange.apply(planned, by=editor)
    assert rows() == before


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (lambda text: text.replace("\n\n", "\n"), "body: Its paragraphs and lists are not"),
        (lambda text: "```\n" + text, "body: Its paragraphs and lists are not"),
        (lambda text: text + " 27", "body: Numbers differ from those of the reference text: +27"),
        (lambda text: text + " and more" * 200, "body: It is much shorter or longer than"),
    ],
)
def test_what_may_be_wrong_is_printed_with_the_plan(words, reason):
    (change,) = with_words(words).changes
    assert any(line.startswith(f"To be looked at: {reason}") for line in change.lines)


def test_a_name_that_is_too_long_and_a_dead_link_are_refused_as_the_form_refuses_them():
    planned = with_words(lambda _text: WORDS["ar"] * 40, "healthscheme:general:name")
    assert "healthscheme:general, name: Ensure this value has at most 120 characters" in str(
        planned.problems[0]
    )
    content = export("ar")
    source = "See [x](term:no-such-term)."
    for name in ("title", "body"):
        content = edited(
            content,
            f"entry:nir:{name}",
            source=source,
            target=f"{WORDS['ar']} [x](term:no-such-term)",
        )
    EntryText.objects.filter(entry="nir", language="ar").update(translates="0" * 16)
    assert "term:no-such-term leads nowhere" in str(plan(content).problems)


def test_half_a_translation_is_refused():
    planned = plan(edited(export("ar"), "entry:nir:title", target=WORDS["ar"]))
    assert str(planned.problems[0]).startswith(
        "file.xlf, entry:nir: The translation would be incomplete"
    )


XLIFF_12 = """<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file source-language="en"
target-language="ar" datatype="plaintext" original="x"><body/></file></xliff>"""
XLIFF_2 = """<xliff xmlns="urn:oasis:names:tc:xliff:document:{ns}" version="{version}" srcLang="{source}"
trgLang="{target}"><file id="f"><unit id="{unit}"><segment state="{state}"><source>NIR</source>
<target>{words}</target></segment></unit></file></xliff>"""


def xliff(**values):
    defaults = {"ns": "2.0", "version": "2.0", "source": "en", "target": "ar"}
    defaults |= {"unit": "entry:nir:title", "state": "translated", "words": "NIR"}
    return XLIFF_2.format(**defaults | values)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<", "not well-formed XML"),
        ("<html></html>", "The file is no XLIFF: it begins with <html>."),
        (XLIFF_12, "The file is XLIFF 1.2; 2.0 to 2.2 can be read."),
        (xliff(ns="3.0", version="3.0"), "The file is XLIFF 3.0"),
        (xliff(source="fr"), "The file translates from “fr”"),
        (xliff(target="xx"), "“xx” (trgLang) is no language that texts are translated into."),
        (xliff(target="en"), "“en” (trgLang) is no language that texts are translated into."),
        (
            xliff(unit="entry:no-such:title"),
            "No unit of the file is a text of this site: entry:no-such:title.",
        ),
        (
            xliff(state="signed-off"),
            "has the state “signed-off”, which is none of initial, translated",
        ),
        (xliff(words="<ph id='1'/>"), "Unit “entry:nir:title” holds codes (ph)"),
        (xliff().replace("</file>", "<unit id='entry:nir:title'/></file>"), "is there twice"),
        (
            '<!DOCTYPE x [<!ENTITY a "b">]>' + xliff(words="&a;"),
            "declares entities or a document type",
        ),
        (
            '<!DOCTYPE x SYSTEM "file:///etc/passwd">' + xliff(),
            "declares entities or a document type",
        ),
        (" " * 5_000_001 + "<x/>", "The file is too large: 5 MB at most."),
        ("<?xml version='1.0' encoding='no-such'?><x/>", "not well-formed XML"),
        (xliff().replace("NIR", "\x07"), "not well-formed XML"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(content, reason):
    (problem,) = plan(content).problems
    assert str(problem).startswith("file.xlf: ")
    assert reason in str(problem)


@pytest.mark.parametrize(("ns", "version"), [("2.0", "2.0"), ("2.0", "2.1"), ("2.2", "2.2")])
def test_each_version_of_xliff_2_is_read(ns, version):
    translate("ar")
    planned = plan(xliff(ns=ns, version=version, words="NIR رقم", state="reviewed"))
    assert planned.problems == []
    # Its reference text is another than today’s.
    assert len(planned.notes) == 1


def test_a_file_in_another_language_than_claimed_is_refused():
    translate("ar")
    (problem,) = plan(export("ar"), language="uk").problems
    assert str(problem) == "file.xlf: The file says that it is in العربية, not in Українська."
    relabelled = edited(export("ar", "machine"), "entry:nir:body", target="Українською " * 20)
    assert "other letters than those of its language" in str(plan(relabelled).problems)


def test_units_that_are_no_more_are_left_out_and_named():
    translate("ar")
    content = export("ar").replace('id="entry:nir:title"', 'id="entry:gone:title"')
    planned = plan(content)
    assert planned.problems == []
    assert planned.notes == ["Left out, as there is no such text (any more): entry:gone:title."]


def test_segments_that_a_tool_made_are_one_text_again():
    translate("ar")
    reference = EntryText.objects.get(entry="ameli", language="en").body
    body = EntryText.objects.get(entry="ameli", language="ar").body
    content = export("ar")
    (source_1, source_2), (target_1, target_2) = (t.split(". ", 1) for t in (reference, body))
    whole = re.compile(
        r'(<unit id="entry:ameli:body">.*?)<segment state="translated">.*?</segment>', re.DOTALL
    )
    segments = (
        f'<segment state="translated"><source>{source_1}.</source><target>{target_1}.</target>'
        "</segment><ignorable><source> </source></ignorable>"
        f'<segment state="final"><source>{source_2}</source>'
        f'<target><mrk id="m1">{target_2}</mrk></target></segment>'
    )
    planned = plan(whole.sub(lambda match: match[1] + segments, content))
    assert (planned.problems, planned.changes, planned.notes) == ([], [], [])


# --- Commands -------------------------------------------------------------------------------------


def test_the_commands_print_the_plan_and_save_all_or_nothing(tmp_path, editor, capsys):
    translate("ar")
    file = tmp_path / "ar.xlf"
    call_command("export_translations", "ar", str(file))
    assert capsys.readouterr().out == f"{file}: {len(list(text_units('ar')))} texts\n"
    words = f"{WORDS['ar']} NIR"
    file.write_text(edited(file.read_text(), "entry:nir:title", target=words), encoding="utf-8")
    call_command("import_translations", str(file), "--dry-run")
    out = capsys.readouterr().out
    assert "entry:nir (" in out
    assert out.endswith(f"1 would change, {len(list(text_units('ar'))) - 1} unchanged.\n")
    with pytest.raises(CommandError, match="Name the editor"):
        call_command("import_translations", str(file))
    assert EntryText.objects.get(entry="nir", language="ar").title != words
    call_command("import_translations", str(file), "--by", editor.get_username(), "--note", "Read.")
    text = EntryText.objects.get(entry="nir", language="ar")
    assert text.title == words
    assert text.history.first().history_change_reason == "Read."
    file.write_text(
        edited(file.read_text(), "entry:nir:title", target=f"{words}\u200b"), encoding="utf-8"
    )
    with pytest.raises(
        CommandError, match=r"1 to correct:\n  ar.xlf, entry:nir, title: It has inv"
    ):
        call_command("import_translations", str(file), "--by", editor.get_username())
    with pytest.raises(CommandError, match=r"cannot be read: No such file"):
        call_command("import_translations", str(tmp_path / "none.xlf"))
    with pytest.raises(CommandError, match="There is nothing of this kind"):
        call_command("export_translations", "ar", str(file), "--only", "behind")
    with pytest.raises(CommandError, match="Name a file that ends with"):
        call_command("export_translations", "ar", "file.docx")


def test_what_an_import_saved_is_not_undone_by_a_load(editor):
    """The file says otherwise, but the last change was an editor's."""
    content = export("fr")
    title = EntryText.objects.get(entry="nir", language="fr").title
    exchange.apply(plan(edited(content, "entry:nir:title", target=f"{title} !")), by=editor)
    assert writer.was_edited_by_hand(EntryText.objects.get(entry="nir", language="fr"))


def test_models_of_texts_are_all_in_the_list():
    assert set(TEXT_MODELS) == set(Text.__subclasses__())
    assert {DepartmentText, SourceText, HealthSchemeText} < set(TEXT_MODELS)
    assert len(settings.LANGUAGES) == 13
