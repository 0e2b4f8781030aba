"""The site is started where it cannot write: on a read-only disk, with a file of someone else."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from drills import saves
from drills._editors import Editor, signed_in
from drills._sites import Site
from tests.support import processes, servers
from tests.support.measurements import Measurement, NotShown
from tests.support.processes import Gunicorn
from tests.support.visitors import PAGES, ask, wait_for

ABOUT = (
    "restarted where nothing can be written, the site is read as always, and says what it cannot"
)

PATHS = (*PAGES, "/en/?q=lyon", "/en/departments/38-isere/?on=2025-05-28", "/accounts/login/")
FORM = saves.department("69")
LIMIT = "current pages, and said"


def run() -> Iterator[Measurement]:
    """Stop or kill the site, take the right to write, start it; and give the right back."""
    with processes.folder() as home:
        disk = home / "disk"
        disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=200m,mode=755", "drill", str(disk)]
        works = (
            os.getuid() == 0
            and not subprocess.run(command, capture_output=True, check=False).returncode
        )
        if not works:
            raise NotShown("needs root, to mount a read-only disk")
        try:
            yield from _on_disk(home, disk)
        finally:
            subprocess.run(["umount", "--lazy", disk], check=True)


def _on_disk(home: Path, disk: Path) -> Iterator[Measurement]:
    site = Site("SQLite", {"VAR_DIR": str(servers.var_dir(disk))})
    database = site.folder / "db.sqlite3"
    servers.collect_statics()
    server = Gunicorn(site.environment, home / "log")
    try:
        server.start()
        (editor,) = signed_in(site, server.address, "an-editor")
        cases: list[tuple[str, Callable[[], None], AbstractContextManager[None]]] = [
            ("stopped, disk read-only", server.stop, _remounted(disk)),
            ("killed after a save, disk read-only", server.kill, _remounted(disk)),
            ("stopped, the file someone else's", server.stop, _bound(database)),
        ]
        for number, (what, end, without_right) in enumerate(cases):
            _save(editor, 2 * number)
            end()
            server.log = home / f"log-{number}"
            with without_right:
                server.start("/livez")
                yield from _read(server, what)
                yield _refused(editor, what, number)
                yield _logged(server, what)
            yield _healed(editor, what, 2 * number + 1)
    finally:
        server.stop()


@contextmanager
def _remounted(disk: Path) -> Iterator[None]:
    def is_done() -> bool:
        """Try: a process that was killed has files open for a moment longer."""
        command = ["mount", "-o", "remount,ro", str(disk)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    wait_for(is_done, 10)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


@contextmanager
def _bound(file: Path) -> Iterator[None]:
    """Make one file read-only for everyone, as one that root made is for others."""
    subprocess.run(["mount", "--bind", file, file], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", file], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", file], check=True)


def _save(editor: Editor, number: int) -> int:
    return editor.save(FORM, **saves.values("69", number)).status


def _read(server: Gunicorn, what: str) -> Iterator[Measurement]:
    answers = [ask(server.address, path) for path in PATHS]
    wrong = [(answer.path, answer.status) for answer in answers if answer.failed or answer.copy]
    actual = f"{len(answers) - len(wrong)} of {len(answers)} current {wrong[:3] or ''}"
    yield Measurement(f"{what}: pages", actual, "all current", not wrong)
    ready = ask(server.address, "/readyz")
    checks = json.loads(ready.body)["checks"]
    holds = ready.status == 503 and checks["database"] == "read-only"
    yield Measurement(f"{what}: /readyz", f"{ready.status} {checks}", "503, read-only", holds)


def _refused(editor: Editor, what: str, number: int) -> Measurement:
    answer = editor.get(FORM)
    typed = f"Typed while nothing is written {number}"
    fields = {"change_note": typed}
    if answer.status == 200:
        answer = editor.post(FORM, editor.form(FORM) | saves.values("69", 50) | fields)
    is_told = "can only be read" in answer.text and typed in answer.text
    holds = answer.status == 503 and answer.retry_after.isdecimal() and is_told
    actual = f"{answer.status}, Retry-After {answer.retry_after or '-'}, told why: {is_told}"
    return Measurement(f"{what}: a save", actual, "503, Retry-After, the reason, the form", holds)


def _logged(server: Gunicorn, what: str) -> Measurement:
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line[:1] == "{"]
    said = [line for line in lines if "is opened read-only" in line["event"]]
    said = [line for line in said if " default " in line["event"]]
    each = {line["process"] for line in said}
    wrong = [line["event"] for line in lines if "does not answer" in line["event"]]
    levels = {line["level"] for line in said}
    holds = bool(said) and len(said) == len(each) and levels == {"WARNING"} and not wrong
    actual = f"{len(said)} lines of {len(each)} workers: {said[0]['event'] if said else '-'}"
    return Measurement(
        f"{what}: the log", actual, "one line of each worker, with the reason", holds
    )


def _healed(editor: Editor, what: str, number: int) -> Measurement:
    try:
        waited = wait_for(partial(_is_saved, editor, number), 10)
    except TimeoutError:
        return Measurement(f"{what}: a save afterwards", "refused", "saved in 5 s", holds=False)
    return Measurement(f"{what}: a save afterwards", f"{waited:.1f} s", "saved in 5 s", waited <= 5)


def _is_saved(editor: Editor, number: int) -> bool:
    return _save(editor, number) == 302
