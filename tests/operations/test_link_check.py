"""Links of sources are checked politely, on public addresses only, with a sentence each."""

import datetime
import ipaddress
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from itertools import pairwise

import pytest
import time_machine
from django.contrib import admin
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from rollout.management.commands import check_links
from rollout.models import LinkCheck, LinkState, Source
from rollout.operations import link_check, link_visits
from rollout.operations.link_check import LinkChecker, is_public
from tests.models.test_constraints import check
from tests.support import people, servers
from tests.support.admin_forms import form_values

PUBLIC = "93.184.215.14"


class Requests:
    """The requests that the server of the tests got, its addresses, and where it redirects to."""

    def __init__(self, port):
        self.port = port
        self.target = ""
        self.requests, self.times, self.headers = [], [], {}
        self.active: Counter[str] = Counter()
        self.max_concurrent = self.bytes_sent = 0
        self.lock, self.is_over = threading.Lock(), threading.Event()
        self.together = threading.Barrier(2, timeout=5)

    def url(self, path, host="127.0.0.1"):
        """Return the address of a page."""
        return f"http://{host}:{self.port}{path}"

    @contextmanager
    def counted(self, request):
        """Record a request, and how many its host has under way."""
        host = request.headers["Host"]
        with self.lock:
            self.requests.append((request.command, request.path))
            self.times.append(time.monotonic())
            self.headers = dict(request.headers)
            self.active[host] += 1
            self.max_concurrent = max(self.max_concurrent, self.active[host])
        yield
        with self.lock:
            self.active[host] -= 1


class Server(ThreadingHTTPServer):
    """A web server on loopback; it serves from a thread of its own, and stops at its end."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Web)
        self.seen = Requests(self.server_port)

    def handle_error(self, *args):
        """Log nothing: the client has hung up."""

    @contextmanager
    def serving(self):
        """Serve while the test runs; yield the requests."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield self.seen
        self.seen.is_over.set()
        self.shutdown()
        self.server_close()


