"""T8: the data comes back, row by row, from backups that are whole or not there."""

import os
import random
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drills._editors import Editor, signed_in
from drills._sites import Rows, Site, kinds
from tests.support import servers
from tests.support.measurements import Measurement

ABOUT = "the data comes back: equal row by row, in minutes, and never by half"
FORM = "/admin/rollout/department/69/change/"
PAGE = "/en/departments/69-rhone/"
BEFORE, AFTER = "25\xa0July 2023", "24\xa0December 2023"
FIFTEEN_MINUTES = 15 * 60


def run(kills: int = 20) -> Iterator[Measurement]:
    """Back up and restore a site that runs, under saves, killed, and with a full disk."""
    servers.collect_statics()
    for make in kinds():
        with make() as site:
            yield from comes_back(site)
            yield from while_others_save(site, max(1, kills // 4))
            yield from killed_backups(site, kills)
            yield from killed_restores(site, kills)
            yield full_disk(site)
    if len(kinds()) == 1:
        yield Measurement("the same on PostgreSQL", "is not installed", "the same", holds=None)


def back_up(site: Site, folder: Path) -> Path:
    """Make a backup and return it."""
    site.manage("backup", str(folder))
    return max(backups_in(folder))


def backups_in(folder: Path) -> list[Path]:
    """Return what has a backup's name, without the checksums."""
    return [file for file in folder.glob("vitale-*") if file.suffix != ".sha256"]


def comes_back(site: Site) -> Iterator[Measurement]:
    """Back up, change and destroy much, restore, all while pages are requested."""
    folder = site.folder / "backups"
    with servers.served(site.environment, "/livez") as (_server, address):
        (editor,) = signed_in(site, address, "before")
        started = time.monotonic()
        backup = back_up(site, folder)
        before = site.rows()
        seconds = time.monotonic() - started
        day = "2023-12-24"
        editor.save(FORM, opened_on=day, confirmed_day=day, change_note="To be lost.")
        changed = Editor(address, "").get(PAGE).text
        for table in ("rollout_alias", "rollout_linkcheck", "account_emailaddress"):
            site.change(f"DELETE FROM {table}")
        site.change("DROP TABLE rollout_collectivity")
        started = time.monotonic()
        site.manage("restore", "--yes", str(backup))
        seconds += time.monotonic() - started
        pages = [Editor(address, "").get(PAGE).text for _ in range(8)]
    after = site.rows()
    differing = sorted({*before, *after} - {t for t in before if before[t] == after.get(t)})
    total = sum(map(len, before.values()))
    what = f"tables that differ after the restore, {total:,} rows on {site.kind}"
    actual = ", ".join(differing) or "none"
    yield Measurement(what, actual, "none", holds=not differing and total > 40_000)
    what = "backup, check and restore"
    yield Measurement(what, f"{seconds:.0f} s", "15 min", holds=seconds < FIFTEEN_MINUTES)
    shown = sum(BEFORE in page and AFTER not in page for page in pages)
    what = "pages that show what came back, at once, of a site that ran on"
    yield Measurement(
        what, f"{shown} of {len(pages)}", "all", holds=shown == 8 and AFTER in changed
    )
    replaced = backups_in(site.folder / "replaced")
    what = "copies of what was replaced"
    yield Measurement(what, str(len(replaced)), "1", holds=len(replaced) == 1)


def while_others_save(site: Site, count: int) -> Iterator[Measurement]:
    """Make backups while an editor saves all the time; each is whole."""
    folder = site.folder / "busy"
    done = threading.Event()
    saved: Counter[int] = Counter()

    def keep_saving(editor: Editor) -> None:
        while not done.is_set():
            answer = editor.save(FORM, is_minor="on", **{"texts-0-note": f"Note {saved.total()}"})
            saved[answer.status] += 1

    with servers.served(site.environment, "/livez") as (_server, address):
        (editor,) = signed_in(site, address, "busy")
        saving = threading.Thread(target=keep_saving, args=(editor,))
        saving.start()
        for _ in range(count):
            site.manage("backup", str(folder))
        done.set()
        saving.join()
    whole = sum(is_whole(site, file) for file in backups_in(folder))
    what = f"backups that are whole, made while {saved.total()} saves went on, on {site.kind}"
    holds = whole == count and set(saved) == {302}
    yield Measurement(
        what, f"{whole}, saves answered {dict(saved)}", f"{count}, all 302", holds=holds
    )


def is_whole(site: Site, file: Path) -> bool:
    """Tell whether a backup is read to its end and has its checksum."""
    checked = site.start("restore", "--check", str(file))
    output = checked.communicate()[0]
    return checked.returncode == 0 and "It is whole." in output


def kill_at_random(running: "subprocess.Popen[str]", seconds: float) -> None:
    """Let a command run for a part of its time, then kill it -9."""
    time.sleep(random.uniform(0.2, 1) * seconds)
    running.kill()
    running.communicate()


def killed_backups(site: Site, kills: int) -> Iterator[Measurement]:
    """Kill backups at random moments; what then has a backup's name is whole."""
    folder = site.folder / "killed"
    started = time.monotonic()
    back_up(site, folder)
    seconds = time.monotonic() - started
    for _ in range(kills):
        kill_at_random(site.start("backup", str(folder)), seconds)
    backups = backups_in(folder)
    broken = [file for file in backups if not is_whole(site, file)]
    what = f"half backups after {kills} killed -9, among {len(backups)}, on {site.kind}"
    yield Measurement(what, str(len(broken)), "0", holds=not broken)
    back_up(site, folder)
    left = [file.name for file in folder.iterdir() if not file.name.startswith("vitale-")]
    what = "drafts that these left, after the next backup"
    yield Measurement(what, str(len(left)), "0", holds=not left)


def killed_restores(site: Site, kills: int) -> Iterator[Measurement]:
    """Kill restores at random moments; the database is as before, or as in the backup."""
    backup = back_up(site, site.folder / "to-restore")
    whole = site.rows()
    spoil = "DELETE FROM rollout_alias WHERE id IN (SELECT min(id) FROM rollout_alias)"
    site.change(spoil)
    spoilt = site.rows()
    started = time.monotonic()
    site.manage("restore", "--yes", str(backup))
    seconds = time.monotonic() - started
    left: Counter[str] = Counter()
    for _ in range(kills):
        if site.rows() == whole:
            site.change(spoil)
        kill_at_random(site.start("restore", "--yes", str(backup)), seconds)
        left[state(site.rows(), spoilt, whole)] += 1
    actual = ", ".join(f"{count} × {outcome}" for outcome, count in sorted(left.items()))
    what = f"the database after {kills} restores killed -9, on {site.kind}"
    yield Measurement(what, actual, "as before, or restored", holds=left["something else"] == 0)


def state(rows: Rows, spoilt: Rows, whole: Rows) -> str:
    """Return which of two states the database is in."""
    return "as before" if rows == spoilt else "restored" if rows == whole else "something else"


def full_disk(site: Site) -> Measurement:
    """Back up onto a disk of one megabyte."""
    what = f"a backup onto a full disk, on {site.kind}"
    limit = "a sentence, and nothing left behind"
    with tempfile.TemporaryDirectory() as name, small_disk(Path(name)) as is_mounted:
        if not is_mounted:
            return Measurement(what, "needs root, to mount a small disk", limit, holds=None)
        folder = Path(name) / "backups"
        backup = site.start("backup", str(folder))
        output = backup.communicate()[0].strip()
        left = list(folder.iterdir())
    is_sentence = output.startswith("CommandError: No backup was made.") and "\n" not in output
    holds = is_sentence and not left and backup.returncode == 1
    return Measurement(what, f"{output}, {len(left)} files left", limit, holds=holds)


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of 256 KB for a while; yield whether that was possible."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "drill", str(folder)]
    mounting = subprocess.run(mount, capture_output=True, check=False) if os.getuid() == 0 else None
    is_mounted = mounting is not None and mounting.returncode == 0
    try:
        yield is_mounted
    finally:
        if is_mounted:
            subprocess.run(["umount", str(folder)], check=True)
