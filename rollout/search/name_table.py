"""A table of names by key: exact names, names with a prefix, names of similar spelling or sound."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from os.path import commonprefix

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rollout.search.normalise import sound_key
from rollout.search.results import IndexEntry

MAX_PREFIX_RESULTS = 10
"""Keys that a prefix returns: nobody reads more of "saint"."""
_MIN_PRECOMPUTED_KEYS = 400
"""The results of a prefix with more keys than this are computed when the table is built."""
_MAX_PREFIX_KEYS = 2000
"""Keys of one prefix that `all_with_prefix` returns."""
_MAX_KEY_LENGTH = 60
"""Longer keys are not compared: no name has more than 45 letters."""
_MIN_SOUND_KEY_LENGTH = 4
"""Shorter keys are not compared by sound: they sound like too much."""
_SAINT = "saint"


Buckets = dict[tuple[str, int, bool], list[str]]
"""Keys by their start or end, their length, and whether a well-known place has this name."""


class NameTable:
    """Entries by the key of their name (`normalise.key_of`). Read-only once built."""

    def __init__(
        self,
        entries: Iterable[tuple[str, IndexEntry]],
        sort_key: Callable[[IndexEntry], tuple[int, ...]],
        is_well_known: Callable[[IndexEntry], bool],
    ) -> None:
        """Build the table from pairs of key and entry, in any order.

        `sort_key` orders the results of a prefix; names of places that are not `is_well_known`
        may be found with fewer edits only (see `similar`).
        """
        by_key: dict[str, list[IndexEntry]] = {}
        for key, entry in entries:
            by_key.setdefault(key, []).append(entry)
        by_key.pop("", None)
        self._entries = {key: tuple(namesakes) for key, namesakes in by_key.items()}
        self._keys = sorted(by_key)
        self._ranks = _ranks([min(map(sort_key, self._entries[key])) for key in self._keys])
        self._by_start: Buckets = {}
        self._by_end: Buckets = {}
        self._by_sound: dict[str, tuple[str, ...]] = {}
        for key in self._keys:
            well_known = any(map(is_well_known, self._entries[key]))
            self._by_start.setdefault((_start(key), len(key), well_known), []).append(key)
            self._by_end.setdefault((key[-2:], len(key), well_known), []).append(key)
            sound = sound_key(key)
            self._by_sound[sound] = (*self._by_sound.get(sound, ()), key)
        self._trigrams = {key[at : at + 3] for key in self._keys for at in range(len(key) - 2)}
        self._precomputed = dict(self._precompute_prefixes())

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def exact(self, key: str) -> tuple[IndexEntry, ...]:
        """Return the entries of this very key, in the order in which they were given."""
        return self._entries.get(key, ())

    def best_with_prefix(self, prefix: str) -> tuple[str, ...]:
        """Return the best keys that begin with this and go on, at most `MAX_PREFIX_RESULTS`."""
        precomputed = self._precomputed.get(prefix)
        if precomputed is not None:
            return precomputed
        return self._best_in_range(prefix, *self._prefix_range(prefix))

    def has_prefix(self, prefix: str) -> bool:
        """Tell whether any key begins with this."""
        at = bisect_left(self._keys, prefix)
        return at < len(self._keys) and self._keys[at].startswith(prefix)

    def all_with_prefix(self, prefix: str) -> list[str]:
        """Return the keys that begin with this, sorted, at most `_MAX_PREFIX_KEYS`."""
        start, end = self._prefix_range(prefix)
        return self._keys[start : min(end, start + _MAX_PREFIX_KEYS)]

    def similar(self, key: str, known_edits: int, other_edits: int) -> dict[str, int]:
        """Return keys similar to this one, with their numbers of edits (a swap of neighbours is
        one): of well-known places within `known_edits`, of all others within `other_edits`, which
        is not greater.

        Only names with the same start or end are compared: few misspellings change both.
        """
        if not 0 < len(key) <= _MAX_KEY_LENGTH or known_edits < 1:
            return {}
        similar: dict[str, int] = {}
        starts = {_start(key), _start(key[1:]), *_saint_starts(key)} - {""}
        min_edits = self._min_edits(key)
        for well_known, max_edits in ((True, known_edits), (False, other_edits)):
            if min_edits > max_edits:
                continue
            for length in range(len(key) - max_edits, len(key) + max_edits + 1):
                for bucket in (
                    *(self._by_start.get((start, length, well_known), ()) for start in starts),
                    self._by_end.get((key[-2:], length, well_known), ()),
                ):
                    if bucket:
                        similar.update(_edits(key, bucket, max_edits))
        return similar

    def same_sound(self, key: str) -> dict[str, int]:
        """Return keys that sound alike in French and are not too far by letters, with their
        numbers of edits."""
        if not _MIN_SOUND_KEY_LENGTH <= len(key) <= _MAX_KEY_LENGTH:
            return {}
        return _edits(key, self._by_sound.get(sound_key(key), ()), max(2, len(key) // 2))

    def _prefix_range(self, prefix: str) -> tuple[int, int]:
        start = bisect_left(self._keys, prefix)
        return start, bisect_left(self._keys, prefix + "\U0010ffff", lo=start)

    def _best_in_range(self, prefix: str, start: int, end: int) -> tuple[str, ...]:
        if start < end and self._keys[start] == prefix:
            start += 1
        best = heapq.nsmallest(MAX_PREFIX_RESULTS, range(start, end), key=self._ranks.__getitem__)
        return tuple(self._keys[at] for at in best)

    def _precompute_prefixes(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each prefix that has more than `_MIN_PRECOMPUTED_KEYS` keys, with the best of them.

        Among so many neighbours, at least two of the keys sampled here stand next to each other:
        so every such prefix is one of what two neighbouring samples begin with in common.
        """
        samples = self._keys[:: _MIN_PRECOMPUTED_KEYS // 2]
        shared = (commonprefix(pair) for pair in pairwise(samples))  # noqa: RUF071 - no paths
        for prefix in {common[:end] for common in shared for end in range(1, len(common) + 1)}:
            start, end = self._prefix_range(prefix)
            if end - start > _MIN_PRECOMPUTED_KEYS:
                yield prefix, self._best_in_range(prefix, start, end)

    def _min_edits(self, key: str) -> int:
        """Return a lower bound of the edits between a key and every name: most nonsense is far
        from all of them.

        A trigram that no name has shows an edit, and one edit spoils at most four trigrams that
        begin next to each other (a swap of neighbours does).
        """
        edits, explained = 0, 0
        for at in range(len(key) - 2):
            if at >= explained and key[at : at + 3] not in self._trigrams:
                edits, explained = edits + 1, at + 4
        return edits


def _ranks(sort_keys: Sequence[tuple[int, ...]]) -> array[int]:
    """Return the rank of each sort key: small numbers take a tenth of the memory of tuples."""
    ranks = array("I", bytes(4 * len(sort_keys)))
    for rank, at in enumerate(sorted(range(len(sort_keys)), key=sort_keys.__getitem__)):
        ranks[at] = rank
    return ranks


def _start(key: str) -> str:
    """Return the first letter; after "saint", which one name in eight begins with, that too."""
    if key.startswith(_SAINT) and len(key) > 6:
        return _SAINT + key[5]
    return key[:1]


def _saint_starts(key: str) -> set[str]:
    """Return the possible starts of a name in "saint" where that word itself is misspelt."""
    if key[:1] != "s" or key.startswith("saint") or OSA.distance(key[:5], _SAINT) > 2:
        return set()
    return {_SAINT + letter for letter in key[4:7]}


def _edits(key: str, bucket: Sequence[str], max_edits: int) -> dict[str, int]:
    """Return the keys of a bucket within so many edits of a key, with their numbers of edits."""
    matches = process.extract(key, bucket, scorer=OSA.distance, score_cutoff=max_edits, limit=None)
    return {match: int(edits) for match, edits, _ in matches}
