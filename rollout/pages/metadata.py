"""The Page of each kind of public page: one function a kind, for views and the registry alike.

Each takes the rows that the page shows and returns its Page in the active language. `languages`
saves queries where many pages are built.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.conf import settings

from rollout.api.rows.base import Absolute
from rollout.caching import fragments
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.kinds import FULL_LANGUAGES_ONLY, Kind
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
from rollout.models.texts import Translated
from rollout.pages import structured_data
from rollout.pages.page import Crumb, Page, TextLanguages, build_page, crumb
from rollout.pages.problems import problems_of

HOME_KINDS = (Kind.REQUIREMENT, Kind.STEP, Kind.QUESTION)
ROLLOUT_KINDS = (Kind.MILESTONE, Kind.FIGURE)
SET_UP_KINDS = (
    Kind.REQUIREMENT,
    Kind.STEP,
    Kind.PROBLEM,
    Kind.SITUATION,
    Kind.CONTACT,
)
PROBLEM_KINDS = (Kind.PROBLEM, Kind.SITUATION, Kind.CONTACT)
QUESTION_KINDS = (Kind.QUESTION, Kind.USE)
COUNTER_KINDS = (Kind.PHRASE, Kind.COUNTER)
UPDATES_PER_PAGE = 50

Entries = Mapping[Kind, Sequence[Entry]]


def home(
    snapshot: RolloutSnapshot, entries: Entries, languages: TextLanguages | None = None
) -> Page:
    """Return the home page, with the search."""
    shown = [*snapshot.waves, *_of_kinds(entries, HOME_KINDS)]
    return build_page([], [*_departments(snapshot), *shown], shown, languages)


def rollout(
    snapshot: RolloutSnapshot, entries: Entries, languages: TextLanguages | None = None
) -> Page:
    """Return the timeline of the roll-out."""
    shown = [*snapshot.waves, *_of_kinds(entries, ROLLOUT_KINDS)]
    return build_page([crumb("rollout")], [*_departments(snapshot), *shown], shown, languages)


def wave(wave: Wave, snapshot: RolloutSnapshot, languages: TextLanguages | None = None) -> Page:
    """Return the page of a wave, which is one of the snapshot's."""
    departments = [row.department for row in snapshot.rows if row.wave is wave]
    crumbs = [crumb("rollout"), Crumb(wave.name, wave.get_absolute_url(), wave.text)]
    return build_page(crumbs, [wave, *departments], snapshot.waves, languages)


def set_up(
    routes: Sequence[ActivationRoute], entries: Entries, languages: TextLanguages | None = None
) -> Page:
    """Return the guide."""
    return page_of_rows("set-up", [*routes, *_of_kinds(entries, SET_UP_KINDS)], languages)


def can_i(
    documents: Sequence[IdentityDocument],
    schemes: Sequence[HealthScheme],
    languages: TextLanguages | None = None,
) -> Page:
    """Return the check."""
    return page_of_rows("can-i", [*documents, *schemes], languages)


def problems(entries: Entries, languages: TextLanguages | None = None) -> Page:
    """Return the page of what can go wrong, with whom to ask."""
    shown = [*problems_of(entries), *entries[Kind.CONTACT]]
    return page_of_rows("problems", shown, languages)


def at_the_counter(entries: Entries, languages: TextLanguages | None = None) -> Page:
    """Return the page to print, with phrases."""
    return page_of_rows("at-the-counter", _of_kinds(entries, COUNTER_KINDS), languages)


def questions(entries: Entries, languages: TextLanguages | None = None) -> Page:
    """Return the questions of residents, with what the app does and does not."""
    subject = structured_data.questions(entries[Kind.QUESTION])
    return page_of_rows("questions", _of_kinds(entries, QUESTION_KINDS), languages, **subject)


def glossary(entries: Entries, languages: TextLanguages | None = None) -> Page:
    """Return the terms explained."""
    return page_of_rows("glossary", entries[Kind.TERM], languages)


def sources(
    sources: Iterable[Source], corrections: Iterable[Entry], languages: TextLanguages | None = None
) -> Page:
    """Return the list of sources and corrections."""
    return page_of_rows("sources", [*sources, *corrections], languages)


def source(source: Source, languages: TextLanguages | None = None) -> Page:
    """Return the page of a source."""
    crumbs = [crumb("sources"), Crumb(source.publisher, source.get_absolute_url())]
    return _in_full_languages(build_page(crumbs, [source], [source], languages))


def data(departments: Iterable[Department], absolute: Absolute = str) -> Page:
    """Return the page of the open data, which are all departments."""
    dataset = structured_data.dataset(absolute)
    return _in_full_languages(build_page([crumb("data")], departments, mainEntity=dataset))


def departments(
    snapshot: RolloutSnapshot, entries: Entries, languages: TextLanguages | None = None
) -> Page:
    """Return the list of all departments, with what is known of the overseas collectivities."""
    shown = [*snapshot.waves, *entries[Kind.PLACE]]
    return build_page([crumb("departments")], [*_departments(snapshot), *shown], shown, languages)


def region(
    region: Region, rows: Sequence[DepartmentStatus], languages: TextLanguages | None = None
) -> Page:
    """Return the page of a region, of the rows of its departments."""
    about = structured_data.area(region.name)
    crumbs = [Crumb(region.name, region.get_absolute_url(), is_place=True)]
    return build_page(crumbs, [row.department for row in rows], languages=languages, about=about)


def department(row: DepartmentStatus, languages: TextLanguages | None = None) -> Page:
    """Return the page of a department."""
    place, region = row.department, row.department.region
    crumbs = [Crumb(place.name, place.get_absolute_url(), is_place=True)]
    about = structured_data.area(place.name, place.code)
    if region.name != place.name:  # Mayotte is both
        crumbs.insert(0, Crumb(region.name, region.get_absolute_url(), is_place=True))
        about["containedInPlace"] = structured_data.area(region.name)
    shown: list[Translated] = [place, row.wave] if row.wave else [place]
    return build_page(crumbs, [place], shown, languages, about=about)


def page_of_rows(
    name: str,
    rows: Iterable[Translated] = (),
    languages: TextLanguages | None = None,
    **subject: object,
) -> Page:
    """Return the page of which there is one with this URL name, that shows these rows.

    Raises KeyError for a name that is not in PAGE_NAMES.
    """
    rows = list(rows)
    page = build_page([crumb(name)], rows, rows, languages, **subject)
    return _in_full_languages(page) if name in FULL_LANGUAGES_ONLY else page


def _in_full_languages(page: Page) -> Page:
    """Return a page that is there in FULL_LANGUAGES only."""
    codes = [code for code in page.languages if code in settings.FULL_LANGUAGES]
    return replace(page, languages=codes)


def snapshot_languages(snapshot: RolloutSnapshot) -> TextLanguages:
    """Return the languages of all departments and waves; in public views they are cached.

    `snapshot` has all departments.
    """
    return fragments.get_or_set(
        "languages of the snapshot",
        lambda: TextLanguages([*snapshot.waves, *_departments(snapshot)]),
    )


def _departments(snapshot: RolloutSnapshot) -> list[Department]:
    return [row.department for row in snapshot.rows]


def _of_kinds(entries: Entries, kinds: Iterable[Kind]) -> list[Entry]:
    return [entry for kind in kinds for entry in entries[kind]]
