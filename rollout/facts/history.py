"""The versions of a row and of its texts: who changed what, when and why, and what differs."""

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import capfirst

from rollout.models import Entry
from rollout.models.texts import Text, Translated


@dataclass(frozen=True)
class Difference:
    """One field that differs between two versions: its label, the old and the new value as text."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Version:
    """A row, or one of its texts, as it was saved at one moment.

    `record` is the row of the history table, `before` the one before it, None for the first.
    """

    record: Any  # simple_history has no types
    before: Any | None

    @property
    def key(self) -> str:
        """Return its unique name in addresses: model and number, such as "department-12"."""
        return f"{self.record.instance_type._meta.model_name}-{self.record.history_id}"

    @property
    def part(self) -> str:
        """Return the name of its language for a text, "" for the row itself."""
        if not issubclass(self.record.instance_type, Text):
            return ""
        return str(self.record.get_language_display())

    @property
    def name(self) -> str:
        """Return the row with its kind, such as "activation route france-identite"."""
        row = self.record.instance
        return f"{row._meta.verbose_name} {row}"

    @property
    def differences(self) -> list[Difference]:
        """Return what it changed, field by field; nothing for the first version."""
        return differences(self.before, self.record) if self.before else []


def versions(row: models.Model) -> list[Version]:
    """Return the versions of a row and of its texts, newest first: one query each."""
    results: list[Version] = []
    for history, name in _histories(row):
        records = list(
            history.select_related("history_user").order_by("history_date", "history_id")
        )
        last: dict[object, Any] = {}
        for record in records:
            key = getattr(record, name)
            results.append(Version(record, last.get(key)))
            last[key] = record
    return sorted(
        results, key=lambda version: (version.record.history_date, version.key), reverse=True
    )


def version_token(row: models.Model) -> str:
    """Return a text that is new after every change of a row or of its texts: two queries.

    The newest history number of the row, a space, that of its texts: "12 34". For an entry that is
    to be read again, the moment since when follows.
    """
    numbers = [
        str(history.order_by("-history_id").values_list("history_id", flat=True).first() or 0)
        for history, _name in _histories(row)
    ]
    if isinstance(row, Entry):
        since = Entry.objects.values_list("reread_since", flat=True).get(pk=row.pk)
        numbers += [f"{since.timestamp():.6f}"] if since else []
    return " ".join(numbers)


def versions_since(row: models.Model, token: str) -> list[Version]:
    """Return the versions that are newer than a `version_token`, newest first.

    A token comes back with a form: what is no number in it counts as 0, before all versions.
    """
    numbers = [int(part) if re.fullmatch("[0-9]{1,18}", part) else 0 for part in token.split()]
    last_ids = dict(zip((h.model for h, _n in _histories(row)), numbers, strict=False))
    return [
        version
        for version in versions(row)
        if version.record.history_id > last_ids.get(type(version.record), 0)
    ]


def differences(old: Any, new: Any) -> list[Difference]:
    """Return the fields in which two history rows of the same row or text differ."""
    delta = new.diff_against(old, foreign_keys_are_objs=False)
    return [
        Difference(_name(new, change.field), _shown(change.old), _shown(change.new))
        for change in delta.changes
    ]


def _histories(row: Any) -> list[tuple[Any, str]]:
    """Return the history of a row, and that of its texts, each with its primary key's attribute."""
    histories = [(row.history.all(), row._meta.pk.attname)]
    if isinstance(row, Translated):
        model = row.texts.model
        key = row.texts.field.attname
        histories.append((model.history.filter(**{key: row.pk}), model._meta.pk.attname))
    return histories


def _name(record: Any, field: str) -> str:
    try:
        return str(capfirst(record.instance_type._meta.get_field(field).verbose_name))
    except FieldDoesNotExist:
        return field


def _shown(value: object) -> str:
    """Return a value as text, a dash for none: sources are listed by their slugs."""
    if isinstance(value, list | tuple):
        return ", ".join(sorted(_related(item) for item in value)) or "–"
    return "–" if value in (None, "") else str(value)


def _related(item: object) -> str:
    """Return the other end of a many-to-many row, which simple_history gives as a dict."""
    return str(list(item.values())[-1]) if isinstance(item, dict) else str(item)
