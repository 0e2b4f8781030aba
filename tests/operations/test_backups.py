"""What was backed up comes back, row by row; half a backup or half a restore there never is."""

import datetime
import errno
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollout.operations.backups import folder, postgresql
from rollout.operations.backups.contents import BackupError
from rollout.operations.backups.rotation import RetentionRule, retained
from tests.support import old_database, servers

pytestmark = pytest.mark.servers

# Sessions and counts are not in a backup; a restore has a data version of its own.
EXCLUDED_TABLES = {"django_session", "shared_cache", "rollout_dataversion"}
ACCOUNTS = """
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
User.objects.create_user("an-editor", password="a long passphrase", is_staff=True)
SessionStore().save(must_create=True)
"""
# Most rows are communes; each test here reads and compares all rows several times.
FEW_COMMUNES = """
from django.db import connection
from rollout.models import Commune
Commune.objects.exclude(department="69").delete()
connection.cursor().execute("VACUUM")
"""


def run(*arguments, environment, **options):
    """Run manage.py; return it as it ended."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=servers.ROOT,
        env={"PATH": os.environ["PATH"], "DOT_ENV": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def refusal(*arguments, environment, **options):
    """Run manage.py, which is to refuse; return its sentence."""
    ended = run(*arguments, environment=environment, **options)
    assert ended.returncode == 1, ended.stdout
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.stderr.strip()


def rows(file):
    """Return all rows of all tables of a SQLite file that are to come back."""
    with sqlite3.connect(file) as database:
        names = database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        contents = {
            name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)  # noqa: S608
            for (name,) in names
            if name not in EXCLUDED_TABLES
        }
    database.close()
    return contents


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A database with the facts, an account and a session."""
    var = servers.site_folder(tmp_path_factory)
    environment = {"VAR_DIR": str(var)}
    servers.manage("shell", "--verbosity=0", "-c", ACCOUNTS + FEW_COMMUNES, environment=environment)
    return var


@pytest.fixture
def environment(template, tmp_path):
    """A copy of it that a test may spoil."""
    shutil.copytree(template, tmp_path / "var")
    return {"VAR_DIR": str(tmp_path / "var")}


@pytest.fixture
def database(environment):
    return Path(environment["VAR_DIR"]) / "db.sqlite3"


@pytest.fixture
def backups(tmp_path):
    return tmp_path / "backups"


@pytest.fixture(scope="module")
def first_backup(template, tmp_path_factory):
    """A backup of the template."""
    place = tmp_path_factory.mktemp("first")
    servers.manage("backup", str(place / "backups"), environment={"VAR_DIR": str(template)})
    return place / "backups"


@pytest.fixture
def backup(environment, first_backup, backups):
    """A copy of it, to be spoilt or brought back."""
    shutil.copytree(first_backup, backups)
    (file,) = backups.glob("*.sqlite3")
    return file


# --- Making one ------------------------------------------------------------------------------------


def test_a_backup_holds_every_row_but_sessions_and_counts(database, backup):
    assert rows(backup) == rows(database)
    with sqlite3.connect(backup) as copy:
        assert copy.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
    copy.close()
    with sqlite3.connect(database) as live:
        (key,) = live.execute("SELECT session_key FROM django_session").fetchone()
    live.close()
    assert key.encode() not in backup.read_bytes()


def test_it_is_for_its_owner_only_and_has_its_checksum(backup, backups):
    assert stat.S_IMODE(backups.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in backups.iterdir()} == {0o600}
    assert sorted(file.name for file in backups.iterdir()) == [backup.name, f"{backup.name}.sha256"]
    checked = subprocess.run(
        ["sha256sum", "--check", f"{backup.name}.sha256"], cwd=backups, check=False
    )
    assert checked.returncode == 0


def test_it_says_its_size_and_how_many_rows_it_read_again(environment, backups):
    output = servers.manage("backup", str(backups), environment=environment)
    assert "bytes" in output
    assert "rows in" in output
    assert "Read again: whole." in output


