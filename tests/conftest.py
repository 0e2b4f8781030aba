"""What all tests share: the real data in the database, no network, an editor who is signed in."""

import datetime
import gc
import ipaddress
import shutil
import socket
import sqlite3
from contextlib import closing

import pytest
import time_machine
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, connections
from django.utils import translation
from pytest_socket import SocketBlockedError

from rollout.accounts import roles
from rollout.caching import clock, fragments
from rollout.facts import checking, writer
from rollout.importing import load
from rollout.models import EntryText, Region
from rollout.search import service
from tests.support import people, servers
from tests.support.fragments import ISOLATING_FIXTURES, SharedFragments

pytest_plugins = ["tests.support.browser"]


def pytest_collection_finish():
    """Leave what importing made out of garbage collection, which takes a tenth of the time else."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_collection_modifyitems(items):
    """Begin with what takes longest: the rest is small enough to be shared out at the end."""
    items.sort(
        key=lambda item: (
            "test_postgresql" not in item.nodeid,
            item.get_closest_marker("browser") is None,
            item.get_closest_marker("servers") is None,
        )
    )


@pytest.fixture(scope="session", autouse=True)
def _no_name_is_looked_up():
    """Refuse to look up any name but localhost; pytest-socket refuses the connections themselves.

    Both hold in this process only. Not covered: the servers and browsers that tests start, and
    libraries that open their connections in C, as PostgreSQL's does.
    """
    look_up = socket.getaddrinfo

    def guarded(host, *arguments, **options):
        is_numeric = options.get("flags", 0) & socket.AI_NUMERICHOST  # asks no one
        if not is_numeric and host not in (None, "", "localhost"):
            name = host.decode() if isinstance(host, bytes) else host
            try:
                ipaddress.ip_address(name.partition("%")[0])
            except ValueError:
                raise SocketBlockedError(f"A test tried to look up the name {name}.") from None
        return look_up(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", guarded)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Have the real data and the roles there; each test rolls back what it changes."""
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            loaded = servers.loaded_site() / "db.sqlite3"
            with closing(sqlite3.connect(loaded)) as source:
                source.backup(connection.connection)
            call_command("createcachetable")
            ContentType.objects.clear_cache()  # those of the tables that were there before
        elif not Region.objects.exists():  # and no copy of a loaded one
            load.load_data()
            roles.make_roles()


@pytest.fixture(scope="session", autouse=True)
def _references_are_checked_after_writes():
    """Skip a check of all references where no row has changed since the last one.

    Django checks at the end of each test, which takes ten milliseconds with all places there.
    """
    if connection.vendor != "sqlite":
        yield
        return
    check, checked_at = connection.check_constraints, None

    def check_if_changed(table_names=None):
        nonlocal checked_at
        changes = connection.connection.total_changes
        if table_names is not None or changes != checked_at:
            check(table_names)
            checked_at = changes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections["default"], "check_constraints", check_if_changed)
        yield


@pytest.fixture(autouse=True)
def _in_english():
    """Begin in English: a request in French would leave its language behind."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _clock_monitor(monkeypatch):
    """Begin with the clock of now: a test that moved it is not a clock that was set."""
    monkeypatch.setattr(clock, "monitor", clock.ClockMonitor())


@pytest.fixture(scope="session", autouse=True)
def _fragment_cache():
    """The fragment cache of all tests of this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fragments, "fragment_cache", SharedFragments())
        yield fragments.fragment_cache


@pytest.fixture(autouse=True)
def _fragments(request, _fragment_cache):
    """Have no cached fragment of other rows, settings or code than those of this test."""
    is_shared = ISOLATING_FIXTURES.isdisjoint(request.fixturenames)
    _fragment_cache.begin(is_shared=is_shared)
    with connection.execute_wrapper(_fragment_cache.note_writes):
        yield
    _fragment_cache.end()


@pytest.fixture
def empty_fragment_cache():
    """Begin without cached fragments, and pass none on to other tests."""


@pytest.fixture
def _before_checks_are_due():
    """Have a day on which no fact of the data files is overdue, whenever the tests run."""
    with time_machine.travel("2026-12-18T12:00:00+01:00"):
        yield


@pytest.fixture
def due_on_one_day(db):
    """Let all facts that are to be checked again be due by one day, and return it."""
    day = datetime.date(2027, 2, 21)
    for model in checking.CHECKED_MODELS:
        model._default_manager.exclude(check_again_by=None).update(check_again_by=day)
    writer.bump_data_version()
    return day


@pytest.fixture
def editor(db):
    """An editor who may change every fact, and all else."""
    return people.person("an-editor", is_superuser=True)


@pytest.fixture
def admin_page(client, editor):
    """A browser in which that editor is signed in."""
    return people.sign_in(client, editor)


@pytest.fixture(scope="session")
def index(django_db_setup, django_db_blocker):
    """The search index over the real data."""
    with django_db_blocker.unblock():
        return service.index()


@pytest.fixture
def folder(tmp_path, db):
    """A copy of the data files that a test may spoil; it and the rows have two languages of entries.

    The other eleven are 1,700 files, which each load would read and compare.
    """
    others = {code for code, _name in settings.LANGUAGES} - set(settings.FULL_LANGUAGES)
    left_out = shutil.ignore_patterns(*(f"*.{code}.*md" for code in others))
    data = shutil.copytree(settings.DATA_FOLDER, tmp_path / "data", ignore=left_out)
    ledger = data / "changes.csv"
    lines = ledger.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [x for x in lines if not (x.startswith("entry,") and x.split(",")[2] in others)]
    ledger.write_text("".join(kept), encoding="utf-8")
    texts = EntryText.objects.filter(language__in=others)
    texts._raw_delete(texts.db)
    return data
