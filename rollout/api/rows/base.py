"""What all rows have in common.

Their fields are a contract: v1 may gain some, and loses or renames none.
"""

import datetime
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field

Absolute = Callable[[str], str]
"""From a path on this site to a whole address."""


class Row(BaseModel):
    """What all rows have in common: they are made once and not changed."""

    model_config = ConfigDict(frozen=True)


class OnDay(BaseModel):
    on: datetime.date = Field(
        description="The day of which it tells, as known today.", examples=["2025-05-28"]
    )
