"""The cases below notice nearly every small change to how a status and a verdict are computed.

Each mutant is one of the two modules with one operator, constant or condition changed, compiled in
this process. It is noticed when a case has another result than stands here, or raises.
"""

import ast
import datetime
import types
from pathlib import Path

import pytest
import time_machine

from rollout.facts import eligibility, snapshot
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Outcome,
    Region,
    Status,
    Wave,
)

MIN_NOTICED = 0.95
# Not to be noticed: `> 16` as `> 17`, since minimum ages are 16 or 18.
QUERIES = {"_departments", "_waves"}
"""Functions that the fixture replaces: a change of them cannot be noticed."""
day = datetime.date.fromisoformat

COMPARISONS = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
FUNCTIONS = {"min": "max", "max": "min", "any": "all", "all": "any"}
ENUMS = {"Outcome": list(Outcome.__members__), "Status": list(Status.__members__)}


def changed(node):  # noqa: C901 - a table of the mistakes that are made
    """Yield what a node of the syntax tree may be replaced by: one small mistake each."""
    match node:
        case ast.Compare(ops=[operator]):
            yield ast.Compare(node.left, [COMPARISONS[type(operator)]()], node.comparators)
        case ast.BoolOp(op=operator):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.BinOp(op=ast.Add()):
            yield ast.BinOp(node.left, ast.Sub(), node.right)
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.Name(id=name) if name in FUNCTIONS:
            yield ast.Name(FUNCTIONS[name], ast.Load())
        case ast.Attribute(value=ast.Name(id=name), attr=member) if name in ENUMS:
            members = ENUMS[name]
            following = members[(members.index(member) + 1) % len(members)]
            yield ast.Attribute(node.value, following, ast.Load())
        case ast.If(test=ast.Name() | ast.BoolOp() | ast.Call() as test):
            yield ast.If(ast.UnaryOp(ast.Not(), test), node.body, node.orelse)
        case ast.IfExp(test=ast.Name() | ast.Attribute() as test):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), node.body, node.orelse)
        case ast.comprehension(ifs=[_]):
            yield ast.comprehension(node.target, node.iter, [], node.is_async)
        case ast.Return(value=ast.Call() | ast.Name() | ast.IfExp()):
            yield ast.Return(ast.Constant(None))


class Mutation(ast.NodeTransformer):
    """Makes the change with one number, counting all that are possible."""

    def __init__(self, number):
        self.number, self.count, self.described = number, 0, ""

    def visit_AnnAssign(self, node):
        if node.value:
            node.value = self.visit(node.value)
        return node  # types are no behaviour

    def visit_ClassDef(self, node):  # nor are decorators
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_FunctionDef(self, node):
        return node if node.name in QUERIES else self.visit_ClassDef(node)

    def generic_visit(self, node):
        for replacement in changed(node):
            self.count += 1
            if self.count == self.number:
                self.described = f"{ast.unparse(node)}  ->  {ast.unparse(replacement)}"
                return replacement
        return super().generic_visit(node)


def mutants(module):
    """Yield, of each possible change, what it is and the module that has it."""
    path = Path(module.__file__)
    source = path.read_text(encoding="utf-8")
    number = 1
    while (mutation := Mutation(number)).visit(tree := ast.parse(source)) and mutation.described:
        copy = types.ModuleType(module.__name__)
        exec(compile(ast.fix_missing_locations(tree), path, "exec"), vars(copy))  # noqa: S102
        yield mutation.described, copy
        number += 1


def fact(model, **values):
    """Return a row that is not saved."""
    return model(**{"certainty": "official", "last_checked": day("2026-01-31"), **values})


WAVES = [
    Wave(slug=slug, position=position)
    for slug, position in (("first", 1), ("second", 2), ("third", 4), ("fourth", 9), ("fifth", 10))
]
BRETAGNE = Region(code="53", name="Bretagne", zone="metro")
ILE = Region(code="11", name="Île-de-France", zone="metro")
CENTRE = Region(code="24", name="Centre-Val de Loire", zone="metro")
ANTILLES = Region(code="02", name="Antilles", zone="drom")


