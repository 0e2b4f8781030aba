"""What the states of several departments on one day come to: counts, and what they rest on."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import cached_property

from rollout.caching import fragments
from rollout.dates import today
from rollout.facts.snapshot import DepartmentStatus
from rollout.models import ActivationRoute, State, Status, Zone
from rollout.models.places import PILOT_DAY

FRANCE_IDENTITE = "france-identite"
"""The slug of the route for holders of the new French ID card (facts 1.11)."""


@dataclass(frozen=True)
class Totals:
    """The sum of some departments on one day, which their states are of."""

    rows: tuple[DepartmentStatus, ...]
    on: datetime.date

    @classmethod
    def of(cls, rows: Iterable[DepartmentStatus], on: datetime.date | None = None) -> "Totals":
        """Return the sum of these rows on a day (None: today in Paris)."""
        return cls(tuple(rows), on or today())

    @cached_property
    def _states(self) -> list[State]:
        return [row.state for row in self.rows]

    @property
    def count(self) -> int:
        """Return how many departments there are."""
        return len(self.rows)

    @cached_property
    def open_rows(self) -> list[DepartmentStatus]:
        """Return the rows of those that are open, by our own conclusion or not."""
        return [row for row in self.rows if row.state.is_open]

    @property
    def open_count(self) -> int:
        """Return how many are open, those by our own conclusion among them."""
        return len(self.open_rows)

    @property
    def all_open(self) -> bool:
        """Tell whether all are open; False without any."""
        return bool(self.rows) and self.open_count == self.count

    @cached_property
    def probable_rows(self) -> list[DepartmentStatus]:
        """Return the rows of those that are open by our own conclusion only."""
        return [row for row in self.open_rows if row.state.is_probable]

    @property
    def probable_count(self) -> int:
        """Return how many are open by our own conclusion only."""
        return len(self.probable_rows)

    @property
    def probable_are_overseas(self) -> bool:
        """Tell whether those by our own conclusion are all overseas."""
        return all(row.department.region.zone == Zone.DROM for row in self.probable_rows)

    @property
    def maybe_count(self) -> int:
        """Return how many may already have been open (`Status.MAYBE`)."""
        return sum(state.status == Status.MAYBE for state in self._states)

    @property
    def suspended_count(self) -> int:
        """Return how many had opened but were suspended."""
        return sum(state.status == Status.SUSPENDED for state in self._states)

    @property
    def suspension_ahead_count(self) -> int:
        """Return for how many a suspension is announced that has not begun."""
        return sum(state.is_suspension_ahead for state in self._states)

    @property
    def is_past(self) -> bool:
        """Tell whether it is of a day before today."""
        return self.on < today()

    @property
    def is_future(self) -> bool:
        """Tell whether it is of a day to come."""
        return self.on > today()

    @property
    def is_before_pilot(self) -> bool:
        """Tell whether it is of a day before the pilot, when there were only trials."""
        return self.on < PILOT_DAY

    @property
    def is_overdue(self) -> bool:
        """Tell whether one of them should have been checked again: never for a past day."""
        return any(state.is_overdue for state in self._states)

    @property
    def was_so_when_checked(self) -> bool:
        """Tell whether those open, and no others, were open on the day of their last check."""
        return all(state.was_open_when_checked == state.is_open for state in self._states)

    @property
    def last_checked(self) -> datetime.date | None:
        """Return the oldest day of a last check; None without departments."""
        days = [state.last_checked for state in self._states if state.last_checked]
        return min(days, default=None)


def france_identite_was_open(on: datetime.date) -> bool:
    """Tell whether the route with France Identité was open on a day: everywhere at once."""
    opened_on = fragments.get_or_set("day of France Identité", _france_identite_day)
    return opened_on is not None and opened_on <= on


def _france_identite_day() -> datetime.date | None:
    routes = ActivationRoute.objects.filter(slug=FRANCE_IDENTITE, by_department=False)
    return routes.values_list("opened_on", flat=True).first()
