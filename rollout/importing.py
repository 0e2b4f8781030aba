"""Brings the database to what the data files say, through changes.py. All or nothing.

`data_files.read` turns the files into rows that are wanted; `load` compares these with the database
and saves the difference in one transaction, which a single problem rolls back.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from rollout import changes, reference
from rollout.data_files import read
from rollout.data_lines import DataRefused, Problem, Wanted
from rollout.models import Alias, Department, Source

DATA_FOLDER = Path(__file__).parent / "data"


@dataclass
class Outcome:
    """What a load did, or would do."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: int = 0


def load(
    folder: Path = DATA_FOLDER,
    *,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Bring the database to what the files of a folder say, and return what changed.

    A row whose last change was an editor's is left as it is and listed in `kept`; one that the
    files no longer have is listed in `gone`, but an alias is withdrawn. With `dry_run`
    all is done and rolled back. Raises DataRefused with every problem; then nothing was saved.
    """
    wanted, problems = read(folder)
    if problems:
        raise DataRefused(problems)
    outcome = Outcome()
    with transaction.atomic():
        for model in dict.fromkeys(row.model for row in wanted):
            rows = [row for row in wanted if row.model is model]
            progress(f"{model._meta.verbose_name_plural}: {len(rows)} rows")
            present = _present(model, rows)
            for row in rows:
                problems += _bring(row, present.get(tuple(row.key.values())), outcome)
            _let_go(present, {tuple(row.key.values()) for row in rows}, outcome)
            if model is Department and not problems:
                # Aliases lead to communes, and communes lie in departments.
                outcome.replaced, problems = reference.load(folder)
                for line in outcome.replaced:
                    progress(line)
        if problems:
            raise DataRefused(problems)
        if dry_run:
            transaction.set_rollback(True)
    return outcome


def _present(model: type[models.Model], rows: list[Wanted]) -> dict[tuple[Any, ...], models.Model]:
    """Return the rows of a model that the database has, by their key."""
    names = list(rows[0].key)
    query = model._default_manager.all()
    if rows[0].sources is not None:
        query = query.prefetch_related("sources")
    return {tuple(getattr(row, name) for name in names): row for row in query}


def _bring(row: Wanted, present: models.Model | None, outcome: Outcome) -> list[Problem]:
    """Create, update or leave one row; note which in `outcome`; return what is wrong with it."""
    target = present or row.model(**row.key)
    differences = _differences(row, present)
    if present is not None and not differences:
        outcome.unchanged += 1
        return []
    if present is not None and changes.was_edited_by_hand(present):
        outcome.kept.append(f"{row.name}: the file says {'; '.join(differences)}")
        return []
    for name, value in row.values.items():
        setattr(target, name, value)
    sources = None if row.sources is None else Source.objects.filter(slug__in=row.sources)
    try:
        changes.save(target, sources=sources)
    except ValidationError as error:
        return list(_problems(row, error))
    if present is None:
        outcome.created.append(row.name)
    else:
        outcome.updated.append(f"{row.name}: {'; '.join(differences)}")
    return []


def _let_go(
    present: dict[tuple[Any, ...], models.Model], wanted: set[tuple[Any, ...]], outcome: Outcome
) -> None:
    """Withdraw aliases that no file has any more; list other such rows, which addresses rest on.

    What an editor made or last changed is not the files' affair.
    """
    for key, row in present.items():
        if key in wanted or changes.was_edited_by_hand(row):
            continue
        name = f"{row._meta.verbose_name} {' '.join(map(str, key))}"
        if not isinstance(row, Alias):
            outcome.gone.append(name)
        elif row.is_used:
            row.is_used = False
            changes.save(row)
            outcome.updated.append(f"{name}: withdrawn")


def _differences(row: Wanted, present: models.Model | None) -> list[str]:
    """Return in words what the file wants otherwise than the database has it."""
    if present is None:
        return []
    found = [
        f"{name} {_shown(getattr(present, name))} -> {_shown(value)}"
        for name, value in row.values.items()
        if getattr(present, name) != value
    ]
    if row.sources is not None:
        fact: Any = present
        old = {source.slug for source in fact.sources.all()}
        if old != set(row.sources):
            found.append(f"sources {_shown(sorted(old))} -> {_shown(sorted(row.sources))}")
    return found


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nothing"
    text = str(value) if value not in (None, "") else "nothing"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _problems(row: Wanted, error: ValidationError) -> Iterator[Problem]:
    """Turn a refusal of the model into problems with their place in the file."""
    for name, messages in error.message_dict.items():
        column = "" if name == "__all__" else name
        for message in messages:
            yield Problem(row.file, row.line, column, str(message))
