"""What is translated into a language, and what is not: the texts of its scope, and the interface.

A text of the scope is a published reference text, of today or later, of an active row that pages
of the language show. Three queries for each model of texts, however many languages and rows.
"""

import datetime
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.db import models
from django.db.models import TextChoices
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from rollout.dates import today
from rollout.facts.links import row_field
from rollout.kinds import Kind, is_in_every_language
from rollout.models import EntryText
from rollout.models.texts import Origin, Text, TextStatus, fingerprint, reference_language
from rollout.translations import messages
from rollout.translations.units import TEXT_MODELS, reference_texts

INTERFACE = "interface"
"""The kind of the strings of code and templates."""


class State(TextChoices):
    """What there is of a text in a language: of several that fit, the first."""

    MISSING = "missing", _("missing")
    DRAFT = "draft", _("draft")
    BEHIND = "behind", _("left behind by a change")
    MACHINE = "machine", _("drafted by a machine, to be read")
    APPROVED = "approved", _("read and approved")
    PERSON = "person", _("written by a person")


NOT_PUBLIC = frozenset({State.MISSING, State.DRAFT})
"""The states in which readers are shown the reference text instead."""


class UnitState(NamedTuple):
    """A reference text, and what there is of it in a language.

    `reference` and `text` are primary keys of `model`, `row` is that of the row; `text` is None
    where it is missing. `first` is the first day of a reference text that begins later.
    """

    kind: str
    model: type[Text]
    row: object
    reference: int
    language: str
    state: State
    text: int | None = None
    first: datetime.date | None = None

    @property
    def key(self) -> str:
        """Return its name in addresses, such as "entrytext-12": the same in every language."""
        return f"{self.model._meta.model_name}-{self.reference}"

    @property
    def row_model(self) -> type[models.Model]:
        """Return the model of its row."""
        related: Any = row_field(self.model).related_model
        return related  # type: ignore[no-any-return]


class _Period(NamedTuple):
    """A text without its words; without first or last day, that of all time."""

    pk: int
    row: object
    language: str
    status: str
    origin: str
    translates: str
    first: datetime.date | None = None
    last: datetime.date | None = None

    def begins_by(self, day: datetime.date) -> bool:
        """Tell whether its first day is not after a day."""
        return self.first is None or self.first <= day

    def lasts_until(self, day: datetime.date) -> bool:
        """Tell whether its last day is not before a day."""
        return self.last is None or self.last >= day


