"""Since when the content of a row is what it is: for sitemaps, feeds and pages (decision 12)."""

import datetime
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from rollout.dates import today


class ContentTracked(models.Model):
    """A row that readers see.

    `facts.writer` sets `changed_at` when its content changes, not when it is only checked again.
    None: it is not known since when the content is what it is.
    """

    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)

    untracked_fields: ClassVar[frozenset[str]] = frozenset({"changed_at"})
    """The fields that are no content, such as the day of the last check."""
    effective_date_fields: ClassVar[tuple[str, ...]] = ()
    """The fields of days on which the content changes by itself, such as an announced opening."""

    class Meta:
        abstract = True

    @property
    def content_values(self) -> object:
        """Return the content, to be compared with that of before: a list in the fields' order."""
        return [
            getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.name not in self.untracked_fields
        ]

    @property
    def effective_since(self) -> datetime.datetime | None:
        """Return the moment since which the content is that of today, also by its dates.

        None where `changed_at` is not known.
        """
        if self.changed_at is None:
            return None
        days = [getattr(self, name) for name in self.effective_date_fields]
        passed = [day for day in days if day is not None and day <= today()]
        return max([self.changed_at, *map(_midnight, passed)])


def _midnight(day: datetime.date) -> datetime.datetime:
    """Return the moment at which a day begins in Paris."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def keep_history(*m2m_fields: str, without: Sequence[str] = ()) -> Any:  # it has no types
    """Return the history table of such a model, with these many-to-many fields.

    `changed_at`, and the fields of `without`, are left out: they would come back with an old
    version.
    """
    return HistoricalRecords(excluded_fields=["changed_at", *without], m2m_fields=m2m_fields)