def department(code, region, slug, opened_on, precision="on", **values):
    return fact(
        Department,
        code=code,
        region=region,
        wave_id=slug,
        opened_on=opened_on and day(opened_on),
        precision=precision,
        **values,
    )


DEPARTMENTS = [
    department("972", ANTILLES, None, None, ""),
    department("75", ILE, "second", "2025-03-01", suspended_from=day("2025-06-01")),
    department("22", BRETAGNE, "first", "2024-01-10", last_checked=day("2026-01-20")),
    department(
        "35",
        BRETAGNE,
        "third",
        "2025-09-01",
        "by",
        certainty="inference",
        not_before=day("2025-03-01"),
    ),
    department("29", BRETAGNE, "third", "2025-09-01"),
    department("18", CENTRE, "fourth", "2027-03-01"),
    department("28", CENTRE, "first", "2025-09-01", "about"),
    department("36", CENTRE, "third", None, ""),
]
OPEN = [DEPARTMENTS[2], DEPARTMENTS[4]]


NONE = Status.NOT_ANNOUNCED.value
SNAPSHOTS = {
    "2024-01-09": (f"{NONE} not-yet not-yet not-yet not-yet opens not-yet {NONE}", 0, 0),
    "2025-02-28": (f"{NONE} not-yet open not-yet not-yet opens not-yet {NONE}", 1, 0),
    "2025-03-01": (f"{NONE} open open maybe not-yet opens not-yet {NONE}", 2, 1),
    "2025-06-01": (f"{NONE} suspended open maybe not-yet opens not-yet {NONE}", 1, 1),
    "2025-08-31": (f"{NONE} suspended open maybe not-yet opens not-yet {NONE}", 1, 1),
    "2025-09-01": (f"{NONE} suspended open open open opens open {NONE}", 4, 0),
    "without a wave": 0,
    "numbers": [0, 2, 1, 3, 3, 4, 1, 3],
    "waves": [
        "first 1: 22,28 about 5 [2024-01-10 on 1: 22; 2025-09-01 about 5: 28]; one day False",
        "second 2: 75 on 2 [2025-03-01 on 2: 75]; one day True",
        "third 3: 35,29,36 by 5 [2025-09-01 by 5: 35; 2025-09-01 on 5: 29]; one day False",
        "fourth 4: 18 on 6 [2027-03-01 on 6: 18]; one day True",
        "fifth 5:  on None []; one day False",
    ],
    "undated": ["", "", "36", "", ""],
    "days": ["2024-01-10 on 1", "2025-03-01 on 2", "2025-09-01 by 5", "2027-03-01 on 6"],
    "suspensions": [True, False],
    "regions": ["53 3 3", "24 3 1", "11 1 0", "02 1 0"],
    "mainland and overseas": [["53", "24", "11"], ["02"]],
    "overseas": "972",
    "beside": ["22", "35", "29"],
    "pick": ["75", "22"],
    "checked": (day("2026-01-20"), None),
    "all open": [False, True, False],
    "current": ["2026-11-29", "2025-01-01"],
}


def codes(rows):
    return ",".join(row.department.code for row in rows)


def opening(one):
    return f"{one.day} {one.precision} {one.open_after}: {codes(one.rows)}"


