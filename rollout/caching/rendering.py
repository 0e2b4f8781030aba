"""Pages as Django makes them, in threads of their own: a request need not wait for a database."""

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
POLL_INTERVAL_SECONDS = 0.1
"""Seconds after which a waiting request looks whether waiting still makes sense."""
RENDER_TIMEOUT_SECONDS = 20.0
"""Seconds after which it gives up."""


class PageRenderer:
    """Has pages made; several who ask for the same get the same."""

    def __init__(self, django: Application) -> None:
        self._django = django
        self._threads = ThreadPoolExecutor(RENDER_THREADS, thread_name_prefix="building")
        self._begun: dict[Any, Future[RenderedResponse]] = {}

    def render_shared(self, key: CacheKey, edition: object) -> Future[RenderedResponse]:
        """Return the page at an address, in the making, as anyone would get it."""
        name = (key, edition)
        page = self._begun.get(name)
        if page is None:
            page = self._begun[name] = self._threads.submit(self.run, plain_environ(key))
            page.add_done_callback(lambda _page: self._begun.pop(name, None))
        return page

    def render_request(self, environ: Environ) -> Future[RenderedResponse]:
        """Return the answer to this very request, in the making."""
        return self._threads.submit(self.run, dict(environ))

    def run(self, environ: Environ) -> RenderedResponse:
        """Return Django's answer."""
        started: list[Any] = []

        def start_response(status: str, headers: Any, exc_info: Any = None) -> None:
            """Note how the answer begins."""
            started[:] = [status, headers]

        chunks = self._django(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        return RenderedResponse(started[0], list(started[1]), body)


def wait(
    page: Future[RenderedResponse], should_wait: Callable[[float], bool]
) -> RenderedResponse | None:
    """Return a page when it is made; None if `goes_on`, asked now and then, says to give up."""
    began = time.monotonic()
    while True:
        try:
            return page.result(timeout=POLL_INTERVAL_SECONDS)
        except TimeoutError:
            waited = time.monotonic() - began
            if waited > RENDER_TIMEOUT_SECONDS or not should_wait(waited):
                page.cancel()
                return None
        except Exception:
            logger.exception("A page broke, and the page that says so, too.")
            return None


def plain_environ(key: CacheKey) -> dict[str, Any]:
    """Return the request for a page in which nothing stands but its address."""
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
