"""What the site says in sentences: entries, and their words in each language."""

from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from rollout.models.evidence import (
    SLUG,
    Certainty,
    DatePrecision,
    Evidence,
    checked_in_order,
    date_with_precision,
    known_certainty,
)
from rollout.models.texts import Text, Translated, TranslatedQuerySet


class Kind(models.TextChoices):
    """What an entry is for."""

    MILESTONE = "milestone", _("milestone of the roll-out")
    FIGURE = "figure", _("figure on its use")
    CORRECTION = "correction", _("correction of what others said")
    REQUIREMENT = "requirement", _("what to have ready")
    STEP = "step", _("step of the set-up")
    PLACE = "place", _("place outside the departments")


class EntryQuerySet(TranslatedQuerySet):
    """Entries, in reading order."""

    def of_kind(self, *kinds: Kind) -> Self:
        """Keep those kinds, with their words: two queries."""
        return self.filter(kind__in=kinds).with_texts()

    def by_kind(self, *kinds: Kind) -> dict[Kind, list["Entry"]]:
        """Return the entries of those kinds, each kind a list in reading order: two queries."""
        found: dict[Kind, list[Entry]] = {kind: [] for kind in kinds}
        entries: Iterable[Any] = self.of_kind(*kinds)
        for entry in entries:
            if entry.text:  # one that nobody has worded yet is not shown
                found[Kind(entry.kind)].append(entry)
        return found

    def with_sources(self) -> Self:
        """Fetch the sources too, in one query more."""
        return self.prefetch_related("sources")


class Entry(Translated, Evidence):
    """A statement of the site: a step, a milestone, a correction ..."""

    slug = models.CharField(
        _("short name"),
        max_length=80,
        primary_key=True,
        validators=[SLUG],
        help_text=_("Part of the address. It never changes."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    position = models.PositiveSmallIntegerField(_("position"), help_text=_("Lower comes first."))
    day = models.DateField(
        _("day"),
        null=True,
        blank=True,
        help_text=_("Of a milestone or figure. Where only the month is known, its first day."),
    )
    day_precision = models.CharField(
        _("known of that day"), max_length=10, choices=DatePrecision, blank=True
    )
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty)

    history = HistoricalRecords(m2m_fields=["sources"])
    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["kind", "position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values),
                name="entry_kind_known",
                violation_error_message=_("This is not a kind of entry."),
            ),
            date_with_precision("day", "day_precision", "entry_day_with_precision"),
            checked_in_order("entry_checked_in_order"),
            known_certainty("entry_certainty_known"),
        ]

    def __str__(self) -> str:
        return self.slug


class EntryText(Text):
    """The words of an entry in one language."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="texts", verbose_name=_("entry"))
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown; HTML is shown as typed."))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("text of an entry")
        verbose_name_plural = _("texts of entries")
        ordering = ["entry", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "language"],
                name="entry_text_once",
                violation_error_message=_("This entry has a text in this language already."),
            )
        ]

    def __str__(self) -> str:
        return self.title
