"""Texts that editors write: one row per language, the reference language where one is missing."""

import datetime
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from rollout import markdown
from rollout.dates import today
from rollout.models.content_tracking import ContentTracked


def languages() -> list[tuple[str, str]]:
    """Return the site's languages as choices: (code, name).

    A function, which migrations name, so that another language needs none.
    """
    return list(settings.LANGUAGES)


def reference_language() -> str:
    """Return the code of the language in which every text exists: the first of the list."""
    return str(settings.LANGUAGES[0][0])


_text_day: ContextVar[datetime.date | None] = ContextVar("text_day", default=None)


def text_day() -> datetime.date:
    """Return the day whose texts are shown: today in Paris, except within `texts_of`."""
    return _text_day.get() or today()


@contextmanager
def texts_of(day: datetime.date) -> Iterator[None]:
    """Show the texts of another day in this block: for previews, and verdicts on another day."""
    token = _text_day.set(day)
    try:
        yield
    finally:
        _text_day.reset(token)


class TextStatus(models.TextChoices):
    """Who may see a text."""

    DRAFT = "draft", _("draft: editors only")
    PUBLISHED = "published", _("published")


class Origin(models.TextChoices):
    """How a translation was made; "" where nobody noted it, and for the reference language."""

    PERSON = "person", _("written by a person")
    MACHINE = "machine", _("drafted by a machine, not yet read by a native reader")
    APPROVED = "approved", _("read and approved by a native reader")


