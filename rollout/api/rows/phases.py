"""The waves of the roll-out as rows; the API calls them phases, and that name is a contract."""

import datetime
from collections.abc import Iterable, Sequence

from django.db.models import prefetch_related_objects
from pydantic import Field

from rollout.api.rows.base import Absolute, Row
from rollout.api.rows.sources import source_slugs, with_sources
from rollout.facts import snapshot
from rollout.models import Precision, Status


class PhaseDay(Row):
    """One of the days on which departments of a wave opened or will open."""

    opened_on: datetime.date = Field(
        description="The day; with precision “by” the latest possible one.",
        examples=["2023-07-25"],
    )
    precision: Precision = Field(
        description="“on”: that very day; “about”: some days before or after it; “by”: that day at "
        "the latest.",
        examples=["about"],
    )
    departments: list[str] = Field(
        description="The INSEE codes of the departments with this day.", examples=[["67", "69"]]
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
        description="The first of its departments’ days; null: none has one. `days` has all.",
        examples=["2023-07-25"],
    )
    precision: Precision = Field(
        description="The least exact of its days: “by”, else “about”, else “on”.",
        examples=["about"],
    )
    on: datetime.date = Field(
        description="The day of which the count is told, as known today.", examples=["2025-05-28"]
    )
    department_count: int = Field(description="How many departments it has.", examples=[8])
    open_count: int = Field(
        description="In how many of them the app could surely be activated.", examples=[8]
    )
    open_after: int | None = Field(
        description="In how many departments, of all waves, the app had opened by the last of its "
        "days; those that were suspended later count. Null: none of its departments has a day.",
        examples=[8],
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
    days: list[PhaseDay] = Field(
        description="Its days, first to last, each with its departments. Departments without a day "
        "are in none.",
        examples=[[{"opened_on": "2023-07-25", "precision": "about", "departments": ["69"]}]],
    )


def with_phase_sources(wave_statuses: Iterable[snapshot.WaveStatus]) -> list[snapshot.WaveStatus]:
    """Return these waves, in their order, with the sources fetched: two queries."""
    result = list(wave_statuses)
    prefetch_related_objects([wave_status.wave for wave_status in result], with_sources())
    return result


def phase_row(wave_status: snapshot.WaveStatus, on: datetime.date, absolute: Absolute) -> Phase:
    """Return the row of a wave, in the active language."""
    fact = wave_status.wave
    return Phase(
        slug=fact.slug,
        position=fact.position,
        name=fact.name,
        note=fact.text and (fact.text.note or None),
        text_language=fact.text and fact.text.language,
        opened_on=wave_status.openings[0].day if wave_status.openings else None,
        precision=wave_status.precision,
        on=on,
        department_count=len(wave_status.rows),
        open_count=count(wave_status.rows, Status.OPEN),
        open_after=wave_status.open_after,
        departments=codes(wave_status.rows),
        last_checked=fact.last_checked,
        check_again_by=fact.check_again_by,
        sources=source_slugs(fact),
        url=absolute(fact.get_absolute_url()),
        days=[
            PhaseDay(
                opened_on=opening.day, precision=opening.precision, departments=codes(opening.rows)
            )
            for opening in wave_status.openings
        ],
    )


def codes(rows: Sequence[snapshot.DepartmentStatus]) -> list[str]:
    """Return the INSEE codes of these departments, in their order."""
    return [row.department.code for row in rows]


def count(rows: Sequence[snapshot.DepartmentStatus], status: Status) -> int:
    """Return how many of these departments have a status."""
    return sum(row.state.status == status for row in rows)
