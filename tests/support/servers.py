"""Real servers for tests: what this machine has of them, and how they are started on loopback."""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import ROOT, Gunicorn, free_port, running

CACHE = ROOT / ".pytest_cache"
IN_CI = os.environ.get("CI") == "true"


def missing(what, how):
    """Skip a test for want of a program; in CI its absence is a failure."""
    reason = f"{what} is not installed: {how}"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)


def chromium():
    """Return where the system's Chromium is, best the one without windows; or None."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    return next(filter(None, map(shutil.which, names)), None)


def manage(*arguments, environment, **options):
    """Run manage.py with only these variables set; raise with its words if it fails."""
    run = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DOT_ENV": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert run.returncode == 0, run.stderr
    return str(run.stdout)


def collect_statics():
    """Collect the static files where they are older than their sources; another test may be at it too."""
    collected = ROOT / "staticfiles" / ".collected"  # the Makefile's stamp
    sources = [ROOT / "requirements.txt", ROOT / "site_config/static_files.py", ROOT / "static"]
    sources += (ROOT / "static").rglob("*")
    with (ROOT / "staticfiles.lock").open("w") as lock, tempfile.TemporaryDirectory() as var:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(source.stat().st_mtime for source in sources)
        if not collected.exists() or collected.stat().st_mtime < newest:
            environment = {"VAR_DIR": var}
            manage(
                "collectstatic", "--noinput", "--clear", "--verbosity=0", environment=environment
            )
            collected.touch()


def loaded_site():
    """Return a VAR_DIR with a database that holds the real data and the roles, to be copied.

    It is made by whichever process comes first, and used again as long as nothing that a load
    reads or runs has changed: the packages that importing may import, and the data.
    """
    digest = hashlib.sha256()
    for source in _sources_of_a_load():
        digest.update(f"{source.relative_to(ROOT)}\n".encode() + source.read_bytes())
    name = f"loaded-{digest.hexdigest()[:16]}"
    return _cached(name, "loaded-*", lambda draft: load({"VAR_DIR": str(draft)}))


def loaded_postgresql():
    """Return the folder of a PostgreSQL's data with the same in its database, to be copied."""
    site, programs = loaded_site(), postgresql_programs()
    version = hashlib.sha256(str(programs).encode()).hexdigest()[:8]

    def write(draft):
        with _folder_of_postgresql() as folder:
            server = PostgreSQL(folder)
            server.start()
            public = {"ALLOWED_HOSTS": "localhost", "SECRET_KEY": "k" * 50}
            load(public | {"DATABASE_URL": server.address, "VAR_DIR": str(folder)})
            server.stop("fast")
            shutil.copytree(folder / "data", draft)

    name = f"postgresql-{version}-{site.name}"
    return _cached(name, "postgresql-*", write)


def _cached(name, outdated, write):
    """Return a folder of the cache, written first by whichever process comes first."""
    cached, draft = CACHE / name, CACHE / f"draft-of-{name}"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "loaded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cached.is_dir():
            for folder in [*CACHE.glob("draft-of-*"), *CACHE.glob(outdated)]:
                shutil.rmtree(folder, ignore_errors=True)
            write(draft)
            draft.rename(cached)
    return cached


def load(environment):
    """Put the real data and the roles into a new database."""
    manage("set_up", environment=environment)


def _sources_of_a_load():
    packages = "accounts caching data facts importing management migrations models search".split()
    folders = [ROOT / "rollout" / name for name in packages]
    below = [path for folder in folders for path in folder.rglob("*") if path.suffix != ".pyc"]
    beside = [*(ROOT / "rollout").glob("*.py"), *(ROOT / "site_config").glob("*.py")]
    return sorted(path for path in [*below, *beside, ROOT / "requirements.txt"] if path.is_file())


def var_dir(inside: Path) -> Path:
    """Return a copy of it in this folder, that may be changed."""
    return Path(shutil.copytree(loaded_site(), inside / "var"))


def site_folder(tmp_path_factory):
    """Return a copy of it that a test may change."""
    return var_dir(tmp_path_factory.mktemp("site"))


@contextmanager
def gunicorn(environment):
    """Serve the site as `make serve` does, on a free port; yield its address."""
    with served(environment) as (_server, address):
        yield address


@contextmanager
def served(environment, path="/en/about/"):
    """Serve the site likewise, once it answers at `path`; yield the process and its address."""
    log = Path(environment["VAR_DIR"]) / "gunicorn.log"
    with running(Gunicorn(environment, log), path) as server:
        yield server.process, server.address


def export(target: Path, environment: dict[str, str], paths: Sequence[str], *patterns: str) -> None:
    """Write a static export of some pages, and of those whose address has a pattern."""
    collect_statics()
    some = "|".join([*(f"^{re.escape(path)}$" for path in paths), *patterns])
    origin = "https://localhost" if "ALLOWED_HOSTS" in environment else "http://localhost"
    command = ("export_site", str(target), "--origin", origin, "--only", some)
    manage(*command, environment=environment)


