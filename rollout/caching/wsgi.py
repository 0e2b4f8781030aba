"""WSGI application: serves cached responses, renders misses in a thread pool, has a fallback.

On 5xx or time-out it serves a stale response (at most 24 h old) with `X-Stale: <seconds>`.
"""

import datetime
import logging
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from rollout.caching.data_version import CurrentVersion, DataVersionMonitor
from rollout.caching.keys import CacheKey, PageRequest, RequestReader
from rollout.caching.middleware import UNAVAILABLE
from rollout.caching.outages import BUSY, OVERLOADED, UNREACHABLE
from rollout.caching.rendering import (
    Application,
    Environ,
    OverloadedError,
    PageRenderer,
    SharedResponse,
    plain_environ,
    wait,
)
from rollout.caching.responses import (
    CachedResponse,
    RenderedResponse,
    StartResponse,
    until_end_of_day,
)
from rollout.caching.stale import StaleResponse, StaleResponseFolder, stale_from_memory
from rollout.caching.store import BoundedCache

logger = logging.getLogger(__name__)

OVERLOADED_PREFIXES = {*dict(settings.LANGUAGES), settings.API_PREFIX.split("/")[1]}
SLOW_RENDER_SECONDS = 1.4
"""How long a request waits for a page that renders slowly where there is a stale response."""


