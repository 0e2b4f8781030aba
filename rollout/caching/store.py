"""Where finished pages stand: so many, and so many bytes, and no more."""

import threading
from collections.abc import Hashable

from rollout.caching.responses import CachedResponse


class ResponseStore:
    """Copies by their key; when it is full, those that were put there first go first."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most = most
        self.most_bytes = most_bytes
        self._copies: dict[Hashable, CachedResponse] = {}
        self._lock = threading.Lock()
        self.get = self._copies.get

    def put(self, key: Hashable, copy: CachedResponse) -> None:
        """Put a copy there in place of an older one."""
        with self._lock:
            self._copies.pop(key, None)
            self._copies[key] = copy
        copy.grown = self._trim
        self._trim()

    def _trim(self) -> None:
        """Let go of what is too much: when a copy has come, or has grown by an encoding."""
        with self._lock:
            size = self.size
            while self._copies and (len(self._copies) > self.most or size > self.most_bytes):
                size -= self._copies.pop(next(iter(self._copies))).size

    @property
    def size(self) -> int:
        """Return how many bytes of pages stand there."""
        return sum(copy.size for copy in self._copies.values())

    def __len__(self) -> int:
        return len(self._copies)
