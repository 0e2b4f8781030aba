"""The page cache: fresh at once after a change, the same for everyone, bounded, up during faults."""

import datetime
import gzip
import io
import json
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import brotli
import pytest
import time_machine
from backports import zstd
from django.db import DatabaseError

from rollout.caching import rendering, stale
from rollout.caching.compression import MIN_COMPRESSED_BYTES, encoding_for
from rollout.caching.keys import RequestReader
from rollout.caching.middleware import UNAVAILABLE
from rollout.caching.outages import OVERLOADED, UNREACHABLE
from rollout.caching.responses import RenderedResponse
from rollout.caching.store import BoundedCache
from rollout.caching.wsgi import PageCacheApplication
from tests.support.addresses import SAMPLES

SINCE = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)


class Database:
    """What the monitor reads the data version from; or it does not answer."""

    def __init__(self):
        self.version = "first"
        self.is_up = True

    def __call__(self):
        if not self.is_up:
            raise DatabaseError("gone")
        return self.version, SINCE


class FakeDjango:
    """An application whose responses contain all of the request."""

    def __init__(self):
        self.requests = []
        self.status = "200 OK"
        self.headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "public, no-cache",
            "Content-Language": "fr",
            "ETag": '"abc"',
            "Content-Security-Policy": "default-src 'none'",
        }

    def __call__(self, environ, start_response):
        self.requests.append(environ)
        request = {name: str(value) for name, value in environ.items() if name[:5] != "wsgi."}
        body = f"<body><main>{len(self.requests)} {json.dumps(request)} {'x' * 500}</main></body>"
        start_response(self.status, list(self.headers.items()))
        return [body.encode()]


class Site:
    """The page cache in front of that, and a client."""

    def __init__(self, folder):
        self.folder = folder
        self.django = FakeDjango()
        self.database = Database()
        self.started = []
        self.start()

    def start(self):
        """Start the application, as a new process does."""
        self.application = PageCacheApplication(
            self.django, version_file=self.folder / "version", folder=self.folder / "pages"
        )
        self.application.monitor._read = self.database
        self.started.append(self.application)

    def stop(self):
        """Leave no thread that polls beside other tests, and logs that they moved the clock."""
        for application in self.started:
            application.monitor.stop()

    def change(self, version="second"):
        """Change a fact on this machine."""
        self.database.version = version
        (self.folder / "version").touch()

    def get(self, address, method="GET", **headers):
        """Send a request; return status, headers and the encoded body."""
        path, _mark, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "HTTP_HOST": "localhost",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **headers,
        }
        started = []
        body = b"".join(
            self.application(
                environ, lambda status, fields, _exc=None: started.append((status, fields))
            )
        )
        status, fields = started[0]
        return int(status[:3]), dict(fields), body


@pytest.fixture
def site(tmp_path, settings):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    site = Site(tmp_path)
    yield site
    site.stop()


def renderings(site):
    return len(site.django.requests)


# --- Cached, and fresh after a change -------------------------------------------------------------


def test_a_page_is_rendered_once_and_then_cached(site):
    first = site.get("/en/")
    assert site.get("/en/") == first
    assert renderings(site) == 1


def test_a_changed_fact_is_in_the_next_response(site):
    before = site.get("/en/")[2]
    site.change()
    assert site.get("/en/")[2] != before
    assert renderings(site) == 2


def test_a_fact_changed_on_another_machine_is_known_within_a_second(site):
    site.get("/en/")
    site.database.version = "elsewhere"
    deadline = time.monotonic() + 1
    while renderings(site) == 1 and time.monotonic() < deadline:
        time.sleep(0.05)
        site.get("/en/")
    assert renderings(site) == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-11-23T22:59:59Z", "2026-11-23T23:00:01Z"),  # winter: UTC+1
        ("2026-06-30T21:59:59Z", "2026-06-30T22:00:01Z"),  # summer: UTC+2
    ],
)
def test_pages_are_valid_until_midnight_in_paris(site, before, after):
    with time_machine.travel(before, tick=True):
        site.get("/en/")
        site.get("/en/")
        assert renderings(site) == 1
    with time_machine.travel(after, tick=True):
        site.get("/en/")
        assert renderings(site) == 2


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("2026-11-24T00:00:03+01:00", "2026-11-23T23:59:59+01:00"),
        ("2026-11-25T12:00:00+01:00", "2026-11-23T12:00:00+01:00"),
        ("2026-11-22T12:00:00+01:00", "2026-11-23T12:00:00+01:00"),
    ],
)
def test_where_the_clock_was_wrong_no_page_of_the_wrong_day_stays(site, wrong, right):
    with time_machine.travel(wrong, tick=True):
        site.get("/en/")
        site.get("/en/?on=2025-05-28")
    with time_machine.travel(right, tick=True):
        site.get("/en/")
        site.get("/en/?on=2025-05-28")
        assert renderings(site) == 4
        site.get("/en/")
        assert renderings(site) == 4


