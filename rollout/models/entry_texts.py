"""The texts of entries: in one language each, and perhaps for some days only."""

import datetime
from collections.abc import Iterable, Mapping
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.dates import today, written_out
from rollout.kinds import REASONS
from rollout.models.content_tracking import keep_history
from rollout.models.entries import Entry
from rollout.models.texts import (
    Text,
    known_text_state,
    links_lead_somewhere,
    reference_language,
)


class EntryText(Text):
    """Title and Markdown body of an entry in one language, perhaps for some days only."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="texts", verbose_name=_("entry"))
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(
        _("text"),
        blank=True,
        validators=[MaxLengthValidator(10_000), links_lead_somewhere],
        help_text=_(
            "Markdown; HTML is shown as typed. [CPAM](term:cpam) links to another entry: its kind, "
            "a colon, its short name."
        ),
    )
    search_words = models.CharField(
        _("search words"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Of a problem: what people type into the search box, as words or short phrases with "
            "commas between them, such as “code not received, no e-mail”."
        ),
    )
    valid_from = models.DateField(
        _("first day"),
        null=True,
        blank=True,
        help_text=_("The first day on which it is shown. Empty: from the beginning."),
    )
    valid_until = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("The last day on which it is shown. Empty: until further notice."),
    )

    text_fields = ("title", "body")
    untracked_fields = Text.untracked_fields | {"search_words"}
    effective_date_fields = ("valid_from",)
    siblings_are_checked = False
    """True: whoever saves it checks by `overlapping` that it overlaps with no other text."""

    history = keep_history()

    class Meta:
        verbose_name = _("text of an entry")
        verbose_name_plural = _("texts of entries")
        ordering = ["entry", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "language"],
                condition=Q(valid_from=None),
                name="entry_text_first_once",
                violation_error_message=_("This entry has a text in this language already."),
            ),
            models.UniqueConstraint(
                fields=["entry", "language", "valid_from"],
                name="entry_text_once_a_day",
                violation_error_message=_(
                    "This entry has a text in this language that begins on this day already."
                ),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="entry_text_days_in_order",
                violation_error_message=_("The last day of a text is not before its first."),
            ),
            known_text_state("entry_text_state_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse a draft of a text that the check gives as a reason, and two texts of one day.

        Raises:
            ValidationError: it is the reference text of one of REASONS, or another public text of
                the entry in its language has a day in common with it.
        """
        is_reason = self.entry_id in REASONS and self.language == reference_language()
        if is_reason and not self.is_public:
            raise ValidationError(
                _("“Can I?” gives this entry as a reason: its reference text must stay published.")
            )
        if not self.siblings_are_checked and self.is_public:
            same = EntryText.objects.filter(entry_id=self.entry_id, language=self.language)
            refuse_overlaps([self, *same.exclude(pk=self.pk)])

    def is_of_day(self, day: datetime.date) -> bool:
        """Tell whether a day is not before its first and not after its last."""
        return self.begins_by(day) and self.lasts_until(day)

    @classmethod
    def of_day(cls, day: datetime.date) -> models.QuerySet:
        """Return those whose days include this one, drafts too."""
        begun = Q(valid_from=None) | Q(valid_from__lte=day)
        return cls.objects.filter(begun, Q(valid_until=None) | Q(valid_until__gte=day))

    def begins_by(self, day: datetime.date | None) -> bool:
        """Tell whether its first day is not after a day; None stands for the end of time."""
        return self.valid_from is None or day is None or self.valid_from <= day

    def lasts_until(self, day: datetime.date | None) -> bool:
        """Tell whether its last day is not before a day; None stands for the beginning of time."""
        return self.valid_until is None or day is None or self.valid_until >= day

    def overlaps(self, other: "EntryText") -> bool:
        """Tell whether both have a day in common."""
        return self.begins_by(other.valid_until) and self.lasts_until(other.valid_from)

    def references(self, texts: Iterable["EntryText"]) -> list["EntryText"]:
        """Return the reference texts that it translates on some day from today on, in their order.

        `texts` are those of its entry in any language; nothing for a reference text.
        """
        if self.language == reference_language() or not self.lasts_until(today()):
            return []
        references = [
            text
            for text in texts
            if text.language == reference_language()
            and text.lasts_until(today())
            and text.overlaps(self)
        ]
        return sorted(references, key=_first_day)

    def reference(self, texts: Iterable["EntryText"]) -> "EntryText | None":
        """Return the reference text of the same days, or None: the first of `references`.

        Where days differ that is the one of today, or else the next.
        """
        return next(iter(self.references(texts)), None)

    @property
    def period(self) -> str:
        """Return its days in words: "from 1 March 2027 on", "until 2 May 2027" ..."""
        names = {
            "first": self.valid_from and written_out(self.valid_from),
            "last": self.valid_until and written_out(self.valid_until),
        }
        if self.valid_from and self.valid_until:
            return gettext("from %(first)s to %(last)s") % names
        if self.valid_from:
            return gettext("from %(first)s on") % names
        return gettext("until %(last)s") % names if self.valid_until else gettext("on every day")

    @property
    def content_values(self) -> Mapping[str, object]:
        """Return title and body; nothing for a draft, which readers do not see."""
        return {"title": self.title, "body": self.body} if self.is_public else {}


def _first_day(text: EntryText) -> datetime.date:
    return text.valid_from or datetime.date.min


def refuse_overlaps(texts: Iterable[EntryText]) -> None:
    """Refuse published texts of one entry and language of which two have a day in common.

    Texts may be of several languages, of one entry; drafts may overlap with anything.

    Raises:
        ValidationError: for the first two.
    """
    published = sorted((t for t in texts if t.is_public), key=lambda t: (t.language, _first_day(t)))
    for earlier, later in pairwise(published):
        if earlier.language == later.language and earlier.overlaps(later):
            raise ValidationError(
                _(
                    "Two texts of this entry in %(language)s overlap: %(earlier)s, and %(later)s. "
                    "Give the earlier one a last day before the first day of the later one."
                ),
                params={
                    "language": later.get_language_display(),
                    "earlier": earlier.period,
                    "later": later.period,
                },
            )


def first_day_without(needed: EntryText | None, texts: Iterable[EntryText]) -> datetime.date | None:
    """Return the first day from today on, and within `needed`, on which no text is published.

    `texts` are those of one entry; those in the reference language count. None for `needed` means
    every day from today on. None: each of these days has one.
    """
    day = max(today(), needed.valid_from or today()) if needed else today()
    if needed and not needed.lasts_until(day):
        return None
    for text in sorted(texts, key=_first_day):
        is_shown = text.is_public and text.language == reference_language()
        if is_shown and text.is_of_day(day):
            if text.valid_until is None:
                return None
            day = text.valid_until + datetime.timedelta(days=1)
            if needed and not needed.lasts_until(day):
                return None
    return day
