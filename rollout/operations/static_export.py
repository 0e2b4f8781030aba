"""The static mirror: every public page, feed and file as a folder that a web server alone serves.

Nothing in it needs the application: nginx sends it when the application does not answer (see
deploy/nginx). Each page says that it is a copy, and when it was made.
"""

import datetime
import io
import os
import re
import shutil
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.urls import reverse
from django.utils.translation import override

from rollout.api.endpoint import ROOT, operations
from rollout.facts.citations import citations
from rollout.models import DataVersion, Department, Entry, Region, Update, Wave
from rollout.models.texts import reference_language
from rollout.pages import sitemaps
from rollout.pages.site_files import contact_uri

KINDS = {
    "text/html": "html",
    "application/json": "json",
    "application/problem+json": "json",
}
"""How the file of an address ends that has no ending of its own."""
COMPRESSED_ALREADY = (".png", ".br", ".gz")
ATTEMPTS = 3
"""How often all is made anew because a fact changed meanwhile."""


class IncompleteError(Exception):
    """A page could not be made; the mirror that stands is better than one without it."""


# --- Which addresses ------------------------------------------------------------------------------


def addresses() -> list[str]:
    """Return every address that the mirror has: those without a query that anyone may keep.

    Lists and files of the API are there in each language; searches and other days are not.
    """
    return [*_fixed(), *_of_pages(), *_embedded(), *_of_the_api()]


def _fixed() -> Iterator[str]:
    """Yield what there is once for the whole site."""
    yield from (reverse("robots"), reverse("sitemap"), "/favicon.ico")
    yield from (f"/sitemap-{code}.xml" for code, _name in settings.LANGUAGES)
    if contact_uri(settings.PUBLISHER_CONTACT):
        yield reverse("security-txt")


def _of_pages() -> Iterator[str]:
    """Yield the pages of each language, and the feeds, calendars and pictures of them."""
    for language, _name in settings.LANGUAGES:
        with override(language):
            yield from (page.path for page in sitemaps.every_page())
            for cited in citations():  # they are on no sitemap
                yield reverse("source", args=[cited.source.slug])
            yield from map(reverse, ("manifest", "feed", "calendar", "image"))
            places: list[Department | Region] = [*Department.objects.all(), *Region.objects.all()]
            for place in places:
                kind = place._meta.model_name
                for name in ("feed", "calendar", "image"):
                    yield reverse(f"{kind}-{name}", args=[place.slug])


def _embedded() -> Iterator[str]:
    """Yield the cards and badges that other sites show."""
    codes = [department.code.lower() for department in Department.objects.all()]
    for (language, _name), name in product(settings.LANGUAGES, ("embed-card", "embed-badge")):
        with override(language):
            yield from (reverse(name, args=[code]) for code in codes)


def _of_the_api() -> Iterator[str]:
    """Yield what the API answers without parameters, but for the language."""
    paths = [operation.path for operation in operations().values() if operation.path != "/search"]
    rows: dict[str, Any] = {
        "{code}/departments": Department.objects.values_list("code", flat=True),
        "{code}/regions": Region.objects.values_list("code", flat=True),
        "{slug}/phases": Wave.objects.values_list("slug", flat=True),
        "{slug}/entries": [entry.slug for entry in Entry.objects.with_texts() if entry.text],
        "{id}/updates": [str(update.pk) for update in Update.objects.for_page()],
    }
    for path in paths:
        folder, _slash, name = path.rpartition("/")
        if name.startswith("{"):
            yield from (f"{ROOT}{folder}/{key}" for key in rows[f"{name}{folder}"])
        else:
            yield ROOT + path
            if _speaks(path):
                others = [
                    code for code, _name in settings.LANGUAGES if code != reference_language()
                ]
                yield from (f"{ROOT}{path}?language={code}" for code in others)


def _speaks(path: str) -> bool:
    """Tell whether what stands at a path of the API depends on the language asked for."""
    return path not in ("/", "/openapi.json", "/departments.schema.json")


