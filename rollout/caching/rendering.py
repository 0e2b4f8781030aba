"""Calls Django in a thread pool, so that a hung database does not block the server's threads."""

import io
import logging
import sys
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
CHECK_INTERVAL_SECONDS = 0.1
"""How often a waiting request checks whether it should still wait."""
RENDER_TIMEOUT_SECONDS = 20.0


class PageRenderer:
    """Renders pages; simultaneous requests for the same page share one rendering."""

    def __init__(self, django: Application) -> None:
        self._django = django
        self._threads = ThreadPoolExecutor(RENDER_THREADS, thread_name_prefix="rendering")
        self._pending: dict[Any, Future[RenderedResponse]] = {}

    def render_shared(self, key: CacheKey, version: object) -> Future[RenderedResponse]:
        """Start to render the page of a key, from a request without anything of the client's.

        Requests for the same key and version get the same future while it is pending.
        """
        name = (key, version)
        future = self._pending.get(name)
        if future is None:
            future = self._pending[name] = self._threads.submit(self.run, plain_environ(key))
            future.add_done_callback(lambda _future: self._pending.pop(name, None))
        return future

    def render_request(self, environ: Environ) -> Future[RenderedResponse]:
        """Start to render the response to this very request, with its cookies and headers."""
        return self._threads.submit(self.run, dict(environ))

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
