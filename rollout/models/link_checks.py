"""Whether the pages of sources can still be reached, by the last visit to each."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rollout.dates import today
from rollout.models.sources import Source

MAX_DETAIL_LENGTH = 200
MAX_ADDRESS_LENGTH = 2000


class LinkState(models.TextChoices):
    """What a visit found. A page that refuses robots, or a server in trouble, is not dead."""

    ALIVE = "alive", _("alive")
    REDIRECTED = "redirected", _("redirected")
    DEAD = "dead", _("dead")
    UNCLEAR = "unclear", _("unclear")


class LinkCheckQuerySet(models.QuerySet):
    """The last visit to each source's page."""

    def current(self) -> Self:
        """Filter for visits to the address that the source has now."""
        return self.filter(address=F("source__url"))

    def dead(self) -> Self:
        """Filter for visits to the present address that found the page gone."""
        return self.current().filter(state=LinkState.DEAD)

    def record(
        self, source: Source, state: LinkState, detail: str, redirected_to: str = ""
    ) -> None:
        """Save what a visit to a source's page found, in place of the visit before.

        `dead_since` of a page that stays dead is the day of the first such visit.
        """
        dead = self.dead().filter(source=source)
        dead_since = dead.values_list("dead_since", flat=True).first() or today()
        values = {
            "address": source.url,
            "checked_on": timezone.now(),
            "state": state,
            "detail": detail,
            "redirected_to": redirected_to,
            "dead_since": dead_since if state == LinkState.DEAD else None,
        }
        self.update_or_create(source=source, defaults=values)


class LinkCheck(models.Model):
    """The last visit to a source's page, by `manage.py check_links`. No fact: it has no history."""

    source = models.OneToOneField(
        Source,
        models.CASCADE,
        primary_key=True,
        related_name="link_check",
        verbose_name=_("source"),
    )
    # The address that was visited: editors may have changed the source's since.
    address = models.CharField(_("address"), max_length=500)
    checked_on = models.DateTimeField(_("last visit"))
    state = models.CharField(_("state of the page"), max_length=10, choices=LinkState)
    detail = models.CharField(_("what the visit found"), max_length=MAX_DETAIL_LENGTH)
    redirected_to = models.CharField(_("leads to"), max_length=MAX_ADDRESS_LENGTH, blank=True)
    dead_since = models.DateField(_("dead since"), null=True, blank=True)

    objects = LinkCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("state of a source’s page")
        verbose_name_plural = _("states of sources’ pages")
        ordering = ["source"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LinkState.values),
                name="link_check_state_known",
                violation_error_message=_("This is not a state of a page."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(state=LinkState.DEAD, dead_since__isnull=False)
                    | (~Q(state=LinkState.DEAD) & Q(dead_since__isnull=True))
                ),
                name="link_check_dead_since",
                violation_error_message=_(
                    "A dead page has the day since when it is dead; any other page has none."
                ),
            ),
            models.CheckConstraint(
                condition=(
                    (Q(state=LinkState.REDIRECTED) & ~Q(redirected_to=""))
                    | (~Q(state=LinkState.REDIRECTED) & Q(redirected_to=""))
                ),
                name="link_check_redirected_to",
                violation_error_message=_(
                    "A redirected page leads somewhere; any other page leads nowhere else."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id}: {self.state}"

    @property
    def is_current(self) -> bool:
        """Tell whether the visit was to the address that the source has now."""
        return self.address == self.source.url
