"""The public pages: where each stands, since when it says what it says, in which languages.

A view asks for its own page, the sitemap for all of them, so that both tell the same: a day in the
sitemap is the day on the page and in its structured data.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from rollout import structured_data
from rollout.api.rows.base import Absolute
from rollout.caching import fragments
from rollout.facts.snapshot import Board, Row
from rollout.kinds import Kind
from rollout.models import (
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Phase,
    Region,
    Source,
)
from rollout.models.content_tracking import Stated
from rollout.models.sources import Evidence
from rollout.models.texts import Text, Translated

NAMES = {
    "departments": _("Departments"),
    "rollout": _("Roll-out"),
    "set-up": _("Set-up"),
    "can-i": _("Can I?"),
    "at-the-counter": _("At the counter"),
    "questions": _("Questions"),
    "glossary": _("Glossary"),
    "updates": _("Updates"),
    "about": _("About this site"),
    "sources": _("Sources and corrections"),
    "data": _("Open data"),
    "accessibility": _("Accessibility"),
    "privacy": _("Privacy"),
    "legal": _("Legal notice"),
}
"""What the pages are called of which there is one each, by the name of their address."""


HOME = (Kind.REQUIREMENT, Kind.STEP, Kind.QUESTION)
ROLLOUT = (Kind.MILESTONE, Kind.FIGURE)
SET_UP = (
    Kind.REQUIREMENT,
    Kind.STEP,
    Kind.PROBLEM,
    Kind.SITUATION,
    Kind.PLACE,
    Kind.CONTACT,
    Kind.USE,
)
COUNTER = (Kind.PHRASE, Kind.COUNTER)
UPDATES = 50
"""How many updates stand on a page."""

Entries = Mapping[Kind, Sequence[Entry]]


class Crumb(NamedTuple):
    """A page on the way from the home page."""

    name: str
    address: str
    text: Text | None = None
    """The words that the name is from, where they may be of another language than the page."""


@dataclass(frozen=True)
class Page:
    """One public page in the active language."""

    crumbs: Sequence[Crumb]
    """The way to it from the home page, itself last."""
    languages: Sequence[str]
    """The languages in which it can be read whole: search engines are offered no others."""
    changed_on: datetime.date | None = None
    """The day in Paris since which its facts are as they are; None where it rests on none."""
    last_checked: datetime.date | None = None
    """The day on which the least recently checked of its facts was checked."""
    subject: dict[str, Any] = field(default_factory=dict)
    """What structured data says of it besides."""

    @property
    def name(self) -> str:
        """Return what it is called."""
        return self.crumbs[-1].name

    @property
    def path(self) -> str:
        """Return its address, without scheme and host."""
        return self.crumbs[-1].address

    @property
    def is_whole(self) -> bool:
        """Tell whether it can be read whole in the active language."""
        return get_language() in self.languages


class Languages:
    """In which languages rows can be read: one query for each of their models."""

    def __init__(self, rows: Iterable[Translated]) -> None:
        self._found: set[tuple[Any, Any, str]] = set()
        keys: dict[Any, list[Any]] = {}
        for row in rows:
            if row.text:
                keys.setdefault(type(row), []).append(row.pk)
        for model, wanted in keys.items():
            owner = f"{model.texts.field.name}_id"
            found = model.texts.rel.related_model.public().filter(**{f"{owner}__in": wanted})
            self._found.update((model, *pair) for pair in found.values_list(owner, "language"))

    def shared(self, rows: Iterable[Translated]) -> list[str]:
        """Return the site's languages in which each of these rows can be read, if it has words."""
        worded = [row for row in rows if row.text]
        return [
            code
            for code, _name in settings.LANGUAGES
            if all((type(row), row.pk, code) in self._found for row in worded)
        ]


def page(
    crumbs: Sequence[Crumb],
    facts: Iterable[Stated] = (),
    shown: Iterable[Translated] = (),
    known: Languages | None = None,
    **subject: Any,
) -> Page:
    """Return a page that rests on `facts` and shows the words of `shown`.

    `known` says in which languages rows can be read, where that was asked for many pages at once.
    """
    facts, shown = list(facts), list(shown)
    since = [row.stated_since for row in facts]
    since += [row.text.changed_at for row in shown if row.text and row in facts]
    checked = [row.last_checked for row in facts if isinstance(row, Evidence)]
    return Page(
        crumbs=[Crumb(gettext("Home"), reverse("home")), *crumbs],
        languages=(known or Languages(shown)).shared(shown),
        changed_on=timezone.localdate(max(since)) if since else None,
        last_checked=min(checked, default=None),
        subject=subject,
    )


