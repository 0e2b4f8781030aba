"""What was made of the facts and is still good, kept in this process: rows, parts of pages.

A public view answers from one edition of the facts: the first thing that it keeps, or finds kept,
asks for the edition's stamp, and all that it keeps stands under that stamp, the day in Paris and
the language. So nothing is ever shown of an older edition, and what a rolled-back transaction made
is never found again: its stamp was a chance number.
"""

import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cached_property, wraps
from typing import Any, TypeVar, cast

from django.utils.translation import get_language

from rollout.dates import today
from rollout.models.data_version import DataVersion

T = TypeVar("T")
V = TypeVar("V", bound=Callable[..., Any])

MAX_BYTES = 24 * 1024 * 1024
"""How much is kept at most. Both languages of today take about 2 MB."""
NON_TEXT_BYTES = 256 * 1024
"""What is counted for anything that is no text: about what 101 departments and their words take."""


class BoundedCache:
    """Things by their key, the least recently used forgotten first. Safe between threads."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self._things: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._things)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is kept under a key, made now if nothing is."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return self._things[key]  # type: ignore[no-any-return]
        made = make()  # outside the lock: it takes long, and keeps other things
        with self._lock:
            self._put(key, made)
        return made

    def _put(self, key: Hashable, made: Any) -> None:
        if key not in self._things:
            self.bytes += _weight(made)
        self._things[key] = made
        while self.bytes > self.most_bytes:
            _key, oldest = self._things.popitem(last=False)
            self.bytes -= _weight(oldest)

    def forget(self) -> None:
        """Keep nothing any longer."""
        with self._lock:
            self._things.clear()
            self.bytes = 0


def _weight(thing: Any) -> int:
    if isinstance(thing, str):
        return sys.getsizeof(thing)
    if isinstance(thing, tuple) and all(isinstance(part, str) for part in thing):
        return sum(map(sys.getsizeof, thing))
    return NON_TEXT_BYTES


fragment_cache = BoundedCache(MAX_BYTES)


class _Answer:
    """One answer under way: of which day, and of which edition of the facts."""

    def __init__(self) -> None:
        self.day: date = today()

    @cached_property
    def edition(self) -> str:
        """Return the stamp, asked for once."""
        return DataVersion.current()


_answer: ContextVar[_Answer | None] = ContextVar("answer", default=None)
_is_aside: ContextVar[bool] = ContextVar("is_aside", default=False)


def with_fragment_cache(view: V) -> V:
    """Let a view keep what it makes of the facts, and use what was kept."""

    @wraps(view)
    def answering(*args: Any, **kwargs: Any) -> Any:
        """Answer from one edition of the facts."""
        before = _answer.set(None if _is_aside.get() else _Answer())
        try:
            return view(*args, **kwargs)
        finally:
            _answer.reset(before)

    return cast("V", answering)


@contextmanager
def bypass_cache() -> Iterator[None]:
    """Keep nothing and use nothing that is kept: for what readers do not see, such as previews."""
    before = _is_aside.set(True)
    try:
        yield
    finally:
        _is_aside.reset(before)


def current_version() -> str:
    """Return the stamp of the facts: one query, and one only for all of an answer."""
    answer = _answer.get()
    return answer.edition if answer else DataVersion.current()


UNTIL_NEXT_VERSION = object()


def get_or_set(key: Hashable, make: Callable[[], T], timeout: object = UNTIL_NEXT_VERSION) -> T:
    """Return what is cached under `key`, or what `make` returns, which is cached from then on.

    It is good for one data version, day and language; with `timeout=None`, for what rests on no
    fact, for a language and as long as the process lives. Callers must not change what they get.
    Outside of public views nothing is cached.
    """
    answer = _answer.get()
    if timeout is None and answer is not None:
        return fragment_cache.get((get_language(), key), make)
    if answer is None or not answer.edition:  # no fact was ever saved: nothing tells of changes
        return make()
    return fragment_cache.get((answer.edition, answer.day, get_language(), key), make)
