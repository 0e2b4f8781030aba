"""Edits of many departments: recorded as they are made, undone in one act."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.facts import history, writer
from rollout.models import BulkEdit, Department, DepartmentText, Update


@dataclass(frozen=True)
class UndoStep:
    """What undoing an edit does to one department, or to one note on a department.

    `department` is as it is now, `record` the line of history that the edit wrote. The row goes
    back to the line `before`; without one it was made by the edit, and is removed. `newer` is the
    row's newest line where someone changed it since, `is_foreign` tells that it is a text in a
    language that the editor may not write: such rows stay as they are.
    """

    department: Department
    record: Any  # simple_history has no types
    before: Any | None
    newer: Any | None = None
    is_foreign: bool = False

    @property
    def is_left(self) -> bool:
        """Tell whether the row stays as it is."""
        return self.newer is not None or self.is_foreign

    @property
    def name(self) -> str:
        """Return the department, with the language of a note."""
        if not issubclass(self.record.instance_type, DepartmentText):
            return str(self.department)
        language = self.record.get_language_display()
        return gettext("%(department)s, note (%(language)s)") % {
            "department": self.department,
            "language": language,
        }


def record_edit(
    rows: Iterable[models.Model],
    *,
    by: AbstractBaseUser,
    title: Iterable[Any],
    update: Update | None,
) -> BulkEdit:
    """Record an edit of these rows, with the newest line of history of each, and return it.

    To be called in the transaction that saved them. Rows that are neither departments nor notes on
    them are passed over. `title` are lazy translations of what was changed: saved in English,
    translated where they are shown (`BulkEdit.__str__`).
    """
    saved = list(rows)
    with translation.override(None):
        english = ", ".join(map(str, title))
    edit = BulkEdit.objects.create(made_by_id=by.pk, title=english, update=update)
    edit.departments.set(_newest_lines(Department, saved))
    edit.texts.set(_newest_lines(DepartmentText, saved))
    return edit


def undo_steps(edit: BulkEdit, languages: Collection[str]) -> list[UndoStep]:
    """Return what undoing an edit does, by department, notes last: at most seven queries.

    `languages` are those in which the editor may write texts.
    """
    departments = Department.objects.in_bulk()
    return [
        *_steps(edit.departments, "code", departments, languages),
        *_steps(edit.texts, "id", departments, languages),
    ]


def undo(edit: BulkEdit, *, by: AbstractBaseUser, languages: Collection[str]) -> list[UndoStep]:
    """Take an edit back where nobody changed a row since, withdraw its update; return the steps.

    Rows that stay as they are (`UndoStep.is_left`) are among them. The departments should be locked
    by the caller.

    Raises:
        ValidationError: it was undone already, nothing of it is left to undo, or an old value is
            refused by the constraints of today; nothing is changed.
    """
    reason = gettext("Undone: %(edit)s") % {"edit": edit}
    with transaction.atomic(), writer.one_version():
        current = BulkEdit.objects.select_for_update().get(pk=edit.pk)
        if current.undone_at:
            raise ValidationError(_("This edit was undone already."))
        steps = undo_steps(current, languages)
        if all(step.is_left for step in steps):
            raise ValidationError(_("Nothing of this edit is left to undo."))
        _take_back([step for step in steps if not step.is_left], by, reason)
        update = current.update
        if update and update.is_active:
            update.is_active = False
            writer.save_fact(update, by=by, note=reason)
        current.undone_at = timezone.now()
        current.save(update_fields=["undone_at"])
    return steps


def _take_back(steps: list[UndoStep], by: AbstractBaseUser, reason: str) -> None:
    """Save the values of before, in few queries.

    Raises:
        ValidationError: one is refused: which, and why.
    """
    made = [step.record.id for step in steps if step.before is None]
    for text in DepartmentText.objects.filter(pk__in=made):
        writer.remove_text(text, by=by, note=reason)
    restored = [step for step in steps if step.before]
    try:
        with transaction.atomic():
            for model in (Department, DepartmentText):
                _restore_together(model, restored, by, reason)
    except (ValidationError, IntegrityError):
        for step in restored:
            try:
                writer.restore_version(step.before, by=by, note=reason)
            except ValidationError as error:
                messages = [f"{step.department}: {message}" for message in error.messages]
                raise ValidationError(messages) from error


def _restore_together(model: Any, steps: list[UndoStep], by: AbstractBaseUser, reason: str) -> None:
    """Restore the rows of one model."""
    records: dict[Any, Any] = {
        step.before.instance.pk: step.before
        for step in steps
        if step.before and step.before.instance_type is model
    }
    rows = model._default_manager.in_bulk(records)
    restored = [writer.with_old_values(rows[pk], record) for pk, record in records.items()]
    sources = None
    if model is Department:
        sources = _sources_of(list(records.values()))
    writer.update_facts(restored, by=by, note=reason, sources=sources)


def _sources_of(records: list[Any]) -> list[list[str]]:
    """Return the slugs of the sources of lines of the history of departments: one query."""
    slugs: dict[int, list[str]] = {record.history_id: [] for record in records}
    links: Any = Department.history.model.sources.model
    rows = links.objects.filter(history__in=slugs).values_list("history_id", "source_id")
    for history_id, slug in rows:
        slugs[history_id].append(slug)
    return list(slugs.values())


def _newest_lines(model: Any, saved: Iterable[models.Model]) -> list[int]:
    """Return the ids of the newest line of history of those rows that are of this model."""
    key = model._meta.pk.attname
    keys = [row.pk for row in saved if isinstance(row, model)]
    lines = model.history.filter(**{f"{key}__in": keys}).order_by().values(key)
    return list(lines.annotate(newest=Max("history_id")).values_list("newest", flat=True))


def _steps(
    records: Any, key: str, departments: dict[Any, Department], languages: Collection[str]
) -> Iterator[UndoStep]:
    """Yield the steps of the rows of one model: at most three queries."""
    written = list(records.order_by(key))
    keys = {getattr(record, key) for record in written}
    by_row: dict[object, list[Any]] = {}
    for line in history.records_of(records.model.objects.filter(**{f"{key}__in": keys})):
        by_row.setdefault(getattr(line, key), []).append(line)
    for bare_record in written:
        of_row = by_row[getattr(bare_record, key)]
        record = next(line for line in of_row if line.history_id == bare_record.history_id)
        older = [line for line in of_row if line.history_id < record.history_id]
        newest = of_row[-1]
        code = record.code if key == "code" else record.department_id
        yield UndoStep(
            department=departments[code],
            record=record,
            before=older[-1] if older else None,
            newer=newest if newest.history_id > record.history_id else None,
            is_foreign=getattr(record, "language", None) not in {None, *languages},
        )
