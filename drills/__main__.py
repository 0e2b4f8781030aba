"""Runs the drills: `make drills`, or some of them by name: `python -m drills saves backups`."""

import importlib
import os
import pkgutil
import sys
import time
import traceback
from collections.abc import Iterator

import django

import drills
from drills import Figure, _stage

# Some of what the drills share with the tests needs Django; the sites that they break do not know.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

WORDS = {True: "holds", False: "FALLS SHORT", None: "not shown"}


def names() -> list[str]:
    """Return the names of all drills."""
    found = (module.name for module in pkgutil.iter_modules(drills.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def run(name: str) -> Iterator[Figure]:
    """Run one drill; one that breaks falls short, and the others go on."""
    try:
        yield from importlib.import_module(f"drills.{name}").drill()
    except Exception:  # noqa: BLE001 - whatever it is, it is a finding
        traceback.print_exc()
        yield Figure("the drill itself", "broke, see above", "runs to its end", holds=False)


def main(chosen: list[str]) -> int:
    """Run the drills, print each figure beside its bar and one summary line.

    Return 1 if one falls short, 2 for a name that no drill has.
    """
    unknown = set(chosen) - set(names())
    if unknown:
        print(f"No drill is called {', '.join(sorted(unknown))}. There are: {', '.join(names())}.")
        return 2
    seen: list[Figure] = []
    for name in chosen or names():
        print(f"\n{name}: {importlib.import_module(f'drills.{name}').PROMISE}", flush=True)
        started = time.monotonic()
        for figure in run(name):
            seen.append(figure)
            verdict = WORDS[figure.holds]
            print(f"  {verdict:<12} {figure.what}: {figure.seen}  [bar: {figure.bar}]", flush=True)
        print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    _stage.forget()
    counts = {held: sum(figure.holds is held for figure in seen) for held in WORDS}
    print(f"\n{counts[True]} hold, {counts[False]} fall short, {counts[None]} not shown here.")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
