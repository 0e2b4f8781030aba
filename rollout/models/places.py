"""Regions and departments, and when the app opened in each."""

import datetime
from collections.abc import Callable
from functools import lru_cache
from typing import Self, cast

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Upper
from django.db.models.lookups import Exact, Range
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from rollout.dates import today
from rollout.kinds import page_address
from rollout.models.content_tracking import keep_history
from rollout.models.sources import Certainty, Sourced, checked_in_order_constraint, known_certainty
from rollout.models.texts import Text, Translated, TranslatedQuerySet, known_text_state
from rollout.models.waves import Precision, State, Status, Wave

PILOT_DAY = datetime.date(2023, 7, 25)
"""Public opening of the pilot (facts 1.07): nothing can have opened before it."""


_slugified: Callable[[str], str] = lru_cache(maxsize=1_000)(slugify)
"""A page has the addresses of all departments, and some of them several times."""


class Zone(models.TextChoices):
    """The two kinds of region that official lists tell apart."""

    METRO = "metro", _("mainland France")
    DROM = "drom", _("overseas")


class RegionQuerySet(models.QuerySet):
    """Regions, also by former slugs."""

    def once_known_as(self, slug: str) -> "Region | None":
        """Return the region that had this slug at any time, or has this code, or None."""
        former = Region.history.filter(Q(slug=slug) | Q(code=slug)).values("code")
        return cast("Region | None", self.filter(code__in=former).first())


