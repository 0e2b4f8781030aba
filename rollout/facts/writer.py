"""The only writer of facts: saves a row, records who and why, in one transaction.

The admin and `load_data` both end here, so the audit trail has no gap (decision 2). Every other way
to write is closed (bulk deletes, list edits) or leads here (inlines, see rollout/admin/base.py).
`publish_update` makes the public update on an edit, in the same transaction; loading makes none.
Longer than 400 lines, since nothing but this one may write facts.
"""

import copy
import datetime
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rollout.dates import today
from rollout.facts import links, subjects
from rollout.models import (
    Alias,
    DataVersion,
    Department,
    Entry,
    EntryText,
    Source,
    Sourced,
    Update,
    UpdateText,
)
from rollout.models.content_tracking import ContentTracked
from rollout.models.entry_texts import refuse_overlaps
from rollout.models.place_names import existing_targets
from rollout.models.texts import Origin, Text, reference_language

logger = logging.getLogger(__name__)

Related = dict[str, list[models.Model]]
"""Rows of a row's many-to-many fields, by the name of the field."""

_bumps: ContextVar[list[None] | None] = ContextVar("bumps", default=None)
"""What `one_version` collects: an item for each call of `bump_data_version` in its block."""


def save_fact(
    row: models.Model,
    *,
    by: AbstractBaseUser | None = None,
    note: str = "",
    sources: Iterable[Source] | None = None,
    is_dated: bool = False,
) -> None:
    """Check and save one row with its sources, write one history row, renew the data version.

    `by` is the editor, None for a load of data files; `note` says why; `sources` replaces the row's
    sources, None leaves them. With `is_dated` the row brings its own `changed_at`; else that is now
    if its content changes.

    Raises:
        ValidationError: one sentence per field or constraint; nothing is saved.
    """
    related: Related = {} if sources is None else {"sources": list(sources)}
    _save(row, by, note, related, is_dated=is_dated)


def _save(
    row: models.Model,
    by: AbstractBaseUser | None,
    note: str,
    related: Related,
    *,
    is_dated: bool = False,
) -> None:
    """Save a row with its many-to-many rows, by the name of their field, and one history row."""
    fact: Any = row  # simple_history sets attributes that the model does not declare
    with transaction.atomic():
        row.full_clean()
        if "sources" in related:
            refuse_without_source(row, related["sources"])
        is_new = row._state.adding
        now = timezone.now()
        changed = subjects.changed_subjects(row)
        if not is_dated:
            _set_changed_at(row)
        if isinstance(row, Entry):
            row.reread_since = None
        # simple_history would write one row at save() and another when the sources are set.
        fact.skip_history_when_saving = True
        try:
            row.save()
            for name, rows in related.items():
                getattr(fact, name).set(rows)
        finally:
            del fact.skip_history_when_saving
        _write_history([row], by, note, is_new=is_new)
        if isinstance(row, EntryText):
            Entry.objects.filter(pk=row.entry_id).update(reread_since=None)
        _mark_for_rereading(changed, now)
        bump_data_version()
        if by is not None:
            transaction.on_commit(lambda: _log(row, by), robust=True)


def create_facts(
    rows: Sequence[models.Model],
    *,
    by: AbstractBaseUser | None = None,
    note: str = "",
    sources: Sequence[Sequence[str]] | None = None,
) -> None:
    """Check and create rows of one model in a few queries, each with one history row.

    `by` and `note` are as in `save_fact`; of a load, the rows bring their own `changed_at`.
    `sources` holds the slugs of each row's sources, in the order of the rows. Fields are checked
    here as in `save_fact`, constraints and relations by the database.

    Raises:
        ValidationError: a field of a row is wrong, or a source is missing; nothing is saved.
        IntegrityError: the database refuses a row, without naming it; nothing is saved.
    """
    if not rows:
        return
    model: Any = type(rows[0])
    now = timezone.now()
    with transaction.atomic():
        for row in rows:
            if isinstance(row, EntryText):
                row.siblings_are_checked = True  # below, in one query
            if by is not None and isinstance(row, ContentTracked):
                row.changed_at = now
        aliases = [row for row in rows if isinstance(row, Alias)]
        known = existing_targets(aliases)
        for alias in aliases:
            alias.known_targets = known
        _note_translations(rows, {}, by)
        _clean_values(rows)
        model._default_manager.bulk_create(rows)
        if sources is not None:
            _cite(rows, sources)
        _write_history(rows, by, note, is_new=True)
        _mark_for_rereading(set().union(*map(subjects.subjects_of, rows)), now)
        if model is EntryText:
            _check_texts_of_entries({row.serializable_value("entry") for row in rows})
        connection.check_constraints([model._meta.db_table])
        bump_data_version()
        _log_all(rows, by)


