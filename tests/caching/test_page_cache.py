"""Finished pages: new as soon as a fact is, the same for everyone, bounded, and up in bad times."""

import datetime
import gzip
import io
import json
import os
import time

import brotli
import pytest
import time_machine
from backports import zstd
from django.db import DatabaseError

from rollout.caching import stale
from rollout.caching.compression import MIN_COMPRESSED_BYTES, encoding_for
from rollout.caching.keys import RequestReader
from rollout.caching.middleware import UNAVAILABLE
from rollout.caching.responses import RenderedResponse
from rollout.caching.store import ResponseStore
from rollout.caching.wsgi import PageCacheApplication
from tests.support.addresses import SAMPLES

SINCE = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)


class Database:
    """What the watch asks: which edition is current; or it does not answer."""

    def __init__(self):
        self.stamp = "first"
        self.is_up = True

    def __call__(self):
        if not self.is_up:
            raise DatabaseError("gone")
        return self.stamp, SINCE


class Pages:
    """Stands for Django: each answer tells all of the request that it came from."""

    def __init__(self):
        self.asked = []
        self.status = "200 OK"
        self.headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Cache-Control": "public, no-cache",
            "Content-Language": "fr",
            "ETag": '"abc"',
            "Content-Security-Policy": "default-src 'none'",
        }

    def __call__(self, environ, start_response):
        self.asked.append(environ)
        told = {name: str(value) for name, value in environ.items() if name[:5] != "wsgi."}
        body = f"<body><main>{len(self.asked)} {json.dumps(told)} {'x' * 500}</main></body>"
        start_response(self.status, list(self.headers.items()))
        return [body.encode()]


class Site:
    """A front with that behind it, and a browser for it."""

    def __init__(self, folder):
        self.folder = folder
        self.django = Pages()
        self.database = Database()
        self.begin()

    def begin(self):
        """Begin, as a new process does."""
        self.front = PageCacheApplication(
            self.django, edition_file=self.folder / "edition", folder=self.folder / "pages"
        )
        self.front.watch._ask = self.database

    def change(self, stamp="second"):
        """Change a fact on this machine."""
        self.database.stamp = stamp
        (self.folder / "edition").touch()

    def get(self, address, method="GET", **headers):
        """Ask; return status, headers and the body as it came."""
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
        told = []
        body = b"".join(
            self.front(environ, lambda status, heads, _exc=None: told.append((status, heads)))
        )
        status, heads = told[0]
        return int(status[:3]), dict(heads), body


@pytest.fixture
def site(tmp_path, settings):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    return Site(tmp_path)


def built(site):
    return len(site.django.asked)


# --- Kept, and new at once ------------------------------------------------------------------------


def test_a_page_is_built_once_and_sent_from_then_on(site):
    first = site.get("/en/")
    assert site.get("/en/") == first
    assert built(site) == 1


def test_a_changed_fact_is_in_the_very_next_answer(site):
    before = site.get("/en/")[2]
    site.change()
    assert site.get("/en/")[2] != before
    assert built(site) == 2


def test_a_fact_changed_on_another_machine_is_known_within_a_second(site):
    site.get("/en/")
    site.database.stamp = "elsewhere"
    time.sleep(1)
    site.get("/en/")
    assert built(site) == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-11-23T22:59:59Z", "2026-11-23T23:00:01Z"),  # winter: UTC+1
        ("2026-06-30T21:59:59Z", "2026-06-30T22:00:01Z"),  # summer: UTC+2
    ],
)
def test_at_midnight_in_paris_pages_are_built_anew(site, before, after):
    with time_machine.travel(before, tick=True):
        site.get("/en/")
        site.get("/en/")
        assert built(site) == 1
    with time_machine.travel(after, tick=True):
        site.get("/en/")
        assert built(site) == 2


def test_a_page_built_while_a_fact_changes_is_not_taken_for_the_new_one(site):
    build = Pages.__call__

    def slow(pages, environ, start_response):
        if built(site) == 0:
            site.change()
        return build(pages, environ, start_response)

    site.front._building._django = slow.__get__(site.django)
    site.get("/en/")
    site.get("/en/")
    assert built(site) == 2


def test_each_language_host_and_scheme_has_pages_of_its_own(site):
    asked = [
        site.get("/en/"),
        site.get("/fr/"),
        site.get("/en/", HTTP_HOST="127.0.0.1"),
        site.get("/en/", **{"wsgi.url_scheme": "https"}),
    ]
    assert len({body for _status, _headers, body in asked}) == 4


