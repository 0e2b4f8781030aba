"""The strings of the interface as PO: out for a translator, and in again as a plan.

Saving writes the language's catalogue (rollout/locale) in the working tree, for whoever commits it.
The flag `machine` says of a message that no native reader has read it: a translator who has read it
takes the flag away.
"""

import gettext as gnu
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from babel.core import UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import PoFileError, read_po
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import to_locale

from rollout.models.texts import reference_language
from rollout.translations import messages
from rollout.translations.checks import Finding, FindingKind, findings
from rollout.translations.plans import Plan, UnitChange, WordsChange
from rollout.translations.text_files import BEHIND, MACHINE, MISSING

MACHINE_FLAG = "machine"
MAX_BYTES = 5_000_000
FORM_OF_FEW = 2
"""A plural form for so many numbers at most (one; none and one; two) may say them in words."""
SAID_IN_WORDS = {FindingKind.PLACEHOLDER, FindingKind.NUMBER, FindingKind.LENGTH}
"""What is found then."""


SELECTIONS: Mapping[str, Callable[[Message], bool]] = {
    "": lambda _message: True,
    MISSING: lambda message: not messages.is_translated(message.string),
    BEHIND: lambda _message: False,
    MACHINE: lambda message: MACHINE_FLAG in message.flags,
}
"""Which messages a file has, by the name of the choice; none are behind."""


def selected_messages(language: str, only: str = "") -> Catalog:
    """Return the catalogue of a language, or those messages that `only` selects (SELECTIONS)."""
    catalogue = messages.read(language)
    for message in [message for message in catalogue if message.id]:
        if not SELECTIONS[only](message):
            catalogue.delete(message.id, message.context)
    return catalogue


def counts(language: str) -> dict[str, int]:
    """Return how many messages each of SELECTIONS has in a language."""
    catalogue = [message for message in messages.read(language) if message.id]
    return {only: sum(map(is_one, catalogue)) for only, is_one in SELECTIONS.items()}


def po_bytes(catalogue: Catalog) -> bytes:
    """Return a catalogue as PO."""
    file = io.BytesIO()
    messages.write(catalogue, file)
    return file.getvalue()


@dataclass
class CataloguePlan(Plan):
    """A plan of messages: `catalogue` is the language's, with their new strings."""

    catalogue: Catalog | None = None
    messages: list[Message] = field(default_factory=list)

    def save(self, *, by: Any, note: str) -> None:
        """Write the catalogue, if anything of it changes."""
        if self.catalogue is not None and self.changes:
            messages.save(self.language, self.catalogue)


def plan_catalogue(content: bytes, file: str, *, language: str = "") -> CataloguePlan:
    """Return what a PO would change; nothing is saved.

    `language` is the one that the file must be of, if given; else its header says it.
    """
    plan = CataloguePlan(file)
    sent = _read(content, plan)
    if sent is None:
        return plan
    plan.language = _language(sent, language)
    if reason := _refused_header(sent, plan.language, language):
        plan.refuse(reason)
        return plan
    plan.catalogue = messages.read(plan.language)
    own = {_key(message): message for message in plan.catalogue if message.id}
    unknown = []
    for message in sent:
        if not message.id:
            continue
        if target := own.get(_key(message)):
            _add(plan, target, message)
        else:
            unknown.append(name_of(message))
    if unknown and len(unknown) == len([message for message in sent if message.id]):
        plan.refuse(_("No message of the file is a string of this site in this language."))
    elif unknown:
        values = {"n": len(unknown), "first": unknown[0]}
        note = _("Left out, as no page shows them (any more): %(n)s, such as “%(first)s”.")
        plan.notes.append(note % values)
    return plan


def _read(content: bytes, plan: Plan) -> Catalog | None:
    """Return the catalogue of a file, or None after refusing what cannot be read."""
    if len(content) > MAX_BYTES:
        plan.refuse(_("The file is too large: 5 MB at most."))
        return None
    try:
        content.decode("utf-8")
        return read_po(io.BytesIO(content.removeprefix(b"\xef\xbb\xbf")), abort_invalid=True)
    except (PoFileError, UnknownLocaleError, ValueError, LookupError, TypeError) as error:
        plan.refuse(_("The file is no PO in UTF-8: %(error)s") % {"error": error})
        return None


def _language(sent: Catalog, expected: str) -> str:
    """Return the code of the language that the header of a file names; `expected` if it is bare."""
    named = str(sent.locale_identifier or "").replace("_", "-").casefold()
    codes = {code.casefold(): code for code, _name in settings.LANGUAGES}
    return codes.get(named, named) or expected


