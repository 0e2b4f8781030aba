"""Which facts are due to be checked again, in which order, and by which day each is due next.

`check_again_by` is the latest day of the next check. A tenth of all facts that have such a day may
fall due in one week (Monday to Sunday): whoever gives a fact its day asks `DueWeeks` for one.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import Max, Min, Sum
from django.utils.translation import gettext

from rollout.dates import today
from rollout.kinds import Kind
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Commune,
    CommuneKind,
    DataVersion,
    Department,
    Entry,
    HealthScheme,
    Sourced,
    Wave,
)
from rollout.models.texts import Translated

CHECKED_MODELS: tuple[type[Sourced], ...] = (
    ActivationRoute,
    HealthScheme,
    Acceptance,
    Department,
    Wave,
    Entry,
)
"""The models of facts, the most public first: the rules of the check, the departments, texts."""
ENTRY_KINDS = (
    Kind.REQUIREMENT,
    Kind.STEP,
    Kind.SITUATION,
    Kind.PROBLEM,
    Kind.CONTACT,
    Kind.QUESTION,
    Kind.USE,
    Kind.COUNTER,
    Kind.PHRASE,
    Kind.PLACE,
    Kind.MILESTONE,
    Kind.FIGURE,
    Kind.CORRECTION,
    Kind.TERM,
)
"""The kinds of entries, the most public first: what people do comes before what they look up."""

WEEK = datetime.timedelta(days=7)
TODAY_INTERVAL = datetime.timedelta(days=90)
LAW_INTERVAL = datetime.timedelta(days=365)
UNCLEAR_INTERVAL = datetime.timedelta(days=14)
LAW_PUBLISHERS = frozenset(
    {"legifrance.gouv.fr", "legal.tricoteuses.fr", "tricoteuses.fr", "weka.fr"}
)
"""Who publishes the texts of laws and decrees, copies of Légifrance included."""
STILL_TRUE = "Still true"
COULD_NOT_TELL = "Could not tell: {note}"
"""What the history says of a check, in English: `reason_text` translates it."""
MAX_GROUP_SIZES: dict[type[Sourced], int] = {Department: 20, Entry: 5}
"""The most facts that are checked together: an entry takes longer to read than a department."""
DEFAULT_GROUP_SIZE = 10


def reason_text(reason: str) -> str:
    """Return the reason of a line of history, that of a check in the active language."""
    start = COULD_NOT_TELL.partition("{")[0]
    if reason.startswith(start):
        return gettext("Could not tell: {note}").format(note=reason.removeprefix(start))
    return gettext("Still true") if reason == STILL_TRUE else reason


def interval(row: Sourced) -> datetime.timedelta | None:
    """Return after how long at most a fact is checked again; None for history: never.

    History is what has no `check_again_by`: what was so on a past day stays so. Law is what rests
    on official texts of laws alone, which only another law changes: a year. All else is said of
    today: 90 days. Reads the sources: a query where they are not prefetched.
    """
    if row.check_again_by is None:
        return None
    return LAW_INTERVAL if _rests_on_law(row) else TODAY_INTERVAL


def _rests_on_law(row: Sourced) -> bool:
    sources = row.sources.all()
    return bool(sources) and all(
        source.official and source.publisher in LAW_PUBLISHERS for source in sources
    )


def monday_of(day: datetime.date) -> datetime.date:
    """Return the first day of the week of a day."""
    return day - datetime.timedelta(days=day.weekday())


def sunday_of(day: datetime.date) -> datetime.date:
    """Return the last day of the week of a day."""
    return monday_of(day) + datetime.timedelta(days=6)


class DueWeeks:
    """How many facts fall due in each week, and how many more may.

    `days` are the due days of the facts that keep theirs; `others` is how many facts are to be
    given one: a tenth of them all, rounded down, is what a week may hold, at least one.
    """

    def __init__(self, days: Iterable[datetime.date], others: int) -> None:
        self._counts = Counter(map(monday_of, days))
        self.max_count = max(1, (self._counts.total() + others) // 10)

    def take(
        self,
        latest: datetime.date,
        *,
        after: datetime.date,
        last_resort: datetime.date | None = None,
    ) -> datetime.date:
        """Return a fact's due day, and count it: the latest in a week that still has room.

        It is no later than `latest` and later than `after`, which is before `latest`. Where no
        such week has room, it is the first that has, up to `last_resort`; else the week with the
        fewest facts.
        """
        first, last = monday_of(after + datetime.timedelta(days=1)), monday_of(latest)
        weeks = [last - n * WEEK for n in range((last - first) // WEEK + 1)]
        end = latest if last_resort is None else max(latest, last_resort)
        later = [last + n * WEEK for n in range(1, (monday_of(end) - last) // WEEK + 1)]
        free = [week for week in [*weeks, *later] if self._counts[week] < self.max_count]
        week = free[0] if free else min(weeks, key=lambda week: self._counts[week])
        self._counts[week] += 1
        return min(latest if week <= last else end, sunday_of(week))


def active(model: type[Sourced]) -> models.QuerySet[Any]:
    """Return the rows of a model of facts that are not withdrawn."""
    rows: models.QuerySet[Any] = model._default_manager.all()
    can_be_withdrawn = any(field.name == "is_active" for field in model._meta.fields)
    return rows.filter(models.Q(is_active=True)) if can_be_withdrawn else rows


def due_days(without: Iterable[Sourced] = ()) -> list[datetime.date]:
    """Return the due day of each fact that has one, but for those of some rows: six queries."""
    left_out = {(type(row), row.pk) for row in without}
    return [
        day
        for model in CHECKED_MODELS
        for pk, day in active(model)
        .exclude(check_again_by=None)
        .values_list("pk", "check_again_by")
        .order_by()
        if (model, pk) not in left_out
    ]


def next_due_days(rows: Sequence[Sourced]) -> list[datetime.date | None]:
    """Return by which day each fact is to be checked again if it is checked today.

    In the order of the rows; None for history. See `interval` and `DueWeeks`. In a transaction,
    two callers at once take turns.
    """
    checked_on = today()
    return _taken(rows, lambda weeks, row: _after_check(weeks, row, checked_on))


def _after_check(weeks: DueWeeks, row: Sourced, checked_on: datetime.date) -> datetime.date | None:
    wait = interval(row)
    return None if wait is None else weeks.take(checked_on + wait, after=checked_on)


def retry_days(rows: Sequence[Sourced]) -> list[datetime.date | None]:
    """Return by which day each fact that nobody could settle today is to be looked at again.

    Within 14 days, or in the next week that has room; else as `next_due_days`. It is no later than
    90 days from today, and later than the last check.
    """
    now = today()
    latest, last_resort = now + UNCLEAR_INTERVAL, now + TODAY_INTERVAL
    return _taken(rows, lambda weeks, _row: weeks.take(latest, after=now, last_resort=last_resort))


def _taken(
    rows: Sequence[Sourced],
    take: Callable[[DueWeeks, Sourced], datetime.date | None],
) -> list[datetime.date | None]:
    _wait_for_others()
    with_day = [row for row in rows if row.check_again_by is not None]
    weeks = DueWeeks(due_days(without=rows), len(with_day))
    return [take(weeks, row) for row in rows]


def _wait_for_others() -> None:
    """Lock what every change of facts changes: of two that give days, the second sees the first."""
    if connection.in_atomic_block:
        DataVersion.objects.select_for_update().first()


def due_facts(until: datetime.date) -> list[Sourced]:
    """Return the facts to check by a day, with their sources, in the order of the queue.

    That is: what is overdue first, then what is most public (the order of `CHECKED_MODELS`, of
    `ENTRY_KINDS`, departments by population), then what is due first. 13 queries.
    """
    rows = [
        row
        for model in CHECKED_MODELS
        for row in active(model).filter(check_again_by__lte=until).prefetch_related("sources")
    ]
    populations = _populations() if any(isinstance(row, Department) for row in rows) else {}
    return sorted(rows, key=lambda row: _order_key(row, populations))


def _order_key(row: Sourced, populations: dict[str, int]) -> tuple[Any, ...]:
    kind = ENTRY_KINDS.index(Kind(row.kind)) if isinstance(row, Entry) else 0
    population = populations.get(row.pk, 0) if isinstance(row, Department) else 0
    model = CHECKED_MODELS.index(type(row))
    return not row.is_overdue, model, kind, -population, row.check_again_by, str(row.pk)


def _populations() -> dict[str, int]:
    communes = Commune.objects.filter(kind=CommuneKind.COMMUNE).order_by()
    return dict(communes.values_list("department").annotate(Sum("population")))


def first_group(rows: Sequence[Sourced]) -> list[Sourced]:
    """Return the first of these facts, and those of its model that rest on the same source.

    Of its sources, the one on which most of them rest. `rows` are not empty, in the order of the
    queue, with their sources prefetched; so is the result.
    """
    first = rows[0]
    alike = [row for row in rows if type(row) is type(first)]
    counts = Counter(source.pk for row in alike for source in row.sources.all())
    cited = sorted(source.pk for source in first.sources.all())
    if not cited:
        return [first]
    shared = max(cited, key=lambda pk: counts[pk])
    group = [row for row in alike if shared in {source.pk for source in row.sources.all()}]
    return group[: MAX_GROUP_SIZES.get(type(first), DEFAULT_GROUP_SIZE)]


@dataclass(frozen=True)
class LastCheck:
    """The lines of history by which a fact got its `last_checked`, and by which it is as it is."""

    checked: Any  # simple_history has no types
    latest: Any


def last_checks(rows: Sequence[Sourced]) -> dict[Any, LastCheck]:
    """Return who last checked and last saved facts of one model, by their key: three queries."""
    if not rows:
        return {}
    model: Any = type(rows[0])
    name = model._meta.pk.attname
    lines = model.history.filter(**{f"{name}__in": [row.pk for row in rows]}).order_by()
    newest = dict(lines.values_list(name).annotate(Max("history_id")))
    days = lines.values_list(name, "last_checked").annotate(Min("history_id"))
    first_with = {(pk, day): line for pk, day, line in days}
    ids = {
        row.pk: (first_with.get((row.pk, row.last_checked), newest[row.pk]), newest[row.pk])
        for row in rows
        if row.pk in newest
    }
    wanted = {line for pair in ids.values() for line in pair}
    records = model.history.select_related("history_user").in_bulk(wanted)
    return {pk: LastCheck(*(records[line] for line in pair)) for pk, pair in ids.items()}


def version_tokens(rows: Sequence[Sourced]) -> dict[Any, str]:
    """Return `history.version_token` of facts of one model, by their key: two queries."""
    if not rows:
        return {}
    model: Any = type(rows[0])
    pks = [row.pk for row in rows]
    numbers = [_newest_lines(model.history, model._meta.pk.attname, pks)]
    if issubclass(model, Translated):
        texts: Any = model._meta.get_field("texts")
        numbers.append(_newest_lines(texts.related_model.history, texts.field.attname, pks))
    tokens = {}
    for row in rows:
        parts = [str(newest.get(row.pk, 0)) for newest in numbers]
        if isinstance(row, Entry) and row.reread_since:
            parts.append(f"{row.reread_since.timestamp():.6f}")
        tokens[row.pk] = " ".join(parts)
    return tokens


def _newest_lines(history: Any, name: str, pks: list[Any]) -> dict[Any, int]:
    lines = history.filter(**{f"{name}__in": pks}).order_by()
    return dict(lines.values_list(name).annotate(Max("history_id")))
