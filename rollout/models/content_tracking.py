"""Since when a row states what it states: sitemaps, feeds and pages tell it."""

import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from rollout.dates import today


class ContentTracked(models.Model):
    """A row that tells readers something.

    `changed_at` is written by changes.py when that changes, not when it is merely checked again.
    """

    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    untracked_fields: ClassVar[frozenset[str]] = frozenset({"changed_at"})
    """The fields that say nothing of the matter: when it was checked, by whom a text was read."""
    effective_date_fields: ClassVar[tuple[str, ...]] = ()
    """The days on which what is said of the row changes by itself."""

    class Meta:
        abstract = True

    @property
    def content_values(self) -> Any:
        """Return all that it states, to be compared with what it stated before."""
        return [
            getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.name not in self.untracked_fields
        ]

    @property
    def effective_since(self) -> datetime.datetime:
        """Return the moment since which it states what it states today."""
        days = [getattr(self, name) for name in self.effective_date_fields]
        passed = [day for day in days if day is not None and day <= today()]
        return max([self.changed_at, *map(_midnight, passed)])


def _midnight(day: datetime.date) -> datetime.datetime:
    """Return the moment in Paris at which a day begins."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def keep_history(*m2m_fields: str) -> Any:
    """Return the history of such a row: who changed what, when and why, its relations too.

    `changed_at` follows from it, and would come back with an old version.
    """
    return HistoricalRecords(excluded_fields=["changed_at"], m2m_fields=m2m_fields)
