"""Entries: what the site says in sentences, with a text in each language (decision 4)."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from rollout.kinds import REASONS, Kind, address
from rollout.models.content_tracking import keep_history
from rollout.models.documents import IdentityDocument
from rollout.models.places import Department
from rollout.models.routes import ActivationRoute
from rollout.models.schemes import HealthScheme
from rollout.models.sources import (
    SLUG,
    Certainty,
    DatePrecision,
    Sourced,
    checked_in_order_constraint,
    date_with_precision,
    known_certainty,
)
from rollout.models.texts import (
    Text,
    Translated,
    TranslatedQuerySet,
    links_lead_somewhere,
    reference_language,
)
from rollout.models.waves import Wave

SUBJECTS: dict[str, type[models.Model]] = {
    "route": ActivationRoute,
    "document": IdentityDocument,
    "scheme": HealthScheme,
    "wave": Wave,
    "department": Department,
}
"""What an entry can speak of, by the word that `Entry.speaks_of` has before the colon."""


class EntryQuerySet(TranslatedQuerySet):
    """Entries, in reading order."""

    def of_kind(self, *kinds: Kind) -> Self:
        """Filter for those kinds, with their texts: two queries."""
        return self.filter(kind__in=kinds).with_texts()

    def by_kind(self, *kinds: Kind) -> dict[Kind, list["Entry"]]:
        """Return the entries of those kinds that have a public text: two queries.

        Every kind is a key, in the order given; its entries are in reading order.
        """
        by_kind: dict[Kind, list[Entry]] = {kind: [] for kind in kinds}
        entries: Iterable[Any] = self.of_kind(*kinds)
        for entry in entries:
            if entry.text:
                by_kind[Kind(entry.kind)].append(entry)
        return by_kind

    def for_everyone(self) -> Self:
        """Filter for those of no route, or of the route that opened department by department."""
        return self.filter(Q(route=None) | Q(route__by_department=True))

    def with_sources(self) -> Self:
        """Fetch sources too, in one query more."""
        return self.prefetch_related("sources")


class Entry(Translated, Sourced):
    """A fact in sentences: a step, a milestone, a correction ..."""

    slug = models.CharField(
        _("short name"),
        max_length=80,
        primary_key=True,
        validators=[SLUG],
        help_text=_("Part of the address. It never changes."),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    position = models.PositiveSmallIntegerField(_("position"), help_text=_("Lower comes first."))
    route = models.ForeignKey(
        ActivationRoute,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="entries",
        verbose_name=_("activation route"),
        help_text=_("Of a step or a thing to have ready. Empty: it is needed for every route."),
    )
    french_words = models.CharField(
        _("French words"),
        max_length=200,
        blank=True,
        help_text=_(
            "Of a step: the words to look for on the screen, exactly as a source gives them; empty "
            "where none does. Of a phrase: what to say."
        ),
    )
    day = models.DateField(
        _("day"),
        null=True,
        blank=True,
        help_text=_("Of a milestone or figure. Where only the month is known, its first day."),
    )
    day_precision = models.CharField(
        _("known of that day"), max_length=10, choices=DatePrecision, blank=True
    )
    speaks_of = models.CharField(
        _("speaks of"),
        max_length=500,
        blank=True,
        help_text=_(
            "The rows whose change would make this text wrong, with a space between them, each as "
            "kind:short-name, such as route:france-identite document:titre-de-sejour scheme:msa "
            "wave:june-2024 department:976."
        ),
    )
    reread_since = models.DateTimeField(
        _("to be re-read since"), null=True, blank=True, editable=False
    )
    certainty = models.CharField(_("certainty"), max_length=20, choices=Certainty)

    untracked_fields = Sourced.untracked_fields | {"speaks_of", "reread_since"}

    history = keep_history("sources", without=["reread_since"])
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
            models.CheckConstraint(
                condition=~Q(kind=Kind.STEP) | Q(route__isnull=False),
                name="entry_step_has_route",
                violation_error_message=_("A step belongs to a route: choose which."),
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.PHRASE) | ~Q(french_words=""),
                name="entry_phrase_has_words",
                violation_error_message=_("A phrase needs its French words: they are what to say."),
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.MILESTONE) | Q(day__isnull=False),
                name="entry_milestone_has_day",
                violation_error_message=_("A milestone needs its day."),
            ),
            checked_in_order_constraint("entry_checked_in_order"),
            known_certainty("entry_certainty_known"),
        ]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        """Return its address on its kind's page, in the active language."""
        return address(self.kind, self.slug)

    def clean(self) -> None:
        """Refuse to speak of rows that do not exist.

        Raises:
            ValidationError: for the first such reference, under the key "speaks_of".
        """
        for reference in self.speaks_of.split():
            kind, _colon, key = reference.partition(":")
            model = SUBJECTS.get(kind)
            if model is None or not model._default_manager.filter(pk=key).exists():
                message = _("“%(reference)s” is no row. A kind (%(kinds)s), a colon, a short name.")
                params = {"reference": reference, "kinds": ", ".join(SUBJECTS)}
                raise ValidationError({"speaks_of": ValidationError(message, params=params)})

    @property
    def is_outdated(self) -> bool:
        """Tell whether its text is a translation of an earlier reference text (decision 8)."""
        return bool(self.text) and self.text.is_behind(self.reference_text)


class TextStatus(models.TextChoices):
    """Who may see a text."""

    DRAFT = "draft", _("draft: editors only")
    PUBLISHED = "published", _("published")


def fingerprint(title: str, body: str) -> str:
    """Return 16 hexadecimal digits that change with the text, not with its white space."""
    text = " ".join(f"{title}\n{body}".split())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class EntryText(Text):
    """Title and Markdown body of an entry in one language."""

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
    status = models.CharField(
        _("status"), max_length=10, choices=TextStatus, default=TextStatus.PUBLISHED
    )
    reviewed_by = models.CharField(_("reviewed by"), max_length=150, blank=True)
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
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
    translates = models.CharField(
        _("translates"),
        max_length=16,
        blank=True,
        help_text=_("Of a translation: the fingerprint of the reference text whose sense it has."),
    )

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
            models.CheckConstraint(
                condition=Q(status__in=TextStatus.values),
                name="entry_text_status_known",
                violation_error_message=_("A text is a draft or published."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse a draft of a text that the check gives as a reason.

        Raises:
            ValidationError: it is the reference text of one of REASONS.
        """
        is_reason = self.entry_id in REASONS and self.language == reference_language()
        if is_reason and not self.is_public:
            raise ValidationError(
                _("“Can I?” gives this entry as a reason: its reference text must stay published.")
            )

    @property
    def is_public(self) -> bool:
        """Tell whether it is published."""
        return self.status == TextStatus.PUBLISHED

    @classmethod
    def public(cls) -> models.QuerySet:
        """Return those that are published."""
        return super().public().filter(status=TextStatus.PUBLISHED)

    @property
    def content_values(self) -> Mapping[str, object]:
        """Return title and body; nothing for a draft, which readers do not see."""
        return {"title": self.title, "body": self.body} if self.is_public else {}

    def is_behind(self, reference: "EntryText | None") -> bool:
        """Tell whether it is a translation of another text than this reference text.

        False where it is not known which text it translates.
        """
        if reference is None or self.language == reference.language or not self.translates:
            return False
        return self.translates != reference.fingerprint

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of its title and body."""
        return fingerprint(self.title, self.body)
