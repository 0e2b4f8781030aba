"""Calls Django in a thread pool, so that a hung database does not block the server's threads."""

import io
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rollout.caching.data_version import CurrentVersion
from rollout.caching.keys import CacheKey
from rollout.caching.responses import CachedResponse, RenderedResponse

logger = logging.getLogger(__name__)

Application = Callable[..., Iterable[bytes]]
Environ = Mapping[str, Any]
SharedResponse = CachedResponse | RenderedResponse
Response = TypeVar("Response", bound=SharedResponse)

RENDER_THREADS = 4
EDITOR_THREADS = 4
"""For the editors' pages: who waits there to write keeps no reader waiting."""
CHECK_INTERVAL_SECONDS = 0.1
"""How often a waiting request checks whether it should still wait."""
RENDER_TIMEOUT_SECONDS = 8.0
"""How long a request waits at most: browsers and programs give up after ten or more."""
MAX_UNFINISHED_PAGES, MAX_UNFINISHED_FOR_EDITORS = 24, 40
"""One more is refused at once. Together they are fewer than the server's threads."""
MAX_EDITORS_QUEUE_SECONDS = 3.0
"""How long a request of an editor waits for one of their threads."""


class OverloadedError(Exception):
    """A request is not answered: there are too many before it."""


@dataclass(eq=False, slots=True)
class SharedRendering:
    """The rendering of a page that all who request it meanwhile wait for."""

    version: CurrentVersion
    """The last that was requested before it began."""
    future: Future[SharedResponse] = field(default_factory=Future)
    has_begun: bool = False


class PageRenderer:
    """Renders pages; simultaneous requests for the same page share one rendering."""

    def __init__(
        self,
        django: Application,
        finish: Callable[[CacheKey, RenderedResponse, CurrentVersion], SharedResponse],
    ) -> None:
        """Render with `django`; `finish` makes of a shared rendering what all get that wait."""
        self._django = django
        self._finish = finish
        self._threads = ThreadPoolExecutor(RENDER_THREADS, thread_name_prefix="rendering")
        self._editor_threads = ThreadPoolExecutor(EDITOR_THREADS, thread_name_prefix="editors")
        self._lock = threading.Lock()
        self._shared: dict[CacheKey, list[SharedRendering]] = {}
        """Of each page the rendering that has begun or is the next to begin, and those after it."""
        self._page_slots = threading.BoundedSemaphore(MAX_UNFINISHED_PAGES)
        self._editor_slots = threading.BoundedSemaphore(MAX_UNFINISHED_FOR_EDITORS)

    def render_shared(self, key: CacheKey, version: CurrentVersion) -> Future[SharedResponse]:
        """Start to render the page of a key, from a request without anything of the client's.

        A rendering that has begun is shared by the requests for its version; one that has not, by
        all: what it will read is newer. The next begins when the last has ended, so that a page
        that takes longer than the time between two changes does not occupy all threads.
        Raises OverloadedError.
        """
        with self._lock:
            renderings = self._shared.get(key, [])
            for rendering in renderings:
                if rendering.future.cancelled():
                    continue
                if not rendering.has_begun:
                    rendering.version = version
                if rendering.version is version:
                    return rendering.future
            self._acquire_page_slot()
            rendering = SharedRendering(version)
            rendering.future.add_done_callback(lambda _future: self._page_slots.release())
            self._shared[key] = [*renderings, rendering]
            if not renderings:
                self._threads.submit(self._run_shared, key, rendering)
            return rendering.future

    def _run_shared(self, key: CacheKey, rendering: SharedRendering) -> None:
        with self._lock:
            rendering.has_begun = True
        future = rendering.future
        try:
            if future.set_running_or_notify_cancel():
                response = self.run(plain_environ(key))
                future.set_result(self._finish(key, response, rendering.version))
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            future.set_exception(error)
        finally:
            self._end_shared(key)

    def _end_shared(self, key: CacheKey) -> None:
        """Begin the next rendering of the page whose last one has ended."""
        with self._lock:
            renderings = self._shared[key]
            del renderings[0]
            if renderings:
                self._threads.submit(self._run_shared, key, renderings[0])
            else:
                del self._shared[key]

    def render_request(self, environ: Environ) -> Future[RenderedResponse]:
        """Start to render the response to this very request, with its cookies and headers.

        Raises OverloadedError: MAX_UNFINISHED_PAGES are being rendered or wait for it.
        """
        self._acquire_page_slot()
        future = self._threads.submit(self.run, dict(environ))
        future.add_done_callback(lambda _future: self._page_slots.release())
        return future

    def _acquire_page_slot(self) -> None:
        if not self._page_slots.acquire(blocking=False):
            raise OverloadedError

    def render_for_editor(self, environ: Environ) -> RenderedResponse:
        """Return the response to a request for the editors' pages, in a thread of theirs.

        Once begun it is not given up: a save is answered. Raises whatever Django raises.

        Raises:
            OverloadedError: it was not begun within MAX_EDITORS_QUEUE_SECONDS, and never is.
        """
        if not self._editor_slots.acquire(blocking=False):
            raise OverloadedError
        try:
            future = self._editor_threads.submit(self.run, dict(environ))
            try:
                return future.result(timeout=MAX_EDITORS_QUEUE_SECONDS)
            except TimeoutError:
                if future.cancel():
                    raise OverloadedError from None
                return future.result()
        finally:
            self._editor_slots.release()

    def run(self, environ: Environ) -> RenderedResponse:
        """Return Django's response, rendered in this thread. Raises whatever Django raises."""
        started: list[Any] = []

        def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
            """Note status and headers."""
            started[:] = [status, headers]

        chunks = self._django(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        return RenderedResponse(started[0], list(started[1]), body)


def wait(future: Future[Response], should_wait: Callable[[float], bool]) -> Response | None:
    """Return the rendered response, or None where it failed or should not be waited for.

    `should_wait` is called every CHECK_INTERVAL_SECONDS with the seconds waited so far. Errors are
    logged, not raised.

    Raises:
        OverloadedError: it has taken RENDER_TIMEOUT_SECONDS.
    """
    started_at = time.monotonic()
    while True:
        try:
            return future.result(timeout=CHECK_INTERVAL_SECONDS)
        except TimeoutError:
            waited = time.monotonic() - started_at
            if not should_wait(waited):
                future.cancel()
                return None
            if waited > RENDER_TIMEOUT_SECONDS:
                future.cancel()
                raise OverloadedError from None
        except CancelledError:  # another request for the same page has waited as long as one may
            return None
        except Exception:
            logger.exception("A page could not be rendered, nor could the error page.")
            return None


def plain_environ(key: CacheKey) -> dict[str, Any]:
    """Return the WSGI environment of a GET for a key, with nothing else in it."""
    name, _colon, port = key.host.rpartition(":")
    if not port.isdigit():
        name, port = key.host, "443" if key.scheme == "https" else "80"
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": key.path,
        "QUERY_STRING": key.query,
        "SERVER_NAME": name,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": key.host,
        "HTTP_X_FORWARDED_PROTO": key.scheme,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": key.scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