def update_facts(
    rows: Sequence[models.Model],
    *,
    by: AbstractBaseUser,
    note: str = "",
    sources: Sequence[Sequence[str]] | None = None,
) -> None:
    """Check and save an editor's changes of rows of one model in a few queries.

    As `create_facts`, for departments and texts without a rule of their own; without `sources` the
    rows have none, or leave theirs.

    Raises:
        ValidationError: a field of a row is wrong, or a source is missing; nothing is saved.
        IntegrityError: the database refuses a row, without naming it; nothing is saved.
    """
    if not rows:
        return
    model: Any = type(rows[0])
    now = timezone.now()
    with transaction.atomic():
        before = model._default_manager.in_bulk([row.pk for row in rows])
        _note_translations(rows, before, by)
        _clean_values(rows)
        changed: set[str] = set()
        for row in rows:
            old = before[row.pk]
            if isinstance(row, ContentTracked):
                is_same = row.content_values == old.content_values
                row.changed_at = old.changed_at if is_same else now
                if not is_same:
                    changed |= subjects.subjects_of(row) | subjects.subjects_of(old)
        names = [field.name for field in model._meta.concrete_fields if not field.primary_key]
        model._default_manager.bulk_update(rows, names)
        if sources is not None:
            through = model._meta.get_field("sources").remote_field.through
            owner = model._meta.get_field("sources").m2m_field_name()
            through._default_manager.filter(**{f"{owner}__in": rows}).delete()
            _cite(rows, sources)
        _write_history(rows, by, note, is_new=False)
        _mark_for_rereading(changed, now)
        connection.check_constraints([model._meta.db_table])
        bump_data_version()
        _log_all(rows, by)


def _note_translations(
    rows: Sequence[models.Model], before: Mapping[object, Text], by: AbstractBaseUser | None
) -> None:
    """Note of an editor's new or changed translations among rows of one model how they were made.

    They translate the reference text of their row that is saved with them, or is there: a query.
    """
    texts = [row for row in rows if isinstance(row, Text) and by is not None]
    translations = [
        text
        for text in texts
        if text.language != reference_language()
        and (text.pk not in before or before[text.pk].fingerprint != text.fingerprint)
    ]
    if not translations:
        return
    owner = links.row_field(type(translations[0])).attname
    existing = type(translations[0])._default_manager.filter(
        language=reference_language(),
        **{f"{owner}__in": {getattr(text, owner) for text in translations}},
    )
    references = [*existing, *(text for text in texts if text.language == reference_language())]
    fingerprints = {getattr(text, owner): text.fingerprint for text in references}
    for text in translations:
        text.origin, text.reviewed_by, text.reviewed_on = Origin.PERSON, "", None
        text.translates = fingerprints.get(getattr(text, owner), "")


def _clean_values(rows: Sequence[models.Model]) -> None:
    """Check the fields of rows of one model, but no relation and no constraint: no query."""
    relations = {field.name for field in rows[0]._meta.fields if field.is_relation}
    for row in rows:
        row.full_clean(exclude=relations, validate_unique=False, validate_constraints=False)


def _log_all(rows: Sequence[models.Model], by: AbstractBaseUser | None) -> None:
    """Log an editor's rows once they are committed."""
    if by is not None:
        for row in rows:
            transaction.on_commit(partial(_log, row, by), robust=True)


