"""Parts of a body, by the header Range (RFC 9110, 14): programs read large files in pieces."""

import re
from collections.abc import Mapping
from typing import Any

_ONE_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def requested_part(
    environ: Mapping[str, Any], *, size: int, etag: str, last_modified: str
) -> range | None:
    """Return the positions of the bytes that a GET asks for, of a body of `size` bytes.

    None: it asks for the whole, for several parts, for nonsense, or for a part of another body
    (If-Range), so it gets the whole. An empty range: there are no such bytes, which is a 416.
    """
    if environ.get("HTTP_IF_RANGE", etag) not in (etag, last_modified):
        return None
    match = _ONE_RANGE.fullmatch(environ.get("HTTP_RANGE", "").strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1, size) if last else size)
