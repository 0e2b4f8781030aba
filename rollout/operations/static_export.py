"""The static export: every public page, feed and file in a folder that a web server alone serves.

nginx serves it while the application does not respond (see deploy/nginx). Each page says that it is
a copy, and when it was made.
"""

import datetime
import gc
import io
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.types import WSGIEnvironment

import brotli
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import reverse
from django.utils.translation import override

from rollout.api.endpoint import ROOT, operations
from rollout.caching.compression import ENCODERS
from rollout.caching.languages import public_languages
from rollout.models import DataVersion, Department, Entry, Region, Update, Wave
from rollout.models.texts import reference_language
from rollout.operations import static_hosts
from rollout.pages import registry
from rollout.pages.site_files import contact_uri

EXTENSIONS = {
    "text/html": "html",
    "application/json": "json",
    "application/problem+json": "json",
}
"""The extension of a file by its media type, where its address has none."""
COMPRESSED_EXTENSIONS = (".png", ".xlsx", ".br", ".gz")
MIN_COMPRESSED_BYTES = 1200
"""Below this size a file is in the first packet with its headers as it is: none is compressed."""
MAX_ATTEMPTS = 3
"""How often everything is exported again because a fact changed meanwhile."""


class IncompleteError(Exception):
    """An address could not be exported; the previous export is better than one without it."""


# --- Which addresses ------------------------------------------------------------------------------


def addresses() -> list[str]:
    """Return every address in the export, as path or path?language=fr, each once.

    Pages and files in each public language, as far as it has them; lists and files of the API in
    each too. Searches, other days and whatever else depends on a query are left out.
    """
    # First what takes longest for each address, so that no process is still at it in the end.
    return [*_site_files(), *_api_addresses(), *_pages_and_files()]


def _site_files() -> Iterator[str]:
    """Yield what there is once for all languages."""
    yield from (reverse("robots"), reverse("sitemap"), "/favicon.ico")
    yield from (f"/sitemap-{code}.xml" for code in public_languages())
    if contact_uri(settings.PUBLISHER_CONTACT):
        yield reverse("security-txt")


def _pages_and_files() -> Iterator[str]:
    """Yield the pages of each language, and its feeds, calendars, images and embeds."""
    for language in public_languages():
        with override(language):
            yield from (page.path for page in registry.every_page())
            yield from registry.every_file()


def _api_addresses() -> Iterator[str]:
    """Yield what the API serves without parameters other than the language."""
    paths = [operation.path for operation in operations().values() if operation.path != "/search"]
    keys: dict[str, Iterable[str]] = {
        "{code}/departments": Department.objects.values_list("code", flat=True),
        "{code}/regions": Region.objects.values_list("code", flat=True),
        "{slug}/phases": Wave.objects.values_list("slug", flat=True),
        "{slug}/entries": [entry.slug for entry in Entry.objects.with_texts() if entry.text],
        "{id}/updates": [str(update.pk) for update in Update.objects.for_page()],
    }
    for path in paths:
        folder, _slash, name = path.rpartition("/")
        if name.startswith("{"):
            yield from (f"{ROOT}{folder}/{key}" for key in keys[f"{name}{folder}"])
        else:
            yield ROOT + path
            if _depends_on_language(path):
                others = [code for code in public_languages() if code != reference_language()]
                yield from (f"{ROOT}{path}?language={code}" for code in others)


LANGUAGE_INDEPENDENT = {
    "/",
    "/openapi.json",
    "/dcat.jsonld",
    "/departments.csv-metadata.json",
    "/departments.schema.json",
}
"""The paths of the API whose responses are the same in every language."""


def _depends_on_language(path: str) -> bool:
    """Tell whether the response at a path of the API depends on ?language=."""
    return path not in LANGUAGE_INDEPENDENT


def file_of(address: str, media_type: str = "text/html") -> str:
    """Return the relative path of the file for an address, as a web server looks for it.

    /en/about/ is en/about/index.html; /api/v1/departments, which is a folder too, is
    api/v1/departments/index.json; with ?language=fr it is below language=fr/. Raises KeyError where
    neither the address nor the media type tells the extension.
    """
    parts = urlsplit(address)
    path = parts.path.lstrip("/")
    if path.endswith("/") or "." not in path.rpartition("/")[2]:
        path = f"{path.rstrip('/')}/index.{EXTENSIONS[media_type]}"
    return f"{parts.query}/{path}" if parts.query else path


