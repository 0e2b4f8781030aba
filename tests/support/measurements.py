"""What drills and benchmarks measured, each beside its limit; runs them by name."""

import importlib
import os
import pkgutil
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType


class NotShown(Exception):  # noqa: N818 - an outcome, not an error
    """Raised by a drill for what cannot be tried on this machine; its message says why.

    What was measured before counts; the rest is one measurement that counts as not shown.
    """


@dataclass(frozen=True)
class Measurement:
    """One thing that was measured, beside what was promised of it."""

    what: str
    actual: str
    limit: str = ""
    holds: bool | None = None
    """None where nothing is promised, or where it could not be tried here: never counted as held."""


def require(*programs: str) -> None:
    """Check that programs are on PATH. Raises NotShown, naming those that are not."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"  # Debian keeps servers where only root looks
    missing = [program for program in programs if shutil.which(program, path=path) is None]
    if missing:
        raise NotShown(f"not installed: {', '.join(missing)}")


def names(package: ModuleType) -> list[str]:
    """Return the names of a package's drills or benchmarks: modules without an underscore."""
    modules = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in modules if not name.startswith("_"))


def count(measurements: Sequence[Measurement], holds: bool | None) -> int:
    """Return how many, of those with a limit, hold, fail, or could not be tried here."""
    return sum(bool(one.limit) and one.holds is holds for one in measurements)


def run(
    package: ModuleType, chosen: Sequence[str], words: dict[bool | None, str]
) -> dict[str, list[Measurement]] | None:
    """Run these modules of a package, or all, and print each measurement beside its limit.

    A module says in ABOUT what it is about, and its run() yields measurements; one that breaks
    fails, and the others go on; what raises NotShown is neither held nor failed. Return the
    measurements by name, or None for a name that no module has.
    """
    unknown = set(chosen) - set(names(package))
    if unknown:
        print(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(names(package))}.")
        return None
    results: dict[str, list[Measurement]] = {}
    for name in chosen or names(package):
        module = importlib.import_module(f"{package.__name__}.{name}")
        print(f"\n{name}: {module.ABOUT}", flush=True)
        started, results[name] = time.monotonic(), []
        for one in _of(module.run):
            results[name].append(one)
            limit = f"  [limit: {one.limit}]" if one.limit else ""
            print(f"  {words[one.holds]:<9} {one.what}: {one.actual}{limit}", flush=True)
        print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    return results


def _of(measure: Callable[[], Iterator[Measurement]]) -> Iterator[Measurement]:
    try:
        yield from measure()
    except NotShown as reason:
        yield Measurement("this drill", str(reason), "tried to its end", holds=None)
    except Exception:  # noqa: BLE001 - whatever it is, it is a result
        traceback.print_exc()
        yield Measurement("the run itself", "broke, see above", "runs to its end", holds=False)
