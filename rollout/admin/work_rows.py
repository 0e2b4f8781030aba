"""The rows that wait for editors: not yet fetched, so that they can be counted at little cost."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count
from django.utils import timezone

from rollout.dates import today
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    EntryText,
    HealthScheme,
    IdentityDocument,
    LinkCheck,
    Source,
    TextStatus,
    Update,
    Wave,
)
from rollout.models.texts import fingerprint, reference_language

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


class WorkRow(NamedTuple):
    """A row that waits, not yet fetched."""

    model: type[models.Model]
    pk: object
    language: str = ""
    day: datetime.date | None = None


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
            self._parts.append((len(own), partial(_part, own)))
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


def _part(rows: list[WorkRow], start: int, stop: int) -> list[WorkRow]:
    return rows[start:stop]


Rows = list[WorkRow] | MissingTranslations


def _has_active(model: type[models.Model]) -> bool:
    """Tell whether rows of a model are withdrawn by unticking "active"."""
    return "is_active" in {field.name for field in model._meta.get_fields()}


def _active(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Return the rows that are active, or all of a model whose rows are not withdrawn."""
    return rows.filter(is_active=True) if _has_active(rows.model) else rows


def due(checked: Iterable[type[models.Model]]) -> list[WorkRow]:
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


def reread() -> list[WorkRow]:
    """Return the entries to be read again, as rows of which they speak have changed since."""
    entries = Entry.objects.exclude(reread_since=None).order_by("reread_since", "slug")
    moments = entries.values_list("pk", "reread_since")
    return [WorkRow(Entry, pk, day=timezone.localdate(since)) for pk, since in moments]


def drafts(codes: Sequence[str]) -> list[WorkRow]:
    """Return the entries with a draft in one of these languages."""
    texts = EntryText.objects.filter(status=TextStatus.DRAFT, language__in=codes)
    pairs = texts.order_by("entry", "language").values_list("entry_id", "language")
    return [WorkRow(Entry, entry, language) for entry, language in dict.fromkeys(pairs)]


def dead_links() -> list[WorkRow]:
    """Return the sources whose page is gone, the longest gone first."""
    dead = LinkCheck.objects.dead().order_by("dead_since", "source")
    return [WorkRow(Source, pk, day=day) for pk, day in dead.values_list("pk", "dead_since")]


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


def outdated(codes: Sequence[str]) -> list[WorkRow]:
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
        """Return the rows from `start` to before `stop`: a query."""
        rows = _with_reference(model).exclude(texts__language=code)
        return [WorkRow(model, pk, code) for pk in rows.values_list("pk", flat=True)[start:stop]]

    return fetch
