"""What all rows have in common.

Their fields are a contract: v1 may gain some, and loses or renames none.
"""

import datetime
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

Absolute = Callable[[str], str]
"""From a path on this site to an address with scheme and host."""


class Row(BaseModel):
    """A row of a response; it cannot be changed."""

    model_config = ConfigDict(frozen=True)


class OnDay(BaseModel):
    """The field of every response that depends on the day."""

    on: datetime.date = Field(
        description="The day of which it tells, as known today.", examples=["2025-05-28"]
    )
