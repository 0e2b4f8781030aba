"""Runs the drills: `make drills`, or some of them by name: `python -m drills saves backups`."""

import os
import signal
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
    """Run the drills.

    Return 1 if a promise fails, 2 for a name that no drill has, 3 if nothing could be shown here.
    """
    # A drill that is ended puts back what it changed, as one that is interrupted with Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    chosen = chosen or [n for n in measurements.names(drills) if n not in BY_NAME_ONLY]
    results = measurements.run(drills, chosen, WORDS)
    if results is None:
        return 2
    all_results = [one for some in results.values() for one in some]
    held, failed, not_shown = (measurements.count(all_results, holds) for holds in WORDS)
    print(f"\n{held} hold, {failed} fail, {not_shown} not shown here.")
    if failed:
        return 1
    return 3 if not_shown and not held else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
