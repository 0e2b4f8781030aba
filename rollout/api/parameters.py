"""What may be asked of the API: every parameter, with its limits and its description."""

import datetime
import re
from typing import Annotated

from django.conf import settings
from ninja import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema

from rollout.dates import SelectedDay, today
from rollout.models import Kind, Status
from rollout.models.texts import reference_language

LANGUAGES = [code for code, _name in settings.LANGUAGES]
LONGEST = 200
"""Characters of a parameter: what the search reads of a query."""


def _known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"Choose one of: {', '.join(LANGUAGES)}.")
    return code


def _day(text: str) -> datetime.date:
    asked = SelectedDay.read(text)
    if asked.is_refused or text != asked.day.isoformat():  # spaces, or nothing
        raise ValueError(f"Write a day as 2025-05-28, from {asked.first} to {asked.last}.")
    return asked.day


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text):
        raise ValueError("Write a whole number in digits.")
    return int(text)


Language = Annotated[
    str, AfterValidator(_known_language), WithJsonSchema({"type": "string", "enum": LANGUAGES})
]
Day = Annotated[
    datetime.date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})
]
Number = Annotated[int, BeforeValidator(_number)]
Code = Annotated[str, Field(max_length=3), AfterValidator(str.upper)]


class InLanguage(BaseModel):
    """What every address may be asked."""

    language: Language = Field(
        reference_language(), description="The language of words and of pages.", examples=["en"]
    )


class OnDay(InLanguage):
    """What may be asked where the answer depends on the day."""

    on: Day = Field(
        default_factory=today,
        description=(
            "The day to tell of, as known today: from 27 May 2019 to the end of next year. "
            "Today in Paris if it is left out."
        ),
        examples=["2025-05-28"],
    )


class InPages(InLanguage):
    """What may be asked of a list that grows."""

    page: Number = Field(1, ge=1, description="Which page of the list.", examples=[1])
    per_page: Number = Field(50, ge=1, le=100, description="Rows on a page.", examples=[50])


class DepartmentsAsked(OnDay):
    """What may be asked of the departments."""

    region: Code | None = Field(
        None, description="Only those of this region, by its INSEE code.", examples=["84"]
    )
    phase: str | None = Field(
        None, description="Only those of this wave, by its short name.", examples=["pilot-2023"]
    )
    status: Status | None = Field(
        None, description="Only those of which this is said on that day.", examples=["open"]
    )


class EntriesAsked(InPages):
    """What may be asked of the entries."""

    kind: Kind | None = Field(None, description="Only those of this kind.", examples=["term"])


class UpdatesAsked(InPages):
    """What may be asked of the updates."""

    department: Code | None = Field(
        None, description="Only those that concern this department.", examples=["69"]
    )
    region: Code | None = Field(
        None,
        description="Only those that concern a department of this region.",
        examples=["84"],
    )


class SearchAsked(OnDay):
    """What may be asked of the search."""

    q: str = Field(
        max_length=LONGEST,
        description=(
            "What one would type: a town, postcode, department, region, former name, name in "
            "another language, whole address; with or without accents, typos allowed."
        ),
        examples=["villeurbanne"],
    )


# --- What stands in an address --------------------------------------------------------------------


def _named(description: str, example: str) -> Path:
    return Path(..., description=description, example=example)


DepartmentNamed = Annotated[str, _named("The INSEE code of a department: 01, 2A or 2a, 971.", "69")]
RegionNamed = Annotated[str, _named("The INSEE code of a region.", "84")]
PhaseNamed = Annotated[str, _named("The short name of a wave.", "pilot-2023")]
EntryNamed = Annotated[str, _named("The short name of an entry.", "cpam")]
UpdateNamed = Annotated[str, _named("The id of an update.", "0b6f3c1e-8f5e-4f57-9d0f-0f6f2b1f7f10")]
