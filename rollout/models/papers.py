"""What "can I, with my papers?" rests on: routes, documents, what each route accepts, schemes."""

import datetime
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rollout.models.evidence import (
    SLUG,
    Certainty,
    Evidence,
    checked_in_order,
    known_certainty,
)
from rollout.models.stated import keep_history
from rollout.models.texts import (
    Text,
    Translated,
    TranslatedQuerySet,
    links_lead_somewhere,
    once_per_language,
)


class MinimumAge(models.IntegerChoices):
    """The ages that sources give (facts 3.02), and that the form's groups can tell apart."""

    SIXTEEN = 16, _("16 years")
    EIGHTEEN = 18, _("18 years")


AGES = Q(minimum_age__isnull=True) | Q(minimum_age__in=MinimumAge.values)


class Outcome(models.TextChoices):
    """What one condition lets happen, best first."""

    YES = "yes", _("accepted")
    PROBABLY = "probably", _("probably accepted")
    UNKNOWN = "unknown", _("not known")
    NOT_YET = "not-yet", _("not yet")
    NO = "no", _("not accepted")

    @property
    def rank(self) -> int:
        """Return its place in that order, 0 for the best."""
        return list(Outcome).index(self)


def known_outcome(name: str) -> models.CheckConstraint:
    """Return the constraint that an outcome is one of the five."""
    return models.CheckConstraint(
        condition=Q(outcome__in=Outcome.values),
        name=name,
        violation_error_message=_("This is not one of the five outcomes."),
    )


class PapersQuerySet(TranslatedQuerySet):
    """Rows of the check, with their words and sources."""

    def for_page(self) -> Self:
        """Fetch words and sources too: three queries."""
        return self.with_texts().prefetch_related("sources")


class DocumentQuerySet(TranslatedQuerySet):
    """Documents."""

    def offered(self) -> Self:
        """Keep what is a choice in the form."""
        return self.filter(is_offered=True)


class SchemeQuerySet(PapersQuerySet):
    """Schemes."""

    def offered(self) -> Self:
        """Keep what is a choice in the form."""
        return self.filter(is_offered=True)


class ActivationRoute(Translated, Evidence):
    """A way to activate the app."""

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

    turning_days = ("opened_on",)

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
            checked_in_order("route_checked_in_order"),
            known_certainty("route_certainty_known"),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        """Return where it stands in the guide, in the active language."""
        return f"{reverse('set-up')}#{self.slug}"


class ActivationRouteText(Text):
    """The words on a route in one language."""

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

    history = keep_history()

    class Meta:
        verbose_name = _("text of an activation route")
        verbose_name_plural = _("texts of activation routes")
        ordering = ["route", "language"]
        constraints = [once_per_language("route", "route_text_once")]

    def __str__(self) -> str:
        return self.name


class IdentityDocument(Translated):
    """A document with which someone may try to prove who they are."""

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
    is_offered = models.BooleanField(
        _("offered"), default=True, help_text=_("Off: no longer a choice in the form.")
    )

    history = keep_history()
    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("identity document")
        verbose_name_plural = _("identity documents")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def name(self) -> str:
        """Return its name in the active language."""
        return self.text.name if self.text else self.slug

    def get_absolute_url(self) -> str:
        """Return where it is asked for, in the active language."""
        return f"{reverse('can-i')}#document"


class IdentityDocumentText(Text):
    """The words on a document in one language."""

    document = models.ForeignKey(
        IdentityDocument, models.CASCADE, related_name="texts", verbose_name=_("identity document")
    )
    name = models.CharField(
        _("name"), max_length=120, help_text=_("As its holder would recognise it.")
    )
    note = models.TextField(
        _("what the sources say"), validators=[links_lead_somewhere], help_text=_("Markdown.")
    )

    history = keep_history()

    class Meta:
        verbose_name = _("text of an identity document")
        verbose_name_plural = _("texts of identity documents")
        ordering = ["document", "language"]
        constraints = [once_per_language("document", "document_text_once")]

    def __str__(self) -> str:
        return self.name


class AcceptanceQuerySet(models.QuerySet):
    """Which route accepts which document."""

    def on(self, day: datetime.date) -> list["Acceptance"]:
        """Return what held on a day, with routes and sources; of each pair the newest row."""
        rows: Iterable[Any] = (
            self.filter(Q(since__isnull=True) | Q(since__lte=day), is_used=True)
            .select_related("route")
            .prefetch_related("sources")
            .order_by(F("since").asc(nulls_first=True))
        )
        return list({(row.document_id, row.route_id): row for row in rows}.values())


class Acceptance(Evidence):
    """That a route accepts a document, or does not, from a day on.

    A route is not for a document for which it has no row. When a route begins to accept one, that
    is one new row with its day; the row of before stays, for the days before.
    """

    document = models.ForeignKey(
        IdentityDocument,
        models.PROTECT,
        related_name="acceptances",
        verbose_name=_("identity document"),
    )
    route = models.ForeignKey(
        ActivationRoute,
        models.PROTECT,
        related_name="acceptances",
        verbose_name=_("activation route"),
    )
    since = models.DateField(
        _("since"),
        null=True,
        blank=True,
        help_text=_("The day from which this holds. Empty: as far back as the route goes."),
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty)
    is_used = models.BooleanField(
        _("used"), default=True, help_text=_("Off: withdrawn, as if it had never been said.")
    )

    turning_days = ("since",)

    history = keep_history("sources")
    objects = AcceptanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("acceptance of a document")
        verbose_name_plural = _("acceptances of documents")
        ordering = ["document__position", "route__position", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "route", "since"],
                name="acceptance_once_a_day",
                violation_error_message=_(
                    "This document and route have a row from that day already."
                ),
            ),
            models.UniqueConstraint(
                fields=["document", "route"],
                condition=Q(since__isnull=True),
                name="acceptance_once_without_day",
                violation_error_message=_(
                    "This document and route have a row without a day already: give this one a day."
                ),
            ),
            checked_in_order("acceptance_checked_in_order"),
            known_certainty("acceptance_certainty_known"),
            known_outcome("acceptance_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} / {self.route_id}"

    def get_absolute_url(self) -> str:
        """Return where its document is asked for, in the active language."""
        return f"{reverse('can-i')}#document"


class HealthScheme(Translated, Evidence):
    """A health insurance of France, and whether the app is for those in it."""

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
    is_offered = models.BooleanField(
        _("offered"), default=True, help_text=_("Off: no longer a choice in the form.")
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
            checked_in_order("scheme_checked_in_order"),
            known_certainty("scheme_certainty_known"),
            known_outcome("scheme_outcome_known"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def name(self) -> str:
        """Return its name in the active language."""
        return self.text.name if self.text else self.slug

    def get_absolute_url(self) -> str:
        """Return where it is asked for, in the active language."""
        return f"{reverse('can-i')}#scheme"


class HealthSchemeText(Text):
    """The words on a scheme in one language."""

    scheme = models.ForeignKey(
        HealthScheme, models.CASCADE, related_name="texts", verbose_name=_("health scheme")
    )
    name = models.CharField(
        _("name"), max_length=120, help_text=_("As its members would recognise it.")
    )
    note = models.TextField(
        _("what the sources say"), validators=[links_lead_somewhere], help_text=_("Markdown.")
    )

    history = keep_history()

    class Meta:
        verbose_name = _("text of a health scheme")
        verbose_name_plural = _("texts of health schemes")
        ordering = ["scheme", "language"]
        constraints = [once_per_language("scheme", "scheme_text_once")]

    def __str__(self) -> str:
        return self.name
