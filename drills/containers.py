"""T23: docs/deployment.md, "Containers", with compose.yaml and the Dockerfile as they stand.

Images of others cannot be had by everybody, so Debian packages make what is named like them. The
engine is Podman, in a tree of its own, and Docker's own `compose` speaks to it.
"""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from drills import _debian, _guide
from drills._debian import Machine
from drills._guide import ASK, HOST, under_load
from tests.support import processes, servers
from tests.support.measurements import Measurement, require

ABOUT = (
    "the guide for containers holds as it stands, and no visitor notices when one container fails"
)

ENGINE_SUITE = "trixie"
ENGINE = ("podman", "crun", "netavark", "aardvark-dns", "catatonit", "nftables", "buildah")
CLIENTS = ("docker-compose", "curl", "procps", *_guide.ACME_PACKAGES)
# Debian 12 has them all, but an nginx that does not ask for addresses again.
APPLICATION = ("python3", "python3-venv", "postgresql-15", "redis-server")
NGINX_SUITE = "forky"
NGINX = ("nginx-light", "certbot")
TREES = {
    "python": "application",
    "postgres": "application",
    "redis": "application",
    "nginx": "nginx",
    "certbot/certbot": "nginx",
}
"""The tree that stands for an image, by its name without its tag."""
IMAGE = re.compile(r"^(?:FROM|\s+image:) ([a-z/]+):(\S+)", re.MULTILINE)

START_POSTGRESQL = r"""#!/bin/sh -e
# As the real image does: an empty folder gets a database of the name and password in the settings.
data=/var/lib/postgresql/data
chown postgres: "$data"
as="setpriv --reuid postgres --regid postgres --init-groups"
if [ ! -e "$data/PG_VERSION" ]; then
  (umask 077 && printf %s "$POSTGRES_PASSWORD" > /tmp/password && chown postgres /tmp/password)
  $as initdb --pgdata "$data" --username "$POSTGRES_USER" --pwfile /tmp/password --encoding UTF8 \
    --locale C.UTF-8 --auth-local trust --auth-host scram-sha-256 > /dev/null
  rm /tmp/password
  echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
  echo "create database \"$POSTGRES_USER\"" | $as postgres --single -D "$data" postgres > /dev/null
fi
exec $as postgres -D "$data" -c listen_addresses='*'
"""
ENGINE_SETTINGS = """[engine]
init_path = "/usr/bin/catatonit"
cgroup_manager = "cgroupfs"
events_logger = "file"
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=8192:8192"]
"""
PROFILE = """export PODMAN_IGNORE_CGROUPSV1_WARNING=1 DOCKER_HOST=unix:///run/podman.sock
cd /site
"""
SERVE = """podman system service --time 0 unix:///run/podman.sock \
> /root/engine.log 2>&1 < /dev/null &
sleep 2"""
# Podman leaves this to timers of systemd.
CHECK_HEALTH = """while sleep 2; do
for name in $(podman ps --filter health=starting --filter health=unhealthy --format '{{.Names}}')
do podman healthcheck run $name || true; done; done > /root/health.log 2>&1 < /dev/null &"""
SETTINGS = f"""ALLOWED_HOSTS={HOST}
SECRET_KEY=of-a-drill-{"0123456789" * 6}
POSTGRES_PASSWORD=of-a-drill-0123
"""
INSTEAD = {
    "docker compose build": ":",  # it has been
    "docker compose": "docker-compose",  # as Debian calls it
    "up --build": "up --no-build --pull never",
    "up --detach": "up --no-build --pull never --detach",
    "certonly": f"certonly {_guide.acme_options('host.containers.internal')}",
    "exec one python manage.py createsuperuser": (
        "exec -T --env DJANGO_SUPERUSER_PASSWORD=of-a-drill-0123 one python manage.py "
        "createsuperuser --noinput --username drill --email drill@example.org"
    ),
}
"""Words of the guide that ask somebody, or the internet; and what is done instead."""
RENEW = (
    "docker-compose exec -T certbot certbot renew --force-renewal --no-verify-ssl "
    "--no-random-sleep-on-renew --webroot --webroot-path /var/www/acme && "
    "docker-compose exec -T nginx nginx -s reload; sleep 2"
)
# Of all in it but its init, which then ends: a container that is killed by command stays ended.
KILL = "docker-compose exec -T one sh -c 'kill -9 -1' || true; sleep 20"
START_SECONDS = 120.0
EXPORT_SECONDS = 400.0
STATUSES = "podman ps --all --format '{{.Names}} {{.Status}}'"
EXPECTED = {"prepare": "Exited (0)"}
"""How the state of a service begins, where it is not "Up"."""