def test_a_day_that_comes_again_has_pages_of_its_own(site):
    for moment in ("2026-11-23T23:59:50", "2026-11-24T00:00:03", "2026-11-23T23:59:59"):
        with time_machine.travel(f"{moment}+01:00", tick=True):
            site.get("/en/")
    assert renderings(site) == 3


def test_a_page_during_whose_rendering_the_day_ends_is_not_cached(site):
    render = FakeDjango.__call__
    with time_machine.travel("2026-11-23T23:59:59+01:00", tick=False) as clock:

        def slow(django, environ, start_response):
            clock.move_to("2026-11-24T00:00:01+01:00", tick=False)
            return render(django, environ, start_response)

        site.application._renderer._django = slow.__get__(site.django)
        assert site.get("/en/")[0] == 200
        assert site.application.statistics()["responses"] == 0


@pytest.mark.parametrize("address", ["/en/", "/en/suggest/?q=lyon"])
def test_no_browser_uses_a_page_beyond_its_day(site, address):
    site.django.headers["Cache-Control"] = "public, max-age=300"
    with time_machine.travel("2026-11-23T23:00:00+01:00", tick=False) as clock:
        assert site.get(address)[1]["Cache-Control"] == "public, max-age=300"
        clock.move_to("2026-11-23T23:59:00+01:00", tick=False)
        status, headers, _body = site.get(address)
        assert (status, headers["Cache-Control"]) == (200, "public, max-age=60")


def test_a_date_of_when_the_clock_was_ahead_does_not_count(site):
    with time_machine.travel("2026-11-25T12:00:00+01:00", tick=True):
        modified = site.get("/en/")[1]["Last-Modified"]
    with time_machine.travel("2026-11-23T12:00:00+01:00", tick=True):
        site.start()
        assert site.get("/en/", HTTP_IF_MODIFIED_SINCE=modified)[0] == 200


def test_a_page_rendered_while_a_fact_changes_is_not_cached_as_the_new_one(site):
    render = FakeDjango.__call__

    def slow(django, environ, start_response):
        if renderings(site) == 0:
            site.change()
        return render(django, environ, start_response)

    site.application._renderer._django = slow.__get__(site.django)
    site.get("/en/")
    site.get("/en/")
    assert renderings(site) == 2


@pytest.fixture
def gate(site):
    """Until this is set no page is rendered to its end."""
    gate, django = threading.Event(), site.django.__call__

    def wait_at_the_gate(environ, start_response):
        chunks = django(environ, start_response)
        assert UNAVAILABLE in environ or gate.wait(5)
        return chunks

    site.application._renderer._django = wait_at_the_gate
    yield gate
    gate.set()


def is_soon(condition):
    """Wait for a condition of other threads, at most five seconds; tell whether it came."""
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_a_page_that_renders_longer_than_facts_stay_occupies_one_thread(site, gate):
    def is_queued(version):
        (renderings,) = site.application._renderer._shared.values()
        return renderings[-1].version.version == version

    with ThreadPoolExecutor() as visitors:
        first = visitors.submit(site.get, "/en/")
        assert is_soon(lambda: renderings(site) == 1)
        later = []
        for version in ("second", "third", "fourth"):
            site.change(version)
            later.append(visitors.submit(site.get, "/en/"))
            assert is_soon(lambda version=version: is_queued(version))
        assert renderings(site) == 1
        gate.set()
        bodies = {request.result()[2] for request in later}
    assert renderings(site) == 2
    assert len(bodies) == 1
    assert first.result()[2] not in bodies
    assert site.get("/en/")[2] in bodies
    assert renderings(site) == 2


