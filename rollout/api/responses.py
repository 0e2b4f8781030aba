"""The responses of the API: rows with the fields beside them. Names and fields are a contract."""

from pydantic import BaseModel, Field

from rollout.api.rows.departments import DatedEnvelope, Department, Envelope
from rollout.api.rows.entries import Entry
from rollout.api.rows.licence import Licence
from rollout.api.rows.phases import Phase
from rollout.api.rows.places import Place
from rollout.api.rows.regions import Region
from rollout.api.rows.updates import Update
from rollout.search import Note


class Page(BaseModel):
    """Where in a list an answer is."""

    page: int = Field(description="Which page this is.", examples=[1])
    per_page: int = Field(description="Rows on a page.", examples=[50])
    pages: int = Field(description="How many pages there are.", examples=[1])
    count: int = Field(description="How many rows there are in all.", examples=[1])


class Departments(DatedEnvelope):
    """Departments on one day."""

    count: int = Field(description="How many rows there are.", examples=[1])
    departments: list[Department]


class OneDepartment(DatedEnvelope):
    """One department on one day."""

    department: Department


class Regions(DatedEnvelope):
    """Regions on one day."""

    count: int = Field(description="How many rows there are.", examples=[1])
    regions: list[Region]


class OneRegion(DatedEnvelope):
    """One region on one day, with its departments."""

    region: Region
    departments: list[Department]


class Phases(DatedEnvelope):
    """The waves of the roll-out on one day, first to last."""

    count: int = Field(description="How many rows there are.", examples=[1])
    phases: list[Phase]


class OnePhase(DatedEnvelope):
    """One wave on one day, with its departments."""

    phase: Phase
    departments: list[Department]


class Entries(Envelope, Page):
    """Statements in words, by kind and in reading order."""

    entries: list[Entry]


class OneEntry(Envelope):
    """One statement in words."""

    entry: Entry


class Updates(Envelope, Page):
    """What changed, newest first."""

    updates: list[Update]


class OneUpdate(Envelope):
    """One change."""

    update: Update


class Found(DatedEnvelope):
    """What was meant by what was typed, most likely first, and why."""

    query: str = Field(description="What was read of it.", examples=["villeurbanne"])
    is_guess: bool = Field(
        description="Whether nothing is called so, and the places are near spellings.",
        examples=[False],
    )
    departments: list[Department] = Field(
        description="The departments that were meant, with their state on that day."
    )
    places: list[Place] = Field(description="The places that led there.")
    note: Note | None = Field(
        description=(
            "What must be said beside the list. empty: nothing was typed; nothing_found: no place "
            "is meant; not_a_department: it is overseas or Monaco, and we do not know; "
            "also_not_a_department: such a place has that name too; postcode_fallback: no town has "
            "this postcode (a CEDEX?), its first digits decided; postcode_prefix: it is the "
            "beginning of postcodes; elsewhere: the town is not in the department typed with it, "
            "both are listed; town_unknown: the town is not known, the department typed with it "
            "is; postcode_elsewhere: the town does not have the postcode typed with it, both are "
            "listed; personal: a social security or phone number or an e-mail address was typed; "
            "it is not repeated, and must not be sent."
        ),
        examples=[None],
    )
    note_subject: str | None = Field(
        description="What the note is about: a place, a postcode, the query.", examples=[None]
    )
    suggestions: list[str] = Field(
        description="Near spellings, where nothing is found.", examples=[[]]
    )


class Address(BaseModel):
    """An address of the API."""

    operation: str = Field(description="Its id in the description.", examples=["departments"])
    title: str = Field(description="What is there.", examples=["All departments on one day"])
    href: str = Field(
        description="The address; what stands in braces is to be filled in (RFC 6570).",
        examples=["https://example.org/api/v1/departments/{code}"],
    )


class Contents(BaseModel):
    """What there is."""

    title: str = Field(examples=["The carte Vitale app in your department"])
    version: str = Field(description="The version of the API.", examples=["1.0.0"])
    documentation: str = Field(
        description="The page that explains it.", examples=["https://example.org/en/data/"]
    )
    licence: Licence
    addresses: list[Address]
