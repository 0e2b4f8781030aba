"""Which failure is which cause, and what editors and programs are told of it."""

import errno
import sqlite3
from unittest import mock

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory

from rollout.caching import outages
from rollout.caching.middleware import unavailable
from rollout.caching.outages import outage_of
from rollout.pages import errors


def sqlite_error(code, message=""):
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), outages.BUSY),
        (sqlite_error(sqlite3.SQLITE_FULL), outages.DISK_FULL),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), outages.READ_ONLY),
        (sqlite_error(sqlite3.SQLITE_NOTADB), outages.CORRUPT),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), outages.MISSING),
        (sqlite_error(sqlite3.SQLITE_ERROR, "no such table: x"), outages.MISSING),
        (sqlite_error(sqlite3.SQLITE_ERROR, "syntax error"), None),
        (sqlite_error(sqlite3.SQLITE_CONSTRAINT), None),
        (psycopg.errors.LockNotAvailable(), outages.BUSY),
        (psycopg.errors.DiskFull(), outages.DISK_FULL),
        (psycopg.errors.ReadOnlySqlTransaction(), outages.READ_ONLY),
        (psycopg.errors.UndefinedTable(), outages.MISSING),
        (psycopg.OperationalError("connection refused"), outages.UNREACHABLE),
        (psycopg.errors.AdminShutdown(), outages.UNREACHABLE),
        (psycopg.errors.UniqueViolation(), None),
        (OSError(errno.ENOSPC, "full"), outages.DISK_FULL),
        (OSError(errno.EROFS, "read-only"), outages.READ_ONLY),
        (FileNotFoundError(), None),
        (ValueError(), None),
        (None, None),
    ],
)
def test_a_failure_has_its_cause(error, outage):
    assert outage_of(error) is outage
    if error is not None:
        wrapped = OperationalError("wrapped")
        wrapped.__cause__ = error
        assert outage_of(wrapped) is outage


def failing(code):
    """Let the database fail with one of SQLite's codes, as Django raises it, for a while."""

    def fail(*args, **kwargs):
        raise OperationalError("it fails") from sqlite_error(code)

    return mock.patch.object(connection, "cursor", fail)


@pytest.mark.parametrize(
    ("language", "sentence", "kept"),
    [
        ("en", "The disk is full.", "What you typed is kept"),
        ("fr", "Le disque est plein.", "Votre saisie est conservée"),
    ],
)
def test_an_editor_is_told_why_and_gets_the_form_back(admin_page, language, sentence, kept):
    admin_page.raise_request_exception = False
    sent = {"note": "Line <1>\nand “2”", "csrfmiddlewaretoken": "the-token"}
    address = "/admin/rollout/department/69/change/"
    with failing(sqlite3.SQLITE_FULL):
        response = admin_page.post(address, sent, headers={"Accept-Language": language})
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert sentence in page
    assert kept in page
    assert f'action="{address}"' in page
    assert 'name="note" value="Line &lt;1&gt;\nand “2”"' in page
    assert 'name="csrfmiddlewaretoken" value="the-token"' in page


def test_a_program_gets_a_problem(client, db):
    client.raise_request_exception = False
    with failing(sqlite3.SQLITE_CORRUPT):
        response = client.get("/api/v1/departments")
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert response["Content-Type"] == "application/problem+json"
    assert "is damaged" in response.json()["detail"]


def test_a_password_is_not_repeated():
    request = RequestFactory().post("/accounts/login/", {"login": "me", "password": "secret"})
    page = unavailable(request, outages.BUSY).content.decode()
    assert "secret" not in page
    assert "<form" not in page


def test_where_it_is_not_certain_that_nothing_was_saved_the_page_says_so():
    request = RequestFactory().post("/admin/", {"note": "typed"})
    page = unavailable(request, outages.UNREACHABLE).content.decode()
    assert "not certain" in page
    assert "Nothing of it" not in page


def test_a_fault_of_the_site_stays_a_500():
    try:
        raise ValueError
    except ValueError:
        assert errors.server_error(RequestFactory().get("/en/")).status_code == 500
