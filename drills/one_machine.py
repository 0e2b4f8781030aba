"""T22: docs/deployment.md, "One machine", line by line on a bare Debian 12 that boots.

The packages are installed before it boots, for then it has no network but loopback; pip finds the
locked ones in a folder. Whatever else differs from the guide stands in INSTEAD.
"""

import re
import shutil
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drills import _debian
from drills._debian import Machine
from tests.support import processes, servers
from tests.support.measurements import Measurement, NotShown, require
from tests.support.visitors import PAGES

ABOUT = "the guide for one machine holds as it stands, and what it sets up survives a bad day"

GUIDE = servers.ROOT / "docs" / "deployment.md"
SECTION = re.compile(r"^## One machine$(.*?)^### A new release$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"(?:^    .*\n)+", re.MULTILINE)
HOST = "vitale.example"
BARE = ("systemd", "systemd-sysv", "dbus", "sudo", "openssl", "curl", "ca-certificates", "procps")
"""What a machine has that somebody rents, beside the smallest Debian."""
CERTIFICATE = f"""install -d /etc/letsencrypt/live/{HOST}
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST} 2>/dev/null \
-keyout /etc/letsencrypt/live/{HOST}/privkey.pem -out /etc/letsencrypt/live/{HOST}/fullchain.pem"""
INSTEAD = {
    "apt install certbot && systemctl stop nginx": "systemctl stop nginx",
    f"certbot certonly --standalone -d {HOST}": CERTIFICATE,
    ".venv/bin/python manage.py createsuperuser": (
        "DJANGO_SUPERUSER_PASSWORD=of-a-drill-0123 .venv/bin/python manage.py createsuperuser "
        "--noinput --username drill --email drill@example.org"
    ),
}
"""Lines of the guide that ask somebody, or the internet; and what is done instead."""
TIMERS = ("export_site", "backup", "clearsessions")
"""Tasks that need no network."""
CURL = f"curl --silent --insecure --max-time 10 --resolve {HOST}:443:127.0.0.1"
VISIT = f"""cd /tmp; while [ ! -e stop ]; do for path in {" ".join(PAGES)}; do
{CURL} --output /dev/null --write-out '%{{http_code}} %{{url_effective}}\\n' https://{HOST}$path \
|| true; done; done"""
ASK = f"{CURL} https://{HOST}"
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
    require("systemd-nspawn", "git")
    if not (servers.ROOT / ".git").exists():
        raise NotShown("this is no git checkout")
    blocks = guide_blocks(GUIDE.read_text(encoding="utf-8"))
    with processes.folder() as home:
        _debian.download_wheels(home / "wheels")
        git = ["git", "clone", "--quiet", "--bare", str(servers.ROOT), str(home / "source.git")]
        subprocess.run(git, check=True)
        tree = home / "tree"
        _debian.make_tree(tree, *BARE)
        (tree / "etc" / "pip.conf").write_text(
            f"[global]\nno-index = true\nfind-links = {home / 'wheels'}\n"
        )
        shutil.copytree(home / "source.git", tree / "source.git")
        (tree / "etc" / "gitconfig").write_text("[safe]\ndirectory = *\n")  # as if by a network
        with_apt = blocks[0].replace("apt install", "apt-get install --yes --quiet")
        _debian.in_tree(tree, with_apt.replace("<this repository>", "file:///source.git"))
        yield Measurement("packages, user and repository", "are there", "no error", holds=True)
        with _debian.booted(tree, home / "wheels") as machine:
            yield from _followed(machine, blocks)
            yield from _timers(machine)
            yield from _bad_day(machine)


def guide_blocks(text: str) -> list[str]:
    """Return the six blocks of lines of the guide for one machine, in their order.

    They are: packages, settings, units, the first release, start, nginx. Raises AssertionError for
    another number, and for a line of INSTEAD that is in none.
    """
    section = SECTION.search(text)
    assert section, "docs/deployment.md has no section for one machine"
    blocks = [textwrap.dedent(block) for block in BLOCK.findall(section[1])]
    assert len(blocks) == 6, f"the guide has {len(blocks)} blocks of lines"
    missing = [line for line in INSTEAD if not any(line in block for block in blocks)]
    assert not missing, f"the guide no longer says {missing}"
    return blocks


def settings_lines(block: str) -> str:
    """Return the settings of the guide with something in each that it leaves open."""
    lines = [line.partition("#")[0].strip() for line in block.splitlines()]
    return "\n".join(line.replace("…", "of-a-drill-" + "0123456789" * 6) for line in lines) + "\n"


def _followed(machine: Machine, blocks: list[str]) -> Iterator[Measurement]:
    _packages, settings, units, release, start, nginx = map(_here, blocks)
    began = time.monotonic()
    machine.run(
        f"cat > /srv/vitale/.env <<'END'\n{settings_lines(settings)}END\n"
        "chown root:vitale /srv/vitale/.env && chmod 640 /srv/vitale/.env"
    )
    machine.run(units)
    machine.run(release, "vitale")
    machine.run(start)
    machine.run(nginx)
    # What the guide says in a sentence.
    machine.run("cp -r /srv/vitale/repository/deploy/nginx/. /etc/nginx/")
    machine.run("nginx -t && systemctl start nginx")
    seconds = f"{time.monotonic() - began:.0f} s"
    yield Measurement("settings, units, release, start, nginx", seconds, "no error", holds=True)
    yield Measurement("certbot and a real certificate", "no certificate can be asked for here", "-")
    page = machine.run(f"{ASK}/en/departments/69-rhone/")
    yield Measurement(
        "a page by https", f"{len(page)} characters", "it is there", holds="Rhône" in page
    )
    units_failed = machine.run("systemctl --failed --plain --no-legend").split("\n")
    failed = [line.split()[0] for line in units_failed if "vitale" in line or "nginx" in line]
    yield Measurement("units that failed", f"{failed or 'none'}", "none", holds=not failed)


def _here(block: str) -> str:
    """Return lines of the guide as they are run here."""
    for line, other in INSTEAD.items():
        block = block.replace(line, other)
    return block


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


def _bad_day(machine: Machine) -> Iterator[Measurement]:
    release = "su vitale -c 'cd /srv/vitale/repository && git pull --quiet && deploy/release .'"
    before = machine.run("readlink /srv/vitale/current")
    for number in (1, 2):
        yield from _under_load(machine, f"release {number}", release)
        now = machine.run("readlink /srv/vitale/current")
        yield Measurement("  the link moved", now.strip(), "another", holds=now != before)
        before = now
    yield from _under_load(machine, "systemctl reload", "systemctl reload vitale; sleep 8")
    main = "systemctl show --property MainPID --value vitale"
    yield from _under_load(machine, "kill -9 of gunicorn", f"kill -9 $({main}); sleep 8")
    yield from _under_load(
        machine, "kill -9 of all its processes", "systemctl kill --signal KILL vitale; sleep 8"
    )
    active = machine.succeeds("systemctl is-active --quiet vitale")
    yield Measurement("  it runs again", "yes" if active else "no", "yes", holds=active)
    yield from _under_load(
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


def _under_load(machine: Machine, what: str, script: str) -> Iterator[Measurement]:
    with _visitors(machine) as answers:
        done = machine.start(script)
        words, _errors = done.communicate(timeout=_debian.COMMAND_SECONDS)
        time.sleep(2)
    lines = answers()
    failed = [line for line in lines if not line.startswith("200 ")]
    actual = f"{len(failed)} of {len(lines)} failed {sorted(set(failed))[:2] or ''}"
    if done.returncode:
        actual += f"; it ended with {done.returncode}: {words[-200:]}"
    holds = bool(lines) and not failed and done.returncode == 0
    yield Measurement(what, actual.strip(), "0 failed", holds=holds)


@contextmanager
def _visitors(machine: Machine) -> Iterator[Callable[[], list[str]]]:
    """Ask for pages all the time; yield what returns a line for each afterwards."""
    machine.run("rm -f /tmp/stop")
    visitors = [machine.start(VISIT) for _ in range(2)]
    lines: list[str] = []
    try:
        yield lambda: lines
    finally:
        machine.run("touch /tmp/stop")
        for one in visitors:
            lines.extend(one.communicate(timeout=60)[0].splitlines())
