"""Score the search against search_cases.csv: `make search-report`.

A case that expects none passes when no department is found; any other passes when the first
department is expected, all expected ones are there, and at most ten that are not.
"""

import csv
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

CASES = Path(__file__).parent / "search_cases.csv"
MIN_SHARE = 0.97
MIN_SHARE_OF_KIND = 0.90
MIN_KIND_SIZE = 10  # kinds with fewer cases count only in the overall share
MAX_UNEXPECTED = 10

Find = Callable[[str], tuple[str, ...]]


class Case(NamedTuple):
    """A query, the departments it means (none: no department), and its kind."""

    query: str
    expected: frozenset[str]
    kind: str


def cases() -> Iterator[Case]:
    """Yield the cases of the file."""
    with CASES.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            joined = line["expected_department_codes"]
            expected = frozenset() if joined == "none" else frozenset(joined.split("|"))
            yield Case(line["query"], expected, line["kind"])


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


def report(find: Find) -> tuple[list[str], bool]:
    """Return the lines of the report, and whether the limits are met."""
    total: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    lines = []
    for case in cases():
        departments = find(case.query)
        total[case.kind] += 1
        passed[case.kind] += passes(case, departments)
        if not passes(case, departments):
            expected = "|".join(sorted(case.expected)) or "none"
            lines.append(
                f"FAIL {case.kind}: {case.query[:60]!r}: {expected}, got {departments[:12]}"
            )
    lines += [f"{kind:26} {passed[kind]:3} of {total[kind]:3}" for kind in sorted(total)]
    share = passed.total() / total.total()
    lines.append(f"{'all':26} {passed.total():3} of {total.total():3} = {share:.1%}")
    weak = [
        k for k in total if total[k] >= MIN_KIND_SIZE and passed[k] < MIN_SHARE_OF_KIND * total[k]
    ]
    return lines, share >= MIN_SHARE and not weak


def main() -> int:
    """Print the report on the search of the database; return 1 below the limits."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_config.settings")
    import django  # noqa: PLC0415 - settings come first

    django.setup()
    from rollout.search import service  # noqa: PLC0415

    lines, is_met = report(lambda query: service.find(query).departments)
    print("\n".join(lines))  # noqa: T201
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
