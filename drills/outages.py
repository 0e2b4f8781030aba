"""Editors and programs are told what is wrong, and what an editor typed is not lost."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from drills import faults, saves, write_lock
from drills._editors import BEHIND_A_PROXY, Editor, signed_in
from drills._sites import Site
from tests.support import processes, servers
from tests.support.admin_forms import form_values
from tests.support.measurements import Measurement
from tests.support.visitors import Response, ask

ABOUT = "busy, full, corrupt, missing (and read-only, drill read_only): told, and nothing is lost"

FORM = saves.department("69")
LIMIT = "503, Retry-After, the cause, in both languages; the form is sent again and saved"
IN_FRENCH = {
    "is being written to": "en train d’écrire",
    "The disk is full": "Le disque est plein",
    "is damaged": "est endommagée",
    "is not there": "est introuvable",
}

Fault = Callable[[], AbstractContextManager[None]]


def run() -> Iterator[Measurement]:
    """Open a form, break the database, send the form; mend it, and send the form of the answer."""
    with processes.folder() as home:
        disk = home / "disk"
        disk.mkdir()
        with faults.small_disk(disk) as is_small:
            site = Site("SQLite", {"VAR_DIR": str(servers.var_dir(disk))})
            servers.collect_statics()
            with servers.gunicorn(site.environment) as address:
                (editor,) = signed_in(site, address, "an-editor")
                yield from _faults(site, editor, disk, is_small=is_small)


def _faults(site: Site, editor: Editor, disk: Path, *, is_small: bool) -> Iterator[Measurement]:
    database = site.folder / "db.sqlite3"
    cases: dict[str, Fault] = {"is being written to": lambda: write_lock.locked(site)}
    if is_small:
        cases["The disk is full"] = lambda: faults.full(disk)
    else:
        yield Measurement("a full disk", "needs root, to mount one", LIMIT, holds=None)
    cases["is damaged"] = lambda: faults.corrupt(database)
    cases["is not there"] = lambda: faults.missing(database)
    for number, (sentence, fault) in enumerate(cases.items()):
        yield from _through(editor, sentence, fault, number)


def _through(editor: Editor, sentence: str, fault: Fault, number: int) -> Iterator[Measurement]:
    typed = f"Typed while “{sentence}”"
    form = editor.form(FORM) | saves.values("69", number) | {"change_note": typed}
    with fault():
        answer = editor.post(FORM, form)
        french = editor.post(FORM, form, language="fr")
        program = ask(
            editor.address,
            f"/api/v1/departments?on=2025-03-{number + 1:02}",
            BEHIND_A_PROXY,
        )
    again = editor.post(FORM, _fields(answer.text)) if answer.status == 503 else answer
    is_told = sentence in answer.text and typed in answer.text
    is_in_french = french.status == 503 and IN_FRENCH[sentence] in french.text
    holds = answer.status == 503 and answer.retry_after.isdecimal() and is_told and is_in_french
    actual = f"{answer.status}, Retry-After {answer.retry_after or '-'}, told why: {is_told}, in "
    actual += f"French: {is_in_french}; sent again: {again.status}"
    yield Measurement(f"“{sentence}”: a save", actual, LIMIT, holds and again.status == 302)
    yield Measurement(
        f"“{sentence}”: a program",
        f"{program.status} {program.headers.get('content-type', '')}",
        "200, or 503 as problem+json with Retry-After",
        _is_told(program),
    )


def _fields(page: str) -> dict[str, object]:
    """Return what a browser would send of the 503 page's form."""
    return dict(form_values(f'id="content-main"{page}'))


def _is_told(answer: Response) -> bool:
    is_problem = answer.headers.get("content-type") == "application/problem+json"
    is_refused = answer.status == 503 and is_problem and "retry-after" in answer.headers
    return answer.status == 200 or is_refused
