"""Responses as bytes: as Django rendered them, and as the page cache stores and sends them."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import brotli
from django.utils.http import http_date, parse_etags, parse_http_date_safe

from rollout.caching.compression import ENCODERS, FAST_ENCODERS, encoding_for, is_compressible
from rollout.caching.data_version import CurrentVersion
from rollout.caching.ranges import requested_part

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
MAX_AGE = re.compile(r"\bmax-age=([0-9]+)")


class EncodedBody(NamedTuple):
    """The body of a cached response in one encoding, with the headers of a 200 and of a 304."""

    etag: str
    body: bytes
    headers: Headers
    headers_of_304: Headers


@dataclass(frozen=True, slots=True)
class RenderedResponse:
    """A response of Django. `status` is a WSGI status such as "200 OK"."""

    status: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header, its name in lower case; "" where it is missing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def code(self) -> int:
        """Return the status as a number."""
        return int(self.status[:3])

    @property
    def is_compressible(self) -> bool:
        """Tell whether it has no encoding yet and compressing makes it smaller."""
        is_plain = not self.header("content-encoding")
        return is_plain and is_compressible(self.header("content-type"), len(self.body))

    @property
    def is_shared(self) -> bool:
        """Tell whether it is the same for everyone: no cookie, no `Vary` but by encoding."""
        varies = {name.strip().lower() for name in self.header("vary").split(",") if name}
        return not self.header("set-cookie") and varies <= {"accept-encoding"}

    @property
    def is_cacheable(self) -> bool:
        """Tell whether it is a public 200 that is the same for everyone."""
        control = self.header("cache-control")
        is_public = "public" in control and "no-store" not in control
        return self.code == 200 and is_public and self.is_shared

    def encoded(self, accepted: str) -> "RenderedResponse":
        """Return it compressed as a header Accept-Encoding allows, with `Vary`; for one sending."""
        if not self.is_compressible:
            return self
        headers, body, vary = list(self.headers), self.body, self.header("vary")
        if "accept-encoding" not in vary.lower():
            headers = _without(headers, "vary")
            headers.append(("Vary", f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"))
        encoding = encoding_for(accepted)
        if encoding:
            body = FAST_ENCODERS[encoding](body)
            headers = _without(headers, "content-length")
            headers += [("Content-Encoding", encoding), ("Content-Length", str(len(body)))]
        return RenderedResponse(self.status, headers, body)


def until_end_of_day(headers: Headers, version: CurrentVersion) -> Headers:
    """Return headers whose max-age ends with the version's day, so that no browser goes beyond."""
    left = max(0, int(version.ends_at - time.time()))
    return [
        (name, MAX_AGE.sub(lambda match: f"max-age={min(int(match[1]), left)}", value))
        if name.lower() == "cache-control"
        else (name, value)
        for name, value in headers
    ]


def _without(headers: Headers, *names: str) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in names]


