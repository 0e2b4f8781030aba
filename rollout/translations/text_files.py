"""Texts of the database as XLIFF 2: out for a translator, and in again as a plan.

What a state of XLIFF means here: `initial`, to be translated, or left behind by a change of the
reference text; `translated`, a draft that no native reader has read; `reviewed`, written by a
person; `final`, read and approved by a native reader.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from rollout import markdown
from rollout.dates import today
from rollout.facts import writer
from rollout.kinds import Kind
from rollout.models import EntryText
from rollout.models.texts import Origin, Text, fingerprint, reference_language
from rollout.translations import xliff
from rollout.translations.checks import findings
from rollout.translations.plans import Plan, UnitChange, WordsChange
from rollout.translations.units import TextUnit, text_units
from rollout.translations.xliff import State, XliffFile, XliffUnit

STATES = {Origin.PERSON: State.REVIEWED, Origin.APPROVED: State.FINAL}
"""The state of a translation by its origin; `translated` for all others."""
ORIGINS = {
    State.TRANSLATED: Origin.MACHINE,
    State.REVIEWED: Origin.PERSON,
    State.FINAL: Origin.APPROVED,
}

MISSING, BEHIND, MACHINE = "missing", "behind", "machine"
SELECTIONS: Mapping[str, Callable[[TextUnit], bool]] = {
    "": lambda _unit: True,
    MISSING: lambda unit: unit.is_missing,
    BEHIND: lambda unit: unit.is_behind,
    MACHINE: lambda unit: unit.translation.is_machine_draft and not unit.is_missing,
}
"""Which texts a file has, by the name of the choice."""


def language_tag(language: str) -> str:
    """Return the tag (BCP 47) of one of the site's languages: zh-Hans for zh-hans."""
    base, _hyphen, script = language.partition("-")
    return f"{base}-{script.title()}" if script else base


# --- Out ------------------------------------------------------------------------------------------


def export_texts(language: str, only: str = "") -> XliffFile:
    """Return the texts of the scope of a language, or those that `only` selects (SELECTIONS)."""
    terms = _terms(language)
    file = XliffFile(language_tag(reference_language()), language_tag(language))
    for unit in text_units(language):
        if SELECTIONS[only](unit):
            file.groups[unit.key] = [
                XliffUnit(
                    f"{unit.key}:{name}",
                    getattr(unit.reference, name),
                    getattr(unit.translation, name),
                    state_of(unit),
                    _notes(unit, name, terms),
                )
                for name in unit.fields
            ]
    return file


def counts(language: str) -> dict[str, int]:
    """Return how many texts each of SELECTIONS has in a language."""
    in_scope = list(text_units(language))
    return {only: sum(map(is_one, in_scope)) for only, is_one in SELECTIONS.items()}


def state_of(unit: TextUnit) -> State:
    """Return the state of a translation: `initial` if it is missing or behind."""
    if unit.is_missing or unit.is_behind:
        return State.INITIAL
    return STATES.get(Origin(unit.translation.origin or Origin.MACHINE), State.TRANSLATED)


def _notes(unit: TextUnit, name: str, terms: Mapping[str, str]) -> dict[str, str]:
    """Return what a translator is to know of a field, by the category of the note."""
    source = getattr(unit.reference, name)
    of_source: Any = type(unit.reference)._meta.get_field(name)
    kind = Kind(unit.row.kind).label if unit.kind == "entry" else unit.row._meta.verbose_name
    linked = [target.partition(":")[2] for target in markdown.odd_targets(source)]
    used = dict.fromkeys(slug for slug in linked if terms.get(slug))
    notes = {
        "context": f"{kind}: {unit.reference} ({of_source.verbose_name})",
        "french": " / ".join(word for word in unit.french_words if word in source),
        "glossary": "; ".join(f"{slug}: {terms[slug]}" for slug in used),
        "state": _("The reference text has changed since.") if unit.is_behind else "",
        "fingerprint": unit.reference.fingerprint,
    }
    return {category: text for category, text in notes.items() if text}


def _terms(language: str) -> dict[str, str]:
    """Return the titles of the terms of the glossary in a language, by slug."""
    texts = EntryText.objects.filter(entry__kind=Kind.TERM, language=language)
    return dict(texts.values_list("entry", "title"))


