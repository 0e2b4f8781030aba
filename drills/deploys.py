"""T9: releases, good and bad, while visitors come all the time."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from drills._sites import KEY
from tests.support import processes, servers
from tests.support.measurements import Measurement, NotShown, require
from tests.support.processes import Gunicorn
from tests.support.visitors import PAGES, Visitors, ask, wait_for

ABOUT = "deploys are invisible, and a release that cannot start never replaces one that runs"


def run() -> Iterator[Measurement]:
    """Release three times and reload three times under load; then try releases that are broken."""
    if shutil.which("git") is None or not (servers.ROOT / ".git").exists():
        raise NotShown("this is no git checkout")
    require("nginx")
    with processes.folder() as home:
        source = home / "source"
        git(home, "clone", "--quiet", str(servers.ROOT), str(source))
        var = servers.var_dir(home)
        lines = {"ALLOWED_HOSTS": "localhost", "SECRET_KEY": KEY, "TRUST_PROXY": "1"}
        lines |= {"VAR_DIR": str(var)}
        (home / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        first = release(home, source, reload="true")
        if first.returncode != 0:
            raise AssertionError(first.stdout + first.stderr)
        yield from _releases(home, source)


def _releases(home: Path, source: Path) -> Iterator[Measurement]:
    environment = {"DOT_ENV": str(home / "current" / ".env"), "PIDFILE": str(home / "pid")}
    site = Gunicorn(environment, home / "gunicorn.log", home / "current")
    try:
        site.start()
        (home / "nginx").mkdir()
        servers.export(home / "mirror", {**environment, "ALLOWED_HOSTS": "localhost"}, PAGES)
        nginx = (home / "nginx", [site.address], home / "mirror")
        with servers.nginx(*nginx, is_public=True) as address:
            yield from _good(home, source, site, address)
            yield from _broken(home, source, address)
    finally:
        site.kill()


def _good(home: Path, source: Path, site: Gunicorn, address: str) -> Iterator[Measurement]:
    for path in PAGES:
        ask(address, path)
    with Visitors(address) as visitors:
        for _ in range(3):
            site.send(signal.SIGHUP)
            time.sleep(8)
    yield _figure("3 × HUP under load", visitors)
    before = (home / "current").readlink()
    with Visitors(address) as visitors:
        old = set(site.workers())
        run = release(home, source, reload=f"kill -HUP {(home / 'pid').read_text().strip()}")
        wait_for(lambda: not old & set(site.workers()), 60)
    yield _figure("a release under load", visitors)
    moved = run.returncode == 0 and (home / "current").readlink() != before
    is_new = {Path(f"/proc/{pid}/cwd").resolve() for pid in site.workers()} == {
        (home / "current").resolve()
    }
    actual = "the new one" if moved and is_new else run.stdout[-300:] + run.stderr[-300:]
    yield Measurement("which release then answers", actual, "the new one", holds=moved and is_new)


def _broken(home: Path, source: Path, address: str) -> Iterator[Measurement]:
    for what, file, text in (
        ("settings that cannot be read", "site_config/settings.py", "raise SystemExit('broken')\n"),
        ("a page that breaks", "templates/rollout/about.html", "{% nonsense %}"),
        ("a model without migration", "rollout/models/data_version.py", CHANGED_MODEL),
    ):
        with (source / file).open("a") as out:
            out.write(text)
        git(source, "-c", "user.name=drill", "-c", "user.email=d@d", "commit", "-qam", what)
        before = (home / "current").readlink()
        with Visitors(address) as visitors:
            run = release(home, source, reload=f"kill -HUP {(home / 'pid').read_text().strip()}")
            time.sleep(2)
        refused = run.returncode != 0 and (home / "current").readlink() == before
        actual = "refused" if refused else "taken"
        yield Measurement(f"a release with {what}", actual, "refused", holds=refused)
        yield _figure(f"meanwhile ({what})", visitors)
        git(source, "-c", "user.name=drill", "-c", "user.email=d@d", "revert", "--no-edit", "HEAD")


CHANGED_MODEL = (
    "\n\nDataVersion.add_to_class('extra', models.CharField(max_length=9, default=''))\n"
)


def _figure(what: str, visitors: Visitors) -> Measurement:
    copies = sum(bool(answer.copy) for answer in visitors.answers)
    actual = f"{len(visitors.failed)} of {len(visitors.answers)} failed, {copies} copies, "
    actual += f"slowest {visitors.slowest:.2f} s"
    kinds = {(answer.path, answer.status) for answer in visitors.failed}
    actual += f" {sorted(kinds)[:3]}" if kinds else ""
    return Measurement(what, actual, "0 failed", holds=not visitors.failed)


def release(home: Path, source: Path, reload: str) -> "subprocess.CompletedProcess[str]":
    """Release as docs/deployment.md says, with the requirements that are installed here."""
    given = {"PATH": os.environ["PATH"], "SITE_HOME": str(home), "RELOAD": reload}
    given |= {"VENV": str((servers.ROOT / ".venv").resolve()), "DOT_ENV": str(home / ".env")}
    return subprocess.run(
        [source / "deploy" / "release", source],
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )


def git(cwd: Path, *arguments: str) -> None:
    """Run git."""
    subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True)
