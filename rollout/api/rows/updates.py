"""Updates as rows: the public changes."""

import datetime
import uuid

from pydantic import Field

from rollout import models
from rollout.api.rows.base import Absolute, Row


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


def update_row(fact: models.Update, absolute: Absolute) -> Update:
    """Return the row of a public update, in the active language."""
    return Update(
        id=fact.id,
        published_at=fact.published_at.astimezone(datetime.UTC),
        note=fact.text and fact.text.note,
        text_language=fact.text and fact.text.language,
        departments=[department.code for department in fact.departments.all()],
        url=absolute(fact.get_absolute_url()),
    )
