"""What waits for someone in the admin: the counts on its index, and the rows behind each count."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Count, Prefetch
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from rollout.accounts.roles import writable_languages
from rollout.dates import today
from rollout.facts import subjects
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    EntryText,
    HealthScheme,
    IdentityDocument,
    LinkCheck,
    ProposalState,
    ProposedEdit,
    Source,
    TextStatus,
    Update,
    Wave,
)
from rollout.models.entries import fingerprint
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
DUE_WITHIN = datetime.timedelta(days=30)


class WorkKind(models.TextChoices):
    """What may wait for someone; the value is a part of the address of its list."""

    DUE = "due", _("To check again")
    REREAD = "reread", _("To be re-read")
    DRAFTS = "drafts", _("Drafts")
    OUTDATED = "outdated", _("Translations that the reference text has left behind")
    MISSING = "missing", _("Translations that are missing")
    DEAD_LINKS = "dead-links", _("Dead links of sources")


BY_LANGUAGE = (WorkKind.DRAFTS, WorkKind.OUTDATED, WorkKind.MISSING)
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
    ("admin:rollout_proposals", _("Proposed edits"), "rollout.change_entry"),
    ("admin:auth_user_add", _("Add a person"), "auth.add_user"),
)
"""Pages beside the lists of rows: URL name, label, and the permission of those to whom it shows."""


def address_of(name: str) -> str:
    """Return the path of an admin page, "" where the site has no page of that URL name."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class WorkRow(NamedTuple):
    """A row that waits, not yet fetched."""

    model: type[models.Model]
    pk: object
    language: str = ""
    day: datetime.date | None = None


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
    languages: Sequence[LanguageCount] = ()


@dataclass(frozen=True)
class Tool:
    """A page beside the lists of rows."""

    label: str
    address: str


class MissingTranslations:
    """The rows without a text in each of some languages: entries first, then model by model.

    As long as they are many; those of a slice are fetched with it.
    """

    def __init__(self, codes: Sequence[str]) -> None:
        entries = _untranslated_entries(codes)
        by_model = [(model, _untranslated_counts(model, codes)) for model in TRANSLATED_MODELS]
        self.by_language: Counter[str] = Counter()
        self._parts: list[tuple[int, Callable[[int, int], Iterable[WorkRow]]]] = []
        for code in codes:
            own = [row for row in entries if row.language == code]
            self._parts.append((len(own), lambda start, stop, rows=own: rows[start:stop]))
            for model, counts in by_model:
                self._parts.append((counts[code], _fetching(model, code)))
            self.by_language[code] = len(own) + sum(counts[code] for _model, counts in by_model)

    def __len__(self) -> int:
        return self.by_language.total()

    def __getitem__(self, part: slice) -> list[WorkRow]:
        start, stop, _step = part.indices(len(self))
        rows: list[WorkRow] = []
        for count, fetch in self._parts:
            if start < count and stop > 0:
                rows += fetch(max(start, 0), min(stop, count))
            start, stop = start - count, stop - count
        return rows


Rows = list[WorkRow] | MissingTranslations


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


def languages_of_changes(user: User | AnonymousUser) -> list[str] | None:
    """Return the codes of the languages whose changes concern a translator, None for all."""
    is_editor = any(_may_change(user, model) for model in CHECKED_MODELS)
    return None if is_editor else own_languages(user) or None


def rows_of(kind: WorkKind, user: User | AnonymousUser, codes: Sequence[str]) -> Rows:
    """Return what waits of a kind, the most urgent first; of texts, those in these languages."""
    match kind:
        case WorkKind.DUE:
            return _due([model for model in CHECKED_MODELS if _may_change(user, model)])
        case WorkKind.REREAD:
            return _reread()
        case WorkKind.DRAFTS:
            return _drafts(codes)
        case WorkKind.OUTDATED:
            return _outdated(codes)
        case WorkKind.MISSING:
            return MissingTranslations([code for code in codes if code != reference_language()])
        case WorkKind.DEAD_LINKS:
            dead = LinkCheck.objects.dead().order_by("dead_since", "source")
            return [
                WorkRow(Source, pk, day=day) for pk, day in dead.values_list("pk", "dead_since")
            ]