def run() -> Iterator[Measurement]:
    """Build the image, follow the guide, then take containers away under load."""
    _debian.require_debian()
    require("nsenter", "tar", "pivot_root")
    _guide.require_checkout()
    blocks = guide_blocks(_guide.GUIDE.read_text(encoding="utf-8"))
    with processes.folder() as home:
        engine = home / "engine"
        _make_trees(home, engine)
        with _debian.entered(engine, has_network=True) as machine:
            yield from _built(machine)
        with _debian.entered(engine, has_network=False) as machine:
            machine.run(SERVE)
            machine.run(CHECK_HEALTH)
            yield from _followed(machine, blocks)
            yield from _kept(machine)
            yield from _faults(machine, blocks[-1])
            machine.run("docker-compose down --volumes")


def guide_blocks(text: str) -> list[str]:
    """Return the three blocks of lines of the guide for containers, in their order.

    They are: certificate, start, a new version. Raises AssertionError for another number, and for
    words of INSTEAD that are in none.
    """
    blocks = _guide.blocks(text, "Containers", INSTEAD)
    assert len(blocks) == 3, f"the guide has {len(blocks)} blocks of lines"
    return blocks


def base_images() -> dict[str, list[str]]:
    """Return the images of others that compose.yaml and the Dockerfile name, by their tree.

    Raises KeyError for one that no tree stands for.
    """
    texts = [(servers.ROOT / name).read_text() for name in ("Dockerfile", "compose.yaml")]
    images: dict[str, list[str]] = {}
    for name, tag in sorted(set(IMAGE.findall("\n".join(texts)))):
        if name != "vitale":
            path = name if "/" in name else f"library/{name}"
            images.setdefault(TREES[name], []).append(f"docker.io/{path}:{tag}")
    return images


def _make_trees(home: Path, engine: Path) -> None:
    """Make the engine's tree, and in it the trees that stand for images, packed."""
    _debian.make_tree(engine, *ENGINE, *CLIENTS, suite=ENGINE_SUITE)
    (engine / "etc" / "containers" / "containers.conf").write_text(ENGINE_SETTINGS)
    (engine / "etc" / "profile.d" / "engine.sh").write_text(PROFILE)
    git = ["git", "clone", "--quiet", str(servers.ROOT), str(engine / "site")]
    subprocess.run(git, check=True)
    (engine / "site" / ".env").write_text(SETTINGS)

    application, nginx = home / "application", home / "nginx"
    _debian.make_tree(application, *APPLICATION)
    (application / "usr" / "bin" / "python").symlink_to("python3")
    start = application / "usr" / "bin" / "start_postgresql"
    start.write_text(START_POSTGRESQL)
    start.chmod(0o755)
    _debian.download_wheels(application / "wheels")
    (application / "etc" / "pip.conf").write_text(
        "[global]\nno-index = true\nfind-links = /wheels\n"
    )
    _debian.make_tree(nginx, *NGINX, suite=NGINX_SUITE)
    # The real image has its own folders for what it writes there; Debian's are in the release.
    body = nginx / "var" / "lib" / "nginx"
    body.rename(body.with_suffix(".debian"))
    body.symlink_to("/var/cache/nginx")
    for tree in (application, nginx):
        packed = engine / "root" / f"{tree.name}.tar"
        subprocess.run(["tar", "-C", str(tree), "-cf", str(packed), "."], check=True)


def _built(machine: Machine) -> Iterator[Measurement]:
    """Import what stands for the images of others, and build the application's."""
    path = "ENV PATH=/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/15/bin"
    for tree, (first, *others) in base_images().items():
        change = f"--change '{path}' --change 'CMD [\"start_postgresql\"]'"
        file = f"/root/{tree}.tar"
        machine.run(f"podman import --quiet {change} {file} {first} && rm {file}")
        for name in others:
            machine.run(f"podman tag {first} {name}")
    began = time.monotonic()
    machine.run(
        "buildah build --quiet --isolation chroot --network host --pull=never --format docker "
        "--tag docker.io/library/vitale:latest ."
    )
    seconds = f"{time.monotonic() - began:.0f} s"
    yield Measurement("the Dockerfile builds", seconds, "no error", holds=True)


