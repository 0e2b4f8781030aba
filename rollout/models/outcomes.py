"""What a document or a health scheme lets happen, and what the rows of the check share."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rollout.models.sources import fetch_sources
from rollout.models.texts import TranslatedQuerySet


class MinimumAge(models.IntegerChoices):
    """The ages that sources give (facts 3.02), and that the form's groups tell apart."""

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
        """Return its place in that order, from 0 for yes to 4 for no."""
        return list(Outcome).index(self)


def known_outcome(name: str) -> models.CheckConstraint:
    """Return the constraint that `outcome` is an Outcome."""
    return models.CheckConstraint(
        condition=Q(outcome__in=Outcome.values),
        name=name,
        violation_error_message=_("This is not one of the five outcomes."),
    )


class PapersQuerySet(TranslatedQuerySet):
    """Rows of the check, with their texts and sources."""

    def for_page(self) -> Self:
        """Fetch texts and sources too: three queries."""
        return self.with_texts().prefetch_related(fetch_sources())