def snapshot_results(module):
    """Return what the snapshots of some days say, of all departments and of some."""
    if module is not snapshot:  # a mutant, which no other test sees
        module._waves, module._departments = snapshot._waves, snapshot._departments
    results: dict[str, object] = {}
    for on in ("2024-01-09", "2025-02-28", "2025-03-01", "2025-06-01", "2025-08-31", "2025-09-01"):
        on_day = module.RolloutSnapshot(day(on))
        results[on] = (
            " ".join(row.state.status.value for row in on_day.rows),
            on_day.open_count,
            on_day.maybe_count,
        )
    antilles = DEPARTMENTS[0]
    results["without a wave"] = module.DepartmentStatus(
        antilles, antilles.state(), None
    ).wave_number
    results["numbers"] = [row.wave_number for row in on_day.rows]
    results["waves"] = [
        f"{status.wave.slug} {status.number}: {codes(status.rows)} {status.precision} "
        f"{status.open_after} [{'; '.join(map(opening, status.openings))}]; "
        f"one day {status.has_one_day}"
        for status in on_day.wave_statuses
    ]
    results["undated"] = [codes(status.undated) for status in on_day.wave_statuses]
    results["days"] = [
        f"{opening_day.day} {opening_day.precision} {opening_day.open_after}"
        for opening_day in on_day.opening_days
    ]
    results["suspensions"] = [
        module.RolloutSnapshot(day("2026-01-01"), rows).has_suspensions
        for rows in (DEPARTMENTS, OPEN)
    ]
    results["regions"] = [
        f"{status.region.code} {len(status.rows)} {status.open_count}" for status in on_day.regions
    ]
    results["mainland and overseas"] = [
        [status.region.code for status in statuses]
        for statuses in (on_day.mainland_regions, on_day.overseas_regions)
    ]
    results["overseas"] = codes(on_day.overseas_rows)
    results["beside"] = [row.department.code for row in on_day.beside(on_day.by_code["22"])]
    results["pick"] = [row.department.code for row in on_day.pick(["75", "99", "22"])]
    nothing = module.RolloutSnapshot(day("2026-01-01"), [])
    results["checked"] = (on_day.last_checked, nothing.last_checked)
    results["all open"] = [
        module.RolloutSnapshot(day("2026-01-01"), rows).all_open for rows in ([], OPEN, DEPARTMENTS)
    ]
    results["current"] = [
        module.current_snapshot(on).on.isoformat() for on in (None, day("2025-01-01"))
    ]
    return results


def scheme(slug, outcome, minimum_age, **values):
    return fact(HealthScheme, slug=slug, outcome=outcome, minimum_age=minimum_age, **values)


def route(slug, opened_on=None, **values):
    return fact(ActivationRoute, slug=slug, opened_on=opened_on and day(opened_on), **values)


def acceptance(document, route, outcome, **values):
    return fact(Acceptance, document=document, route=route, outcome=outcome, **values)


