"""Calls Django in a thread pool, so that a hung database does not block the server's threads."""

import io
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from rollout.caching.keys import CacheKey
from rollout.caching.responses import RenderedResponse

logger = logging.getLogger(__name__)

Application = Callable[..., Iterable[bytes]]
Environ = Mapping[str, Any]

RENDER_THREADS = 4
EDITOR_THREADS = 4
"""For the editors' pages: who waits there to write keeps no reader waiting."""
CHECK_INTERVAL_SECONDS = 0.1
"""How often a waiting request checks whether it should still wait."""
RENDER_TIMEOUT_SECONDS = 20.0
MAX_UNFINISHED_PAGES, MAX_UNFINISHED_FOR_EDITORS = 24, 40
"""One more is refused at once. Together they are fewer than the server's threads."""
MAX_EDITORS_QUEUE_SECONDS = 3.0
"""How long a request of an editor waits for one of their threads."""


class OverloadedError(Exception):
    """A request was not begun: there are too many before it."""


class PageRenderer:
    """Renders pages; simultaneous requests for the same page share one rendering."""

    def __init__(self, django: Application) -> None:
        self._django = django
        self._threads = ThreadPoolExecutor(RENDER_THREADS, thread_name_prefix="rendering")
        self._editor_threads = ThreadPoolExecutor(EDITOR_THREADS, thread_name_prefix="editors")
        self._pending: dict[Any, Future[RenderedResponse]] = {}
        self._page_slots = threading.BoundedSemaphore(MAX_UNFINISHED_PAGES)
        self._editor_slots = threading.BoundedSemaphore(MAX_UNFINISHED_FOR_EDITORS)

    def render_shared(self, key: CacheKey, version: object) -> Future[RenderedResponse]:
        """Start to render the page of a key, from a request without anything of the client's.

        Requests for the same key and version get the same future while it is pending.
        Raises OverloadedError.
        """
        name = (key, version)
        future = self._pending.get(name)
        if future is None:
            future = self._pending[name] = self.render_request(plain_environ(key))
            future.add_done_callback(lambda _future: self._pending.pop(name, None))
        return future

    def render_request(self, environ: Environ) -> Future[RenderedResponse]:
        """Start to render the response to this very request, with its cookies and headers.

        Raises:
            OverloadedError: MAX_UNFINISHED_PAGES are being rendered or wait for it.
        """
        if not self._page_slots.acquire(blocking=False):
            raise OverloadedError
        future = self._threads.submit(self.run, dict(environ))
        future.add_done_callback(lambda _future: self._page_slots.release())
        return future

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


def wait(
    future: Future[RenderedResponse], should_wait: Callable[[float], bool]
) -> RenderedResponse | None:
    """Return the rendered response, or None where it failed or took too long.

    `should_wait` is called every CHECK_INTERVAL_SECONDS with the seconds waited so far; when it
    returns False, or after RENDER_TIMEOUT_SECONDS, the result is None. Errors are logged, not
    raised.
    """
    started_at = time.monotonic()
    while True:
        try:
            return future.result(timeout=CHECK_INTERVAL_SECONDS)
        except TimeoutError:
            waited = time.monotonic() - started_at
            if waited > RENDER_TIMEOUT_SECONDS or not should_wait(waited):
                future.cancel()
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
