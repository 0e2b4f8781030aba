"""What waits for editors: shown on the admin's index."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from rollout.dates import today
from rollout.facts import subjects
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Alias,
    Department,
    Entry,
    EntryText,
    HealthScheme,
    IdentityDocument,
    LinkCheck,
    Region,
    Source,
    TextStatus,
    Update,
    Wave,
)
from rollout.models.texts import languages, reference_language

CHECKED_MODELS = (Department, Wave, Entry, ActivationRoute, Acceptance, HealthScheme)
TRANSLATED_MODELS = (  # and entries, by day
    Department,
    Wave,
    ActivationRoute,
    IdentityDocument,
    HealthScheme,
    Source,
    Update,
)
EDITED_MODELS = (*CHECKED_MODELS, IdentityDocument, Region, Source, Alias)
DUE_WITHIN = datetime.timedelta(days=30)
MAX_ROWS = 14
"""Of each of the seven lists, so that the page has at most 100 rows whatever waits."""


@dataclass(frozen=True)
class WorklistTask:
    """One row that waits, and where it is edited."""

    kind: str
    name: str
    address: str
    due: datetime.date | None = None
    language: str = ""
    changed: Sequence[str] = ()
    """Of an entry to be read again: the rows of which it speaks that have changed."""

    @property
    def is_overdue(self) -> bool:
        """Tell whether its day has passed."""
        return self.due is not None and self.due < today()


@dataclass(frozen=True)
class RecentChange:
    """One line of the history."""

    when: datetime.datetime
    who: str
    task: WorklistTask
    why: str


@dataclass(frozen=True)
class TaskList:
    """The first tasks of a kind, at most MAX_ROWS, and how many there are in all."""

    tasks: list[WorklistTask]
    total: int

    @property
    def more(self) -> int:
        """Return how many tasks are not among the first."""
        return self.total - len(self.tasks)


@dataclass(frozen=True)
class Worklist:
    """All tasks: in each list the most urgent first; changes newest first."""

    due: TaskList
    reread: TaskList
    drafts: TaskList
    outdated: TaskList
    missing: TaskList
    dead_links: TaskList
    changes: list[RecentChange]


def worklist() -> Worklist:
    """Return the tasks of today, in some 40 queries."""
    texts = list(EntryText.objects.select_related("entry").order_by("entry", "language"))
    dead = LinkCheck.objects.dead().select_related("source").order_by("dead_since")
    return Worklist(
        due=_due(),
        reread=_reread(),
        drafts=_task_list((text for text in texts if text.status == TextStatus.DRAFT), _of_text),
        outdated=_outdated(texts),
        missing=_missing(texts),
        dead_links=_first(dead, lambda check: _task(check.source, due=check.dead_since)),
        changes=_changes(),
    )


def _task_list(rows: Iterable[Any], task: Callable[[Any], WorklistTask]) -> TaskList:
    """Return the list of tasks about some rows, of which only the first are read any further."""
    all_rows = list(rows)
    return TaskList([task(row) for row in all_rows[:MAX_ROWS]], len(all_rows))


def _first(rows: models.QuerySet[Any], task: Callable[[Any], WorklistTask]) -> TaskList:
    """Return the list of tasks about the rows of a query; only the first are fetched."""
    first = list(rows[: MAX_ROWS + 1])
    total = len(first) if len(first) <= MAX_ROWS else rows.count()
    return TaskList([task(row) for row in first[:MAX_ROWS]], total)


def _joined(lists: list[TaskList], key: Callable[[WorklistTask], Any] | None = None) -> TaskList:
    """Return one list of several, in their order or sorted by a key."""
    tasks = [task for some in lists for task in some.tasks]
    if key:
        tasks.sort(key=key)
    return TaskList(tasks[:MAX_ROWS], sum(some.total for some in lists))


def _task(row: Any, **more: Any) -> WorklistTask:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return WorklistTask(str(row._meta.verbose_name), str(row), reverse(name, args=[row.pk]), **more)


def _of_text(text: EntryText) -> WorklistTask:
    return _task(text.entry, language=text.language)


def _active(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Return the rows that are active, or all of a model whose rows are not withdrawn."""
    names = {field.name for field in rows.model._meta.get_fields()}
    return rows.filter(is_active=True) if "is_active" in names else rows


