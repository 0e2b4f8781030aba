"""/livez and /readyz say in time what is wrong, whatever is, and nothing that is secret."""

import datetime
import http.client
import json
import os
import signal
import sqlite3
import time
from pathlib import Path

import psycopg
import pytest

from site_config import health
from tests.support import servers

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    folder = servers.site_folder(tmp_path_factory)
    (folder / "backups").mkdir()
    (folder / "mirror").mkdir()
    return {
        "VAR_DIR": str(folder),
        "WEB_CONCURRENCY": "1",
        "BACKUP_DIR": str(folder / "backups"),
        "MIRROR_DIR": str(folder / "mirror"),
    }


@pytest.fixture(scope="module")
def address(environment):
    with servers.served(environment, "/livez") as (_server, address):
        yield address


@pytest.fixture
def backups(environment):
    """The folder of backups, with one of this hour while a test does not take it away."""
    folder = Path(environment["BACKUP_DIR"])
    fresh = folder / f"vitale-{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H%M%SZ}.sqlite3"
    fresh.touch()
    yield folder
    for file in folder.iterdir():
        file.unlink()


def ask(address, path, method="GET", host="localhost"):
    """Return status, headers and body, and how many seconds it took."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers={"Host": host})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.headers, body, time.monotonic() - started


def checks(address):
    """Return what /readyz says; its status agrees with it."""
    status, _headers, body, seconds = ask(address, "/readyz")
    told = json.loads(body)
    assert seconds < 2
    assert told["ready"] is (status == 200)
    assert status in (200, 503)
    assert told["ready"] is all(words == "ok" for words in told["checks"].values())
    return told["checks"]


def test_both_answer_whatever_the_host_and_are_kept_by_nobody(address, backups):
    for path, kind in (("/livez", "text/plain"), ("/readyz", "application/json")):
        for host in ("localhost", "evil.example", "10.0.0.1:8000", ""):
            status, headers, body, _seconds = ask(address, path, host=host)
            assert (status, headers["Cache-Control"]) == (200, "no-store"), (path, host, body)
            assert headers["Content-Type"].startswith(kind)
            assert "Set-Cookie" not in headers
            assert "Content-Language" not in headers


def test_both_can_only_be_read(address, backups):
    for path in ("/livez", "/readyz"):
        assert ask(address, path, "POST")[0] == 405
        status, headers, body, _seconds = ask(address, path, "HEAD")
        assert (status, body) == (200, "")
        assert headers["Content-Length"] != "0"


def test_addresses_that_only_look_like_them_are_the_sites(address):
    for path in ("/livez/", "/livez/x", "/en/livez", "/Livez"):
        assert ask(address, path)[0] != 200, path


def test_all_is_well(address, backups):
    assert checks(address) == dict.fromkeys(
        ("disk", "backup", "mirror", "database", "migrations"), "ok"
    )


def test_a_migration_that_waits_is_counted(address, backups, environment):
    database = sqlite3.connect(Path(environment["VAR_DIR"]) / "db.sqlite3")
    ((app, name, applied),) = database.execute(
        "SELECT app, name, applied FROM django_migrations ORDER BY id DESC LIMIT 1"
    )
    database.execute("DELETE FROM django_migrations WHERE app = ? AND name = ?", (app, name))
    database.commit()
    assert checks(address)["migrations"] == "1 not applied"
    row = (app, name, applied)
    database.execute("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, ?)", row)
    database.commit()
    database.close()
    assert checks(address)["migrations"] == "ok"


def test_a_backup_that_is_old_or_missing_is_told(address, backups):
    (fresh,) = backups.iterdir()
    fresh.rename(backups / "notes.txt")
    assert checks(address)["backup"] == "none yet"
    (backups / "vitale-2026-01-01T000000Z.sqlite3").touch()
    assert checks(address)["backup"].endswith(" hours old")


def test_an_old_mirror_is_told(address, backups, environment):
    mirror = Path(environment["MIRROR_DIR"])
    two_days_ago = time.time() - 48 * 3600
    os.utime(mirror, (two_days_ago, two_days_ago))
    assert checks(address)["mirror"] == "48 hours old"
    (mirror / "index.html").touch()
    assert checks(address)["mirror"] == "ok"


def test_a_folder_that_is_gone_is_told_without_its_name(address, backups, environment):
    mirror = Path(environment["MIRROR_DIR"])
    mirror.rename(mirror.with_name("elsewhere"))
    assert checks(address)["mirror"] == "does not answer"
    assert "elsewhere" not in ask(address, "/readyz")[2]
    mirror.with_name("elsewhere").rename(mirror)


def test_a_database_that_is_none_any_more_is_told_and_the_process_lives(
    address, backups, environment
):
    database = Path(environment["VAR_DIR"]) / "db.sqlite3"
    whole = database.read_bytes()
    database.write_bytes(b"this is not a database" * 1000)
    try:
        assert checks(address)["database"] == "does not answer"
        assert str(database) not in ask(address, "/readyz")[2]
        assert ask(address, "/livez")[0] == 200
    finally:
        database.write_bytes(whole)
    assert checks(address)["database"] == "ok"


def test_little_disk_is_told(monkeypatch):
    monkeypatch.setattr(health, "DISK_FREE", 10**18)
    assert health._disk().endswith(" MB free")


def test_what_hangs_hides_nothing_else_and_does_not_pile_up(monkeypatch):
    looked = []

    def hang():
        looked.append(1)
        time.sleep(1)
        return "ok"

    monkeypatch.setattr(health, "PATIENCE", 0.1)
    monkeypatch.setattr(health, "_checks", lambda: {"disk": lambda: "ok", "database": hang})
    assert health.findings() == {"disk": "ok", "database": "does not answer"}
    assert health.findings() == {"disk": "does not answer", "database": "does not answer"}
    assert len(looked) == 1
    assert health._looking.acquire(timeout=5)
    health._looking.release()


@pytest.fixture
def postgresql(tmp_path):
    """A PostgreSQL with the site's tables, and what makes the site use it."""
    if servers.postgresql_programs() is None:
        servers.missing("PostgreSQL", "apt install postgresql")
    with servers.postgresql() as url:
        environment = {
            "DATABASE_URL": url,
            "ALLOWED_HOSTS": "localhost",
            "SECRET_KEY": "k" * 50,
            "VAR_DIR": str(tmp_path),
            "WEB_CONCURRENCY": "1",
        }
        servers.manage("migrate", "--verbosity=0", environment=environment)
        yield environment


def processes_of(url):
    """Return the ids of all processes of a PostgreSQL of ours."""
    with psycopg.connect(url) as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    first = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


def test_a_postgresql_that_hangs_is_told_in_time_and_holds_nothing_up(postgresql):
    with servers.served(postgresql, "/livez") as (_server, address):
        assert checks(address) == {"disk": "ok", "database": "ok", "migrations": "ok"}
        # https only, but for these: no redirect, and no host of ours.
        assert ask(address, "/en/about/")[0] == 301
        assert ask(address, "/livez", host="10.0.0.1")[0] == 200
        hung = processes_of(postgresql["DATABASE_URL"])
        for process in hung:
            os.kill(process, signal.SIGSTOP)
        try:
            for _ in range(3):
                assert checks(address)["database"] == "does not answer"
                _status, _headers, _body, seconds = ask(address, "/livez")
                assert seconds < 1
        finally:
            for process in reversed(hung):
                os.kill(process, signal.SIGCONT)
        for _ in range(30):
            if checks(address)["database"] == "ok":
                break
            time.sleep(0.2)
        assert checks(address)["database"] == "ok"
