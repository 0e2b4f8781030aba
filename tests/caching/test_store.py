"""The cache in memory is bounded, keeps what is used, and knows its size."""

import threading
from typing import Any

from rollout.caching.store import BoundedCache


def test_values_that_are_read_stay_and_the_oldest_others_go():
    cache = BoundedCache[Any](max_bytes=10_000)
    cache.set("often", "value", 1000)
    for number in range(1000):
        assert cache.get("often") == "value"
        cache.set(number, "value", 1000)
        assert cache.bytes <= 10_000
    assert len(cache) == 10
    assert cache.get(0) is None
    assert cache.get(0, "default") == "default"


def test_the_number_of_values_is_bounded():
    cache = BoundedCache[Any](max_bytes=10_000, max_count=2)
    for number in range(5):
        cache.set(number, number, 1)
    assert [cache.get(number) for number in range(5)] == [None, None, None, 3, 4]
    assert cache.bytes == 2


def test_a_value_that_is_larger_than_the_cache_is_not_stored():
    cache = BoundedCache[Any](max_bytes=10_000)
    cache.set("other", "value", 9000)
    cache.set("too large", "value", 10_001)
    assert cache.get("too large") is None
    assert (len(cache), cache.bytes) == (1, 9000)


def test_a_new_value_replaces_an_older_one_and_its_size():
    cache = BoundedCache[Any](max_bytes=10_000)
    cache.set("key", "first", 6000)
    cache.set("key", "second", 7000)
    assert cache.get("key") == "second"
    assert (len(cache), cache.bytes) == (1, 7000)


def test_a_value_that_grows_counts_with_its_new_size():
    cache = BoundedCache[Any](max_bytes=10_000)
    old, new = object(), object()
    cache.set("other", object(), 5000)
    cache.set("key", new, 1000)
    cache.resize("key", old, 9999)  # it has been replaced meanwhile
    cache.resize("evicted", old, 9999)
    assert cache.bytes == 6000
    cache.resize("key", new, 6000)
    assert cache.get("other") is None
    assert (len(cache), cache.bytes) == (1, 6000)


def test_a_cleared_cache_is_empty():
    cache = BoundedCache[Any](max_bytes=10_000)
    cache.set("key", "value", 1000)
    cache.clear()
    assert (len(cache), cache.bytes, cache.get("key")) == (0, 0, None)


def test_its_size_is_right_after_threads_have_used_it_at_once():
    cache = BoundedCache[Any](max_bytes=5000, max_count=20)

    def use():
        for number in range(3000):
            cache.get((number * 7) % 50)
            cache.set(number % 50, "value", 100 + number % 50)
            cache.resize(number % 50, "value", 100)

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.bytes == 100 * len(cache) <= 5000
    assert len(cache) == 20
