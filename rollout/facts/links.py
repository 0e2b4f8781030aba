"""Which texts link to an entry, and which of these links lead nowhere once it is not shown."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from rollout import markdown
from rollout.dates import written_out
from rollout.kinds import REASONS
from rollout.models import (
    ActivationRouteText,
    Entry,
    EntryText,
    HealthSchemeText,
    IdentityDocumentText,
)
from rollout.models.entry_texts import first_day_without
from rollout.models.texts import Text

MARKDOWN_FIELDS: dict[type[Text], list[str]] = {
    EntryText: ["body"],
    ActivationRouteText: ["who", "waiting"],
    IdentityDocumentText: ["note"],
    HealthSchemeText: ["note"],
}
"""The fields of texts that may link to entries."""


@dataclass(frozen=True)
class BrokenLink:
    """A text that links to an entry which is not shown on some day of the text.

    `text` is None where it is “Can I have it?” that needs the entry; `day` is the first such day.
    """

    text: Text | None
    day: datetime.date

    @property
    def row(self) -> Any:
        """Return the row of the text."""
        return row_of(self.text) if self.text else None

    def __str__(self) -> str:
        if self.text is None:
            return gettext("“Can I have it?”")
        return f"{self.row._meta.verbose_name} {self.row} ({self.text.language})"


class EntryNeeded(ValidationError):  # noqa: N818 - it says what is so
    """An entry would not be shown any more, but other texts link to it: `links` says which."""

    def __init__(self, entry: Entry, links: list[BrokenLink]) -> None:
        self.entry, self.links = entry, links
        super().__init__(self.sentence(", ".join(map(str, links))))

    def sentence(self, names: str) -> str:
        """Return the refusal, which names the links so; HTML where the names are safe HTML."""
        text = gettext(
            "Readers would no longer see “{entry}” from {day} on, but it is needed by: {names}. "
            "Change these first."
        )
        day = written_out(min(link.day for link in self.links))
        render = format_html if isinstance(names, SafeString) else str.format
        return render(text, entry=self.entry, day=day, names=names)


def row_of(text: Text) -> Any:
    """Return the row that a text belongs to."""
    return getattr(text, _owner_name(type(text)))


def row_field(model: type[Text]) -> Any:
    """Return the field with the row that texts of a model belong to."""
    return next(field for field in model._meta.fields if field.is_relation)


def _owner_name(model: type[Text]) -> str:
    return str(row_field(model).name)


def linking_texts(entry: Entry) -> list[Text]:
    """Return the published texts of other rows that link to an entry: a query for each model."""
    target = f"{entry.kind}:{entry.pk}"
    found: list[Text] = []
    for model, fields in MARKDOWN_FIELDS.items():
        contains = Q(*((f"{name}__contains", target) for name in fields), _connector=Q.OR)
        owner = _owner_name(model)
        texts = model._default_manager.filter(contains).select_related(owner)
        found += [
            text
            for text in texts.order_by(owner, "language")
            if text.is_public
            and row_of(text) != entry
            and any(target in markdown.odd_targets(getattr(text, name)) for name in fields)
        ]
    return found


def broken_links(entry: Entry, texts: Iterable[EntryText] | None = None) -> list[BrokenLink]:
    """Return the links to an entry that lead nowhere on some day from today on.

    `texts` are those that the entry is to have, None: those of the database. No query for the
    links where readers see the entry on every day.
    """
    texts = list(EntryText.objects.filter(entry=entry) if texts is None else texts)
    if first_day_without(None, texts) is None:
        return []
    links: list[tuple[Text | None, datetime.date | None]] = [
        (text, first_day_without(text if isinstance(text, EntryText) else None, texts))
        for text in linking_texts(entry)
    ]
    if entry.pk in REASONS:
        links.insert(0, (None, first_day_without(None, texts)))
    return [BrokenLink(text, day) for text, day in links if day is not None]


def refuse_broken_links(
    entry: Entry, before: list[BrokenLink], texts: Iterable[EntryText] | None = None
) -> None:
    """Refuse texts of an entry with which more links lead nowhere than before.

    `before` is what `broken_links` returned before the change; `texts` as there.

    Raises:
        EntryNeeded: with the links that would be broken.
    """
    known = {link.text for link in before}
    links = [link for link in broken_links(entry, texts) if link.text not in known]
    if links:
        raise EntryNeeded(entry, links)
