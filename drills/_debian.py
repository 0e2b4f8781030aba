"""A bare Debian, made by debootstrap in a folder, and run there: with systemd or without."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support import servers
from tests.support.measurements import NotShown, require

SUITE = "bookworm"
"""That of this machine, whose archive has the others too."""
SCRIPTS = Path("/usr/share/debootstrap/scripts")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BOOT_SECONDS = 60.0
LAST_PROCESS_SECONDS = 5.0
COMMAND_SECONDS = 900.0
"""The longest that a step takes: a static export of all languages."""
# Packages that are installed in a folder start no services on this machine.
NO_SERVICES = "#!/bin/sh\nexit 101\n"

ENTER = """ip link set lo up || true
mount --make-rprivate /
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs run run
mkdir --parents run/lock before
# An engine that finds both kinds of control groups takes the one that limits nothing.
umount --lazy sys/fs/cgroup/unified 2> /dev/null || true
pivot_root . before
cd /
umount --lazy before
touch run/entered
exec sleep infinity"""


def require_debian() -> None:
    """Check that a Debian can be made here. Raises NotShown, saying what is missing."""
    if os.geteuid() != 0:
        raise NotShown("needs root: a tree of another system is made and entered")
    require("debootstrap", "unshare", "chroot")


def make_tree(tree: Path, *packages: str, suite: str = SUITE) -> None:
    """Make a bare Debian with these packages in a new folder.

    Raises:
        NotShown: it cannot be had here: no network, or no archive.
        AssertionError: there is no such package.
    """
    command = ["debootstrap", "--variant=minbase", "--include=ca-certificates"]
    command += [suite, str(tree), _archive()]
    if not (SCRIPTS / suite).exists():  # a suite that is younger than this debootstrap
        command.append(str(SCRIPTS / "sid"))
    made = _apart(command)
    if made.returncode:
        raise NotShown(f"debootstrap failed: {made.stdout.strip().splitlines()[-1:]}")
    policy = tree / "usr" / "sbin" / "policy-rc.d"
    policy.write_text(NO_SERVICES)
    policy.chmod(0o755)
    # By apt, and not by debootstrap, which knows no package that goes by several names.
    quiet = "apt-get install --yes --quiet --no-install-recommends"
    in_tree(tree, f"{quiet} {' '.join(packages)} && apt-get clean")


def _archive() -> str:
    """Return the address of the archive that this machine installs from. Raises NotShown."""
    require("apt-get")
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(SITE)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in asked.stdout.splitlines():
        codename, _space, site = line.partition(" ")
        if codename == SUITE:
            return site
    raise NotShown(f"this machine installs from no archive of Debian {SUITE}")


def in_tree(tree: Path, script: str) -> str:
    """Run a script in a tree that has not booted, with this machine's network; return its words.

    Raises:
        AssertionError: it failed, with its words.
    """
    shutil.copy("/etc/resolv.conf", tree / "etc" / "resolv.conf")
    shell = ["chroot", str(tree), "/usr/bin/env", f"PATH={PATH}", "DEBIAN_FRONTEND=noninteractive"]
    ran = _apart([*shell, "bash", "-euc", script], f"--mount-proc={tree}/proc")
    assert ran.returncode == 0, f"{script}\n{ran.stdout[-2000:]}"
    return ran.stdout


def _apart(command: Sequence[str], *options: str) -> "subprocess.CompletedProcess[str]":
    """Run a command with mounts and processes of its own, which end with it."""
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *options]
    return subprocess.run(
        [*apart, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def download_wheels(folder: Path) -> None:
    """Put every package of the lock into a folder, for a machine without a network.

    Also those that only other systems and versions need: pip decides where it installs them.
    Raises NotShown.
    """
    lock = (servers.ROOT / "requirements.txt").read_text()
    folder.mkdir()
    (folder / "lock.txt").write_text(re.sub(r" ;[^\\\n]*", "", lock))
    python = shutil.which("python3.11")
    if python is None:
        raise NotShown("not installed: Python 3.11, which Debian 12 has")
    command = [python, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--dest", str(folder)]
    ran = subprocess.run(
        [*command, "--requirement", str(folder / "lock.txt")],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise NotShown(f"the packages cannot be downloaded: {ran.stderr.strip()[-200:]}")


class Machine:
    """A tree that runs: with processes and mounts of its own, and loopback as its network."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._started: list[subprocess.Popen[str]] = []

    @property
    def _first_process(self) -> str:
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return children[-1]

    def start(self, script: str, user: str = "root") -> "subprocess.Popen[str]":
        """Begin to run a script on it, as in a user's own shell."""
        enter = ["nsenter", "--target", self._first_process, "--all", "--"]
        as_user = ["su", "--login", user, "--shell", "/bin/bash", "--command"]
        started = subprocess.Popen(
            [*enter, "/usr/bin/env", "-i", f"PATH={PATH}", *as_user, f"set -eu; {script}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(started)
        return started

    def end(self) -> None:
        """End what was begun: on a machine that goes down it would stay, stopped."""
        for started in self._started:
            started.kill()
            started.wait()

    def run(self, script: str, user: str = "root") -> str:
        """Run a script on it and return its words. Raises AssertionError with them if it fails."""
        started = self.start(script, user)
        output, _errors = started.communicate(timeout=COMMAND_SECONDS)
        assert started.returncode == 0, f"{script}\n{output[-3000:]}"
        return output

    def succeeds(self, script: str) -> bool:
        """Tell whether a script ends without an error."""
        started = self.start(script)
        started.communicate(timeout=COMMAND_SECONDS)
        return started.returncode == 0


@contextmanager
def entered(tree: Path, *, has_network: bool) -> Iterator[Machine]:
    """Run a tree without an init system, with this machine's network or none but loopback.

    What runs in it ends with the block, and its mounts, addresses and control groups with it.
    """
    shutil.copy("/etc/resolv.conf", tree / "etc" / "resolv.conf")
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    command += [] if has_network else ["--net"]
    groups = _control_groups()
    process = subprocess.Popen([*command, "bash", "-euc", ENTER, "-", str(tree)])
    machine = Machine(process)
    try:
        _wait_until(lambda: machine.succeeds("test -e /run/entered"), process, "it is not entered")
        yield machine
    finally:
        machine.end()
        process.kill()
        process.wait()
        _remove_control_groups(groups)


@contextmanager
def booted(tree: Path, *binds: Path) -> Iterator[Machine]:
    """Boot a tree; other folders are where they are here, to be read.

    Raises:
        NotShown: it does not come up, as where this is a container without a control group.
    """
    require("systemd-nspawn", "nsenter")
    (tree / "usr" / "sbin" / "policy-rc.d").unlink()
    # A /run of its own: what it leaves there it could only remove from a tmpfs.
    apart = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs run /run && exec "$@"', "-"]
    command = ["systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit"]
    command += ["--private-network", "--link-journal=no", f"--directory={tree}", "--machine=drill"]
    command += [f"--bind-ro={folder}" for folder in binds]
    log, groups = tree.with_suffix(".log"), _control_groups()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*apart, *command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
        )
    machine = Machine(process)
    try:
        _wait_for_boot(machine, process, log)
        yield machine
    finally:
        machine.end()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _remove_control_groups(groups)


def _remove_control_groups(kept: set[Path]) -> None:
    """Remove those that are there now, but not the kept ones, once their last process has ended."""
    until = time.monotonic() + LAST_PROCESS_SECONDS
    while (left := _control_groups() - kept) and time.monotonic() < until:
        for group in sorted(left, reverse=True):
            with suppress(OSError):  # a process is in it still
                group.rmdir()
        time.sleep(0.1)


def _control_groups() -> set[Path]:
    """Return the control groups that systemd-nspawn and Podman make and leave behind."""
    tops = [
        top
        for depth in ("*", "*/*")
        for top in Path("/sys/fs/cgroup").glob(depth)
        if top.name in ("payload", "supervisor", "libpod_parent")
    ]
    return {group for top in tops for group in (top, *top.rglob("*")) if group.is_dir()}


def _wait_for_boot(machine: Machine, process: "subprocess.Popen[bytes]", log: Path) -> None:
    def is_running() -> bool:
        """Tell whether systemd has started all that it starts."""
        asked = machine.start("systemctl is-system-running || true").communicate(timeout=10)[0]
        return asked.strip() in ("running", "degraded")

    _wait_until(is_running, process, "systemd does not boot here", log)


def _wait_until(
    is_there: Callable[[], bool],
    process: "subprocess.Popen[bytes]",
    failure: str,
    log: Path | None = None,
) -> None:
    """Wait for a tree that starts. Raises NotShown with what its log says last."""
    until = time.monotonic() + BOOT_SECONDS
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.5)
        with suppress(IndexError, FileNotFoundError, subprocess.TimeoutExpired):
            if is_there():
                return
    words = log.read_text(errors="replace").strip().splitlines()[-1:] if log else ""
    raise NotShown(f"{failure}: {words}")
