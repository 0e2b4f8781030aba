"""The site as gunicorn serves it: what any request gets, what is logged, several processes."""

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
from rollout import changes
from rollout.models import Alias
changes.save(Alias(name="Ploucville", kind="well_known_place", target_type="commune",
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


def asked(address, request):
    """Send a request as it is, byte by byte; return the first line of the answer and the body."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer.split(b"\r\n")[0].decode(), answer.partition(b"\r\n\r\n")[2].decode(
        "utf-8", "replace"
    )


def get(address, path, host="localhost"):
    return asked(
        address, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    )


@pytest.mark.parametrize("letter", ["x", "%C3%A9", "%F0%9F%A5%90", "%00", "%FF"])
def test_a_search_of_ten_thousand_letters_gets_a_page(address, letter):
    status, body = get(address, f"/en/?q={letter * 10_000}")
    assert status == "HTTP/1.1 200 OK"
    assert "Nothing found" in body


def test_a_wrong_method_is_405_and_a_forged_host_400(address):
    post = (
        b"POST /en/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    assert asked(address, post)[0] == "HTTP/1.1 405 Method Not Allowed"
    assert get(address, "/en/", host="evil.example")[0] == "HTTP/1.1 400 Bad Request"


def test_neither_what_people_type_nor_their_address_is_logged(address, environment):
    get(address, "/en/?q=villeurbanne&on=2025-05-28")
    get(address, "/en/suggest/?q=villeurbanne")
    get(address, "/en/?q=villeurbanne", host="villeurbanne.example")
    asked(address, b"GET /en/?q=12 rue secrete villeurbanne HTTP/1.1\r\nHost: localhost\r\n\r\n")
    asked(
        address, b"GET /en/?q=" + b"villeurbanne" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    log = (Path(environment["VAR_DIR"]) / "gunicorn.log").read_text()
    assert "GET /en/ 200" in log
    assert "GET /en/suggest/ 200" in log
    assert "villeurbanne" not in log
    assert "127.0.0.1" not in log
    assert "Traceback" not in log


def suggested(address, query):
    """Ask often enough, on new connections, that each process has answered."""
    found = []
    for _ in range(12):
        question = f"{address}/en/suggest/?q={urllib.parse.quote(query)}"
        with urllib.request.urlopen(question) as answer:  # noqa: S310 - our own server
            found.append([offer["value"] for offer in json.load(answer)["suggestions"]])
    return found


def test_a_new_alias_is_known_in_every_process_at_its_next_request(address, environment):
    assert all(found == [] for found in suggested(address, "ploucville"))
    servers.manage("shell", "--verbosity=0", "-c", ADD_AN_ALIAS, environment=environment)
    assert all(found == ["Ploucville (69)"] for found in suggested(address, "ploucville"))


MINDED = """
from rollout import changes
from rollout.models import Department
row = Department.objects.get(pk="69")
row.last_checked = "{day}"
changes.save(row)
"""


def days_on_page(address):
    """Ask often enough, on new connections, that each process has answered."""
    found = set()
    for _ in range(12):
        with urllib.request.urlopen(f"{address}/en/departments/69-rhone/") as answer:  # noqa: S310
            found.add(tuple(re.findall(r'datetime="(2026-11-2[0-9])"', answer.read().decode())))
    return found


def test_an_edit_in_one_process_is_in_the_next_answer_of_every_other(address, environment):
    before = days_on_page(address)
    assert len(before) == 1
    for day in ("2026-11-21", "2026-11-22"):
        script = MINDED.format(day=day)
        servers.manage("shell", "--verbosity=0", "-c", script, environment=environment)
        after = days_on_page(address)
        assert len(after) == 1
        assert day in next(iter(after))
        assert after != before


def wrong_sign_in(address):
    """Send a wrong password on a new connection; return the page that answers."""
    token = "t" * 32
    sent = urllib.parse.urlencode(
        {"login": "somebody", "password": "wrong", "csrfmiddlewaretoken": token}
    )
    cookie = {"Cookie": f"csrftoken={token}"}
    login = f"{address}/accounts/login/"
    request = urllib.request.Request(login, sent.encode(), cookie)  # noqa: S310 - our own server
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return answer.read().decode()


def test_wrong_passwords_are_counted_over_all_processes(address):
    pages = [wrong_sign_in(address) for _ in range(9)]
    assert ["are not correct" in page for page in pages] == [True] * 5 + [False] * 4
    assert all("Too many failed login attempts" in page for page in pages[5:])
