"""What differs between two versions of a row, in words: for the history, plans and conflicts.

A value is shown by the meaning of its field: a choice by its label, a row by its title, a date as
it is written, the opening of a department as one sentence, a text with the words that changed.
"""

import datetime
import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from django.db import models
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext

from rollout.facts.history import (
    SET_BY_SAVING,
    Changes,
    Version,
    changes,
    changes_by_restoring,
)
from rollout.models import Department, Entry, EntryText, Precision, Source
from rollout.models.entries import SUBJECTS
from rollout.models.texts import Text
from rollout.wording import labels

MIN_TEXT_LENGTH = 200
"""From which length on a field of a text is compared word by word."""
MAX_COMPARISONS = 1_000_000
"""Pairs of words that are compared at most: a rewritten text is shown as a whole, old and new."""
MIN_LIKENESS = 0.4
"""Share of equal words below which a passage is shown as a whole, old and new."""


class Run(NamedTuple):
    """A piece of a text: `kind` is "same", "removed", "added", or "gap" for what is left out."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One thing that differs: its label ("" where the values say it all), and how.

    `old` and `new` are values in words, as HTML or plain text; or else `removed` and `added` are
    the titles of rows, or `runs` the pieces of a text. `language` is that of a text's words, ""
    where they are those of the active language.
    """

    label: str
    old: SafeString | str = ""
    new: SafeString | str = ""
    removed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    language: str = ""

    @property
    def text(self) -> SafeString:
        """Return the pieces of a text as HTML, with what is not there any more and what is new."""
        return format_html_join("", "{}", ((_RUN_HTML[run.kind](run.text),) for run in self.runs))

    def __str__(self) -> str:
        """Return it as plain text on one line: "Opened on: 1 May 2024 → 2 May 2024"."""
        if self.runs:
            text = "".join(_RUN_TEXTS[run.kind].format(run.text) for run in self.runs)
        elif self.removed or self.added:
            parts = [gettext("removed: %(name)s") % {"name": name} for name in self.removed]
            parts += [gettext("added: %(name)s") % {"name": name} for name in self.added]
            text = "; ".join(parts)
        else:
            text = f"{strip_tags(self.old)} → {strip_tags(self.new)}" if self.old else self.new
        if not self.label:
            return text
        return gettext("%(label)s: %(text)s") % {"label": self.label, "text": text}


_RUN_TEXTS = {"same": "{}", "gap": "… ", "removed": "[−{}−]", "added": "[+{}+]"}
_RUN_HTML: dict[str, Callable[[str], str]] = {
    "same": str,
    "gap": lambda _text: "… ",
    "removed": partial(format_html, "<del>{}</del>"),
    "added": partial(format_html, "<ins>{}</ins>"),
}


class Titles:
    """The titles of rows in the active language: two queries for each model, when first needed.

    Of a source it is the publisher and day, with the description where another has the same.
    """

    def __init__(self) -> None:
        self._titles: dict[type[models.Model], dict[object, str]] = {}

    def of(self, model: type[models.Model], pk: object) -> str:
        """Return the title of a row; that it is not there any more, where it is not."""
        if model not in self._titles:
            rows: Any = model._default_manager.all()
            rows = rows.with_texts() if hasattr(rows, "with_texts") else rows
            short = Counter(row.name for row in rows) if model is Source else Counter()
            self._titles[model] = {
                row.pk: row.name if model is Source and short[row.name] == 1 else str(row)
                for row in rows
            }
        return self._titles[model].get(pk) or gettext("a row that is not there any more")


@dataclass(frozen=True)
class Line:
    """A version with what it changed, in words."""

    version: Version
    differences: list[Difference]
    titles: Titles

    @property
    def name(self) -> str:
        """Return its row with its kind, such as "activation route France Identité"."""
        model, key = _row(self.version.record)
        return f"{model._meta.verbose_name} {self.titles.of(model, key)}"

    @property
    def day(self) -> datetime.date:
        """Return the day in Paris on which it was saved."""
        return localtime(self.version.record.history_date).date()


def lines(versions: Iterable[Version]) -> list[Line]:
    """Return versions in words, in their order: two queries for each model that they name."""
    titles = Titles()
    return [Line(version, _of_version(version, titles), titles) for version in versions]


def between(old: Any, new: Any, titles: Titles | None = None) -> list[Difference]:
    """Return the differences of two history rows of the same row or text, in words."""
    return _in_words(changes(old, new), old, new, titles or Titles())


def by_restoring(version: Version) -> list[Difference]:
    """Return what bringing back a version would change, in words."""
    changed = changes_by_restoring(version.record, version.current)
    return _in_words(changed, version.current, version.record, Titles())


