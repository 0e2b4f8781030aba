"""The waves of the roll-out, and the status of a department on a day."""

import datetime
from dataclasses import dataclass
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rollout.kinds import page_address
from rollout.models.content_tracking import keep_history
from rollout.models.sources import SLUG, Certainty, Sourced, checked_in_order_constraint
from rollout.models.texts import Text, Translated, TranslatedQuerySet, known_text_state


class Precision(models.TextChoices):
    """How exactly an opening day is known."""

    ON = "on", _("on that day")
    ABOUT = "about", _("about that day")
    BY = "by", _("by that day at the latest")


class Status(models.TextChoices):
    """The status of a department on a day; what is not known has its own, never "not yet"."""

    OPEN = "open", _("Open")
    OPENS = "opens", _("Opens on a known day")
    NOT_ANNOUNCED = "not-announced", _("Not announced")
    SUSPENDED = "suspended", _("Suspended")
    MAYBE = "maybe", _("May already have been open")
    NOT_YET = "not-yet", _("Not open on that day")


@dataclass(frozen=True, slots=True)
class State:
    """A department's status on one day, with all that sentences on it need.

    `precision` is a Precision, "" without a day; `not_before` is the earliest possible day where
    `opened_on` is the latest. `on` is the day, `today` the day on which this is known; None for
    both is today. `certainty` is a Certainty or "". `was_open_when_checked` tells whether it was
    open on the day of the last check already.
    """

    status: Status
    opened_on: datetime.date | None
    precision: str
    not_before: datetime.date | None = None
    suspended_from: datetime.date | None = None
    suspended_until: datetime.date | None = None
    on: datetime.date | None = None
    today: datetime.date | None = None
    certainty: str = ""
    last_checked: datetime.date | None = None
    is_overdue: bool = False
    was_open_when_checked: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether the app could be activated there, as a fact or by our own conclusion."""
        return self.status == Status.OPEN

    @property
    def is_probable(self) -> bool:
        """Tell whether no source states its opening: it is our own conclusion, if anything."""
        return self.certainty in (Certainty.INFERENCE, Certainty.NOT_FOUND)

    @property
    def is_past(self) -> bool:
        """Tell whether it is of a day before today."""
        return self.on is not None and self.today is not None and self.on < self.today

    @property
    def is_future(self) -> bool:
        """Tell whether it is of a day to come, for which only announcements are known."""
        return self.on is not None and self.today is not None and self.on > self.today

    @property
    def is_suspension_ahead(self) -> bool:
        """Tell whether a suspension is announced that begins after the day, and after today."""
        if self.on is None or self.suspended_from is None or self.is_past:
            return False
        return self.status in (Status.OPEN, Status.OPENS) and self.suspended_from > self.on

    @property
    def hides_opening(self) -> bool:
        """Tell whether it is open, but its sentence says something more urgent than since when."""
        return self.is_open and (self.is_overdue or self.is_future or self.is_suspension_ahead)


class WaveQuerySet(TranslatedQuerySet):
    """Waves, with the order in which they are shown."""

    def for_page(self) -> Self:
        """Fetch waves, first to last, with their texts: two queries."""
        return self.order_by("position").with_texts()


class Wave(Translated, Sourced):
    """A wave of the roll-out. It has no day: each of its departments has its own."""

    slug = models.CharField(
        _("short name"),
        max_length=60,
        primary_key=True,
        validators=[SLUG],
        help_text=_("Part of the address, such as pilot-2023. It never changes."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), unique=True, help_text=_("1 for the first wave.")
    )

    history = keep_history("sources")
    objects = WaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        ordering = ["position"]
        constraints = [
            checked_in_order_constraint("wave_checked_in_order"),
            models.CheckConstraint(
                condition=Q(position__gte=1),
                name="wave_position_from_1",
                violation_error_message=_("Waves are counted from 1."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of its page in the active language."""
        return page_address("wave", self.slug)

    @property
    def name(self) -> str:
        """Return its name in the active, else in the reference language; its slug without both."""
        return self.text.name if self.text else self.slug


class WaveText(Text):
    """The name of a wave, and a note on it, in one language."""

    wave = models.ForeignKey(Wave, models.CASCADE, related_name="texts", verbose_name=_("wave"))
    name = models.CharField(_("name"), max_length=100)
    note = models.TextField(
        _("note"), blank=True, help_text=_("One to three sentences: what opened, what is not sure.")
    )

    text_fields = ("name", "note")

    history = keep_history()

    class Meta:
        verbose_name = _("text of a wave")
        verbose_name_plural = _("texts of waves")
        ordering = ["wave", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["wave", "language"],
                name="wave_text_once",
                violation_error_message=_("This wave has a text in this language already."),
            ),
            known_text_state("wave_text_state_known"),
        ]

    def __str__(self) -> str:
        return self.name
