"""A table of names that answers three questions: this name, names that begin so, names near it."""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from os.path import commonprefix

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rollout.search.normalise import heard
from rollout.search.results import IndexEntry

FEW = 10
"""Entries of a prefix that are kept ready or looked up: nobody reads more of "saint"."""
_WIDE = 400
"""A prefix with more keys than this is answered from the ready ones."""
_MANY = 2000
"""The most keys that one question looks through one by one."""
_LONGEST = 60
"""Keys longer than this are not compared: no name has more than 45 letters."""
_SHORTEST_HEARD = 4
"""Letters from which sound counts: shorter words sound like too much."""
_SAINT = "saint"


Buckets = dict[tuple[str, int, bool], list[str]]
"""Keys by their start or end, their length, and whether their place is known."""


class NameTable:
    """Names by their folded key. Built once, then only read."""

    def __init__(
        self,
        entries: Iterable[tuple[str, IndexEntry]],
        order: Callable[[IndexEntry], tuple[int, ...]],
        known: Callable[[IndexEntry], bool],
    ) -> None:
        """`entries` are (key, entry) pairs; `order` sorts what a prefix finds; `known` tells the
        places that bear two slips in a short name from the many that do not."""
        exact: dict[str, list[IndexEntry]] = {}
        for key, entry in entries:
            exact.setdefault(key, []).append(entry)
        exact.pop("", None)
        self._exact = {key: tuple(found) for key, found in exact.items()}
        self._keys = sorted(exact)
        self._ranks = _ranks([min(map(order, self._exact[key])) for key in self._keys])
        self._heads: Buckets = {}
        self._tails: Buckets = {}
        self._heard: dict[str, tuple[str, ...]] = {}
        for key in self._keys:
            well = any(map(known, self._exact[key]))
            self._heads.setdefault((_head(key), len(key), well), []).append(key)
            self._tails.setdefault((key[-2:], len(key), well), []).append(key)
            sound = heard(key)
            self._heard[sound] = (*self._heard.get(sound, ()), key)
        self._trios = {key[at : at + 3] for key in self._keys for at in range(len(key) - 2)}
        self._ready = dict(self._made_ready())

    def __len__(self) -> int:
        return len(self._keys)

    def exact(self, key: str) -> tuple[IndexEntry, ...]:
        """The entries of this very key."""
        return self._exact.get(key, ())

    def starting(self, prefix: str) -> tuple[str, ...]:
        """The best few keys that begin with this and go on."""
        ready = self._ready.get(prefix)
        if ready is not None:
            return ready
        return self._best_of(prefix, *self._range(prefix))

    def all_starting(self, prefix: str) -> list[str]:
        """All keys that begin with this, at most `_MANY`."""
        start, end = self._range(prefix)
        return self._keys[start : min(end, start + _MANY)]

    def near(self, key: str, distance: int, unknown: int) -> dict[str, int]:
        """Keys within this many edits (a swap of neighbours is one), with the number of edits;
        keys of places that are not `known` only within `unknown` edits.

        Only names that share the start or the end are looked at: few slips hit both.
        """
        if not 0 < len(key) <= _LONGEST or distance < 1:
            return {}
        found: dict[str, int] = {}
        heads = {_head(key), _head(key[1:]), *_saints(key)} - {""}
        fewest = self._fewest_slips(key)
        for well, most in ((True, distance), (False, unknown)):
            if fewest > most:
                continue
            for length in range(len(key) - most, len(key) + most + 1):
                for bucket in (
                    *(self._heads.get((head, length, well), ()) for head in heads),
                    self._tails.get((key[-2:], length, well), ()),
                ):
                    if bucket:
                        found.update(_within(key, bucket, most))
        return found

    def sounding(self, key: str) -> dict[str, int]:
        """Keys that sound alike in French and are not too far by letters, with their edits."""
        if not _SHORTEST_HEARD <= len(key) <= _LONGEST:
            return {}
        return _within(key, self._heard.get(heard(key), ()), max(2, len(key) // 2))

    def _range(self, prefix: str) -> tuple[int, int]:
        start = bisect_left(self._keys, prefix)
        return start, bisect_left(self._keys, prefix + "\U0010ffff", lo=start)

    def _best_of(self, prefix: str, start: int, end: int) -> tuple[str, ...]:
        if start < end and self._keys[start] == prefix:
            start += 1
        best = heapq.nsmallest(FEW, range(start, end), key=self._ranks.__getitem__)
        return tuple(self._keys[at] for at in best)

    def _made_ready(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each prefix that has many keys, with the best few of them.

        Of so many neighbours, two of every `_WIDE // 2`th key are next to each other: what such
        two begin with in common is all that need be looked at.
        """
        marks = self._keys[:: _WIDE // 2]
        shared = (commonprefix(pair) for pair in pairwise(marks))  # noqa: RUF071 - no paths
        for prefix in {common[:end] for common in shared for end in range(1, len(common) + 1)}:
            start, end = self._range(prefix)
            if end - start > _WIDE:
                yield prefix, self._best_of(prefix, start, end)

    def _fewest_slips(self, key: str) -> int:
        """Return how many edits at least part a key from every name: most nonsense is far from all.

        Three letters in a row that no name has show an edit, and one edit spoils at most four such
        runs that begin next to each other (a swap of neighbours does).
        """
        slips, explained = 0, 0
        for at in range(len(key) - 2):
            if at >= explained and key[at : at + 3] not in self._trios:
                slips, explained = slips + 1, at + 4
        return slips


def _ranks(orders: Sequence[tuple[int, ...]]) -> array[int]:
    """Return the rank of each in their order: as small numbers they take a tenth of the room."""
    ranks = array("I", bytes(4 * len(orders)))
    for rank, at in enumerate(sorted(range(len(orders)), key=orders.__getitem__)):
        ranks[at] = rank
    return ranks


def _head(key: str) -> str:
    """The letter that opens a name's own part: one in eight begins with "saint"."""
    if key.startswith(_SAINT) and len(key) > 6:
        return _SAINT + key[5]
    return key[:1]


def _saints(key: str) -> set[str]:
    """The heads of names in "saint", where that word itself may be misspelt."""
    if key[:1] != "s" or key.startswith("saint") or OSA.distance(key[:5], _SAINT) > 2:
        return set()
    return {_SAINT + letter for letter in key[4:7]}


def _within(key: str, bucket: Sequence[str], distance: int) -> dict[str, int]:
    matches = process.extract(key, bucket, scorer=OSA.distance, score_cutoff=distance, limit=None)
    return {match: int(edits) for match, edits, _ in matches}