class PageCacheApplication:
    """A WSGI application around Django's, with a cache of public responses."""

    def __init__(self, django: Application, *, version_file: Path, folder: Path) -> None:
        """Wrap `django`.

        The modification time of `version_file` tells of new data versions (DataVersionMonitor);
        `folder` is for the responses on disk. Neither has to exist.
        """
        self._django = django
        self._reader = RequestReader()
        self._renderer = PageRenderer(django, self._finish)
        self._disk = StaleResponseFolder(folder)
        self.monitor = DataVersionMonitor(version_file, on_confirmed=self._disk.confirm)
        # One response for each path; and of those with parameters, of which there are hundreds of
        # thousands, the last ones requested.
        self.pages = BoundedCache[CachedResponse](max_count=2000, max_bytes=64 * 1024 * 1024)
        self.variants = BoundedCache[CachedResponse](max_count=500, max_bytes=16 * 1024 * 1024)
        self._overloaded_responses: dict[str, RenderedResponse] = {}
        self._started_at = timezone.now()
        self._disk.prune()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to a request."""
        if environ["REQUEST_METHOD"] == "HEAD":
            return self._respond_to_head(environ, start_response)
        path = environ["PATH_INFO"]
        if path.startswith(settings.EDITORS_PATHS):
            return _send(self._render_for_editor(environ), start_response)
        if environ["REQUEST_METHOD"] != "GET" or path.startswith(settings.STATIC_URL):
            return self._django(environ, start_response)
        version = self.monitor.current()
        key = self._reader.raw_key(environ)
        cached = self._cache_of(key).get(key)
        if cached is not None and cached.version is version:
            return cached.send(environ, start_response)
        request = self._reader.read(environ)
        if request is None:
            return _send(self._render_uncached(environ, key), start_response)
        return self._serve(request, version, environ, start_response)

    def _respond_to_head(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Respond as to GET, without the body.

        RFC 9110, 9.3.2 and 14.2: with the same head, and without regard to Range. Django itself
        gives HEAD no ETag.
        """
        get = {**environ, "REQUEST_METHOD": "GET"}
        get.pop("HTTP_RANGE", None)
        chunks = self(get, start_response)
        if hasattr(chunks, "close"):
            chunks.close()
        return []

    def statistics(self) -> dict[str, int]:
        """Return how many responses this process has cached, and their size in bytes."""
        caches = (self.pages, self.variants)
        return {"responses": sum(map(len, caches)), "bytes": sum(cache.bytes for cache in caches)}

    def _cache_of(self, key: CacheKey) -> BoundedCache[CachedResponse]:
        return self.variants if key.query else self.pages

    def _serve(
        self,
        request: PageRequest,
        version: CurrentVersion | None,
        environ: Environ,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Respond with a public page: cached, rendered, or the fallback."""
        key = request.key
        cached = self._cache_of(key).get(key) if request.is_cacheable else None
        if cached is not None and cached.version is version:
            return cached.send(environ, start_response)
        try:
            response = self._render(request, version, environ) if version else None
        except OverloadedError:
            return _send(self._overloaded(key, environ), start_response)
        if isinstance(response, CachedResponse):
            return response.send(environ, start_response)
        if response is None or response.code >= 500:
            response = self.fallback_response(request, response)
        response = response.encoded(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if version:
            response = replace(response, headers=until_end_of_day(response.headers, version))
        return _send(response, start_response)

    def _render_for_editor(self, environ: Environ) -> RenderedResponse:
        try:
            return self._renderer.render_for_editor(environ)
        except OverloadedError:  # each waits for the others, so the cause is a writer
            return self._renderer.run({**environ, UNAVAILABLE: BUSY})

    def _render_uncached(self, environ: Environ, key: CacheKey) -> RenderedResponse:
        """Render what is no public page: a redirect, an error, a forged host."""

        def should_wait(_waited: float) -> bool:
            """Tell whether the database answers still."""
            return self.monitor.current() is not None

        try:
            response = wait(self._renderer.render_request(environ), should_wait)
        except OverloadedError:
            return self._overloaded(key, environ)
        return response or self._renderer.run({**environ, UNAVAILABLE: UNREACHABLE})

    def _overloaded(self, key: CacheKey, environ: Environ) -> RenderedResponse:
        """Return the 503 page for one too many, rendered once for each language and the API."""
        prefix = key.path.split("/", 2)[1]
        response = self._overloaded_responses.get(prefix)
        if response is None:
            response = self._renderer.run(plain_environ(key) | {UNAVAILABLE: OVERLOADED})
            if prefix in OVERLOADED_PREFIXES:
                self._overloaded_responses[prefix] = response
            logger.warning("Too many requests at once: some are refused.")
        return response.encoded(environ.get("HTTP_ACCEPT_ENCODING", ""))

    def _render(
        self, request: PageRequest, version: CurrentVersion, environ: Environ
    ) -> SharedResponse | None:
        """Render a page, for everyone if it may be cached; None as `wait` returns it.

        Raises OverloadedError.
        """

        def should_wait(waited: float) -> bool:
            """Wait while the database answers, and for long only if there is no stale response."""
            if self.monitor.current() is None:
                return False
            return waited < SLOW_RENDER_SECONDS or self._stale_response(request.key) is None

        if request.is_cacheable:
            response = wait(self._renderer.render_shared(request.key, version), should_wait)
            if not isinstance(response, RenderedResponse) or response.is_shared:
                return response
        return wait(self._renderer.render_request(environ), should_wait)

    def _finish(
        self, key: CacheKey, response: RenderedResponse, version: CurrentVersion
    ) -> SharedResponse:
        """Cache a response that may be, on disk too if it has no parameters; return the cached."""
        if not (response.is_cacheable and version.is_of_now()):
            return response
        midnight = datetime.datetime.combine(version.day, datetime.time())
        modified = max(version.since, timezone.make_aware(midnight), self._started_at)
        cached = CachedResponse(response, version, modified.timestamp())
        cache = self._cache_of(key)
        cached.on_resize = partial(cache.resize, key)
        cache.set(key, cached, cached.size)
        self._reader.remember(key.path)
        if not key.query:
            self._disk.store(key, response, version)
        return cached

    def _stale_response(self, key: CacheKey) -> StaleResponse | None:
        cached = self._cache_of(key).get(key)
        stale = stale_from_memory(cached) if cached else None
        return stale or self._disk.get(key)

    def fallback_response(
        self, request: PageRequest, failed: RenderedResponse | None
    ) -> RenderedResponse:
        """Return what is sent instead of a page that cannot be rendered.

        In this order: its stale response; for a search or another page with parameters, the stale
        response of the same path without them, as a 503; Django's own error; the 503 page.
        """
        stale = self._stale_response(request.key) if request.is_cacheable else None
        if stale:
            return stale.marked()
        if request.key.query and not request.key.path.startswith(settings.API_PREFIX):
            stale = self._stale_response(request.key._replace(query=""))
            if stale:
                return stale.marked(is_complete=False)
        return failed or self._renderer.run(plain_environ(request.key) | {UNAVAILABLE: UNREACHABLE})


def _send(response: RenderedResponse, start_response: StartResponse) -> Iterable[bytes]:
    start_response(response.status, response.headers)
    return [response.body]