def file_of(address: str, media_type: str = "text/html") -> str:
    """Return where in the mirror the copy of an address is: what a web server looks for.

    /en/about/ is en/about/index.html; /api/v1/departments, which is a folder too, is
    api/v1/departments/index.json; with ?language=fr it is below language=fr/.
    """
    parts = urlsplit(address)
    path = parts.path.lstrip("/")
    if path.endswith("/") or "." not in path.rpartition("/")[2]:
        path = f"{path.rstrip('/')}/index.{KINDS[media_type]}"
    return f"{parts.query}/{path}" if parts.query else path


# --- What they answer -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ExportedFile:
    """What the site answers at an address."""

    status: str
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Return its media type, without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0]


def render(address: str, origin: str, made_at: datetime.datetime | None = None) -> ExportedFile:
    """Return what the site answers at an address of `origin`, as https://vitale.example.

    With `made_at` the page says that it is a copy of that moment.
    """
    where, asked = urlsplit(origin), urlsplit(address)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": asked.path,
        "QUERY_STRING": asked.query,
        "SERVER_NAME": where.hostname,
        "SERVER_PORT": str(where.port or {"https": 443}.get(where.scheme, 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": where.netloc,
        "HTTP_X_FORWARDED_PROTO": where.scheme,
        "wsgi.url_scheme": where.scheme,
        "wsgi.input": io.BytesIO(),
        "COPY_MADE_AT": made_at,
    }
    told: list[Any] = []
    body = _application()(environ, lambda status, headers, *_rest: told.extend([status, headers]))
    try:
        return ExportedFile(told[0], dict(told[1]), b"".join(body))
    finally:
        if hasattr(body, "close"):
            body.close()


@cache
def _application() -> Any:
    """Return the site without the pages that it keeps: they do not say that they are copies."""
    return get_wsgi_application()


# --- Writing it -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ExportJob:
    """What each process that writes must know."""

    folder: Path
    origin: str
    made_at: datetime.datetime
    only: str = ""
    """A pattern that addresses must have in them."""


def write(job: ExportJob, address: str) -> int:
    """Write the copy of an address, and beside it, compressed, .br and .gz; return its bytes.

    A redirect is followed, once. Raises IncompleteError where the site does not answer 200.
    """
    answer = render(address, job.origin, job.made_at)
    if answer.status[0] == "3":
        answer = _static(answer.headers["Location"])
    if not answer.status.startswith("200"):
        raise IncompleteError(f"{address} answers {answer.status}")
    path = job.folder / file_of(address, answer.media_type)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, answer.body, job.made_at)
    return len(answer.body)


def _static(location: str) -> ExportedFile:
    """Return the static file to which an address leads."""
    name = urlsplit(location).path.removeprefix(f"/{settings.STATIC_URL.strip('/')}/")
    return ExportedFile("200 OK", {}, (settings.STATIC_ROOT / name).read_bytes())


def _write(path: Path, body: bytes, made_at: datetime.datetime) -> None:
    files = {path: body}
    if path.suffix not in COMPRESSED_ALREADY:
        files[path.with_name(f"{path.name}.br")] = brotli.compress(body, quality=11)
        packer = zlib.compressobj(9, wbits=31)
        files[path.with_name(f"{path.name}.gz")] = packer.compress(body) + packer.flush()
    moment = int(made_at.timestamp())
    for file, content in files.items():
        file.write_bytes(content)
        os.utime(file, (moment, moment))  # the web server sends it as Last-Modified


def export(job: ExportJob) -> Iterator[tuple[int, int]]:
    """Write the whole mirror into an empty folder; yield how many addresses are done, of how many.

    All of one edition of the facts: where one changes meanwhile, it is written anew.
    """
    for _attempt in range(ATTEMPTS):
        edition = DataVersion.current()
        yield from _written(job)
        if DataVersion.current() == edition:
            break
    else:
        raise IncompleteError("facts changed all the time; try again")
    shutil.copytree(
        settings.STATIC_ROOT,
        job.folder / settings.STATIC_URL.strip("/"),
        ignore=shutil.ignore_patterns(".*"),
        dirs_exist_ok=True,
    )


def _written(job: ExportJob) -> Iterator[tuple[int, int]]:
    found = [address for address in addresses() if re.search(job.only, address)]
    connections.close_all()  # none is shared with the other processes
    # Each process takes few at a time: what is slow, the pictures, stands side by side.
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
        for number, _size in enumerate(pool.map(partial(write, job), found, chunksize=8), start=1):
            yield number, len(found)
