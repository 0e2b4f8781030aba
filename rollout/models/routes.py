"""The routes by which the app is activated."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rollout.kinds import page_address
from rollout.models.content_tracking import keep_history
from rollout.models.outcomes import AGES, MinimumAge, PapersQuerySet
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


class ActivationRoute(Translated, Sourced):
    """A way to activate the app; one of them opened department by department."""

    slug = models.CharField(
        _("short name"),
        max_length=60,
        primary_key=True,
        validators=[SLUG],
        help_text=_("Part of the address. It never changes."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), help_text=_("Lower is offered first where several are possible.")
    )
    by_department = models.BooleanField(
        _("opened department by department"),
        default=False,
        help_text=_("“Open” on this site speaks of this route. There is one such."),
    )
    opened_on = models.DateField(
        _("open everywhere since"),
        null=True,
        blank=True,
        help_text=_("Empty: not announced, or the departments decide."),
    )
    minimum_age = models.PositiveSmallIntegerField(
        _("minimum age"),
        null=True,
        blank=True,
        choices=MinimumAge,
        help_text=_("Where the route itself has one. Empty: only the scheme's counts."),
    )
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty)

    effective_date_fields = ("opened_on",)

    history = keep_history("sources")
    objects = PapersQuerySet.as_manager()

    class Meta:
        verbose_name = _("activation route")
        verbose_name_plural = _("activation routes")
        ordering = ["position", "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["by_department"],
                condition=Q(by_department=True),
                name="route_one_by_department",
                violation_error_message=_("Another route opened department by department already."),
            ),
            models.CheckConstraint(
                condition=Q(by_department=False) | Q(opened_on__isnull=True),
                name="route_opened_on_or_by_department",
                violation_error_message=_(
                    "A route that opened department by department has no day of its own."
                ),
            ),
            models.CheckConstraint(
                condition=AGES,
                name="route_age_in_years",
                violation_error_message=_("A minimum age is 16 or 18 years."),
            ),
            checked_in_order_constraint("route_checked_in_order"),
            known_certainty("route_certainty_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return its name in the active, else in the reference language; its slug without both."""
        return self.text.name if self.text else self.slug

    def get_absolute_url(self) -> str:
        """Return its address in the guide, in the active language."""
        return f"{page_address('set-up')}#{self.slug}"


class ActivationRouteText(Text):
    """Name and notes of a route in one language."""

    route = models.ForeignKey(
        ActivationRoute, models.CASCADE, related_name="texts", verbose_name=_("activation route")
    )
    name = models.CharField(_("name"), max_length=100)
    who = models.TextField(
        _("who may use it"), validators=[links_lead_somewhere], help_text=_("Markdown.")
    )
    waiting = models.TextField(
        _("how long it takes"), validators=[links_lead_somewhere], help_text=_("Markdown.")
    )

    text_fields = ("name", "who", "waiting")

    history = keep_history()

    class Meta:
        verbose_name = _("text of an activation route")
        verbose_name_plural = _("texts of activation routes")
        ordering = ["route", "language"]
        constraints = [
            once_per_language("route", "route_text_once"),
            known_text_state("route_text_state_known"),
        ]

    def __str__(self) -> str:
        return self.name
