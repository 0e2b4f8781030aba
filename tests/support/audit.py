"""Known holes in what is locked: `make audit`. What could not be looked up is never a pass."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPTIONS = ["--format=json", "--progress-spinner=off", "--strict", "--require-hashes"]
OPTIONS += ["--disable-pip", "--requirement=requirements.txt"]
UNKNOWN = "The advisories could not be reached: nothing was checked. Try again with a network."


def audit(*more):
    """Return what pip-audit says of the locked packages, or None where it could not ask."""
    run = subprocess.run(
        [sys.executable, "-m", "pip_audit", *OPTIONS, *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return json.loads(run.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(run.stderr.strip()[-500:], file=sys.stderr)  # noqa: T201
        return None


def main():
    """Print what was found; return 0 without a known hole, 1 with one, 2 if nobody could be asked."""
    found = audit(*sys.argv[1:])
    if found is None:
        print(UNKNOWN)  # noqa: T201
        return 2
    holes = [(package, hole) for package in found for hole in package.get("vulns", [])]
    for package, hole in holes:
        mended = ", ".join(hole["fix_versions"]) or "no release yet"
        print(f"{package['name']} {package['version']}: {hole['id']}, mended in: {mended}")  # noqa: T201
    print(f"{len(found)} packages, {len(holes)} known holes.")  # noqa: T201
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
