"""The fragment cache of the tests: what rests on the data files alone is computed once for all."""

from collections.abc import Hashable
from typing import Any, Final

from django.conf import UserSettingsHolder, settings

from rollout.caching import fragments
from rollout.caching.store import BoundedCache

# What a test that uses one of these caches is of other code, or it counts queries.
ISOLATING_FIXTURES = {
    "django_assert_max_num_queries",
    "django_assert_num_queries",
    "empty_fragment_cache",
    "monkeypatch",
}
_MISSING: Final = object()


class SharedFragments(BoundedCache[Any]):
    """The fragments of one test, and those that earlier tests made of the same rows and settings.

    A test that writes a row finds no fragment of other tests from then on, and passes none on.
    """

    def __init__(self) -> None:
        super().__init__(max_bytes=fragments.MAX_BYTES)
        self._of_all_tests: BoundedCache[Any] = BoundedCache(max_bytes=fragments.MAX_BYTES)
        self._made: dict[Hashable, tuple[Any, int]] = {}
        self._is_shared = False

    def begin(self, *, is_shared: bool) -> None:
        """Begin a test: with the fragments of others, or with none."""
        self.clear()
        self._is_shared = is_shared

    def end(self) -> None:
        """End a test: pass its fragments on if it wrote nothing."""
        if self._is_shared:
            for key, (value, size) in self._made.items():
                self._of_all_tests.set(key, value, size)
        self.clear()

    def get(self, key: Hashable, default: Any = None) -> Any:
        """Return the value of a key, of this test or of an earlier one."""
        value = super().get(key, _MISSING)
        if value is _MISSING and self._is_shared:
            value = self._of_all_tests.get((_changed_settings(), key), _MISSING)
        return default if value is _MISSING else value

    def set(self, key: Hashable, value: Any, size: int) -> None:
        """Store a value of `size` bytes for this test."""
        super().set(key, value, size)
        self._made[_changed_settings(), key] = value, size

    def clear(self) -> None:
        """Remove the test's own fragments, and hide those of others."""
        super().clear()
        self._made.clear()
        self._is_shared = False

    def note_writes(self, execute: Any, sql: str, *arguments: Any) -> Any:
        """Execute a statement (a wrapper for `connection.execute_wrapper`)."""
        if "rollout_" in sql and not sql.startswith("SELECT"):
            self._is_shared = False
        return execute(sql, *arguments)


def _changed_settings() -> Hashable:
    """Return what the test has changed of the settings so far."""
    changed: dict[str, Any] = {}
    holder = settings._wrapped  # type: ignore[misc]
    while isinstance(holder, UserSettingsHolder):
        changed = {name: repr(value) for name, value in vars(holder).items()} | changed
        holder = holder.default_settings
    changed.pop("default_settings", None)
    return tuple(sorted(changed.items()))
