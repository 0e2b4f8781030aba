"""Known holes in what is locked: `make audit`. What could not be looked up is never a pass."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPTIONS = ["--format=json", "--progress-spinner=off", "--require-hashes"]
OPTIONS += ["--disable-pip", "--requirement=requirements.txt"]
UNKNOWN = (
    "Nothing was checked: the advisories could not be asked ({reason}). Try again with a network."
)
UNASKED = "Not checked, {count} of {total}: {names} ({reason})."


class CouldNotAsk(Exception):  # noqa: N818 - an outcome, not an error
    """Nothing was checked; the message is what pip-audit says of it."""


def audit(*more):
    """Return what pip-audit says of each locked package. Raises CouldNotAsk if it says nothing."""
    run = subprocess.run(
        [sys.executable, "-m", "pip_audit", *OPTIONS, *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        lines = run.stderr.strip().splitlines() or [f"exit code {run.returncode}"]
        raise CouldNotAsk(lines[-1].rpartition(":")[2].strip(" )'\"")) from error


def main():
    """Print what was found; return 1 with a known hole, else 2 if any package was not checked, else 0."""
    try:
        packages = audit(*sys.argv[1:])
    except CouldNotAsk as error:
        print(UNKNOWN.format(reason=error))  # noqa: T201
        return 2
    holes = [(package, hole) for package in packages for hole in package.get("vulns", [])]
    for package, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no release yet"
        print(f"{package['name']} {package['version']}: {hole['id']}, mended in: {mended}")  # noqa: T201
    unasked = defaultdict(list)
    for package in packages:
        if reason := package.get("skip_reason"):
            unasked[reason.partition(":")[0]].append(package["name"])
    for reason, names in unasked.items():
        sentence = {"count": len(names), "total": len(packages), "names": _named(names, packages)}
        print(UNASKED.format(reason=reason, **sentence))  # noqa: T201
    checked = len(packages) - sum(map(len, unasked.values()))
    print(f"{checked} packages checked, {len(holes)} known holes.")  # noqa: T201
    if holes:
        return 1
    return 0 if checked == len(packages) and checked else 2


def _named(names, packages):
    return "none could be asked about" if len(names) == len(packages) else ", ".join(names)


if __name__ == "__main__":
    sys.exit(main())
