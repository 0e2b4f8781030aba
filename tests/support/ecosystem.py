"""Drives public clients against the site and writes docs/ecosystem.md.

`python -m tests.support.ecosystem --clients FOLDER [name ...]`: FOLDER has the clients, in `py` a
virtual environment with those of Python and in `node_modules` those of npm; programs are found on
PATH. docs/ecosystem.md says how they are installed. Nothing of the project's environment is used.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from drills._sites import Site, on_sqlite
from tests.support import servers
from tests.support.ecosystem_clients import CLIENTS, Client

REPORT = servers.ROOT / "docs" / "ecosystem.md"
CLIENT_SECONDS = 120
UPDATES = 3
MAKE_UPDATES = f"""
from rollout.models import Update
for number in range({UPDATES}):
    update = Update.objects.create(path="departments/69-rhone/")
    update.texts.create(language="en", note=f"Update {{number}}")
"""
HEAD = """# Clients that read the site

Public clients, each driven against the site as it is served; what each read is compared with the database.
Written on {day} by `python -m tests.support.ecosystem --clients FOLDER`, where FOLDER has the clients:

```sh
python3 -m venv FOLDER/py && FOLDER/py/bin/python -m pip install NAMES
npm install --ignore-scripts --prefix FOLDER NAMES
```

The names are those of the table (`httpie` for `http`, `csvkit` for `csvstat`, `csvw` for `csvwvalidate`,
`@hey-api/openapi-ts` for `openapi-ts`, `@redocly/cli`, `@stoplight/spectral-cli`); other programs are Debian's packages.
They are in none of the locks. A client that is missing is "not tried", which is no pass.

**{total}**

| client | version | what was done | outcome |
| --- | --- | --- | --- |
"""


def expected(site: Site, address: str) -> dict[str, int]:
    """Return what clients have to count, from the database and from documents read with Python alone."""

    def read(path: str) -> str:
        with urllib.request.urlopen(address + path) as response:  # noqa: S310 - of our own server
            return str(response.read().decode())

    ((departments,),) = site.query("SELECT count(*) FROM rollout_department")
    ((waves,),) = site.query("SELECT count(*) FROM rollout_wave")
    openapi, dcat = json.loads(read("/api/v1/openapi.json")), read("/api/v1/dcat.jsonld")
    return {
        "departments": departments,
        "openings": waves,
        "names": departments,
        "updates": UPDATES,
        "pages": read("/sitemap-en.xml").count("<loc>"),
        "operations": sum("get" in path for path in openapi["paths"].values()),
        "distributions": len(re.findall(r'"(?:dcat:)?accessURL"', dcat)),
        "errors": 0,
    }


def version(client: Client, folder: Path) -> str:
    """Return a client's version, or nothing if it is not installed."""
    if client.kind == "node":
        package = folder / "node_modules" / client.name / "package.json"
        return str(json.loads(package.read_text())["version"]) if package.exists() else ""
    if client.kind == "python" or client.distribution:
        distribution = client.distribution or client.name
        code = f"from importlib.metadata import version; print(version({distribution!r}))"
        run = _run([str(folder / "py/bin/python"), "-c", code], folder, folder)
        return "" if run.returncode else run.stdout.strip()
    path = shutil.which(client.name, path=_path(folder))
    if path is None:
        return ""
    for option in ("--version", "-version", "-v"):
        run = _run([path, option], folder, folder)
        if numbers := re.search(r"\d+(\.\d+)+|\d{5}", run.stdout + run.stderr):
            return numbers[0]
    installed = _run(["dpkg-query", "-W", "-f", "${Version}", client.name], folder, folder)
    return installed.stdout.strip() or "unknown"


def outcome(
    client: Client, address: str, folder: Path, numbers: dict[str, int], names: list[str]
) -> str:
    """Run a client in a folder of its own; return what it made of the site."""
    code = client.code.format(url=address)
    if client.kind == "python":
        module = client.name.replace("beautifulsoup4", "bs4")
        imports = f"import {module}\n" if module.isidentifier() else ""
        command = [str(folder / "py/bin/python"), "-c", imports + code]
    elif client.kind == "node":
        command = [
            "node",
            "--input-type=module",
            "-e",
            f"const m = await import('{client.name}'); {code}",
        ]
    else:
        command = ["sh", "-c", code]
    with tempfile.TemporaryDirectory(prefix="client-") as name:
        where = Path(name)
        (where / "node_modules").symlink_to(folder / "node_modules")
        try:
            run = _run(command, folder, where)
        except subprocess.TimeoutExpired:
            return f"STUMBLES: no end after {CLIENT_SECONDS} s"
    wanted = numbers[client.expected]
    if client.expected == "names":
        text = re.sub(r"\s+", " ", run.stdout)
        actual = str(sum(department in text for department in names))
    else:
        actual = run.stdout.strip()
    if actual == str(wanted):
        return "no errors" if client.expected == "errors" else f"works: {actual} {client.expected}"
    complaint = " ".join((run.stderr.strip().splitlines() or [""])[-1].split())
    shown = " ".join(actual.split())[-150:]
    return f"STUMBLES: {shown or 'nothing'}, not {wanted}. {complaint[:150]}".strip()


def _path(folder: Path) -> str:
    return f"{folder / 'py/bin'}:{folder / 'node_modules/.bin'}:{os.environ['PATH']}"


def _run(command: list[str], folder: Path, where: Path) -> "subprocess.CompletedProcess[str]":
    environment = {
        "PATH": _path(folder),
        "HOME": str(where),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
    }
    return subprocess.run(
        command,
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=CLIENT_SECONDS,
        stdin=subprocess.DEVNULL,
    )


def row(
    client: Client, address: str, folder: Path, numbers: dict[str, int], names: list[str]
) -> list[str]:
    """Return a client's row of the table."""
    found = version(client, folder)
    result = (
        outcome(client, address, folder, numbers, names) if found else "not tried: not installed"
    )
    cells = [client.name, found or "-", client.did, result]
    print(" | ".join(cells), flush=True)  # noqa: T201
    return [cell.replace("|", "\\|").replace(address, "") for cell in cells]


def main() -> int:
    """Drive the clients; write the report if all of them were meant; return 1 if one stumbles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    chosen = [one for one in CLIENTS if not options.names or one.name in options.names]
    servers.collect_statics()
    with on_sqlite() as site:
        site.manage("shell", "--verbosity=0", "-c", MAKE_UPDATES)
        names = [name for (name,) in site.query("SELECT name FROM rollout_department")]
        with servers.gunicorn(site.environment) as address:
            drive = partial(
                row,
                address=address,
                folder=options.clients.resolve(),
                numbers=expected(site, address),
                names=names,
            )
            with ThreadPoolExecutor(2) as pool:
                rows = list(pool.map(drive, chosen))
    stumbling, missing = (sum(r[3].startswith(w) for r in rows) for w in ("STUMBLES", "not tried"))
    works = len(rows) - stumbling - missing
    total = f"Of {len(rows)} clients, work: {works}; stumble: {stumbling}; not tried: {missing}."
    print(f"\n{total}")  # noqa: T201
    if not options.names:
        table = "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
        day = time.strftime("%-d %B %Y")
        REPORT.write_text(HEAD.format(day=day, total=total) + table, encoding="utf-8")
    return 1 if stumbling else 0


if __name__ == "__main__":
    sys.exit(main())
