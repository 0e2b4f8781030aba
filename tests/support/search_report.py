"""Score the search by kind of query: `make search-report`.

Two files of cases (search_cases.csv: from the data and public test suites; search_cases_reports.csv:
from public reports of people who search French places) and cases made from the data with a fixed
seed. A case that expects none passes when no department is found; any other passes when the first
department is expected, all expected ones are there, and at most ten that are not.
"""

import csv
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")

from rollout.search import CommuneRow
from rollout.search.normalise import fold, key_of

FOLDER = Path(__file__).parent
MIN_KIND_SIZE = 10  # kinds with fewer cases count only in the overall share
MAX_UNEXPECTED = 10
GENERATED_KIND_SIZE = 400
BIGGEST = 1500  # communes: half of the people of France
LETTERS = "abcdefghijklmnopqrstuvwxyz"
GENERATED_LIMITS = {
    "one slip in a big town": 0.94,
    "two slips in a big town": 0.79,
    "by ear: a big town": 0.815,
    "with its number: a big town": 1.0,
    "one slip in any commune": 0.81,
    "two slips in any commune": 0.575,
    "by ear: any commune": 0.675,
    "with its number: any commune": 1.0,
    "abroad": 0.99,
}
"""The least share that passes of each kind made from the data: what passed before the names of
groups of communes and localities were added."""
# How people write what they hear; each pair is used with an even chance.
SPELLINGS = [
    pair.split(">")
    for pair in (
        "eaux>o eau>o aux>o au>o ph>f qu>k ch>sh gn>ni ain>in ein>in ai>e ei>e y>i ss>s ll>l tt>t "
        "nn>n mm>m rr>r ff>f pp>p c>k ce>se ci>si th>t h> es>e s> x> t> z>s oe>e an>en en>an"
    ).split()
]

CASES, REPORTS = "search_cases.csv", "search_cases_reports.csv"
Find = Callable[[str], tuple[str, ...]]


class Case(NamedTuple):
    """A query, the departments it means (none: no department), and its kind."""

    query: str
    expected: frozenset[str]
    kind: str


class Suite(NamedTuple):
    """Cases that are scored together: the least share that passes, of all and of a big kind."""

    name: str
    cases: list[Case]
    min_share: float
    min_share_of_kind: float | dict[str, float]


def suites(communes: Sequence[CommuneRow], foreign: Collection[str]) -> list[Suite]:
    """Return both files, and cases made of these communes and of keys of places abroad."""
    return [
        Suite(CASES, list(cases(CASES)), 0.985, 0.90),
        Suite(REPORTS, list(cases(REPORTS)), 0.95, 0.85),
        Suite("made from the data", list(generated(communes, foreign)), 0.8, GENERATED_LIMITS),
    ]


def cases(name: str) -> Iterator[Case]:
    """Yield the cases of a file, in its order."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            joined = line["expected_department_codes"]
            expected = frozenset() if joined == "none" else frozenset(joined.split("|"))
            yield Case(line["query"], expected, line["kind"])


def generated(communes: Sequence[CommuneRow], foreign: Collection[str]) -> Iterator[Case]:
    """Yield names with one or two slips, names spelt by ear, names with a number, and names of
    places abroad that are no French ones; the same in every run."""
    chance = random.Random(20261129)
    rows = [row for row in communes if row.kind == "C" and len(row.name) > 4]
    biggest = sorted(rows, key=lambda row: (-row.population, row.insee))[:BIGGEST]
    departments: dict[str, set[str]] = {}
    for row in communes:
        departments.setdefault(key_of(row.name), set()).add(row.department)
    for of, some in (("a big town", biggest), ("any commune", rows)):
        for kind, changed in (
            ("one slip in", lambda name: slipped(name, 1, chance)),
            ("two slips in", lambda name: slipped(name, 2, chance)),
            ("by ear:", lambda name: spelt_by_ear(name, chance)),
        ):
            for row in chance.sample(some, GENERATED_KIND_SIZE):
                yield Case(changed(row.name.lower()), frozenset({row.department}), f"{kind} {of}")
        for row in chance.sample(some, GENERATED_KIND_SIZE):
            query = f"{row.name} {row.department}"
            yield Case(query, frozenset({row.department}), f"with its number: {of}")
    abroad = sorted(key for key in foreign if re.fullmatch("[a-z]{4,}", key))
    for key in chance.sample([key for key in abroad if key not in departments], 1000):
        yield Case(key, frozenset(), "abroad")


def slipped(name: str, slips: int, chance: random.Random) -> str:
    """Return a name with that many letters dropped, added, changed or swapped."""
    for _ in range(slips):
        at = chance.randrange(1, max(2, len(name) - 1))
        letter = chance.choice(LETTERS)
        name = chance.choice(
            [
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at:],
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
            ]
        )
    return name


def spelt_by_ear(name: str, chance: random.Random) -> str:
    """Return a name as one may write it who has only heard it; another one than the name."""
    plain = fold(name)
    spelt = plain
    while spelt == plain:
        for letters, sound in SPELLINGS:
            if letters in spelt and chance.random() < 0.5:
                spelt = re.sub(rf"{letters}$" if not sound else letters, sound, spelt)
        if spelt == plain:
            spelt = slipped(plain, 1, chance)
    return spelt


def passes(case: Case, departments: tuple[str, ...]) -> bool:
    """Tell whether these departments are an acceptable result of a case."""
    if not case.expected:
        return not departments
    return (
        bool(departments)
        and departments[0] in case.expected
        and case.expected <= set(departments)
        and len(set(departments) - case.expected) <= MAX_UNEXPECTED
    )


def report(suite: Suite, find: Find) -> tuple[list[str], bool]:
    """Return the lines of the report on a suite, and whether its limits are met."""
    total: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    lines = [f"{suite.name}:"]
    for case in suite.cases:
        departments = find(case.query)
        total[case.kind] += 1
        passed[case.kind] += passes(case, departments)
        if not passes(case, departments) and suite.min_share > 0.9:
            expected = "|".join(sorted(case.expected)) or "none"
            lines.append(
                f"FAIL {case.kind}: {case.query[:60]!r}: {expected}, got {departments[:12]}"
            )
    width = max(map(len, total))
    lines += [f"{kind:{width}} {passed[kind]:4} of {total[kind]:4}" for kind in sorted(total)]
    share = passed.total() / total.total()
    lines.append(f"{'all':{width}} {passed.total():4} of {total.total():4} = {share:.1%}")
    weak = [kind for kind in total if passed[kind] < _least(suite, kind) * total[kind]]
    if weak:
        lines.append(f"below the limit: {', '.join(weak)}")
    return lines, share >= suite.min_share and not weak


def _least(suite: Suite, kind: str) -> float:
    """Return the least share of a kind; kinds of a file with few cases have none."""
    if isinstance(suite.min_share_of_kind, dict):
        return suite.min_share_of_kind[kind]
    size = sum(case.kind == kind for case in suite.cases)
    return suite.min_share_of_kind if size >= MIN_KIND_SIZE else 0


def main() -> int:
    """Print the report on the search of the database; return 1 below the limits."""
    import django  # noqa: PLC0415 - settings come first

    django.setup()
    from rollout.search import service  # noqa: PLC0415
    from rollout.search.foreign import foreign_keys  # noqa: PLC0415

    reports = [
        report(suite, lambda query: service.find(query).departments)
        for suite in suites(service.communes(), foreign_keys())
    ]
    print("\n\n".join("\n".join(lines) for lines, _ in reports))  # noqa: T201
    return 0 if all(is_met for _, is_met in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
