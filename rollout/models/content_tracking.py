"""Since when the content of a row is what it is: for sitemaps, feeds and pages (decision 16)."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from rollout.dates import midnight, today


class ContentTracked(models.Model):
    """A row that readers see.

    When an editor changes its content, `facts.writer` sets `changed_at` to that moment; a row of
    the data files brings its own, from the ledger of changes. A mere check does not move it. None:
    it is not known since when the content is what it is, and nothing may be claimed of that.
    """

    changed_at = models.DateTimeField(_("changed"), null=True, blank=True, editable=False)

    untracked_fields: ClassVar[frozenset[str]] = frozenset({"changed_at"})
    """The fields that are no content, such as the day of the last check."""
    effective_date_fields: ClassVar[tuple[str, ...]] = ()
    """The fields of days on which the content changes by itself, such as an announced opening."""

    class Meta:
        abstract = True

    @property
    def content_values(self) -> Mapping[str, object]:
        """Return the content that readers see, by the attribute of the field.

        To be compared with that of before, and for the ledger of changes; {}: they see nothing.
        """
        return {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.name not in self.untracked_fields and not isinstance(field, models.AutoField)
        }

    @property
    def effective_since(self) -> datetime.datetime | None:
        """Return the moment since which the content is that of today, also by its dates.

        None where `changed_at` is not known.
        """
        if self.changed_at is None:
            return None
        days = [getattr(self, name) for name in self.effective_date_fields]
        passed = [day for day in days if day is not None and day <= today()]
        return max([self.changed_at, *map(midnight, passed)])


def latest_change(moments: Sequence[datetime.datetime | None]) -> datetime.datetime | None:
    """Return the latest moment; None if one is not known, which may be later, or there is none."""
    return max((moment for moment in moments if moment), default=None) if all(moments) else None


def keep_history(*m2m_fields: str, without: Sequence[str] = ()) -> Any:  # it has no types
    """Return the history table of such a model, with these many-to-many fields.

    `changed_at`, and the fields of `without`, are left out: they would come back with an old
    version.
    """
    return HistoricalRecords(excluded_fields=["changed_at", *without], m2m_fields=m2m_fields)
