"""A bare Debian 12, made by debootstrap in a folder and booted by systemd-nspawn."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support import servers
from tests.support.measurements import NotShown, require

SUITE = "bookworm"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BOOT_SECONDS = 60.0
COMMAND_SECONDS = 900.0
"""The longest that a step takes: a static export of all languages."""
# Packages that are installed in a folder start no services on this machine.
NO_SERVICES = "#!/bin/sh\nexit 101\n"


def require_debian() -> None:
    """Check that a Debian can be made here. Raises NotShown, saying what is missing."""
    if os.geteuid() != 0:
        raise NotShown("needs root: a tree of another system is made and entered")
    require("debootstrap", "unshare", "chroot")


def make_tree(tree: Path, *packages: str) -> None:
    """Make a bare Debian with these packages in a new folder.

    Raises:
        NotShown: the packages cannot be had here: no network, or no archive.
    """
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}"]
    made = _apart([*command, SUITE, str(tree), _archive()])
    if made.returncode:
        raise NotShown(f"debootstrap failed: {made.stdout.strip().splitlines()[-1:]}")
    policy = tree / "usr" / "sbin" / "policy-rc.d"
    policy.write_text(NO_SERVICES)
    policy.chmod(0o755)


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
    """A tree that has booted: systemd is its first process, and loopback all of its network."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @property
    def _first_process(self) -> str:
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return children[-1]

    def start(self, script: str, user: str = "root") -> "subprocess.Popen[str]":
        """Begin to run a script on it, as in a user's own shell."""
        enter = ["nsenter", "--target", self._first_process, "--all", "--"]
        as_user = ["su", "--login", user, "--shell", "/bin/bash", "--command"]
        return subprocess.Popen(
            [*enter, "/usr/bin/env", "-i", f"PATH={PATH}", *as_user, f"set -eu; {script}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

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
    try:
        machine = Machine(process)
        _wait_for_boot(machine, process, log)
        yield machine
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for left in sorted(_control_groups() - groups, reverse=True):
            with suppress(OSError):  # somebody else's, with processes in it
                left.rmdir()


def _control_groups() -> set[Path]:
    """Return the control groups that systemd-nspawn makes and leaves behind."""
    tops = [
        top
        for depth in ("*", "*/*")
        for top in Path("/sys/fs/cgroup").glob(depth)
        if top.name in ("payload", "supervisor")
    ]
    return {group for top in tops for group in (top, *top.rglob("*")) if group.is_dir()}


def _wait_for_boot(machine: Machine, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + BOOT_SECONDS
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.5)
        try:
            state = machine.start("systemctl is-system-running || true").communicate(timeout=10)[0]
        except (IndexError, FileNotFoundError, subprocess.TimeoutExpired):
            continue
        if state.strip() in ("running", "degraded"):
            return
    words = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise NotShown(f"systemd does not boot here: {words}")
