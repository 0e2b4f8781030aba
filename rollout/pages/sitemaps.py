"""The sitemap: every public page in every language in which it can be read whole."""

import datetime
from functools import cached_property
from itertools import chain
from typing import Any

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.utils.translation import override

from rollout.caching import fragments
from rollout.facts.citations import citations
from rollout.facts.snapshot import RolloutSnapshot
from rollout.models import (
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Kind,
    Update,
)
from rollout.models.texts import reference_language
from rollout.pages import metadata
from rollout.pages.page import Languages, Page


def every_page() -> list[Page]:
    """Return every public page in the active language: some 40 queries, however many there are."""
    snapshot = RolloutSnapshot(departments=Department.objects.with_texts())
    entries = Entry.objects.by_kind(*Kind)
    for_everyone = Entry.objects.for_everyone().by_kind(*metadata.HOME_KINDS)
    routes = list(ActivationRoute.objects.with_texts())
    documents = list(IdentityDocument.objects.active().with_texts())
    schemes = list(HealthScheme.objects.active().with_texts())
    updates = list(Update.objects.for_page()[: metadata.UPDATES_PER_PAGE])
    sources = [citation.source for citation in citations()]
    departments = [row.department for row in snapshot.rows]
    worded: list[Any] = [*snapshot.waves, *departments, *chain(*entries.values())]
    known = Languages([*worded, *routes, *documents, *schemes, *updates, *sources])
    return [
        metadata.home(snapshot, for_everyone, known),
        metadata.departments(snapshot, known),
        metadata.rollout(snapshot, entries, known),
        *(metadata.wave(wave, snapshot, known) for wave in snapshot.waves),
        metadata.set_up(routes, entries, known),
        metadata.can_i(documents, schemes, known),
        metadata.page_of_entries("at-the-counter", metadata.COUNTER_KINDS, entries, known),
        metadata.questions(entries, known),
        metadata.page_of_entries("glossary", [Kind.TERM], entries, known),
        metadata.page_of_rows("updates", updates, known),
        metadata.page_of_rows("sources", [*sources, *entries[Kind.CORRECTION]], known),
        metadata.data(departments),
        *(metadata.page_of_rows(name) for name in ("about", "accessibility", "privacy", "legal")),
        *(metadata.region(part.region, part.rows, known) for part in snapshot.regions),
        *(metadata.department(row, known) for row in snapshot.rows),
    ]


class PagesInLanguage(Sitemap):
    """The pages of one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    @cached_property
    def pages(self) -> list[Page]:
        """Return the pages that can be read whole in it."""
        with override(self.language):
            found = fragments.get_or_set("every page", every_page)
            return [page for page in found if page.is_whole]

    def items(self) -> list[Page]:
        """Return its pages."""
        return self.pages

    def location(self, item: Page) -> str:
        """Return the page's address, without scheme and host."""
        return item.path

    def lastmod(self, item: Page) -> datetime.date | None:
        """Return the day on which what it states last changed."""
        return item.changed_on

    def get_urls(self, page: int | str = 1, site: Any = None, protocol: str | None = None) -> Any:
        """Add to each page the same in the other languages."""
        found = super().get_urls(page, site, protocol)
        for url in found:
            item: Any = url["item"]
            origin = url["location"].removesuffix(item.path)
            rest = item.path.removeprefix(f"/{self.language}/")
            named = [(code, code) for code in item.languages]
            url["alternates"] = [
                {"lang_code": name, "location": f"{origin}/{code}/{rest}"}
                for name, code in [*named, ("x-default", reference_language())]
            ]
        return found

    def get_latest_lastmod(self) -> Any:
        """Return the day of its newest page."""
        days = [page.changed_on for page in self.pages if page.changed_on]
        return max(days, default=None)


def sitemaps() -> dict[str, type[Sitemap] | Sitemap]:
    """Return a sitemap for each language."""
    return {code: PagesInLanguage(code) for code, _name in settings.LANGUAGES}
