"""Brings the database to what the data files say, through `facts.writer`: all or nothing.

`files` reads rows; `load_data` compares these with the database and saves the differences in one
transaction, which a single problem rolls back.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from rollout.facts import links, writer
from rollout.importing import ledger, reference, spreading
from rollout.importing.cells import DataRefused, ImportRow, Problem
from rollout.importing.files import read_files
from rollout.importing.translated import translation_problems
from rollout.models import (
    Acceptance,
    Alias,
    BulkEdit,
    Department,
    DepartmentText,
    Entry,
    EntryText,
    Source,
    TextStatus,
)
from rollout.models.content_tracking import ContentTracked
from rollout.models.texts import linkable, reference_language


@dataclass(frozen=True)
class Difference:
    """One value that differs: the field's attribute, the database's value, the file's.

    The values of `sources` are sorted lists of slugs.
    """

    name: str
    old: Any
    new: Any

    def __str__(self) -> str:
        return f"{self.name} {_shown(self.old)} -> {_shown(self.new)}"


@dataclass
class ImportResult:
    """What a load did, or would do, a line for each row.

    `skipped`: an editor changed the row, the file differs. `missing`: no file has the row any more.
    `replaced`: files of reference rows. `plan`: the rows saved with their differences. `redated`:
    rows of which nothing but the day of their last change is saved. `edit`: the record of an
    editor's act.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unchanged: int = 0
    plan: list[tuple[models.Model, list[Difference]]] = field(default_factory=list)
    redated: list[ContentTracked] = field(default_factory=list)
    edit: BulkEdit | None = None

    @property
    def departments(self) -> list[Department]:
        """Return the departments that `plan` changes, or of which it changes a note: a query."""
        rows = [row for row, _differences in self.plan]
        codes = {row.pk for row in rows if isinstance(row, Department)}
        codes |= {row.department_id for row in rows if isinstance(row, DepartmentText)}
        return list(Department.objects.filter(pk__in=codes))