DOCUMENTS = [
    IdentityDocument(slug=slug)
    for slug in ("card", "permit", "passport", "title", "licence", "other", "stub")
]
CARD, PERMIT, PASSPORT, TITLE, LICENCE, OTHER, STUB = DOCUMENTS
VIDEO = route("video", by_department=True)
APP = route("app", "2024-02-01", minimum_age=18)
POST = route("post", "2027-01-01", minimum_age=16)
LETTER = route("letter")
ACCEPTANCES = [
    acceptance(CARD, VIDEO, "yes"),
    acceptance(CARD, APP, "probably", certainty="one-press"),
    acceptance(CARD, POST, "yes"),
    acceptance(PERMIT, APP, "yes", last_checked=day("2026-01-15")),
    acceptance(PERMIT, POST, "yes"),
    acceptance(PASSPORT, VIDEO, "unknown"),
    acceptance(PASSPORT, LETTER, "yes"),
    acceptance(LICENCE, VIDEO, "yes"),
    acceptance(STUB, VIDEO, "no", certainty="inference"),
    acceptance(TITLE, APP, "not-yet"),
    acceptance(TITLE, POST, "no"),
]
ENTRIES = {
    slug: fact(Entry, slug=slug, last_checked=day(checked))
    for slug, checked in [
        ("age", "2026-01-03"),
        ("children", "2026-01-04"),
        ("guardianship", "2026-01-05"),
        ("no-plastic-card-yet", "2026-01-06"),
        ("provisional-number", "2026-01-07"),
        ("social-security-number", "2026-01-08"),
        ("phone", "2026-01-09"),
    ]
}
SCHEMES = {
    "general": scheme("general", "yes", 16),
    "adults": scheme("adults", "yes", 18),
    "unsettled": scheme("unsettled", "yes", None, certainty="inference"),
    "likely": scheme("likely", "probably", 16, certainty="several-press"),
    "closed": scheme("closed", "no", 16),
}
VERDICTS = {
    # document, scheme, age, number, phone, department and day:
    # verdict and route; each condition, the deciding one first; certainty, last check; others
    "card general 18-or-over permanent recent 22 2026-11-29": "yes video; document:yes department:yes scheme:yes; official 2026-01-20; may try; app",
    "card general 18-or-over permanent recent - 2026-11-29": "probably app; document:probably scheme:yes; one-press 2026-01-31; may try",
    "card general 16-or-17 permanent recent 22 2026-11-29": "yes video; document:yes department:yes scheme:yes; official 2026-01-20; may try",
    "card general 16-or-17 permanent recent - 2027-01-01": "yes-by-route post; document:yes scheme:yes; official 2026-01-31; may try",
    "card adults 16-or-17 permanent recent 22 2026-11-29": "no video; rule:no document:yes department:yes scheme:yes; official 2026-01-03; may not try",
    "card adults 18-or-over permanent recent 22 2026-11-29": "yes video; document:yes department:yes scheme:yes; official 2026-01-20; may try; app",
    "card unsettled 16-or-17 permanent recent 22 2026-11-29": "unknown video; rule:unknown document:yes department:yes scheme:yes; no certainty 2026-01-03; may try",
    "card unsettled under-16 permanent recent 22 2026-11-29": "no video; rule:no document:yes department:yes scheme:yes; official 2026-01-04; may not try",
    "card unsettled 18-or-over permanent recent 22 2026-11-29": "yes video; document:yes department:yes scheme:yes; inference 2026-01-20; may try; app",
    "card likely 18-or-over permanent recent 22 2026-11-29": "probably video; scheme:probably document:yes department:yes; several-press 2026-01-20; may try; app",
    "card closed 18-or-over permanent recent 22 2026-11-29": "no video; scheme:no document:yes department:yes; official 2026-01-20; may not try",
    "card general under-16 permanent recent 22 2026-11-29": "no video; rule:no document:yes department:yes scheme:yes; official 2026-01-04; may not try",
    "card general guardianship permanent recent 22 2026-11-29": "probably-not video; rule:no document:yes department:yes scheme:yes; official 2026-01-05; may not try",
    "card closed guardianship permanent recent 22 2026-11-29": "no video; scheme:no rule:no document:yes department:yes; official 2026-01-05; may not try",
    "stub general 18-or-over permanent recent 22 2026-11-29": "probably-not video; document:no department:yes scheme:yes; inference 2026-01-20; may not try",
    "stub general 18-or-over provisional recent 22 2026-11-29": "probably-not video; document:no rule:not-yet department:yes scheme:yes; inference 2026-01-07; may not try",
    "stub general under-16 permanent recent 22 2026-11-29": "no video; rule:no document:no department:yes scheme:yes; official 2026-01-04; may not try",
    "card general 18-or-over permanent no-smartphone 22 2026-11-29": "no video; rule:no document:yes department:yes scheme:yes; official 2026-01-09; may not try",
    "card general 18-or-over no-card recent 22 2026-11-29": "unknown video; rule:unknown document:yes department:yes scheme:yes; no certainty 2026-01-06; may try",
    "card general 18-or-over provisional recent 22 2026-11-29": "not-yet video; rule:not-yet document:yes department:yes scheme:yes; official 2026-01-07; may not try",
    "card general 18-or-over none recent 22 2026-11-29": "not-yet video; rule:not-yet document:yes department:yes scheme:yes; official 2026-01-08; may not try",
    "card general 18-or-over permanent old 22 2026-11-29": "no video; rule:no document:yes department:yes scheme:yes; official 2026-01-09; may not try",
    "card general 18-or-over permanent not-known 22 2026-11-29": "unknown video; rule:unknown document:yes department:yes scheme:yes; no certainty 2026-01-09; may try",
    "licence general 18-or-over permanent recent 22 2026-11-29": "yes video; document:yes department:yes scheme:yes; official 2026-01-20; may try",
    "licence general 18-or-over permanent recent 35 2026-11-29": "probably video; department:probably document:yes scheme:yes; inference 2026-01-31; may try",
    "licence general 18-or-over permanent recent 75 2026-11-29": "not-yet video; department:not-yet document:yes scheme:yes; official 2026-01-31; may not try",
    "licence general 18-or-over permanent recent 18 2026-11-29": "not-yet video; department:not-yet document:yes scheme:yes; official 2026-01-31; may not try",
    "licence general 18-or-over permanent recent 972 2026-11-29": "not-yet video; department:not-yet document:yes scheme:yes; official 2026-01-31; may not try",
    "licence general 18-or-over permanent recent 35 2025-08-31": "unknown video; department:unknown document:yes scheme:yes; no certainty 2026-01-31; may try",
    "licence general 18-or-over permanent recent 29 2025-08-31": "not-yet video; department:not-yet document:yes scheme:yes; official 2026-01-31; may not try",
    "licence general 18-or-over permanent recent - 2026-11-29": "unknown video; not-named:unknown document:yes scheme:yes; no certainty 2026-01-31; may try",
    "permit general 18-or-over permanent recent - 2026-11-29": "yes-by-route app; document:yes scheme:yes; official 2026-01-15; may try",
    "permit general 18-or-over permanent recent 22 2024-02-01": "yes-by-route app; document:yes scheme:yes; official 2026-01-15; may try",
    "permit general 18-or-over permanent recent - 2024-01-31": "not-yet app; route-closed:not-yet document:yes scheme:yes; official 2026-01-15; may not try",
    "permit general 16-or-17 permanent recent - 2026-11-29": "not-yet post; route-closed:not-yet document:yes scheme:yes; official 2026-01-31; may not try",
    "permit general 16-or-17 permanent recent - 2027-01-01": "yes-by-route post; document:yes scheme:yes; official 2026-01-31; may try",
    "passport general 18-or-over permanent recent 22 2026-11-29": "unknown video; document:unknown department:yes scheme:yes; no certainty 2026-01-20; may try",
    "title general 18-or-over permanent recent - 2026-11-29": "not-yet app; document:not-yet scheme:yes; official 2026-01-31; may not try",
    "other general 18-or-over permanent recent 22 2026-11-29": "unknown None; not-listed:unknown scheme:yes; no certainty 2026-01-31; may not try",
    "other closed 18-or-over permanent recent - 2026-11-29": "no None; scheme:no not-listed:unknown; official 2026-01-31; may not try",
}


