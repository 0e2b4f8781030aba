"""What waits for someone in the admin: the counts on its index, and the rows behind each count."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from rollout.accounts.roles import writable_languages
from rollout.admin import work_rows
from rollout.admin.base import titled
from rollout.admin.work_rows import CHECKED_MODELS, WorkRow
from rollout.dates import today
from rollout.facts import subjects
from rollout.models import Entry, ProposalState, ProposedEdit, Source
from rollout.models.languages import Language, Stage
from rollout.models.texts import languages, reference_language
from rollout.translations.coverage import State


class WorkKind(models.TextChoices):
    """What may wait for someone; the value is a part of the address of its list."""

    DUE = "due", _("To check again")
    REREAD = "reread", _("To be re-read")
    DRAFTS = "drafts", _("Drafts")
    OUTDATED = "outdated", _("Translations that the reference text has left behind")
    TO_READ = "to-read", _("Translations of a machine, to be read")
    MISSING = "missing", _("Translations that are missing")
    DEAD_LINKS = "dead-links", _("Dead links of sources")


STATES = {
    WorkKind.OUTDATED: State.BEHIND,
    WorkKind.TO_READ: State.MACHINE,
    WorkKind.MISSING: State.MISSING,
}
"""What waits of translations, with their state."""
BY_LANGUAGE = (WorkKind.DRAFTS, *STATES)
"""What waits for those who may write in the language."""

PAGES: dict[WorkKind, str] = {
    WorkKind.DUE: "admin:rollout_checking",
    WorkKind.DEAD_LINKS: "admin:rollout_link_check",
}
"""The pages on which such work is done; of all other kinds, the list leads to the rows."""

TOOLS: tuple[tuple[str, Promise, str], ...] = (
    ("admin:rollout_checking", _("Check what is due"), "rollout.change_department"),
    ("admin:rollout_bulk_edits", _("Edits of many departments"), "rollout.change_department"),
    ("admin:rollout_department_import", _("Import departments"), "rollout.change_department"),
    ("admin:rollout_department_export", _("Export departments"), "rollout.change_department"),
    ("admin:rollout_link_check", _("Check the links of sources"), "rollout.change_source"),
    ("admin:rollout_translations", _("Translations, by language"), "rollout.view_entry"),
    ("admin:rollout_shared_previews", _("Shared previews"), "rollout.view_entry"),
    ("admin:auth_user_add", _("Add a person"), "auth.add_user"),
)
"""Pages beside the lists of rows: URL name, label, and the permission of those to whom it shows."""


@dataclass(frozen=True)
class Task:
    """A row that waits, and where it is edited."""

    kind: str
    name: str
    address: str
    language: str = ""
    day: datetime.date | None = None
    changed: Sequence[str] = ()
    """Of an entry to be read again: the rows of which it speaks that have changed."""

    @property
    def is_overdue(self) -> bool:
        """Tell whether its day has passed."""
        return self.day is not None and self.day < today()


@dataclass(frozen=True)
class LanguageCount:
    """How much waits in one language, and the path of the list."""

    code: str
    name: str
    total: int
    address: str


@dataclass(frozen=True)
class WorkCount:
    """How much of a kind waits, and the path of the page that leads on."""

    title: str
    total: int
    address: str
    overdue: int = 0


@dataclass(frozen=True)
class Tool:
    """A page beside the lists of rows."""

    label: str
    address: str


def kinds_of_work(user: User | AnonymousUser) -> list[WorkKind]:
    """Return the kinds of work that someone may do, the most urgent first."""
    is_allowed = {
        WorkKind.DUE: any(_may_change(user, model) for model in CHECKED_MODELS),
        WorkKind.REREAD: _may_change(user, Entry),
        WorkKind.DEAD_LINKS: _may_change(user, Source),
        **dict.fromkeys(BY_LANGUAGE, bool(writable_languages(user))),
    }
    return [kind for kind in WorkKind if is_allowed[kind]]


def own_languages(user: User | AnonymousUser) -> list[str]:
    """Return the codes of the languages in which someone may write, in the order of the site."""
    writable = writable_languages(user)
    return [code for code, _name in languages() if code in writable]


def languages_of_work(user: User | AnonymousUser) -> list[str]:
    """Return the codes of the languages whose work waits for someone.

    To those who write in several, hidden languages are work only where they ask for it.
    """
    codes = own_languages(user)
    if reference_language() not in codes:
        return codes
    shown = set(Language.objects.exclude(stage=Stage.HIDDEN).values_list("code", flat=True))
    return [code for code in codes if code in settings.FULL_LANGUAGES or code in shown]


def languages_of_changes(user: User | AnonymousUser) -> list[str] | None:
    """Return the codes of the languages whose changes concern a translator, None for all."""
    is_editor = any(_may_change(user, model) for model in CHECKED_MODELS)
    return None if is_editor else own_languages(user) or None


def rows_of(kind: WorkKind, user: User | AnonymousUser, codes: Sequence[str]) -> list[WorkRow]:
    """Return what waits of a kind, the most urgent first; of texts, those in these languages."""
    match kind:
        case WorkKind.DUE:
            return work_rows.due([model for model in CHECKED_MODELS if _may_change(user, model)])
        case WorkKind.REREAD:
            return work_rows.reread()
        case WorkKind.DRAFTS:
            return work_rows.drafts(codes)
        case WorkKind.DEAD_LINKS:
            return work_rows.dead_links()
        case _:
            return work_rows.translations(codes)[STATES[kind]]


def work_counts(user: User | AnonymousUser) -> list[WorkCount]:
    """Return how much of each kind waits for someone, in some 40 queries."""
    codes = languages_of_work(user)
    kinds = kinds_of_work(user)
    translations = work_rows.translations(codes) if WorkKind.MISSING in kinds else {}
    counts = []
    for kind in kinds:
        rows = translations[STATES[kind]] if kind in STATES else rows_of(kind, user, codes)
        overdue = 0
        if kind == WorkKind.DUE:
            this_day = today()
            overdue = sum(1 for row in rows if row.day and row.day < this_day)
        page = PAGES.get(kind)
        counts.append(
            WorkCount(
                title=str(kind.label),
                total=len(rows),
                address=reverse(page) if page else reverse("admin:rollout_work", args=[kind]),
                overdue=overdue,
            )
        )
    return [*counts, *_proposals(user)]


def _proposals(user: User | AnonymousUser) -> list[WorkCount]:
    """Return how many edits of others wait for a second reader, where that is wanted."""
    if not settings.SECOND_READER or not user.has_perm("rollout.change_entry"):
        return []
    waiting = ProposedEdit.objects.filter(state=ProposalState.WAITING)
    total = waiting.exclude(proposed_by=user.pk).count()
    page = reverse("admin:rollout_proposals")
    return [WorkCount(str(_("Edits that wait for a second reader")), total, page)]


def language_counts(kind: WorkKind, rows: Sequence[WorkRow]) -> list[LanguageCount]:
    """Return how much waits in each language in which something does, with the path of its list."""
    path = reverse("admin:rollout_work", args=[kind])
    totals = Counter(row.language for row in rows)
    return [
        LanguageCount(code, name, totals[code], f"{path}?{urlencode({'language': code})}")
        for code, name in languages()
        if totals[code]
    ]


def tools(user: User | AnonymousUser) -> list[Tool]:
    """Return the pages beside the lists of rows that someone may use."""
    return [Tool(str(label), reverse(name)) for name, label, need in TOOLS if user.has_perm(need)]


def tasks(rows: Sequence[WorkRow], *, with_changes: bool = False) -> list[Task]:
    """Fetch some rows, in their order, with names and addresses: a few queries for each model.

    With `with_changes` also what changed since entries were read, at most seven queries for each.
    """
    fetched = {
        model: titled(model).in_bulk([row.pk for row in rows if row.model is model])
        for model in dict.fromkeys(row.model for row in rows)
    }
    names = dict(languages())
    # One that was deleted meanwhile is not there any more.
    pairs = [(row, fetched[row.model].get(row.pk)) for row in rows]
    return [
        Task(
            kind=_kind(instance),
            name=str(instance),
            address=_address(row),
            language=names.get(row.language, ""),
            day=row.day,
            changed=_changed(instance) if with_changes else (),
        )
        for row, instance in pairs
        if instance is not None
    ]


def _address(row: WorkRow) -> str:
    """Return where a row is edited, or its text translated."""
    if row.text:
        return reverse("admin:rollout_translate_text", args=[row.language, row.text])
    return reverse(f"admin:rollout_{row.model._meta.model_name}_change", args=[row.pk])


def _kind(instance: models.Model) -> str:
    if isinstance(instance, Entry):
        return str(instance.get_kind_display())
    return str(instance._meta.verbose_name)


def _changed(instance: Entry) -> list[str]:
    """Return the names of the rows for which an entry is to be read again."""
    return list(dict.fromkeys(version.name for version in subjects.changes_since_read(instance)))


def _may_change(user: User | AnonymousUser, model: type[models.Model]) -> bool:
    return user.has_perm(f"rollout.change_{model._meta.model_name}")
