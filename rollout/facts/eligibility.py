"""Five answers, and perhaps a department and a day -> one verdict, with its reasons.

Pure functions over the rows that callers pass: no queries. Where the sources do not settle a
condition its outcome is "unknown", which never becomes a no (decision 7).
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models

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

    ADULT = "18-or-over"
    FROM_16 = "16-or-17"
    UNDER_16 = "under-16"
    GUARDIANSHIP = "guardianship"


class Number(models.TextChoices):
    """The social security number (facts 3.05, 3.17, 3.18)."""

    PERMANENT = "permanent"
    NO_CARD = "no-card"
    PROVISIONAL = "provisional"
    NONE = "none"


class Phone(models.TextChoices):
    """The phone (facts 3.01)."""

    RECENT = "recent"
    OLD = "old"
    NO_SMARTPHONE = "no-smartphone"
    NOT_KNOWN = "not-known"


RULES: dict[str, tuple[Outcome, str]] = {
    Age.UNDER_16: (Outcome.NO, "children"),
    Age.GUARDIANSHIP: (Outcome.NO, "guardianship"),
    Number.NO_CARD: (Outcome.UNKNOWN, "no-plastic-card-yet"),
    Number.PROVISIONAL: (Outcome.NOT_YET, "provisional-number"),
    Number.NONE: (Outcome.NOT_YET, "social-security-number"),
    Phone.OLD: (Outcome.NO, "phone"),
    Phone.NO_SMARTPHONE: (Outcome.NO, "phone"),
    Phone.NOT_KNOWN: (Outcome.UNKNOWN, "phone"),
}
"""Answers that decide something by themselves: the outcome, and the slug of its entry."""
UNSURE_RULES = frozenset({Age.GUARDIANSHIP})
"""Those whose no is only probable today: sources on guardianship end in September 2025 (3.07)."""
AGE_RULE = "age"
"""The slug of the entry on the minimum age of schemes."""

OUTCOMES = {
    Status.OPEN: Outcome.YES,
    Status.OPENS: Outcome.NOT_YET,
    Status.NOT_YET: Outcome.NOT_YET,
    Status.SUSPENDED: Outcome.NOT_YET,
    Status.NOT_ANNOUNCED: Outcome.NOT_YET,
    Status.MAYBE: Outcome.UNKNOWN,
}


class VerdictKind(models.TextChoices):
    """What the check answers: an outcome, yes by a route that is open everywhere, or a no that is
    our own conclusion or old."""

    YES = "yes"
    BY_ROUTE = "yes-by-route"
    PROBABLY = "probably"
    NOT_YET = "not-yet"
    UNKNOWN = "unknown"
    PROBABLY_NOT = "probably-not"
    NO = "no"


@dataclass(frozen=True)
class Answers:
    """What a visitor answered; `row` is their department on the day, None where not given."""

    document: IdentityDocument
    scheme: HealthScheme
    age: Age
    number: Number
    phone: Phone
    row: DepartmentStatus | None = None


@dataclass(frozen=True)
class Guide:
    """The rows on which verdicts rest.

    `routes` are by position; `acceptances` are those of the day, one for a document and route;
    `entries`, by slug, has at least those of `rollout.kinds.REASONS`.
    """

    routes: list[ActivationRoute]
    acceptances: list[Acceptance]
    entries: Mapping[str, Entry]


class Cause(models.TextChoices):
    """What a finding is about."""

    DOCUMENT = "document"
    NOT_LISTED = "not-listed"
    SCHEME = "scheme"
    RULE = "rule"
    DEPARTMENT = "department"
    NOT_NAMED = "not-named"
    ROUTE_CLOSED = "route-closed"
    ROUTE_AGE = "route-age"


@dataclass(frozen=True)
class Finding:
    """The outcome of one condition: the row that says why, and the row with its evidence."""

    outcome: Outcome
    cause: Cause
    about: Entry | HealthScheme | IdentityDocument | ActivationRoute | DepartmentStatus | None
    evidence: Sourced | None
    answer: str = ""
    """Where a rule decides, the answer: a value of Age, Number or Phone."""

    @property
    def is_probably_not(self) -> bool:
        """Tell whether it is a no that is our own conclusion, or that may have changed since."""
        is_inferred = getattr(self.evidence, "certainty", "") == Certainty.INFERENCE
        return self.outcome == Outcome.NO and (is_inferred or self.answer in UNSURE_RULES)

    @property
    def rank(self) -> tuple[int, bool]:
        """Return how bad it is: the rank of its outcome; of two nos, a sure one is worse."""
        return self.outcome.rank, not self.is_probably_not


@dataclass(frozen=True)
class Verdict:
    """The result of the check.

    `route` is the best one, None where no route takes the document; `findings` holds one item for
    each condition, the worst first; `others` are the other routes that lead to yes or probably.
    """

    kind: VerdictKind
    route: ActivationRoute | None
    findings: list[Finding]
    others: list[ActivationRoute]

    @property
    def deciding(self) -> Finding:
        """Return the condition that decided: the first of the worst."""
        return self.findings[0]

    @property
    def certainty(self) -> str:
        """Return the least sure certainty of the deciding conditions; "" for unknown."""
        if self.kind == VerdictKind.UNKNOWN:
            return ""
        certainties = [
            getattr(f.evidence, "certainty", "")
            for f in self.findings
            if f.rank == self.deciding.rank and f.evidence
        ]
        return max(certainties, key=Certainty.values.index, default="")

    @property
    def last_checked(self) -> datetime.date | None:
        """Return the oldest of the days on which the evidence was last checked, or None."""
        return min((f.evidence.last_checked for f in self.findings if f.evidence), default=None)

    @property
    def is_overdue(self) -> bool:
        """Tell whether some of the evidence should have been checked again."""
        return any(f.evidence.is_overdue for f in self.findings if f.evidence)

    @property
    def may_try(self) -> bool:
        """Tell whether the steps are of use: there is a route, and no condition says no so far."""
        closed = (VerdictKind.NO, VerdictKind.PROBABLY_NOT, VerdictKind.NOT_YET)
        return self.kind not in closed and self.route is not None


def verdict(answers: Answers, guide: Guide, snapshot: RolloutSnapshot) -> Verdict:
    """Return the verdict for these answers on the day of the snapshot.

    The worst condition decides along one route, the best route among them; of two equal routes
    the first by position. No query, if the guide's rows have what they refer to.
    """
    personal = _personal_findings(answers, guide)
    by_route = {
        acceptance.route_id: _route_findings(acceptance, answers, snapshot)
        for acceptance in guide.acceptances
        if acceptance.document_id == answers.document.pk
    }
    possible = [route for route in guide.routes if route.pk in by_route]
    if not possible:
        not_listed = Finding(Outcome.UNKNOWN, Cause.NOT_LISTED, answers.document, None)
        return _verdict(None, [*personal, not_listed], [])
    best = min(possible, key=lambda route: _worst_outcome(by_route[route.pk]).rank)
    others = [
        route
        for route in possible
        if route is not best
        and _worst_outcome([*by_route[route.pk], *personal]).rank <= Outcome.PROBABLY.rank
    ]
    return _verdict(best, [*by_route[best.pk], *personal], others)


def _personal_findings(answers: Answers, guide: Guide) -> list[Finding]:
    """Return the findings on scheme, age, number and phone, which hold along every route."""
    scheme = answers.scheme
    findings = [Finding(Outcome(scheme.outcome), Cause.SCHEME, scheme, scheme)]
    if answers.age == Age.FROM_16 and (scheme.minimum_age is None or scheme.minimum_age > 16):
        outcome = Outcome.UNKNOWN if scheme.minimum_age is None else Outcome.NO
        findings.append(_rule_finding(answers.age, outcome, AGE_RULE, guide))
    for answer in (answers.age, answers.number, answers.phone):
        if answer in RULES:
            findings.append(_rule_finding(answer, *RULES[answer], guide))
    return findings


def _rule_finding(answer: str, outcome: Outcome, slug: str, guide: Guide) -> Finding:
    entry = guide.entries.get(slug)
    return Finding(outcome, Cause.RULE, entry, entry, answer)


def _route_findings(
    acceptance: Acceptance, answers: Answers, snapshot: RolloutSnapshot
) -> list[Finding]:
    """Return the findings on one route: it takes the document, it is open, it fits the age."""
    route = acceptance.route
    outcome = Outcome(acceptance.outcome)
    findings = [Finding(outcome, Cause.DOCUMENT, answers.document, acceptance)]
    opening = _opening_finding(route, answers.row, snapshot)
    if opening:
        findings.append(opening)
    if answers.age == Age.FROM_16 and route.minimum_age and route.minimum_age > 16:
        findings.append(Finding(Outcome.NO, Cause.ROUTE_AGE, route, route))
    return findings


def _opening_finding(
    route: ActivationRoute, row: DepartmentStatus | None, snapshot: RolloutSnapshot
) -> Finding | None:
    """Return the finding on whether a route was open on the day; None where it was everywhere."""
    if not route.by_department:
        is_open = route.opened_on is not None and route.opened_on <= snapshot.on
        return None if is_open else Finding(Outcome.NOT_YET, Cause.ROUTE_CLOSED, route, route)
    if row is None:
        return None if snapshot.all_open else Finding(Outcome.UNKNOWN, Cause.NOT_NAMED, None, None)
    outcome = OUTCOMES[row.state.status]
    if outcome == Outcome.YES and row.state.is_probable:
        outcome = Outcome.PROBABLY
    return Finding(outcome, Cause.DEPARTMENT, row, row.department)


def _verdict(
    route: ActivationRoute | None, findings: list[Finding], others: list[ActivationRoute]
) -> Verdict:
    worst = _worst_outcome(findings)
    kind = VerdictKind(worst.value)
    if worst == Outcome.YES and route and not route.by_department:
        kind = VerdictKind.BY_ROUTE
    ordered = sorted(findings, key=lambda finding: finding.rank, reverse=True)
    if ordered[0].is_probably_not:
        kind = VerdictKind.PROBABLY_NOT
    return Verdict(kind, route, ordered, others)


def _worst_outcome(findings: Iterable[Finding]) -> Outcome:
    """Return the worst outcome: no before not yet, unknown, probably, yes."""
    return max((finding.outcome for finding in findings), key=lambda outcome: outcome.rank)


def entries_for(
    route: ActivationRoute | None,
    entries: list[Entry],
    document: IdentityDocument | None = None,
) -> list[Entry]:
    """Return the entries of no route and those of a route, in their order; None: of no route only.

    With a document, those of the route that speak of other documents only are left out.
    """
    return [
        entry
        for entry in entries
        if entry.route_id is None
        or (route and entry.route_id == route.pk and _is_for(document, entry))
    ]


def is_described(route: ActivationRoute, entries: list[Entry], document: IdentityDocument) -> bool:
    """Tell whether the entries of a route say how to take it with a document.

    They do not where some of them speak of documents, and none of this one.
    """
    special = [e for e in entries if e.route_id == route.pk and e.documents]
    return not special or any(_is_for(document, entry) for entry in special)


def _is_for(document: IdentityDocument | None, entry: Entry) -> bool:
    return document is None or not entry.documents or document.pk in entry.documents