def _due() -> TaskList:
    """Return what is overdue or due within 30 days, the earliest first."""
    until = today() + DUE_WITHIN
    lists = [
        _first(
            _active(model._default_manager.filter(check_again_by__lte=until)).order_by(
                "check_again_by", "pk"
            ),
            lambda row: _task(row, due=row.check_again_by),
        )
        for model in CHECKED_MODELS
    ]
    return _joined(lists, key=lambda task: (task.due, task.kind, task.name))


def _reread() -> TaskList:
    """Return the entries to be read again, as rows of which they speak have changed since."""
    return _first(
        Entry.objects.exclude(reread_since=None).order_by("reread_since", "slug"),
        lambda entry: _task(
            entry,
            due=timezone.localdate(entry.reread_since),
            changed=list(dict.fromkeys(v.name for v in subjects.changes_since_read(entry))),
        ),
    )


def _outdated(texts: list[EntryText]) -> TaskList:
    """Return the translations that the reference text has left behind."""
    by_entry = _by_entry(texts)
    return _task_list(
        (text for text in texts if text.is_left_behind(by_entry[text.entry_id])), _of_text
    )


def _by_entry(texts: list[EntryText]) -> dict[str, list[EntryText]]:
    by_entry: dict[str, list[EntryText]] = {}
    for text in texts:
        by_entry.setdefault(text.entry_id, []).append(text)
    return by_entry


def _without_translation(texts: list[EntryText]) -> TaskList:
    """Return the reference texts of entries that no text translates on their first day to come."""
    by_entry = _by_entry(texts)
    missing: list[tuple[EntryText, str]] = []
    for code, _name in languages()[1:]:
        for text in texts:
            day = max(text.valid_from or today(), today())
            if text.language != reference_language() or not text.lasts_until(day):
                continue
            others = by_entry[text.entry_id]
            if not any(t.language == code and t.is_of_day(day) for t in others):
                missing.append((text, code))
    return _task_list(
        missing, lambda pair: _task(pair[0].entry, language=pair[1], due=pair[0].valid_from)
    )


def _missing(texts: list[EntryText]) -> TaskList:
    """Return, by language, what has a reference text but none in that language."""
    lists = []
    for model in TRANSLATED_MODELS:
        rows: Any = model._default_manager
        with_reference = _active(rows.filter(texts__language=reference_language()))
        for code, _name in languages()[1:]:
            untranslated = with_reference.exclude(texts__language=code)
            lists.append(_first(untranslated, partial(_task, language=code)))
    return _joined([*lists, _without_translation(texts)])


def _changes() -> list[RecentChange]:
    """Return the last changes by editors, newest first."""
    changes: list[tuple[Any, Any]] = []
    for model in EDITED_MODELS:
        for tracked, owner in ((model, ""), (_texts_of(model), _owner_field(model))):
            if tracked is None:
                continue
            history: Any = tracked.history  # type: ignore[attr-defined]
            lines = history.filter(~Q(history_user=None)).select_related("history_user")
            changes += [(line, owner) for line in lines.order_by("-history_date")[:MAX_ROWS]]
    changes.sort(key=lambda pair: pair[0].history_date, reverse=True)
    return [_change(line, owner) for line, owner in changes[:MAX_ROWS]]


def _change(line: Any, owner: str) -> RecentChange:
    instance = line.instance
    row = getattr(instance, owner) if owner else instance
    return RecentChange(
        line.history_date,
        str(line.history_user),
        _task(row, language=line.language if owner else ""),
        line.history_change_reason or "",
    )


def _texts_of(model: type[models.Model]) -> type[models.Model] | None:
    texts: Any = getattr(model, "texts", None)
    return texts.rel.related_model if texts is not None else None


def _owner_field(model: type[models.Model]) -> str:
    texts: Any = getattr(model, "texts", None)
    return str(texts.field.name) if texts is not None else ""