def test_a_page_that_nobody_waits_for_any_more_is_cached_all_the_same(site, gate):
    gate.set()
    site.get("/en/")
    gate.clear()
    site.change()
    assert "X-Stale" in site.get("/en/")[1]
    gate.set()
    assert is_soon(lambda: "X-Stale" not in site.get("/en/")[1])
    assert renderings(site) == 2


def test_who_would_wait_long_is_told_to_come_again_and_finds_the_page_then(site, gate, monkeypatch):
    monkeypatch.setattr(rendering, "RENDER_TIMEOUT_SECONDS", 0.2)
    site.get("/en/")
    assert site.django.requests[-1][UNAVAILABLE] == OVERLOADED
    gate.set()
    assert is_soon(lambda: site.application.statistics()["responses"] == 1)
    assert b"PATH_INFO" in brotli.decompress(site.get("/en/", HTTP_ACCEPT_ENCODING="br")[2])
    assert renderings(site) == 2


def test_each_language_host_and_scheme_has_pages_of_its_own(site):
    responses = [
        site.get("/en/"),
        site.get("/fr/"),
        site.get("/en/", HTTP_HOST="127.0.0.1"),
        site.get("/en/", **{"wsgi.url_scheme": "https"}),
    ]
    assert len({body for _status, _headers, body in responses}) == 4


# --- Encodings and conditional requests -----------------------------------------------------------

DECODE = {
    "br": brotli.decompress,
    "zstd": zstd.decompress,
    "gzip": gzip.decompress,
    None: bytes,
}


ACCEPTED = pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("zstd", "zstd"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("gzip;q=1.0, br;q=0.1", "gzip"),
        ("*", "br"),
        ("*;q=0.1, br;q=0", "zstd"),
        ("", None),
        ("identity", None),
        ("br;q=2", None),
        ("br;q=nan", None),
        ("br;q=x, ,;;=,\x00", None),
        ("compress, gzip;level=9", None),
        (",".join(f"x{number}" for number in range(1000)), None),
        ("gzipp", None),
        ("x-gzip, gzip;q=0", None),
        ("identity;q=1, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.0, *;q=0", None),
        ("GZIP", "gzip"),
    ],
)


@ACCEPTED
def test_a_cached_page_has_the_encoding_that_the_client_prefers(site, accepted, encoding):
    status, headers, body = site.get("/en/", HTTP_ACCEPT_ENCODING=accepted)
    assert status == 200
    assert headers.get("Content-Encoding") == encoding
    assert DECODE[encoding](body).startswith(b"<body><main>1 ")
    assert headers["Content-Length"] == str(len(body))
    assert headers["Vary"] == "Accept-Encoding"
    assert headers["Content-Security-Policy"] == "default-src 'none'"
    assert headers["Cache-Control"] == "public, no-cache"


@ACCEPTED
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_a_page_that_is_not_cached_does_too(site, status, accepted, encoding):
    """A search, and an error: Django has encoded neither."""
    site.django.status = status
    code, headers, body = site.get("/en/?q=lyon", HTTP_ACCEPT_ENCODING=accepted)
    assert code == int(status[:3])
    assert headers.get("Content-Encoding") == encoding
    assert DECODE[encoding](body).startswith(b"<body><main>1 ")
    assert headers.get("Content-Length", str(len(body))) == str(len(body))
    assert headers["Vary"] == "Accept-Encoding"


@ACCEPTED
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/en/?q=lyon", 200),
        ("/en/nowhere/", 404),
        ("/accounts/login/", 200),
        ("/admin/", 302),
        ("/admin/jsi18n/", 302),
        ("/api/v1/search?q=lyon", 200),
        ("/api/v1/departments/nowhere", 404),
    ],
)
def test_django_negotiates_by_the_same_rules(client, path, code, accepted, encoding):
    """Responses that bypass the page cache: for editors, and all that may use a session."""
    answer = client.get(path, headers={"Accept-Encoding": accepted})
    assert answer.status_code == code
    encoded = answer.get("Content-Encoding")
    if len(DECODE[encoded](answer.content)) < MIN_COMPRESSED_BYTES:
        assert encoded is None
    else:
        assert encoded == encoding
        assert "accept-encoding" in answer["Vary"].lower()


