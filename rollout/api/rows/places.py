"""Results of the search, as rows."""

from enum import StrEnum

from pydantic import Field

from rollout import search
from rollout.api.rows.base import Row
from rollout.search import PlaceKind


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


def place_row(place: search.Place) -> Place:
    """Return the row of a search result."""
    return Place(
        name=place.name,
        kind=place.kind,
        match=Match[place.match.name],
        departments=list(place.departments),
        today=place.today or None,
        postcode=place.postcode or None,
        approximate=place.approximate,
    )