def of_row(row: models.Model, changed: Changes, titles: Titles | None = None) -> list[Difference]:
    """Return what differs of a row that has its new values, in words.

    `changed` has the old and the new value of each field, by its name or attribute.
    """
    old = copy(row)
    by_name: Changes = {}
    for name, (before, after) in changed.items():
        model_field = row._meta.get_field(name)
        by_name[model_field.name] = (before, after)
        if not model_field.many_to_many:
            setattr(old, name, before)
    return _in_words(by_name, old, row, titles or Titles())


def _row(record: Any) -> tuple[type[models.Model], object]:
    """Return the model and primary key of the row of a line of history, of a text's row."""
    model = record.instance_type
    if not issubclass(model, Text):
        return model, getattr(record, model._meta.pk.attname)
    owner = next(f for f in model._meta.fields if f.is_relation)
    return owner.related_model, getattr(record, owner.attname)


def _of_version(version: Version, titles: Titles) -> list[Difference]:
    return between(version.before, version.record, titles) if version.before else []


def _in_words(changed: Changes, old: Any, new: Any, titles: Titles) -> list[Difference]:
    """Return differences in the order of the fields; several fields of one meaning are one."""
    model = getattr(new, "instance_type", type(new))
    if changed.keys() - SET_BY_SAVING - {"origin"}:  # who saved it, and when, is said of every line
        changed = {name: pair for name, pair in changed.items() if name not in _REVIEW}
    language = new.language if issubclass(model, Text) else ""
    results: list[Difference] = []
    done: set[str] = set()
    for name, (before, after) in changed.items():
        group = next((group for group in _groups(model) if name in group.names), None)
        if group is None:
            model_field = model._meta.get_field(name)
            results.append(_of_field(model_field, before, after, language, titles))
        elif name not in done:
            done |= group.names
            results.append(group.difference(old, new))
    return results


# --- Several fields of one meaning ---------------------------------------------------------------


def opening(row: Department) -> SafeString:
    """Return when a department opened or will, with its suspension, as HTML, to go in a sentence.

    "open by 31 May 2024, not before 25 July 2023; suspended from 5 to 12 December 2026".
    """
    if row.opened_on is None:
        return format_html("{}", labels.opening_day(None, ""))
    patterns = {
        Precision.BY.value: gettext("open by {day}"),
        Precision.ABOUT.value: gettext("open about {day}"),
    }
    pattern = patterns.get(row.precision, gettext("open on {day}"))
    text = format_html(pattern, day=labels.day(row.opened_on))
    if row.not_before:
        pattern = gettext("{opening}, not before {day}")
        text = format_html(pattern, opening=text, day=labels.day(row.not_before))
    if row.suspended_from:
        period = labels.period(row.suspended_from, row.suspended_until)
        text = format_html(gettext("{opening}; suspended {period}"), opening=text, period=period)
    return text


class _Group(NamedTuple):
    """Fields that say one thing together: the field whose label they have, "" for none."""

    names: frozenset[str]
    labelled: str
    words: Callable[[Any], SafeString | str]

    def difference(self, old: Any, new: Any) -> Difference:
        """Return what differs between two rows; without a label the old value begins a line."""
        before, after = (self.words(row) or NOTHING for row in (old, new))
        if not self.labelled:
            return Difference("", type(before)(before[:1].upper() + before[1:]), after)
        model = getattr(new, "instance_type", type(new))
        label = capfirst(model._meta.get_field(self.labelled).verbose_name)
        return Difference(str(label), before, after)


def _review(row: Any) -> str:
    if not row.reviewed_on:
        return ""
    names = {"who": row.reviewed_by, "day": strip_tags(labels.day(row.reviewed_on))}
    return gettext("%(who)s, %(day)s") % names


def _period(row: Any) -> str:
    return str(getattr(row, "instance", row).period)


NOTHING = "–"
_REVIEW = frozenset({"reviewed_by", "reviewed_on"})
_OPENING = frozenset({"opened_on", "precision", "not_before", "suspended_from", "suspended_until"})
_GROUPS: dict[type[models.Model], list[_Group]] = {
    Department: [_Group(_OPENING, "", opening)],
    Entry: [_Group(frozenset({"day", "day_precision"}), "day", labels.entry_day)],
    Source: [
        _Group(
            frozenset({"published_on", "published_precision"}), "published_on", labels.source_day
        )
    ],
    EntryText: [
        _Group(frozenset({"valid_from", "valid_until"}), "", _period),
    ],
}


def _groups(model: type[models.Model]) -> list[_Group]:
    """Return the groups of fields of a model; of every text who reviewed it, and when."""
    review = [_Group(_REVIEW, "reviewed_by", _review)] if issubclass(model, Text) else []
    return [*review, *_GROUPS.get(model, ())]