def test_other_fields_of_vary_stay(site):
    site.django.headers["Vary"] = "Cookie"
    assert site.get("/en/?q=lyon")[1]["Vary"] == "Cookie, Accept-Encoding"


@pytest.mark.django_db
def test_not_modified_varies_as_the_page_does(client):
    etag = client.get("/en/?q=lyon")["ETag"]
    answer = client.get("/en/?q=lyon", headers={"If-None-Match": etag})
    assert answer.status_code == 304
    assert answer["Vary"] == "Accept-Encoding"


def test_each_encoding_has_its_own_etag(site):
    etags = {
        site.get("/en/", HTTP_ACCEPT_ENCODING=accepted)[1]["ETag"]
        for accepted in ("br", "gzip", "zstd", "")
    }
    assert len(etags) == 4


def test_images_are_not_compressed(site):
    site.django.headers["Content-Type"] = "image/png"
    _status, headers, body = site.get("/en/share.png", HTTP_ACCEPT_ENCODING="br")
    assert "Content-Encoding" not in headers
    assert "Vary" not in headers
    assert body.startswith(b"<body>")


def test_head_has_the_same_headers_and_no_body(site):
    status, headers, body = site.get("/en/", "HEAD")
    assert (status, body) == (200, b"")
    assert headers == site.get("/en/")[1]
    assert renderings(site) == 1


def test_head_of_what_is_not_cached_is_that_of_get(site):
    for path in ("/en/?q=lyon", "/admin/", "/accounts/login/"):
        status, headers, body = site.get(path, "HEAD", HTTP_RANGE="bytes=0-3")
        assert (status, body) == (200, b"")
        assert headers["ETag"] == '"abc"'
        assert site.django.requests[-1]["REQUEST_METHOD"] == "GET"
        assert "HTTP_RANGE" not in site.django.requests[-1]