def set_changed_at(rows: Iterable[ContentTracked]) -> None:
    """Save the `changed_at` of rows whose content a load leaves as it is, without history."""
    pks: dict[tuple[type[ContentTracked], datetime.datetime | None], list[object]] = {}
    for row in rows:
        pks.setdefault((type(row), row.changed_at), []).append(row.pk)
    with transaction.atomic():
        for (model, moment), group in pks.items():
            model._default_manager.filter(pk__in=group).update(changed_at=moment)
        if pks:
            bump_data_version()


def _cite(rows: Sequence[models.Model], sources: Sequence[Sequence[str]]) -> None:
    """Give new rows of one model their sources, by slug."""
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
    """Write one history row for each of the rows of one model, with its many-to-many rows."""
    for row in rows:
        row._history_user, row._change_reason = by, note
    model = type(rows[0])
    records = model.history.bulk_history_create(rows, update=not is_new)
    record_of = {row.pk: record for row, record in zip(rows, records, strict=True)}
    for field in model._meta.many_to_many:
        owner = field.m2m_field_name()
        links = field.remote_field.through._default_manager.filter(**{f"{owner}__in": rows})
        names = [column.attname for column in links.model._meta.fields]
        history_link = getattr(model.history.model, field.name).model
        history_link.objects.bulk_create(
            history_link(
                history=record_of[link.serializable_value(owner)],
                **{name: getattr(link, name) for name in names},
            )
            for link in links
        )


def _log(row: models.Model, by: AbstractBaseUser, event: str = "") -> None:
    """Log who changed which row; its values are in its history."""
    event = event or ("Announced" if isinstance(row, Update) else "Saved")
    facts = {"row": f"{row._meta.model_name} {row.pk}", "user": by.get_username()}
    logger.info(event, extra={"facts": facts})


def bump_data_version() -> None:
    """Renew the data version: whatever is cached of the version before is stale from then on.

    To be called in the transaction that changes what readers see. Processes of this machine notice
    by the date of VERSION_FILE as soon as it is committed, others by the version in the database.
    """
    bumps = _bumps.get()
    if bumps is not None:
        bumps.append(None)
        return
    DataVersion.renew()
    transaction.on_commit(_touch_version_file, robust=True)


@contextmanager
def one_version() -> Iterator[None]:
    """Renew the data version once at the end of the block, if anything in it calls for that.

    To be used inside the transaction whose changes make one version: a load, an edit of many rows.
    """
    bumps: list[None] = []
    token = _bumps.set(bumps)
    try:
        yield
    finally:
        _bumps.reset(token)
    if bumps:
        bump_data_version()


def _touch_version_file() -> None:
    """Set the date of VERSION_FILE to now, in nanoseconds: clocks of file systems are coarser."""
    settings.VERSION_FILE.parent.mkdir(parents=True, exist_ok=True)
    settings.VERSION_FILE.touch()
    now = time.time_ns()
    os.utime(settings.VERSION_FILE, ns=(now, now))


def _set_changed_at(row: models.Model) -> None:
    """Set `changed_at` to now if the row's content changes, else leave what the database has."""
    if not isinstance(row, ContentTracked):
        return
    before: ContentTracked | None = None
    if not row._state.adding:
        before = type(row)._default_manager.filter(pk=row.pk).first()
    if before is None or before.content_values != row.content_values:
        row.changed_at = timezone.now()
    else:
        row.changed_at = before.changed_at  # an old version, or a file, brings its own


def _mark_for_rereading(changed: set[str], since: datetime.datetime) -> None:
    """Note on the entries that speak of these subjects that they are to be read again.

    One that is to be read again already stays so since then.
    """
    entries = [entry.pk for entry in subjects.entries_on(changed)]
    Entry.objects.filter(pk__in=entries, reread_since=None).update(reread_since=since)


def _check_texts_of_entries(slugs: set[str]) -> None:
    """Refuse overlapping texts of entries whose texts are new; they need no reading again."""
    texts: dict[str, list[EntryText]] = {}
    for text in EntryText.objects.filter(entry__in=slugs):
        texts.setdefault(text.entry_id, []).append(text)
    for of_one_entry in texts.values():
        refuse_overlaps(of_one_entry)
    Entry.objects.filter(pk__in=slugs).update(reread_since=None)