def _followed(machine: Machine, blocks: list[str]) -> Iterator[Measurement]:
    certificate, start, _version = blocks
    machine.run("docker-compose config --quiet")
    versions = machine.run("docker-compose version --short; podman --version; crun --version")
    words = ", ".join(versions.splitlines()[:3])
    yield Measurement("compose.yaml is read whole", words, "no error", holds=True)
    machine.run(_guide.ACME_SERVER)
    began = time.monotonic()
    machine.run(certificate)
    seconds = f"{time.monotonic() - began:.0f} s"
    yield Measurement("the first certificate by certbot", seconds, "no error", holds=True)
    began = time.monotonic()
    machine.run(start)
    seconds = f"{time.monotonic() - began:.0f} s"
    yield Measurement("up, and an administrator", seconds, "no error", holds=True)
    _wait_for(lambda: "Rhône" in machine.run(f"{ASK}/en/departments/69-rhone/ || true"))
    yield _page_and_style(machine, "a page and its style, from an application")
    yield from _states(machine)


def _wait_for(condition: Callable[[], bool], seconds: float = START_SECONDS) -> bool:
    until = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < until:
        time.sleep(1)
    return holds


def _page_and_style(machine: Machine, what: str) -> Measurement:
    """Return whether a page comes whole, with the style sheet that it names."""
    page = machine.run(f"{ASK}/en/departments/69-rhone/")
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    codes = [
        machine.run(f"{ASK}{sheet} --output /dev/null --write-out '%{{http_code}}'")
        for sheet in sheets
    ]
    actual = f"{len(page)} characters, style {codes}"
    holds = "Rhône" in page and bool(codes) and set(codes) == {"200"}
    return Measurement(what, actual, "both are there", holds=holds)


def _states(machine: Machine) -> Iterator[Measurement]:
    """Yield whether every service is as it should be, and owns nothing but where it writes."""
    lines = dict(line.split(" ", 1) for line in machine.run(STATUSES).splitlines())
    states = {name.split("-", 1)[1].rsplit("-", 1)[0]: state for name, state in lines.items()}
    wrong = {
        name: state
        for name, state in states.items()
        if not state.startswith(EXPECTED.get(name, "Up")) or "unhealthy" in state
    }
    named = set(machine.run("docker-compose config --services").split())
    actual = f"{len(states)} of {len(named)}, not as they should be: {wrong or 'none'}"
    yield Measurement("services", actual, "none", holds=not wrong and set(states) == named)
    user = machine.run("docker-compose exec -T one id --user").strip()
    written = [
        folder
        for folder in ("/site", "/venv", "/mirror", "/etc")
        if machine.succeeds(f"docker-compose exec -T one touch {folder}/written")
    ]
    actual = f"user {user}, writes beside its volume: {written or 'no'}"
    holds = user == "10001" and not written
    yield Measurement("the application's user", actual, "no root, no", holds=holds)


def _kept(machine: Machine) -> Iterator[Measurement]:
    """Yield what the services that stand for timers have made."""
    began = time.monotonic()
    mirror = "docker-compose exec -T mirror test -e /mirror/site/index.html"
    holds = _wait_for(lambda: machine.succeeds(mirror), EXPORT_SECONDS)
    seconds = f"after {time.monotonic() - began:.0f} s"
    yield Measurement("the static export is in its volume", seconds, "there", holds=holds)
    listed = machine.run("docker-compose exec -T backup ls -ln /backups")
    kept = [line for line in listed.splitlines() if "pgdump" in line]
    holds = len(kept) >= 2 and all(line.startswith("-rw------- 1 10001 ") for line in kept)
    yield Measurement("a backup, of its owner only", f"{len(kept)} files", "2", holds=holds)


def _faults(machine: Machine, version: str) -> Iterator[Measurement]:
    first = machine.run(_guide.CERTIFICATE)
    yield under_load(machine, "renewal of the certificate", RENEW)
    yield _guide.renewed(first, machine.run(_guide.CERTIFICATE))
    yield under_load(machine, "a new version", f"{version}sleep 20")
    yield under_load(machine, "an application is killed", KILL)
    state = machine.run("podman inspect vitale-one-1 --format '{{.State.Status}}'").strip()
    yield Measurement("  it runs again", state, "running", holds=state == "running")
    yield under_load(
        machine, "PostgreSQL is made anew", "docker-compose restart postgresql && sleep 15"
    )
    machine.run("docker-compose stop one two")
    yield _page_and_style(machine, "both stopped: the static export, with its style")
    machine.run("docker-compose start one two")
    holds = _wait_for(lambda: machine.succeeds(f"{ASK}/en/?q=lyon | grep --quiet Rhône"))
    again = "yes" if holds else "no"
    yield Measurement("both started: a search is answered again", again, "yes", holds=holds)
