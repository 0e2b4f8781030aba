"""Logging: a traceback for each 5xx, sign-ins, changes of facts; never user input or addresses."""

import io
import json
import logging
import socket

import pytest
import sentry_sdk
from django.core.management import call_command
from django.test import Client
from sentry_sdk.transport import Transport

from rollout.facts import writer
from rollout.models import Region
from rollout.search import service
from site_config import logs
from tests.support import people, servers
from tests.support.people import PASSWORD, code, give_an_app, person

LOGGERS = ["", "django", "django.request", "rollout", "gunicorn.error"]
ADDRESS = "203.0.113.77"


class Broken(Exception):  # noqa: N818 - it is a test's
    pass


@pytest.fixture
def lines():
    """The log lines, parsed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonFormatter())
    for name in LOGGERS:
        logging.getLogger(name).addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for name in LOGGERS:
        logging.getLogger(name).removeHandler(handler)


@pytest.fixture
def broken(monkeypatch):
    """A search that raises an exception whose message repeats the user input."""

    def find(text):
        try:
            return {}[text]
        except KeyError as error:
            raise Broken(f"cannot search {text}") from error

    monkeypatch.setattr(service, "find", find)


def visitor():
    return Client(raise_request_exception=False, REMOTE_ADDR=ADDRESS)


@pytest.mark.django_db
def test_an_error_is_logged_with_traceback_and_the_id_that_the_page_shows(broken, lines):
    response = visitor().get("/en/?q=12+rue+secrete&on=2025-05-28")
    assert response.status_code == 500
    (line,) = lines()
    assert line["level"] == "ERROR"
    assert line["event"] == "Internal Server Error: /en/"
    assert line["time"].endswith("Z")
    assert (line["method"], line["status"]) == ("GET", 500)
    assert [error["type"] for error in line["errors"]] == ["Broken", "KeyError"]
    assert any("rollout/caching/decorators.py" in frame for frame in line["errors"][0]["trace"])
    assert len(line["request"]) == 16
    assert response["X-Request-ID"] == line["request"]
    assert f"name this number: {line['request']}" in response.content.decode()


@pytest.mark.django_db
def test_an_error_of_the_api_has_an_id_too(broken, lines):
    response = visitor().get("/api/v1/search?q=secrete")
    assert response.status_code == 500
    assert response["X-Request-ID"] == lines()[0]["request"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/en/?q=secrete&on=2025-05-28", "/api/v1/search?q=secrete"])
def test_the_log_of_an_error_has_neither_user_input_nor_the_address(broken, lines, path):
    client = visitor()
    client.get(
        path, HTTP_REFERER="https://elsewhere.example/?q=secrete", HTTP_X_FORWARDED_FOR=ADDRESS
    )
    log = json.dumps(lines())
    assert "secrete" not in log
    assert ADDRESS not in log
    assert "2025-05-28" not in log


@pytest.mark.django_db
def test_each_request_has_its_own_id(broken, lines):
    client = visitor()
    client.get("/en/?q=a", headers={"X-Request-ID": "chosen-by-the-client"})
    client.get("/en/?q=b")
    ids = [line["request"] for line in lines()]
    assert len(set(ids)) == 2
    assert "chosen-by-the-client" not in ids


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/en/", "/en/nowhere/", "/en/?q=nothing+at+all", "/api/v1/nowhere"]
)
def test_neither_success_nor_404_is_logged(lines, path):
    response = visitor().get(path)
    assert "X-Request-ID" not in response
    assert lines() == []


@pytest.mark.django_db
def test_a_csrf_failure_is_logged_without_the_referring_page(lines):
    client = Client(enforce_csrf_checks=True)
    client.post(
        "/accounts/login/", secure=True, headers={"Referer": "https://evil.example/?q=secrete"}
    )
    (line,) = lines()
    assert line["event"] == "Form refused: Forbidden (Referer checking failed"
    assert "secrete" not in json.dumps(line)


def test_only_messages_about_this_machine_are_logged(lines):
    for error in (OSError(28, "No space left on device"), ValueError("secrete")):
        try:
            raise error
        except (OSError, ValueError):
            logs._has_input.set(True)
            logging.getLogger("rollout").exception("It broke.")
    errors = [line["errors"][0] for line in lines()]
    assert [error["message"] for error in errors] == ["[Errno 28] No space left on device", ""]


def test_no_log_line_can_be_forged(lines):
    logging.getLogger("rollout").warning('a\n{"event": "Signed in"}\r\x1b[31m\u2028b')
    assert len(lines()) == 1


def test_queries_are_removed_from_the_log_of_gunicorn(lines):
    logging.getLogger("gunicorn.error").error("Error handling request %s", "/en/?q=secrete&on=1")
    assert lines()[0]["event"] == "Error handling request /en/?…"


# --- editors --------------------------------------------------------------------------------------


def events(lines):
    return [(line["event"], line.get("user")) for line in lines()]


@pytest.mark.django_db
def test_sign_ins_that_work_and_fail_are_logged_by_account(lines):
    client = Client(REMOTE_ADDR=ADDRESS)
    give_an_app(person("an-editor"))
    login = "/accounts/login/"
    client.post(login, {"login": "an-editor", "password": "wrong"})
    client.post(login, {"login": "my-password-by-mistake", "password": "wrong"})
    client.post(login, {"login": "an-editor", "password": PASSWORD})
    client.post("/accounts/mfa/authenticate/", {"code": "000000"})
    client.post("/accounts/mfa/authenticate/", {"code": code()})
    client.post("/accounts/logout/")
    assert events(lines) == [
        ("Wrong password", "an-editor"),
        ("Wrong password", "(no such account)"),
        ("Wrong second factor", "an-editor"),
        ("Signed in", "an-editor"),
        ("Signed out", "an-editor"),
    ]
    assert lines()[3]["by"] == ["password", "mfa"]
    log = json.dumps(lines())
    for secret in ("my-password-by-mistake", PASSWORD, ADDRESS):
        assert secret not in log


@pytest.mark.django_db
def test_an_account_that_is_closed_for_a_while_is_logged(lines):
    person("an-editor")
    for _ in range(7):
        Client().post("/accounts/login/", {"login": "an-editor", "password": "wrong"})
    assert events(lines)[5:] == [("Too many wrong passwords", "an-editor")] * 2


@pytest.mark.django_db
def test_a_second_factor_that_goes_and_a_reset_are_logged(
    lines, client, django_capture_on_commit_callbacks
):
    user = person("an-editor")
    people.sign_in(client, user)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/accounts/mfa/reauthenticate/", {"code": code()})
        client.post("/accounts/mfa/totp/deactivate/")
    call_command("reset_second_factor", "an-editor")
    assert events(lines) == [
        ("Totp deactivated", "an-editor"),
        ("Second factor reset", "an-editor"),
    ]


@pytest.mark.django_db
def test_a_new_password_and_new_rights_are_logged_without_the_password(lines, client):
    person("a-new-editor")
    people.sign_in(client, person("the-boss", is_superuser=True))
    pk = person("somebody").pk
    client.post(
        f"/admin/auth/user/{pk}/password/",
        {
            "password1": "une phrase assez longue",
            "password2": "une phrase assez longue",
            "usable_password": "true",
        },
    )
    (line,) = lines()
    assert (line["event"], line["user"], line["account"]) == (
        "Account changed",
        "the-boss",
        "somebody",
    )
    assert "phrase" not in json.dumps(line)
    assert "assword" in json.dumps(line["what"])


@pytest.mark.django_db
def test_whoever_asks_for_what_they_may_not_is_logged(lines, client):
    people.sign_in(client, person("an-editor", "Editor"))
    assert client.get("/admin/auth/user/").status_code == 403
    (line,) = lines()
    assert (line["event"], line["user"], line["path"]) == (
        "Refused",
        "an-editor",
        "/admin/auth/user/",
    )


@pytest.mark.django_db
def test_who_published_what_is_logged_once_it_is_sure(lines, django_capture_on_commit_callbacks):
    editor = person("an-editor")
    region = Region.objects.get(code="84")
    with django_capture_on_commit_callbacks(execute=True):
        writer.save_fact(region, by=editor, note="Looked at it.")
        writer.publish_update("Something changed.", by=editor)
        assert lines() == []
    assert [(line["event"], line["user"]) for line in lines()] == [
        ("Saved", "an-editor"),
        ("Announced", "an-editor"),
        ("Saved", "an-editor"),
    ]
    assert lines()[0]["row"] == "region 84"
    writer.save_fact(region)
    assert len(lines()) == 3


# --- Sentry ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_reports_to_sentry_have_no_user_input(broken):
    sent = []

    class RecordingTransport(Transport):
        def capture_envelope(self, envelope):
            sent.append(b"".join(item.get_bytes() for item in envelope.items).decode())

    before = sentry_sdk.get_global_scope().client
    logs.init_sentry("https://key@sentry.example/1", transport=RecordingTransport)
    try:
        visitor().get(
            "/en/?q=secrete",
            HTTP_COOKIE="sessionid=s3cret",
            HTTP_REFERER="https://x.example/?q=secrete",
        )
        sentry_sdk.flush()
    finally:
        sentry_sdk.get_global_scope().set_client(before)
    assert len(sent) == 1
    assert "rollout/caching/decorators.py" in sent[0]
    assert '"Broken"' in sent[0]
    for secret in ("secrete", "s3cret", ADDRESS, "2025-05-28"):
        assert secret not in sent[0], secret


# --- as it is served ------------------------------------------------------------------------------


def test_a_site_without_its_database_logs_each_error_in_one_line(tmp_path_factory):
    servers.collect_statics()
    folder = servers.site_folder(tmp_path_factory)
    environment = {"VAR_DIR": str(folder), "WEB_CONCURRENCY": "1", "ACCESS_LOG": "1"}
    with servers.gunicorn(environment) as address:
        (folder / "db.sqlite3").rename(folder / "gone.sqlite3")
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(
                b"GET /api/v1/search?q=secrete HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            while connection.recv(65536):
                pass
    log = (folder / "gunicorn.log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert "secrete" not in log
    assert all(line["time"].endswith("Z") for line in lines)
    assert "GET /api/v1/search 503" in log
