"""Texts that editors write: one row per language, the reference language where one is missing."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

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


class Text(ContentTracked):
    """A row's text in one language. Subclasses add the row (related_name="texts") and fields."""

    language = models.CharField(_("language"), max_length=12, choices=languages)

    class Meta:
        abstract = True

    @property
    def is_public(self) -> bool:
        """Tell whether readers may see it; `Translated.text` rests on this."""
        return True

    @classmethod
    def public(cls) -> models.QuerySet:
        """Return those that readers may see on `text_day`: `is_public` for the database."""
        return cls.of_day(text_day())

    def is_of_day(self, day: datetime.date) -> bool:
        """Tell whether it is the text of its row and language on a day; `of_day` for one row."""
        return True

    @classmethod
    def of_day(cls, day: datetime.date) -> models.QuerySet:
        """Return the texts of a day, drafts too: all, where texts have no first and last day."""
        return cls._default_manager.all()


def once_per_language(row: str, name: str) -> models.UniqueConstraint:
    """Return the constraint that a row has one text per language; `row` is its field."""
    return models.UniqueConstraint(
        fields=[row, "language"],
        name=name,
        violation_error_message=_("There is a text in this language already."),
    )


DEAD_LINK = _("The link %(target)s leads nowhere: there is no such entry or address.")


def dead_targets(body: str) -> list[str]:
    """Return the targets of links in Markdown that are neither addresses nor entries: in order."""
    targets = list(markdown.odd_targets(body))
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
        texts = model.of_day(text_day()).filter(language__in=codes)
        return self.prefetch_related(models.Prefetch("texts", texts, to_attr="fetched_texts"))


class Translated(ContentTracked):
    """A row that has a text per language in `texts`.

    Its texts are typed Any: each model has its own class of them.
    """

    texts: Any
    fetched_texts: list[Any]
    """The texts that `with_texts` fetched."""

    class Meta:
        abstract = True

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
