"""The one cache in memory: of responses (wsgi.py) and of fragments (fragments.py)."""

import math
import threading
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: V
    size: int
    is_used: bool = False


class BoundedCache(Generic[V]):
    """Values by their key, bounded in number and bytes. Thread-safe.

    When it is full, the oldest values go, but those that were read since the last time get a second
    chance: nearly the least recently used first, while a hit is a plain dict lookup without a lock.
    The caller says how many bytes a value takes; a value larger than `max_bytes` is not stored.
    """

    def __init__(self, *, max_bytes: int, max_count: float = math.inf) -> None:
        self.max_bytes = max_bytes
        self.max_count = max_count
        self.bytes = 0
        """The sum of the sizes of all values."""
        self._entries: dict[Hashable, _Entry[V]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable, default: V | None = None) -> V | None:
        """Return the value of a key, `default` where there is none."""
        entry = self._entries.get(key)
        if entry is None:
            return default
        entry.is_used = True
        return entry.value

    def set(self, key: Hashable, value: V, size: int) -> None:
        """Store a value of `size` bytes in place of an older one."""
        with self._lock:
            replaced = self._entries.pop(key, None)
            if replaced is not None:
                self.bytes -= replaced.size
            if size <= self.max_bytes:
                self._entries[key] = _Entry(value, size)
                self.bytes += size
            self._evict()

    def resize(self, key: Hashable, value: V, size: int) -> None:
        """Set the size in bytes of a value that has changed; nothing if it is not stored now."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None and entry.value is value:
                self.bytes += size - entry.size
                entry.size = size
                self._evict()

    def clear(self) -> None:
        """Remove all values."""
        with self._lock:
            self._entries.clear()
            self.bytes = 0

    def _evict(self) -> None:
        while self.bytes > self.max_bytes or len(self._entries) > self.max_count:
            key = next(iter(self._entries))
            entry = self._entries.pop(key)
            if entry.is_used:
                entry.is_used = False
                self._entries[key] = entry
            else:
                self.bytes -= entry.size