def work_counts(user: User | AnonymousUser) -> list[WorkCount]:
    """Return how much of each kind waits for someone, in some 20 queries."""
    codes = own_languages(user)
    counts = []
    for kind in kinds_of_work(user):
        rows = rows_of(kind, user, codes)
        overdue = 0
        if kind == WorkKind.DUE and isinstance(rows, list):
            this_day = today()
            overdue = sum(1 for row in rows if row.day and row.day < this_day)
        page = address_of(PAGES.get(kind, ""))
        counts.append(
            WorkCount(
                title=str(kind.label),
                total=len(rows),
                address=page or reverse("admin:rollout_work", args=[kind]),
                overdue=overdue,
                languages=language_counts(kind, rows) if kind in BY_LANGUAGE else (),
            )
        )
    return [*counts, *_proposals(user)]


def _proposals(user: User | AnonymousUser) -> list[WorkCount]:
    """Return how many edits of others wait for a second reader, where there is a page for them."""
    page = address_of("admin:rollout_proposals")
    if not page or not user.has_perm("rollout.change_entry"):
        return []
    waiting = ProposedEdit.objects.filter(state=ProposalState.WAITING)
    total = waiting.exclude(proposed_by=user.pk).count()
    return [WorkCount(str(_("Edits that wait for a second reader")), total, page)]


def language_counts(kind: WorkKind, rows: Rows) -> list[LanguageCount]:
    """Return how much waits in each language in which something does, with the path of its list."""
    path = reverse("admin:rollout_work", args=[kind])
    if isinstance(rows, MissingTranslations):
        totals = rows.by_language
    else:
        totals = Counter(row.language for row in rows)
    return [
        LanguageCount(code, name, totals[code], f"{path}?{urlencode({'language': code})}")
        for code, name in languages()
        if totals[code]
    ]


def tools(user: User | AnonymousUser) -> list[Tool]:
    """Return the pages beside the lists of rows that someone may use."""
    pages = [
        Tool(str(label), address_of(name)) for name, label, need in TOOLS if user.has_perm(need)
    ]
    return [page for page in pages if page.address]


def tasks(rows: Sequence[WorkRow], *, with_changes: bool = False) -> list[Task]:
    """Fetch some rows, in their order, with names and addresses: a few queries for each model.

    With `with_changes` also what changed since entries were read, at most seven queries for each.
    """
    fetched = {
        model: with_names(model).in_bulk([row.pk for row in rows if row.model is model])
        for model in dict.fromkeys(row.model for row in rows)
    }
    names = dict(languages())
    # One that was deleted meanwhile is not there any more.
    pairs = [(row, fetched[row.model].get(row.pk)) for row in rows]
    return [
        Task(
            kind=_kind(instance),
            name=str(instance),
            address=reverse(f"admin:rollout_{row.model._meta.model_name}_change", args=[row.pk]),
            language=names.get(row.language, ""),
            day=row.day,
            changed=_changed(instance) if with_changes else (),
        )
        for row, instance in pairs
        if instance is not None
    ]


def _kind(instance: models.Model) -> str:
    if isinstance(instance, Entry):
        return str(instance.get_kind_display())
    return str(instance._meta.verbose_name)


def _changed(instance: Entry) -> list[str]:
    """Return the names of the rows for which an entry is to be read again."""
    return list(dict.fromkeys(version.name for version in subjects.changes_since_read(instance)))


def with_names(model: type[models.Model]) -> models.QuerySet[Any]:
    """Return the rows of a model with what their names are made of."""
    rows: Any = model._default_manager
    if model is Acceptance:
        return rows.prefetch_related(
            Prefetch("document", IdentityDocument.objects.with_texts()),
            Prefetch("route", ActivationRoute.objects.with_texts()),
        )
    return rows.with_texts() if hasattr(model, "texts") else rows.all()


def _may_change(user: User | AnonymousUser, model: type[models.Model]) -> bool:
    return user.has_perm(f"rollout.change_{model._meta.model_name}")


def _has_active(model: type[models.Model]) -> bool:
    """Tell whether rows of a model are withdrawn by unticking "active"."""
    return "is_active" in {field.name for field in model._meta.get_fields()}