@dataclass
class KindCoverage:
    """How many texts of a kind are in which state."""

    kind: str
    label: str
    states: Counter[State] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Return how many there are in the scope."""
        return self.states.total()

    @property
    def shown(self) -> int:
        """Return how many readers are shown in the language."""
        return self.total - sum(self.states[state] for state in NOT_PUBLIC)

    @property
    def counts(self) -> list[int]:
        """Return how many there are in each state, in the order of `State`."""
        return [self.states[state] for state in State]

    @property
    def percent(self) -> int:
        """Return the share that readers are shown, in per cent: 100 only where it is all."""
        return self.shown * 100 // self.total if self.total else 100

    @property
    def read_percent(self) -> int:
        """Return the share that a person wrote or approved, and that is current, in per cent."""
        read = self.states[State.APPROVED] + self.states[State.PERSON]
        return read * 100 // self.total if self.total else 100


@dataclass
class LanguageCoverage:
    """The coverage of a language: by kind, and in all."""

    language: str
    kinds: list[KindCoverage]

    @property
    def name(self) -> str:
        """Return the name of the language in the active one."""
        return str(get_language_info(self.language)["name_translated"])

    @property
    def total(self) -> KindCoverage:
        """Return the sum of all kinds."""
        states: Counter[State] = Counter()
        for kind in self.kinds:
            states += kind.states
        return KindCoverage("", gettext("All"), states)

    @property
    def lines(self) -> list[KindCoverage]:
        """Return the kinds, and their sum."""
        return [*self.kinds, self.total]


def kind_labels() -> dict[str, str]:
    """Return the kinds of texts, each with its label in the active language, in their order."""
    labels = {INTERFACE: gettext("words of the pages and forms")}
    labels |= {f"entry-{kind}": str(kind.label) for kind in Kind}
    for model in TEXT_MODELS[1:]:
        related: Any = row_field(model).related_model
        labels[related._meta.model_name] = str(related._meta.verbose_name_plural)
    return {kind: str(capfirst(label)) for kind, label in labels.items()}


def coverage(codes: Sequence[str]) -> list[LanguageCoverage]:
    """Return the coverage of some languages, the reference language left out.

    24 queries at most, whatever the number of languages.
    """
    labels = kind_labels()
    counts: dict[tuple[str, str], Counter[State]] = {}
    translated = [code for code in codes if code != reference_language()]
    for unit in units(translated):
        counts.setdefault((unit.language, unit.kind), Counter())[unit.state] += 1
    for code in translated:
        counts[code, INTERFACE] = interface_states(code)
    return [
        LanguageCoverage(
            code,
            [
                KindCoverage(kind, label, counts[code, kind])
                for kind, label in labels.items()
                if counts.get((code, kind))
            ],
        )
        for code in translated
    ]


def missing_for_public(language: str) -> list[str]:
    """Return what must be there before a language may become public, in sentences; [] for none.

    That is every text of its scope, published, and every string of the interface.
    """
    (covered,) = coverage([language])
    sentences = []
    for kind in covered.kinds:
        count = sum(kind.states[state] for state in NOT_PUBLIC)
        if count:
            text = gettext("%(kind)s: %(missing)s of %(total)s are missing or drafts")
            values = {"kind": kind.label, "missing": count, "total": kind.total}
            sentences.append(text % values)
    if not any(kind.kind == INTERFACE for kind in covered.kinds):
        sentences.insert(0, gettext("the catalogue of the words of pages and forms"))
    return sentences


# --- Rows of the database -------------------------------------------------------------------------


def units(codes: Collection[str], kind: str = "") -> Iterator[UnitState]:
    """Yield the texts of the scope of some languages, of one kind or all, in reading order.

    By model, row and language, languages in the order of the settings. Two queries for each model.
    """
    in_order = [code for code, _name in settings.LANGUAGES if code in codes]
    for model in TEXT_MODELS:
        row_model: Any = row_field(model).related_model
        is_entry = model is EntryText and kind.startswith("entry-")
        if not kind or is_entry or kind == row_model._meta.model_name:
            yield from _units_of_model(model, in_order, kind)


def _units_of_model(model: Any, codes: Sequence[str], kind: str) -> Iterator[UnitState]:
    """Yield the texts of the scope of one model."""
    others: dict[object, list[_Period]] = {}
    scope = codes if model is EntryText else _shown(codes, model)
    if not scope:
        return
    rows = model.objects.filter(language__in=scope).exclude(language=reference_language())
    for period in _periods(rows):
        others.setdefault(period.row, []).append(period)
    this_day = today()
    for reference, row_kind, words in _references(model, kind):
        of_row = others.get(reference.row, [])
        first_day = max(reference.first or this_day, this_day)
        print_of_words = ""
        for code in _shown(scope, model, row_kind):
            if code == reference_language():
                continue
            fitting = [
                period
                for period in of_row
                if period.language == code
                and period.begins_by(first_day)
                and period.lasts_until(first_day)
            ]
            fitting.sort(key=lambda period: period.status != TextStatus.PUBLISHED)
            text = fitting[0] if fitting else None
            if text and text.translates and not print_of_words:
                print_of_words = fingerprint(*words)
            yield UnitState(
                row_kind,
                model,
                reference.row,
                reference.pk,
                code,
                _state(text, print_of_words),
                text and text.pk,
                reference.first if reference.first and reference.first > this_day else None,
            )


def _state(text: _Period | None, of_reference: str) -> State:
    if text is None:
        return State.MISSING
    if text.status != TextStatus.PUBLISHED:
        return State.DRAFT
    if text.translates and text.translates != of_reference:
        return State.BEHIND
    return {Origin.MACHINE.value: State.MACHINE, Origin.APPROVED.value: State.APPROVED}.get(
        text.origin, State.PERSON
    )


def _shown(codes: Sequence[str], model: Any, row_kind: str = "") -> list[str]:
    """Return those of some languages in which rows of this model or kind are shown."""
    if model is EntryText:
        is_everywhere = is_in_every_language(row_kind.removeprefix("entry-"))
    else:
        is_everywhere = row_field(model).related_model.is_in_every_language
    return [code for code in codes if is_everywhere or code in settings.FULL_LANGUAGES]


def _references(model: Any, kind: str) -> Iterator[tuple[_Period, str, tuple[str, ...]]]:
    """Yield the reference texts of the scope, each with its kind and its words."""
    row_kind = row_field(model).related_model._meta.model_name
    rows = reference_texts(model)
    if model is EntryText and kind:
        rows = rows.filter(entry__kind=kind.removeprefix("entry-"))
    period_names, of_kind = _period_names(model), ["entry__kind"] if model is EntryText else []
    for values in rows.values_list(*period_names, *model.text_fields, *of_kind):
        count = len(period_names)
        words = values[count : count + len(model.text_fields)]
        yield _Period(*values[:count]), f"entry-{values[-1]}" if of_kind else row_kind, words


def _periods(rows: models.QuerySet[Any]) -> Iterator[_Period]:
    for values in rows.order_by().values_list(*_period_names(rows.model)):
        yield _Period(*values)


def _period_names(model: Any) -> list[str]:
    names = ["pk", row_field(model).attname, "language", "status", "origin", "translates"]
    return [*names, "valid_from", "valid_until"] if model is EntryText else names


# --- Strings of the interface ---------------------------------------------------------------------


def interface_states(language: str) -> Counter[State]:
    """Return how many strings that the pages of a language need are in which state.

    Needed is what the complete catalogue (that of the first translated language of FULL_LANGUAGES)
    has for its scope; the catalogues (.po) are read again when their files change. Releases have
    them beside the compiled ones (.mo): without its .po all strings of a language are missing, and
    without the complete one nothing is counted.
    """
    full = next(code for code in settings.FULL_LANGUAGES if code != reference_language())
    complete, own = messages.catalogue_path(full), messages.catalogue_path(language)
    if not complete.exists():
        return Counter()
    return _interface_states(
        language, complete, complete.stat().st_mtime_ns, own.exists() and own.stat().st_mtime_ns
    )


@lru_cache(maxsize=32)
def _interface_states(
    language: str, complete: Path, _written: int, _own_written: int
) -> Counter[State]:
    """Return the states of strings, for the dates of both files in nanoseconds."""
    with complete.open("rb") as file:
        catalogue = read_po(file)
    own = messages.read(language)
    return Counter(
        _message_state(own, message) for message in messages.in_scope(catalogue, language)
    )


def _message_state(own: Catalog, needed: Any) -> State:
    identifier = needed.id[0] if isinstance(needed.id, tuple | list) else needed.id
    message = own.get(identifier, needed.context)
    if message is None or message.fuzzy or not (message.string and all(message.string)):
        return State.MISSING
    return State.MACHINE if "machine" in message.flags else State.PERSON
