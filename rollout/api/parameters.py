"""The parameters of the API, with their limits and descriptions: in queries, then in paths."""

import datetime
import re
from typing import Annotated, Any

from django.conf import settings
from ninja import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema

from rollout.caching.languages import public_languages
from rollout.dates import SelectedDay, today
from rollout.models import Kind, Status
from rollout.models.texts import reference_language

LANGUAGES = [code for code, _name in settings.LANGUAGES]
"""All that may be public one day: the description of the API does not change when one is."""
MAX_PARAMETER_LENGTH = 200
"""In characters: what the search reads of a query."""


def is_public_language(code: str) -> bool:
    """Tell whether this is the code of a public language: a query, but not for FULL_LANGUAGES."""
    return code in settings.FULL_LANGUAGES or code in public_languages()


def _valid_language(code: str) -> str:
    if not is_public_language(code):
        raise ValueError(f"Choose one of: {', '.join(public_languages())}.")
    return code


def _day(text: str) -> datetime.date:
    selected = SelectedDay.read(text)
    if selected.is_refused or text != selected.day.isoformat():  # spaces, or nothing
        raise ValueError(f"Write a day as 2025-05-28, from {selected.first} to {selected.last}.")
    return selected.day


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text):
        raise ValueError("Write a whole number in digits.")
    return int(text)


def _text(**limits: object) -> WithJsonSchema:
    """Describe a parameter as it is written; one that is left out needs no "or null"."""
    return WithJsonSchema({"type": "string", **limits})


Language = Annotated[str, AfterValidator(_valid_language), _text(enum=LANGUAGES)]
Day = Annotated[datetime.date, BeforeValidator(_day), _text(format="date")]
Number = Annotated[int, BeforeValidator(_number)]
Code = Annotated[
    Annotated[str, Field(max_length=3), AfterValidator(str.upper)] | None, _text(maxLength=3)
]


class LanguageQuery(BaseModel):
    """The query of an address with text."""

    language: Language = Field(
        reference_language(), description="The language of words and of pages.", examples=["en"]
    )


class DayQuery(LanguageQuery):
    """The query of an address that depends on the day."""

    on: Day = Field(
        default_factory=today,
        description=(
            "The day to tell of, as known today: from 27 May 2019 to the end of next year. "
            "Today in Paris if it is left out."
        ),
        examples=["2025-05-28"],
    )


class PagesQuery(LanguageQuery):
    """The query of a list in pages."""

    page: Number = Field(1, ge=1, description="Which page of the list.", examples=[1])
    per_page: Number = Field(50, ge=1, le=100, description="Rows on a page.", examples=[50])


class DepartmentsQuery(DayQuery):
    """The query of the list of departments; `region` is a code in upper case."""

    region: Code = Field(
        None, description="Only those of this region, by its INSEE code.", examples=["84"]
    )
    phase: Annotated[str | None, _text()] = Field(
        None, description="Only those of this wave, by its short name.", examples=["pilot-2023"]
    )
    status: Annotated[Status | None, _text(enum=list(Status))] = Field(
        None, description="Only those of which this is said on that day.", examples=["open"]
    )


class EntriesQuery(PagesQuery):
    """The query of the list of entries."""

    kind: Annotated[Kind | None, _text(enum=list(Kind))] = Field(
        None, description="Only those of this kind.", examples=["term"]
    )


class UpdatesQuery(PagesQuery):
    """The query of the list of updates; codes are in upper case."""

    department: Code = Field(
        None, description="Only those that concern this department.", examples=["69"]
    )
    region: Code = Field(
        None,
        description="Only those that concern a department of this region.",
        examples=["84"],
    )


class SearchQuery(DayQuery):
    """The query of the search."""

    q: str = Field(
        max_length=MAX_PARAMETER_LENGTH,
        description=(
            "What one would type: a town, postcode, department, region, former name, name in "
            "another language, whole address; with or without accents, typos allowed."
        ),
        examples=["villeurbanne"],
    )


# --- Parts of the path ----------------------------------------------------------------------------


def _path(description: str, example: str) -> Any:
    return Path(..., description=description, example=example)


DepartmentPath = Annotated[str, _path("The INSEE code of a department: 01, 2A or 2a, 971.", "69")]
RegionPath = Annotated[str, _path("The INSEE code of a region.", "84")]
PhasePath = Annotated[str, _path("The short name of a wave.", "pilot-2023")]
EntryPath = Annotated[str, _path("The short name of an entry.", "cpam")]
UpdatePath = Annotated[str, _path("The id of an update.", "0b6f3c1e-8f5e-4f57-9d0f-0f6f2b1f7f10")]
