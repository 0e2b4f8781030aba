"""T22: docs/deployment.md, "One machine", line by line on a bare Debian 12 that boots.

The packages are installed before it boots, for then it has no network but loopback; pip finds the
locked ones in a folder. Whatever else differs from the guide stands in INSTEAD.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator

from drills import _debian, _guide
from drills._debian import Machine
from drills._guide import ASK, under_load
from tests.support import processes, servers
from tests.support.measurements import Measurement, require

ABOUT = "the guide for one machine holds as it stands, and what it sets up survives faults"

BARE = ("systemd", "systemd-sysv", "dbus", "sudo", "curl", "procps")
"""What a machine has that somebody rents, beside the smallest Debian."""
INSTEAD = {
    "apt install nginx-light": "apt-get install --yes --quiet nginx-light",
    "<this repository>": "file:///source.git",
    "apt install certbot &&": "",
    "certbot certonly": f"certbot certonly {_guide.acme_options('localhost')}",
    ".venv/bin/python manage.py createsuperuser": (
        "DJANGO_SUPERUSER_PASSWORD=of-a-drill-0123 .venv/bin/python manage.py createsuperuser "
        "--noinput --username drill --email drill@example.org"
    ),
}
"""Lines of the guide that ask somebody, or the internet; and what is done instead."""
TIMERS = ("export_site", "backup", "clearsessions")
"""Tasks that need no network."""
MANAGE = "cd /srv/vitale/current && .venv/bin/python manage.py"
SHELL = f'{MANAGE} shell --verbosity 0 -c "'
NOTE = "from rollout.models import Department; print(Department.objects.get(pk=69).last_checked)"
EDIT = (
    "from rollout.models import Department; from rollout.facts import writer; "
    "row = Department.objects.get(pk=69); row.last_checked = '2026-11-01'; writer.save_fact(row)"
)


def run() -> Iterator[Measurement]:
    """Follow the guide; release, reload, kill and stop it under load; back up and restore."""
    _debian.require_debian()
    require("systemd-nspawn")
    _guide.require_checkout()
    blocks = guide_blocks(_guide.GUIDE.read_text(encoding="utf-8"))
    with processes.folder() as home:
        _debian.download_wheels(home / "wheels")
        git = ["git", "clone", "--quiet", "--bare", str(servers.ROOT), str(home / "source.git")]
        subprocess.run(git, check=True)
        tree = home / "tree"
        _debian.make_tree(tree, *BARE, "certbot", *_guide.ACME_PACKAGES)
        (tree / "etc" / "pip.conf").write_text(
            f"[global]\nno-index = true\nfind-links = {home / 'wheels'}\n"
        )
        shutil.copytree(home / "source.git", tree / "source.git")
        (tree / "etc" / "gitconfig").write_text("[safe]\ndirectory = *\n")  # as if by a network
        _debian.in_tree(tree, blocks[0])
        yield Measurement("packages, user and repository", "are there", "no error", holds=True)
        with _debian.booted(tree, home / "wheels") as machine:
            yield from _followed(machine, blocks)
            yield from _timers(machine)
            yield from _faults(machine)


def guide_blocks(text: str) -> list[str]:
    """Return the seven blocks of lines of the guide for one machine, in their order.

    They are: packages, settings, units, the first release, start, nginx, renewal. Raises
    AssertionError for another number, and for a line of INSTEAD that is in none.
    """
    blocks = _guide.blocks(text, "One machine", INSTEAD)
    assert len(blocks) == 7, f"the guide has {len(blocks)} blocks of lines"
    return blocks


def settings_lines(block: str) -> str:
    """Return the settings of the guide with something in each that it leaves open."""
    lines = [line.partition("#")[0].strip() for line in block.splitlines()]
    return "\n".join(line.replace("…", "of-a-drill-" + "0123456789" * 6) for line in lines) + "\n"


def _followed(machine: Machine, blocks: list[str]) -> Iterator[Measurement]:
    _packages, settings, units, release, start, nginx, renewal = blocks
    began = time.monotonic()
    machine.run(
        f"cat > /srv/vitale/.env <<'END'\n{settings_lines(settings)}END\n"
        "chown root:vitale /srv/vitale/.env && chmod 640 /srv/vitale/.env"
    )
    machine.run(units)
    machine.run(release, "vitale")
    machine.run(start)
    machine.run(_guide.ACME_SERVER)
    machine.run(nginx)
    seconds = f"{time.monotonic() - began:.0f} s"
    yield Measurement("settings, units, release, start, nginx", seconds, "no error", holds=True)
    first = machine.run(_guide.CERTIFICATE)
    yield under_load(machine, "renewal of the certificate", renewal)
    yield _guide.renewed(first, machine.run(_guide.CERTIFICATE))
    page = machine.run(f"{ASK}/en/departments/69-rhone/")
    yield Measurement(
        "a page by https", f"{len(page)} characters", "it is there", holds="Rhône" in page
    )
    units_failed = machine.run("systemctl --failed --plain --no-legend").split("\n")
    failed = [line.split()[0] for line in units_failed if "vitale" in line or "nginx" in line]
    yield Measurement("units that failed", f"{failed or 'none'}", "none", holds=not failed)


def _timers(machine: Machine) -> Iterator[Measurement]:
    listed = machine.run("systemctl list-timers --all --plain --no-legend")
    count = sum("vitale-" in line for line in listed.splitlines())
    yield Measurement("timers that wait", f"{count}", "5", holds=count == 5)
    for task in TIMERS:
        began = time.monotonic()
        holds = machine.succeeds(f"systemctl start vitale-task@{task}")
        words = f"{time.monotonic() - began:.0f} s"
        if not holds:
            words = machine.run(f"journalctl --unit vitale-task@{task} --lines 3 --output cat")
        yield Measurement(f"the unit of {task}", words, "no error", holds=holds)


def _faults(machine: Machine) -> Iterator[Measurement]:
    release = "su vitale -c 'cd /srv/vitale/repository && git pull --quiet && deploy/release .'"
    before = machine.run("readlink /srv/vitale/current")
    for number in (1, 2):
        yield under_load(machine, f"release {number}", release)
        now = machine.run("readlink /srv/vitale/current")
        yield Measurement("  the link moved", now.strip(), "another", holds=now != before)
        before = now
    yield under_load(machine, "systemctl reload", "systemctl reload vitale; sleep 8")
    main = "systemctl show --property MainPID --value vitale"
    yield under_load(machine, "kill -9 of gunicorn", f"kill -9 $({main}); sleep 8")
    yield under_load(
        machine, "kill -9 of all its processes", "systemctl kill --signal KILL vitale; sleep 8"
    )
    active = machine.succeeds("systemctl is-active --quiet vitale")
    yield Measurement("  it runs again", "yes" if active else "no", "yes", holds=active)
    yield under_load(
        machine,
        "stopped for 10 s: the static export answers",
        "systemctl stop vitale.socket vitale; sleep 10; systemctl start vitale.socket vitale",
    )
    yield _restored(machine)


def _restored(machine: Machine) -> Measurement:
    """Back up, change a fact, and bring it back."""
    machine.run("systemctl start vitale-task@backup")
    file = machine.run("ls -t /var/lib/vitale/backups/*.sqlite3").split()[0]
    before = machine.run(f'{SHELL}{NOTE}"', "vitale")
    machine.run(f'{SHELL}{EDIT}"', "vitale")
    changed = machine.run(f'{SHELL}{NOTE}"', "vitale")
    machine.run(f"{MANAGE} restore {file} --yes", "vitale")
    after = machine.run(f'{SHELL}{NOTE}"', "vitale")
    actual = f"{before.strip()}, {changed.strip()}, {after.strip()}"
    return Measurement(
        "a fact before, changed, restored",
        actual,
        "as before",
        holds=before == after and before != changed,
    )
