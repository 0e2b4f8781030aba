"""Health schemes, and whether their members can activate the app."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from rollout.kinds import page_address
from rollout.models.content_tracking import keep_history
from rollout.models.outcomes import AGES, MinimumAge, Outcome, PapersQuerySet, known_outcome
from rollout.models.sources import (
    SLUG,
    Certainty,
    Sourced,
    checked_in_order_constraint,
    known_certainty,
)
from rollout.models.texts import (
    Text,
    Translated,
    known_text_state,
    links_lead_somewhere,
    once_per_language,
)


class SchemeQuerySet(PapersQuerySet):
    """Health schemes, by position."""

    def active(self) -> Self:
        """Filter for those that are a choice in the form."""
        return self.filter(is_active=True)


class HealthScheme(Translated, Sourced):
    """A French health insurance scheme, and whether its members can use the app."""

    slug = models.CharField(
        _("short name"),
        max_length=60,
        primary_key=True,
        validators=[SLUG],
        help_text=_("Part of the address. It never changes."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), help_text=_("Lower comes first in the form.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: no longer a choice in the form.")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    minimum_age = models.PositiveSmallIntegerField(
        _("minimum age"),
        null=True,
        blank=True,
        choices=MinimumAge,
        help_text=_("Empty: whether 16 or 18 is not known."),
    )
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty)

    history = keep_history("sources")
    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("health scheme")
        verbose_name_plural = _("health schemes")
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=AGES,
                name="scheme_age_in_years",
                violation_error_message=_("A minimum age is 16 or 18 years."),
            ),
            checked_in_order_constraint("scheme_checked_in_order"),
            known_certainty("scheme_certainty_known"),
            known_outcome("scheme_outcome_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return its name in the active, else in the reference language; its slug without both."""
        return self.text.name if self.text else self.slug

    def get_absolute_url(self) -> str:
        """Return the address of its question in the check, in the active language."""
        return f"{page_address('can-i')}#scheme"


class HealthSchemeText(Text):
    """Name and note of a scheme in one language."""

    scheme = models.ForeignKey(
        HealthScheme, models.CASCADE, related_name="texts", verbose_name=_("health scheme")
    )
    name = models.CharField(
        _("name"), max_length=120, help_text=_("As its members would recognise it.")
    )
    note = models.TextField(
        _("what the sources say"), validators=[links_lead_somewhere], help_text=_("Markdown.")
    )

    text_fields = ("name", "note")

    history = keep_history()

    class Meta:
        verbose_name = _("text of a health scheme")
        verbose_name_plural = _("texts of health schemes")
        ordering = ["scheme", "language"]
        constraints = [
            once_per_language("scheme", "scheme_text_once"),
            known_text_state("scheme_text_state_known"),
        ]

    def __str__(self) -> str:
        return self.name
