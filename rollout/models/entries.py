"""Entries: what the site says in sentences; their texts are in `entry_texts` (decision 4)."""

from collections.abc import Iterable
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rollout.kinds import Kind, Picture, address, is_in_every_language
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
    fetch_sources,
    known_certainty,
)
from rollout.models.texts import Translated, TranslatedQuerySet
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
        return self.prefetch_related(fetch_sources())


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
            "Of a step: the words to look for on the screen, exactly as a source gives them, with "
            "“ / ” between those of several buttons; empty where no source does. Of a phrase: what "
            "to say."
        ),
    )
    picture = models.CharField(
        _("picture"),
        max_length=20,
        choices=Picture,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of a step or a thing to have ready: the drawing beside it."),
    )
    ask = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        limit_choices_to={"kind": Kind.CONTACT},
        related_name="asked_about",
        verbose_name=_("whom to ask"),
        help_text=_("Of a problem: the help line or address that can say more."),
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

    untracked_fields = Sourced.untracked_fields | {"picture", "speaks_of", "reread_since"}

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
        return self.any_text.title if self.any_text else self.slug

    @property
    def screen_words(self) -> list[str]:
        """The French words of each button to look for on the screen, in their order."""
        return self.french_words.split(" / ")

    def get_absolute_url(self) -> str:
        """Return its address on its kind's page, in the active language."""
        return address(self.kind, self.slug)

    def clean(self) -> None:
        """Refuse to speak of rows that do not exist.

        Raises:
            ValidationError: for the first such reference, under the key "speaks_of".
        """
        keys: dict[str, set[str]] = {}
        for reference in self.subjects:
            kind, _colon, key = reference.partition(":")
            keys.setdefault(kind, set()).add(key)
        rows = {
            f"{kind}:{key}"
            for kind, model in SUBJECTS.items()
            if kind in keys  # one query for each kind
            for key in model._default_manager.filter(pk__in=keys[kind]).values_list("pk", flat=True)
        }
        for reference in self.subjects:
            if reference not in rows:
                message = _("“%(reference)s” is no row. A kind (%(kinds)s), a colon, a short name.")
                params = {"reference": reference, "kinds": ", ".join(SUBJECTS)}
                raise ValidationError({"speaks_of": ValidationError(message, params=params)})

    @property
    def is_in_every_language(self) -> bool:  # type: ignore[override]
        """Tell whether its page is there in every language, or in FULL_LANGUAGES only."""
        return is_in_every_language(self.kind)

    @property
    def subjects(self) -> list[str]:
        """Return the rows that it speaks of, each as in `speaks_of`: "document:titre-de-sejour"."""
        return self.speaks_of.split()

    @property
    def documents(self) -> set[str]:
        """Return the slugs of the identity documents that it speaks of."""
        kinds_and_keys = (subject.partition(":") for subject in self.subjects)
        return {key for kind, _colon, key in kinds_and_keys if kind == "document"}

    @property
    def is_outdated(self) -> bool:
        """Tell whether its text is a translation of an earlier reference text (decision 8)."""
        return bool(self.text) and self.text.is_behind(self.reference_text)
