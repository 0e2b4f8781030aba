"""What importing a file of translations would change: shown before anything is saved."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext

MAX_SHOWN = 300
"""Characters of a text in a line of a plan."""
CONTEXT = 30
"""Characters that are shown before and after what differs."""


class UnitProblem(NamedTuple):
    """One reason to refuse a file: where, and what is wrong; `unit` and `field` may be ""."""

    file: str
    unit: str
    field: str
    reason: str

    def __str__(self) -> str:
        place = ", ".join(filter(None, self[:3]))
        return gettext("%(place)s: %(reason)s") % {"place": place, "reason": self.reason}


class WordsChange(NamedTuple):
    """The words of a field or message, before and after; `before` is "" where there were none."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        """Return it on one line: of long texts what differs, with some words round it."""
        start = _shared(self.before, self.after)
        room = min(len(self.before), len(self.after)) - start
        end = min(_shared(self.before[::-1], self.after[::-1]), room)
        before, after = (_shown(text, start, end) for text in self[1:])
        return f"{self.name}: {before} → {after}"


@dataclass(frozen=True)
class UnitChange:
    """What would change of one text or message: its words, and how it was made.

    `states` are its state before and after in words of the active language; `findings` are what
    may be wrong with it, to be looked at.
    """

    unit: str
    title: str
    words: Sequence[WordsChange]
    states: tuple[str, str]
    findings: Sequence[str] = ()

    @property
    def lines(self) -> list[str]:
        """Return it as lines of a report: the first names it, the others are about it."""
        before, after = self.states
        states = before if before == after else f"{before} → {after}"
        warnings = [gettext("To be looked at: %(finding)s") % {"finding": f} for f in self.findings]
        name = f"{self.unit} ({self.title})" if self.title else self.unit
        return [f"{name}: {states}", *map(str, self.words), *warnings]


@dataclass
class Plan:
    """What a file would change, in the order of the file.

    `problems` refuse all of it. `notes` say in sentences what of it is left out, or is read in
    another way than it is written. `unchanged` counts texts and messages that are so already.
    """

    file: str
    language: str = ""
    changes: list[UnitChange] = field(default_factory=list)
    problems: list[UnitProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unchanged: int = 0

    @property
    def version(self) -> str:
        """Return a digest of what would be saved over what: another after any change of either."""
        return hashlib.sha256(repr((self.language, self.changes)).encode()).hexdigest()

    def refuse(self, reason: str, unit: str = "", name: str = "") -> None:
        """Add a problem with a unit, or with the file."""
        self.problems.append(UnitProblem(self.file, unit, name, reason))

    def save(self, *, by: object, note: str) -> None:
        """Save what is planned: `exchange.apply` calls it."""
        raise NotImplementedError


class ImportRefusedError(Exception):
    """A file has problems, or someone changed what it is about: nothing was saved."""

    def __init__(self, problems: Sequence[object]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with that are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _shown(text: str, start: int, end: int) -> str:
    """Return a text without most of its first `start` and last `end` characters, as one line."""
    if not text:
        return gettext("nothing")
    first, last = max(start - CONTEXT, 0), min(len(text) - end + CONTEXT, len(text))
    last = min(last, first + MAX_SHOWN)
    middle = " ".join(text[first:last].split())
    return f"“{'…' if first else ''}{middle}{'…' if last < len(text) else ''}”"