def test_backup_dir_is_where_it_goes_unless_told(environment, tmp_path):
    place = tmp_path / "elsewhere"
    servers.manage("backup", environment={**environment, "BACKUP_DIR": str(place)})
    assert len(list(place.glob("*.sqlite3"))) == 1
    assert "or set BACKUP_DIR" in refusal("backup", environment=environment)


def test_a_folder_that_others_may_enter_is_refused(environment, tmp_path):
    tmp_path.chmod(0o755)
    assert f"chmod 700 {tmp_path}" in refusal("backup", str(tmp_path), environment=environment)
    assert not list(tmp_path.glob("vitale-*"))


def test_no_database_and_no_folder_are_sentences(environment, database, tmp_path):
    (tmp_path / "file").touch()
    assert "cannot be used" in refusal("backup", str(tmp_path / "file"), environment=environment)
    database.unlink()
    backups = tmp_path / "backups"
    assert "There is no database at" in refusal("backup", str(backups), environment=environment)
    assert not database.exists()
    assert list(backups.iterdir()) == []


def test_a_damaged_database_makes_no_backup_and_takes_none_away(
    environment, database, backups, backup
):
    with sqlite3.connect(database) as live:
        live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    live.close()
    with database.open("r+b") as file:
        file.seek(4096 * 40)
        file.write(os.urandom(4096 * 200))
    assert "No backup was made." in refusal("backup", str(backups), environment=environment)
    assert list(backups.glob("vitale-*.sqlite3")) == [backup]
    assert list(backups.glob(".unfinished*")) == []


def fill_up(draft):
    """Write as on a full disk."""
    draft.write_bytes(b"half")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_nothing_behind(backups):
    with folder.locked(backups), pytest.raises(OSError, match="No space left"):
        folder.write_atomically(backups, ".sqlite3", fill_up)
    assert list(backups.iterdir()) == []


def test_two_at_once_do_not_meet(backups):
    with (
        folder.locked(backups),
        pytest.raises(BackupError, match="is under way"),
        folder.locked(backups),
    ):
        pass


def test_what_a_killed_one_left_is_swept_away(environment, backups, backup):
    (backups / ".unfinished-abc").write_bytes(b"half")
    (backups / "vitale-2026-01-01T000000Z.sqlite3.sha256").write_text("x")
    (backups / "notes.txt").write_text("mine")
    servers.manage("backup", str(backups), environment=environment)
    assert not (backups / ".unfinished-abc").exists()
    assert not (backups / "vitale-2026-01-01T000000Z.sqlite3.sha256").exists()
    assert (backups / "notes.txt").exists()


# --- Which are retained --------------------------------------------------------------------------------

EVERY_SIX_HOURS = [
    datetime.datetime(2026, 11, 23, 18, tzinfo=datetime.UTC) - datetime.timedelta(hours=6 * n)
    for n in range(4 * 500)
]


def test_two_days_then_days_weeks_and_months_are_kept():
    left = sorted(retained(EVERY_SIX_HOURS, RetentionRule(7, 4, 12)), reverse=True)
    assert [f"{moment:%m-%dT%H}" for moment in left[:9]] == [
        f"11-{day}T{hour:02}" for day, hour in [(23, 18), (23, 12), (23, 6), (23, 0), (22, 18),
                                                (22, 12), (22, 6), (22, 0), (21, 18)]
    ]  # fmt: skip
    assert [f"{moment:%Y-%m-%d}" for moment in left[9:]] == [
        *("2026-11-20", "2026-11-19", "2026-11-18", "2026-11-17"),
        *("2026-11-15", "2026-11-08"),
        *(f"2026-{month}-{last}" for month, last in [(10, 31), ("09", 30), ("08", 31), ("07", 31)]),
        *(f"2026-{month}-{last}" for month, last in [("06", 30), ("05", 31), ("04", 30)]),
        *("2026-03-31", "2026-02-28", "2026-01-31", "2025-12-31"),
    ]