# --- As it is sent --------------------------------------------------------------------------------

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
        ("gzip;q=0", None),
        ("identity, gzip;q=0.0, *;q=0", None),
        ("GZIP", "gzip"),
    ],
)


@ACCEPTED
def test_a_page_comes_as_the_browser_accepts_it(site, accepted, encoding):
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
def test_a_page_that_is_not_kept_comes_so_too(site, status, accepted, encoding):
    """A search, and an error: Django has not encoded either."""
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
def test_django_encodes_by_the_same_rules(client, path, code, accepted, encoding):
    """What does not go through the front: editors' pages, and all that a session may be in."""
    answer = client.get(path, headers={"Accept-Encoding": accepted})
    assert answer.status_code == code
    encoded = answer.get("Content-Encoding")
    if len(DECODE[encoded](answer.content)) < MIN_COMPRESSED_BYTES:
        assert encoded is None
    else:
        assert encoded == encoding
        assert "accept-encoding" in answer["Vary"].lower()


def test_what_django_says_it_varies_by_stays(site):
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


def test_pictures_are_sent_as_they_are(site):
    site.django.headers["Content-Type"] = "image/png"
    _status, headers, body = site.get("/en/share.png", HTTP_ACCEPT_ENCODING="br")
    assert "Content-Encoding" not in headers
    assert "Vary" not in headers
    assert body.startswith(b"<body>")


def test_head_tells_the_same_and_sends_nothing(site):
    status, headers, body = site.get("/en/", "HEAD")
    assert (status, body) == (200, b"")
    assert headers == site.get("/en/")[1]
    assert built(site) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("wish", ["{etag}", "W/{etag}", '"x", {etag}', "*"])
def test_whoever_has_the_page_already_gets_304(site, method, wish):
    etag = site.get("/en/", HTTP_ACCEPT_ENCODING="br")[1]["ETag"]
    status, headers, body = site.get(
        "/en/", method, HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=wish.format(etag=etag)
    )
    assert (status, body) == (304, b"")
    assert headers["ETag"] == etag
    assert headers["Cache-Control"] == "public, no-cache"
    assert headers["Vary"] == "Accept-Encoding"
    assert "Content-Length" not in headers


@pytest.mark.parametrize("etag", ['"other"', "abc", "\x00", '"', "W/"])
def test_whoever_has_another_page_gets_this_one(site, etag):
    assert site.get("/en/", HTTP_IF_NONE_MATCH=etag)[0] == 200


def test_a_date_serves_where_there_is_no_etag(site):
    modified = site.get("/en/")[1]["Last-Modified"]
    assert site.get("/en/", HTTP_IF_MODIFIED_SINCE=modified)[0] == 304
    assert site.get("/en/", HTTP_IF_MODIFIED_SINCE="Mon, 23 Nov 2020 00:00:00 GMT")[0] == 200
    assert site.get("/en/", HTTP_IF_MODIFIED_SINCE="yesterday")[0] == 200
    assert site.get("/en/", HTTP_IF_MODIFIED_SINCE=modified, HTTP_IF_NONE_MATCH='"x"')[0] == 200


def test_a_range_gets_the_whole(site):
    status, _headers, body = site.get("/en/", HTTP_RANGE="bytes=0-3")
    assert status == 200
    assert len(body) > 500


# --- Nothing of a stranger's ----------------------------------------------------------------------

