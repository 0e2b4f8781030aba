"""Five answers, and perhaps a department and a day -> one verdict, with its reasons.

Pure functions over rows that are handed in; nothing here asks the database. Where the sources do
not settle a condition its outcome is "unknown", which is never turned into a no.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Certainty,
    Entry,
    HealthScheme,
    IdentityDocument,
    Outcome,
    Sourced,
    Status,
)


class Age(models.TextChoices):
    """How old someone is, or that a guardian acts for them (facts 3.02, 3.07)."""

    ADULT = "18-or-over", _("18 or over")
    FROM_16 = "16-or-17", _("16 or 17")
    UNDER_16 = "under-16", _("Under 16")
    GUARDIANSHIP = "guardianship", _("Any age, under guardianship (tutelle)")


class Number(models.TextChoices):
    """The social security number (facts 3.05, 3.17, 3.18)."""

    PERMANENT = "permanent", _("Permanent (it starts with 1 or 2), and I have the plastic card")
    NO_CARD = "no-card", _("Permanent (it starts with 1 or 2), but no plastic card yet")
    PROVISIONAL = "provisional", _("Provisional (it starts with 7 or 8)")
    NONE = "none", _("No number yet")


class Phone(models.TextChoices):
    """The phone (facts 3.01)."""

    RECENT = "recent", _("On Android 9 or newer, or an iPhone on iOS 16 or newer")
    OLD = "old", _("On an older version, or no smartphone")
    NOT_KNOWN = "not-known", _("I do not know its version")


# Answers that decide something by themselves: what, and the entry that says why.
RULES: dict[str, tuple[Outcome, str]] = {
    Age.UNDER_16: (Outcome.NO, "children"),
    Age.GUARDIANSHIP: (Outcome.NO, "guardianship"),
    Number.NO_CARD: (Outcome.UNKNOWN, "no-plastic-card-yet"),
    Number.PROVISIONAL: (Outcome.NOT_YET, "provisional-number"),
    Number.NONE: (Outcome.NOT_YET, "social-security-number"),
    Phone.OLD: (Outcome.NO, "phone"),
    Phone.NOT_KNOWN: (Outcome.UNKNOWN, "phone"),
}
AGE_RULE = "age"
"""The entry that says which age a scheme asks for."""


STATES = {
    Status.OPEN: Outcome.YES,
    Status.OPENS: Outcome.NOT_YET,
    Status.NOT_YET: Outcome.NOT_YET,
    Status.SUSPENDED: Outcome.NOT_YET,
    Status.NOT_ANNOUNCED: Outcome.NOT_YET,
    Status.MAYBE: Outcome.UNKNOWN,
}


class VerdictKind(models.TextChoices):
    """The six verdicts."""

    YES = "yes", _("Yes")
    BY_ROUTE = "yes-by-route", _("Yes, by this route")
    PROBABLY = "probably", _("Probably yes")
    NOT_YET = "not-yet", _("Not yet")
    UNKNOWN = "unknown", _("We do not know")
    NO = "no", _("No")


@dataclass(frozen=True)
class Answers:
    """What someone said; `row` is their department on the day, where they named it."""

    document: IdentityDocument
    scheme: HealthScheme
    age: Age
    number: Number
    phone: Phone
    row: DepartmentStatus | None = None


@dataclass(frozen=True)
class Guide:
    """The rows on which verdicts rest; `entries`, by short name, has at least those of REASONS."""

    routes: list[ActivationRoute]
    acceptances: list[Acceptance]
    entries: Mapping[str, Entry]


class Cause(models.TextChoices):
    """What a finding is about."""

    DOCUMENT = "document", _("Your document")
    NOT_LISTED = "not-listed", _("Your document")
    SCHEME = "scheme", _("Your health scheme")
    RULE = "rule", _("What you need")
    DEPARTMENT = "department", _("Your department")
    NOT_NAMED = "not-named", _("Your department")
    ROUTE_CLOSED = "route-closed", _("The route")
    ROUTE_AGE = "route-age", _("The route")


@dataclass(frozen=True)
class Finding:
    """What one condition lets happen: the row that says why, and the row with its evidence."""

    outcome: Outcome
    cause: Cause
    about: Entry | HealthScheme | IdentityDocument | ActivationRoute | DepartmentStatus | None
    evidence: Sourced | None
    answer: str = ""
    """What was answered, where a rule decides: a value of Age, Number or Phone."""


@dataclass(frozen=True)
class Verdict:
    """The one answer: what decided it first among `findings`; routes that would do as well."""

    kind: VerdictKind
    route: ActivationRoute | None
    findings: list[Finding]
    others: list[ActivationRoute]

    @property
    def deciding(self) -> Finding:
        """Return the reason that decided."""
        return self.findings[0]

    @property
    def certainty(self) -> str:
        """Return how sure the least sure of the deciding reasons is; "" where nothing is known."""
        if self.kind == VerdictKind.UNKNOWN:
            return ""
        found = [
            getattr(f.evidence, "certainty", "")
            for f in self.findings
            if f.outcome == self.deciding.outcome and f.evidence
        ]
        scale = Certainty.values
        return max(found, key=scale.index, default="")

    @property
    def last_checked(self) -> datetime.date | None:
        """Return the day on which the least recently checked of the reasons was checked."""
        return min((f.evidence.last_checked for f in self.findings if f.evidence), default=None)

    @property
    def may_try(self) -> bool:
        """Tell whether the steps are of use: nothing that we know of stands in the way."""
        return self.kind not in (VerdictKind.NO, VerdictKind.NOT_YET) and self.route is not None


def verdict(answers: Answers, guide: Guide, snapshot: RolloutSnapshot) -> Verdict:
    """Return the one verdict for these answers on the day of the board.

    The worst condition decides along one route, the best route decides among them; of two equal
    routes the first by position.
    """
    personal = _personal(answers, guide)
    by_route = {
        acceptance.route_id: _along(acceptance, answers, snapshot)
        for acceptance in guide.acceptances
        if acceptance.document_id == answers.document.pk
    }
    possible = [route for route in guide.routes if route.pk in by_route]
    if not possible:
        nothing = Finding(Outcome.UNKNOWN, Cause.NOT_LISTED, answers.document, None)
        return _summed_up(None, [*personal, nothing], [])
    best = min(possible, key=lambda route: _worst(by_route[route.pk]).rank)
    others = [
        route
        for route in possible
        if route is not best
        and _worst([*by_route[route.pk], *personal]).rank <= Outcome.PROBABLY.rank
    ]
    return _summed_up(best, [*by_route[best.pk], *personal], others)


def _personal(answers: Answers, guide: Guide) -> list[Finding]:
    """Return what the scheme, the age, the number and the phone let happen, whatever the route."""
    scheme = answers.scheme
    found = [Finding(Outcome(scheme.outcome), Cause.SCHEME, scheme, scheme)]
    if answers.age == Age.FROM_16 and (scheme.minimum_age is None or scheme.minimum_age > 16):
        outcome = Outcome.UNKNOWN if scheme.minimum_age is None else Outcome.NO
        found.append(_by_rule(answers.age, outcome, AGE_RULE, guide))
    for answer in (answers.age, answers.number, answers.phone):
        if answer in RULES:
            found.append(_by_rule(answer, *RULES[answer], guide))
    return found


def _by_rule(answer: str, outcome: Outcome, slug: str, guide: Guide) -> Finding:
    entry = guide.entries.get(slug)
    return Finding(outcome, Cause.RULE, entry, entry, answer)


def _along(acceptance: Acceptance, answers: Answers, snapshot: RolloutSnapshot) -> list[Finding]:
    """Return what one route lets happen: it must be open, take the document, and fit the age."""
    route = acceptance.route
    outcome = Outcome(acceptance.outcome)
    found = [Finding(outcome, Cause.DOCUMENT, answers.document, acceptance)]
    opening = _opening(route, answers.row, snapshot)
    if opening:
        found.append(opening)
    if answers.age == Age.FROM_16 and route.minimum_age and route.minimum_age > 16:
        found.append(Finding(Outcome.NO, Cause.ROUTE_AGE, route, route))
    return found


def _opening(
    route: ActivationRoute, row: DepartmentStatus | None, snapshot: RolloutSnapshot
) -> Finding | None:
    """Return whether a route was open on the day, or None where that goes without saying."""
    if not route.by_department:
        is_open = route.opened_on is not None and route.opened_on <= snapshot.on
        return None if is_open else Finding(Outcome.NOT_YET, Cause.ROUTE_CLOSED, route, route)
    if row is None:
        return None if snapshot.all_open else Finding(Outcome.UNKNOWN, Cause.NOT_NAMED, None, None)
    outcome = STATES[row.state.status]
    if outcome == Outcome.YES and row.department.certainty == Certainty.INFERENCE:
        outcome = Outcome.PROBABLY
    return Finding(outcome, Cause.DEPARTMENT, row, row.department)


def _summed_up(
    route: ActivationRoute | None, findings: list[Finding], others: list[ActivationRoute]
) -> Verdict:
    worst = _worst(findings)
    kind = VerdictKind(worst.value)
    if worst == Outcome.YES and route and not route.by_department:
        kind = VerdictKind.BY_ROUTE
    ordered = sorted(findings, key=lambda finding: -finding.outcome.rank)
    return Verdict(kind, route, ordered, others)


def _worst(findings: Iterable[Finding]) -> Outcome:
    """Return the outcome that decides: no before not yet, before unknown, probably, yes."""
    return max((finding.outcome for finding in findings), key=lambda outcome: outcome.rank)


def entries_for(route: ActivationRoute | None, entries: list[Entry]) -> list[Entry]:
    """Return those entries that apply along a route, in their order."""
    return [e for e in entries if e.route_id is None or (route and e.route_id == route.pk)]
