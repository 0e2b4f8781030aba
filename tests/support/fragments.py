"""The fragment cache of the tests: what rests on the data files alone is computed once for all."""

from collections.abc import Hashable
from typing import Any, Final

from rollout.caching import fragments
from rollout.caching.store import BoundedCache

# What a test that uses one of these caches is of other settings or code, or it counts queries.
ISOLATING_FIXTURES = {
    "django_assert_max_num_queries",
    "django_assert_num_queries",
    "empty_fragment_cache",
    "monkeypatch",
    "settings",
}
_MISSING: Final = object()


class SharedFragments(BoundedCache[Any]):
    """The fragments of one test, and below them those that earlier tests made of the same rows.

    A test that writes a row finds no fragment of other tests from then on, and passes none on.
    """

    def __init__(self) -> None:
        super().__init__(max_bytes=fragments.MAX_BYTES)
        self._of_all_tests: BoundedCache[Any] = BoundedCache(max_bytes=fragments.MAX_BYTES)
        self._is_shared = False

    def begin(self, *, is_shared: bool) -> None:
        """Begin a test: with the fragments of others, or with none."""
        self.clear()
        self._is_shared = is_shared

    def end(self) -> None:
        """End a test: pass its fragments on if it wrote nothing."""
        if self._is_shared:
            for key, entry in self._entries.items():
                self._of_all_tests.set(key, entry.value, entry.size)
        self.clear()

    def get(self, key: Hashable, default: Any = None) -> Any:
        """Return the value of a key, of this test or of an earlier one."""
        value = super().get(key, _MISSING)
        if value is _MISSING and self._is_shared:
            value = self._of_all_tests.get(key, _MISSING)
        return default if value is _MISSING else value

    def clear(self) -> None:
        """Remove the test's own fragments, and hide those of others."""
        super().clear()
        self._is_shared = False

    def note_writes(self, execute: Any, sql: str, *arguments: Any) -> Any:
        """Execute a statement (a wrapper for `connection.execute_wrapper`)."""
        if "rollout_" in sql and not sql.startswith("SELECT"):
            self._is_shared = False
        return execute(sql, *arguments)
