"""What the API answers: rows of open_data, with what is said beside them."""

from pydantic import BaseModel, Field

from rollout import open_data
from rollout.search import Note


class Page(BaseModel):
    """Where in a list an answer is."""

    page: int = Field(description="Which page this is.", examples=[1])
    per_page: int = Field(description="Rows on a page.", examples=[50])
    pages: int = Field(description="How many pages there are.", examples=[1])
    count: int = Field(description="How many rows there are in all.", examples=[1])


class Departments(open_data.AnswerOnDay):
    """Departments on one day."""

    count: int = Field(description="How many rows there are.", examples=[1])
    departments: list[open_data.Department]


class OneDepartment(open_data.AnswerOnDay):
    """One department on one day."""

    department: open_data.Department


class Regions(open_data.AnswerOnDay):
    """Regions on one day."""

    count: int = Field(description="How many rows there are.", examples=[1])
    regions: list[open_data.Region]


class OneRegion(open_data.AnswerOnDay):
    """One region on one day, with its departments."""

    region: open_data.Region
    departments: list[open_data.Department]


class Phases(open_data.AnswerOnDay):
    """The waves of the roll-out on one day, first to last."""

    count: int = Field(description="How many rows there are.", examples=[1])
    phases: list[open_data.Phase]


class OnePhase(open_data.AnswerOnDay):
    """One wave on one day, with its departments."""

    phase: open_data.Phase
    departments: list[open_data.Department]


class Entries(open_data.Answer, Page):
    """Statements in words, by kind and in reading order."""

    entries: list[open_data.Entry]


class OneEntry(open_data.Answer):
    """One statement in words."""

    entry: open_data.Entry


class Updates(open_data.Answer, Page):
    """What changed, newest first."""

    updates: list[open_data.Update]


class OneUpdate(open_data.Answer):
    """One change."""

    update: open_data.Update


class Found(open_data.AnswerOnDay):
    """What was meant by what was typed, most likely first, and why."""

    query: str = Field(description="What was read of it.", examples=["villeurbanne"])
    is_guess: bool = Field(
        description="Whether nothing is called so, and the places are near spellings.",
        examples=[False],
    )
    departments: list[open_data.Department] = Field(
        description="The departments that were meant, with their state on that day."
    )
    places: list[open_data.Place] = Field(description="The places that led there.")
    note: Note | None = Field(
        description=(
            "What must be said beside the list. empty: nothing was typed; nothing_found: no place "
            "is meant; not_a_department: it is overseas or Monaco, and we do not know; "
            "also_not_a_department: such a place has that name too; postcode_fallback: no town has "
            "this postcode (a CEDEX?), its first digits decided; postcode_prefix: it is the "
            "beginning of postcodes; elsewhere: the town is not in the department typed with it, "
            "both are listed; town_unknown: the town is not known, the department typed with it is."
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


class Index(BaseModel):
    """What there is."""

    title: str = Field(examples=["Carte Vitale app, place by place"])
    version: str = Field(description="The version of the API.", examples=["1.0.0"])
    documentation: str = Field(
        description="The page that explains it.", examples=["https://example.org/en/data/"]
    )
    licence: open_data.Licence
    addresses: list[Address]
