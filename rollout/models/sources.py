"""What a fact rests on: its sources, its certainty, and the day of its last check."""

import datetime
from typing import Self

from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.dates import rough_day, today
from rollout.kinds import page_address
from rollout.models.content_tracking import ContentTracked, keep_history
from rollout.models.texts import (
    Text,
    Translated,
    TranslatedQuerySet,
    known_text_state,
    once_per_language,
)

SLUG = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z",
    _("Use lower-case letters without accents, digits and single hyphens."),
)


class Certainty(models.TextChoices):
    """How sure a fact is, surest first."""

    OFFICIAL = "official", _("confirmed by an official source")
    SEVERAL_PRESS = "several-press", _("reported by several press sources")
    ONE_PRESS = "one-press", _("reported by one press source")
    USER_REPORTS = "user-reports", _("reported by users")
    INFERENCE = "inference", _("our own conclusion")
    NOT_FOUND = "not-found", _("no source found")


class DatePrecision(models.TextChoices):
    """How much of a date is known."""

    DAY = "day", _("the day")
    MONTH = "month", _("the month")
    YEAR = "year", _("the year")
    ABOUT = "about", _("about that month")
    ABOUT_YEAR = "about-year", _("about that year")


def date_with_precision(day: str, precision: str, name: str) -> models.CheckConstraint:
    """Return the constraint that a date has a DatePrecision, and no date has none."""
    return models.CheckConstraint(
        condition=(
            Q(**{f"{day}__isnull": True, precision: ""})
            | Q(**{f"{day}__isnull": False, f"{precision}__in": DatePrecision.values})
        ),
        name=name,
        violation_error_message=_(
            "A date needs what is known of it (day, month, year, about); no date needs nothing."
        ),
    )


class SourceQuerySet(TranslatedQuerySet):
    """Sources, official ones first, then newest first."""

    def newest_first(self) -> Self:
        """Order by date, undated ones last, official or not."""
        return self.order_by(F("published_on").desc(nulls_last=True), "slug")


class Source(Translated):
    """A page or article on which facts rest."""

    slug = models.CharField(
        _("short name"),
        max_length=60,
        primary_key=True,
        validators=[SLUG],
        help_text=_("Publisher and date, such as clubic-2024-05-31. It never changes."),
    )
    url = models.CharField(
        _("address"),
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("Leave empty when it is not known; the page then says so."),
    )
    publisher = models.CharField(
        _("publisher"), max_length=100, help_text=_("As its address names it, such as ameli.fr.")
    )
    published_on = models.DateField(
        _("published on"),
        null=True,
        blank=True,
        help_text=_("Where only the month or year is known, its first day. Empty: undated."),
    )
    published_precision = models.CharField(
        _("known of that date"), max_length=10, choices=DatePrecision, blank=True
    )
    language = models.CharField(
        _("language"), max_length=12, choices=[("en", _("English")), ("fr", _("French"))]
    )
    official = models.BooleanField(
        _("official"),
        default=False,
        help_text=_("A law, an authority or Assurance Maladie itself; not a paper that quotes it."),
    )

    is_in_every_language = False

    history = keep_history()
    objects = SourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["-official", F("published_on").desc(nulls_last=True), "slug"]
        constraints = [
            models.UniqueConstraint(
                fields=["url"],
                condition=~Q(url=""),
                name="source_url_once",
                violation_error_message=_("Another source has this address already."),
            ),
            date_with_precision(
                "published_on", "published_precision", "source_date_with_precision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.text.description}" if self.text else self.name

    @property
    def name(self) -> str:
        """Return publisher and date in the active language: "ameli.fr, 18 November 2025"."""
        day = rough_day(self.published_on, self.published_precision)
        return f"{self.publisher}, {day or gettext('undated')}"

    def get_absolute_url(self) -> str:
        """Return the address of its page, which is there in FULL_LANGUAGES only."""
        return page_address("source", self.slug)


class SourceText(Text):
    """A description of a source in one language."""

    source = models.ForeignKey(
        Source, models.CASCADE, related_name="texts", verbose_name=_("source")
    )
    description = models.CharField(
        _("description"),
        max_length=200,
        help_text=_("One line of our own: what it is, and what we take from it. Never a title."),
    )

    text_fields = ("description",)

    history = keep_history()

    class Meta:
        verbose_name = _("text of a source")
        verbose_name_plural = _("texts of sources")
        ordering = ["source", "language"]
        constraints = [
            once_per_language("source", "source_text_once"),
            known_text_state("source_text_state_known"),
        ]

    def __str__(self) -> str:
        return self.description


class Sourced(ContentTracked):
    """What every public fact has: sources, and the days of the last and of the next check."""

    sources = models.ManyToManyField(Source, verbose_name=_("sources"), blank=True)
    last_checked = models.DateField(
        _("last checked"),
        help_text=_("The day on which someone last compared it with its sources."),
    )
    check_again_by = models.DateField(
        _("check again by"),
        null=True,
        blank=True,
        help_text=_("For what is said of today: 90 days later. Empty for history."),
    )

    untracked_fields = ContentTracked.untracked_fields | {"last_checked", "check_again_by"}

    fetched_sources: list[Source]
    """Its sources, where they were fetched with it."""

    class Meta:
        abstract = True

    @property
    def cited_sources(self) -> list[Source]:
        """Return its sources, official ones first, then newest first."""
        # A list costs much less than the query set that a plain prefetch makes for each row.
        return self.fetched_sources if self.has_fetched_sources else list(self.sources.all())

    @property
    def has_fetched_sources(self) -> bool:
        """Tell whether `cited_sources` needs no query."""
        return hasattr(self, "fetched_sources")

    @property
    def needs_source(self) -> bool:
        """Tell whether it needs a source: unless its certainty is that none was found."""
        return getattr(self, "certainty", "") != Certainty.NOT_FOUND

    @property
    def is_overdue(self) -> bool:
        """Tell whether it should have been checked again: from the day after `check_again_by`."""
        return self.check_again_by is not None and self.check_again_by < today()


def fetch_sources(sources: models.QuerySet | None = None) -> models.Prefetch:
    """Return the prefetch of `cited_sources`, from these (None: from all): one query."""
    return models.Prefetch("sources", sources, to_attr="fetched_sources")


def checked_in_order_constraint(name: str) -> models.CheckConstraint:
    """Return the constraint that `check_again_by` is later than `last_checked`."""
    return models.CheckConstraint(
        condition=Q(check_again_by__isnull=True) | Q(check_again_by__gt=F("last_checked")),
        name=name,
        violation_error_message=_('"Check again by" must be later than "last checked".'),
    )


def known_certainty(name: str) -> models.CheckConstraint:
    """Return the constraint that `certainty` is a Certainty."""
    return models.CheckConstraint(
        condition=Q(certainty__in=Certainty.values),
        name=name,
        violation_error_message=_("This is not a certainty of the scale."),
    )


def newest_source(sources: list[Source]) -> Source | None:
    """Return the newest dated source, or None without any."""
    dated = [source for source in sources if source.published_on]
    return max(dated, key=lambda source: source.published_on or datetime.date.min, default=None)
