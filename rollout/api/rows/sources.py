"""Sources as rows."""

import datetime
from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Prefetch, TextChoices
from pydantic import Field

from rollout import models
from rollout.api.rows.base import Row
from rollout.models import DatePrecision
from rollout.models.sources import Sourced, fetch_sources

Choice = TypeVar("Choice", bound=TextChoices)


class Source(Row):
    """A public page on which statements rest."""

    slug: str = Field(
        description="Its short name, by which rows cite it.", examples=["rtl-2023-07-25"]
    )
    url: str | None = Field(
        description="Its address; null where it is not known.",
        examples=["https://www.rtl.fr/actu/debats-societe/"],
    )
    publisher: str = Field(description="Who published it.", examples=["rtl.fr"])
    published_on: datetime.date | None = Field(
        description=(
            "Its date; where only the month or year is known, the first day of it; null: undated."
        ),
        examples=["2023-07-25"],
    )
    published_precision: DatePrecision | None = Field(
        description="How much of that date is known.", examples=["day"]
    )
    language: str = Field(description="In which language it is.", examples=["fr"])
    official: bool = Field(
        description="Whether it is a law, an authority or Assurance Maladie itself.",
        examples=[False],
    )
    description: str | None = Field(
        description="What it is, in our words.", examples=["Radio station’s article on the pilot"]
    )
    description_language: str | None = Field(
        description="The language of the description.", examples=["en"]
    )


def with_sources() -> Prefetch:
    """Return the prefetch of the sources of facts with their texts: two queries."""
    return fetch_sources(models.Source.objects.with_texts())


def source_rows(facts: Iterable[Sourced]) -> list[Source]:
    """Return every source that these facts cite, once, by short name."""
    cited = {source.slug: source for fact in facts for source in fact.cited_sources}
    return [_source(cited[slug]) for slug in sorted(cited)]


def _source(source: models.Source) -> Source:
    text = source.text
    return Source(
        slug=source.slug,
        url=source.url or None,
        publisher=source.publisher,
        published_on=source.published_on,
        published_precision=choice_or_none(DatePrecision, source.published_precision),
        language=source.language,
        official=source.official,
        description=text and text.description,
        description_language=text and text.language,
    )


def source_slugs(fact: Sourced) -> list[str]:
    """Return the short names of the sources that a fact cites, in their order."""
    return [source.slug for source in fact.cited_sources]


def choice_or_none(choices: type[Choice], value: str) -> Choice | None:
    """Return one of the choices, or None for the empty string of the database."""
    return choices(value) if value else None
