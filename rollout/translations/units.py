"""What is translated of the database: each public reference text, with its translation if any.

Files out and in (`xliff`) have one unit for each of its fields.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from rollout.dates import today
from rollout.facts.links import row_field, row_of
from rollout.models import (
    ActivationRouteText,
    DepartmentText,
    EntryText,
    HealthSchemeText,
    IdentityDocumentText,
    SourceText,
    UpdateText,
    WaveText,
)
from rollout.models.texts import Text, TextStatus, reference_language

TEXT_MODELS: tuple[type[Text], ...] = (
    EntryText,
    WaveText,
    ActivationRouteText,
    IdentityDocumentText,
    HealthSchemeText,
    DepartmentText,
    SourceText,
    UpdateText,
)
"""The models of texts, in the order in which they are translated."""


@dataclass(frozen=True)
class TextUnit:
    """A public reference text of a row, and its translation of the same days into one language.

    `translation` is a new text, not saved, where there is none.
    """

    reference: Text
    translation: Text

    @property
    def row(self) -> Any:
        """Return the row whose texts they are."""
        return row_of(self.reference)

    @property
    def kind(self) -> str:
        """Return the name of the row's model, such as "entry"."""
        return str(self.row._meta.model_name)

    @property
    def key(self) -> str:
        """Return its name in files: "entry:age", with the first day of a text that has one."""
        day = getattr(self.reference, "valid_from", None)
        return ":".join(filter(None, [self.kind, str(self.row.pk), day and str(day)]))

    @property
    def is_missing(self) -> bool:
        """Tell whether there is no translation yet."""
        return self.translation._state.adding

    @property
    def is_behind(self) -> bool:
        """Tell whether there is one that translates another text than this reference text."""
        return self.translation.is_behind(self.reference)

    @property
    def fields(self) -> list[str]:
        """Return the names of the fields that have words in the reference text, in their order."""
        return [name for name in fields_of(type(self.reference)) if getattr(self.reference, name)]

    @property
    def french_words(self) -> list[str]:
        """Return the French words that stay in a translation, where the reference text has them."""
        words = str(getattr(self.row, "french_words", "")).split(" / ")
        texts = [getattr(self.reference, name) for name in self.fields]
        return [word for word in words if word and any(word in text for text in texts)]


def fields_of(model: type[Text]) -> list[str]:
    """Return the fields with words of a model of texts: those of the text, then search words."""
    extra = ["search_words"] if model is EntryText else []
    return [*model.text_fields, *extra]


def text_units(language: str) -> Iterator[TextUnit]:
    """Yield what is translated into a language, in reading order: two queries for each model.

    That are the published reference texts of active rows, of today or later, which pages of the
    language show. Nothing for the reference language.
    """
    if language == reference_language():
        return
    for model in TEXT_MODELS:
        owner = row_field(model)
        row_model: Any = owner.related_model
        if language not in settings.FULL_LANGUAGES and row_model.is_in_every_language is False:
            continue
        present = {_key(text): text for text in model._default_manager.filter(language=language)}
        for reference in reference_texts(model).select_related(owner.name):
            if getattr(reference, owner.name).is_shown_in(language):
                text = present.get(_key(reference)) or new_translation(reference, language)
                yield TextUnit(reference, text)


def reference_texts(model: type[Text]) -> models.QuerySet[Any]:
    """Return the texts of a model that are translated, in reading order.

    That are the published texts in the reference language of active rows, of today or later.
    """
    owner = row_field(model)
    fields = {field.name for field in owner.related_model._meta.fields}
    texts = model._default_manager.filter(
        language=reference_language(), status=TextStatus.PUBLISHED
    )
    if "is_active" in fields:
        texts = texts.filter(**{f"{owner.name}__is_active": True})
    if model is EntryText:
        texts = texts.filter(Q(valid_until=None) | Q(valid_until__gte=today()))
    return texts.order_by(*_reading_order(owner, fields))


def _reading_order(owner: Any, fields: set[str]) -> list[Any]:
    """Return the order of texts by their rows, `fields` being those of the row's model."""
    orders: dict[str, list[Any]] = {
        "entry": ["entry__kind", "entry__position", "entry", F("valid_from").asc(nulls_first=True)],
        "source": ["-source__official", "source"],
        "update": ["-update__published_at", "update"],
    }
    by_position = [f"{owner.name}__position"] if "position" in fields else []
    return orders.get(owner.name, [*by_position, owner.attname])


def _key(text: Text) -> tuple[object, ...]:
    """Return what a text and its translations have in common: the row, and the first day."""
    return getattr(text, row_field(type(text)).attname), getattr(text, "valid_from", None)


def new_translation(reference: Text, language: str) -> Text:
    """Return a translation without words, of the same row and days: not saved."""
    owner = row_field(type(reference)).name
    values = {owner: getattr(reference, owner), "language": language}
    if isinstance(reference, EntryText):
        values |= {"valid_from": reference.valid_from, "valid_until": reference.valid_until}
    return type(reference)(**values)