@pytest.mark.parametrize("coding", ["", "br"])
@pytest.mark.parametrize(
    ("requested", "first", "last"),
    [("0-0", 0, 0), ("0-3", 0, 3), ("5-", 5, -1), ("-4", -4, -1), ("-9999", 0, -1), ("2-9999", 2, -1)],
)  # fmt: skip
def test_a_program_gets_the_part_that_it_asks_for(site, coding, requested, first, last):
    for _request in range(2):  # rendered, then cached
        _status, whole, body = site.get("/en/", HTTP_ACCEPT_ENCODING=coding)
        size = len(body)
        status, headers, part = site.get(
            "/en/", HTTP_ACCEPT_ENCODING=coding, HTTP_RANGE=f"bytes={requested}"
        )
        first, last = first % size, last % size
        assert (status, part) == (206, body[first : last + 1])
        assert headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert headers["Content-Length"] == str(len(part))
        assert headers["ETag"] == whole["ETag"]
        assert whole["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("requested", ["99999-", "-0", "99999-100000"])
def test_a_part_that_is_not_there_is_416_with_the_size(site, requested):
    size = len(site.get("/en/")[2])
    status, headers, part = site.get("/en/", HTTP_RANGE=f"bytes={requested}")
    assert (status, part) == (416, b"")
    assert headers["Content-Range"] == f"bytes */{size}"


@pytest.mark.parametrize(
    "requested",
    ["", "bytes=", "bytes=-", "bytes=3-1", "bytes=0-1,4-5", "bytes=a-b", "lines=0-1", "bytes=1-\x00",
     "bytes=" + "9" * 5000 + "-", "bytes=٣-٤"],
)  # fmt: skip
def test_a_range_of_another_kind_gets_the_whole(site, requested):
    whole = site.get("/en/")
    assert site.get("/en/", HTTP_RANGE=requested) == whole


def test_a_part_of_another_body_is_not_sent(site):
    etag, modified = (site.get("/en/")[1][name] for name in ("ETag", "Last-Modified"))
    for condition, status in ((etag, 206), (modified, 206), ('"other"', 200), (f"W/{etag}", 200)):
        assert site.get("/en/", HTTP_RANGE="bytes=0-3", HTTP_IF_RANGE=condition)[0] == status


def test_a_range_does_not_matter_to_head(site):
    assert site.get("/en/", "HEAD", HTTP_RANGE="bytes=0-3")[:2] == site.get("/en/")[:2]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("condition", ["{etag}", "W/{etag}", '"x", {etag}', "*"])
def test_a_client_that_has_the_page_gets_304(site, method, condition):
    etag = site.get("/en/", HTTP_ACCEPT_ENCODING="br")[1]["ETag"]
    status, headers, body = site.get(
        "/en/", method, HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=condition.format(etag=etag)
    )
    assert (status, body) == (304, b"")
    assert headers["ETag"] == etag
    assert headers["Cache-Control"] == "public, no-cache"
    assert headers["Vary"] == "Accept-Encoding"
    assert "Content-Length" not in headers


@pytest.mark.parametrize("etag", ['"other"', "abc", "\x00", '"', "W/"])
def test_a_client_that_has_another_page_gets_200(site, etag):
    assert site.get("/en/", HTTP_IF_NONE_MATCH=etag)[0] == 200


def test_if_modified_since_counts_without_an_etag(site):
    modified = site.get("/en/")[1]["Last-Modified"]
    assert site.get("/en/", HTTP_IF_MODIFIED_SINCE=modified)[0] == 304
    assert site.get("/en/", HTTP_IF_MODIFIED_SINCE="Mon, 23 Nov 2020 00:00:00 GMT")[0] == 200
    assert site.get("/en/", HTTP_IF_MODIFIED_SINCE="yesterday")[0] == 200
    assert site.get("/en/", HTTP_IF_MODIFIED_SINCE=modified, HTTP_IF_NONE_MATCH='"x"')[0] == 200


# --- Nothing of one client for another ------------------------------------------------------------

CLIENT_HEADERS = {
    "HTTP_COOKIE": "sessionid=stolen; csrftoken=stolen",
    "HTTP_AUTHORIZATION": "Basic stolen",
    "HTTP_X_FORWARDED_HOST": "stolen.example",
    "HTTP_X_FORWARDED_FOR": "stolen",
    "HTTP_X_FORWARDED_PROTO": "stolen",
    "HTTP_FORWARDED": "host=stolen.example",
    "HTTP_ACCEPT_LANGUAGE": "stolen",
    "HTTP_USER_AGENT": "stolen",
    "HTTP_REFERER": "http://stolen.example/",
    "HTTP_X_ORIGINAL_URL": "/stolen",
    "HTTP_SCRIPT_NAME": "/stolen",
    "REMOTE_USER": "stolen",
    "REMOTE_ADDR": "stolen",
}


@pytest.mark.parametrize("name", CLIENT_HEADERS)
def test_no_header_of_one_client_is_in_a_page_for_others(site, name):
    first = site.get("/en/", **{name: CLIENT_HEADERS[name]})
    assert b"stolen" not in first[2]
    assert site.get("/en/") == first
    assert renderings(site) == 1


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=newsletter",
        "fbclid=x&gclid=y",
        "Q=lyon",
        "on[]=2025-05-28",
        "%00",
        "%FF=%FF",
        "&&&=&",
        ";",
        "next=//evil.example",
    ],
)
def test_unknown_parameters_are_not_in_the_cache_key(site, query):
    first = site.get("/en/")
    assert site.get(f"/en/?{query}") == first
    assert renderings(site) == 1


def test_ten_thousand_unknown_queries_take_no_memory(site):
    site.get("/en/")
    before = site.application.statistics()
    for number in range(10_000):
        site.get(f"/en/?x{number}=y&utm_campaign={number}")
    assert site.application.statistics() == before
    assert renderings(site) == 1