def fingerprint(*parts: str) -> str:
    """Return 16 hexadecimal digits that change with a text's parts, not with their white space."""
    text = " ".join("\n".join(parts).split())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Text(ContentTracked):
    """A row's text in one language.

    Subclasses add the row (related_name="texts") and the fields of `text_fields`.
    """

    language = models.CharField(_("language"), max_length=12, choices=languages)
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=TextStatus,
        default=TextStatus.PUBLISHED,
        db_default=TextStatus.PUBLISHED,
    )
    origin = models.CharField(
        _("how it was made"),
        max_length=10,
        choices=Origin,
        blank=True,
        default="",
        db_default="",
    )
    reviewed_by = models.CharField(
        _("reviewed by"),
        max_length=150,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of an approved translation: the role of who read it, not a name."),
    )
    reviewed_on = models.DateField(_("reviewed on"), null=True, blank=True)
    translates = models.CharField(
        _("translates"),
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of a translation: the fingerprint of the reference text whose sense it has."),
    )

    text_fields: ClassVar[tuple[str, ...]] = ()
    """The fields with the words, in the order in which they are read."""
    untracked_fields = ContentTracked.untracked_fields | {
        "status",
        "origin",
        "reviewed_by",
        "reviewed_on",
        "translates",
    }

    class Meta:
        abstract = True

    @property
    def is_public(self) -> bool:
        """Tell whether readers may see it: it is published. `Translated.text` rests on this."""
        return self.status == TextStatus.PUBLISHED

    @property
    def is_machine_draft(self) -> bool:
        """Tell whether a machine drafted it, and no native reader has read it yet."""
        return self.origin == Origin.MACHINE

    @property
    def content_values(self) -> Mapping[str, object]:
        """Return what readers see of it; nothing for a draft."""
        return super().content_values if self.is_public else {}

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of its words."""
        return fingerprint(*(getattr(self, name) for name in self.text_fields))

    def is_behind(self, reference: "Text | None") -> bool:
        """Tell whether it is a translation of another text than this reference text.

        False where it is not known which text it translates.
        """
        if reference is None or self.language == reference.language or not self.translates:
            return False
        return self.translates != reference.fingerprint

    def references(self, texts: Iterable[Any]) -> list[Any]:
        """Return the texts in the reference language that it translates, of those of its row."""
        if self.language == reference_language():
            return []
        return [text for text in texts if text.language == reference_language()]

    def is_left_behind(self, texts: Iterable[Any]) -> bool:
        """Tell whether it is behind a reference text that it translates, of those of its row."""
        return any(self.is_behind(reference) for reference in self.references(texts))

    @classmethod
    def public(cls) -> models.QuerySet:
        """Return those that readers may see on `text_day`: `is_public` for the database."""
        return cls.of_day(text_day()).filter(status=TextStatus.PUBLISHED)

    def is_of_day(self, day: datetime.date) -> bool:
        """Tell whether it is the text of its row and language on a day; `of_day` for one row."""
        return True

    @classmethod
    def of_day(cls, day: datetime.date) -> models.QuerySet:
        """Return the texts of a day, drafts too: all, where texts have no first and last day."""
        return cls._default_manager.all()


def known_text_state(name: str) -> models.CheckConstraint:
    """Return the constraint that status and origin of a text are ones that there are."""
    return models.CheckConstraint(
        condition=models.Q(status__in=TextStatus.values, origin__in=["", *Origin.values]),
        name=name,
        violation_error_message=_("A text is a draft or published, and made in a known way."),
    )


def once_per_language(row: str, name: str) -> models.UniqueConstraint:
    """Return the constraint that a row has one text per language; `row` is its field."""
    return models.UniqueConstraint(
        fields=[row, "language"],
        name=name,
        violation_error_message=_("There is a text in this language already."),
    )


DEAD_LINK = _("The link %(target)s leads nowhere: there is no such entry or address.")


_linkable_entries: ContextVar[frozenset[str]] = ContextVar("linkable_entries", default=frozenset())


@contextmanager
def linkable(entries: Iterable[str]) -> Iterator[None]:
    """Let texts link to these entries (such as "term:cpam") in this block, without a query.

    For a load, which saves them with the texts, or nothing.
    """
    token = _linkable_entries.set(frozenset(entries))
    try:
        yield
    finally:
        _linkable_entries.reset(token)


def dead_targets(body: str) -> list[str]:
    """Return the targets of links in Markdown that are neither addresses nor entries: in order."""
    targets = [t for t in markdown.odd_targets(body) if t not in _linkable_entries.get()]
    if not targets:
        return []
    entries: Any = apps.get_model("rollout", "Entry")._default_manager
    slugs = [target.partition(":")[2] for target in targets]
    linked = entries.filter(slug__in=slugs).values_list("kind", "slug")  # one query a text
    existing = {f"{kind}:{slug}" for kind, slug in linked}
    return [target for target in targets if target not in existing]


def links_lead_somewhere(body: str) -> None:
    """Refuse Markdown with a link that is neither an address nor an entry's.

    Raises:
        ValidationError: for the first such link.
    """
    for target in dead_targets(body):
        raise ValidationError(DEAD_LINK, params={"target": target})


class TranslatedQuerySet(models.QuerySet):
    """Rows that have a text per language."""

    def with_texts(self) -> Self:
        """Fetch the texts of the active and the reference language, in one query more.

        They are those of `text_day` as it is now: the rows show them later too.
        """
        codes = {get_language() or reference_language(), reference_language()}
        model: Any = self.model._meta.get_field("texts").related_model
        texts = model.of_day(text_day()).filter(language__in=codes).order_by()
        return self.prefetch_related(models.Prefetch("texts", texts, to_attr="fetched_texts"))


class Translated(ContentTracked):
    """A row that has a text per language in `texts`.

    Its texts are typed Any: each model has its own class of them.
    """

    texts: Any
    fetched_texts: list[Any]
    """The texts that `with_texts` fetched."""
    is_in_every_language: bool = True
    """False: pages show it in FULL_LANGUAGES only (settings)."""

    class Meta:
        abstract = True

    def is_shown_in(self, language: str) -> bool:
        """Tell whether pages of a language show it."""
        return self.is_in_every_language or language in settings.FULL_LANGUAGES

    @property
    def text(self) -> Any:
        """Return the public text of `text_day` in the active, else in the reference language.

        None without a public reference text: its translations are not shown either.
        """
        texts = self._public_texts
        reference = texts.get(reference_language())
        return reference and (texts.get(get_language() or "") or reference)

    @property
    def any_text(self) -> Any:
        """Return `text`, else a draft or a text of another day, by which editors know the row.

        None without any. A query for a row that has no public text.
        """
        if self.text or not self.pk:
            return self.text
        order = (get_language(), reference_language())
        return min(
            self.texts.all(),
            key=lambda text: [text.language != code for code in order],
            default=None,
        )

    @property
    def reference_text(self) -> Any:
        """Return the public text in the reference language, or None."""
        return self._public_texts.get(reference_language())

    @property
    def _public_texts(self) -> dict[str, Any]:
        # A list costs much less than the query set that a plain prefetch makes for each row.
        if hasattr(self, "fetched_texts"):
            texts = self.fetched_texts
        else:
            day = text_day()
            texts = [text for text in self.texts.all() if text.is_of_day(day)]
        return {text.language: text for text in texts if text.is_public}