# --- In -------------------------------------------------------------------------------------------


@dataclass
class TextPlan(Plan):
    """A plan of texts: `texts` are those to be saved, with their new values."""

    texts: list[Text] = field(default_factory=list)

    def save(self, *, by: Any, note: str) -> None:
        """Save the texts, all or nothing, each with a line of history of its own.

        Raises:
            ValidationError: the database refuses one; nothing is saved.
        """
        with transaction.atomic(), writer.one_version():
            for text in self.texts:
                if isinstance(text, EntryText):
                    text.siblings_are_checked = True  # its days are those of the reference text
                writer.save_fact(text, by=by, note=note)


def plan_texts(content: bytes, file: str, *, language: str = "", role: str = "") -> TextPlan:
    """Return what an XLIFF would change; nothing is saved.

    `language` is the one that the file must be of, if given; `role` that of the native reader on
    whose word texts become approved.
    """
    plan = TextPlan(file)
    try:
        read = xliff.read(content)
    except xliff.UnreadableXliffError as error:
        plan.refuse(str(error))
        return plan
    plan.language = _language(read.target_language)
    if reason := _refused_languages(read, plan.language, language):
        plan.refuse(reason)
        return plan
    units = {unit.key: unit for unit in text_units(plan.language)}
    known = {f"{unit.key}:{name}": unit.key for unit in units.values() for name in unit.fields}
    by_text: dict[str, dict[str, XliffUnit]] = {}
    unknown = []
    for one in read.units:
        if key := known.get(one.id):
            by_text.setdefault(key, {})[one.id.removeprefix(f"{key}:")] = one
        else:
            unknown.append(one.id)
    if unknown and not by_text:
        plan.refuse(_("No unit of the file is a text of this site: %(units)s.") % _listed(unknown))
    elif unknown:
        left = _("Left out, as there is no such text (any more): %(units)s.")
        plan.notes.append(left % _listed(unknown))
    for key, fields in by_text.items():
        _TextImport(plan, units[key], fields, role).add()
    return plan


def _language(tag: str) -> str:
    """Return the code of the site's language with a tag, or the tag."""
    codes = {code.casefold(): code for code, _name in settings.LANGUAGES}
    return codes.get(tag.casefold(), tag)


def _refused_languages(read: XliffFile, language: str, expected: str) -> str:
    """Return why the languages of a file refuse it, or ""."""
    codes = dict(settings.LANGUAGES)
    if _language(read.source_language) != reference_language():
        return _("The file translates from “%(language)s”; texts are translated from English.") % {
            "language": read.source_language
        }
    if language not in codes or language == reference_language():
        return _("“%(language)s” (trgLang) is no language that texts are translated into.") % {
            "language": language
        }
    if expected and language != expected:
        values = {"language": codes[language], "expected": codes.get(expected, expected)}
        return _("The file says that it is in %(language)s, not in %(expected)s.") % values
    return ""


def _listed(units: list[str]) -> dict[str, str]:
    more = ["…"] if len(units) > 10 else []
    return {"units": ", ".join([*units[:10], *more])}


