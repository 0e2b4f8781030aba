"""What rests on each source: the sources page is built from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    Phase,
    Source,
)
from rollout.models.texts import Text


@dataclass(frozen=True)
class Fact:
    """A public statement: what it is called, where it stands, and the words that name it."""

    title: str
    address: str
    text: Text | None


@dataclass(frozen=True)
class Citation:
    """A source with the facts that rest on it, and for how many departments it is used."""

    source: Source
    facts: list[Fact] = field(default_factory=list)
    departments: list[Department] = field(default_factory=list)


def citation(slug: str) -> Citation | None:
    """Return the source of this name, or None where there is none or nothing public rests on it."""
    return next((found for found in citations() if found.source.slug == slug), None)


def citations() -> list[Citation]:
    """Return every source on which something public rests, newest first: some 20 queries."""
    found = {row.slug: Citation(row) for row in Source.objects.newest_first().with_texts()}
    for row, fact in _facts():
        for source in row.sources.all():
            if source.slug in found and fact not in found[source.slug].facts:
                found[source.slug].facts.append(fact)
    for department in Department.objects.prefetch_related("sources"):
        for source in department.sources.all():
            found[source.slug].departments.append(department)
    return [citation for citation in found.values() if citation.facts or citation.departments]


def _facts() -> Iterable[tuple[Any, Fact]]:
    """Yield every row that cites sources and may be seen, as the fact that readers find."""
    for entry in Entry.objects.with_texts().with_sources():
        if entry.text:
            yield entry, Fact(entry.text.title, entry.get_absolute_url(), entry.text)
    for phase in Phase.objects.for_page().prefetch_related("sources"):
        yield phase, Fact(phase.name, phase.get_absolute_url(), phase.text)
    acceptances = (
        Acceptance.objects.filter(is_used=True, document__is_offered=True)
        .select_related("document")
        .prefetch_related("sources", "document__texts")
    )
    for acceptance in acceptances:
        document = acceptance.document
        yield acceptance, Fact(document.name, document.get_absolute_url(), document.text)
    for scheme in HealthScheme.objects.offered().for_page():
        yield scheme, Fact(scheme.name, scheme.get_absolute_url(), scheme.text)
    for route in ActivationRoute.objects.for_page():
        if route.text:
            yield route, Fact(route.text.name, route.get_absolute_url(), route.text)