def _refused_header(sent: Catalog, language: str, expected: str) -> str:
    """Return why the header of a file refuses it, or ""."""
    codes = dict(settings.LANGUAGES)
    if language not in codes or language == reference_language():
        return _("“%(language)s” (Language) is no language that strings are translated into.") % {
            "language": language
        }
    if expected and language != expected:
        values = {"language": codes[language], "expected": codes.get(expected, expected)}
        return _("The file says that it is in %(language)s, not in %(expected)s.") % values
    forms = get_plural(to_locale(language)).num_plurals
    if sent.num_plurals != forms:
        counts = {"language": codes[language], "forms": forms, "n": sent.num_plurals}
        return _("%(language)s has %(forms)s plural forms; the header says %(n)s.") % counts
    return ""


def _add(plan: CataloguePlan, target: Message, sent: Message) -> None:
    """Add what the message of a file changes of the catalogue's, or why not."""
    name = name_of(target)
    if sent.fuzzy:
        plan.notes.append(_("“%(message)s”: left out. It is marked as fuzzy.") % {"message": name})
        return
    if not messages.is_translated(sent.string):
        if messages.is_translated(target.string):
            left = _("“%(message)s”: left out. It is not translated in the file.")
            plan.notes.append(left % {"message": name})
        plan.unchanged += 1
        return
    before, after = strings_of(target.string), strings_of(sent.string)
    flags = {"before": MACHINE_FLAG in target.flags, "after": MACHINE_FLAG in sent.flags}
    is_read_since = before == after and flags == {"before": False, "after": True}
    if before == after and (flags["before"] == flags["after"] or is_read_since):
        plan.unchanged += 1
        return
    warnings = []
    for form, finding in message_findings(target, after, plan.language):
        if finding.is_error:
            plan.refuse(str(finding), name, form)
        else:
            warnings.append(" ".join(filter(None, [form, str(finding)])))
    states = (
        _state(before, is_machine=flags["before"]),
        _state(after, is_machine=flags["after"]),
    )
    forms = [*before, *[""] * len(after)][: len(after)]
    words = [
        WordsChange(f"msgstr[{number}]" if len(after) > 1 else "msgstr", old, new)
        for number, (old, new) in enumerate(zip(forms, after, strict=True))
        if old != new
    ]
    plan.changes.append(UnitChange(name, ", ".join(_files(target)), words, states, warnings))
    target.string = tuple(after) if isinstance(target.id, list | tuple) else after[0]
    (target.flags.add if flags["after"] else target.flags.discard)(MACHINE_FLAG)


def message_findings(
    message: Message, strings: list[str], language: str
) -> Iterator[tuple[str, Finding]]:
    """Yield what is or may be wrong with the translation of a message, with the form concerned.

    A plural form that stands for one or two numbers alone may say them in words. Links of Markdown
    stand in messages as examples only.
    """
    if not isinstance(message.id, list | tuple):
        for finding in findings(message.id, strings[0], language):
            if finding.kind != FindingKind.LINK:
                yield "", finding
        return
    form_of = gnu.c2py(get_plural(to_locale(language)).plural_expr)
    used = [form_of(number) for number in range(200)]
    for form, text in enumerate(strings):
        found = findings(message.id[1], text, language)
        if used.count(form) <= FORM_OF_FEW:
            in_both = {finding.kind for finding in findings(message.id[0], text, language)}
            found = [
                finding
                for finding in found
                if finding.kind in in_both
                and not (finding.kind in SAID_IN_WORDS and "+" not in finding.what)
            ]
        for finding in found:
            yield f"msgstr[{form}]", finding


def strings_of(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """Return the string of a message, or each of its plural forms."""
    return list(string) if isinstance(string, list | tuple) else [string or ""]


def _key(message: Message) -> tuple[str | None, tuple[str, ...]]:
    """Return what tells a message from others: its context, and its reference text or texts."""
    ids = message.id if isinstance(message.id, list | tuple) else [message.id]
    return message.context or None, tuple(ids)


def name_of(message: Message) -> str:
    """Return the beginning of the reference text of a message, and its context."""
    context, (first, *_plural) = _key(message)
    text = first if len(first) <= 60 else f"{first[:59]}…"
    return f"{text} ({context})" if context else text


def _files(message: Message) -> list[str]:
    return [name for name, _line in message.locations]


def _state(strings: list[str], *, is_machine: bool) -> str:
    if not all(strings):
        return _("missing")
    if is_machine:
        return _("drafted by a machine, not yet read by a native reader")
    return _("written or read by a person")
