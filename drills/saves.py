"""T4, T5, T7: what an editor saved is there whole, overwrites nobody's, and can be undone."""

import datetime
import os
import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPException
from pathlib import Path

from drills._editors import Answer, Editor, signed_in
from drills._sites import Rows, Site, kinds
from tests.support import servers
from tests.support.measurements import Measurement

ABOUT = "a save is never lost or half done, overwrites nobody silently, and can be undone"
WRITERS = {"69": 0, "38": 1, "01": 2, "35": 3}
FIRST_DAY = datetime.date(2023, 7, 25)
NOTE = "Saved at the same moment"
CONFLICT = "Someone else changed this while you had it open."


def run(saves: int = 1000, rounds: int = 50, at_once: int = 64) -> Iterator[Measurement]:
    """Save with workers killed, all at once, two against each other; then undo everything."""
    servers.collect_statics()
    for make in kinds():
        with make() as site:
            # PostgreSQL has its own logs and locks: fewer rounds show as much.
            yield from killed(site, saves if site.kind == "SQLite" else saves // 5)
            yield from simultaneous(site, at_once)
            yield from conflicts(site, rounds)
            yield from undone(site)
    if len(kinds()) == 1:
        yield Measurement("the same on PostgreSQL", "is not installed", "the same", holds=None)


def department(code: str) -> str:
    """Return the address of a department's form."""
    return f"/admin/rollout/department/{code}/change/"


# --- T4: workers killed ---------------------------------------------------------------------------


class Writer(threading.Thread):
    """An editor who saves one department again and again: its day, a text, and what is told."""

    def __init__(self, editor: Editor, code: str, saves: Iterator[int]) -> None:
        super().__init__()
        self.editor, self.code, self.saves = editor, code, saves
        self.confirmed: list[int] = []
        self.unanswered: list[int] = []
        self.refused: list[str] = []

    def run(self) -> None:
        """Save until all are done; what breaks is noted, and the next one begins anew."""
        for number in self.saves:
            sent = False
            try:
                form = self.editor.form(department(self.code)) | values(self.code, number)
                sent = True
                answer = self.editor.post(department(self.code), form)
            except (OSError, HTTPException):
                if sent:
                    self.unanswered.append(number)
            else:
                if answer.status == 302:
                    self.confirmed.append(number)
                else:
                    self.refused.append(f"{answer.status} for save {number}")


def values(code: str, number: int) -> dict[str, object]:
    """Return what one save writes: a row, its text and an update, all with the same number."""
    day = str(FIRST_DAY + datetime.timedelta(days=number))
    return {
        "not_before": "",
        "opened_on": day,
        "confirmed_day": day,  # it is far from the other days of the wave
        "texts-0-note": f"Note {number} on {code}",
        "change_note": f"Save {number} of {code}",
        "is_minor": "",
    }


class Numbers:
    """Numbers that several threads share, each given once."""

    def __init__(self, count: int, enough: Callable[[], int]) -> None:
        self.next, self.count, self.enough, self.lock = 0, count, enough, threading.Lock()

    def __iter__(self) -> "Numbers":
        return self

    def __next__(self) -> int:
        with self.lock:
            if self.enough() >= self.count:
                raise StopIteration
            self.next += 1
            return self.next


def killed(site: Site, count: int) -> Iterator[Measurement]:
    """Let editors save until so many saves are confirmed, while workers are killed."""
    environment = {**site.environment, "WEB_CONCURRENCY": "3"}
    with servers.served(environment, "/livez") as (server, address):
        (editor,) = signed_in(site, address, "saving")
        writers: list[Writer] = []
        numbers = Numbers(count, lambda: sum(len(writer.confirmed) for writer in writers))
        for code in WRITERS:
            own = Editor(address, editor.name, dict(editor.cookies))
            writers.append(Writer(own, code, iter(numbers)))
        for writer in writers:
            writer.start()
        kills = 0
        while any(writer.is_alive() for writer in writers):
            time.sleep(random.uniform(0.2, 1.5))
            kills += kill_a_worker(server)
    confirmed = sum(len(writer.confirmed) for writer in writers)
    unanswered = sum(len(writer.unanswered) for writer in writers)
    refused = [refusal for writer in writers for refusal in writer.refused]
    lost, halves, disagreeing = count_inconsistencies(site, writers)
    of = f"of {confirmed} confirmed saves on {site.kind}, {kills} workers killed -9"
    yield Measurement(f"lost {of}", str(lost), "0", holds=lost == 0 and confirmed >= count)
    of = f"half done among them and {unanswered} that were cut off"
    yield Measurement(of, str(halves), "0", holds=halves == 0)
    yield Measurement(
        "rows that are not their history", str(disagreeing), "0", holds=disagreeing == 0
    )
    actual = ", ".join(refused[:3]) or "none"
    yield Measurement(
        "answers that are neither saved nor cut off", actual, "none", holds=not refused
    )


def kill_a_worker(server: "subprocess.Popen[bytes]") -> int:
    """Kill one of gunicorn's workers in the midst of whatever it does; return how many."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    if not children:
        return 0
    try:
        os.kill(int(random.choice(children)), signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


def count_inconsistencies(site: Site, writers: list[Writer]) -> tuple[int, int, int]:
    """Return how many saves were lost, how many half done, how many rows are not their history."""
    parts = [
        Counter(
            note
            for (note,) in site.query(
                f"SELECT {column} FROM {table} WHERE {column} LIKE '{beginning}%'"
            )
        )
        for table, column, beginning in (
            ("rollout_historicaldepartment", "history_change_reason", "Save "),
            ("rollout_historicaldepartmenttext", "history_change_reason", "Save "),
            ("rollout_updatetext", "note", "Save "),
        )
    ]
    lost = halves = disagreeing = 0
    for writer in writers:
        for number in writer.confirmed + writer.unanswered:
            note = f"Save {number} of {writer.code}"
            counts = [part[note] for part in parts]
            lost += number in writer.confirmed and 0 in counts
            halves += counts not in ([0, 0, 0], [1, 1, 1])
        disagreeing += last_states(site, writer.code) not in (1, None)
    return lost, halves, disagreeing


def last_states(site: Site, code: str) -> int | None:
    """Return in how many states a department is: row, text, and the last line of each history."""
    row = f"FROM rollout_department WHERE code = '{code}'"
    english = f"FROM rollout_departmenttext WHERE department_id = '{code}' AND language = 'en'"
    last = "ORDER BY history_id DESC LIMIT 1"
    day, text = site.query(f"SELECT opened_on {row}"), site.query(f"SELECT note {english}")
    row, english = (clause.replace("rollout_", "rollout_historical") for clause in (row, english))
    historical_day = site.query(f"SELECT opened_on {row} {last}")
    historical_text = site.query(f"SELECT note {english} {last}")
    if not text:
        return None
    passed = datetime.date.fromisoformat(str(day[0][0])) - FIRST_DAY
    agree = day == historical_day and text == historical_text
    return 1 if agree and text[0][0] == f"Note {passed.days} on {code}" else 2


# --- T4: all at once ------------------------------------------------------------------------------


def simultaneous(site: Site, count: int) -> Iterator[Measurement]:
    """Send many saves at the same moment, to different departments."""
    codes = [code for (code,) in site.query("SELECT code FROM rollout_department ORDER BY code")]
    environment = {**site.environment, "WEB_CONCURRENCY": "4"}
    with servers.served(environment, "/livez") as (_server, address):
        (editor,) = signed_in(site, address, "at-once")
        forms = {
            code: editor.form(department(code)) | {"texts-0-note": NOTE, "is_minor": "on"}
            for code in codes[:count]
        }
        answers = all_at_once(
            [partial(editor.post, department(code), form) for code, form in forms.items()]
        )
    statuses = Counter(answer.status for answer in answers)
    actual = ", ".join(f"{number} × {status}" for status, number in sorted(statuses.items()))
    what = f"{count} saves at the same moment on {site.kind}"
    yield Measurement(what, actual, f"{count} × 302", holds=statuses == {302: count})
    for table in ("rollout_departmenttext", "rollout_historicaldepartmenttext"):
        ((actual,),) = site.query(f"SELECT count(*) FROM {table} WHERE note = '{NOTE}'")
        yield Measurement(f"of them in {table}", str(actual), str(count), holds=actual == count)


def all_at_once(calls: list[Callable[[], Answer]]) -> list[Answer]:
    """Make all calls at the same moment, each in a thread of its own; return their answers."""
    barrier = threading.Barrier(len(calls))

    def call(one: Callable[[], Answer]) -> Answer:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(call, calls))


# --- T5: two editors ------------------------------------------------------------------------------


def conflicts(site: Site, rounds: int) -> Iterator[Measurement]:
    """Let two editors open the same form and send it at the same moment, again and again."""
    decided = complete = agreeing = 0
    with servers.served(site.environment, "/livez") as (_server, address):
        editors = signed_in(site, address, "first", "second")
        for number in range(rounds):
            forms = [
                editor.form(department("69"))
                | {"texts-0-note": f"Of {editor.name} in {number}", "is_minor": "on"}
                for editor in editors
            ]
            answers = all_at_once(
                [
                    partial(editor.post, department("69"), form)
                    for editor, form in zip(editors, forms, strict=True)
                ]
            )
            statuses = [answer.status for answer in answers]
            if sorted(statuses) != [200, 302]:
                continue
            decided += 1
            winner, loser = statuses.index(302), statuses.index(200)
            refusal = answers[loser].text
            complete += CONFLICT in refusal and f"Of {editors[loser].name} in {number}" in refusal
            note = (
                "SELECT note FROM rollout_departmenttext "
                "WHERE department_id = '69' AND language = 'en'"
            )
            agreeing += site.query(note) == [(f"Of {editors[winner].name} in {number}",)]
    for what, count in (
        ("two saves of one form: one saved, one refused", decided),
        ("the one refused is told so, and all typed is still there", complete),
        ("the row is the winner's", agreeing),
    ):
        actual = f"{count} of {rounds}"
        yield Measurement(f"{what}, on {site.kind}", actual, f"{rounds}", holds=count == rounds)


# --- T7: undone -----------------------------------------------------------------------------------

CHANGES: list[tuple[str, str, dict[str, object]]] = [
    ("department", "code = '69'", {"opened_on": "2023-07-30", "precision": "by", "sources": []}),
    ("region", "code = '84'", {"name": "Another name"}),
    ("wave", "slug = 'pilot-2023'", {"texts-0-name": "Renamed"}),
    ("source", "slug = 'rtl-2023-07-25'", {"texts-0-description": "Another one"}),
    ("entry", "slug = 'new-phone'", {"position": "77", "texts-0-title": "Changed"}),
    ("activationroute", "slug = 'france-identite'", {"position": "99"}),
    ("identitydocument", "slug = 'foreign-passport'", {"position": "99"}),
    ("healthscheme", "slug = 'msa'", {"position": "99"}),
    ("acceptance", "is_active", {"is_active": ""}),
    ("alias", "is_active", {"is_active": ""}),
]


def undone(site: Site) -> Iterator[Measurement]:
    """Change one row of each kind as an editor, try to delete it, bring it back."""
    back: list[str] = []
    deleted: list[str] = []
    with servers.served(site.environment, "/livez") as (_server, address):
        (editor,) = signed_in(site, address, "undoing")
        for model, where, change in CHANGES:
            key = "code" if "code" in where else "slug" if "slug" in where else "id"
            sql = f"SELECT {key} FROM rollout_{model} WHERE {where} ORDER BY 1 LIMIT 1"
            row = f"/admin/rollout/{model}/{site.query(sql)[0][0]}"
            before = stated(site)
            if is_undone(site, editor, row, dict(change)) and stated(site) == before:
                back.append(model)
            if not is_deleted(site, editor, row):
                deleted.append(model)
    everything = f"{len(CHANGES)} of {len(CHANGES)}"
    missing = sorted({model for model, _where, _change in CHANGES} - set(back))
    actual = f"{len(back)} of {len(CHANGES)}" + (f", not {', '.join(missing)}" if missing else "")
    what = f"kinds of rows changed, then brought back to the last letter, on {site.kind}"
    yield Measurement(what, actual, everything, holds=actual == everything)
    actual = f"{len(deleted)} of {len(CHANGES)}"
    what = f"kinds of rows that cannot be deleted, on {site.kind}"
    yield Measurement(what, actual, everything, holds=actual == everything)


UNTRACKED_COLUMNS = {"changed_at", "reviewed_by", "reviewed_on"}


def stated(site: Site) -> Rows:
    """Return all that the site states: not its history, nor since when, nor who read it last."""
    contents = {}
    for table in site.tables():
        if table.startswith("rollout_") and "historical" not in table:
            columns = [name for name in columns_of(site, table) if name not in UNTRACKED_COLUMNS]
            listed = ", ".join(f'"{name}"' for name in columns)
            contents[table] = sorted(site.query(f'SELECT {listed} FROM "{table}"'), key=repr)
    # The numbers of the lines that join a row with its sources are new each time.
    return {
        table: sorted((row[1:] for row in rows), key=repr) if table.endswith("_sources") else rows
        for table, rows in contents.items()
    }


def columns_of(site: Site, table: str) -> list[str]:
    """Return the names of a table's columns."""
    sql = (
        "SELECT column_name FROM information_schema.columns "
        f"WHERE table_name = '{table}' ORDER BY ordinal_position"
        if site.kind == "PostgreSQL"
        else f"SELECT name FROM pragma_table_info('{table}')"
    )
    return [str(name) for (name,) in site.query(sql)]


def is_undone(site: Site, editor: Editor, row: str, change: dict[str, object]) -> bool:
    """Change a row, then bring back the version before of all that changed; tell if it went."""
    versions = listed(editor, row)
    if change.get("sources") == []:
        change["certainty"] = "not-found"
    before = stated(site)
    if editor.save(f"{row}/change/", is_minor="on", **change).status != 302:
        return False
    if stated(site) == before:
        return False  # nothing was changed, so nothing can be shown
    for part, keys in listed(editor, row).items():
        if len(keys) > len(versions.get(part, [])):
            answer = editor.save(f"{row}/history/{keys[1]}/", is_minor="on")
            if answer.status != 302:
                return False
    return True


def listed(editor: Editor, row: str) -> dict[str, list[str]]:
    """Return the versions of a row and of each of its texts, newest first."""
    html = editor.get(f"{row}/history/").text
    versions: dict[str, list[str]] = {}
    for line in html.split("<tr>")[2:]:
        key = re.search(r"/history/([a-z]+-\d+)/", line)
        part = re.search(r"<td><strong>([^<:]+)</strong> ", line)
        if key:
            kind = key[1].split("-")[0]
            versions.setdefault(f"{kind} {part[1] if part else ''}", []).append(key[1])
    return versions


def is_deleted(site: Site, editor: Editor, row: str) -> bool:
    """Try to delete a row, from its page and from the list; tell whether anything is gone."""
    before = stated(site)
    model, key = row.split("/")[3:5]
    token = editor.form(f"{row}/change/")["csrfmiddlewaretoken"]
    editor.post(f"{row}/delete/", {"post": "yes", "csrfmiddlewaretoken": token})
    action = {"action": "delete_selected", "_selected_action": key, "post": "yes"}
    editor.post(f"/admin/rollout/{model}/", {**action, "csrfmiddlewaretoken": token})
    return stated(site) != before