class Web(BaseHTTPRequestHandler):
    """What the pages of the tests answer."""

    server: "Server"

    def do_HEAD(self):
        """Answer as GET does, where the page does not refuse it."""
        self.do_GET()

    def do_GET(self):
        """Record the request, then answer by path."""
        seen, (page, _, rest) = self.server.seen, self.path[1:].partition("/")
        with seen.counted(self):
            self.wait(page)
        if page == "nonsense":
            self.wfile.write(b"Bonjour !\r\n\r\n")
        elif page == "drip":
            self.drip()
        else:
            self.answer(*self.choose(page, rest))

    def wait(self, page):
        """Take the time that some pages take."""
        if page == "busy":
            time.sleep(0.05)
        elif page == "together":
            self.server.seen.together.wait()
        elif page == "slow":
            self.server.seen.is_over.wait(5)

    def choose(self, page, rest):
        """Return the page's status, and where it leads."""
        if page == "hops":
            return 301, f"/hops/{int(rest) - 1}" if int(rest) > 1 else "/page"
        if page == "target":
            return 302, self.server.seen.target
        if page == "status":
            return int(rest[:3]), ""
        return (405 if page in ("get-only", "huge") and self.command == "HEAD" else 200), ""

    def answer(self, status, location):
        """Send the head, and to GET a body, which has no end if it is huge."""
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        while self.path == "/huge" and self.command == "GET":
            self.wfile.write(b"x" * 65536)
            self.server.seen.bytes_sent += 65536

    def drip(self):
        """Send a head that never ends, slowly enough for each byte to be in time."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.server.seen.is_over.wait(0.05):
            self.wfile.write(b"x")

    def log_message(self, *args):
        """Log nothing."""


@pytest.fixture
def web():
    """A web server on loopback."""
    with Server().serving() as seen:
        yield seen


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """The only host names that exist; of a list each answer of the DNS is one."""
    addresses = {"localhost": "127.0.0.1", "one.test": "127.0.0.1", "two.test": "127.0.0.1"}
    getaddrinfo = socket.getaddrinfo

    def resolve(host, port, *args, **options):
        ips = addresses.get(host, host)
        if isinstance(ips, list):
            ips = ips.pop(0) if ips else ""
        if isinstance(ips, int):
            raise socket.gaierror(ips, "the DNS says no")
        results = []
        for ip in ips.split():
            numeric = {**options, "flags": socket.AI_NUMERICHOST}  # nothing is looked up
            results += getaddrinfo(ip, port, *args, **numeric)
        if not results:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return results

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return addresses


@pytest.fixture(autouse=True)
def connected(monkeypatch):
    """The addresses that connections were tried to: nothing but loopback is ever reached."""
    tried = []
    connect = socket.socket.connect

    def only_loopback(sock, place):
        tried.append(place[0])
        if place[0] != "127.0.0.1":
            raise ConnectionRefusedError
        connect(sock, place)

    monkeypatch.setattr(socket.socket, "connect", only_loopback)
    return tried


@pytest.fixture
def checker():
    with LinkChecker("a test", timeout=5, pause=0, allow_loopback=True) as link_checker:
        yield link_checker


# --- states ------------------------------------------------------------------------------------


def test_a_page_that_answers_is_alive_and_gets_a_head_request_only(web, checker):
    result = checker.check(web.url("/page?q=1#part"))
    assert (result.state, result.detail) == (LinkState.ALIVE, "It answers.")
    assert web.requests == [("HEAD", "/page?q=1")]
    assert web.headers["User-Agent"] == "a test"


def test_redirects_are_followed_to_where_the_page_is_now(web, checker):
    result = checker.check(web.url("/hops/5"))
    assert (result.state, result.redirected_to) == (LinkState.REDIRECTED, web.url("/page"))


def test_no_more_than_five_redirects_are_followed(web, checker):
    result = checker.check(web.url("/hops/6"))
    assert result.state == LinkState.UNCLEAR
    assert "It is redirected more than 5 times." in result.detail
    assert len(web.requests) == 6


def test_a_redirect_round_in_circles_ends(web, checker):
    web.target = "/target"
    result = checker.check(web.url("/target"))
    assert result.state == LinkState.UNCLEAR
    assert result.detail == "It is redirected more than 5 times."
    assert len(web.requests) == 6


def test_a_page_that_leads_back_to_itself_with_a_cookie_is_alive(web, checker, monkeypatch):
    answers = iter([(302, "/cookie"), (302, "/page"), (200, "")])
    monkeypatch.setattr(Web, "choose", lambda *_: next(answers))
    assert checker.check(web.url("/page")).state == LinkState.ALIVE


def test_a_redirect_with_accents_in_it_is_followed(web, checker):
    web.target = "/page/é à.html".encode().decode("latin-1")  # UTF-8, as servers send it
    result = checker.check(web.url("/target"))
    assert result.redirected_to == web.url("/page/%C3%A9%20%C3%A0.html")


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_is_dead_only_if_it_refuses_get_as_well(web, checker, status):
    result = checker.check(web.url(f"/status/{status}"))
    assert (result.state, result.detail) == (LinkState.DEAD, f"The page is gone ({status}).")
    assert [method for method, _path in web.requests] == ["HEAD", "GET"]


def test_a_redirect_to_a_page_that_is_gone_is_dead_and_says_where(web, checker):
    web.target = "/status/404"
    result = checker.check(web.url("/target"))
    assert result.state == LinkState.DEAD
    assert result.redirected_to == ""
    assert result.detail == (
        f"It leads to another address. The page is gone (404). ({web.url('/status/404')})"
    )


def test_a_page_that_refuses_head_is_requested_with_get(web, checker):
    assert checker.check(web.url("/get-only")).state == LinkState.ALIVE
    assert [method for method, _path in web.requests] == ["HEAD", "GET"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "It refuses us (401), perhaps only because we are a robot."),
        (403, "It refuses us (403), perhaps only because we are a robot."),
        (429, "It asks for fewer visits (429)."),
        (500, "Its server is in trouble (500)."),
        (503, "Its server is in trouble (503)."),
        (418, "It answers 418, which settles nothing."),
        (301, "It answers 301, which settles nothing."),
    ],
)
def test_a_page_that_refuses_robots_or_is_in_trouble_is_not_dead(web, checker, status, sentence):
    result = checker.check(web.url(f"/status/{status}"))
    assert (result.state, result.detail) == (LinkState.UNCLEAR, sentence)


def test_a_page_that_asks_for_fewer_visits_is_not_requested_twice(web, checker):
    checker.check(web.url("/status/429"))
    assert len(web.requests) == 1


@pytest.mark.parametrize("path", ["/slow", "/drip"])
def test_a_page_that_takes_too_long_is_given_up(web, path):
    began = time.monotonic()
    with LinkChecker("a test", timeout=0.3, pause=0, allow_loopback=True) as checker:
        result = checker.check(web.url(path))
    assert time.monotonic() - began < 3
    assert (result.state, result.detail) == (LinkState.UNCLEAR, "No answer within 0.3 seconds.")
    assert result.was_reached


def test_a_huge_page_is_not_read(web, checker):
    assert checker.check(web.url("/huge")).state == LinkState.ALIVE
    assert web.bytes_sent < 20_000_000  # what fits on the way, before the server sees that we left


def test_an_answer_that_is_not_http_is_unclear(web, checker):
    result = checker.check(web.url("/nonsense"))
    assert result.state == LinkState.UNCLEAR
    assert result.detail == "It answers in a way that is not HTTP."


def test_a_host_that_does_not_exist_is_dead_but_not_reached(checker):
    result = checker.check("http://nowhere.test/")
    assert (result.state, result.detail) == (LinkState.DEAD, "There is no host nowhere.test.")
    assert not result.was_reached


def test_a_dns_in_trouble_is_unclear(checker, names):
    names["one.test"] = socket.EAI_AGAIN
    result = checker.check("http://one.test/")
    assert result.state == LinkState.UNCLEAR
    assert result.detail == "The name one.test could not be looked up."
    assert not result.was_reached


def test_a_port_that_nobody_serves_is_unclear(checker):
    result = checker.check(f"http://127.0.0.1:{servers.free_port()}/")
    assert (result.state, result.detail) == (LinkState.UNCLEAR, "It refuses the connection.")
    assert not result.was_reached


def test_the_next_address_of_a_host_is_tried_when_the_first_refuses(web, checker, names, connected):
    names["both.test"] = "::1 127.0.0.1"
    assert checker.check(web.url("/page", "both.test")).state == LinkState.ALIVE
    assert connected == ["::1", "127.0.0.1"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://one.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://[::1",
        "http://",
        "http://one.test:port/",
        "http://one..test/",
        f"http://{'a' * 64}.test/",
        "http://one.test\x1b[31m/",
        f"http://one.test/{'a' * 2000}",
    ],
)
def test_an_address_that_is_no_web_page_is_unclear(web, checker, connected, address):
    result = checker.check(address)
    assert result.state == LinkState.UNCLEAR
    assert result.detail.startswith(("This is no address", "The address has more than 2000"))
    assert connected == []
    web.target = address
    assert checker.check(web.url("/target")).state == LinkState.UNCLEAR


def test_every_sentence_fits(web, checker):
    web.target = f"/status/404/{'a' * 300}"
    result = checker.check(web.url("/target"))
    assert len(result.detail) == 200
    assert result.detail.endswith("a…")


# --- nowhere but in public ----------------------------------------------------------------------

NOT_PUBLIC = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "localhost",
    "0.0.0.0",  # noqa: S104 - not to be served, but to be refused
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a00:1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "[2001:0:1::1]",
    "[2001:db8::1]",
    "[fd00::1]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[ff0e::1]",
    "１２７.0.0.1",
    "someone@127.0.0.1",
    "inside.test",
    "half-inside.test",
]


@pytest.fixture
def inside(names):
    names |= {"inside.test": "10.0.0.7", "half-inside.test": f"{PUBLIC} 10.0.0.7"}


@pytest.mark.parametrize("host", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_never_connected_to(inside, connected, host):
    with LinkChecker("a test", pause=0) as checker:
        result = checker.check(f"http://{host}/")
    assert result.state == LinkState.UNCLEAR
    assert result.detail.startswith("Not visited: ")
    assert result.detail.endswith("which is no public address.")
    assert connected == []


@pytest.mark.parametrize("host", ["10.0.0.1", "[fd00::1]", "169.254.169.254", "inside.test"])
def test_no_redirect_leads_to_an_address_that_is_not_public(web, checker, inside, connected, host):
    web.target = f"http://{host}/latest/meta-data"
    result = checker.check(web.url("/target"))
    assert result.state == LinkState.UNCLEAR
    assert "which is no public address." in result.detail
    assert connected == ["127.0.0.1"]


@pytest.mark.parametrize(
    "ip",
    [
        PUBLIC,
        "2a00:1450:4007::1",
        f"::ffff:{PUBLIC}",
        f"64:ff9b::{PUBLIC}",
        "2002:5db8:d822::1",
    ],
)
def test_public_addresses_are_visited(ip):
    assert is_public(ipaddress.ip_address(ip))


def test_the_address_that_was_judged_is_the_one_connected_to(names, connected):
    names["rebinding.test"] = [PUBLIC, "127.0.0.1"]
    with LinkChecker("a test", pause=0) as checker:
        checker.check("http://rebinding.test/")
    assert connected == [PUBLIC]
    assert names["rebinding.test"] == ["127.0.0.1"]  # it was not looked up again


@pytest.fixture
def secure_web(tmp_path, monkeypatch):
    """A server with a certificate for pages.test, which is trusted; yield its port."""
    if shutil.which("openssl") is None:
        servers.missing("openssl", "apt install openssl")
    names = "subjectAltName=DNS:pages.test"
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout key "
        f"-out certificate -subj /CN=pages.test -addext {names}".split(),
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    server = Server()
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    with server.serving() as seen:
        yield seen.port


def test_a_certificate_is_checked_against_the_name_not_the_address(secure_web, names):
    names |= {"pages.test": "127.0.0.1", "other.test": "127.0.0.1"}
    with LinkChecker("a test", pause=0, allow_loopback=True) as checker:
        assert checker.check(f"https://pages.test:{secure_web}/page").state == LinkState.ALIVE
        result = checker.check(f"https://other.test:{secure_web}/page")
    assert result.state == LinkState.UNCLEAR
    assert result.detail.startswith("Its certificate is not accepted: Hostname mismatch")


def test_a_host_without_tls_is_unclear(web, checker):
    result = checker.check(web.url("/page").replace("http:", "https:"))
    assert result.state == LinkState.UNCLEAR
    assert result.detail.startswith("No secure connection can be made")


# --- politely -----------------------------------------------------------------------------------


def test_a_host_gets_one_request_at_a_time_and_a_pause_between_two(web):
    addresses = [web.url(f"/busy/{number}") for number in range(3)]
    web.target = web.url("/busy/4")
    addresses.append(web.url("/target", "one.test"))
    with LinkChecker("a test", pause=0.1, allow_loopback=True) as checker:
        states = [result.state for result in checker.check_all(addresses)]
    assert sorted(states) == ["alive", "alive", "alive", "redirected"]
    assert web.max_concurrent == 1
    requests = zip(web.times, web.requests, strict=True)
    times = [when for when, (_method, path) in requests if path.startswith("/busy")]
    assert len(times) == 4
    assert all(later - earlier > 0.1 for earlier, later in pairwise(times))


def test_several_hosts_are_visited_at_once(web, checker):
    addresses = [web.url("/together", "one.test"), web.url("/together", "two.test")]
    assert {result.state for result in checker.check_all(addresses)} == {LinkState.ALIVE}


def test_the_visits_say_whose_they_are(settings):
    settings.IS_PUBLIC = False
    assert link_visits.user_agent() == "carte-vitale-place-by-place (link check)"
    settings.PUBLISHER_CONTACT = "info@site.test"
    assert link_visits.user_agent() == "carte-vitale-place-by-place (link check; info@site.test)"
    settings.IS_PUBLIC, settings.ALLOWED_HOSTS = True, ["site.test"]
    assert "link check; https://site.test/; info@site.test)" in link_visits.user_agent()


def test_a_contact_on_several_lines_makes_no_header_of_its_own(web):
    with LinkChecker("a test (Zoë\r\nX-Evil: yes)", pause=0, allow_loopback=True) as checker:
        assert checker.check(web.url("/page")).state == LinkState.ALIVE
    assert web.headers["User-Agent"] == "a test (Zo X-Evil: yes)"
    assert "X-Evil" not in web.headers


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def sources(db, web, monkeypatch):
    """Return how to make sources of the addresses, in place of the real ones."""
    monkeypatch.setattr(link_check, "PAUSE_SECONDS", 0)
    Source.objects.update(url="")

    def make(**addresses):
        for slug, url in addresses.items():
            Source.objects.create(slug=slug, url=url, publisher="x", language="en")

    return make


def run(*arguments):
    """Run the command and return what it prints."""
    out = StringIO()
    call_command("check_links", "--allow-loopback", *arguments, stdout=out)
    return out.getvalue()


def states():
    return {row.source_id: row.state for row in LinkCheck.objects.all()}


def test_every_address_is_visited_and_each_is_a_line(web, sources):
    sources(fine=web.url("/page"), moved=web.url("/hops/1"), gone=web.url("/status/404"), none="")
    sources(shy=web.url("/status/403"))
    *lines, last = run().splitlines()
    assert [line[:4] for line in lines] == ["1/4 ", "2/4 ", "3/4 ", "4/4 "]
    rows = {line[4:] for line in lines}  # in the order in which they answered
    assert f"alive        fine  {web.url('/page')}  It answers." in rows
    assert f"redirected   moved  {web.url('/hops/1')}  {web.url('/page')}" in rows
    assert last == "4 addresses recorded: 1 alive, 1 redirected, 1 dead, 1 unclear."
    assert states() == {"fine": "alive", "moved": "redirected", "gone": "dead", "shy": "unclear"}
    moved = LinkCheck.objects.get(source="moved")
    assert (moved.address, moved.redirected_to) == (web.url("/hops/1"), web.url("/page"))


def test_a_second_visit_replaces_the_first(web, sources):
    sources(fine=web.url("/page"), gone=web.url("/status/404"))
    run()
    before = LinkCheck.objects.get(source="fine").checked_on
    run()
    assert states() == {"fine": "alive", "gone": "dead"}
    assert LinkCheck.objects.get(source="fine").checked_on > before


def test_a_host_that_does_not_exist_is_dead_while_others_answer(web, sources):
    sources(fine=web.url("/page"), lost="http://nowhere.test/")
    printed = run()
    assert "not reached  lost  http://nowhere.test/  There is no host nowhere.test." in printed
    assert states() == {"fine": "alive", "lost": "dead"}


def test_offline_nothing_is_recorded_and_the_command_says_so(web, sources, names):
    sources(fine=web.url("/page", "one.test"), lost="http://nowhere.test/")
    run()
    before = list(LinkCheck.objects.values())
    names["one.test"] = socket.EAI_AGAIN
    with pytest.raises(CommandError, match="None of the 2 addresses could be reached") as refusal:
        run()
    assert refusal.value.returncode == 1
    assert "this machine seems to be offline. Nothing was recorded." in str(refusal.value)
    assert list(LinkCheck.objects.values()) == before


def test_a_network_that_goes_away_half_way_makes_no_page_dead(web, sources, names):
    names["one.test"] = ["127.0.0.1", socket.EAI_AGAIN]
    sources(fine=web.url("/page", "one.test"), lost="http://nowhere.test/")
    with pytest.raises(CommandError, match="The network went away") as refusal:
        run()
    assert "1 address that could not be reached keep" in str(refusal.value)
    assert states() == {"fine": "alive"}


def test_what_was_recorded_stays_when_the_command_is_interrupted(web, sources, monkeypatch):
    sources(one=web.url("/page"), two=web.url("/page/2"), three=web.url("/page/3"))

    def ctrl_c(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(check_links.Command, "print_line", ctrl_c)
    with pytest.raises(CommandError, match="1 address recorded: 1 alive") as stop:
        run()
    assert stop.value.returncode == 130
    assert len(states()) == 1


def test_only_the_chosen_sources_are_visited(web, sources):
    sources(one=web.url("/page"), two=web.url("/page/2"), three=web.url("/page/3"), none="")
    run("--only", "one", "three")
    assert set(states()) == {"one", "three"}
    with pytest.raises(CommandError, match="No source with an address is called none, nowhere"):
        run("--only", "one", "nowhere", "none")


def test_what_was_visited_lately_can_be_left_out(web, sources):
    sources(one=web.url("/page"), two=web.url("/page/2"), three=web.url("/page/3"))
    run()
    long_ago = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    LinkCheck.objects.filter(source="two").update(checked_on=long_ago)
    Source.objects.filter(slug="three").update(url=web.url("/page/4"))  # another address now
    printed = run("--older-than", "7")
    assert "2 addresses recorded" in printed
    assert "  one  " not in printed
    assert run("--older-than", "7") == "There is no address to visit.\n"


def test_a_limit_takes_those_first_that_were_never_visited_or_longest_ago(web, sources):
    sources(one=web.url("/page"), two=web.url("/page/2"), three=web.url("/page/3"))
    assert "1 address recorded" in run("--limit", "1")
    assert set(states()) == {"one"}
    run("--limit", "2")
    assert set(states()) == {"one", "two", "three"}
    assert "  one  " in run("--limit", "1")


@pytest.mark.parametrize("option", ["--limit", "--older-than"])
@pytest.mark.parametrize("number", ["-1", "many", "9999999999999", "1.5"])
def test_a_number_that_is_none_is_refused_with_a_sentence(db, option, number):
    with pytest.raises(CommandError, match="is not a whole number below 100000"):
        run(f"{option}={number}")


# --- in the admin ---------------------------------------------------------------------------------

PAGE = "/admin/rollout/source/link-check/"


@pytest.fixture
def local(monkeypatch):
    """Let the admin visit the server of the tests."""
    checker_class = partial(LinkChecker, allow_loopback=True)
    monkeypatch.setattr(link_visits, "LinkChecker", checker_class)


def press(page, html):
    """Press the button of the page, and return the next."""
    response = page.post(PAGE, form_values(html))
    assert response.status_code == 200
    return response.content.decode()


def start(page, days="0"):
    response = page.post(PAGE, {"days": days})
    assert response.status_code == 200
    return response.content.decode()


def status(html):
    text = html.split('role="status"')[1].split(">", 1)[1].split("</p>")[0]
    return " ".join(text.split())


def test_the_admin_visits_a_batch_at_each_press_until_all_are_visited(
    admin_page, web, sources, local
):
    sources(fine=web.url("/page"), moved=web.url("/hops/1"), gone=web.url("/status/404"))
    sources(other=web.url("/page", "one.test"), none="")
    html = admin_page.get(PAGE).content.decode()
    assert status(html) == ""
    assert "<dt>never</dt><dd>4</dd>" in html
    assert web.requests == []
    html = start(admin_page)
    assert status(html) == "2 of 4 pages are visited."  # one of each host
    assert "data-goes-on" in html
    assert '<progress max="4" value="2"' in html
    html = press(admin_page, press(admin_page, html))
    assert status(html) == "Finished: all 4 pages are visited."
    assert "data-goes-on" not in html
    assert "<dt>in the last 24 hours</dt><dd>4</dd>" in html
    assert states() == {"fine": "alive", "moved": "redirected", "gone": "dead", "other": "alive"}
    for slug, heading in (("gone", "Dead"), ("moved", "Redirected")):
        part = html.split(f"<h2>{heading}")[1].split("<h2>")[0]
        assert f'href="/admin/rollout/source/{slug}/change/"' in part
    assert "/admin/rollout/source/fine/change/" not in html
    assert f'<a href="{web.url("/page")}" rel="noopener">' in html


def test_the_admin_leaves_out_what_was_visited_lately(admin_page, web, sources, local):
    sources(one=web.url("/page"), two=web.url("/page/2", "one.test"))
    long_ago = timezone.now() - datetime.timedelta(days=8)
    for slug, days in (("one", 0), ("two", 8)):
        with time_machine.travel(timezone.now() - datetime.timedelta(days=days)):
            LinkCheck.objects.record(Source.objects.get(slug=slug), LinkState.ALIVE, "x")
    html = start(admin_page, "7")
    assert status(html) == "Finished: all 2 pages are visited."
    assert web.requests == [("HEAD", "/page/2")]
    assert LinkCheck.objects.get(source="two").checked_on > long_ago


def test_a_host_that_was_visited_just_now_waits_for_the_next_batch(
    admin_page, web, sources, local, monkeypatch
):
    monkeypatch.setattr(link_check, "PAUSE_SECONDS", 60)
    sources(one=web.url("/page"), two=web.url("/page/2"))
    html = start(admin_page)
    assert status(html) == "1 of 2 pages are visited."
    html = press(admin_page, html)
    assert "1 of 2 pages are visited. These sites were visited just now" in status(html)
    assert "data-goes-on" in html
    assert len(web.requests) == 1


def test_two_editors_do_not_visit_at_the_same_time(admin_page, web, sources, local):
    sources(one=web.url("/page"))
    cache.add(link_visits.LOCK, True)
    assert "0 of 1 pages are visited. These sites were visited just now" in status(
        start(admin_page)
    )
    assert web.requests == []
    cache.delete(link_visits.LOCK)
    assert "Finished" in status(start(admin_page))
    assert cache.add(link_visits.LOCK, True)


def test_offline_nothing_is_recorded_and_the_page_says_so(admin_page, web, sources, local, names):
    sources(fine=web.url("/page", "one.test"), lost="http://nowhere.test/")
    html = start(admin_page)
    assert states() == {"fine": "alive", "lost": "dead"}
    before = list(LinkCheck.objects.values())
    names["one.test"] = socket.EAI_AGAIN
    html = start(admin_page)
    assert status(html).startswith("None of these pages could be reached: this server seems to be")
    assert "data-goes-on" not in html
    assert list(LinkCheck.objects.values()) == before


def test_the_last_page_is_dead_if_one_that_answered_before_still_does(
    admin_page, web, sources, local
):
    sources(fine=web.url("/page"))
    start(admin_page)
    sources(lost="http://nowhere.test/")
    html = start(admin_page, "7")
    assert status(html) == "Finished: all 2 pages are visited."
    assert states() == {"fine": "alive", "lost": "dead"}


def test_a_page_that_takes_too_long_is_unclear_and_holds_up_no_batch(
    admin_page, web, sources, local, monkeypatch
):
    monkeypatch.setattr(link_visits, "BATCH_SECONDS", 1.5)
    sources(slow=web.url("/slow"), fine=web.url("/page", "one.test"))
    html = start(admin_page)
    assert status(html) == "Finished: all 2 pages are visited."
    assert states() == {"slow": "unclear", "fine": "alive"}
    assert "No answer within 1.5 seconds." in html


def test_a_dns_that_hangs_is_no_reason_to_doubt_the_pages(
    admin_page, web, sources, local, monkeypatch
):
    sources(fine=web.url("/page"))
    start(admin_page)
    sources(one="http://one.test/", two="http://two.test/")
    before = list(LinkCheck.objects.values())

    def hang(*_args, **_options):
        web.is_over.wait(5)
        raise socket.gaierror(socket.EAI_AGAIN, "the DNS says nothing")

    monkeypatch.setattr(link_visits, "BATCH_SECONDS", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    assert "this server seems to be offline" in status(start(admin_page, "7"))
    assert list(LinkCheck.objects.values()) == before


def test_the_database_is_not_locked_while_pages_are_waited_for(
    admin_page, web, sources, local, monkeypatch
):
    sources(one=web.url("/page"))
    blocks = []
    check_one = LinkChecker.check_all

    def check_all(*args, **options):
        blocks.append(len(connection.savepoint_ids))
        return check_one(*args, **options)

    monkeypatch.setattr(LinkChecker, "check_all", check_all)
    outside = len(connection.savepoint_ids)
    start(admin_page)
    assert blocks == [outside]


@pytest.mark.parametrize(
    "values",
    [{}, {"days": "1"}, {"days": "x"}, {"days": "0", "since": "soon"}, {"since": "2026-01-01"}],
)
def test_a_wrong_form_visits_nothing(admin_page, web, sources, local, values):
    sources(one=web.url("/page"))
    assert admin_page.post(PAGE, values).status_code == 200
    assert web.requests == []


def test_a_moment_to_come_is_now(admin_page, web, sources, local):
    sources(one=web.url("/page"))
    html = admin_page.post(PAGE, {"days": "0", "since": "2999-01-01T00:00:00+00:00"})
    assert status(html.content.decode()) == "Finished: all 1 pages are visited."


def test_who_may_not_change_sources_starts_no_check(client, web, sources, local):
    sources(one=web.url("/page"))
    people.sign_in(client, people.person("a-translator", "Translator: fr"))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"days": "0"}).status_code == 403
    assert PAGE not in client.get("/admin/rollout/source/").content.decode()
    assert Client().post(PAGE, {"days": "0"}).status_code == 302
    assert web.requests == []


def test_the_list_of_sources_leads_to_the_check(admin_page):
    assert f'href="{PAGE}"' in admin_page.get("/admin/rollout/source/").content.decode()


# --- what is recorded, and shown to editors ---------------------------------------------------------

GONE = (LinkState.DEAD, "The page is gone (404).")
SLUG = "clubic-2024-05-31"


@pytest.fixture
def source(db):
    return Source.objects.get(slug=SLUG)


def record(source, day, *result):
    """Record a result on that day; return since when the page is dead."""
    with time_machine.travel(f"{day}T12:00:00+01:00"):
        LinkCheck.objects.record(source, *result)
    return LinkCheck.objects.get(source=source).dead_since


def test_a_page_is_dead_since_the_day_it_was_first_found_so(source):
    assert record(source, "2026-11-20", *GONE) == datetime.date(2026, 11, 20)
    assert record(source, "2026-11-22", *GONE) == datetime.date(2026, 11, 20)
    assert list(LinkCheck.objects.dead()) == [LinkCheck.objects.get(source=source)]
    assert record(source, "2026-11-23", LinkState.ALIVE, "It answers.") is None
    assert not LinkCheck.objects.dead().exists()
    assert record(source, "2026-11-24", *GONE) == datetime.date(2026, 11, 24)


def test_a_source_with_another_address_is_not_dead_any_more(source):
    record(source, "2026-11-20", *GONE)
    source.url = "https://www.clubic.com/found-again"
    source.save()
    assert not LinkCheck.objects.dead().exists()
    assert record(source, "2026-11-22", *GONE) == datetime.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"state": "sleepy"}, "'sleepy' is not a valid choice"),
        ({"state": "dead"}, "A dead page has the day since when it is dead"),
        ({"dead_since": datetime.date(2026, 1, 1)}, "any other page has none"),
        ({"state": "redirected"}, "A redirected page leads somewhere"),
        ({"redirected_to": "https://x.test/"}, "any other page leads nowhere else"),
    ],
)
def test_an_inconsistent_state_is_refused(source, values, sentence):
    record(source, "2026-11-20", LinkState.ALIVE, "It answers.")
    row = LinkCheck.objects.get(source=source)
    for name, value in values.items():
        setattr(row, name, value)
    check(row, sentence)


def test_a_visit_leaves_no_history(source):
    before = source.history.count()
    record(source, "2026-11-20", *GONE)
    assert source.history.count() == before


def test_editors_see_the_state_in_the_list_and_in_the_form(admin_page, source):
    record(source, "2026-11-20", *GONE)
    html = admin_page.get("/admin/rollout/source/").content.decode()
    assert html.count("dead since 20 November 2026") == 1
    assert "not visited" in html
    html = admin_page.get(f"/admin/rollout/source/{SLUG}/change/").content.decode()
    assert "dead since 20 November 2026" in html
    assert '<span lang="en">The page is gone (404).</span>' in html
    assert admin_page.get("/admin/rollout/source/add/").status_code == 200


def test_editors_see_where_a_page_leads(admin_page, source):
    record(source, "2026-11-20", LinkState.REDIRECTED, "It leads on.", "https://x.test/?a=1&b=2")
    html = admin_page.get(f"/admin/rollout/source/{SLUG}/change/").content.decode()
    assert '<a href="https://x.test/?a=1&amp;b=2" rel="noopener">' in html


def test_an_address_that_was_changed_is_shown_as_not_visited(admin_page, source):
    record(source, "2026-11-20", *GONE)
    Source.objects.filter(slug=SLUG).update(url="https://www.clubic.com/found-again")
    for address in ("", "?page=dead", f"{SLUG}/change/"):
        html = admin_page.get(f"/admin/rollout/source/{address}").content.decode()
        assert "dead since" not in html
    assert SLUG in admin_page.get("/admin/rollout/source/?page=never").content.decode()


@pytest.mark.parametrize(
    ("state", "is_listed"), [("dead", True), ("alive", False), ("never", False), ("sleepy", True)]
)
def test_editors_filter_sources_by_state(admin_page, source, state, is_listed):
    record(source, "2026-11-20", *GONE)
    html = admin_page.get(f"/admin/rollout/source/?page={state}").content.decode()
    assert (f"/admin/rollout/source/{SLUG}/change/" in html) is is_listed


def test_the_list_of_sources_makes_no_query_per_row(admin_page, django_assert_max_num_queries):
    for source in Source.objects.exclude(url=""):
        LinkCheck.objects.record(source, LinkState.ALIVE, "It answers.")
    with django_assert_max_num_queries(13):
        admin_page.get("/admin/rollout/source/")


def test_nobody_changes_or_deletes_a_state_by_hand(admin_page, source):
    record(source, "2026-11-20", *GONE)
    assert not admin.site.is_registered(LinkCheck)
    assert admin_page.get(f"/admin/rollout/linkcheck/{SLUG}/delete/").status_code == 404
    html = admin_page.get(f"/admin/rollout/source/{SLUG}/change/").content.decode()
    assert 'name="page_state"' not in html


def test_readers_see_nothing_of_it(client, source):
    before = client.get("/en/sources/").content
    record(source, "2026-11-20", *GONE)
    assert client.get("/en/sources/").content == before