@dataclass
class _TextImport:
    """One text of a file: what it would change is added to the plan."""

    plan: TextPlan
    unit: TextUnit
    fields: dict[str, XliffUnit]
    role: str

    def add(self) -> None:
        """Add the change of the text, or the problems or the note why there is none."""
        if not any(self._target(name).strip() for name in self.fields):
            if self.unit.is_missing:
                self.plan.unchanged += 1
            else:
                self._leave_out(_("It has no words."))
            return
        words = [
            WordsChange(name, getattr(self.unit.translation, name), self._target(name))
            for name in self.fields
            if not _is_same(getattr(self.unit.translation, name), self._target(name))
        ]
        origin = self._origin(has_new_words=bool(words))
        if not words and origin is None:
            self.plan.unchanged += 1
        elif self._is_of_another_source and not (self.unit.is_missing or self.unit.is_behind):
            self._leave_out(
                _("It translates another English text than today’s, and the present one does not.")
            )
        else:
            self._plan(words, origin or Origin(self.unit.translation.origin or Origin.MACHINE))

    def _target(self, name: str) -> str:
        return self.fields[name].target

    def _leave_out(self, reason: str) -> None:
        self.plan.notes.append(
            _("%(unit)s: left out. %(reason)s") % {"unit": self.unit.key, "reason": reason}
        )

    @property
    def _is_of_another_source(self) -> bool:
        """Tell whether the file's reference text is not today's."""
        return any(
            fingerprint(one.source) != fingerprint(getattr(self.unit.reference, name))
            for name, one in self.fields.items()
        )

    def _origin(self, *, has_new_words: bool) -> Origin | None:
        """Return how the text was made as the file says, None if it says nothing new.

        Words that stay as they are never lose what is known of them.
        """
        state = min((one.state for one in self.fields.values()), key=xliff.STATES.index)
        if has_new_words:
            return ORIGINS.get(state, Origin.MACHINE)
        before = state_of(self.unit)
        is_more = xliff.STATES.index(state) > xliff.STATES.index(before)
        return ORIGINS[state] if is_more else None

    def _plan(self, words: list[WordsChange], origin: Origin) -> None:
        """Add the change, checked as if it were saved now."""
        text = self.unit.translation
        before = _state_words(self.unit)
        problems = len(self.plan.problems)
        for change in words:
            setattr(text, change.name, change.after)
        self._note_origin(text, origin)
        text.translates = fingerprint(*(self._source(name) for name in text.text_fields))
        missing = [n for n in self.unit.fields if n in text.text_fields and not getattr(text, n)]
        if self.unit.is_missing and missing:
            reason = _("The translation would be incomplete: it has no %(fields)s.")
            self._refuse("", reason % {"fields": ", ".join(missing)})
        warnings = [str(one) for change in words for one in self._findings(change)]
        self._check_fields(text)
        if len(self.plan.problems) == problems:
            if self.unit.is_behind:
                note = _(
                    "%(unit)s: it translates another English text than today’s, and is marked so."
                )
                self.plan.notes.append(note % {"unit": self.unit.key})
            states = before, _state_words(self.unit, is_saved=True)
            title = str(self.unit.reference)
            self.plan.changes.append(UnitChange(self.unit.key, title, words, states, warnings))
            self.plan.texts.append(text)

    def _source(self, name: str) -> str:
        """Return the reference text of a field: the file's, or today's where the file has none."""
        one = self.fields.get(name)
        return one.source if one else str(getattr(self.unit.reference, name))

    def _note_origin(self, text: Text, origin: Origin) -> None:
        text.origin = origin
        text.reviewed_by, text.reviewed_on = "", None
        if origin == Origin.APPROVED:
            text.reviewed_by, text.reviewed_on = self.role, today()
            if not self.role:
                self._refuse("", _("It would be approved (state final): by whom? Give the role."))

    def _findings(self, change: WordsChange) -> Iterator[str]:
        """Yield what may be wrong with new words, and refuse what is wrong."""
        french = [word for word in self.unit.french_words if word in self._source(change.name)]
        for finding in findings(
            self._source(change.name), change.after, self.plan.language, french_words=french
        ):
            if finding.is_error:
                self._refuse(change.name, str(finding))
            else:
                yield f"{change.name}: {finding}"

    def _check_fields(self, text: Text) -> None:
        """Refuse what the fields of the text refuse: their lengths, and links that lead nowhere."""
        relations = {field.name for field in text._meta.fields if field.is_relation}
        try:
            text.clean_fields(exclude=relations)
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                for sentence in sentences:
                    self._refuse(name, sentence)

    def _refuse(self, name: str, reason: str) -> None:
        self.plan.refuse(reason, self.unit.key, name)


def _is_same(one: str, other: str) -> bool:
    """Tell whether texts are the same, but for the way in which lines end."""
    return "\n".join(one.splitlines()) == "\n".join(other.splitlines())


def _state_words(unit: TextUnit, *, is_saved: bool = False) -> str:
    """Return in words how far a translation is."""
    text = unit.translation
    if unit.is_missing and not is_saved:
        return _("missing")
    origin = Origin(text.origin).label if text.origin else _("how it was made is not noted")
    words = f"{origin}, {text.reviewed_by}" if text.reviewed_by else str(origin)
    return f"{words}, {_('left behind by a change')}" if unit.is_behind else words