class CachedResponse:
    """A response in the cache, in the encodings that were requested so far."""

    def __init__(
        self, response: RenderedResponse, version: CurrentVersion, last_modified: float
    ) -> None:
        """Prepare a response of `version`; `last_modified` is in seconds since the epoch."""
        self.version = version
        self.on_resize: Callable[[CachedResponse, int], None] = lambda response, size: None
        """Called with this response and its new size when an encoding has been added."""
        self.is_compressed = response.is_compressible
        self._has_max_age = "max-age" in response.header("cache-control")
        self.etag = response.header("etag").removeprefix("W/").strip('"')
        self.headers = _without(response.headers, "content-length", "etag", "vary", "set-cookie")
        if self.is_compressed:
            self.headers.append(("Vary", "Accept-Encoding"))
        if not response.header("last-modified"):
            self.headers.append(("Last-Modified", http_date(last_modified)))
        self.headers.append(("Accept-Ranges", "bytes"))
        # For how many seconds nginx may cache it; nginx removes this header.
        self.headers.append(("X-Accel-Expires", "1"))
        self._modified = parse_http_date_safe(dict(self.headers)["Last-Modified"]) or 0
        self._lock = threading.Lock()
        self._encoded: dict[str, EncodedBody] = {}
        first = "br" if self.is_compressed else ""
        self._encoded[first] = self._encode(first, response.body)

    @property
    def size(self) -> int:
        """Return the bytes of its body in all encodings that it has."""
        return sum(len(encoded.body) for encoded in list(self._encoded.values()))

    @property
    def body(self) -> bytes:
        """Return the body without any encoding."""
        if not self.is_compressed:
            return self._encoded[""].body
        return brotli.decompress(self._encoded["br"].body)  # type: ignore[no-any-return]

    def send(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Respond to a GET: 200, 304 where the client has the same body, 206 or 416 to a range."""
        encoded = self.encoded(encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")))
        if self._is_unmodified(environ, encoded):
            start_response("304 Not Modified", self._headers(encoded.headers_of_304))
            return []
        if "HTTP_RANGE" in environ:
            return self._send_part(environ, start_response, encoded)
        start_response("200 OK", self._headers(encoded.headers))
        return [encoded.body]

    def _send_part(
        self, environ: Mapping[str, Any], start_response: StartResponse, encoded: EncodedBody
    ) -> Iterable[bytes]:
        """Respond to a GET for a range of the body in this encoding."""
        size = len(encoded.body)
        modified = dict(self.headers)["Last-Modified"]
        part = requested_part(environ, size=size, etag=encoded.etag, last_modified=modified)
        headers = self._headers(encoded.headers)
        if part is None:
            start_response("200 OK", headers)
            return [encoded.body]
        status = "206 Partial Content" if part else "416 Range Not Satisfiable"
        where = f"{part.start}-{part.stop - 1}" if part else "*"
        headers = _without(headers, "content-length")
        headers += [("Content-Range", f"bytes {where}/{size}"), ("Content-Length", str(len(part)))]
        start_response(status, headers)
        return [encoded.body[part.start : part.stop] if part else b""]

    def _headers(self, headers: Headers) -> Headers:
        return until_end_of_day(headers, self.version) if self._has_max_age else headers[:]

    def encoded(self, encoding: str) -> EncodedBody:
        """Return it in an encoding, a key of ENCODERS; compressed at the first request for it."""
        if not self.is_compressed:
            encoding = ""
        encoded = self._encoded.get(encoding)
        if encoded is None:
            with self._lock:
                encoded = self._encoded.get(encoding) or self._encode(encoding, self.body)
                self._encoded[encoding] = encoded
            self.on_resize(self, self.size)
        return encoded

    def _encode(self, encoding: str, plain: bytes) -> EncodedBody:
        body = ENCODERS[encoding](plain)
        etag = f'"{self.etag}-{encoding}"' if encoding else f'"{self.etag}"'
        headers = [*self.headers, ("ETag", etag), ("Content-Length", str(len(body)))]
        if encoding:
            headers.append(("Content-Encoding", encoding))
        repeated = [(name, value) for name, value in headers if name.lower() in HEADERS_OF_304]
        return EncodedBody(etag, body, headers, repeated)

    def _is_unmodified(self, environ: Mapping[str, Any], encoded: EncodedBody) -> bool:
        """Tell whether the client has it already, by its ETag or else by its date."""
        etags = environ.get("HTTP_IF_NONE_MATCH")
        if etags:
            if etags == encoded.etag:
                return True
            client_etags = [etag.removeprefix("W/") for etag in parse_etags(etags)]
            return "*" in client_etags or encoded.etag in client_etags
        since = environ.get("HTTP_IF_MODIFIED_SINCE")
        if since:
            date = parse_http_date_safe(since)
            # A date to come is from when the clock was ahead (RFC 9110, 8.8.2.1).
            return date is not None and self._modified <= date <= time.time()
        return False
