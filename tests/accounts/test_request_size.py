"""What editors need is closed on other hosts, and takes no more than a form."""

import io
import tempfile
from typing import Any

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.test import Client, RequestFactory

from rollout.accounts import middleware
from tests.support import people

pytestmark = pytest.mark.django_db

EDITORS_PATHS = [
    "/accounts/login/",
    "/accounts/mfa/",
    "/admin/",
    "/admin/rollout/department/import/",
]
MULTIPART = "multipart/form-data; boundary=x"


class Unread(io.BytesIO):
    """A body that must not be looked at."""

    def read(self, *_):
        raise AssertionError("The body was read.")

    readline = read


@pytest.fixture
def limited(monkeypatch):
    """Fail if a file is made for what was sent."""

    def made(*_, **__):
        raise AssertionError("A file was made.")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", made)
    monkeypatch.setattr(tempfile, "mkstemp", made)


def send(path, length, client=None, **extra):
    """Send a form of a stated length, whose body must not be read."""
    return (client or Client()).generic(
        "POST",
        path,
        b"",
        MULTIPART,
        **{"CONTENT_LENGTH": str(length), "wsgi.input": Unread(), **extra},
    )


@pytest.mark.parametrize("path", EDITORS_PATHS)
def test_400_megabytes_are_refused_unread(path, limited):
    response = send(path, 400 * 1024 * 1024)
    assert response.status_code == 413
    assert "Nothing of it was read." in response.content.decode()


def test_whoever_is_signed_in_cannot_send_more_either(client, editor):
    people.sign_in(client, editor)
    response = send("/admin/rollout/department/import/", 2 * 1024 * 1024, client)
    assert response.status_code == 413


@pytest.mark.parametrize("path", ["/en/", "/en/nowhere/", "/api/v1/departments", "/robots.txt"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_where_nothing_can_be_sent_nothing_is_read(path, method):
    body_sent: Any = {"CONTENT_LENGTH": "1000000000", "wsgi.input": Unread()}
    response = Client(enforce_csrf_checks=True).generic(method, path, b"", MULTIPART, **body_sent)
    assert response.status_code in (404, 405)


@pytest.mark.parametrize("length", ["", "-1", "abc", "１２"])
def test_a_length_that_is_none_is_an_empty_form(length):
    assert send("/accounts/login/", length).status_code in (200, 400, 403)


def test_what_is_sent_stays_in_memory(settings):
    large = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    large += b"1" * 900_000 + b"\r\n--x--\r\n"
    request = RequestFactory().post("/admin/", large, MULTIPART)
    assert isinstance(request.FILES["file"], InMemoryUploadedFile)
    assert max(middleware.MAX_BODY_BYTES.values()) <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize("path", EDITORS_PATHS)
def test_on_other_hosts_there_are_no_editors_pages(settings, path):
    settings.ALLOWED_HOSTS = ["vitale.example", "editors.example"]
    settings.ADMIN_HOSTS = ["editors.example"]
    assert Client().get(path, headers={"Host": "vitale.example"}).status_code == 404
    assert Client().post(path, headers={"Host": "vitale.example"}).status_code == 404
    assert Client().get(path, headers={"Host": "editors.example"}).status_code in (200, 302)
    assert Client().get("/en/", headers={"Host": "vitale.example"}).status_code == 200


def test_a_forged_host_opens_no_room(settings):
    settings.ALLOWED_HOSTS = ["vitale.example"]
    settings.ADMIN_HOSTS = ["editors.example"]
    assert Client().get("/admin/", headers={"Host": "editors.example"}).status_code == 400
    forged = {"Host": "vitale.example", "X-Forwarded-Host": "editors.example"}
    assert Client().get("/admin/", headers=forged).status_code == 404


def test_an_anonymous_form_to_the_admin_is_small_too():
    assert send("/admin/login/", 2_000_000).status_code == 413