OTHER_RESULTS = {
    "every department open": (
        "yes video; document:yes scheme:yes; official 2026-01-31; may try; app"
    ),
    "no route": (None, False, False),
    "overdue": [False, True, True],
    "entries": ["all", "all video card-only", "all video card-only", "all video"],
    "described": [True, False, True],
}


def verdict_results(module):
    """Return the verdict of each case, and what else the module says of routes and entries."""
    guide = module.Guide([VIDEO, APP, POST, LETTER], ACCEPTANCES, ENTRIES)
    documents = {document.slug: document for document in DOCUMENTS}
    results: dict[str, object] = {}
    for case in VERDICTS:
        document, scheme, age, number, phone, code, on = case.split()
        rows = snapshot.RolloutSnapshot(day(on), DEPARTMENTS)
        answers = module.Answers(
            documents[document],
            SCHEMES[scheme],
            module.Age(age),
            module.Number(number),
            module.Phone(phone),
            rows.by_code.get(code),
        )
        results[case] = in_a_line(module.verdict(answers, guide, rows))
    adult = module.Answers(
        CARD, SCHEMES["general"], module.Age.ADULT, module.Number.PERMANENT, module.Phone.RECENT
    )
    all_open = snapshot.RolloutSnapshot(day("2026-11-29"), OPEN)
    results["every department open"] = in_a_line(module.verdict(adult, guide, all_open))
    empty = module.Verdict(module.VerdictKind.YES, None, [], [])
    results["no route"] = (empty.last_checked, empty.may_try, empty.is_overdue)
    yes, cause = module.Outcome.YES, module.Cause.DOCUMENT
    due = [
        module.Finding(
            yes,
            cause,
            None,
            check_again_by and fact(Acceptance, check_again_by=day(check_again_by)),
        )
        for check_again_by in ("", "2026-11-29", "2026-11-28")
    ]
    results["overdue"] = [
        module.Verdict(module.VerdictKind.YES, None, findings, []).is_overdue
        for findings in (due[:2], due, due[2:])
    ]
    entries = [
        Entry(slug="all", speaks_of="document:nothing"),
        Entry(slug="video", route=VIDEO, speaks_of="route:video scheme:card"),
        Entry(slug="card-only", route=VIDEO, speaks_of="document:other document:card"),
        Entry(slug="app", route=APP),
    ]
    card, licence = documents["card"], documents["licence"]
    results["entries"] = [
        " ".join(entry.slug for entry in module.entries_for(route, entries, document))
        for route, document in ((None, None), (VIDEO, None), (VIDEO, card), (VIDEO, licence))
    ]
    results["described"] = [
        module.is_described(route, entries, document)
        for route, document in ((VIDEO, card), (VIDEO, licence), (APP, licence))
    ]
    return results


