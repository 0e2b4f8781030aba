"""/livez and /readyz say in time what is wrong, whatever it is, and nothing that is secret."""

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
    """The folder of backups, with one of this hour unless a test removes it."""
    folder = Path(environment["BACKUP_DIR"])
    fresh = folder / f"vitale-{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H%M%SZ}.sqlite3"
    fresh.touch()
    yield folder
    for file in folder.iterdir():
        file.unlink()


def fetch(address, path, method="GET", host="localhost"):
    """Return status, headers and body of a response, and how many seconds it took."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers={"Host": host})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, response.headers, body, time.monotonic() - started


def checks(address):
    """Return the checks of /readyz, whose status must agree with them."""
    status, _headers, body, seconds = fetch(address, "/readyz")
    payload = json.loads(body)
    assert seconds < 2
    assert payload["ready"] is (status == 200)
    assert status in (200, 503)
    assert payload["ready"] is all(result == "ok" for result in payload["checks"].values())
    return payload["checks"]


def test_both_respond_to_any_host_and_are_not_cached(address, backups):
    for path, content_type in (("/livez", "text/plain"), ("/readyz", "application/json")):
        for host in ("localhost", "evil.example", "10.0.0.1:8000", ""):
            status, headers, body, _seconds = fetch(address, path, host=host)
            assert (status, headers["Cache-Control"]) == (200, "no-store"), (path, host, body)
            assert headers["Content-Type"].startswith(content_type)
            assert "Set-Cookie" not in headers
            assert "Content-Language" not in headers


def test_both_allow_get_and_head_only(address, backups):
    for path in ("/livez", "/readyz"):
        assert fetch(address, path, "POST")[0] == 405
        status, headers, body, _seconds = fetch(address, path, "HEAD")
        assert (status, body) == (200, "")
        assert headers["Content-Length"] != "0"


def test_similar_paths_are_left_to_the_site(address):
    for path in ("/livez/", "/livez/x", "/en/livez", "/Livez"):
        assert fetch(address, path)[0] != 200, path


def test_all_is_well(address, backups):
    assert checks(address) == dict.fromkeys(
        ("disk", "backup", "mirror", "clock", "database", "migrations"), "ok"
    )


def test_readyz_has_the_size_of_the_page_cache(address, backups):
    fetch(address, "/robots.txt")
    statistics = json.loads(fetch(address, "/readyz")[2])["page_cache"]
    assert statistics["responses"] >= 1
    assert statistics["bytes"] > 0


@pytest.mark.parametrize(
    ("name", "result"), [("0008_names_of_places", "1 not applied"), ("0001_squashed_0011", "ok")]
)
def test_unapplied_migrations_are_counted(address, backups, environment, name, result):
    """A database that was made before they were squashed has been through them one by one."""
    database = sqlite3.connect(Path(environment["VAR_DIR"]) / "db.sqlite3")
    where = "FROM django_migrations WHERE app = 'rollout' AND name = ?"
    (row,) = database.execute(f"SELECT app, name, applied {where}", (name,))
    database.execute(f"DELETE {where}", (name,))
    database.commit()
    assert checks(address)["migrations"] == result
    database.execute("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, ?)", row)
    database.commit()
    database.close()
    assert checks(address)["migrations"] == "ok"


def test_a_backup_that_is_old_or_missing_is_reported(address, backups):
    (fresh,) = backups.iterdir()
    fresh.rename(backups / "notes.txt")
    assert checks(address)["backup"] == "none yet"
    (backups / "vitale-2026-01-01T000000Z.sqlite3").touch()
    assert checks(address)["backup"].endswith(" hours old")


def test_an_old_static_export_is_reported(address, backups, environment):
    mirror = Path(environment["MIRROR_DIR"])
    two_days_ago = time.time() - 48 * 3600
    os.utime(mirror, (two_days_ago, two_days_ago))
    assert checks(address)["mirror"] == "48 hours old"
    (mirror / "index.html").touch()
    assert checks(address)["mirror"] == "ok"


def test_a_missing_folder_is_reported_without_its_name(address, backups, environment):
    mirror = Path(environment["MIRROR_DIR"])
    mirror.rename(mirror.with_name("elsewhere"))
    assert checks(address)["mirror"] == "does not answer"
    assert "elsewhere" not in fetch(address, "/readyz")[2]
    mirror.with_name("elsewhere").rename(mirror)


def test_a_corrupt_database_is_reported_and_the_process_lives(address, backups, environment):
    database = Path(environment["VAR_DIR"]) / "db.sqlite3"
    content = database.read_bytes()
    database.write_bytes(b"this is not a database" * 1000)
    try:
        assert checks(address)["database"] == "corrupt"
        assert str(database) not in fetch(address, "/readyz")[2]
        assert fetch(address, "/livez")[0] == 200
    finally:
        database.write_bytes(content)
    assert checks(address)["database"] == "ok"


def test_a_disk_that_is_nearly_full_is_reported(monkeypatch):
    monkeypatch.setattr(health, "MIN_FREE_DISK_BYTES", 10**18)
    assert health._disk().endswith(" MB free")


def test_a_check_that_hangs_neither_hides_others_nor_accumulates(monkeypatch):
    calls = []

    def hang():
        calls.append(1)
        time.sleep(1)
        return "ok"

    monkeypatch.setattr(health, "CHECKS_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(health, "_checks", lambda: {"disk": lambda: "ok", "database": hang})
    assert health.run_checks() == {"disk": "ok", "database": "does not answer"}
    assert health.run_checks() == {"disk": "does not answer", "database": "does not answer"}
    assert len(calls) == 1
    assert health._running.acquire(timeout=5)
    health._running.release()


@pytest.fixture
def postgresql(tmp_path):
    """The environment of a site on a PostgreSQL with its tables."""
    if servers.postgresql_programs() is None:
        servers.missing("PostgreSQL", "apt install postgresql")
    with servers.postgresql(servers.loaded_postgresql()) as url:
        environment = {
            "DATABASE_URL": url,
            "ALLOWED_HOSTS": "localhost",
            "SECRET_KEY": "k" * 50,
            "VAR_DIR": str(tmp_path),
            "WEB_CONCURRENCY": "1",
        }
        yield environment


def processes_of(url):
    """Return the ids of all processes of that PostgreSQL, the first one first."""
    with psycopg.connect(url) as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    first = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *map(int, children)]


def test_a_postgresql_that_hangs_is_reported_in_time_and_blocks_nothing(postgresql):
    with servers.served(postgresql, "/livez") as (_server, address):
        assert checks(address) == dict.fromkeys(("disk", "clock", "database", "migrations"), "ok")
        # The site is https only, but for these two: no redirect, whatever the host.
        assert fetch(address, "/robots.txt")[0] == 301
        assert fetch(address, "/livez", host="10.0.0.1")[0] == 200
        hung = processes_of(postgresql["DATABASE_URL"])
        for process in hung:
            os.kill(process, signal.SIGSTOP)
        try:
            for _ in range(3):
                assert checks(address)["database"] == "does not answer"
                _status, _headers, _body, seconds = fetch(address, "/livez")
                assert seconds < 1
        finally:
            for process in reversed(hung):
                os.kill(process, signal.SIGCONT)
        for _ in range(30):
            if checks(address)["database"] == "ok":
                break
            time.sleep(0.2)
        assert checks(address)["database"] == "ok"
