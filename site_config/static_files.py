"""Collects static files, hashed, compressed, style sheets without their layout; and serves them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date_safe
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

from rollout.caching.compression import encoding_for

_STRING_OR_COMMENT = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/\*.*?\*/""", re.DOTALL)
_LAYOUT = re.compile(r"\s*\n\s*")
_NEEDLESS_LINE_END = re.compile(r"(?<=[{};,])\n")


def compact_css(css: str) -> str:
    """Return a style sheet without comments, indentation, blank lines and needless line ends.

    Its strings must not go over several lines: static/css/ is formatted by `make lint`.
    """
    css = _STRING_OR_COMMENT.sub(lambda match: match[1] or "", css)
    return _NEEDLESS_LINE_END.sub("", _LAYOUT.sub("\n", css).strip())


class Storage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage; before it hashes them, the sheets of static/css/ are made compact.

    Not by a library: rcssmin has no wheel for macOS, and installs take wheels only.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._addresses: dict[tuple[str | None, bool, bool], str] = {}

    def url(self, name: str | None, force: bool = False) -> str:
        """Return the address of a file, found once in a process: the manifest stays as it is."""
        key = (name, force, settings.DEBUG)
        if key not in self._addresses:
            self._addresses[key] = super().url(name, force)
        return self._addresses[key]

    def post_process(
        self, paths: dict[str, Any], *args: Any, **options: Any
    ) -> Iterator[tuple[str, str | None, Any]]:
        """Yield (name, name with hash, whether it was processed, or an error) of each file."""
        for name in paths if not options.get("dry_run") else ():
            if name.startswith("css/"):
                collected = Path(self.path(name))
                collected.write_text(compact_css(collected.read_text("utf-8")), "utf-8")
                paths[name] = (self, name)
        yield from super().post_process(paths, *args, **options)


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise's, with encodings, conditions and ranges as RFC 9110 has them.

    WhiteNoise takes `gzip;q=0` for gzip, has one ETag for all encodings, knows no list or `*` in
    If-None-Match, and no If-Range.
    """

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponseBase:
        """Return the response: the file, or a part, in the encoding that the client prefers."""
        if request.method not in ("GET", "HEAD"):
            return WhiteNoiseMiddleware.serve(static_file, request)  # type: ignore[no-any-return]
        available = _encodings(static_file)
        encoding = encoding_for(request.META.get("HTTP_ACCEPT_ENCODING", ""), available)
        meta = {"HTTP_ACCEPT_ENCODING": encoding}
        headers = dict(static_file.get_response("HEAD", meta).headers)
        etag = f'"{headers["ETag"].strip(chr(34))}-{encoding}"' if encoding else headers["ETag"]
        if "Range" in request.headers and request.headers.get("If-Range", etag) == etag:
            meta["HTTP_RANGE"] = request.headers["Range"]
        plain = HttpRequest()
        plain.method, plain.META = request.method, meta
        response: Any = WhiteNoiseMiddleware.serve(static_file, plain)
        response["ETag"] = etag
        modified = parse_http_date_safe(headers["Last-Modified"])
        result: Any = get_conditional_response(request, etag, modified, response)
        if result is not response:
            response.close()
        return result  # type: ignore[no-any-return]


def _encodings(static_file: Any) -> tuple[str, ...]:
    """Return the encodings in which there is a file, the smallest first."""
    names = (
        dict(headers).get("Content-Encoding") for _re, _path, headers in static_file.alternatives
    )
    return tuple(filter(None, names))