def in_a_line(verdict):
    """Return a verdict as VERDICTS has it."""
    return "; ".join(
        [
            f"{verdict.kind} {verdict.route and verdict.route.slug}",
            " ".join(f"{finding.cause}:{finding.outcome}" for finding in verdict.findings),
            f"{verdict.certainty or 'no certainty'} {verdict.last_checked}",
            "may try" if verdict.may_try else "may not try",
            *(str(getattr(other, "slug", other)) for other in verdict.others),
        ]
    )


@pytest.fixture
def _frozen(monkeypatch):
    """Stop the clock, and have nothing fetched from the database, which these tests do not use."""
    monkeypatch.setattr(snapshot, "_waves", lambda: WAVES)
    monkeypatch.setattr(snapshot, "_departments", lambda: DEPARTMENTS)
    with time_machine.travel("2026-11-29T12:00:00+01:00", tick=False):
        yield


def results_of(module, function):
    """Return the results, or the error with which a mutant ends."""
    try:
        return function(module)
    except Exception as error:  # noqa: BLE001 - whatever a mutant raises
        return error


@pytest.mark.usefixtures("_frozen")
def test_snapshots_are_as_the_rules_say():
    assert snapshot_results(snapshot) == SNAPSHOTS


@pytest.mark.usefixtures("_frozen")
def test_verdicts_are_as_the_rules_say():
    assert verdict_results(eligibility) == VERDICTS | OTHER_RESULTS


@pytest.mark.usefixtures("_frozen")
@pytest.mark.parametrize(
    ("module", "function", "count"),
    [(eligibility, verdict_results, 90), (snapshot, snapshot_results, 30)],
)
def test_nearly_every_mutant_is_noticed(module, function, count):
    right = function(module)
    outcomes = {
        (number, what): results_of(mutant, function) != right
        for number, (what, mutant) in enumerate(mutants(module))
    }
    survivors = [what for (_number, what), is_noticed in outcomes.items() if not is_noticed]
    assert len(outcomes) > count
    assert len(survivors) <= (1 - MIN_NOTICED) * len(outcomes), "\n".join(survivors)
