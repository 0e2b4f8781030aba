"""The only writer of facts: saves a row, records who and why, in one transaction.

The admin and `load_data` both end here, so the audit trail has no gap. Every other way to write is
closed (bulk deletes, list edits) or leads here (inlines, see rollout/admin/base.py). What readers
are told of an edit is an Update, made by `announce` in the same transaction; loading makes none.
"""

import logging
import os
import time
from collections.abc import Iterable, Iterator, Sequence, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rollout.dates import today
from rollout.models import DataVersion, Department, EntryText, Source, Sourced, Update, UpdateText
from rollout.models.content_tracking import ContentTracked
from rollout.models.texts import reference_language

logger = logging.getLogger(__name__)

_renewals: ContextVar[list[None] | None] = ContextVar("renewals", default=None)
"""What `one_version` collects: an item for each renewal that was asked for in its block."""


def save_fact(
    row: models.Model,
    *,
    by: AbstractBaseUser | None = None,
    note: str = "",
    sources: Iterable[Source] | None = None,
) -> None:
    """Check and save one row with its sources, and leave exactly one line of history.

    `by` is the editor, or None when data files are loaded; `note` says why; `sources` replaces the
    row's sources, and None leaves them. Raises ValidationError, with one sentence per field or
    constraint, and then nothing is saved.
    """
    related = {} if sources is None else {"sources": list(sources)}
    _save(row, by, note, related)


def _save(
    row: models.Model, by: AbstractBaseUser | None, note: str, related: dict[str, list[Any]]
) -> None:
    """Save a row and what it relates to, by the name of the field, with one line of history."""
    fact: Any = row
    with transaction.atomic():
        row.full_clean()
        if "sources" in related:
            refuse_without_source(row, related["sources"])
        is_new = row._state.adding
        _set_changed_at(row)
        # The library would write a line when the row is saved and another when its sources are set.
        fact.skip_history_when_saving = True
        try:
            row.save()
            for name, rows in related.items():
                getattr(fact, name).set(rows)
        finally:
            del fact.skip_history_when_saving
        _write_history([row], by, note, is_new=is_new)
        bump_data_version()
        if by is not None:
            transaction.on_commit(lambda: _log(row, by), robust=True)


def create_facts(
    rows: Sequence[models.Model], *, sources: Sequence[Sequence[str]] | None = None
) -> None:
    """Check and create rows of one model in a few queries, each with one line of history: a load.

    `sources` holds, in the order of the rows, the short names of each row's sources. What a row
    says by itself is checked as in `save`; constraints, and that what it refers to is there, the
    database checks. Raises ValidationError or IntegrityError at the first refusal, and then nothing
    is saved: `save` has a sentence for each.
    """
    if not rows:
        return
    model: Any = type(rows[0])
    relations = {field.name for field in model._meta.fields if field.is_relation}
    with transaction.atomic():
        for row in rows:
            row.full_clean(exclude=relations, validate_unique=False, validate_constraints=False)
            _set_changed_at(row)
        model._default_manager.bulk_create(rows)
        if sources is not None:
            _cite(rows, sources)
        _write_history(rows, None, "", is_new=True)
        connection.check_constraints([model._meta.db_table])
        bump_data_version()


def _cite(rows: Sequence[models.Model], sources: Sequence[Sequence[str]]) -> None:
    """Give new rows of one model their sources, by short name."""
    field: Any = rows[0]._meta.get_field("sources")
    through = field.remote_field.through
    links = []
    for row, slugs in zip(rows, sources, strict=True):
        refuse_without_source(row, slugs)
        links += [
            through(**{field.m2m_column_name(): row.pk, field.m2m_reverse_name(): slug})
            for slug in dict.fromkeys(slugs)
        ]
    through._default_manager.bulk_create(links)
    connection.check_constraints([through._meta.db_table])


def _write_history(
    rows: Sequence[Any], by: AbstractBaseUser | None, note: str, *, is_new: bool
) -> None:
    """Write one line of history for each of some rows of one model, with what they relate to."""
    for row in rows:
        row._history_user, row._change_reason = by, note
    model = type(rows[0])
    lines = model.history.bulk_history_create(rows, update=not is_new)
    line_of = {row.pk: line for row, line in zip(rows, lines, strict=True)}
    for field in model._meta.many_to_many:
        owner = field.m2m_field_name()
        links = field.remote_field.through._default_manager.filter(**{f"{owner}__in": rows})
        names = [column.attname for column in links.model._meta.fields]
        record = getattr(model.history.model, field.name).model
        record.objects.bulk_create(
            record(
                history=line_of[link.serializable_value(owner)],
                **{name: getattr(link, name) for name in names},
            )
            for link in links
        )


def _log(row: models.Model, by: AbstractBaseUser) -> None:
    """Log who changed which row; what it says now stands in its history."""
    facts = {"row": f"{row._meta.model_name} {row.pk}", "user": by.get_username()}
    logger.info("Announced" if isinstance(row, Update) else "Saved", extra={"facts": facts})