class Region(models.Model):
    """One of the 18 regions, by its INSEE code."""

    code = models.CharField(
        _("INSEE code"), max_length=2, primary_key=True, help_text=_("Two digits, such as 84.")
    )
    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(
        _("name in addresses"),
        max_length=100,
        unique=True,
        help_text=_("Old addresses keep working: a former name here leads to the new one."),
    )
    zone = models.CharField(_("zone"), max_length=10, choices=Zone)

    history = HistoricalRecords()
    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Exact(Length("code"), 2),
                name="region_code_2_characters",
                violation_error_message=_("A region's INSEE code has two digits, such as 84."),
            ),
            models.CheckConstraint(
                condition=Q(zone__in=Zone.values),
                name="region_zone_known",
                violation_error_message=_("This is not a zone."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the address of its page in the active language."""
        return page_address("region", self.slug)


class DepartmentQuerySet(TranslatedQuerySet):
    """Departments, by number."""

    def open(self, on: datetime.date | None = None) -> Self:
        """Filter for those where the app could surely be activated on a day (None: today in Paris).

        That is by document and face video, without France Identité. With precision "by" a
        department counts from that latest possible day (decision 1).
        """
        day = on or today()
        suspended = Q(suspended_from__lte=day) & (
            Q(suspended_until__isnull=True) | Q(suspended_until__gt=day)
        )
        return self.filter(opened_on__lte=day).exclude(suspended)

    def beside(self, code: str) -> Self:
        """Filter for the departments of this one's region, itself among them."""
        return self.filter(region__departments__code=code)

    def for_page(self) -> Self:
        """Fetch departments with their region, in one query."""
        return self.select_related("region")


class Department(Translated, Sourced):
    """One of the 101 departments, by its INSEE code, and when the app opened there."""

    code = models.CharField(
        _("number"),
        max_length=3,
        primary_key=True,
        help_text=_("INSEE code, such as 01, 2A or 971."),
    )
    name = models.CharField(_("name"), max_length=100, unique=True)
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="departments", verbose_name=_("region")
    )
    wave = models.ForeignKey(
        Wave,
        models.PROTECT,
        related_name="departments",
        verbose_name=_("wave"),
        null=True,
        blank=True,
        help_text=_("The wave with which it opened or will open."),
    )
    opened_on = models.DateField(
        _("opened on"),
        null=True,
        blank=True,
        help_text=_(
            "First day of the route with document and face video. A day to come is announced as "
            '"opens on" and turns open by itself at midnight in Paris. Empty: not announced.'
        ),
    )
    precision = models.CharField(
        _("precision"),
        max_length=5,
        choices=Precision,
        blank=True,
        help_text=_(
            '"By" when sources only show that it was open by that day; "about" when they differ by '
            "some days."
        ),
    )
    not_before = models.DateField(
        _("not before"),
        null=True,
        blank=True,
        help_text=_(
            'With precision "by": the earliest day on which it can have opened. Before it the '
            "department counts as not open, from it on as perhaps open."
        ),
    )
    suspended_from = models.DateField(_("suspended from"), null=True, blank=True)
    suspended_until = models.DateField(
        _("suspended until"),
        null=True,
        blank=True,
        help_text=_("The first day on which it works again. Empty while nobody knows."),
    )
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty)

    effective_date_fields = ("opened_on", "suspended_from", "suspended_until")

    is_in_every_language = False

    history = keep_history("sources")
    objects = DepartmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Range(Length("code"), (2, 3)) & Exact(Upper("code"), F("code")),
                name="department_code_form",
                violation_error_message=_(
                    "A department's number has two or three characters, such as 01, 2A or 971."
                ),
            ),
            models.CheckConstraint(
                condition=(
                    Q(opened_on__isnull=True, precision="")
                    | Q(opened_on__isnull=False, precision__in=Precision.values)
                ),
                name="department_day_with_precision",
                violation_error_message=_(
                    'An opening day needs its precision, "on", "about" or "by"; no day, no '
                    "precision."
                ),
            ),
            models.CheckConstraint(
                condition=Q(opened_on__isnull=True) | Q(opened_on__gte=PILOT_DAY),
                name="department_not_before_pilot",
                violation_error_message=_(
                    "No department opened before the pilot began on 25 July 2023."
                ),
            ),
            models.CheckConstraint(
                condition=(
                    Q(not_before__isnull=True)
                    | Q(
                        precision=Precision.BY,
                        not_before__gte=PILOT_DAY,
                        not_before__lt=F("opened_on"),
                    )
                ),
                name="department_not_before_in_order",
                violation_error_message=_(
                    '"Not before" goes with the precision "by". It lies before the opening day, '
                    "and not before the pilot of 25 July 2023."
                ),
            ),
            models.CheckConstraint(
                condition=Q(opened_on__isnull=True) | Q(wave__isnull=False),
                name="department_day_with_wave",
                violation_error_message=_("A department with an opening day belongs to a wave."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(suspended_from__isnull=True)
                    | Q(opened_on__isnull=False, suspended_from__gte=F("opened_on"))
                ),
                name="department_suspended_after_opening",
                violation_error_message=_("A department can only be suspended once it is open."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(suspended_until__isnull=True)
                    | Q(suspended_from__isnull=False, suspended_until__gt=F("suspended_from"))
                ),
                name="department_suspension_in_order",
                violation_error_message=_(
                    'A suspension has a first day, and "until" is later than "from".'
                ),
            ),
            checked_in_order_constraint("department_checked_in_order"),
            known_certainty("department_certainty_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def slug(self) -> str:
        """Return its part of addresses, such as 69-rhone or 2a-corse-du-sud."""
        return _slugified(f"{self.code} {self.name}")

    def get_absolute_url(self) -> str:
        """Return the address of its page in the active language."""
        return page_address("department", self.slug)

    def state(self, on: datetime.date | None = None) -> State:
        """Return its status on a day (None: today in Paris), by what is known today.

        With precision "by" it may already have been open between `not_before` (None: any day from
        the pilot on) and its day. A past day is history: a check that is overdue leaves it as it
        is.
        """
        now = today()
        day = on or now
        is_open_at_check = self.last_checked and self._status(self.last_checked) == Status.OPEN
        return State(
            status=self._status(day),
            opened_on=self.opened_on,
            precision=self.precision,
            not_before=self.not_before,
            suspended_from=self.suspended_from,
            suspended_until=self.suspended_until,
            on=day,
            today=now,
            certainty=self.certainty,
            last_checked=self.last_checked,
            is_overdue=self.is_overdue and day >= now,
            was_open_when_checked=bool(is_open_at_check),
        )

    def _status(self, day: datetime.date) -> Status:
        if self.opened_on is None:
            return Status.NOT_ANNOUNCED
        if self.opened_on <= day:
            has_begun = self.suspended_from is not None and self.suspended_from <= day
            has_ended = self.suspended_until is not None and self.suspended_until <= day
            return Status.SUSPENDED if has_begun and not has_ended else Status.OPEN
        if self.opened_on > today():
            return Status.OPENS
        if self.precision == Precision.BY and (self.not_before or PILOT_DAY) <= day:
            return Status.MAYBE
        return Status.NOT_YET


class DepartmentText(Text):
    """A note on a department in one language."""

    department = models.ForeignKey(
        Department, models.CASCADE, related_name="texts", verbose_name=_("department")
    )
    note = models.TextField(
        _("note"), help_text=_("One to three sentences that only concern this department.")
    )

    text_fields = ("note",)

    history = keep_history()

    class Meta:
        verbose_name = _("note on a department")
        verbose_name_plural = _("notes on departments")
        ordering = ["department", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "language"],
                name="department_text_once",
                violation_error_message=_("This department has a note in this language already."),
            ),
            known_text_state("department_text_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.department} ({self.get_language_display()})"
