"""nginx as it is shipped, before an application that counts who asks it, and before one that is dead."""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tests.support import servers

pytestmark = pytest.mark.servers

PAGE = b"<!doctype html><p>A page</p>"


@pytest.fixture(autouse=True, scope="module")
def _needs_nginx():
    if servers.nginx_program() is None:
        servers.missing("nginx", "apt install nginx-light")


class Application(BaseHTTPRequestHandler):
    """Answers what the path says, and remembers what it received."""

    protocol_version = "HTTP/1.1"
    received: list[tuple[str, dict[str, str]]] = []

    def do_GET(self):
        path = urlsplit(self.path).path
        type(self).received.append((self.path, dict(self.headers)))
        found = re.search(r"/status-(\d+)/", path)
        status = int(found[1]) if found else 200
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Cache-Control", "public, no-cache")
        if "cached" in path:
            self.send_header("X-Accel-Expires", "1")
        if "cookie" in path:
            self.send_header("Set-Cookie", "sessionid=secret")
        if "slow" in path:
            time.sleep(3)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # nginx has timed out
            self.wfile.write(PAGE)

    def do_POST(self):
        self.do_GET()

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture(scope="module")
def application():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def mirror(tmp_path_factory):
    """A static export of one page, one file of the API, and one in French."""
    folder = tmp_path_factory.mktemp("mirror")
    files = ("en/about/index.html", "api/v1/departments.csv", "language=fr/api/v1/departments.csv")
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"copy of {name}")
    return folder


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def living(application, mirror, files):
    """The site behind nginx."""
    with servers.nginx(files, [application], mirror) as address:
        yield address


@pytest.fixture(scope="module")
def files_of_the_dead(tmp_path_factory):
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def dead(mirror, files_of_the_dead):
    """The site behind nginx, with nobody in the application's place."""
    with servers.nginx(files_of_the_dead, [], mirror) as address:
        yield address


def ask(address, path, method="GET", **headers):
    """Return status, headers and body."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=named)
    answer = connection.getresponse()
    body = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, answer.headers, body


def received(path):
    """Return the headers of each request for a path that the application received."""
    return [headers for seen, headers in Application.received if seen == path]


# --- What is shipped ------------------------------------------------------------------------------


def test_the_shipped_configuration_with_tls_is_one_that_nginx_takes(tmp_path):
    servers.nginx_files(tmp_path)
    shutil.copy(servers.ROOT / "deploy/nginx/servers.conf", tmp_path / "servers.conf")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-nodes",
        "-newkey",
        "rsa:2048",
        "-subj",
        "/CN=vitale.example",
    ]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    tls = tmp_path / "tls.conf"
    tls.write_text(tls.read_text().replace("/etc/letsencrypt/live/vitale.example", str(tmp_path)))
    command = [servers.nginx_program(), "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    # Debian 12's 1.22 knows no other form of this line, and 1.25 and later still take it.
    expected = 'the "listen ... http2" directive is deprecated'
    assert not [line for line in run.stderr.splitlines() if "warn" in line and expected not in line]


SHIPPED_PATHS = """
set -eu
mount -t tmpfs tmpfs "$1"
for name in etc var; do
  mkdir "$1/$name" "$1/$name.work"
  mount -t overlay overlay -o "lowerdir=/$name,upperdir=$1/$name,workdir=$1/$name.work" "/$name"
