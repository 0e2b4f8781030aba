"""Public updates: what an edit changed, for readers and feeds."""

import datetime
import uuid
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from rollout.kinds import page_address
from rollout.models.content_tracking import keep_history
from rollout.models.places import Department, Region
from rollout.models.texts import (
    Text,
    Translated,
    TranslatedQuerySet,
    known_text_state,
    once_per_language,
)


class UpdateQuerySet(TranslatedQuerySet):
    """Updates, newest first."""

    def concerning(self, place: Department | Region | None) -> Self:
        """Filter for updates on a department, or on any of a region; None filters nothing."""
        match place:
            case Department():
                return self.filter(departments=place)
            case Region():
                return self.filter(departments__region=place).distinct()
        return self.all()

    def for_page(self) -> Self:
        """Filter for the active ones, with texts and departments: three queries."""
        return self.filter(is_active=True).with_texts().prefetch_related("departments")


class Update(Translated):
    """A note to readers on an edit, by the editor who made it.

    Written in the same transaction as the edit; a correction of a typo makes none. Its `id` never
    changes: feeds rest on it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    published_at = models.DateTimeField(_("published"), default=timezone.now, db_index=True)
    path = models.CharField(
        _("address after the language"),
        max_length=300,
        blank=True,
        help_text=_(
            "Of the page that changed, such as departments/69-rhone/. Empty: the home page."
        ),
    )
    departments = models.ManyToManyField(
        Department, blank=True, related_name="updates", verbose_name=_("departments")
    )
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_(
            "Untick to withdraw it: readers see it no more. "
            "To take a fact back, bring back its old version."
        ),
    )

    is_in_every_language = False

    history = keep_history("departments")
    objects = UpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("update")
        verbose_name_plural = _("updates")
        ordering = ["-published_at", "id"]

    def __str__(self) -> str:
        moment = date_format(timezone.localtime(self.published_at), "DATETIME_FORMAT")
        return f"{moment}: {self.text.note}" if self.text else moment

    @property
    def day(self) -> datetime.date:
        """Return the day in Paris on which it was published."""
        return timezone.localdate(self.published_at)

    def get_absolute_url(self) -> str:
        """Return the address of the page that changed, in the active language."""
        return f"{page_address('home')}{self.path}"


class UpdateText(Text):
    """The note of an update in one language."""

    update = models.ForeignKey(
        Update, models.CASCADE, related_name="texts", verbose_name=_("update")
    )
    note = models.CharField(
        _("note"), max_length=500, help_text=_("What changed, in a sentence or two.")
    )

    text_fields = ("note",)

    history = keep_history()

    class Meta:
        verbose_name = _("text of an update")
        verbose_name_plural = _("texts of updates")
        ordering = ["update", "language"]
        constraints = [
            once_per_language("update", "update_text_once"),
            known_text_state("update_text_state_known"),
        ]

    def __str__(self) -> str:
        return self.note