# --- One field -----------------------------------------------------------------------------------


def _of_field(
    model_field: Any, before: Any, after: Any, language: str, titles: Titles
) -> Difference:
    """Return what differs in one field; `language` is that of a text, else ""."""
    label = str(capfirst(model_field.verbose_name))
    if model_field.name == "translates":  # fingerprints
        return Difference("", new=gettext("Marked as saying what the reference text says"))
    if model_field.many_to_many:
        names = [
            [titles.of(model_field.related_model, pk) for pk in pks] for pks in (before, after)
        ]
        return _of_lists(label, *names)
    if model_field.name == "speaks_of":
        return _of_lists(label, *(_subjects(value, titles) for value in (before, after)))
    if not _is_prose(model_field):
        language = ""
    elif before and after and (model_field.max_length or MIN_TEXT_LENGTH) >= MIN_TEXT_LENGTH:
        return Difference(label, runs=text_runs(before, after), language=language)
    old, new = (_value(model_field, value, titles) for value in (before, after))
    return Difference(label, old, new, language=language)


def _of_lists(label: str, before: list[str], after: list[str]) -> Difference:
    removed = [title for title in before if title not in after]
    return Difference(label, removed=removed, added=[t for t in after if t not in before])


def _subjects(value: str, titles: Titles) -> list[str]:
    """Return the titles of the rows of `Entry.speaks_of`."""
    references = (reference.partition(":") for reference in value.split())
    return [titles.of(SUBJECTS[kind], key) for kind, _colon, key in references if kind in SUBJECTS]


def _is_prose(model_field: Any) -> bool:
    """Tell whether a field holds words that someone wrote."""
    is_text = isinstance(model_field, models.CharField | models.TextField)
    return is_text and not model_field.choices


def _value(model_field: Any, value: Any, titles: Titles) -> SafeString | str:
    match value:
        case None | "":
            return NOTHING
        case _ if model_field.choices:
            text = str(dict(model_field.flatchoices).get(value, value))
        case _ if model_field.is_relation:
            text = titles.of(model_field.related_model, value)
        case bool():
            text = gettext("yes") if value else gettext("no")
        case datetime.datetime():
            text = date_format(localtime(value), "DATETIME_FORMAT")
        case datetime.date():
            text = labels.day(value)
        case _:
            text = str(value)
    return text


# --- The words of a text -------------------------------------------------------------------------


def text_runs(old: str, new: str) -> list[Run]:
    """Return the sentences of two texts that differ, with the sentence before and after each.

    Joined, the pieces that are not "removed" are the new text, but for the gaps. White space that
    differs is no difference.
    """
    before, after = _sentences(old), _sentences(new)
    opcodes = _matcher(before, after).get_opcodes()
    runs: list[Run] = []
    for number, (tag, start, end, new_start, new_end) in enumerate(opcodes):
        if tag != "equal":
            runs += _word_runs("".join(before[start:end]), "".join(after[new_start:new_end]))
            continue
        same = after[new_start:new_end]
        first = [] if number == 0 else same[:1]
        last = [] if number == len(opcodes) - 1 else same[-1:]
        if len(first) + len(last) >= len(same):
            runs.append(Run("same", "".join(same)))
            continue
        runs += [Run("same", text) for text in first]
        runs.append(Run("gap", ""))
        runs += [Run("same", text) for text in last]
    return runs


def _matcher(before: list[str], after: list[str]) -> difflib.SequenceMatcher[str]:
    """Return what compares two lists of words or sentences, without the space around them."""
    old, new = ([text.strip() for text in texts] for texts in (before, after))
    return difflib.SequenceMatcher(None, old, new, autojunk=False)


def _sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text, each with the space after it."""
    return re.findall(r".+?(?:[.!?…]\s+|\n\s*|\Z)", text.replace("\r\n", "\n"), re.DOTALL)


def _word_runs(old: str, new: str) -> list[Run]:
    """Return a passage with the words that changed, or as a whole where most of it did."""
    whole = [Run(kind, text) for kind, text in (("removed", old), ("added", new)) if text]
    before, after = (re.findall(r"\s*\S+\s*|\s+", text) for text in (old, new))
    if len(whole) < 2 or len(before) * len(after) > MAX_COMPARISONS:
        return whole
    matcher = _matcher(before, after)
    if matcher.ratio() < MIN_LIKENESS:
        return whole
    runs: list[Run] = []
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            runs.append(Run("same", "".join(after[new_start:new_end])))
            continue
        pieces = (("removed", before[start:end]), ("added", after[new_start:new_end]))
        runs += [Run(kind, "".join(words)) for kind, words in pieces if words]
    return runs
