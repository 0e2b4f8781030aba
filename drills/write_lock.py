"""Another process holds SQLite's write lock, while some sign in and others save."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from drills import saves
from drills._editors import Answer, Editor, signed_in
from drills._sites import Site, on_sqlite
from drills.sign_in import sign_in
from tests.support import servers
from tests.support.measurements import Measurement
from tests.support.visitors import PAGES, Visitors, ask

ABOUT = "a held write lock stops no reader and no count of sign-ins; who saves is told so soon"

LOCKED_SECONDS = 12.0
SIGN_INS, EDITORS = 10, 8
MAX_PAGE_SECONDS, MAX_SAVE_SECONDS = 1.0, 6.0
MIXED = (*PAGES, "/en/?q=lyon", "/en/departments/38-isere/?on=2025-05-28")
FORM = "/admin/rollout/department/69/change/"


def run() -> Iterator[Measurement]:
    """Hold the lock beside anonymous sign-ins, then beside editors who save, then beside both."""
    servers.collect_statics()
    with on_sqlite() as site, servers.gunicorn(site.environment) as address:
        names = [f"editor-{number}" for number in range(EDITORS)]
        editors = signed_in(site, address, *names)
        for path in MIXED * 6:  # it is not the cold start that is tried
            ask(address, path)
        attempts = [_attempt(address, number) for number in range(SIGN_INS)]
        in_calm = max(seconds for _answer, seconds in _at_once(attempts))
        yield from _while_locked(site, address, f"{SIGN_INS} sign-ins", attempts, in_calm)
        forms = [_save(editor) for editor in editors]
        yield from _while_locked(site, address, f"{EDITORS} saves", forms)
        yield from _after(editors[0])


def _attempt(address: str, number: int) -> Callable[[], Any]:
    return lambda: sign_in(address, f"nobody-{number}", f"203.0.113.{number}")


def _save(editor: Editor) -> Callable[[], Answer]:
    """Open the form before the lock is held; return what sends it."""
    form = editor.form(FORM) | {"change_note": f"Typed by {editor.name}", "is_minor": ""}
    return lambda: editor.post(FORM, form)


Result = tuple[Any, float]
"""What came back, and after how many seconds."""


def _at_once(calls: Sequence[Callable[[], Any]], seconds: float = 0) -> list[Result]:
    """Make all calls at one moment, wait so long, and return what came back of each."""
    results: list[Result] = []

    def call(one: Callable[[], Any]) -> None:
        began = time.monotonic()
        answer = one()
        results.append((answer, time.monotonic() - began))

    threads = [threading.Thread(target=call, args=(one,)) for one in calls]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    for thread in threads:
        thread.join()
    return results


def _while_locked(
    site: Site,
    address: str,
    what: str,
    calls: Sequence[Callable[[], Any]],
    in_calm: float | None = None,
) -> Iterator[Measurement]:
    """Make all calls at one moment while the lock is held; see how visitors are served."""
    with locked(site), Visitors(address, MIXED) as visitors:
        results = _at_once(calls, LOCKED_SECONDS)
    actual = f"slowest {visitors.slowest:.2f} s, {len(visitors.failed)} of "
    actual += f"{len(visitors.answers)} failed"
    yield Measurement(
        f"visitors beside {what}",
        actual,
        f"{MAX_PAGE_SECONDS:.0f} s, none failed",
        visitors.slowest <= MAX_PAGE_SECONDS and not visitors.failed,
    )
    if in_calm is None:
        yield _of_saves(what, results)
    else:
        yield _of_sign_ins(what, results, in_calm)


def _of_saves(what: str, results: list[Result]) -> Measurement:
    slowest = max(seconds for _answer, seconds in results)
    told = [answer for answer, _seconds in results if _is_told(answer)]
    statuses = sorted({answer.status for answer, _seconds in results})
    return Measurement(
        what,
        f"{len(told)} of {len(results)} told why, {statuses}, slowest {slowest:.2f} s",
        f"503 with Retry-After and the reason within {MAX_SAVE_SECONDS:.0f} s",
        len(told) == len(results) and slowest <= MAX_SAVE_SECONDS,
    )


def _of_sign_ins(what: str, results: list[Result], in_calm: float) -> Measurement:
    slowest = max(seconds for _answer, seconds in results)
    pages = [answer for answer, _seconds in results if "<form" in answer.text]
    return Measurement(
        what,
        f"{len(pages)} of {len(results)} answered, slowest {slowest:.2f} s, "
        f"{in_calm:.2f} s without the lock",
        "all, not a second and a half later than without it",
        len(pages) == len(results) and slowest <= in_calm * 1.2 + 1.5,
    )


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Hold the write lock of the facts, as a load of data does for as long as it takes."""
    database = sqlite3.connect(site.folder / "db.sqlite3", isolation_level=None)
    with closing(database):
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


def _is_told(answer: Answer) -> bool:
    is_busy = "is being written to" in answer.text
    return answer.status == 503 and answer.retry_after.isdecimal() and is_busy


def _after(editor: Editor) -> Iterator[Measurement]:
    """See that the same editor saves without signing in again."""
    answer = editor.save(FORM, **saves.values("69", 1))
    yield Measurement(
        "a save afterwards", f"{answer.status}", "saved (302)", holds=answer.status == 302
    )