def bump_data_version() -> None:
    """Say that what readers see changes: what was built of the facts before is made anew.

    To be called in the transaction that changes them. Processes on this machine learn of it by the
    date of a file as soon as that transaction ends, others by the stamp in the database.
    """
    collected = _renewals.get()
    if collected is not None:
        collected.append(None)
        return
    DataVersion.renew()
    transaction.on_commit(_touch_version_file, robust=True)


@contextmanager
def one_version() -> Iterator[None]:
    """Renew the edition once at the end of a block, and only if something in it asked for that.

    To be used inside the transaction whose changes make one version: a load, an edit of many rows.
    """
    collected: list[None] = []
    token = _renewals.set(collected)
    try:
        yield
    finally:
        _renewals.reset(token)
    if collected:
        bump_data_version()


def _touch_version_file() -> None:
    """Give the file of the edition a date that it never had: clocks of file systems are coarse."""
    settings.EDITION_FILE.parent.mkdir(parents=True, exist_ok=True)
    settings.EDITION_FILE.touch()
    now = time.time_ns()
    os.utime(settings.EDITION_FILE, ns=(now, now))


def _set_changed_at(row: models.Model) -> None:
    """Note the moment if the row will state something else than it does."""
    if not isinstance(row, ContentTracked):
        return
    before: Any = None
    if not row._state.adding:
        before = type(row)._default_manager.filter(pk=row.pk).first()
    if before is None or before.content_values != row.content_values:
        row.changed_at = timezone.now()
    else:
        row.changed_at = before.changed_at  # an old version, or a file, brings its own


def refuse_without_source(row: models.Model, sources: Sized) -> None:
    """Raise ValidationError for a statement without one that does not say none was found."""
    if isinstance(row, Sourced) and row.needs_source and not sources:
        raise ValidationError(
            {
                "sources": _(
                    "A public statement needs a source. Add one, or say that none was found "
                    "(certainty)."
                )
            }
        )


def publish_update(
    note: str,
    *,
    by: AbstractBaseUser,
    path: str = "",
    departments: Iterable[Department] = (),
) -> Update:
    """Tell readers of an edit: one update, with the editor's note in the reference language.

    `path` is the address of the page that changed, after the language; `departments` are those
    that the edit concerns. Raises ValidationError like `save`.
    """
    update = Update(path=path)
    with transaction.atomic():
        _save(update, by, "", {"departments": list(departments)})
        save_fact(UpdateText(update=update, language=reference_language(), note=note), by=by)
    return update


def restore_version(
    record: Any, *, by: AbstractBaseUser, note: str = "", is_typo: bool = False
) -> models.Model:
    """Make a row, or one of its texts, what it was in a version of its history; return it.

    Only that row changes, and that is a new line of its history. `is_typo` is for the words of an
    entry, as in `save_entry_text`. Raises ValidationError where what was possible then is refused
    now.
    """
    row: Any = record.instance_type._default_manager.get(pk=record.instance.pk)
    for field in record.tracked_fields:
        if not field.primary_key:
            setattr(row, field.attname, getattr(record, field.attname))
    if isinstance(row, EntryText):
        save_entry_text(row, by=by, note=note, is_typo=is_typo)
        return row
    related = {
        field.name: [
            getattr(line, field.related_model._meta.model_name)
            for line in getattr(record, field.name).all()
        ]
        for field in row._meta.many_to_many
    }
    _save(row, by, note, related)
    return row  # type: ignore[no-any-return]


def save_entry_text(
    text: EntryText,
    *,
    by: AbstractBaseUser,
    note: str = "",
    is_typo: bool = False,
    is_current: bool = False,
) -> None:
    """Save an editor's words of an entry, reviewed by that editor if they are public.

    Changing the reference text makes its translations outdated, unless `is_typo`: then those that
    were current stay so. A translation that `is_current` says what the reference text says now.
    Raises ValidationError like `save`, and then nothing is saved.
    """
    if text.is_public:
        text.reviewed_by, text.reviewed_on = by.get_username(), today()
    with transaction.atomic():
        others = EntryText.objects.filter(entry=text.entry)
        if text.language != reference_language():
            reference = others.filter(language=reference_language()).first()
            if reference and (is_current or text._state.adding):
                text.translates = reference.fingerprint
            elif not text._state.adding:  # a typo in the reference text may just have renewed it
                text.translates = others.values_list("translates", flat=True).get(pk=text.pk)
            save_fact(text, by=by, note=note)
            return
        before = others.filter(pk=text.pk).first()
        save_fact(text, by=by, note=note)
        if is_typo and before and before.fingerprint != text.fingerprint:
            for translation in others.filter(translates=before.fingerprint):
                translation.translates = text.fingerprint
                save_fact(translation, by=by, note=note)


def was_edited_by_hand(row: models.Model) -> bool:
    """Tell whether the last change to a row was an editor's, not a load of data files."""
    history: Any = row.history  # type: ignore[attr-defined]
    last = history.order_by("-history_date", "-history_id").first()
    return last is not None and last.history_user_id is not None
