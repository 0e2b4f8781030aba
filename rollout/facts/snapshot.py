"""The status of every department on one day: what list, map and counts show."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.functional import cached_property
from django.utils.text import slugify

from rollout.caching import fragments
from rollout.dates import today
from rollout.models import Department, Precision, Region, State, Status, Wave, Zone
from rollout.models.places import DepartmentQuerySet


@dataclass(frozen=True)
class DepartmentStatus:
    """One department on one day; `wave` is None where none is known.

    `wave_number` is the place of its wave among all waves, from 1 (positions may have gaps); 0
    without a wave.
    """

    department: Department
    state: State
    wave: Wave | None
    wave_number: int = 0


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
class Opening:
    """The departments of a wave that opened, or will, on one day, known as exactly as `precision`.

    `open_after`: how many of all departments, of any wave, opened by that day. It counts openings:
    one that was suspended later is among them, as on the chart and beside the links to days.
    """

    day: datetime.date
    precision: Precision
    wave: Wave
    rows: list[DepartmentStatus]
    open_after: int


@dataclass(frozen=True)
class OpeningDay:
    """A day on which departments opened or will open: one opening for each wave and precision."""

    day: datetime.date
    openings: list[Opening]

    @property
    def open_after(self) -> int:
        """Return how many of all departments opened by this day; suspended ones count."""
        return self.openings[0].open_after

    @property
    def precision(self) -> Precision:
        """Return the least exact precision of its openings."""
        return least_exact(opening.precision for opening in self.openings)


@dataclass(frozen=True)
class WaveStatus:
    """One wave and its departments; `openings` by day, `undated` those without a day.

    `number` is its place among all waves, from 1.
    """

    wave: Wave
    number: int
    rows: list[DepartmentStatus]
    openings: list[Opening]

    @property
    def undated(self) -> list[DepartmentStatus]:
        """Return its departments whose day is not announced."""
        return [row for row in self.rows if row.department.opened_on is None]

    @property
    def has_one_day(self) -> bool:
        """Tell whether all its departments have the same day, known as exactly."""
        return len(self.openings) == 1 and not self.undated

    @property
    def precision(self) -> Precision:
        """Return the least exact precision of its days; "on" without any."""
        return least_exact(opening.precision for opening in self.openings)

    @property
    def open_after(self) -> int | None:
        """Return how many of all departments opened by the last of its days; None without any."""
        return self.openings[-1].open_after if self.openings else None


def least_exact(precisions: Iterable[Precision]) -> Precision:
    """Return the least exact of these precisions: "by", then "about"; "on" without any."""
    present = set(precisions)
    order = (Precision.BY, Precision.ABOUT)
    return next((precision for precision in order if precision in present), Precision.ON)


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
        numbered = {wave.slug: (wave, number) for number, wave in enumerate(self.waves, 1)}
        self.rows: list[DepartmentStatus] = []
        for department in departments:
            wave, number = numbered.get(department.wave_id or "", (None, 0))
            self.rows.append(DepartmentStatus(department, department.state(self.on), wave, number))

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

    @property
    def mainland_regions(self) -> list[RegionStatus]:
        """Return the regions that are not overseas, in the order of `region_order`."""
        return [status for status in self.regions if status.region.zone != Zone.DROM]

    @property
    def overseas_regions(self) -> list[RegionStatus]:
        """Return the overseas regions, each of one department, in the order of `region_order`."""
        return [status for status in self.regions if status.region.zone == Zone.DROM]

    @property
    def overseas_rows(self) -> list[DepartmentStatus]:
        """Return the overseas departments, in the order of their regions."""
        return [row for status in self.overseas_regions for row in status.rows]

    @cached_property
    def opening_days(self) -> list[OpeningDay]:
        """Return the days on which departments opened or will open, first to last.

        From each department's own day; on one day by wave, then by precision.
        """
        groups: dict[datetime.date, dict[tuple[int, str], list[DepartmentStatus]]] = {}
        for row in self.rows:
            department = row.department
            if department.opened_on and row.wave:
                key = (row.wave_number, department.precision)
                groups.setdefault(department.opened_on, {}).setdefault(key, []).append(row)
        days: list[OpeningDay] = []
        count = 0
        for day in sorted(groups):
            count += sum(map(len, groups[day].values()))
            openings = [
                Opening(day, Precision(precision), self.waves[number - 1], rows, count)
                for (number, precision), rows in sorted(groups[day].items())
            ]
            days.append(OpeningDay(day, openings))
        return days

    @cached_property
    def wave_statuses(self) -> list[WaveStatus]:
        """Return the rows by wave, first wave first, also those without departments."""
        openings = [opening for day in self.opening_days for opening in day.openings]
        return [
            WaveStatus(
                wave,
                number,
                [row for row in self.rows if row.wave is wave],
                [opening for opening in openings if opening.wave is wave],
            )
            for number, wave in enumerate(self.waves, 1)
        ]

    @cached_property
    def open_count(self) -> int:
        """Return how many departments were surely open (`Status.OPEN`)."""
        return sum(row.state.is_open for row in self.rows)

    @property
    def has_suspensions(self) -> bool:
        """Tell whether any of them is, was or will be suspended, on whatever day."""
        return any(row.state.suspended_from for row in self.rows)

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
