"""What rows hold, as keys of the parts of pages that show them and no other fact."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django.db import models

from rollout.dates import today
from rollout.facts.snapshot import DepartmentStatus, RegionStatus
from rollout.models.sources import Sourced
from rollout.models.texts import Translated


def contents(value: Any) -> Hashable:
    """Return what a part can show of a value: of a row, or of each in a list, all that it holds."""
    if isinstance(value, models.Model):
        return _contents_of_row(value)
    if isinstance(value, DepartmentStatus):
        return tuple(map(contents, (value.department, value.state, value.wave, value.wave_number)))
    if isinstance(value, RegionStatus):
        return contents([value.region, *value.rows])
    if isinstance(value, list):
        return tuple(map(contents, value))
    return value  # type: ignore[no-any-return]


def _contents_of_row(row: models.Model) -> Hashable:
    """Return a row's key, and a hash of its columns, its texts and sources, and of the day.

    The day decides what is overdue. A hash, since the texts themselves would stay in memory.
    """
    parts: list[object] = [today(), _columns(row)]
    if isinstance(row, Translated):
        parts += [_columns(text) for text in (row.text, row.reference_text) if text]
    if isinstance(row, Sourced) and row.has_fetched_sources:
        parts += map(_columns, row.cited_sources)
    return type(row), row.pk, hash(tuple(parts))


def _columns(row: models.Model) -> tuple[object, ...]:
    return tuple(map(row.__dict__.get, _column_names(type(row))))


@lru_cache
def _column_names(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
