"""Every address × method × encoding, as the site is served, against RFC 9110."""

import gzip
import http.client
import re
from contextlib import closing
from itertools import product
from pathlib import Path

import brotli
import pytest
from backports import zstd

from tests.support import servers
from tests.support.addresses import SAMPLES

pytestmark = pytest.mark.servers

DECODE = {"br": brotli.decompress, "gzip": gzip.decompress, "zstd": zstd.decompress, None: bytes}
ENCODINGS: dict[str, set[str | None]] = {
    # RFC 9110, 12.5.3: what a client accepts, and with which encodings it may be answered.
    "": {None},
    "br": {"br", None},
    "gzip, deflate, br, zstd": {"br", "gzip", "zstd"},
    "GZIP": {"gzip"},
    "x-gzipped": {None},
    "gzipp": {None},
    "gzip;q=0": {None},
    "gzip;q=0.000, br;q=0": {None},
    "gzip;q=0, *": {"br", "zstd", None},
    "*;q=0": {None},
    "identity;q=1, gzip;q=0.5": {None},
    "gzip;level=9": {None},
}
"""None beside others: a static file is there in br and gzip only."""
FILES = [
    "/",
    "/robots.txt",
    "/sitemap.xml",
    "/sitemap-en.xml",
    "/en/updates.atom",
    "/en/openings.ics",
    "/en/manifest.webmanifest",
    "/en/suggest/?q=lyon",
    "/en/share.png",
    "/en/embed/departments/69/",
    "/en/embed/departments/69.svg",
    "/api/v1/departments",
    "/api/v1/departments.csv",
    "/api/v1/departments.geojson",
    "/api/v1/departments/69",
    "/api/v1/search?q=lyon",
    "/api/v1/openapi.json",
    "/favicon.ico",
]
NOT_FOUND = [
    "/en/nowhere/",
    "/en/departments/nowhere/",
    "/api/v1/nowhere",
    "/api/v1/departments/nowhere",
    "/static/nowhere.css",
    "/en/departments",
]
UNCACHED = [
    "/en/?q=lyon",
    "/en/?on=yesterday",
    "/en/can-i/?document=none-of-these",
    "/accounts/login/",
    "/admin/",
    "/admin/jsi18n/",
    "/admin/nowhere/",
    "/livez",
]
CHANGING = {"date", "expires", "set-cookie", "x-noise", "x-request-id", "content-length"}
"""Headers that differ between any two responses: of random length on purpose, or with a token."""


class Client:
    """Requests on one connection, by the machine's own name."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)

    def request(self, method, path, accepted="", **headers):
        """Return status, headers by their lower-case names, and body."""
        self.connection.request(method, path, headers={"Accept-Encoding": accepted, **headers})
        response = self.connection.getresponse()
        body = response.read()
        return response.status, {n.lower(): v for n, v in response.getheaders()}, body


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("http")


@pytest.fixture(scope="module")
def client(log):
    servers.collect_statics()
    environment = {"VAR_DIR": str(servers.var_dir(log))}
    with servers.gunicorn(environment) as address:
        client = Client(address)
        with closing(client.connection):
            yield client


@pytest.fixture(scope="module")
def statics(client):
    """Each static file that the home page and the admin's sign-in name."""
    pages = client.request("GET", "/en/")[2] + client.request("GET", "/accounts/login/")[2]
    names = sorted(set(re.findall(rb'"(/static/[^"]+)"', pages)))
    assert len(names) > 3
    return [name.decode() for name in names]


def walk(client, paths):
    """Yield each path with each accepted encoding and the responses to GET and HEAD."""
    for path, accepted in product(paths, ENCODINGS):
        yield (
            path,
            accepted,
            client.request("GET", path, accepted),
            client.request("HEAD", path, accepted),
        )