@pytest.mark.parametrize(
    "query",
    [
        "q=lyon",
        "q=",
        "q=lyon&on=2025-05-28",
        "on=2025-02-30",
        "on=2025-05-28&on=2024-01-01",
        "on=x",
    ],
)
def test_user_input_is_never_cached(site, query):
    site.get(f"/en/?{query}")
    site.get(f"/en/?{query}")
    assert renderings(site) == 2
    assert site.application.statistics()["responses"] == 0
    assert not list(site.folder.glob("pages/[0-9a-f]*"))


def test_results_of_the_check_are_never_cached(site):
    site.get("/en/can-i/?age=adult")
    assert site.application.statistics()["responses"] == 0


def test_a_day_is_cached_whatever_other_parameters_there_are(site):
    first = site.get("/en/departments/69-rhone/?on=2025-05-28")
    assert site.get("/en/departments/69-rhone/?utm_source=x&on=2025-05-28") == first
    assert renderings(site) == 1


def test_the_number_of_cached_days_is_bounded(site):
    for month in range(1, 13):
        for day in range(1, 29):
            for year in (2020, 2021, 2022):
                site.get(f"/en/?on={year}-{month:02}-{day:02}")
    assert renderings(site) == 12 * 28 * 3
    assert len(site.application.variants) == site.application.variants.max_count == 500


def test_unknown_parameters_reach_the_api_which_refuses_them(site):
    site.get("/api/v1/departments?onn=2025-05-28")
    assert site.django.requests[-1]["QUERY_STRING"] == "onn=2025-05-28"
    assert site.application.statistics()["responses"] == 0


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:9", "", "LOCALHOST", "a" * 3000]
)
def test_an_unknown_host_is_left_to_django_and_not_cached(site, host):
    site.get("/en/", HTTP_HOST=host, HTTP_COOKIE="as=sent")
    assert site.django.requests[-1]["HTTP_COOKIE"] == "as=sent"
    assert site.application.statistics()["responses"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/rollout/department/",
        "/accounts/login/",
        "/static/x.css",
    ],
)
def test_no_page_that_may_use_a_session_is_cached(site, path):
    site.get(path, HTTP_COOKIE="sessionid=mine")
    assert site.django.requests[-1]["HTTP_COOKIE"] == "sessionid=mine"
    assert site.application.statistics()["responses"] == 0


def test_the_root_redirects_by_the_language_of_the_browser(site):
    site.django.status = "302 Found"
    site.django.headers["Vary"] = "Accept-Language"
    site.get("/", HTTP_ACCEPT_LANGUAGE="fr")
    assert site.django.requests[-1]["HTTP_ACCEPT_LANGUAGE"] == "fr"


@pytest.mark.parametrize(
    "headers",
    [
        {"Set-Cookie": "a=b"},
        {"Vary": "Cookie"},
        {"Vary": "Accept-Encoding, Accept-Language"},
        {"Vary": "*"},
        {"Cache-Control": "private"},
        {"Cache-Control": "public, no-store"},
        {"Cache-Control": ""},
    ],
)
def test_a_response_that_is_not_for_everyone_is_not_cached(site, headers):
    site.django.headers |= headers
    site.get("/en/")
    assert site.application.statistics()["responses"] == 0


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "404 Not Found", "410 Gone"])
def test_only_status_200_is_cached(site, status):
    site.django.status = status
    assert site.get("/en/departments/99-nowhere/")[0] == int(status[:3])
    assert site.application.statistics()["responses"] == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", ""])
def test_other_methods_are_left_to_django(site, method):
    site.get("/en/", method)
    assert site.django.requests[-1]["REQUEST_METHOD"] == method
    assert site.application.statistics()["responses"] == 0


def test_the_cache_is_bounded_in_number_and_bytes(site):
    site.application.pages = BoundedCache(max_count=2, max_bytes=10_000)
    for path in ("/en/", "/fr/", "/en/about/"):
        site.get(path)
    assert len(site.application.pages) == 2
    site.application.pages = BoundedCache(max_count=100, max_bytes=600)
    for path in ("/en/", "/fr/", "/en/about/"):
        site.get(path)
    assert site.application.pages.bytes <= 600