def _active(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Return the rows that are active, or all of a model whose rows are not withdrawn."""
    return rows.filter(is_active=True) if _has_active(rows.model) else rows


def _due(checked: Iterable[type[models.Model]]) -> list[WorkRow]:
    """Return what is overdue or due within 30 days, the earliest first: a query for each model."""
    until = today() + DUE_WITHIN
    rows = [
        WorkRow(model, pk, day=day)
        for model in checked
        for pk, day in _active(model._default_manager.filter(check_again_by__lte=until))
        .order_by("pk")
        .values_list("pk", "check_again_by")
    ]
    return sorted(rows, key=lambda row: row.day or datetime.date.max)


def _reread() -> list[WorkRow]:
    """Return the entries to be read again, as rows of which they speak have changed since."""
    entries = Entry.objects.exclude(reread_since=None).order_by("reread_since", "slug")
    moments = entries.values_list("pk", "reread_since")
    return [WorkRow(Entry, pk, day=timezone.localdate(since)) for pk, since in moments]


def _drafts(codes: Sequence[str]) -> list[WorkRow]:
    texts = EntryText.objects.filter(status=TextStatus.DRAFT, language__in=codes)
    pairs = texts.order_by("entry", "language").values_list("entry_id", "language")
    return [WorkRow(Entry, entry, language) for entry, language in dict.fromkeys(pairs)]


class TextPeriod(NamedTuple):
    """A text of an entry without its words; without a first or last day, that of all time."""

    language: str
    first: datetime.date
    last: datetime.date
    translates: str

    def overlaps(self, other: "TextPeriod") -> bool:
        """Tell whether both have a day in common."""
        return self.first <= other.last and other.first <= self.last


def _periods() -> dict[str, list[TextPeriod]]:
    """Return the texts that are not over, by entry, each entry's earliest first: one query."""
    rows = EntryText.objects.exclude(valid_until__lt=today()).order_by("entry", "valid_from")
    periods: dict[str, list[TextPeriod]] = {}
    for entry, language, first, last, translates in rows.values_list(
        "entry_id", "language", "valid_from", "valid_until", "translates"
    ):
        period = TextPeriod(
            language, first or datetime.date.min, last or datetime.date.max, translates
        )
        periods.setdefault(entry, []).append(period)
    return periods


def _outdated(codes: Sequence[str]) -> list[WorkRow]:
    """Return what `EntryText.is_left_behind` says, without fetching all texts of all languages."""
    reference = reference_language()
    texts = EntryText.objects.filter(language=reference).exclude(valid_until__lt=today())
    of_references: dict[str, list[tuple[TextPeriod, str]]] = {}
    for entry, first, last, title, body in texts.values_list(
        "entry_id", "valid_from", "valid_until", "title", "body"
    ):
        period = TextPeriod(reference, first or datetime.date.min, last or datetime.date.max, "")
        of_references.setdefault(entry, []).append((period, fingerprint(title, body)))
    left_behind = (
        (entry, period.language)
        for entry, periods in _periods().items()
        for period in periods
        if period.translates and period.language in codes and period.language != reference
        for of_reference, current in of_references.get(entry, ())
        if period.translates != current and period.overlaps(of_reference)
    )
    return [WorkRow(Entry, entry, code) for entry, code in dict.fromkeys(left_behind)]


def _untranslated_entries(codes: Sequence[str]) -> list[WorkRow]:
    """Return the entries whose reference text no text translates on its first day to come."""
    this_day, reference = today(), reference_language()
    rows = []
    for entry, periods in _periods().items():
        for of_reference in (period for period in periods if period.language == reference):
            first_day = max(of_reference.first, this_day)
            translated = {
                period.language for period in periods if period.first <= first_day <= period.last
            }
            day = None if of_reference.first == datetime.date.min else of_reference.first
            rows += [WorkRow(Entry, entry, code, day) for code in codes if code not in translated]
    return rows


def _with_reference(model: type[models.Model]) -> models.QuerySet[Any]:
    rows = _active(model._default_manager.filter(texts__language=reference_language()))
    return rows.order_by("pk")


def _untranslated_counts(model: Any, codes: Sequence[str]) -> Counter[str]:
    """Return how many active rows lack a text in each language, in a query or two.

    Texts are counted: a row with a translation has a text in the reference language, since forms
    and files without are refused. Texts of the few withdrawn rows are subtracted, as joining all
    others to their rows takes ten times as long.
    """
    relation = model.texts.rel
    texts: Any = relation.related_model._default_manager
    totals = _by_language(texts.all())
    if _has_active(model):
        withdrawn = model._default_manager.filter(is_active=False)
        totals.subtract(_by_language(texts.filter(**{f"{relation.field.name}__in": withdrawn})))
    return Counter({code: totals[reference_language()] - totals[code] for code in codes})


def _by_language(texts: models.QuerySet[Any]) -> Counter[str]:
    return Counter(dict(texts.order_by().values_list("language").annotate(Count("pk"))))


def _fetching(model: type[models.Model], code: str) -> Callable[[int, int], Iterable[WorkRow]]:
    """Return the function that fetches a part of a model's rows without a text in a language."""

    def fetch(start: int, stop: int) -> list[WorkRow]:
        rows = _with_reference(model).exclude(texts__language=code)
        return [WorkRow(model, pk, code) for pk in rows.values_list("pk", flat=True)[start:stop]]

    return fetch