done
mount -t tmpfs tmpfs /run
rm -rf /var/cache/nginx
mkdir -p /etc/nginx /etc/letsencrypt/live/vitale.example /var/log/nginx
cp "$2"/* /etc/nginx
cd /etc/letsencrypt/live/vitale.example
openssl req -x509 -nodes -newkey rsa:2048 -subj /CN=vitale.example \\
  -keyout privkey.pem -out fullchain.pem 2> /dev/null
nginx -t && { echo "nginx needs no folder: the guide is longer than it has to be"; exit 1; }
eval "$3"
nginx -t
"""
"""On a machine whose folders are Debian's: changes stay in this mount namespace, and end with it."""


def test_nginx_takes_the_shipped_paths_once_the_folders_of_the_guide_are_there(tmp_path):
    if os.getuid() != 0:
        pytest.skip("not root: the shipped paths are replaced by others in every test here")
    probe = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", tmp_path]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("no mounts here: the shipped paths are replaced by others in every test here")
    guide = (servers.ROOT / "docs" / "deployment.md").read_text()
    (folders,) = re.findall(r"(?m)^    (install -d /var/cache/nginx)\b", guide)
    run = subprocess.run(
        [
            *("unshare", "--mount", "sh", "-c", SHIPPED_PATHS, "sh"),
            *(tmp_path, servers.ROOT / "deploy" / "nginx", folders),
        ],
        env={"PATH": f"{os.environ['PATH']}:/usr/sbin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert 'mkdir() "/var/cache/nginx/vitale" failed' in run.stderr  # before they were there
    assert run.stderr.rstrip().endswith("test is successful")


def test_the_style_of_the_apology_is_the_one_that_its_policy_allows():
    folder = servers.ROOT / "deploy" / "nginx"
    page = (folder / "503.html").read_text()
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in (folder / "site.conf").read_text()


def test_nginx_says_of_copies_what_the_settings_say(settings):
    maps = (servers.ROOT / "deploy" / "nginx" / "maps.conf").read_text()
    for name, values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items():
        assert f"{name} {' '.join(values)}" in maps
    assert ", ".join(f"{name}=()" for name in settings.PERMISSIONS_POLICY) in maps


# --- What is cached, and what never ----------------------------------------------------------------


def test_what_the_application_allows_is_kept_for_a_second(living):
    started = time.monotonic()
    for _ in range(100):
        assert ask(living, "/en/cached/")[2] == PAGE.decode()
    assert len(received("/en/cached/")) <= time.monotonic() - started + 2  # once in each second
    time.sleep(1.1)
    before = len(received("/en/cached/"))
    ask(living, "/en/cached/")
    assert len(received("/en/cached/")) == before + 1


def test_what_it_does_not_allow_is_not_cached(living):
    for _ in range(3):
        ask(living, "/en/page/")
    assert len(received("/en/page/")) == 3


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/en/cached/?q=villeurbanne", {}),
        ("/en/cached/?", {"Cookie": "sessionid=of-an-editor"}),
        ("/en/cached/signed-in/", {"Cookie": "a=b; sessionid=of-an-editor"}),
        ("/en/cached/signed-in-by-https/", {"Cookie": "__Host-sessionid=of-an-editor"}),
        ("/en/cached/cookie/", {}),
        ("/admin/cached/", {}),
        ("/accounts/cached/", {}),
    ],
)
def test_neither_searches_nor_what_a_session_sees_is_cached(living, path, headers):
    for _ in range(3):
        ask(living, path, **headers)
    assert len(received(path)) == 3


def test_whoever_is_signed_in_sees_no_copy_that_was_kept_for_others(living):
    ask(living, "/en/cached/for-others/")
    ask(living, "/en/cached/for-others/", Cookie="sessionid=of-an-editor")
    assert len(received("/en/cached/for-others/")) == 2


def test_odd_encodings_and_spellings_of_an_address_make_no_further_copies(living, files):
    def copies():
        return sum(path.is_file() for path in (files / "cache").rglob("*"))

    before, started = copies(), time.monotonic()
    for number in range(50):
        ask(living, "/en/cached/odd/", Accept_Encoding=f"junk{number}, x-{number};q=0.5")
        ask(living, f"/en/cached/{'%6f' if number % 2 else 'o'}dd/", X_Junk=str(number))
        ask(living, "/en/cached/odd/", Accept_Encoding=f"br, junk{number}")
        ask(living, "/en/cached/odd/", Accept_Encoding=f"gzip;q=0.{number + 1}")
    assert copies() - before <= 3 * (time.monotonic() - started + 2)  # of each second
    assert {headers.get("Accept-Encoding") for headers in received("/en/cached/odd/")} == {
        None,
        "br",
        "gzip",
    }


def test_nothing_of_what_people_type_and_no_address_is_on_the_disk(
    living, dead, files, files_of_the_dead
):
    for address in (living, dead):
        ask(address, "/en/cached/?q=villeurbanne", X_Forwarded_For="203.0.113.7")
        ask(address, "/en/slow/?q=villeurbanne")
        ask(address, "/api/v1/search?q=villeurbanne")
        ask(address, "/preview/en-1.villeurbanne/")  # whoever has it can read a page
        ask(address, "//PREVIEW/en-1.villeurbanne")
    time.sleep(0.2)
    for folder in (files, files_of_the_dead):
        for path in folder.rglob("*"):
            if path.is_file():
                assert b"villeurbanne" not in path.read_bytes(), path
    log = files / "access.log"
    for _ in range(70):  # it is written every five seconds
        if log.read_text():
            break
        time.sleep(0.1)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert "/en/cached/" in {line["path"] for line in lines}
    assert "127.0.0.1" not in log.read_text()


# --- What the application receives ----------------------------------------------------------------


def test_forwarded_headers_of_a_stranger_are_not_handed_on(living):
    ask(
        living,
        "/en/forwarded/",
        Host="localhost:99",
        X_Forwarded_For="203.0.113.7",
        X_Forwarded_Proto="https",
        X_Forwarded_Host="evil.example",
        X_Forwarded_Port="99",
        Forwarded="for=203.0.113.7;host=evil.example",
    )
    (headers,) = received("/en/forwarded/")
    assert headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["Host"] == "localhost"
    assert not {"X-Forwarded-Host", "X-Forwarded-Port", "Forwarded"} & set(headers)


def test_versions_are_not_told(living):
    _status, headers, _body = ask(living, "/en/page/")
    assert headers["Server"] == "nginx"


def test_health_is_told_to_this_machine(living):
    assert ask(living, "/readyz")[0] == 200


def test_who_signs_in_too_often_waits_and_who_looks_at_the_form_does_not(living):
    looks = [ask(living, "/accounts/login/")[0] for _ in range(30)]
    tries = [ask(living, "/accounts/login/", "POST")[0] for _ in range(30)]
    assert set(looks) == {200}
    assert tries[:20] == [200] * 20
    assert 429 in tries


# --- When the application fails -------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/en/about/", "/en/about/?q=lyon", "/en/about/?on=2025-05-28"])
def test_without_the_application_a_page_is_sent_from_the_mirror(dead, path):
    status, headers, body = ask(dead, path)
    assert (status, body) == (200, "copy of en/about/index.html")
    assert headers["X-Copy-Made"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_an_application_that_answers_with_a_fault_is_covered_up(living, mirror, code):
    copy = mirror / f"en/status-{code}/index.html"
    copy.parent.mkdir()
    copy.write_text("copy")
    status, _headers, body = ask(living, f"/en/status-{code}/")
    assert (status, body) == (200, "copy")


@pytest.mark.parametrize("code", [301, 400, 404, 405, 410])
def test_what_is_no_fault_is_handed_on(living, code):
    assert ask(living, f"/en/status-{code}/")[0] == code
    assert ask(living, f"/api/v1/status-{code}/")[0] == code


def test_an_application_that_hangs_is_waited_for_two_seconds_at_most(living, mirror):
    copy = mirror / "en/slow/index.html"
    copy.parent.mkdir()
    copy.write_text("copy")
    started = time.monotonic()
    assert ask(living, "/en/slow/")[0] == 200
    assert time.monotonic() - started < 2


def test_the_first_address_leads_on_without_the_application(dead):
    assert ask(dead, "/", Accept_Language="fr-FR")[1]["Location"] == "/fr/"
    assert ask(dead, "/", Accept_Language="es")[1]["Location"] == "/en/"


def test_programs_get_the_answer_that_they_asked_for_or_none(dead):
    assert ask(dead, "/api/v1/departments.csv")[2] == "copy of api/v1/departments.csv"
    french = ask(dead, "/api/v1/departments.csv?language=fr")
    assert french[2] == "copy of language=fr/api/v1/departments.csv"
    for query in ("on=2025-05-28", "language=de", "language=fr&on=2025-05-28", "language=../en"):
        status, headers, body = ask(dead, f"/api/v1/departments.csv?{query}")
        assert (status, headers["Retry-After"]) == (503, "30")
        assert headers["Content-Type"] == "application/problem+json"
        assert json.loads(body)["status"] == 503


@pytest.mark.parametrize("path", ["/en/not-in-the-mirror/", "/admin/", "/accounts/login/"])
def test_what_is_not_in_the_mirror_is_an_apology_in_both_languages(dead, path):
    status, headers, body = ask(dead, path)
    assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "30", "no-store")
    assert "The site does not answer" in body
    assert "Le site ne répond pas" in body
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_static_file_that_nginx_has_not_got_comes_from_the_application(living):
    assert ask(living, "/static/cached/nowhere.css")[0] == 200
    assert len(received("/static/cached/nowhere.css")) == 1


def test_static_files_need_no_application(dead):
    servers.collect_statics()
    names = json.loads((servers.ROOT / "staticfiles/staticfiles.json").read_text())["paths"]
    status, headers, _body = ask(dead, f"/static/{names['css/site.css']}", Accept_Encoding="br")
    assert (status, headers["Content-Encoding"]) == (200, "br")
    assert headers["Content-Type"] == "text/css; charset=utf-8"
    assert headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert ask(dead, "/static/css/site.css")[1]["Cache-Control"] == "max-age=60, public"
    assert ask(dead, "/static/../manage.py")[0] != 200
    assert ask(dead, "/staticfiles/css/site.css")[0] == 503