def test_encodings_that_are_added_later_count_too(site):
    sizes = []
    for accepted in ("br", "gzip", "", "br"):
        site.get("/en/", HTTP_ACCEPT_ENCODING=accepted)
        sizes.append(site.application.pages.bytes)
    assert sizes[0] < sizes[1] < sizes[2] == sizes[3]
    site.application.pages.max_bytes = sizes[3]
    site.get("/en/", HTTP_ACCEPT_ENCODING="zstd")
    assert len(site.application.pages) == 0


def test_long_lists_of_encodings_are_not_parsed():
    assert encoding_for("br," * 100) == ""


FOR_MACHINES = [
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap-fr.xml",
    "/en/manifest.webmanifest",
    "/en/service-worker.js",
    "/en/updates.atom",
    "/en/departments/69-rhone/updates.atom",
    "/fr/openings.ics",
    "/en/share.png",
    "/en/departments/69-rhone/share.png",
    "/en/embed/departments/69/",
    "/en/embed/departments/69.svg",
    "/api/v1/departments",
    "/api/v1/departments/69?on=2025-05-28",
    "/api/v1/departments.csv?on=2025-05-28&language=fr",
    "/api/v1/departments.geojson",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*(f"/en/{sample}" for sample in SAMPLES), *FOR_MACHINES])
def test_every_public_page_feed_and_download_is_cacheable(client, settings, address):
    path, _mark, query = address.partition("?")
    environ = {
        "HTTP_HOST": "testserver",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "wsgi.url_scheme": "http",
    }
    assert RequestReader().read(environ) is not None
    answer = client.get(address)
    page = RenderedResponse(
        f"{answer.status_code} OK", list(answer.headers.items()), answer.content
    )
    assert page.is_cacheable
    assert page.header("etag")


# --- During faults --------------------------------------------------------------------------------


def test_while_the_database_is_down_a_stale_response_is_served_and_says_so(site):
    page = site.get("/fr/")[2]
    site.database.is_up = False
    site.change()
    status, headers, body = site.get("/fr/")
    assert status == 200
    assert int(headers["X-Stale"]) <= 2
    assert headers["Cache-Control"] == "no-store"
    assert "ETag" not in headers
    assert "Notre base de données ne répond pas" in body.decode()
    assert body.startswith(b'<body><main><p class="notice"')
    assert page.removeprefix(b"<body><main>") in body
    assert renderings(site) == 1


def test_stale_responses_outlive_the_process(site):
    site.get("/en/")
    site.database.is_up = False
    site.start()
    status, headers, body = site.get("/en/")
    assert status == 200
    assert "X-Stale" in headers
    assert b"<main>" in body


def test_a_page_that_only_another_process_has_rendered_is_served_stale(site):
    other = Site(site.folder)
    site.get("/en/")
    site.database.is_up = other.database.is_up = False
    other.change()
    status, headers, _body = other.get("/en/")
    other.stop()
    assert status == 200
    assert "X-Stale" in headers
    assert renderings(other) == 0


def test_a_response_of_more_than_a_day_is_not_served(site):
    with time_machine.travel("2026-11-20T12:00:00Z", tick=True):
        site.get("/en/")
    site.database.is_up = False
    site.start()
    with time_machine.travel("2026-11-21T13:00:00Z", tick=True):
        site.get("/en/")
    assert site.django.requests[-1][UNAVAILABLE]


@pytest.mark.parametrize("is_restarted", [True, False])
def test_a_response_of_a_day_to_come_is_not_served(site, is_restarted):
    with time_machine.travel("2026-11-25T12:00:00+01:00", tick=True):
        site.get("/en/")
    site.database.is_up = False
    with time_machine.travel("2026-11-23T12:00:00+01:00", tick=True):
        if is_restarted:
            site.start()
        else:
            site.change()
        site.get("/en/")
    assert site.django.requests[-1][UNAVAILABLE]


def test_a_night_without_visitors_makes_no_page_younger(site):
    with time_machine.travel("2026-11-23T12:00:00+01:00", tick=True):
        site.get("/en/")
    with time_machine.travel("2026-11-25T12:00:00+01:00", tick=True):
        site.application.monitor.poll()
        site.database.is_up = False
        site.change()
        site.get("/en/")
    assert site.django.requests[-1][UNAVAILABLE]


