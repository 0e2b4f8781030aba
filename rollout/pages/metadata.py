"""Each public page as the sitemap and the page itself know it: one function a kind."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rollout.api.rows.base import Absolute
from rollout.caching import fragments
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.kinds import Kind
from rollout.models import (
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Region,
    Source,
    Wave,
)
from rollout.pages import structured_data
from rollout.pages.page import Crumb, Languages, Page, build_page, crumb

HOME_KINDS = (Kind.REQUIREMENT, Kind.STEP, Kind.QUESTION)


ROLLOUT_KINDS = (Kind.MILESTONE, Kind.FIGURE)


SET_UP_KINDS = (
    Kind.REQUIREMENT,
    Kind.STEP,
    Kind.PROBLEM,
    Kind.SITUATION,
    Kind.PLACE,
    Kind.CONTACT,
    Kind.USE,
)


COUNTER_KINDS = (Kind.PHRASE, Kind.COUNTER)


UPDATES_PER_PAGE = 50
"""How many updates stand on a page."""


Entries = Mapping[Kind, Sequence[Entry]]


def home(snapshot: RolloutSnapshot, entries: Entries, known: Languages | None = None) -> Page:
    """Return the searchable page, of a board of all departments."""
    shown = [*snapshot.waves, *_of_kinds(entries, HOME_KINDS)]
    return build_page([], [*_departments(snapshot), *shown], shown, known)


def rollout(snapshot: RolloutSnapshot, entries: Entries, known: Languages | None = None) -> Page:
    """Return the story of the roll-out."""
    shown = [*snapshot.waves, *_of_kinds(entries, ROLLOUT_KINDS)]
    return build_page([crumb("rollout")], [*_departments(snapshot), *shown], shown, known)


def set_up(
    routes: Sequence[ActivationRoute], entries: Entries, known: Languages | None = None
) -> Page:
    """Return the guide."""
    return page_of_rows("set-up", [*routes, *_of_kinds(entries, SET_UP_KINDS)], known)


def can_i(
    documents: Sequence[IdentityDocument],
    schemes: Sequence[HealthScheme],
    known: Languages | None = None,
) -> Page:
    """Return the check."""
    return page_of_rows("can-i", [*documents, *schemes], known)


def questions(entries: Entries, known: Languages | None = None) -> Page:
    """Return the questions of residents."""
    selected_day = entries[Kind.QUESTION]
    return page_of_rows("questions", selected_day, known, **structured_data.questions(selected_day))


def departments(snapshot: RolloutSnapshot, known: Languages | None = None) -> Page:
    """Return the list of all departments."""
    facts = [*_departments(snapshot), *snapshot.waves]
    return build_page([crumb("departments")], facts, snapshot.waves, known)


def page_of_entries(
    name: str, kinds: Sequence[Kind], entries: Entries, known: Languages | None = None
) -> Page:
    """Return a page of which there is one, that shows the entries of these kinds."""
    return page_of_rows(name, _of_kinds(entries, kinds), known)


def page_of_rows(
    name: str, rows: Iterable[Any] = (), known: Languages | None = None, **subject: Any
) -> Page:
    """Return a page of which there is one, by the name of its address, that shows these rows."""
    rows = list(rows)
    return build_page([crumb(name)], rows, rows, known, **subject)


def source(found: Source, known: Languages | None = None) -> Page:
    """Return the page of a source."""
    crumbs = [crumb("sources"), Crumb(found.publisher, found.get_absolute_url())]
    return build_page(crumbs, [found], [found], known)


def wave(found: Wave, snapshot: RolloutSnapshot, known: Languages | None = None) -> Page:
    """Return the page of a wave."""
    its_own = [row.department for row in snapshot.rows if row.wave is found]
    crumbs = [crumb("rollout"), Crumb(found.name, found.get_absolute_url(), found.text)]
    return build_page(crumbs, [found, *its_own], snapshot.waves, known)


def region(found: Region, rows: Sequence[DepartmentStatus], known: Languages | None = None) -> Page:
    """Return the page of a region, of the rows of its departments."""
    about = structured_data.area(found.name)
    crumbs = [Crumb(found.name, found.get_absolute_url())]
    return build_page(crumbs, [row.department for row in rows], known=known, about=about)


def department(row: DepartmentStatus, known: Languages | None = None) -> Page:
    """Return the page of a department."""
    place, region = row.department, row.department.region
    crumbs = [Crumb(place.name, place.get_absolute_url())]
    about = structured_data.area(place.name, place.code)
    if region.name != place.name:  # Mayotte is both
        crumbs.insert(0, Crumb(region.name, region.get_absolute_url()))
        about["containedInPlace"] = structured_data.area(region.name)
    shown: list[Any] = [place, row.wave] if row.wave else [place]
    return build_page(crumbs, [place], shown, known, about=about)


def data(departments: Iterable[Department], absolute: Absolute = str) -> Page:
    """Return the page of the open data, which are all departments."""
    return build_page([crumb("data")], departments, mainEntity=structured_data.dataset(absolute))


def snapshot_languages(snapshot: RolloutSnapshot) -> Languages:
    """Return in which languages all departments and waves can be read, asked once in public views.

    `board` is one of all departments.
    """
    return fragments.get_or_set(
        "languages of the board", lambda: Languages([*snapshot.waves, *_departments(snapshot)])
    )


def _departments(snapshot: RolloutSnapshot) -> list[Department]:
    return [row.department for row in snapshot.rows]


def _of_kinds(entries: Entries, kinds: Iterable[Kind]) -> list[Any]:
    return [entry for kind in kinds for entry in entries[kind]]