STRANGE = {
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


@pytest.mark.parametrize("name", STRANGE)
def test_what_a_stranger_sends_is_in_no_page_that_others_get(site, name):
    first = site.get("/en/", **{name: STRANGE[name]})
    assert b"stolen" not in first[2]
    assert site.get("/en/") == first
    assert built(site) == 1


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
def test_parameters_that_a_page_does_not_have_make_no_page_of_their_own(site, query):
    first = site.get("/en/")
    assert site.get(f"/en/?{query}") == first
    assert built(site) == 1


def test_ten_thousand_odd_queries_take_no_memory(site):
    site.get("/en/")
    before = site.front.figures()
    for number in range(10_000):
        site.get(f"/en/?x{number}=y&utm_campaign={number}")
    assert site.front.figures() == before
    assert built(site) == 1


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
def test_what_people_type_is_never_kept(site, query):
    site.get(f"/en/?{query}")
    site.get(f"/en/?{query}")
    assert built(site) == 2
    assert site.front.figures()["copies"] == 0
    assert not list(site.folder.glob("pages/[0-9a-f]*"))


def test_answers_of_the_check_are_never_kept(site):
    site.get("/en/can-i/?age=adult")
    assert site.front.figures()["copies"] == 0


def test_a_day_is_kept_however_it_is_written_among_other_parameters(site):
    first = site.get("/en/departments/69-rhone/?on=2025-05-28")
    assert site.get("/en/departments/69-rhone/?utm_source=x&on=2025-05-28") == first
    assert built(site) == 1


def test_the_days_that_are_kept_are_bounded(site):
    for month in range(1, 13):
        for day in range(1, 29):
            for year in (2020, 2021, 2022):
                site.get(f"/en/?on={year}-{month:02}-{day:02}")
    assert built(site) == 12 * 28 * 3
    assert len(site.front.variants) == site.front.variants.most == 500


def test_the_api_is_not_spared_its_own_refusals(site):
    site.get("/api/v1/departments?onn=2025-05-28")
    assert site.django.asked[-1]["QUERY_STRING"] == "onn=2025-05-28"
    assert site.front.figures()["copies"] == 0


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:9", "", "LOCALHOST", "a" * 3000]
)
def test_a_host_that_is_not_ours_is_left_to_django_and_keeps_nothing(site, host):
    site.get("/en/", HTTP_HOST=host, HTTP_COOKIE="as=sent")
    assert site.django.asked[-1]["HTTP_COOKIE"] == "as=sent"
    assert site.front.figures()["copies"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/rollout/department/",
        "/accounts/login/",
        "/static/x.css",
    ],
)
def test_no_page_that_may_see_a_session_is_ever_kept(site, path):
    site.get(path, HTTP_COOKIE="sessionid=mine")
    assert site.django.asked[-1]["HTTP_COOKIE"] == "sessionid=mine"
    assert site.front.figures()["copies"] == 0


def test_the_language_of_a_browser_decides_where_the_first_page_leads(site):
    site.django.status = "302 Found"
    site.django.headers["Vary"] = "Accept-Language"
    site.get("/", HTTP_ACCEPT_LANGUAGE="fr")
    assert site.django.asked[-1]["HTTP_ACCEPT_LANGUAGE"] == "fr"


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
def test_an_answer_that_is_not_for_everyone_is_not_kept(site, headers):
    site.django.headers |= headers
    site.get("/en/")
    assert site.front.figures()["copies"] == 0


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "404 Not Found", "410 Gone"])
def test_only_pages_are_kept(site, status):
    site.django.status = status
    assert site.get("/en/departments/99-nowhere/")[0] == int(status[:3])
    assert site.front.figures()["copies"] == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", ""])
def test_other_methods_are_left_to_django(site, method):
    site.get("/en/", method)
    assert site.django.asked[-1]["REQUEST_METHOD"] == method
    assert site.front.figures()["copies"] == 0


def test_a_shelf_is_never_fuller_than_it_may_be(site):
    site.front.pages = ResponseStore(most=2, most_bytes=10_000)
    for path in ("/en/", "/fr/", "/en/about/"):
        site.get(path)
    assert len(site.front.pages) == 2
    site.front.pages = ResponseStore(most=100, most_bytes=600)
    for path in ("/en/", "/fr/", "/en/about/"):
        site.get(path)
    assert site.front.pages.size <= 600


def test_long_lists_of_encodings_are_not_remembered():
    assert encoding_for("br," * 100) == ""