def test_a_search_then_gets_the_page_without_its_results_as_503(site):
    site.get("/en/")
    site.database.is_up = False
    site.change()
    status, headers, body = site.get("/en/?q=lyon")
    assert (status, headers["Retry-After"]) == (503, "30")
    assert "Nous n’avons pas pu répondre à votre question" in body.decode()  # FakeDjango says so


def test_without_a_stale_response_django_renders_its_503_page(site):
    site.database.is_up = False
    site.get("/en/about/")
    assert site.django.requests[-1][UNAVAILABLE]


def test_a_page_with_an_error_is_replaced_by_its_stale_response(site):
    site.get("/en/")
    site.change()
    site.django.status = "500 Internal Server Error"
    status, headers, _body = site.get("/en/")
    assert status == 200
    assert "X-Stale" in headers


def test_an_error_in_the_error_page_is_replaced_too(site):
    site.get("/en/")
    site.change()

    def broken(environ, start_response):
        raise RuntimeError("not even the error page")

    site.application._renderer._django = broken
    status, headers, _body = site.get("/en/")
    assert status == 200
    assert "X-Stale" in headers


def test_after_the_database_recovers_pages_are_fresh_again(site):
    site.get("/en/")
    site.database.is_up = False
    site.change()
    assert "X-Stale" in site.get("/en/")[1]
    site.database.is_up = True
    time.sleep(1.5)
    assert "X-Stale" not in site.get("/en/")[1]
    assert renderings(site) == 2


def test_a_database_that_hangs_delays_requests_little(site):
    site.get("/en/")
    django = site.django

    def hanging(environ, start_response):
        time.sleep(8)
        return django(environ, start_response)

    site.application._renderer._django = hanging
    site.application.monitor._read = lambda: time.sleep(8)
    started_at = time.monotonic()
    assert site.get("/en/?on=2025-05-28")[0] == 503
    assert "X-Stale" in site.get("/en/")[1]
    assert time.monotonic() - started_at < 5


def test_a_full_disk_is_logged_once_and_breaks_nothing(site, caplog):
    (site.folder / "pages").write_text("not a folder")
    assert site.get("/en/")[0] == 200
    assert site.get("/fr/")[0] == 200
    assert caplog.text.count("cannot be written") == 1


@pytest.mark.parametrize("content", [b"", b"{", b"{}\n", b"[]\nx", b"\xff\x00"])
def test_a_corrupt_file_is_ignored(site, content):
    site.get("/en/")
    for file in (site.folder / "pages").iterdir():
        file.write_bytes(content)
    site.database.is_up = False
    site.start()
    site.get("/en/")
    assert site.django.requests[-1][UNAVAILABLE]


def test_the_number_of_files_is_bounded(site, monkeypatch):
    monkeypatch.setattr(stale, "MAX_FILES", 2)
    for path in ("/en/", "/fr/", "/en/about/", "/fr/about/"):
        site.get(path)
    site.start()
    assert len(list((site.folder / "pages").iterdir())) == 2


def test_files_that_vanish_or_cannot_be_removed_prevent_no_start(site, monkeypatch):
    monkeypatch.setattr(stale, "MAX_FILES", 1)
    for path in ("/en/", "/fr/"):
        site.get(path)
    folder = site.folder / "pages"
    (folder / "gone").symlink_to("nowhere")  # as if another process had removed it meanwhile
    (folder / "odd").mkdir()
    os.utime(folder / "odd", (0, 0))
    site.start()
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(
    ("seconds", "age"), [(0, "1 minute"), (90, "2 minutes"), (5400, "2 hours"), (86400, "24 hours")]
)
def test_the_notice_says_the_age(seconds, age):
    assert f"right {age} ago" in stale.stale_sentence(seconds)


def test_the_503_page_is_in_the_language_of_the_path(client):
    page = client.get("/fr/about/", **{UNAVAILABLE: UNREACHABLE})
    assert page.status_code == 503
    assert page["Retry-After"] == "30"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert "Le site ne peut pas répondre" in page.content.decode()
    answer = client.get("/api/v1/departments", **{UNAVAILABLE: UNREACHABLE})
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/en/data/#error-unavailable"