def confirm_entry(entry: Entry, *, by: AbstractBaseUser) -> None:
    """Note that an editor has read an entry again, after a change, and found it still right.

    No row of history is written: nothing that readers see has changed.
    """
    Entry.objects.filter(pk=entry.pk).update(reread_since=None)
    transaction.on_commit(lambda: _log(entry, by, "Found still right"), robust=True)


def save_checks(rows: Sequence[Sourced], *, by: AbstractBaseUser, note: str) -> None:
    """Save the days of the last and the next check of facts of one model, and nothing else of them.

    One line of history each, with `note`; an entry that is to be read again stays so. Ten queries.

    Raises:
        IntegrityError: a next check is not later than the last; nothing is saved.
    """
    if not rows:
        return
    with transaction.atomic():
        manager = type(rows[0])._default_manager
        manager.bulk_update(rows, ["last_checked", "check_again_by"])
        _write_history(rows, by, note, is_new=False)
        bump_data_version()
    for row in rows:
        transaction.on_commit(partial(_log, row, by, "Checked"), robust=True)


def refuse_without_source(row: models.Model, sources: Sized) -> None:
    """Refuse a public fact without a source, unless its certainty is that none was found.

    Raises:
        ValidationError: under the key "sources".
    """
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
    translations: Mapping[str, str] = MappingProxyType({}),
) -> Update:
    """Publish one update on an edit, with the editor's note in the reference language.

    `path` is the address of the page that changed, after the language, such as "set-up/";
    `departments` are those that the edit concerns; `translations` are the note in other languages,
    by their code.

    Raises:
        ValidationError: as in `save_fact`.
    """
    update = Update(path=path)
    with transaction.atomic():
        _save(update, by, "", {"departments": list(departments)})
        texts = {reference_language(): note, **translations}
        rows = [UpdateText(update=update, language=code, note=texts[code]) for code in texts]
        save_texts([TextChange(row) for row in rows], by=by)
    return update


def remove_text(text: Text, *, by: AbstractBaseUser, note: str = "") -> None:
    """Remove a text that its row can do without, such as a note on a department.

    Its history stays, with a line that says that it was removed: `restore_version` brings it back.
    """
    fact: Any = text
    fact._history_user, fact._change_reason = by, note
    removed = copy.copy(text)  # Django takes the key of a deleted row away
    with transaction.atomic():
        text.delete()
        bump_data_version()
        transaction.on_commit(lambda: _log(removed, by, "Removed"), robust=True)


def restore_version(
    record: Any, *, by: AbstractBaseUser, note: str = "", is_typo: bool = False
) -> models.Model:
    """Give a row, or one of its texts, the values of a row of its history; return it.

    Only that row changes, with a new history row; one that was removed comes back. `is_typo` is for
    texts, as in `TextChange`.

    Raises:
        ValidationError: the old values are refused by the constraints of today; EntryNeeded, as in
            `save_texts`.
    """
    rows = record.instance_type._default_manager
    present = rows.filter(pk=record.instance.pk).first()
    row: Any = with_old_values(present or record.instance, record)
    if isinstance(row, Text):
        save_texts([TextChange(row, is_typo, is_restored=True)], by=by, note=note)
        return row
    related = {
        field.name: [
            getattr(link, field.related_model._meta.model_name)
            for link in getattr(record, field.name).all()
        ]
        for field in row._meta.many_to_many
    }
    _save(row, by, note, related)
    return row  # type: ignore[no-any-return]


def with_old_values(row: models.Model, record: Any) -> models.Model:
    """Give a row the values of a row of its history, and return it; it is not saved."""
    for field in record.tracked_fields:
        if not field.primary_key:
            setattr(row, field.attname, getattr(record, field.attname))
    return row


@dataclass(frozen=True)
class TextChange:
    """A text of a row to be saved, and what the editor said of it.

    `is_typo`: changing this reference text does not make its translations outdated: those that were
    current stay so. `is_current` marks a translation as one of today's reference text (decision 8).
    `approved_by`: the role of the native reader who read a translation and approves of it as it is
    saved, which makes it current too. `is_restored`: an old version, which brings along how it was
    made.
    """

    text: Text
    is_typo: bool = False
    is_current: bool = False
    approved_by: str = ""
    is_restored: bool = False


