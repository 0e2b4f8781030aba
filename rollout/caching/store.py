"""The one cache in memory: of responses (wsgi.py) and of fragments (fragments.py)."""

import math
import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class BoundedCache(Generic[V]):
    """Values by their key, bounded in number and bytes: the least recently used go first.

    Thread-safe. The caller says how many bytes a value takes; a value larger than `max_bytes` is
    not stored.
    """

    def __init__(self, *, max_bytes: int, max_count: float = math.inf) -> None:
        self.max_bytes = max_bytes
        self.max_count = max_count
        self.bytes = 0
        """The sum of the sizes of all values."""
        self._values: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable, default: V | None = None) -> V | None:
        """Return the value of a key, `default` where there is none."""
        with self._lock:
            entry = self._values.get(key)
            if entry is None:
                return default
            self._values.move_to_end(key)
            return entry[0]

    def set(self, key: Hashable, value: V, size: int) -> None:
        """Store a value of `size` bytes in place of an older one."""
        with self._lock:
            self._remove(key)
            self._values[key] = value, size
            self.bytes += size
            self._evict()

    def resize(self, key: Hashable, value: V, size: int) -> None:
        """Set the size in bytes of a value that has changed; nothing if it is not stored now."""
        with self._lock:
            entry = self._values.get(key)
            if entry is not None and entry[0] is value:
                self._values[key] = value, size
                self.bytes += size - entry[1]
                self._evict()

    def clear(self) -> None:
        """Remove all values."""
        with self._lock:
            self._values.clear()
            self.bytes = 0

    def _remove(self, key: Hashable) -> None:
        entry = self._values.pop(key, None)
        if entry is not None:
            self.bytes -= entry[1]

    def _evict(self) -> None:
        while self.bytes > self.max_bytes or len(self._values) > self.max_count:
            self._remove(next(iter(self._values)))
