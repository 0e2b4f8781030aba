"""Every address under /<language>/: the pages by kind, the files, and what is neither.

Sitemaps, the static export and the tests of the whole site take their lists from here. All of
them are there in each public language, but for those kinds that are in FULL_LANGUAGES only
(`is_in_every_language`); `Page.languages` says in which a page can be read whole.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from django.urls import reverse

from rollout.facts.citations import citations
from rollout.facts.snapshot import RolloutSnapshot
from rollout.kinds import FULL_LANGUAGES_ONLY, is_in_active_language
from rollout.models import (
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Kind,
    Region,
    Update,
)
from rollout.pages import metadata
from rollout.pages.page import Page, TextLanguages


class PageRows:
    """The rows that all public pages show, in the active language: some 40 queries, once."""

    def __init__(self) -> None:
        self.snapshot = RolloutSnapshot(departments=Department.objects.with_texts())
        self.departments = [row.department for row in self.snapshot.rows]
        self.entries = Entry.objects.by_kind(*Kind)
        self.home_entries = Entry.objects.for_everyone().by_kind(*metadata.HOME_KINDS)
        self.routes = list(ActivationRoute.objects.with_texts())
        self.documents = list(IdentityDocument.objects.active().with_texts())
        self.schemes = list(HealthScheme.objects.active().with_texts())
        self.updates = list(Update.objects.for_page()[: metadata.UPDATES_PER_PAGE])
        # Half of the work, for pages that few languages have.
        has_sources = is_in_active_language("sources")
        self.sources = [cited.source for cited in citations()] if has_sources else []
        self.languages = TextLanguages(
            [
                *self.snapshot.waves,
                *self.departments,
                *chain(*self.entries.values()),
                *self.routes,
                *self.documents,
                *self.schemes,
                *self.updates,
                *self.sources,
            ]
        )


@dataclass(frozen=True)
class PageKind:
    """One named URL, and the pages that it has."""

    name: str
    """The name of its URL in rollout/urls.py."""
    build: Callable[[PageRows], Iterable[Page]]
    """Returns its pages in the active language."""
    is_indexed: bool = True
    """Whether sitemaps list its pages; the templates of others say `noindex`."""

    @property
    def is_in_every_language(self) -> bool:
        """Tell whether its pages are there in every public language, not in FULL_LANGUAGES only."""
        return self.name not in FULL_LANGUAGES_ONLY


def _without_rows(name: str) -> PageKind:
    """Return the kind of a page that rests on no fact."""
    return PageKind(name, lambda rows: [metadata.page_of_rows(name)])


PAGES = [
    PageKind("home", lambda r: [metadata.home(r.snapshot, r.home_entries, r.languages)]),
    PageKind("departments", lambda r: [metadata.departments(r.snapshot, r.entries, r.languages)]),
    PageKind("rollout", lambda r: [metadata.rollout(r.snapshot, r.entries, r.languages)]),
    PageKind(
        "wave", lambda r: [metadata.wave(w, r.snapshot, r.languages) for w in r.snapshot.waves]
    ),
    PageKind("set-up", lambda r: [metadata.set_up(r.routes, r.entries, r.languages)]),
    PageKind("can-i", lambda r: [metadata.can_i(r.documents, r.schemes, r.languages)]),
    PageKind("problems", lambda r: [metadata.problems(r.entries, r.languages)]),
    PageKind("at-the-counter", lambda r: [metadata.at_the_counter(r.entries, r.languages)]),
    PageKind("questions", lambda r: [metadata.questions(r.entries, r.languages)]),
    PageKind("glossary", lambda r: [metadata.glossary(r.entries, r.languages)]),
    PageKind("updates", lambda r: [metadata.page_of_rows("updates", r.updates, r.languages)]),
    PageKind(
        "sources", lambda r: [metadata.sources(r.sources, r.entries[Kind.CORRECTION], r.languages)]
    ),
    PageKind(
        "source",
        lambda r: [metadata.source(source, r.languages) for source in r.sources],
        is_indexed=False,
    ),
    PageKind("data", lambda r: [metadata.data(r.departments)]),
    *map(_without_rows, ("about", "accessibility", "privacy", "legal")),
    PageKind(
        "region",
        lambda r: [metadata.region(p.region, p.rows, r.languages) for p in r.snapshot.regions],
    ),
    PageKind(
        "department", lambda r: [metadata.department(row, r.languages) for row in r.snapshot.rows]
    ),
]


def every_page(*, indexed_only: bool = False) -> list[Page]:
    """Return all public pages in the active language, or only those for sitemaps: some 40 queries.

    In the order of PAGES; also those that cannot be read whole in the language, but none that the
    language does not have.
    """
    rows = PageRows()
    kinds = [
        kind
        for kind in PAGES
        if is_in_active_language(kind.name) and (kind.is_indexed or not indexed_only)
    ]
    return [page for kind in kinds for page in kind.build(rows)]


# --- What is not a page ---------------------------------------------------------------------------


def _department_slugs() -> list[str]:
    return [department.slug for department in Department.objects.all()]


def _department_numbers() -> list[str]:
    return [department.code.lower() for department in Department.objects.all()]


def _region_slugs() -> list[str]:
    return [region.slug for region in Region.objects.all()]


FILES: dict[str, Callable[[], list[str]] | None] = {
    "manifest": None,
    "service-worker": None,
    "feed": None,
    "calendar": None,
    "image": None,
    "language-offer": None,
    "department-feed": _department_slugs,
    "department-calendar": _department_slugs,
    "department-image": _department_slugs,
    "region-feed": _region_slugs,
    "region-calendar": _region_slugs,
    "region-image": _region_slugs,
    "embed-card": _department_numbers,
    "embed-badge": _department_numbers,
}
"""URLs for machines and other sites, by name: one of the site, or one for each of these places."""

NOT_LISTED = {
    "suggestions": "depends on what someone types",
    "regions": "redirects to the list of departments, which is by region",
}
"""URLs that no list has, by name, and why."""


def every_file() -> Iterator[str]:
    """Yield the path of every file in the active language."""
    for name, refs in FILES.items():
        if refs is None:
            yield reverse(name)
        else:
            yield from (reverse(name, args=[ref]) for ref in refs())
