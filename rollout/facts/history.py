"""The versions of a row and of its texts: who changed what, when and why, and what differs."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import models

from rollout.models import Entry
from rollout.models.texts import Text, Translated

Changes = dict[str, tuple[Any, Any]]
"""What differs, by the name of the field: the old and the new value; primary keys of related rows,
of many of them as a sorted list."""

REMOVED = "-"
"""What simple_history writes into `history_type` of the last line of a row that was removed."""
SET_BY_SAVING = {"reviewed_by", "reviewed_on", "translates"}
"""The fields of a text that the writer sets: they do not come back with an old version."""


@dataclass(frozen=True)
class Version:
    """A row, or one of its texts, as it was saved at one moment.

    `record` is the row of the history table, `before` the one before it, None for the first;
    `current` is the one that holds today, None where that is not known.
    """

    record: Any  # simple_history has no types
    before: Any | None
    current: Any | None = None

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
        """Return the row with its kind, such as "activation route France Identité"."""
        row = self.record.instance
        return f"{row._meta.verbose_name} {row}"

    @property
    def changes(self) -> Changes:
        """Return what it changed; nothing for the first version."""
        return changes(self.before, self.record) if self.before else {}

    @property
    def is_current(self) -> bool:
        """Tell whether bringing it back would change nothing."""
        return not changes_by_restoring(self.record, self.current)


def versions(row: models.Model) -> list[Version]:
    """Return the versions of a row and of its texts, newest first: at most three queries."""
    results: list[Version] = []
    for history, name in _histories(row):
        records = records_of(history)
        newest = {getattr(record, name): record for record in records}
        last: dict[object, Any] = {}
        for record in records:
            key = getattr(record, name)
            results.append(Version(record, last.get(key), newest[key]))
            last[key] = record
    return sorted(
        results, key=lambda version: (version.record.history_date, version.key), reverse=True
    )


def records_of(lines: models.QuerySet) -> list[Any]:
    """Return lines of one history table, oldest first, with who wrote them.

    `related_keys` of each holds the primary keys of its many-to-many rows, by the field's name: a
    query for each such field.
    """
    records: list[Any] = list(
        lines.select_related("history_user").order_by("history_date", "history_id")
    )
    for record in records:
        record.related_keys = {}
    history: Any = lines.model
    for field in history.instance_type._meta.many_to_many:
        links = getattr(history, field.name).model.objects.filter(
            history__in=lines.order_by().values("history_id")
        )
        keys: dict[int, list[Any]] = {}
        for link in links:
            keys.setdefault(link.history_id, []).append(_related_key(link, field))
        for record in records:
            record.related_keys[field.name] = sorted(keys.get(record.history_id, []))
    return records


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


def changes(old: Any, new: Any) -> Changes:
    """Return the fields in which two history rows of the same row or text differ, in their order.

    No query for rows that `versions` or `records_of` fetched.
    """
    pairs = {
        field.name: (getattr(old, field.attname), getattr(new, field.attname))
        for field in new.tracked_fields
    }
    for field in new.instance_type._meta.many_to_many:
        pairs[field.name] = (_related(old, field), _related(new, field))
    return {name: (before, after) for name, (before, after) in pairs.items() if before != after}


def changes_by_restoring(record: Any, current: Any | None) -> Changes:
    """Return what `facts.writer.restore_version` would change of a row that is as in `current`.

    Of one that was removed, as the note of an edit that was undone is: all that it said.
    """
    if current is None or record.history_type == REMOVED:
        return {}
    if current.history_type == REMOVED:
        fields = [field for field in record.tracked_fields if not field.primary_key]
        found = {field.name: (None, getattr(record, field.attname)) for field in fields}
    else:
        found = changes(current, record)
    return {name: pair for name, pair in found.items() if name not in SET_BY_SAVING}


def is_comparable(old: Version, new: Version) -> bool:
    """Tell whether two versions are of the same row, or of the same text."""
    return bool(old.record.instance == new.record.instance)


def _histories(row: Any) -> list[tuple[Any, str]]:
    """Return the history of a row, and that of its texts, each with its primary key's attribute."""
    histories = [(row.history.all(), row._meta.pk.attname)]
    if isinstance(row, Translated):
        model = row.texts.model
        key = row.texts.field.attname
        histories.append((model.history.filter(**{key: row.pk}), model._meta.pk.attname))
    return histories


def _related(record: Any, field: Any) -> list[Any]:
    """Return the primary keys of a history row's many-to-many rows, sorted."""
    if hasattr(record, "related_keys"):
        return list(record.related_keys[field.name])
    return sorted(_related_key(link, field) for link in getattr(record, field.name).all())


def _related_key(link: Any, field: Any) -> Any:
    return getattr(link, f"{field.m2m_reverse_field_name()}_id")
