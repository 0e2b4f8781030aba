"""Results computed from the facts, cached in this process: rows, parts of pages.

A public view reads one data version: its first use of this cache reads the version from the
database, and every key consists of that version, the day in Paris, the language and the caller's
own key. So no page shows anything of an older version, and what a rolled-back transaction computed
is never read again: versions are random and do not return.

What rests on no fact but those in its own key (timeout=None) outlives the versions.
"""

import sys
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import wraps
from typing import Any, Final, TypeVar, cast

from django.utils.functional import cached_property
from django.utils.translation import get_language

from rollout.caching.store import BoundedCache
from rollout.dates import today
from rollout.models.data_version import DataVersion

T = TypeVar("T")
V = TypeVar("V", bound=Callable[..., Any])

MAX_BYTES = 24 * 1024 * 1024
"""Both languages of today take about 2 MB."""
NON_TEXT_BYTES = 256 * 1024
"""The size counted for anything that is no text: about that of 101 departments with their texts."""
KEY_BYTES = 500
"""The size counted for a key: about that of one with a department's state."""

fragment_cache: BoundedCache[Any] = BoundedCache(max_bytes=MAX_BYTES)

_MISSING: Final = object()


class _RequestScope:
    """The day and the data version that one request reads."""

    def __init__(self) -> None:
        self.day: date = today()

    @cached_property
    def version(self) -> str:
        """Return the data version, read once."""
        return DataVersion.current()


_scope: ContextVar[_RequestScope | None] = ContextVar("scope", default=None)
_is_bypassed: ContextVar[bool] = ContextVar("is_bypassed", default=False)


def with_fragment_cache(view: V) -> V:
    """Return the view with the fragment cache enabled while it runs."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        """Call the view; all that it caches is of one data version."""
        token = _scope.set(None if _is_bypassed.get() else _RequestScope())
        try:
            return view(*args, **kwargs)
        finally:
            _scope.reset(token)

    return cast("V", wrapped)


@contextmanager
def bypass_cache() -> Iterator[None]:
    """Neither read nor write the cache in this block: for previews, whose data is rolled back."""
    token = _is_bypassed.set(True)
    try:
        yield
    finally:
        _is_bypassed.reset(token)


def current_version() -> str:
    """Return the data version, "" while no fact was ever saved: one query for each request."""
    scope = _scope.get()
    return scope.version if scope else DataVersion.current()


UNTIL_NEXT_VERSION: Final = object()


def get_or_set(key: Hashable, make: Callable[[], T], timeout: object = UNTIL_NEXT_VERSION) -> T:
    """Return what is cached under `key`, or what `make` returns, which is cached from then on.

    It is valid for one data version, day and language; with `timeout=None`, for what rests on no
    fact, for a language and as long as the process lives. Callers must not change what they get.
    Outside of public views nothing is cached. Raises whatever `make` raises, and caches nothing
    then.
    """
    scope = _scope.get()
    if scope is None:
        return make()
    if timeout is None:
        return _get_or_set((get_language(), key), make)
    if not scope.version:  # no fact was ever saved, so no version will tell that one changed
        return make()
    return _get_or_set((scope.version, scope.day, get_language(), key), make, scope.day)


def _get_or_set(key: Hashable, make: Callable[[], T], day: date | None = None) -> T:
    value = fragment_cache.get(key, _MISSING)
    if value is _MISSING:
        value = make()
        if day in (None, today()):  # else it may be of the day that began meanwhile
            fragment_cache.set(key, value, _size(value))
    return cast("T", value)


def _size(value: object) -> int:
    """Return how many bytes are counted for a value, with its key."""
    if isinstance(value, str):
        return KEY_BYTES + sys.getsizeof(value)
    if isinstance(value, tuple) and all(isinstance(part, str) for part in value):
        return KEY_BYTES + sum(map(sys.getsizeof, value))
    return NON_TEXT_BYTES