def load_data(
    folder: Path | None = None,
    *,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> ImportResult:
    """Bring the database to what the files of a folder (None: rollout/data) say.

    A row whose last change was an editor's is left as it is and listed in `skipped`; one that no
    file has is listed in `missing`, but an alias or acceptance is withdrawn. `changed_at` of the
    others is what the ledger of changes says; their due days are spread over the weeks where the
    files crowd them (see `spreading`). With `dry_run` all is done and rolled back.
    `progress` gets a line for each model and file.

    Raises:
        DataRefused: with every problem; nothing is saved.
    """
    folder = folder or settings.DATA_FOLDER
    read_rows, problems = read_files(folder)
    entries = [row for row in read_rows if row.model is Entry]
    with linkable(f"{row.values['kind']}:{row.key['slug']}" for row in entries):
        return _load(folder, read_rows, problems, dry_run=dry_run, progress=progress)


def _load(
    folder: Path,
    read_rows: list[ImportRow],
    problems: list[Problem],
    *,
    dry_run: bool,
    progress: Callable[[str], None],
) -> ImportResult:
    """Load the rows of a folder's files, as `load_data` says.

    Raises:
        DataRefused: with every problem; nothing is saved.
    """
    if not problems:
        read_rows, problems = ledger.with_lines(read_rows, folder)
    problems = _of_new_places(problems, translation_problems(read_rows))
    if problems:
        # Nothing is saved anyhow: name at once what the models would refuse next time.
        wrong = (problem for row in read_rows for problem in _wrong_values(row))
        raise DataRefused(_of_new_places(problems, wrong))
    result = ImportResult()
    with transaction.atomic():
        read_rows = spreading.spread_files(read_rows)
        with writer.one_version():
            for model in dict.fromkeys(row.model for row in read_rows):
                rows = [row for row in read_rows if row.model is model]
                progress(f"{model._meta.verbose_name_plural}: {len(rows)} rows")
                problems += _upsert_all(model, rows, result)
                if model is Department and not problems:
                    # Aliases refer to communes, and these to departments.
                    result.replaced, problems = reference.load_reference(folder)
                    if result.replaced:
                        writer.bump_data_version()
                    for line in result.replaced:
                        progress(line)
            problems = problems or list(_needed_entries(read_rows))
            if problems:
                raise DataRefused(problems)
            writer.set_changed_at(result.redated)
            if result.redated:
                progress(f"{ledger.LEDGER}: {len(result.redated)} rows have another day now")
        if dry_run:
            transaction.set_rollback(True)
    return result


def _of_new_places(problems: list[Problem], more: Iterable[Problem]) -> list[Problem]:
    """Return problems, and more of them in other places."""
    places = {problem[:3] for problem in problems}
    return [*problems, *(problem for problem in more if problem[:3] not in places)]


def present_rows(
    model: type[models.Model], rows: list[ImportRow]
) -> dict[tuple[Any, ...], models.Model]:
    """Return the rows of a model that the database has, by their key."""
    names = list(rows[0].key)
    query = model._default_manager.all()
    if rows[0].sources is not None:
        query = query.prefetch_related("sources")
    return {tuple(getattr(row, name) for name in names): row for row in query}


def _upsert_all(
    model: type[models.Model], rows: list[ImportRow], result: ImportResult
) -> list[Problem]:
    """Bring the rows of a model to what the files say; return the problems."""
    present = present_rows(model, rows)
    keys = [tuple(row.key.values()) for row in rows]
    are_created = _create([row for row in rows if tuple(row.key.values()) not in present], result)
    problems: list[Problem] = []
    for key, row in zip(keys, rows, strict=True):
        if key in present or not are_created:
            problems += upsert(row, present.get(key), result)
    _withdraw_missing(present, set(keys), result)
    return problems


def _create(rows: list[ImportRow], result: ImportResult) -> bool:
    """Create rows in few queries; return False, with nothing saved, where one of them is refused.

    Then `upsert`, which is slower, names each that is refused, and why.
    """
    has_sources = any(row.sources is not None for row in rows)
    try:
        writer.create_facts(
            [_dated(row, row.model(**row.key, **row.values)) for row in rows],
            sources=[row.sources or () for row in rows] if has_sources else None,
        )
    except (ValidationError, IntegrityError):
        return False
    result.created += [row.name for row in rows]
    return True


def planned_differences(row: ImportRow, target: models.Model) -> list[Difference]:
    """Return the differences of an editor's row: of a new one, all that it holds."""
    is_new_with_sources = target._state.adding and row.sources is not None
    return differences_of(row, None if is_new_with_sources else target)


def upsert(
    row: ImportRow,
    present: models.Model | None,
    result: ImportResult,
    by: AbstractBaseUser | None = None,
    note: str = "",
) -> list[Problem]:
    """Create, update or leave one row, add that to `result`, and return the problems with it."""
    target = present or row.model(**row.key)
    differences = differences_of(row, present) if by is None else planned_differences(row, target)
    if present is not None and not differences:
        result.unchanged += 1
        if by is None:
            _redate(row, present, result)
        return []
    listed = "; ".join(map(str, differences))
    if present is not None and by is None and writer.was_edited_by_hand(present):
        result.skipped.append(f"{row.name}: the file says {listed}")
        return []
    for name, value in row.values.items():
        setattr(target, name, value)
    sources = None if row.sources is None else Source.objects.filter(slug__in=row.sources)
    try:
        if by is None:
            _dated(row, target)
        writer.save_fact(target, by=by, note=note, sources=sources, is_dated=by is None)
    except ValidationError as error:
        return list(_problems(row, error))
    if present is None:
        result.created.append(row.name)
    else:
        result.updated.append(f"{row.name}: {listed}")
    result.plan.append((target, differences))
    return []


def _dated(row: ImportRow, target: models.Model) -> models.Model:
    """Return the target with the `changed_at` that the ledger has for its content."""
    if isinstance(target, ContentTracked):
        target.changed_at = ledger.changed_at(row, target)
    return target


def _redate(row: ImportRow, present: models.Model, result: ImportResult) -> None:
    """Give an unchanged row the ledger's day, unless an editor changed it last."""
    if not isinstance(present, ContentTracked):
        return
    before = present.changed_at
    _dated(row, present)
    if present.changed_at != before and not writer.was_edited_by_hand(present):
        result.redated.append(present)


def _withdraw_missing(
    present: dict[tuple[Any, ...], models.Model], keys: set[tuple[Any, ...]], result: ImportResult
) -> None:
    """Withdraw aliases and acceptances that no file has any more; list other such rows.

    Rows that an editor made or changed last are left alone.
    """
    for key, row in present.items():
        if key in keys or writer.was_edited_by_hand(row):
            continue
        name = f"{row._meta.verbose_name} {' '.join(map(str, key))}"
        if not isinstance(row, Alias | Acceptance):
            result.missing.append(name)
        elif row.is_active:
            row.is_active = False
            if isinstance(row, Acceptance):
                row.changed_at = None  # the ledger has no line for it
            writer.save_fact(row, is_dated=True)
            result.updated.append(f"{name}: withdrawn")


def _needed_entries(rows: list[ImportRow]) -> Iterator[Problem]:
    """Yield the texts by which files hide an entry that other texts link to.

    Links that an editor wrote, and entries that an editor hid, refuse no load.
    """
    for row in rows:
        if row.model is not EntryText or row.key["language"] != reference_language():
            continue
        if row.values["status"] == TextStatus.PUBLISHED and row.values["valid_until"] is None:
            continue
        entry = Entry.objects.get(pk=row.key["entry_id"])
        broken = links.broken_links(entry)
        if any(writer.was_edited_by_hand(text) for text in entry.texts.all() if broken):
            continue
        broken = [b for b in broken if b.text is None or not writer.was_edited_by_hand(b.text)]
        if broken:
            yield Problem(row.file, row.line, "", str(links.EntryNeeded(entry, broken).message))


def differences_of(row: ImportRow, present: models.Model | None) -> list[Difference]:
    """Return where the file and the database differ; nothing for a row that is new."""
    if present is None:
        return []
    differences = [
        Difference(name, getattr(present, name), value)
        for name, value in row.values.items()
        if getattr(present, name) != value
    ]
    if row.sources is not None:
        fact: Any = present
        old, new = sorted({source.slug for source in fact.sources.all()}), sorted(set(row.sources))
        if old != new:
            differences.append(Difference("sources", old, new))
    return differences


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nothing"
    text = str(value) if value not in (None, "") else "nothing"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _wrong_values(row: ImportRow) -> Iterator[Problem]:
    """Yield the problems with a row's values by themselves, whatever the database holds."""
    relations = {field.name for field in row.model._meta.fields if field.is_relation}
    try:
        row.model(**row.key, **row.values).clean_fields(exclude=relations)
    except ValidationError as error:
        yield from _problems(row, error)


def _problems(row: ImportRow, error: ValidationError) -> Iterator[Problem]:
    """Yield the messages of a ValidationError as problems with their place in the file."""
    for name, messages in error.message_dict.items():
        column = "" if name == "__all__" else name
        for message in messages:
            yield Problem(row.file, row.line, column, str(message))
