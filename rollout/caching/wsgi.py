"""The door: answers what is finished at once, has the rest made, and stays up when that fails."""

import datetime
from collections.abc import Callable, Iterable
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from rollout.caching.compression import FAST_ENCODERS, encoding_for
from rollout.caching.data_version import Now, Watch
from rollout.caching.keys import Asked, Key, Reader
from rollout.caching.middleware import UNAVAILABLE
from rollout.caching.rendering import Application, Building, Environ, plain_environ, wait
from rollout.caching.responses import Copy, Page, StartResponse
from rollout.caching.stale import Disk, Stale, of
from rollout.caching.store import Shelf
from rollout.pages.redirects import STRICT

View = Callable[[HttpRequest], HttpResponse]

PATIENCE = 1.4
"""Seconds to wait for a page that is slow to come where there is a last good copy."""


class Front:
    """A WSGI application: Django, with finished pages in front of it."""

    def __init__(self, django: Application, *, edition_file: Path, folder: Path) -> None:
        self._django = django
        self._reader = Reader()
        self._building = Building(django)
        self._disk = Disk(folder)
        self.watch = Watch(edition_file, seen=self._disk.note)
        # Of each address one; and of those with parameters, of which there are hundreds of
        # thousands, the last ones that were asked for.
        self.pages = Shelf(most=2000, most_bytes=64 * 1024 * 1024)
        self.variants = Shelf(most=500, most_bytes=16 * 1024 * 1024)
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
        asked: Asked,
        now: Now | None,
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

    def _made(self, asked: Asked, now: Now, environ: Environ) -> Page | None:
        """Have a page made: as anyone would get it where it may be kept, else as it was asked."""

        def goes_on(waited: float) -> bool:
            """Wait while the database answers, and nothing else is there to send."""
            if self.watch.now() is None:
                return False
            return waited < PATIENCE or self._last_good(asked.key) is None

        if asked.is_kept:
            page = wait(self._building.plain(asked.key, now), goes_on)
            if page is None or page.is_for_everyone:
                return page
        return wait(self._building.as_asked(environ), goes_on)

    def _keep(self, shelf: Shelf, key: Key, page: Page, now: Now) -> Copy:
        """Keep a page, on disk too if it is the only one at its address; return the copy."""
        midnight = datetime.datetime.combine(now.day, datetime.time())
        begun = [now.since, timezone.make_aware(midnight), self._begun]
        copy = Copy(page, now, max(begun).timestamp())
        shelf.put(key, copy)
        self._reader.remember(key.path)
        if not key.query:
            self._disk.keep(key, page, now)
        return copy

    def _last_good(self, key: Key) -> Stale | None:
        copy = (self.variants if key.query else self.pages).get(key)
        stale = of(copy) if copy else None
        return stale or self._disk.get(key)

    def _instead(self, asked: Asked, failed: Page | None) -> Page:
        """Return what is sent instead of a page that cannot be made."""
        stale = self._last_good(asked.key) if asked.is_kept else None
        if stale:
            return stale.as_sent()
        if asked.key.query and not asked.key.path.startswith(STRICT):
            stale = self._last_good(asked.key._replace(query=""))
            if stale:
                return stale.as_sent(is_answer=False)
        return failed or self._building.run(plain_environ(asked.key) | {UNAVAILABLE: True})


def _send(page: Page, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
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
