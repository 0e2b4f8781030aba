"""The site served by gunicorn: odd requests, the log, several processes."""

import json
import re
import socket
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from tests.support import servers

pytestmark = pytest.mark.servers

ADD_AN_ALIAS = """
from rollout.facts import writer
from rollout.models import Alias
writer.save_fact(Alias(name="Ploucville", kind="well_known_place", target_type="commune",
                       target_codes="69123", language="fr"))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    servers.collect_statics()
    folder = servers.site_folder(tmp_path_factory)
    return {"VAR_DIR": str(folder), "WEB_CONCURRENCY": "2", "ACCESS_LOG": "1"}


@pytest.fixture(scope="module")
def address(environment):
    with servers.gunicorn(environment) as address:
        yield address


def send(address, request):
    """Send the bytes of a request; return the status line and the body."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        response = b""
        while chunk := connection.recv(65536):
            response += chunk
    return response.split(b"\r\n")[0].decode(), response.partition(b"\r\n\r\n")[2].decode(
        "utf-8", "replace"
    )


def get(address, path, host="localhost"):
    return send(
        address, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )


@pytest.mark.parametrize(
    ("letter", "heading"),
    [
        ("x", "Nothing found"),
        ("%C3%A9", "Nothing found"),
        ("%F0%9F%A5%90", "Nothing found"),
        ("%00", "Type a place first"),
        ("%FF", "Nothing found"),
    ],
)
def test_a_search_of_ten_thousand_letters_gets_a_page(address, letter, heading):
    status, body = get(address, f"/en/?q={letter * 10_000}")
    assert status == "HTTP/1.1 200 OK"
    assert f">{heading}</h2>" in body


def test_a_wrong_method_is_405_and_a_forged_host_400(address):
    post = (
        b"POST /en/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    assert send(address, post)[0] == "HTTP/1.1 405 Method Not Allowed"
    assert get(address, "/en/", host="evil.example")[0] == "HTTP/1.1 400 Bad Request"


def test_neither_user_input_nor_addresses_of_visitors_are_logged(address, environment):
    get(address, "/en/?q=villeurbanne&on=2025-05-28")
    get(address, "/en/suggest/?q=villeurbanne")
    get(address, "/en/?q=villeurbanne", host="villeurbanne.example")
    send(address, b"GET /en/?q=12 rue secrete villeurbanne HTTP/1.1\r\nHost: localhost\r\n\r\n")
    send(
        address, b"GET /en/?q=" + b"villeurbanne" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    log = (Path(environment["VAR_DIR"]) / "gunicorn.log").read_text()
    assert "GET /en/ 200" in log
    assert "GET /en/suggest/ 200" in log
    assert "villeurbanne" not in log
    assert "127.0.0.1" not in log
    assert "Traceback" not in log


def suggestions(address, query):
    """Request it on so many new connections that each process has responded."""
    results = []
    for _ in range(12):
        url = f"{address}/en/suggest/?q={urllib.parse.quote(query)}"
        with urllib.request.urlopen(url) as response:  # noqa: S310 - our own server
            results.append([item["value"] for item in json.load(response)["suggestions"]])
    return results


def test_a_new_alias_is_in_the_next_response_of_every_process(address, environment):
    assert all(values == [] for values in suggestions(address, "ploucville"))
    servers.manage("shell", "--verbosity=0", "-c", ADD_AN_ALIAS, environment=environment)
    assert all(values == ["Ploucville (69)"] for values in suggestions(address, "ploucville"))


CHANGE_A_DAY = """
from rollout.facts import writer
from rollout.models import Department
row = Department.objects.get(pk="69")
row.last_checked = "{day}"
writer.save_fact(row)
"""


def days_on_page(address):
    """Request it on so many new connections that each process has responded."""
    days = set()
    for _ in range(12):
        with urllib.request.urlopen(f"{address}/en/departments/69-rhone/") as response:  # noqa: S310
            days.add(tuple(re.findall(r'datetime="(2026-11-2[0-9])"', response.read().decode())))
    return days


def test_an_edit_in_one_process_is_in_the_next_response_of_every_other(address, environment):
    before = days_on_page(address)
    assert len(before) == 1
    for day in ("2026-11-21", "2026-11-22"):
        script = CHANGE_A_DAY.format(day=day)
        servers.manage("shell", "--verbosity=0", "-c", script, environment=environment)
        after = days_on_page(address)
        assert len(after) == 1
        assert day in next(iter(after))
        assert after != before


def wrong_sign_in(address):
    """Send a wrong password on a new connection; return the page."""
    token = "t" * 32
    data = urllib.parse.urlencode(
        {"login": "somebody", "password": "wrong", "csrfmiddlewaretoken": token}
    )
    cookie = {"Cookie": f"csrftoken={token}"}
    login = f"{address}/accounts/login/"
    request = urllib.request.Request(login, data.encode(), cookie)  # noqa: S310 - our own server
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return response.read().decode()


def test_wrong_passwords_are_counted_over_all_processes(address):
    pages = [wrong_sign_in(address) for _ in range(9)]
    assert ["are not correct" in page for page in pages] == [True] * 5 + [False] * 4
    assert all("Too many failed login attempts" in page for page in pages[5:])
