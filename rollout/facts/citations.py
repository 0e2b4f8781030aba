"""What rests on each source: the sources page is built from it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import get_language

from rollout.caching import fragments
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Source,
    Sourced,
    Wave,
)
from rollout.models.sources import fetch_sources
from rollout.models.texts import reference_language


class Fact(NamedTuple):
    """A link to a public fact: its title, its address, and the language code of that title."""

    title: str
    address: str
    language: str


@dataclass(frozen=True)
class Citation:
    """A source with the facts that rest on it, each once, departments last."""

    source: Source
    facts: list[Fact] = field(default_factory=list)


def citation(slug: str) -> Citation | None:
    """Return the source of this short name, or None where it has no public fact or is not there."""
    return next((row for row in citations() if row.source.slug == slug), None)


def citations() -> list[Citation]:
    """Return every source on which a public fact rests, newest first, undated ones last.

    Some 20 queries, cached for one data version and language, since there are as many pages of a
    source as there are sources: callers must not change the list.
    """
    return fragments.get_or_set("citations", _citations)


def _citations() -> list[Citation]:
    by_slug = {row.slug: Citation(row) for row in Source.objects.newest_first().with_texts()}
    for row, fact in _facts():
        for source in row.cited_sources:
            if source.slug in by_slug and fact not in by_slug[source.slug].facts:
                by_slug[source.slug].facts.append(fact)
    return [citation for citation in by_slug.values() if citation.facts]


def _facts() -> Iterator[tuple[Sourced, Fact]]:
    """Yield every public row that cites sources, with the fact to which readers are led."""
    for entry in Entry.objects.with_texts().with_sources():
        if entry.text:
            yield entry, _fact(entry, entry.text.title)
    for wave in Wave.objects.for_page().prefetch_related(fetch_sources()):
        yield wave, _fact(wave, wave.name)
    acceptances = (
        Acceptance.objects.filter(is_active=True, document__is_active=True)
        .select_related("document")
        .prefetch_related(fetch_sources(), "document__texts")
    )
    for acceptance in acceptances:
        yield acceptance, _fact(acceptance.document, acceptance.document.name)
    for scheme in HealthScheme.objects.active().for_page():
        yield scheme, _fact(scheme, scheme.name)
    for route in ActivationRoute.objects.for_page():
        if route.text:
            yield route, _fact(route, route.text.name)
    language = get_language() or reference_language()
    for department in Department.objects.prefetch_related(fetch_sources()):
        title = f"{department.code} {department.name}"
        yield department, Fact(title, department.get_absolute_url(), language)


def _fact(
    row: Entry | Wave | IdentityDocument | HealthScheme | ActivationRoute, title: str
) -> Fact:
    language = row.text.language if row.text else get_language() or reference_language()
    return Fact(title, row.get_absolute_url(), language)