FOR_MACHINES = [
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap-fr.xml",
    "/en/manifest.webmanifest",
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
def test_every_public_page_feed_and_download_may_be_kept(client, settings, address):
    path, _mark, query = address.partition("?")
    environ = {
        "HTTP_HOST": "testserver",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "wsgi.url_scheme": "http",
    }
    asked = RequestReader().read(environ)
    assert asked is not None
    answer = client.get(address)
    page = RenderedResponse(
        f"{answer.status_code} OK", list(answer.headers.items()), answer.content
    )
    assert page.may_be_kept
    assert page.header("etag")


# --- In bad times ---------------------------------------------------------------------------------


def test_when_the_database_goes_the_last_good_copy_is_sent_and_says_so(site):
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
    assert built(site) == 1


def test_it_outlives_the_process(site):
    site.get("/en/")
    site.database.is_up = False
    site.begin()
    status, headers, body = site.get("/en/")
    assert status == 200
    assert "X-Stale" in headers
    assert b"<main>" in body


def test_a_copy_of_more_than_a_day_is_not_shown(site):
    with time_machine.travel("2026-11-20T12:00:00Z", tick=True):
        site.get("/en/")
    site.database.is_up = False
    site.begin()
    with time_machine.travel("2026-11-21T13:00:00Z", tick=True):
        site.get("/en/")
    assert site.django.asked[-1][UNAVAILABLE]


def test_a_search_then_gets_the_page_without_its_answer_and_is_told(site):
    site.get("/en/")
    site.database.is_up = False
    site.change()
    status, _headers, body = site.get("/en/?q=lyon")
    assert status == 503
    assert "Nous n’avons pas pu répondre à votre question" in body.decode()  # Pages speaks French


def test_without_any_copy_django_answers_without_its_database(site):
    site.database.is_up = False
    site.get("/en/about/")
    assert site.django.asked[-1][UNAVAILABLE]


def test_a_page_that_breaks_is_replaced_by_its_last_good_copy(site):
    site.get("/en/")
    site.change()
    site.django.status = "500 Internal Server Error"
    status, headers, _body = site.get("/en/")
    assert status == 200
    assert "X-Stale" in headers


def test_an_error_that_no_page_can_tell_is_replaced_too(site):
    site.get("/en/")
    site.change()

    def broken(environ, start_response):
        raise RuntimeError("not even the page of errors")

    site.front._building._django = broken
    status, headers, _body = site.get("/en/")
    assert status == 200
    assert "X-Stale" in headers


def test_what_was_broken_and_heals_is_fresh_again_soon(site):
    site.get("/en/")
    site.database.is_up = False
    site.change()
    assert "X-Stale" in site.get("/en/")[1]
    site.database.is_up = True
    time.sleep(1.5)
    assert "X-Stale" not in site.get("/en/")[1]
    assert built(site) == 2


def test_a_database_that_hangs_costs_a_request_little(site):
    site.get("/en/")
    build = site.django

    def hanging(environ, start_response):
        time.sleep(8)
        return build(environ, start_response)

    site.front._building._django = hanging
    site.front.watch._ask = lambda: time.sleep(8)
    began = time.monotonic()
    assert site.get("/en/?on=2025-05-28")[0] == 503
    assert "X-Stale" in site.get("/en/")[1]
    assert time.monotonic() - began < 5


def test_a_full_disk_harms_nobody(site, caplog):
    (site.folder / "pages").write_text("not a folder")
    assert site.get("/en/")[0] == 200
    assert site.get("/fr/")[0] == 200
    assert caplog.text.count("cannot be written") == 1


@pytest.mark.parametrize("spoilt", [b"", b"{", b"{}\n", b"[]\nx", b"\xff\x00"])
def test_a_spoilt_copy_on_disk_is_no_copy(site, spoilt):
    site.get("/en/")
    for file in (site.folder / "pages").iterdir():
        file.write_bytes(spoilt)
    site.database.is_up = False
    site.begin()
    site.get("/en/")
    assert site.django.asked[-1][UNAVAILABLE]


def test_only_so_many_copies_stay_on_disk(site, monkeypatch):
    monkeypatch.setattr(stale, "MOST_FILES", 2)
    for path in ("/en/", "/fr/", "/en/about/", "/fr/about/"):
        site.get(path)
    site.begin()
    assert len(list((site.folder / "pages").iterdir())) == 2


def test_what_vanishes_or_cannot_be_removed_keeps_no_process_from_beginning(site, monkeypatch):
    monkeypatch.setattr(stale, "MOST_FILES", 1)
    for path in ("/en/", "/fr/"):
        site.get(path)
    folder = site.folder / "pages"
    (folder / "gone").symlink_to("nowhere")  # as if another process had removed it meanwhile
    (folder / "odd").mkdir()
    os.utime(folder / "odd", (0, 0))
    site.begin()
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(
    ("seconds", "age"), [(0, "1 minute"), (90, "2 minutes"), (5400, "2 hours"), (86400, "24 hours")]
)
def test_the_age_of_a_copy_is_told_in_words(seconds, age):
    assert f"right {age} ago" in stale.stale_sentence(seconds)


def test_without_a_database_the_answer_is_503_in_the_language_of_the_page(client):
    page = client.get("/fr/about/", **{UNAVAILABLE: True})
    assert page.status_code == 503
    assert page["Retry-After"] == "30"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert "Le site ne peut pas répondre" in page.content.decode()
    answer = client.get("/api/v1/departments", **{UNAVAILABLE: True})
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/en/data/#error-unavailable"