def postgresql_programs():
    """Return the folder of the newest installed PostgreSQL's programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def _version(path):
    return float(path.parts[-3])


class PostgreSQL:
    """A PostgreSQL of our own on loopback, in a folder that its user may enter.

    Its data is new, or a copy of `data`, which is a folder of the same version.
    """

    def __init__(self, folder: Path, data: Path | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.options: dict[str, Any] = {}
        if data:
            shutil.copytree(data, folder / "data")
        if os.getuid() == 0:  # it refuses to run as root
            user = pwd.getpwnam("postgres")
            for path in (folder, *folder.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid)
            self.options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        if not data:
            self._run("initdb", "-U", "tests", "--auth=trust", "-E", "UTF8", "--no-sync")

    @property
    def address(self) -> str:
        """Return its DATABASE_URL."""
        return f"postgres://tests@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        server = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "server.log"), "-o", server, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it: at once, like a machine that fails, or in another of its modes."""
        self._run("pg_ctl", "-m", mode, "stop")

    def pids(self) -> list[int]:
        """Return its processes, the master first."""
        master = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [master, *map(int, children)]

    def _run(self, program: str, *arguments: str) -> None:
        programs = postgresql_programs()
        assert programs is not None
        with (self.folder / f"{program}.log").open("w") as log:
            subprocess.run(
                [programs / program, "-D", self.folder / "data", *arguments],
                check=True,
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **self.options,
            )


@contextmanager
def _folder_of_postgresql() -> Iterator[Path]:
    """Yield a folder for a while: not in pytest's, which only its owner may enter."""
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        yield Path(name)


@contextmanager
def postgresql(data: Path | None = None) -> Iterator[str]:
    """Run a PostgreSQL of our own for a while, on loopback; yield its DATABASE_URL.

    It begins with a copy of `data`, such as `loaded_postgresql()`, or with nothing.
    """
    with _folder_of_postgresql() as folder:
        server = PostgreSQL(folder, data)
        server.start()
        try:
            yield server.address
        finally:
            server.stop()


def _replaced(file, replacements):
    """Replace parts of a file; each must be in it, so that it is the shipped file that is tried."""
    text = file.read_text()
    for old, new in replacements.items():
        assert old in text, f"{file.name} no longer has {old!r}"
        text = text.replace(old, new)
    file.write_text(text)


def nginx_files(folder, applications=(), mirror="/nowhere", *, is_public=False, site="site.conf"):
    """Copy the shipped configuration into a folder, for loopback; return the address it serves.

    `applications` are addresses such as http://127.0.0.1:8000; with `is_public` they are told that
    visitors came by https; `site` is the file with the addresses.
    """
    shutil.copytree(ROOT / "deploy" / "nginx", folder, dirs_exist_ok=True)
    upstreams = [address.removeprefix("http://") for address in applications] or ["127.0.0.1:1"]
    lines = [f"server {upstream} max_fails=1 fail_timeout=2s;" for upstream in upstreams]
    _replaced(
        folder / "machine.conf",
        {
            "server unix:/run/vitale/gunicorn.sock;": "\n    ".join(lines),
            "default $scheme;": f"default {'https' if is_public else '$scheme'};",
            "/srv/vitale/current": str(ROOT),
            "/etc/nginx": str(folder),
            "/var/lib/vitale/mirror": str(mirror),
            "/var/cache/nginx/vitale": str(folder / "cache"),
            "/var/log/nginx": str(folder),
        },
    )
    _replaced(
        folder / "nginx.conf",
        {
            "user www-data;": nginx_user(),
            "/run/nginx.pid": str(folder / "nginx.pid"),
            "/var/log/nginx": str(folder),
        },
    )
    port = free_port()
    server = (
        f"server {{ listen 127.0.0.1:{port}; server_name localhost 127.0.0.1; include {site}; }}"
    )
    (folder / "servers.conf").write_text(f"{nginx_temporary_files(folder)}\n{server}")
    return f"http://127.0.0.1:{port}"


def nginx_user() -> str:
    """Return the line of whom nginx runs as, if it is root: pytest's folders are their owner's."""
    return "user root;" if os.getuid() == 0 else ""


def nginx_temporary_files(folder: Path) -> str:
    """Return the lines of where nginx has its temporary files: in this folder."""
    parts = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "\n".join(f"{part}_temp_path {folder / part};" for part in parts)


def nginx_program() -> str | None:
    """Return where nginx is, or None: Debian keeps it where only root looks."""
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def nginx(folder, *arguments, **options):
    """Serve with nginx as it is shipped, on a free port; yield its address."""
    address = nginx_files(folder, *arguments, **options)
    with running_nginx(folder):
        yield address


@contextmanager
def running_nginx(folder):
    """Run nginx with the configuration in a folder, until it is no more needed."""
    program = nginx_program()
    assert program is not None
    command = [program, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"]
    log = folder / "nginx.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        for _ in range(100):
            if (folder / "nginx.pid").exists():
                break
            assert server.poll() is None, log.read_text()
            time.sleep(0.05)
        yield server
    finally:
        server.terminate()
        server.wait(timeout=30)
