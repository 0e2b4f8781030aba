"""The status of every department on one day: what list, map and counts show."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.text import slugify

from rollout.caching import fragments
from rollout.dates import today
from rollout.models import Department, Precision, Region, State, Status, Wave, Zone
from rollout.models.places import DepartmentQuerySet


@dataclass(frozen=True)
class DepartmentStatus:
    """One department on one day; `wave` is None where none is known."""

    department: Department
    state: State
    wave: Wave | None


@dataclass(frozen=True)
class RegionStatus:
    """One region and its departments on one day, by number."""

    region: Region
    rows: list[DepartmentStatus]

    @property
    def open_count(self) -> int:
        """Return how many of its departments were surely open (`Status.OPEN`)."""
        return sum(row.state.is_open for row in self.rows)


@dataclass(frozen=True)
class WaveStatus:
    """One wave and its departments; `open_after`: how many are open once it is complete."""

    wave: Wave
    rows: list[DepartmentStatus]
    open_after: int

    @property
    def precision(self) -> str:
        """Return "by" where any of its departments has a latest possible day, else "on"."""
        some_by = any(row.department.precision == Precision.BY for row in self.rows)
        return Precision.BY if some_by else Precision.ON


class RolloutSnapshot:
    """Departments with their status on a day (None: today in Paris), in four queries at most.

    `departments` are the only ones counted where given, in their order (a region's page needs no
    others), else all, by number. In public views departments and waves are cached for one data
    version; `current_snapshot` caches the snapshot itself too.
    """

    def __init__(
        self,
        on: datetime.date | None = None,
        departments: DepartmentQuerySet | Sequence[Department] | None = None,
    ) -> None:
        self.on = on or today()
        if departments is None:
            departments = fragments.get_or_set("departments", _departments)
        elif isinstance(departments, DepartmentQuerySet):
            departments = departments.for_page()
        self.waves = fragments.get_or_set("waves", _waves)
        by_slug = {wave.slug: wave for wave in self.waves}
        self.rows: list[DepartmentStatus] = []
        for department in departments:
            wave = by_slug.get(department.wave_id or "")
            self.rows.append(DepartmentStatus(department, department.state(self.on), wave))

    @cached_property
    def by_code(self) -> dict[str, DepartmentStatus]:
        """Return the rows by department number, such as "2A"."""
        return {row.department.code: row for row in self.rows}

    @cached_property
    def regions(self) -> list[RegionStatus]:
        """Return the rows by region, in the order of `region_order`."""
        grouped: dict[Region, list[DepartmentStatus]] = {}
        for row in self.rows:
            grouped.setdefault(row.department.region, []).append(row)
        return [
            RegionStatus(region, grouped[region]) for region in sorted(grouped, key=region_order)
        ]

    @cached_property
    def wave_statuses(self) -> list[WaveStatus]:
        """Return the rows by wave, first wave first, also those without departments."""
        wave_statuses: list[WaveStatus] = []
        for wave in self.waves:
            rows = [row for row in self.rows if row.wave is wave]
            open_before = wave_statuses[-1].open_after if wave_statuses else 0
            wave_statuses.append(WaveStatus(wave, rows, open_before + len(rows)))
        return wave_statuses

    @cached_property
    def open_count(self) -> int:
        """Return how many departments were surely open (`Status.OPEN`)."""
        return sum(row.state.is_open for row in self.rows)

    @cached_property
    def maybe_count(self) -> int:
        """Return how many may already have been open (`Status.MAYBE`)."""
        return sum(row.state.status == Status.MAYBE for row in self.rows)

    @property
    def last_checked(self) -> datetime.date | None:
        """Return the oldest day of a last check; None without departments."""
        return min((row.department.last_checked for row in self.rows), default=None)

    @property
    def all_open(self) -> bool:
        """Tell whether every department was surely open; False without departments."""
        return bool(self.rows) and self.open_count == len(self.rows)

    def beside(self, row: DepartmentStatus) -> list[DepartmentStatus]:
        """Return the rows of a department's region, by number, its own among them."""
        return [
            other for other in self.rows if other.department.region_id == row.department.region_id
        ]

    def pick(self, codes: Iterable[str]) -> list[DepartmentStatus]:
        """Return the rows of these department numbers, in this order; unknown ones are left out."""
        return [self.by_code[code] for code in codes if code in self.by_code]


def current_snapshot(on: datetime.date | None = None) -> RolloutSnapshot:
    """Return the snapshot of all departments on a day (None: today in Paris).

    In public views it is cached for one data version, day and language: not to be changed.
    """
    day = on or today()
    return fragments.get_or_set(("snapshot", day), lambda: RolloutSnapshot(day))


def _departments() -> list[Department]:
    return list(Department.objects.with_texts().for_page())


def _waves() -> list[Wave]:
    return list(Wave.objects.for_page())


def region_order(region: Region) -> tuple[bool, str]:
    """Return the sort key of a French list: by name without accents, overseas regions last."""
    return (region.zone == Zone.DROM, slugify(region.name))
