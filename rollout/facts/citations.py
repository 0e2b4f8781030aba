"""What rests on each source: the sources page is built from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import get_language

from rollout.caching import fragments
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    Source,
    Wave,
)
from rollout.models.texts import reference_language


class Fact(NamedTuple):
    """A public statement: what it is called, where it stands, and the language of its name."""

    title: str
    address: str
    language: str


@dataclass(frozen=True)
class Citation:
    """A source with the facts that rest on it, the days of departments last."""

    source: Source
    facts: list[Fact] = field(default_factory=list)


def citation(slug: str) -> Citation | None:
    """Return the source of this name, or None where there is none or nothing public rests on it."""
    return next((found for found in citations() if found.source.slug == slug), None)


def citations() -> list[Citation]:
    """Return every source on which something public rests, newest first: not to be changed.

    Some 20 queries, but kept: there are as many pages of one source as there are sources.
    """
    return fragments.get_or_set("citations", _citations)


def _citations() -> list[Citation]:
    found = {row.slug: Citation(row) for row in Source.objects.newest_first().with_texts()}
    for row, fact in _facts():
        for source in row.sources.all():
            if source.slug in found and fact not in found[source.slug].facts:
                found[source.slug].facts.append(fact)
    return [citation for citation in found.values() if citation.facts]


def _facts() -> Iterable[tuple[Any, Fact]]:
    """Yield every row that cites sources and may be seen, as the fact that readers find."""
    for entry in Entry.objects.with_texts().with_sources():
        if entry.text:
            yield entry, _fact(entry, entry.text.title)
    for wave in Wave.objects.for_page().prefetch_related("sources"):
        yield wave, _fact(wave, wave.name)
    acceptances = (
        Acceptance.objects.filter(is_active=True, document__is_active=True)
        .select_related("document")
        .prefetch_related("sources", "document__texts")
    )
    for acceptance in acceptances:
        yield acceptance, _fact(acceptance.document, acceptance.document.name)
    for scheme in HealthScheme.objects.active().for_page():
        yield scheme, _fact(scheme, scheme.name)
    for route in ActivationRoute.objects.for_page():
        if route.text:
            yield route, _fact(route, route.text.name)
    here = get_language() or reference_language()
    for department in Department.objects.prefetch_related("sources"):
        title = f"{department.code} {department.name}"
        yield department, Fact(title, department.get_absolute_url(), here)


def _fact(row: Any, title: str) -> Fact:
    language = row.text.language if row.text else get_language() or reference_language()
    return Fact(title, row.get_absolute_url(), language)