@given(st.lists(st.datetimes(timezones=st.just(datetime.UTC)), max_size=60))
def test_the_newest_is_always_kept_and_keeping_twice_changes_nothing(moments):
    left = retained(moments, RetentionRule(7, 4, 12))
    assert left <= set(moments)
    assert (max(moments) in left) if moments else not left
    assert retained(left, RetentionRule(7, 4, 12)) == left
    assert (
        len(
            retained(moments, RetentionRule(0, 0, 0))
            - {m for m in moments if max(moments) - m <= datetime.timedelta(days=2)}
        )
        == 0
    )


def test_only_backups_are_ever_removed(tmp_path):
    names = [f"vitale-20{year:02}-01-01T000000Z.sqlite3" for year in range(30)]
    others = ["vitale-2020-99-99T000000Z.sqlite3", "vitale.sqlite3", "db.sqlite3", "x.pgdump"]
    for name in names + others:
        (tmp_path / name).touch()
    folder.rotate(tmp_path, RetentionRule(7, 4, 12))
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {*names[-12:], *others}


# --- Bringing it back ------------------------------------------------------------------------------


def restore(file, environment):
    return servers.manage("restore", "--yes", str(file), environment=environment)


def spoil(database):
    with sqlite3.connect(database) as live:
        live.execute("UPDATE rollout_department SET name = 'Spoilt' WHERE code = '69'")
        live.execute("DELETE FROM rollout_alias")
        live.execute("DELETE FROM auth_user")
        live.execute("DROP TABLE rollout_linkcheck")
    live.close()


def replaced(environment):
    return sorted((Path(environment["VAR_DIR"]) / "replaced").glob("*.sqlite3"))


def test_every_row_comes_back_and_what_was_there_is_kept(environment, database, backup):
    before = rows(database)
    spoil(database)
    spoilt = rows(database)
    assert spoilt != before
    output = restore(backup, environment)
    assert rows(database) == before
    (file,) = replaced(environment)
    assert str(file) in output
    assert rows(file) == spoilt
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    restore(file, environment)
    assert rows(database) == spoilt


def test_who_has_the_database_open_sees_what_came_back(environment, database, backup):
    spoil(database)
    worker = sqlite3.connect(database)
    name = "SELECT name FROM rollout_department WHERE code = '69'"
    assert worker.execute(name).fetchone() == ("Spoilt",)
    restore(backup, environment)
    assert worker.execute(name).fetchone() == ("Rhône",)
    assert worker.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    worker.close()


def test_without_yes_nothing_is_replaced(environment, database, backup):
    spoil(database)
    before = rows(database)
    assert "add --yes" in refusal("restore", str(backup), environment=environment, input="yes\n")
    assert "It is whole." in servers.manage(
        "restore", "--check", str(backup), environment=environment
    )
    assert rows(database) == before
    assert replaced(environment) == []


def altered(backup):
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)


def cut_off(backup):
    folder.checksum_path(backup).unlink()
    backup.write_bytes(backup.read_bytes()[:-100_000])


def another_database(backup):
    folder.checksum_path(backup).unlink()
    backup.write_bytes(b"")


def an_orphan(backup):
    folder.checksum_path(backup).unlink()
    with sqlite3.connect(backup) as copy:
        copy.execute("DELETE FROM rollout_region WHERE code = '84'")
    copy.close()


def newer(backup, name="9999_x"):
    folder.checksum_path(backup).unlink()
    with sqlite3.connect(backup) as copy:
        copy.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('rollout', ?, '2030-01-01')",
            [name],
        )
    copy.close()


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        (altered, "its checksum differs"),
        (cut_off, "cannot be read"),
        (another_database, "holds no database of this site"),
        (an_orphan, "rests on a row of rollout_region that is not there"),
        (newer, "comes from a newer version of this site: it has been through rollout.9999_x"),
        (lambda backup: backup.unlink(), "cannot be read"),
        (lambda backup: backup.write_text("x" * 9999), "its checksum differs"),
    ],
)
def test_what_is_not_whole_is_refused_before_anything_changes(
    environment, database, backup, spoilt, sentence
):
    before = rows(database)
    spoilt(backup)
    output = refusal("restore", "--yes", str(backup), environment=environment)
    assert output.startswith("CommandError: Nothing was restored.")
    assert sentence in output
    assert rows(database) == before
    assert replaced(environment) == []