def save_texts(changes: Sequence[TextChange], *, by: AbstractBaseUser, note: str = "") -> None:
    """Save an editor's texts of one row, of any kind; the reference text first.

    A translation whose words are new was written by a person. Of entries, published texts whose
    words are new, and reference texts, are noted as reviewed by the editor today.

    Raises:
        EntryNeeded: readers would not see the entry any more, and other texts link to it.
        ValidationError: as in `save_fact`, or two texts of an entry overlap; nothing is saved.
    """
    if not changes:
        return
    ordered = sorted(changes, key=lambda change: change.text.language != reference_language())
    row = links.row_of(ordered[0].text)
    with transaction.atomic():
        if not isinstance(row, Entry):
            for change in ordered:
                _save_text(change, by, note)
            return
        before = links.broken_links(row)
        for change in ordered:
            change.text.siblings_are_checked = True  # type: ignore[attr-defined]  # below
            _save_text(change, by, note)
        refuse_overlaps(EntryText.objects.filter(entry=row))
        links.refuse_broken_links(row, before)


def save_text(
    text: Text,
    *,
    by: AbstractBaseUser,
    note: str = "",
    is_typo: bool = False,
    is_current: bool = False,
) -> None:
    """Save an editor's text of any kind: see `save_texts`, and `TextChange` for the rest."""
    save_texts([TextChange(text, is_typo, is_current)], by=by, note=note)


def _save_text(change: TextChange, by: AbstractBaseUser, note: str) -> None:
    text = change.text
    owner = links.row_field(type(text)).attname
    siblings = type(text)._default_manager.filter(**{owner: getattr(text, owner)})
    before = siblings.filter(pk=text.pk).first()
    if text.language != reference_language():
        _set_origin(change, before, by)
        references = text.references(siblings)
        is_new_work = change.is_current or change.approved_by or before is None
        if references and is_new_work:
            text.translates = references[0].fingerprint
        elif before is not None:  # a typo in the reference text may just have renewed it
            text.translates = before.translates
        save_fact(text, by=by, note=note)
        return
    _note_review(text, by)
    save_fact(text, by=by, note=note)
    if change.is_typo and before and before.fingerprint != text.fingerprint:
        for translation in siblings.filter(translates=before.fingerprint):
            translation.translates = text.fingerprint
            save_fact(translation, by=by, note=note)


def _note_review(text: Text, by: AbstractBaseUser) -> None:
    """Note of a published text of an entry that its editor reviewed it today."""
    if isinstance(text, EntryText) and text.is_public:
        text.reviewed_by, text.reviewed_on = by.get_username(), today()


def _set_origin(change: TextChange, before: Text | None, by: AbstractBaseUser) -> None:
    """Note how a translation that is to be saved was made, and who read it."""
    text = change.text
    if change.approved_by:
        text.origin = Origin.APPROVED
        text.reviewed_by, text.reviewed_on = change.approved_by, today()
    elif change.is_restored:
        return
    elif before is None or before.fingerprint != text.fingerprint:
        text.origin, text.reviewed_by, text.reviewed_on = Origin.PERSON, "", None
        _note_review(text, by)
    else:
        text.origin = before.origin
        text.reviewed_by, text.reviewed_on = before.reviewed_by, before.reviewed_on


def approve_texts(texts: Iterable[Text], *, role: str, by: AbstractBaseUser) -> None:
    """Note of translations that a native reader with this role has read them, and approves of them.

    They become current, and keep their words.

    Raises:
        ValidationError: as in `save_fact`; nothing is saved.
    """
    with transaction.atomic(), one_version():
        for text in texts:
            save_texts([TextChange(text, approved_by=role)], by=by, note="")


def was_edited_by_hand(row: models.Model) -> bool:
    """Tell whether the last change to a row was an editor's, not a load of data files: a query."""
    history: Any = row.history  # type: ignore[attr-defined]
    last = history.order_by("-history_date", "-history_id").first()
    return last is not None and last.history_user_id is not None
