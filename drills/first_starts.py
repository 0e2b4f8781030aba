"""T19: `make serve` on a fresh clone: twice at once, killed at any moment, beside another user."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.support import processes, servers
from tests.support.measurements import Measurement, NotShown, require
from tests.support.visitors import ask, wait_for

ABOUT = "whatever happens to a first start, it says one sentence and the next one works"

SEED = int(os.environ.get("SEED", "20"))
KILLS = 4
START_SECONDS = 900
"""For a whole set-up, packages and all, on a busy machine."""


class Start:
    """One `make serve` in a clone, on a port of its own."""

    def __init__(self, clone: Path, number: int, umask: int = 0o022, **variables: str) -> None:
        self.port = processes.free_port()
        self.log = clone.parent / f"start-{number}.log"
        passed = {
            name: value
            for name, value in os.environ.items()
            if name == "PATH" or name.startswith("PIP_") or name.lower().endswith("_proxy")
        }
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                ["make", "serve"],
                cwd=clone,
                env={**passed, "HOME": str(clone.parent), "PORT": str(self.port), **variables},
                stdout=out,
                stderr=out,
                start_new_session=True,
                umask=umask,
            )

    def serves(self) -> bool:
        """Wait until it answers or has ended; tell which."""
        address = f"http://127.0.0.1:{self.port}"
        with suppress(TimeoutError):
            wait_for(
                lambda: self.process.poll() is not None or ask(address, "/en/").status == 200,
                START_SECONDS,
            )
        return self.process.poll() is None and ask(address, "/en/").status == 200

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to it and all that it started; wait for its end."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait(timeout=60)

    def refusal(self) -> str:
        """Wait for its end; return the last lines that are not make's own."""
        self.process.wait(timeout=START_SECONDS)
        lines = [line for line in self.log.read_text().splitlines() if not line.startswith("make")]
        return lines[-1] if lines else ""


def run() -> Iterator[Measurement]:
    """Start twice at once, kill, start beside one that runs, with a wrong host, without a mask."""
    require("git", "make")
    with processes.folder() as home:
        clone = home / "clone"
        subprocess.run(["git", "clone", "--quiet", servers.ROOT, clone], check=True)
        yield _twice(clone)
        yield from _beside(clone)
        yield _killed(clone)
        yield _without_mask(clone)


def _twice(clone: Path) -> Measurement:
    starts = [Start(clone, number) for number in range(2)]
    try:
        served = sum(start.serves() for start in starts)
    finally:
        for start in starts:
            start.end()
    if not served and all(
        "see that the network works" in start.log.read_text() for start in starts
    ):
        raise NotShown("the packages could not be installed: is there a network?")
    actual = f"{served} of 2 serve"
    if served < 2:
        actual += "".join(start.log.read_text()[-200:] for start in starts)
    return Measurement("two at once on a fresh clone", actual, "2", holds=served == 2)


def _beside(clone: Path) -> Iterator[Measurement]:
    first = Start(clone, 2)
    try:
        served = first.serves()
        sentence = Start(clone, 3, PORT=str(first.port)).refusal()
        holds = served and "Take another port" in sentence and first.serves()
        yield Measurement("a second on the same port", sentence, "one sentence", holds=holds)
        sentence = Start(clone, 4, HOST="nosuchhost").refusal()
        holds = "leads nowhere" in sentence and "port" not in sentence
        yield Measurement("HOST=nosuchhost", sentence, "its own sentence", holds=holds)
    finally:
        first.end()


def _killed(clone: Path) -> Measurement:
    chance = random.Random(SEED)
    for number in range(KILLS):
        subprocess.run(["rm", "-rf", "var", "staticfiles"], cwd=clone, check=True)
        for file in clone.glob("rollout/locale/*/LC_MESSAGES/*.mo"):
            file.unlink()
        start = Start(clone, 10 + number)
        time.sleep(chance.uniform(0.5, 20))
        start.end(signal.SIGKILL)
    last = Start(clone, 20)
    try:
        served = last.serves()
    finally:
        last.end()
    actual = "the next serves" if served else last.log.read_text()[-300:]
    what = f"{KILLS} first starts killed -9 (seed {SEED})"
    return Measurement(what, actual, "the next one serves", holds=served)


def _without_mask(clone: Path) -> Measurement:
    subprocess.run(["rm", "-rf", "var", "staticfiles"], cwd=clone, check=True)
    start = Start(clone, 30, umask=0)
    try:
        served = start.serves()
    finally:
        start.end()
    writable = [
        path.relative_to(clone).as_posix()
        for path in clone.rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o002
    ]
    actual = f"{len(writable)} files {writable[:3]}"
    return Measurement("umask 000: what others may write", actual, "0", served and not writable)