def test_a_backup_that_names_a_squashed_migration_of_then_is_restored(environment, backup):
    newer(backup, "0001_squashed_0008")
    servers.manage("restore", "--yes", str(backup), environment=environment)


def test_a_backup_of_the_other_database_is_refused(environment, backup):
    other = backup.rename(backup.with_suffix(".pgdump"))
    output = refusal("restore", "--yes", str(other), environment=environment)
    assert "is not a backup of this database" in output


def test_an_older_backup_is_brought_up_to_date(environment, database, backups):
    before = rows(database)
    old_database.migrate_to("0006", environment)
    assert "rollout_postallocality" not in rows(database)
    servers.manage("backup", str(backups), environment=environment)
    (backup,) = backups.glob("*.sqlite3")
    restore(backup, environment)
    assert run("migrate", "--check", environment=environment).returncode == 0
    after = rows(database)
    # the next load fills them
    newer = {"language", "historicallanguage", "intercommunality", "postallocality"}
    ours = {name for name in before if name.startswith("rollout_")}
    kept = sorted(ours - {f"rollout_{model}" for model in newer})
    assert {name: len(after[name]) for name in kept} == {name: len(before[name]) for name in kept}


def zeros(database):
    database.write_bytes(bytes(8192) + database.read_bytes()[8192:])


def rubbish(database):
    content = bytearray(database.read_bytes())
    content[4096 * 40 : 4096 * 240] = os.urandom(4096 * 200)
    database.write_bytes(content)


def missing(database):
    database.unlink()


@pytest.mark.parametrize("damage", [zeros, rubbish, missing])
def test_a_database_beyond_repair_is_replaced_and_kept_as_it_is(
    environment, database, backup, damage
):
    before = rows(database)
    damage(database)
    broken = database.read_bytes() if database.exists() else b""
    output = restore(backup, environment)
    assert rows(database) == before
    copies = [file.read_bytes() for file in replaced(environment)]
    assert copies == ([broken] if broken else [])
    assert ("Restart the site" in output) is (damage is zeros)


def test_what_is_there_is_not_given_up_because_it_cannot_be_kept(environment, database, backup):
    before = rows(database)
    (Path(environment["VAR_DIR"]) / "replaced").touch()
    output = refusal("restore", "--yes", str(backup), environment=environment)
    assert "What is there now cannot be kept, so it was left alone" in output
    assert rows(database) == before


# --- PostgreSQL ------------------------------------------------------------------------------------


def test_without_pg_dump_it_says_what_to_install(tmp_path, environment):
    public = {
        "DATABASE_URL": "postgres://u:s3cret@127.0.0.1:1/x",
        "ALLOWED_HOSTS": "localhost",
        "SECRET_KEY": "k" * 50,
        "PATH": str(tmp_path),
    }
    output = refusal("backup", str(tmp_path / "backups"), environment=environment | public)
    assert "pg_dump is not installed. On Debian: apt install postgresql-client" in output


def test_a_postgresql_that_is_not_there_is_a_sentence_without_its_password(tmp_path, environment):
    programs = servers.postgresql_programs()
    if programs is None:
        servers.missing("PostgreSQL", "apt install postgresql")
    public = {
        "DATABASE_URL": "postgres://u:s3cret@127.0.0.1:1/x",
        "ALLOWED_HOSTS": "localhost",
        "SECRET_KEY": "k" * 50,
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    output = refusal("backup", str(tmp_path / "backups"), environment=environment | public)
    assert "pg_dump failed:" in output
    assert "s3cret" not in output


def test_rows_of_a_dump_are_counted_by_table():
    script = (
        b"COPY public.a (id, name) FROM stdin;\n1\tx\n2\ty\\nz\n\\.\n\n"
        b'COPY public."b" (id) FROM stdin;\n\\.\nSELECT 1;\n'
    )
    contents = list(postgresql._rows(script))
    assert [(table, row) for table, _columns, row in contents] == [
        ("a", None),
        ("a", b"1\tx"),
        ("a", b"2\ty\\nz"),
        ("b", None),
    ]
    assert contents[0][1] == ["id", "name"]
