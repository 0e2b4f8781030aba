"""The static export: nginx alone serves the whole site from it, and each page says it is a copy."""

import gzip
import html
import http.client
import io
import re
import shutil
import sys
from urllib.parse import urlsplit

import brotli
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from rollout.caching import fragments
from rollout.management.commands.export_site import Command, point_symlink
from rollout.models import DataVersion, Language
from rollout.operations import static_export, static_hosts
from tests.support import addresses, processes, servers, visitors

pytestmark = pytest.mark.servers

ORIGIN = "http://localhost:8000"
HEADERS_OF_THE_APPLICATION = {
    "Access-Control-Allow-Origin",
    "Cache-Control",
    "Content-Language",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Content-Type",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-Robots-Tag",
}


# In three languages all that there is once, and some of what there is often: all takes 85 seconds.
OTHERS = "|".join(code for code, _name in settings.LANGUAGES if code not in ("en", "fr", "ar"))
ONCE = r"(?!.*/(departments|regions|entries|embed|sources)/)(?!.*png)|.*/sources/$"
OFTEN = r".*/(69|2a|bretagne|departments/25-doubs)\b(?!.*png)"
SOME = rf"^(?!.*[/=]({OTHERS})(/|$))({ONCE}|{OFTEN})"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An export of some of the real data, without images."""
    if servers.nginx_program() is None:
        servers.missing("nginx", "apt install nginx-light")
    servers.collect_statics()
    var = servers.site_folder(tmp_path_factory)
    export = ("export_site", str(var / "mirror"), "--origin", ORIGIN, "--only", SOME)
    servers.manage(*export, environment={"VAR_DIR": str(var)})
    return var / "mirror"


@pytest.fixture(scope="module")
def address(folder, tmp_path_factory):
    files = tmp_path_factory.mktemp("nginx")
    with servers.nginx(files, mirror=folder, site="mirror_only.conf") as address:
        yield address


class Reader:
    """Asks one server, on one connection."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)

    def get(self, path, **headers):
        """Return status, headers and body of what is at a path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request("GET", path, headers=named)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()


@pytest.fixture
def reader(address):
    reader = Reader(address)
    yield reader
    reader.connection.close()


def links(page):
    """Return the links of a page that lead to this site, without fragments."""
    targets = re.findall(r'(?:href|src|action)="([^"]+)"', page)
    inside = [link.removeprefix(ORIGIN) for link in map(html.unescape, targets)]
    return {link.partition("#")[0] for link in inside if link.startswith("/")}


def is_api_query(link):
    """Tell whether a link has a query that the API answers and the export has not."""
    return link.startswith("/api/") and urlsplit(link).query not in ("", "language=fr")


def test_every_link_leads_to_a_copy_in_both_languages(reader, db):
    """Follow all links; where only some were written, the whole export would have the others."""
    whole = set(static_export.addresses())
    waiting, seen = ["/en/", "/fr/", "/robots.txt", "/sitemap.xml", "/favicon.ico"], set()
    while waiting:
        link = waiting.pop()
        path = link if link.startswith("/api/") else link.partition("?")[0]
        if path in seen:
            continue
        seen.add(path)
        status, headers, body = reader.get(path)
        if is_api_query(path):
            assert status == 404, link
        elif path == "/":
            assert status == 302
        elif status == 404:
            assert path in whole, link
            assert not re.search(SOME, path), link
        else:
            assert status == 200, link
        if headers["Content-Type"].startswith("text/html"):
            waiting += links(body.decode())
    assert {"/en/updates.atom", "/fr/openings.ics", "/api/v1/departments.csv"} <= seen
    assert {path for path in addresses.addresses() if "embed" not in path} <= seen


@pytest.mark.parametrize(
    ("path", "notice"),
    [
        ("/en/", "This page is a copy, made on"),
        ("/fr/departments/69-rhone/", "Cette page est une copie, faite le"),
    ],
)
def test_a_page_says_that_it_is_a_copy_and_of_when(reader, path, notice):
    _status, headers, body = reader.get(path)
    assert notice in body.decode()
    assert headers["X-Copy-Made"] == headers["Last-Modified"]


PLAIN_NGINX = """error_log stderr;
pid nginx.pid;
{user}
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    {temporary}
    server {{ listen 127.0.0.1:{port}; root {folder}; absolute_redirect off; }}
}}
"""


def _python(port, folder, _home):
    options = ("--bind", "127.0.0.1", "--directory", str(folder))
    return [sys.executable, "-m", "http.server", str(port), *options]


def _nginx(port, folder, home):
    text = PLAIN_NGINX.format(
        port=port,
        folder=folder,
        temporary=servers.nginx_temporary_files(home),
        user=servers.nginx_user(),
    )
    (home / "nginx.conf").write_text(text)
    command = [servers.nginx_program(), "-p", str(home), "-c", str(home / "nginx.conf")]
    return [*command, "-g", "daemon off;"]


def _caddy(port, folder, _home):
    program = shutil.which("caddy")
    if program is None:
        servers.missing("Caddy", "apt install caddy")
    return [program, "file-server", "--root", str(folder), "--listen", f"127.0.0.1:{port}"]


@pytest.fixture(scope="module", params=[_python, _nginx, _caddy])
def plain_server(request, folder, tmp_path_factory):
    """Return the address of a web server that knows nothing of this site."""
    home, port = tmp_path_factory.mktemp("plain"), processes.free_port()
    with processes.program(*request.param(port, folder, home), cwd=home):
        visitors.wait_for(lambda: visitors.ask(f"http://127.0.0.1:{port}", "/").status == 200, 20)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def plain_reader(plain_server):
    reader = Reader(plain_server)
    yield reader
    reader.connection.close()


def test_on_any_web_server_the_front_page_leads_to_each_language_without_a_script(plain_reader):
    status, headers, body = plain_reader.get("/")
    assert (status, headers["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert {"/en/", "/fr/"} <= links(body.decode())
    for path in ("/en/", "/fr/"):
        assert plain_reader.get(path)[0] == 200


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/en/departments/69/", "/en/departments/69-rhone/"),
        ("/en/departments/2A/", "/en/departments/2a-corse-du-sud/"),
        ("/fr/departments/2a/", "/fr/departments/2a-corse-du-sud/"),
        ("/fr/departments/cote-dor/", "/fr/departments/21-cote-dor/"),
    ],
)
def test_on_any_web_server_a_number_or_name_leads_to_the_page_of_the_department(
    plain_reader, reader, folder, path, target
):
    for server in (plain_reader, reader):
        status, _headers, body = server.get(path)
        assert status == 200
        assert f'content="0; url={target}"' in body.decode()
        assert f'<a href="{target}">' in body.decode()
    assert f"{path} {target} 301\n" in (folder / "_redirects").read_text()


def test_they_are_the_redirects_of_the_live_site(client, db):
    moved = static_hosts.redirects()
    for path in ("/en/departments/2A/", "/fr/departments/cote-dor/", "/en/departments/01/"):
        assert client.get(path)["Location"] == moved[path]


def test_an_address_without_its_last_slash_is_found(plain_reader, reader):
    assert plain_reader.get("/en")[:2][1]["Location"] == "/en/"
    assert reader.get("/en/about")[0] == 200


def test_static_hosts_find_a_page_for_what_is_not_there_and_the_headers(folder):
    for name in ("404.html", "en/404.html", "fr/404.html"):
        assert 'content="noindex"' in (folder / name).read_text()
    headers = (folder / "_headers").read_text()
    assert headers.startswith("/*\n  Content-Security-Policy: ")
    assert "default-src 'none';" in headers
    assert "frame-ancestors" not in headers  # cards may be framed
    assert "/*.ics\n  Content-Type: text/calendar; charset=utf-8\n" in headers


def test_the_site_itself_never_says_so(client, db):
    answer = client.get("/en/", headers={"copy-made-at": "now"}, COPY_MADE="1")
    assert "This page is a copy" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/en/",
        "/fr/departments/69-rhone/",
        "/en/updates.atom",
        "/fr/departments/69-rhone/openings.ics",
        "/en/manifest.webmanifest",
        "/en/service-worker.js",
        "/en/embed/departments/69/",
        "/fr/embed/departments/2a.svg",
        "/robots.txt",
        "/sitemap.xml",
        "/sitemap-fr.xml",
        "/api/v1/",
        "/api/v1/openapi.json",
        "/api/v1/departments",
        "/api/v1/departments/69",
        "/api/v1/departments?language=fr",
        "/api/v1/departments.csv",
        "/api/v1/departments.csv?language=fr",
        "/api/v1/departments.geojson",
        "/api/v1/departments.csv-metadata.json",
        "/api/v1/departments.schema.json",
        "/api/v1/dcat.jsonld",
        "/api/v1/datapackage.json",
    ],
)
def test_a_copy_has_the_headers_of_the_application(client, db, reader, path):
    answer = client.get(path)
    status, headers, _body = reader.get(path)
    assert status == answer.status_code == 200
    for name in HEADERS_OF_THE_APPLICATION:
        assert headers.get(name) == answer.headers.get(name), name
    directives = set(answer.headers["Content-Security-Policy"].split("; "))
    assert set(headers["Content-Security-Policy"].split("; ")) == directives
    is_file = "Content-Disposition" in answer.headers
    assert ("Content-Disposition" in headers) == is_file


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=1.0, gzip;q=0.8", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("BR", "br"),
        ("brx, xbr, zstd", None),
        ("identity", None),
        ("*;q=0", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("path", ["/en/about/", "/api/v1/departments.csv", "/en/openings.ics"])
def test_a_copy_comes_compressed_as_the_browser_can_read_it(reader, path, accepted, coding):
    _status, _headers, plain = reader.get(path)
    _status, headers, body = reader.get(path, Accept_Encoding=accepted)
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert headers["Content-Encoding"] == coding
    assert headers["Vary"] == "Accept-Encoding"
    assert unpack(body) == plain


def test_what_is_in_the_first_packet_as_it_is_has_no_compressed_file(reader):
    _status, headers, body = reader.get("/en/departments/69/", Accept_Encoding="br")
    assert headers["Content-Encoding"] is None
    assert 0 < len(body) < static_export.MIN_COMPRESSED_BYTES


@pytest.mark.parametrize(
    ("language", "first"), [("fr-FR,fr;q=0.9", "/fr/"), ("de", "/en/"), ("", "/en/")]
)
def test_the_first_address_leads_to_the_language_of_the_browser(reader, language, first):
    status, headers, _body = reader.get("/", Accept_Language=language)
    assert (status, urlsplit(headers["Location"]).path) == (302, first)


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/en/%2e%2e/%2e%2e/db.sqlite3",
        "/language=fr/../../db.sqlite3",
        "/.lock",
    ],
)
def test_nothing_but_the_export_can_be_reached(reader, path):
    assert reader.get(path)[0] in (400, 404)


def test_absolute_addresses_are_of_the_origin_that_was_named(reader):
    page = reader.get("/en/about/")[2].decode()
    assert f'<link rel="canonical" href="{ORIGIN}/en/about/">' in page
    assert f"{ORIGIN}/sitemap.xml" in reader.get("/robots.txt")[2].decode()


def test_images_are_exported_too(db):
    exported = static_export.addresses()
    with override("fr"):
        assert reverse("department-image", args=["69-rhone"]) in exported
    assert static_export.render("/en/share.png", "http://testserver").media_type == "image/png"


def test_no_address_is_there_twice_and_none_holds_a_search(db):
    exported = static_export.addresses()
    assert len(exported) == len(set(exported))
    assert not [path for path in exported if "search" in path or "suggest" in path or "q=" in path]


# --- One export replaces another -----------------------------------------------------------------


def fake(monkeypatch, *, breaks=False):
    """Make the export one small file, or let it fail."""

    def written(job):
        (job.folder / "page").write_text(job.folder.name)
        yield 1, 1
        if breaks:
            raise static_export.IncompleteError("/en/about/ answers 500 Internal Server Error")

    monkeypatch.setattr(static_export, "export", written)


@pytest.fixture
def statics(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.ALLOWED_HOSTS = ["localhost"]


def export(*folder):
    call_command("export_site", *folder, origin="http://localhost", stdout=io.StringIO())


def test_a_new_export_takes_the_place_of_the_old_one(monkeypatch, tmp_path, statics):
    fake(monkeypatch)
    export(tmp_path / "mirror")
    first = (tmp_path / "mirror" / "page").read_text()
    export(tmp_path / "mirror")
    assert (tmp_path / "mirror" / "page").read_text() != first
    assert len(list(tmp_path.glob("mirror-*Z"))) == 1


def test_an_incomplete_export_leaves_the_last_one(monkeypatch, tmp_path, statics):
    fake(monkeypatch)
    export(tmp_path / "mirror")
    first = (tmp_path / "mirror" / "page").read_text()
    fake(monkeypatch, breaks=True)
    with pytest.raises(CommandError, match="The last one stays"):
        export(tmp_path / "mirror")
    assert (tmp_path / "mirror" / "page").read_text() == first
    assert len(list(tmp_path.glob("mirror-*Z"))) == 1


def test_a_folder_that_somebody_made_is_not_replaced(tmp_path, statics):
    (tmp_path / "mirror").mkdir()
    with pytest.raises(CommandError, match="not a link that this command made"):
        export(tmp_path / "mirror")


def test_without_a_folder_it_goes_where_the_settings_say(monkeypatch, tmp_path, statics, settings):
    fake(monkeypatch)
    settings.MIRROR_DIR = tmp_path / "of-the-settings"
    export()
    assert settings.MIRROR_DIR.is_symlink()
    settings.MIRROR_DIR = None
    with pytest.raises(CommandError, match="or set MIRROR_DIR"):
        export()


def test_two_exports_at_once_do_not_mix(monkeypatch, tmp_path, statics):
    def meanwhile(job):
        with pytest.raises(CommandError, match="Another process is writing"):
            export(tmp_path / "mirror")
        yield 1, 1

    monkeypatch.setattr(static_export, "export", meanwhile)
    export(tmp_path / "mirror")
    assert (tmp_path / "mirror").is_dir()


def test_a_draft_link_that_was_left_behind_is_no_hindrance(tmp_path):
    (tmp_path / "mirror.new").symlink_to("nowhere")
    (tmp_path / "copy").mkdir()
    point_symlink(tmp_path / "mirror", tmp_path / "copy")
    assert (tmp_path / "mirror").resolve() == tmp_path / "copy"


@pytest.mark.parametrize(
    "origin",
    [
        "vitale.example",
        "ftp://localhost",
        "https://evil.example",
        "https://localhost/en/",
        "https://",
    ],
)
def test_an_origin_that_is_none_or_not_ours_is_refused(tmp_path, statics, origin):
    with pytest.raises(CommandError):
        call_command(Command(), tmp_path / "mirror", origin=origin)
    assert not (tmp_path / "mirror").exists()


@pytest.mark.django_db
def test_facts_that_change_while_it_is_written_are_never_half_in_it(monkeypatch, tmp_path, statics):
    versions = iter(["before", "after", "after", "after"])
    monkeypatch.setattr(DataVersion, "current", lambda: next(versions))
    monkeypatch.setattr(static_export, "_export_once", lambda job: iter([(1, 1)]))
    job = static_export.ExportJob(tmp_path / "new", ORIGIN, timezone.now())
    assert list(static_export.export(job)) == [(1, 1), (1, 1)]


def test_only_public_languages_are_exported(db):
    Language.objects.update(stage="hidden")
    Language.objects.update_or_create(code="de", defaults={"stage": "public"})
    Language.objects.update_or_create(code="ar", defaults={"stage": "preview"})
    fragments.fragment_cache.clear()
    exported = static_export.addresses()
    assert "/de/" in exported
    assert "/sitemap-de.xml" in exported
    assert not [one for one in exported if one.startswith("/ar/") or "ar.xml" in one]
    assert not [one for one in exported if one.startswith(("/de/sources/", "/de/data/"))]
    assert static_hosts.redirects()["/de/departments/69/"] == "/de/departments/69-rhone/"
    elsewhere = static_hosts.redirects_to_full_languages()
    assert elsewhere["/de/sources/"] == "/en/sources/"
    assert set(elsewhere) & set(exported) == set()
    assert set(elsewhere.values()) <= set(exported)
    assert {one.split("/")[1] for one in elsewhere} == {"de"}
