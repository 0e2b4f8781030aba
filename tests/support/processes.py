"""Processes on loopback: gunicorn, to be asked, measured and killed, and other servers."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.visitors import ask, wait_for

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """Return a port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Gunicorn:
    """A gunicorn on a free port: the site as `make serve` starts it, or another application."""

    environment: dict[str, str]
    log: Path
    cwd: Path = ROOT
    application: str = "site_config.wsgi"
    config: str = "gunicorn.conf.py"
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Start it and wait for nothing."""
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(self.cwd)]
        command += ["--config", str(self.cwd / self.config), self.application]
        given = {"PATH": os.environ["PATH"], "DOT_ENV": "", "PORT": str(self.port)}
        with self.log.open("a") as out:
            self.process = subprocess.Popen(
                command, cwd=self.cwd, env=given | self.environment, stdout=out, stderr=out
            )

    def start(self, path: str = "/robots.txt") -> None:
        """Start it and wait until it answers at `path`. Raises AssertionError with its log."""
        self.begin()
        self.wait(path)

    def wait(self, path: str = "/robots.txt", seconds: float = 60) -> None:
        """Wait until it answers at `path`. Raises AssertionError with its log."""
        try:
            wait_for(lambda: self._has_ended() or 0 < ask(self.address, path).status < 500, seconds)
        except TimeoutError:
            pass
        else:
            if not self._has_ended():
                return
        raise AssertionError(f"no answer from {self.address}{path}: {self.log.read_text()[-3000:]}")

    def _has_ended(self) -> bool:
        assert self.process is not None
        return self.process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its master."""
        assert self.process is not None
        self.process.send_signal(number)

    def workers(self) -> list[int]:
        """Return the process ids of its workers."""
        assert self.process is not None
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in path.read_text().split()]

    def hang(self) -> None:
        """Stop it in the middle of whatever it does, without ending it."""
        self._signal_all(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after `hang`."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self.process is not None
        for pid in (self.process.pid, *self.workers()):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """End it at once, with its workers, as a failing machine does."""
        if self.process is not None and self.process.poll() is None:
            self._signal_all(signal.SIGKILL)
            self.process.wait(timeout=30)

    def stop(self) -> None:
        """End it as systemd does."""
        if self.process is not None and self.process.poll() is None:
            self.go_on()  # one that hangs would not end
            self.process.terminate()
            self.process.wait(timeout=30)

    def restart(self) -> None:
        """Start it when it has ended."""
        assert self.process is not None
        self.process.wait(timeout=60)
        self.start()

    def cpu(self) -> float:
        """Return the seconds of CPU that its processes have taken so far."""
        assert self.process is not None
        total = 0
        for pid in (self.process.pid, *self.workers()):
            stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(stat[11]) + int(stat[12])
        return total / os.sysconf("SC_CLK_TCK")

    def memory(self) -> list[tuple[float, float]]:
        """Return the megabytes that each worker holds: its share (PSS), and all it sees (RSS)."""
        return [_memory(pid) for pid in self.workers()]

    def total_memory(self) -> float:
        """Return the megabytes that master and workers hold together."""
        assert self.process is not None
        return sum(_memory(pid)[0] for pid in (self.process.pid, *self.workers()))


def _memory(pid: int) -> tuple[float, float]:
    """Return PSS and RSS of a process in megabytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text()
    size = dict(re.findall(r"^(Pss|Rss):\s+(\d+)", lines, re.MULTILINE))
    return int(size["Pss"]) / 1024, int(size["Rss"]) / 1024


@contextmanager
def running(server: Gunicorn, path: str = "/robots.txt") -> Iterator[Gunicorn]:
    """Run a gunicorn for a while, from its first answer at `path` on."""
    try:
        server.start(path)
        yield server
    finally:
        server.stop()


@contextmanager
def program(*command: str, cwd: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run another server for a while; its words go to a file beside it."""
    with (cwd / f"{Path(command[0]).name}.log").open("a") as out:
        server = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=out)
    try:
        yield server
    finally:
        with suppress(ProcessLookupError):
            server.send_signal(signal.SIGCONT)
        server.kill()
        server.wait(timeout=30)


def redis(port: int, cwd: Path) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    """Run Redis on loopback, without anything on the disk."""
    options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
    return program("redis-server", "--port", str(port), *options, cwd=cwd)


@contextmanager
def folder(prefix: str = "site-") -> Iterator[Path]:
    """A folder that other users (PostgreSQL's, nginx's) may enter, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        Path(name).chmod(0o755)
        yield Path(name)
