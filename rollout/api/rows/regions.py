"""Regions as rows."""

import datetime

from pydantic import Field

from rollout.api.rows.base import Absolute, Row
from rollout.api.rows.phases import codes, count
from rollout.facts import snapshot
from rollout.models import Status, Zone


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


def region_row(status: snapshot.RegionStatus, on: datetime.date, absolute: Absolute) -> Region:
    """Return the row of a region, in the active language; `on` is the day of its status."""
    return Region(
        code=status.region.code,
        name=status.region.name,
        zone=Zone(status.region.zone),
        on=on,
        department_count=len(status.rows),
        open_count=status.open_count,
        maybe_count=count(status.rows, Status.MAYBE),
        departments=codes(status.rows),
        url=absolute(status.region.get_absolute_url()),
    )
