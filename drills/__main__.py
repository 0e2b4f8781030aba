"""Runs the drills: `make drills`, or some of them by name: `python -m drills saves backups`."""

import os
import sys

import django

import drills
from tests.support import measurements

# Some of what the drills share with the tests needs Django; the sites that they break do not know.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

BY_NAME_ONLY = {"soak"}
"""Drills that take an hour or more: never among those that run without a name."""
WORDS = {True: "holds", False: "FAILS", None: "not shown"}


def main(chosen: list[str]) -> int:
    """Run the drills; return 1 if a promise fails, 2 for a name that no drill has."""
    chosen = chosen or [n for n in measurements.names(drills) if n not in BY_NAME_ONLY]
    results = measurements.run(drills, chosen, WORDS)
    if results is None:
        return 2
    all_results = [one for some in results.values() for one in some]
    held, failed, not_shown = (measurements.count(all_results, holds) for holds in WORDS)
    print(f"\n{held} hold, {failed} fail, {not_shown} not shown here.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