def home(board: Board, entries: Entries, known: Languages | None = None) -> Page:
    """Return the searchable page, of a board of all departments."""
    shown = [*board.phases, *_of_kinds(entries, HOME)]
    return page([], [*_departments(board), *shown], shown, known)


def rollout(board: Board, entries: Entries, known: Languages | None = None) -> Page:
    """Return the story of the roll-out."""
    shown = [*board.phases, *_of_kinds(entries, ROLLOUT)]
    return page([_crumb("rollout")], [*_departments(board), *shown], shown, known)


def set_up(
    routes: Sequence[ActivationRoute], entries: Entries, known: Languages | None = None
) -> Page:
    """Return the guide."""
    return of_rows("set-up", [*routes, *_of_kinds(entries, SET_UP)], known)


def can_i(
    documents: Sequence[IdentityDocument],
    schemes: Sequence[HealthScheme],
    known: Languages | None = None,
) -> Page:
    """Return the check."""
    return of_rows("can-i", [*documents, *schemes], known)


def questions(entries: Entries, known: Languages | None = None) -> Page:
    """Return the questions of residents."""
    asked = entries[Kind.QUESTION]
    return of_rows("questions", asked, known, **structured_data.questions(asked))


def departments(board: Board, known: Languages | None = None) -> Page:
    """Return the list of all departments."""
    facts = [*_departments(board), *board.phases]
    return page([_crumb("departments")], facts, board.phases, known)


def of_entries(
    name: str, kinds: Sequence[Kind], entries: Entries, known: Languages | None = None
) -> Page:
    """Return a page of which there is one, that shows the entries of these kinds."""
    return of_rows(name, _of_kinds(entries, kinds), known)


def of_rows(
    name: str, rows: Iterable[Any] = (), known: Languages | None = None, **subject: Any
) -> Page:
    """Return a page of which there is one, by the name of its address, that shows these rows."""
    rows = list(rows)
    return page([_crumb(name)], rows, rows, known, **subject)


def source(found: Source, known: Languages | None = None) -> Page:
    """Return the page of a source."""
    crumbs = [_crumb("sources"), Crumb(found.publisher, found.get_absolute_url())]
    return page(crumbs, [found], [found], known)


def phase(found: Phase, board: Board, known: Languages | None = None) -> Page:
    """Return the page of a wave."""
    its_own = [row.department for row in board.rows if row.phase is found]
    crumbs = [_crumb("rollout"), Crumb(found.name, found.get_absolute_url(), found.text)]
    return page(crumbs, [found, *its_own], board.phases, known)


def region(found: Region, rows: Sequence[Row], known: Languages | None = None) -> Page:
    """Return the page of a region, of the rows of its departments."""
    about = structured_data.area(found.name)
    crumbs = [Crumb(found.name, found.get_absolute_url())]
    return page(crumbs, [row.department for row in rows], known=known, about=about)


def department(row: Row, known: Languages | None = None) -> Page:
    """Return the page of a department."""
    place, region = row.department, row.department.region
    crumbs = [Crumb(place.name, place.get_absolute_url())]
    about = structured_data.area(place.name, place.code)
    if region.name != place.name:  # Mayotte is both
        crumbs.insert(0, Crumb(region.name, region.get_absolute_url()))
        about["containedInPlace"] = structured_data.area(region.name)
    shown: list[Any] = [place, row.phase] if row.phase else [place]
    return page(crumbs, [place], shown, known, about=about)


def data(departments: Iterable[Department], absolute: Absolute = str) -> Page:
    """Return the page of the open data, which are all departments."""
    return page([_crumb("data")], departments, mainEntity=structured_data.dataset(absolute))


def known_of(board: Board) -> Languages:
    """Return in which languages all departments and waves can be read, asked once in public views.

    `board` is one of all departments.
    """
    return fragments.kept(
        lambda: Languages([*board.phases, *_departments(board)]), "languages of the board"
    )


def _departments(board: Board) -> list[Department]:
    return [row.department for row in board.rows]


def _of_kinds(entries: Entries, kinds: Iterable[Kind]) -> list[Any]:
    return [entry for kind in kinds for entry in entries[kind]]


def _crumb(name: str) -> Crumb:
    return Crumb(str(NAMES[name]), reverse(name))
