"""Texts that editors write: one row per language, shown in the reference language where missing."""

from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from rollout import markdown
from rollout.models.content_tracking import ContentTracked


def languages() -> list[tuple[str, str]]:
    """Return the site's languages as choices; a function, so that adding one needs no migration."""
    return list(settings.LANGUAGES)


def reference_language() -> str:
    """Return the code of the language in which every text exists: the first of the list."""
    return str(settings.LANGUAGES[0][0])


class Text(ContentTracked):
    """One row's words in one language. Subclasses add the row (related_name="texts") and words."""

    language = models.CharField(_("language"), max_length=12, choices=languages)

    class Meta:
        abstract = True

    @property
    def is_public(self) -> bool:
        """Tell whether readers may see it: the one gate, on which `Translated.text` rests."""
        return True

    @classmethod
    def public(cls) -> models.QuerySet:
        """Return those that readers may see: the same gate, for the database."""
        return cls._default_manager.all()


def once_per_language(row: str, name: str) -> models.UniqueConstraint:
    """Return the constraint that a row has one text in a language."""
    return models.UniqueConstraint(
        fields=[row, "language"],
        name=name,
        violation_error_message=_("There is a text in this language already."),
    )


def links_lead_somewhere(body: str) -> None:
    """Raise ValidationError for a link in Markdown that is neither an address nor an entry's."""
    for target in markdown.odd_targets(body):
        kind, _colon, slug = target.partition(":")
        entries: Any = apps.get_model("rollout", "Entry")._default_manager
        if not entries.filter(kind=kind, slug=slug).exists():
            raise ValidationError(
                _("The link %(target)s leads nowhere: there is no such entry or address."),
                params={"target": target},
            )


class TranslatedQuerySet(models.QuerySet):
    """Rows whose words are kept per language."""

    def with_texts(self) -> Self:
        """Fetch the words of the active and the reference language, in one query more."""
        wanted = {get_language() or reference_language(), reference_language()}
        texts: Any = self.model._meta.get_field("texts").related_model
        words = texts._default_manager.filter(language__in=wanted)
        return self.prefetch_related(models.Prefetch("texts", words, to_attr="fetched_texts"))


class Translated(ContentTracked):
    """A row whose words are kept per language in `texts`."""

    texts: Any
    fetched_texts: list[Any]
    """Those that `with_texts` fetched."""

    class Meta:
        abstract = True

    @property
    def text(self) -> Any:
        """Return the words in the active, else in the reference language; None without the latter.

        A translation of what is not public, or not there, is not shown either.
        """
        words = self._public_texts
        reference = words.get(reference_language())
        return reference and (words.get(get_language() or "") or reference)

    @property
    def reference_text(self) -> Any:
        """Return the public words in the reference language, or None."""
        return self._public_texts.get(reference_language())

    @property
    def _public_texts(self) -> dict[str, Any]:
        # A list costs much less than the query set that a plain prefetch makes for each row.
        texts = self.fetched_texts if hasattr(self, "fetched_texts") else self.texts.all()
        return {text.language: text for text in texts if text.is_public}
