"""The departments as they stood on one day: what the list, the map and the counts show."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.utils.text import slugify

from rollout.days import today
from rollout.models import Department, Phase, Precision, Region, State, Status, Zone
from rollout.models.places import DepartmentQuerySet


@dataclass(frozen=True)
class Row:
    """One department on one day."""

    department: Department
    state: State
    phase: Phase | None


@dataclass(frozen=True)
class RegionRows:
    """One region and its departments on one day."""

    region: Region
    rows: list[Row]

    @property
    def open_count(self) -> int:
        """Return how many of its departments were surely open."""
        return sum(row.state.is_open for row in self.rows)


@dataclass(frozen=True)
class Wave:
    """One phase and its departments on one day."""

    phase: Phase
    rows: list[Row]
    open_after: int

    @property
    def precision(self) -> str:
        """Return how exactly its day is known: "by" where that is so for any department."""
        some_by = any(row.department.precision == Precision.BY for row in self.rows)
        return Precision.BY if some_by else Precision.ON


class Board:
    """Departments with their state on one day (None: today), in three queries.

    `departments` narrows them: a region's page needs no others. `open_count` and the rest then
    speak of those only.
    """

    def __init__(
        self, on: datetime.date | None = None, departments: DepartmentQuerySet | None = None
    ) -> None:
        self.on = on or today()
        query = Department.objects.all() if departments is None else departments
        self.phases: list[Phase] = list(Phase.objects.for_page())
        by_slug = {phase.slug: phase for phase in self.phases}
        self.rows: list[Row] = []
        for department in query.for_page():
            phase = by_slug.get(department.phase_id or "")
            state = department.state(self.on, self._day_before(phase))
            self.rows.append(Row(department, state, phase))

    def _day_before(self, phase: Phase | None) -> datetime.date | None:
        """Return the day of the wave before a wave."""
        earlier = [p for p in self.phases if phase and p.position < phase.position and p.opened_on]
        return earlier[-1].opened_on if earlier else None

    @cached_property
    def by_code(self) -> dict[str, Row]:
        """Return the rows by the number of their department."""
        return {row.department.code: row for row in self.rows}

    @cached_property
    def regions(self) -> list[RegionRows]:
        """Return the rows by region, in the order of a French list: overseas last."""
        grouped: dict[Region, list[Row]] = {}
        for row in self.rows:
            grouped.setdefault(row.department.region, []).append(row)
        return [RegionRows(region, grouped[region]) for region in sorted(grouped, key=list_order)]

    @cached_property
    def waves(self) -> list[Wave]:
        """Return the rows by phase, with the number open once that phase was complete."""
        waves: list[Wave] = []
        for phase in self.phases:
            rows = [row for row in self.rows if row.phase is phase]
            before = waves[-1].open_after if waves else 0
            waves.append(Wave(phase, rows, before + len(rows)))
        return waves

    @cached_property
    def open_count(self) -> int:
        """Return how many departments were surely open."""
        return sum(row.state.is_open for row in self.rows)

    @cached_property
    def maybe_count(self) -> int:
        """Return how many may already have been open."""
        return sum(row.state.status == Status.MAYBE for row in self.rows)

    @property
    def last_checked(self) -> datetime.date | None:
        """Return the day on which the least recently checked of them was checked."""
        return min((row.department.last_checked for row in self.rows), default=None)

    @property
    def all_open(self) -> bool:
        """Tell whether every department was surely open (of none, none was)."""
        return bool(self.rows) and self.open_count == len(self.rows)

    def pick(self, codes: Iterable[str]) -> list[Row]:
        """Return the rows of these departments, in this order."""
        return [self.by_code[code] for code in codes if code in self.by_code]


def list_order(region: Region) -> tuple[bool, str]:
    """Return where a region stands in a French list: by name without accents, overseas last."""
    return (region.zone == Zone.DROM, slugify(region.name))
