"""The door: answers what is finished at once, has the rest made, and stays up when that fails."""

import datetime
from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from rollout.caching.compression import FAST_ENCODERS, encoding_for
from rollout.caching.data_version import CurrentVersion, DataVersionMonitor
from rollout.caching.keys import CacheKey, PageRequest, RequestReader
from rollout.caching.middleware import UNAVAILABLE
from rollout.caching.rendering import Application, Environ, PageRenderer, plain_environ, wait
from rollout.caching.responses import CachedResponse, RenderedResponse, StartResponse
from rollout.caching.stale import StaleResponse, StaleResponseFolder, stale_from_memory
from rollout.caching.store import ResponseStore

View = Callable[[HttpRequest], HttpResponse]

SLOW_RENDER_SECONDS = 1.4
"""Seconds to wait for a page that is slow to come where there is a last good copy."""


class PageCacheApplication:
    """A WSGI application: Django, with finished pages in front of it."""

    def __init__(self, django: Application, *, edition_file: Path, folder: Path) -> None:
        self._django = django
        self._reader = RequestReader()
        self._building = PageRenderer(django)
        self._disk = StaleResponseFolder(folder)
        self.watch = DataVersionMonitor(edition_file, seen=self._disk.note)
        # Of each address one; and of those with parameters, of which there are hundreds of
        # thousands, the last ones that were asked for.
        self.pages = ResponseStore(most=2000, most_bytes=64 * 1024 * 1024)
        self.variants = ResponseStore(most=500, most_bytes=16 * 1024 * 1024)
        self._begun = timezone.now()
        self._disk.prune()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._django(environ, start_response)
        now = self.watch.now()
        key = self._reader.key(environ)
        copy = (self.variants if key.query else self.pages).get(key)
        if copy is not None and copy.now is now:
            return copy.send(environ, start_response)
        asked = self._reader.read(environ)
        if asked is None:
            return self._django(environ, start_response)
        return self._public(asked, now, environ, start_response)

    def figures(self) -> dict[str, int]:
        """Return how many copies this process keeps, and their bytes."""
        shelves = (self.pages, self.variants)
        return {"copies": sum(map(len, shelves)), "bytes": sum(shelf.size for shelf in shelves)}

    def _public(
        self,
        asked: PageRequest,
        now: CurrentVersion | None,
        environ: Environ,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Answer with a public page: kept, made, or the last good one."""
        shelf = self.variants if asked.key.query else self.pages
        copy = shelf.get(asked.key) if asked.is_kept else None
        if copy is not None and copy.now is now:
            return copy.send(environ, start_response)
        page = self._made(asked, now, environ) if now else None
        if page is None or page.code >= 500:
            return _send(self._instead(asked, page), environ, start_response)
        if asked.is_kept and now and page.may_be_kept:
            return self._keep(shelf, asked.key, page, now).send(environ, start_response)
        return _send(page, environ, start_response)

    def _made(
        self, asked: PageRequest, now: CurrentVersion, environ: Environ
    ) -> RenderedResponse | None:
        """Have a page made: as anyone would get it where it may be kept, else as it was asked."""

        def should_wait(waited: float) -> bool:
            """Wait while the database answers, and nothing else is there to send."""
            if self.watch.now() is None:
                return False
            return waited < SLOW_RENDER_SECONDS or self._last_good(asked.key) is None

        if asked.is_kept:
            page = wait(self._building.render_shared(asked.key, now), should_wait)
            if page is None or page.is_for_everyone:
                return page
        return wait(self._building.render_request(environ), should_wait)

    def _keep(
        self, shelf: ResponseStore, key: CacheKey, page: RenderedResponse, now: CurrentVersion
    ) -> CachedResponse:
        """Keep a page, on disk too if it is the only one at its address; return the copy."""
        midnight = datetime.datetime.combine(now.day, datetime.time())
        begun = [now.since, timezone.make_aware(midnight), self._begun]
        copy = CachedResponse(page, now, max(begun).timestamp())
        shelf.put(key, copy)
        self._reader.remember(key.path)
        if not key.query:
            self._disk.keep(key, page, now)
        return copy

    def _last_good(self, key: CacheKey) -> StaleResponse | None:
        copy = (self.variants if key.query else self.pages).get(key)
        stale = stale_from_memory(copy) if copy else None
        return stale or self._disk.get(key)

    def _instead(self, asked: PageRequest, failed: RenderedResponse | None) -> RenderedResponse:
        """Return what is sent instead of a page that cannot be made."""
        stale = self._last_good(asked.key) if asked.is_kept else None
        if stale:
            return stale.as_sent()
        if asked.key.query and not asked.key.path.startswith(settings.API_PREFIX):
            stale = self._last_good(asked.key._replace(query=""))
            if stale:
                return stale.as_sent(is_answer=False)
        return failed or self._building.run(plain_environ(asked.key) | {UNAVAILABLE: True})


def _send(
    page: RenderedResponse, environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    """Send a page that is not kept, encoded as the client accepts it if Django has not done so."""
    body, headers = page.body, list(page.headers)
    if page.is_compressible:
        encoding = encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
        vary = page.header("vary")
        if "accept-encoding" not in vary.lower():
            headers = [header for header in headers if header[0].lower() != "vary"]
            headers.append(("Vary", f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"))
        if encoding:
            body = FAST_ENCODERS[encoding](body)
            headers = [header for header in headers if header[0].lower() != "content-length"]
            headers += [("Content-Encoding", encoding), ("Content-Length", str(len(body)))]
    start_response(page.status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
