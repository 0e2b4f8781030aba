"""A dictionary from text to text that is searched where it lies, in memory or in a mapped file.

Its form: after an empty line one line for each key, sorted: the key, a tab, the value. To open it
is to note the first key of every block of about 1,000 bytes; a search reads one block.
"""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from mmap import mmap

_BLOCK_BYTES = 1000
_AFTER_ALL = b"\xff"
"""Greater than any byte of UTF-8, so that all keys with a prefix are below the prefix with this."""


def sorted_text(items: Iterable[tuple[str, str]]) -> bytes:
    """Return the text of these keys and values, in which no key is twice.

    There must be no tab in a key, and no line break in a key or value.
    """
    lines = sorted(f"{key}\t{value}\n" for key, value in items)
    return ("\n" + "".join(lines)).encode()


class SortedText:
    """Values by key, and keys by prefix. Read-only, so threads may share it."""

    def __init__(self, content: bytes | mmap, start: int = 0) -> None:
        """Open what `sorted_text` returned; in a file, it may begin at the byte `start`."""
        self._content = content
        self._first_keys: list[bytes] = []
        self._starts = array("Q")  # of each block, at the line break before its first line
        at, end = start, len(content) - 1
        while 0 <= at < end:
            self._starts.append(at)
            self._first_keys.append(content[at + 1 : content.find(b"\t", at)])
            at = content.find(b"\n", min(at + _BLOCK_BYTES, end))
        self._starts.append(max(end, 0))

    def checksum(self) -> int:
        """Return a checksum of the text, its file's first line included."""
        return zlib.crc32(self._content)

    def get(self, key: str) -> str | None:
        """Return the value of a key; None if there is no such key."""
        line = f"\n{key}\t".encode()
        block = self._block(bisect_right(self._first_keys, line[1:-1]) - 1)
        at = block.find(line)
        if at < 0:
            return None
        at += len(line)
        return block[at : block.index(b"\n", at)].decode()

    def __contains__(self, key: str) -> bool:
        line = f"\n{key}\t".encode()
        return line in self._block(bisect_right(self._first_keys, line[1:-1]) - 1)

    def has_prefix(self, prefix: str) -> bool:
        """Tell whether any key begins with this."""
        start = f"\n{prefix}".encode()
        at = bisect_right(self._first_keys, start[1:])
        is_next = at < len(self._first_keys) and self._first_keys[at].startswith(start[1:])
        return is_next or start in self._block(at - 1)

    def with_prefix(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Yield the keys that begin with this, and their values, sorted by key."""
        start = prefix.encode()
        end = start + _AFTER_ALL
        at = max(bisect_right(self._first_keys, start) - 1, 0)
        for number in range(at, bisect_left(self._first_keys, end)):
            lines = self._block(number).split(b"\n")[1:-1]
            for line in lines[bisect_left(lines, start) : bisect_left(lines, end)]:
                key, _tab, value = line.decode().partition("\t")
                yield key, value

    def _block(self, number: int) -> bytes:
        """Return the lines of a block, with a line break before each and after the last."""
        if number < 0:
            return b""
        return self._content[self._starts[number] : self._starts[number + 1] + 1]