# --- Rendering ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ExportedFile:
    """The response of the site at an address."""

    status: str
    """Code and reason: 200 OK."""
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Return its media type, without parameters; "" where it has none."""
        return self.headers.get("Content-Type", "").partition(";")[0]


def render(address: str, origin: str, made_at: datetime.datetime | None = None) -> ExportedFile:
    """Return the response of the site at an address, whatever its status.

    `origin` is scheme and host of absolute URLs in it, such as https://vitale.example. With
    `made_at` a page says that it is a copy of that moment.
    """
    site, target = urlsplit(origin), urlsplit(address)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": target.path,
        "QUERY_STRING": target.query,
        "SERVER_NAME": site.hostname,
        "SERVER_PORT": str(site.port or {"https": 443}.get(site.scheme, 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": site.netloc,
        "HTTP_X_FORWARDED_PROTO": site.scheme,
        "wsgi.url_scheme": site.scheme,
        "wsgi.input": io.BytesIO(),
        "COPY_MADE_AT": made_at,
    }
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], _error: object = None, /
    ) -> Callable[[bytes], object]:
        """Note the status and headers (PEP 3333)."""
        started.append((status, headers))
        return io.BytesIO().write  # nothing calls it (PEP 3333: for old applications)

    response = _application()(environ, start_response)
    try:
        [(status, headers)] = started
        return ExportedFile(status, dict(headers), b"".join(response))
    finally:
        response.close()


@cache
def _application() -> WSGIHandler:
    """Return the site without its page cache, whose pages do not say that they are copies."""
    return get_wsgi_application()


# --- Writing --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ExportJob:
    """What to export, for each process that writes."""

    folder: Path
    origin: str
    made_at: datetime.datetime
    only: str = ""
    """A regular expression: only addresses in which it is found are exported."""


def write(job: ExportJob, address: str) -> int:
    """Write the file of an address, beside it .br and .gz of a long one; return its bytes as it is.

    A redirect to a static file is followed. Raises IncompleteError for another status than 200.
    """
    response = render(address, job.origin, job.made_at)
    if response.status[0] == "3":
        response = _static_file(response.headers["Location"])
    if not response.status.startswith("200"):
        raise IncompleteError(f"{address} answers {response.status}")
    path = job.folder / file_of(address, response.media_type)
    _write(path, response.body, job.made_at)
    return len(response.body)


def _static_file(location: str) -> ExportedFile:
    """Return the static file to which an address redirects."""
    name = urlsplit(location).path.removeprefix(f"/{settings.STATIC_URL.strip('/')}/")
    return ExportedFile("200 OK", {}, (settings.STATIC_ROOT / name).read_bytes())


def _write(path: Path, body: bytes, made_at: datetime.datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    files = {path: body}
    if path.suffix not in COMPRESSED_EXTENSIONS and len(body) >= MIN_COMPRESSED_BYTES:
        # Level 10, as in the page cache, takes eight times as long and saves a tenth.
        files[path.with_name(f"{path.name}.br")] = brotli.compress(body, quality=8, lgwin=18)
        files[path.with_name(f"{path.name}.gz")] = ENCODERS["gzip"](body)
    moment = int(made_at.timestamp())
    for file, content in files.items():
        file.write_bytes(content)
        os.utime(file, (moment, moment))  # the web server sends it as Last-Modified


def export(job: ExportJob) -> Iterator[tuple[int, int]]:
    """Export everything into an empty folder; yield (addresses written, addresses in all).

    All of one data version: if it changes meanwhile, everything is written again. Raises
    IncompleteError if an address cannot be exported, or the version changes MAX_ATTEMPTS times.
    """
    for _attempt in range(MAX_ATTEMPTS):
        version = DataVersion.current()
        yield from _export_once(job)
        if DataVersion.current() == version:
            break
    else:
        raise IncompleteError("facts changed all the time; try again")
    shutil.copytree(
        settings.STATIC_ROOT,
        job.folder / settings.STATIC_URL.strip("/"),
        ignore=shutil.ignore_patterns(".*"),
        dirs_exist_ok=True,
    )


def _write_files_for_hosts(job: ExportJob) -> None:
    """Write what web servers need that know nothing of this site: see static_hosts."""
    headers = render(f"/{reference_language()}/", job.origin).headers
    for path, text in static_hosts.files(job.origin, headers):
        _write(job.folder / path, text.encode(), job.made_at)
    for language in public_languages():
        page = render(f"/{language}/404.html", job.origin, job.made_at).body
        _write(job.folder / language / "404.html", page, job.made_at)
        if language == reference_language():
            _write(job.folder / "404.html", page, job.made_at)


def _export_once(job: ExportJob) -> Iterator[tuple[int, int]]:
    selected = [address for address in addresses() if re.search(job.only, address)]
    connections.close_all()  # none is shared with the other processes
    # Small chunks, so that the images, which are slow and adjacent, are spread over all processes.
    # Frozen: what there is already is not looked through for garbage again and again.
    with ProcessPoolExecutor(mp_context=get_context("fork"), initializer=gc.freeze) as pool:
        sizes = pool.map(partial(write, job), selected, chunksize=8)
        for number, _size in enumerate(sizes, start=1):
            yield number, len(selected)
        pool.submit(_write_files_for_hosts, job).result()  # there, where all languages are loaded
