"""Identity documents, and which routes accept them."""

import datetime
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from rollout.kinds import page_address
from rollout.models.content_tracking import keep_history
from rollout.models.outcomes import Outcome, known_outcome
from rollout.models.routes import ActivationRoute
from rollout.models.sources import (
    SLUG,
    Certainty,
    Sourced,
    checked_in_order_constraint,
    fetch_sources,
    known_certainty,
)
from rollout.models.texts import (
    Text,
    Translated,
    TranslatedQuerySet,
    known_text_state,
    links_lead_somewhere,
    once_per_language,
)


class DocumentQuerySet(TranslatedQuerySet):
    """Identity documents, by position."""

    def active(self) -> Self:
        """Filter for those that are a choice in the form."""
        return self.filter(is_active=True)


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
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: no longer a choice in the form.")
    )

    history = keep_history()
    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("identity document")
        verbose_name_plural = _("identity documents")
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return its name in the active, else in the reference language; its slug without both."""
        return self.text.name if self.text else self.slug

    def get_absolute_url(self) -> str:
        """Return the address of its question in the check, in the active language."""
        return f"{page_address('can-i')}#document"


class IdentityDocumentText(Text):
    """Name and note of a document in one language."""

    document = models.ForeignKey(
        IdentityDocument, models.CASCADE, related_name="texts", verbose_name=_("identity document")
    )
    name = models.CharField(
        _("name"), max_length=120, help_text=_("As its holder would recognise it.")
    )
    note = models.TextField(
        _("what the sources say"), validators=[links_lead_somewhere], help_text=_("Markdown.")
    )

    text_fields = ("name", "note")

    history = keep_history()

    class Meta:
        verbose_name = _("text of an identity document")
        verbose_name_plural = _("texts of identity documents")
        ordering = ["document", "language"]
        constraints = [
            once_per_language("document", "document_text_once"),
            known_text_state("document_text_state_known"),
        ]

    def __str__(self) -> str:
        return self.name


class AcceptanceQuerySet(models.QuerySet):
    """Which route accepts which document."""

    def with_texts(self) -> Self:
        """Fetch documents and routes with their texts, in two queries more."""
        rows = self.select_related("document", "route")
        return rows.prefetch_related("document__texts", "route__texts")

    def on(self, day: datetime.date) -> list["Acceptance"]:
        """Return, for each document and route, the newest active row that held on a day.

        Routes and sources are fetched too: two queries.
        """
        rows: Iterable[Any] = (
            self.filter(Q(since__isnull=True) | Q(since__lte=day), is_active=True)
            .select_related("route")
            .prefetch_related(fetch_sources())
            .order_by(F("since").asc(nulls_first=True))
        )
        return list({(row.document_id, row.route_id): row for row in rows}.values())


class Acceptance(Sourced):
    """That a route accepts a document, or does not, from a day on.

    A route is not for a document for which it has no row. When a route begins to accept one, that
    is one new row with its day; the earlier row stays, for the days before.
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
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Off: withdrawn, as if it had never been said.")
    )

    effective_date_fields = ("since",)

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
            checked_in_order_constraint("acceptance_checked_in_order"),
            known_certainty("acceptance_certainty_known"),
            known_outcome("acceptance_outcome_known"),
        ]

    def __str__(self) -> str:
        return f"{self.document} / {self.route}"

    def get_absolute_url(self) -> str:
        """Return the address of its document's question in the check, in the active language."""
        return f"{page_address('can-i')}#document"
