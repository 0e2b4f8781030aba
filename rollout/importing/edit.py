"""Brings departments to what an editor's form or file says: all or nothing, recorded, undoable."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from rollout.facts import writer
from rollout.facts.bulk_edits import record_edit
from rollout.importing import load, spreading
from rollout.importing.cells import DataRefused, ImportRow, Problem
from rollout.models import Department

FILE_IMPORT = _("import of a file")


def edit_departments(  # noqa: PLR0913 - all by name
    rows: list[ImportRow],
    *,
    by: AbstractBaseUser,
    note: str = "",
    translations: Mapping[str, str] = MappingProxyType({}),
    path: str = "",
    title: Sequence[Any] = (FILE_IMPORT,),
    is_minor: bool = False,
    dry_run: bool = False,
) -> load.ImportResult:
    """Bring departments to the rows of an editor's form or file, with one public update.

    Unlike `load_data`, this overwrites what editors did: it is an editor's act, recorded as a
    BulkEdit of this `title` (see `record_edit`). The rows are of departments and of notes on them;
    sources that are new come before. Due days are spread (see `spreading`). `note`, `translations`
    and `path` are those of the update (see `publish_update`), which a minor change does not make.
    With `dry_run` all is done and rolled back.

    Raises:
        DataRefused: with every problem; nothing is saved.
    """
    result = load.ImportResult()
    problems: list[Problem] = []
    with transaction.atomic():
        with writer.one_version():
            for model in dict.fromkeys(row.model for row in rows):
                of_model = [row for row in rows if row.model is model]
                if model is Department:
                    present = load.present_rows(model, of_model)
                    of_model = spreading.spread_departments(of_model, present)
                if _save_together(of_model, result, by, note):
                    continue
                present = load.present_rows(model, of_model)
                for row in of_model:
                    problems += load.upsert(
                        row, present.get(tuple(row.key.values())), result, by, note
                    )
            if problems:
                raise DataRefused(problems)
            if result.plan and not dry_run:
                update = None
                if not is_minor:
                    update = writer.publish_update(
                        note,
                        by=by,
                        path=path,
                        departments=result.departments,
                        translations=translations,
                    )
                saved = [row for row, _differences in result.plan]
                result.edit = record_edit(saved, by=by, title=title, update=update)
        if dry_run:
            transaction.set_rollback(True)
    return result


def _save_together(
    rows: list[ImportRow], result: load.ImportResult, by: AbstractBaseUser, note: str
) -> bool:
    """Save an editor's rows of one model in few queries, and add them to `result`.

    Returns False, with nothing saved, where one is refused: `load.upsert` names it, and why.
    """
    present = load.present_rows(rows[0].model, rows)
    plan: dict[bool, list[tuple[ImportRow, models.Model, list[load.Difference]]]] = {}
    unchanged = 0
    for row in rows:
        target = present.get(tuple(row.key.values())) or row.model(**row.key)
        is_new = target._state.adding
        differences = load.planned_differences(row, target)
        if is_new or differences:
            plan.setdefault(is_new, []).append((row, target, differences))
        else:
            unchanged += 1
        for name, value in row.values.items():
            setattr(target, name, value)
    try:
        with transaction.atomic():
            for is_new, changes in plan.items():
                slugs = [row.sources or () for row, _target, _found in changes]
                sources = slugs if rows[0].sources is not None else None
                targets = [target for _row, target, _found in changes]
                save = writer.create_facts if is_new else writer.update_facts
                save(targets, by=by, note=note, sources=sources)
    except (ValidationError, IntegrityError):
        return False
    result.unchanged += unchanged
    for is_new, changes in plan.items():
        lines = result.created if is_new else result.updated
        lines += [_line(row, found) for row, _target, found in changes]
        result.plan += [(target, found) for _row, target, found in changes]
    return True


def _line(row: ImportRow, differences: list[load.Difference]) -> str:
    """Return a row with its differences, as a line of a report."""
    listed = "; ".join(map(str, differences))
    return f"{row.name}: {listed}" if listed else row.name
