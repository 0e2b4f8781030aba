"""A finished page: its bytes in each encoding, with its headers, and how it is sent."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import brotli
from django.utils.http import http_date, parse_etags, parse_http_date_safe

from rollout.caching.compression import ENCODERS, encoding_for, is_compressible
from rollout.caching.data_version import CurrentVersion

Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]

HEADERS_OF_304 = {
    "cache-control",
    "content-location",
    "date",
    "etag",
    "expires",
    "last-modified",
    "vary",
}
"""The headers that a 304 repeats (RFC 9110, 15.4.5)."""


class EncodedBody(NamedTuple):
    """A page in one encoding, as it is sent."""

    etag: str
    body: bytes
    headers: Headers
    headers_unchanged: Headers


@dataclass(frozen=True, slots=True)
class RenderedResponse:
    """What Django answered."""

    status: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> str:
        """Return a header's value, "" where it has none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def code(self) -> int:
        """Return its status as a number."""
        return int(self.status[:3])

    @property
    def is_compressible(self) -> bool:
        """Tell whether it may be sent in another encoding than the one it has."""
        is_plain = not self.header("content-encoding")
        return is_plain and is_compressible(self.header("content-type"), len(self.body))

    @property
    def is_for_everyone(self) -> bool:
        """Tell whether it is the same for all who ask: of no one's session, language or wish."""
        varies = {name.strip().lower() for name in self.header("vary").split(",") if name}
        return not self.header("set-cookie") and varies <= {"accept-encoding"}

    @property
    def may_be_kept(self) -> bool:
        """Tell whether it is a page, public, and the same for all who ask."""
        control = self.header("cache-control")
        is_public = "public" in control and "no-store" not in control
        return self.code == 200 and is_public and self.is_for_everyone


class CachedResponse:
    """A page that is kept, in the encodings that were asked for so far."""

    def __init__(self, page: RenderedResponse, now: CurrentVersion, last_modified: float) -> None:
        self.now = now
        self.grown: Callable[[], None] = lambda: None
        self.is_compressed = page.is_compressible
        self.etag = page.header("etag").removeprefix("W/").strip('"')
        self.headers = [
            (name, value)
            for name, value in page.headers
            if name.lower() not in ("content-length", "etag", "vary", "set-cookie")
        ]
        names = {name.lower() for name, _value in self.headers}
        if self.is_compressed:
            self.headers.append(("Vary", "Accept-Encoding"))
        if "last-modified" not in names:
            self.headers.append(("Last-Modified", http_date(last_modified)))
        # What nginx may keep, and for how long; it takes this header away.
        self.headers.append(("X-Accel-Expires", "1"))
        self._modified = parse_http_date_safe(dict(self.headers)["Last-Modified"]) or 0
        self._lock = threading.Lock()
        self._forms: dict[str, EncodedBody] = {}
        first = "br" if self.is_compressed else ""
        self._forms[first] = self._form(first, ENCODERS[first](page.body))

    @property
    def size(self) -> int:
        """Return how many bytes of pages it holds."""
        return sum(len(form.body) for form in list(self._forms.values()))

    @property
    def body(self) -> bytes:
        """Return the page as it is, without any encoding."""
        if not self.is_compressed:
            return self._forms[""].body
        return brotli.decompress(self._forms["br"].body)  # type: ignore[no-any-return]

    def send(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a GET or HEAD with it, or say that the reader's own copy is still right."""
        form = self.form(encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")))
        if self._is_at_hand(environ, form):
            start_response("304 Not Modified", form.headers_unchanged[:])
            return []
        start_response("200 OK", form.headers[:])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [form.body]

    def form(self, encoding: str) -> EncodedBody:
        """Return it in an encoding, which is made when it is first asked for."""
        if not self.is_compressed:
            encoding = ""
        found = self._forms.get(encoding)
        if found is None:
            with self._lock:
                found = self._forms.get(encoding) or self._form(
                    encoding, ENCODERS[encoding](self.body)
                )
                self._forms[encoding] = found
            self.grown()
        return found

    def _form(self, encoding: str, body: bytes) -> EncodedBody:
        etag = f'"{self.etag}-{encoding}"' if encoding else f'"{self.etag}"'
        headers = [*self.headers, ("ETag", etag), ("Content-Length", str(len(body)))]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        again = [(name, value) for name, value in headers if name.lower() in HEADERS_OF_304]
        return EncodedBody(etag, body, headers, again)

    def _is_at_hand(self, environ: Mapping[str, Any], form: EncodedBody) -> bool:
        """Tell whether the reader has it already, by its ETag or else by its date."""
        etags = environ.get("HTTP_IF_NONE_MATCH")
        if etags:
            if etags == form.etag:
                return True
            known = [etag.removeprefix("W/") for etag in parse_etags(etags)]
            return "*" in known or form.etag in known
        since = environ.get("HTTP_IF_MODIFIED_SINCE")
        if since:
            date = parse_http_date_safe(since)
            return date is not None and date >= self._modified
        return False