def assert_as_the_standard_says(client, paths):
    encoded: set[str] = set()
    varying: dict[str, set[bool]] = {}
    for path, accepted, (status, headers, body), head in walk(client, paths):
        case = (path, accepted)
        encoding = headers.get("content-encoding")
        assert encoding in ENCODINGS[accepted] | {None}, case
        DECODE[encoding](body)
        if "content-length" in headers:
            assert int(headers["content-length"]) == len(body), case
        if encoding:
            encoded.add(path)
        varying.setdefault(path, set()).add("accept-encoding" in headers.get("vary", "").lower())
        assert head[0] == status, case
        assert head[2] == b"", case
        has_token = "set-cookie" in headers
        changing = CHANGING | ({"etag"} if has_token else set())
        if not has_token:
            changing = changing - {"content-length"}
        assert _without(head[1], changing) == _without(headers, changing), case
        etag = headers.get("etag")
        if etag and status == 200 and not has_token and accepted in ("", "br"):
            for method, condition in product(
                ("GET", "HEAD"), (etag, f'"x", W/{etag.removeprefix("W/")}', "*")
            ):
                again = client.request(method, path, accepted, **{"If-None-Match": condition})
                assert again[0] == 304, (case, method, condition)
                assert again[1].get("etag", "").removeprefix("W/") == etag.removeprefix("W/"), case
                assert again[1].get("vary") == headers.get("vary"), case
                assert again[2] == b"", case
    for path in encoded:
        assert varying[path] == {True}, f"{path} has no Vary: Accept-Encoding"


def _without(headers, names):
    """Return the other headers, without the number of seconds to midnight in `max-age`."""
    return {
        name: re.sub(r"max-age=\d{3,}", "max-age=", value)
        for name, value in headers.items()
        if name not in names
    }


def test_public_pages_in_every_state(client):
    assert_as_the_standard_says(client, [f"/en/{sample}" for sample in SAMPLES])


def test_every_page_of_the_sitemaps_to_get_and_head(client):
    addresses = []
    for language in ("en", "fr"):
        body = client.request("GET", f"/sitemap-{language}.xml")[2].decode()
        addresses += re.findall("<loc>https?://[^/]+(/[^<]+)</loc>", body)
    assert len(addresses) > 200
    for path in addresses:
        status, headers, _body = client.request("GET", path, "br")
        head = client.request("HEAD", path, "br")
        assert (status, head[2]) == (200, b"")
        assert _without(head[1], {"date", "x-noise"}) == _without(headers, {"date", "x-noise"}), (
            path
        )
        assert headers["vary"] == "Accept-Encoding", path
        assert headers["content-encoding"] == "br", path


def test_files_feeds_and_the_api(client):
    assert_as_the_standard_says(client, FILES)


def test_what_is_not_there(client):
    assert_as_the_standard_says(client, NOT_FOUND)


def test_pages_that_are_not_cached_and_those_of_editors(client):
    assert_as_the_standard_says(client, UNCACHED)


def test_static_files(client, statics):
    assert_as_the_standard_says(client, statics)


def test_each_encoding_of_a_static_file_has_its_own_etag(client, statics):
    sheet = next(name for name in statics if name.endswith(".css"))
    etags = {client.request("GET", sheet, accepted)[1]["etag"] for accepted in ("", "gzip", "br")}
    assert len(etags) == 3


def test_part_of_a_static_file_is_for_get_alone_and_for_the_same_version_only(client, statics):
    sheet = next(name for name in statics if name.endswith(".css"))
    etag = client.request("GET", sheet)[1]["etag"]
    part = {"Range": "bytes=0-3"}
    assert client.request("GET", sheet, **part)[0] == 206
    assert client.request("HEAD", sheet, **part)[0] == 200  # RFC 9110, 14.2
    assert client.request("GET", sheet, **part, **{"If-Range": etag})[0] == 206
    assert client.request("GET", sheet, **part, **{"If-Range": '"other"'})[0] == 200  # 13.1.5


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_are_refused_and_say_which_are_allowed(client, statics, method):
    for path in ("/en/", "/en/share.png", "/robots.txt", "/livez", statics[0]):
        status, headers, _body = client.request(method, path)
        assert status == 405, (method, path)
        assert {"GET", "HEAD"} <= set(headers["allow"].replace(" ", "").split(",")), path


def test_none_of_this_is_logged(client, log):
    text = (Path(log) / "var" / "gunicorn.log").read_text()
    lines = [line for line in text.splitlines() if '"HEAD' in line or '"GET' in line]
    assert lines == []
