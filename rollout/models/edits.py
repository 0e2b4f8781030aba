"""What editors did together, wait for, or show to others: no facts, so they have no history."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.models.places import Department, DepartmentText
from rollout.models.updates import Update


class BulkEdit(models.Model):
    """One edit of many departments: what it changed, so that all of it can be undone at once."""

    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now, db_index=True)
    # The English words of what was changed, separated by commas: each has a translation.
    title = models.CharField(_("what was done"), max_length=200)
    # The lines of the history that it wrote.
    departments = models.ManyToManyField(Department.history.model, verbose_name=_("departments"))
    texts = models.ManyToManyField(DepartmentText.history.model, verbose_name=_("texts"))
    update = models.ForeignKey(
        Update, models.PROTECT, null=True, blank=True, verbose_name=_("update")
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("edit of many departments")
        verbose_name_plural = _("edits of many departments")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return ", ".join(gettext(part) for part in self.title.split(", "))


class ProposalState(models.TextChoices):
    """What became of a proposed edit."""

    WAITING = "waiting", _("waiting for a second reader")
    PUBLISHED = "published", _("published")
    REFUSED = "refused", _("sent back")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ProposedEdit(models.Model):
    """An edit that waits for a second reader, as the form that was sent in.

    One that its author published alone has the author as `decided_by`, and a `reason`.
    """

    path = models.CharField(_("address of the form"), max_length=500)
    form_data = models.TextField(_("the form as it was sent in"), help_text=_("URL-encoded."))
    title = models.CharField(_("what it changes"), max_length=200)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed"), default=timezone.now)
    state = models.CharField(
        _("state"), max_length=10, choices=ProposalState, default=ProposalState.WAITING
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("proposed edit")
        verbose_name_plural = _("proposed edits")
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ProposalState.values),
                name="proposed_edit_state_known",
                violation_error_message=_("This is not a state of a proposed edit."),
            ),
            models.CheckConstraint(
                condition=(
                    models.Q(state=ProposalState.WAITING, decided_at__isnull=True)
                    | (~models.Q(state=ProposalState.WAITING) & models.Q(decided_at__isnull=False))
                ),
                name="proposed_edit_decided",
                violation_error_message=_(
                    "A decided edit has the day of the decision; a waiting one has none."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SharedPreview(models.Model):
    """A preview as it was when an editor shared it: one page, until it expires or is withdrawn."""

    title = models.CharField(_("page"), max_length=200)
    html = models.TextField(_("the page"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("shared preview")
        verbose_name_plural = _("shared previews")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")),
                name="shared_preview_expires_later",
                violation_error_message=_("A shared preview expires after it was made."),
            ),
        ]

    def __str__(self) -> str:
        return self.title
