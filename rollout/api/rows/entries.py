"""Entries as rows: all that is on the site in sentences."""

import datetime

from pydantic import Field

from rollout import models
from rollout.api.rows.base import Absolute, Row
from rollout.api.rows.sources import choice_or_none, source_slugs
from rollout.models import Certainty, DatePrecision, Kind
from rollout.wording import labels


class Entry(Row):
    """A statement in words: a step, a question, a term …"""

    slug: str = Field(description="Its short name, which never changes.", examples=["cpam"])
    kind: Kind = Field(description="What it is for.", examples=["term"])
    position: int = Field(description="Its place among its kind: lower first.", examples=[90])
    title: str = Field(
        examples=["CPAM (caisse primaire d’assurance maladie), the local health insurance fund"]
    )
    markdown: str = Field(
        description=(
            "Its text as editors write it, in Markdown. A target such as term:cpam is another "
            "entry: its kind, a colon, its short name."
        ),
        examples=["The local fund of [Assurance Maladie](term:assurance-maladie)."],
    )
    html: str = Field(
        description="The same as HTML of a few plain tags; links to this site begin with “/”.",
        examples=['<p>The local fund of <a href="/en/glossary/#assurance-maladie">…</a>.</p>'],
    )
    text_language: str = Field(
        description="The language of title and text: English where they are not translated yet.",
        examples=["en"],
    )
    text_is_outdated: bool = Field(
        description="Whether the English text has changed since this was translated.",
        examples=[False],
    )
    french_words: str | None = Field(
        description="The words to look for on the screen, or to say at a counter.",
        examples=[None],
    )
    route: str | None = Field(
        description="Of a step or thing to have ready: for which way to activate the app.",
        examples=[None],
    )
    day: datetime.date | None = Field(
        description="Of a milestone or figure: its day, or the first day of its month or year.",
        examples=[None],
    )
    day_precision: DatePrecision | None = Field(
        description="How much of that day is known.", examples=[None]
    )
    certainty: Certainty = Field(description="How sure it is, as a code.", examples=["official"])
    certainty_text: str = Field(
        description="The same in words.", examples=["confirmed by an official source"]
    )
    last_checked: datetime.date = Field(
        description="The day on which it was last compared with its sources.",
        examples=["2026-11-23"],
    )
    check_again_by: datetime.date | None = Field(
        description="The day by which that is due again; null: never, it is history.",
        examples=["2027-02-21"],
    )
    sources: list[str] = Field(
        description="The short names of its sources.", examples=[["service-public-2025-03-20"]]
    )
    url: str = Field(
        description="Where it stands on this site.",
        examples=["https://example.org/en/glossary/#cpam"],
    )


def entries_with_sources(kind: Kind | None) -> list[models.Entry]:
    """Return the public entries, of one kind or all, by kind and in reading order: two queries."""
    entries = models.Entry.objects.of_kind(*([kind] if kind else Kind))
    return [entry for entry in entries if entry.text]


def entry_row(fact: models.Entry, absolute: Absolute) -> Entry:
    """Return the row of a public entry, in the active language."""
    text: models.EntryText = fact.text
    return Entry(
        slug=fact.slug,
        kind=Kind(fact.kind),
        position=fact.position,
        title=text.title,
        markdown=text.body,
        html=str(labels.markdown(text.body)).strip(),
        text_language=text.language,
        text_is_outdated=fact.is_outdated,
        french_words=fact.french_words or None,
        route=fact.route_id,
        day=fact.day,
        day_precision=choice_or_none(DatePrecision, fact.day_precision),
        certainty=Certainty(fact.certainty),
        certainty_text=labels.certainty(fact.certainty),
        last_checked=fact.last_checked,
        check_again_by=fact.check_again_by,
        sources=source_slugs(fact),
        url=absolute(fact.get_absolute_url()),
    )
