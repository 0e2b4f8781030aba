"""A table of names by key: exact names, names with a prefix, names of similar spelling or sound.

`name_lines` makes the lines of a table for a sorted text, in which several tables may be;
`NameTable` looks names up there. After the name of its table each kind of line has a sign:

    names=lyon      the rank of this key among all, and its entries
    names^saint     the best keys with this prefix, where many have it
    names<l 4       the keys that start so and have this length: of well-known places, of others
    names>on 4      the same of keys that end so
    names~lion      the keys of this sound
    names#          all trigrams
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from os.path import commonprefix

from rapidfuzz import process
from rapidfuzz.distance import OSA

from rollout.search import entry_text
from rollout.search.normalise import sound_key, sound_keys
from rollout.search.rank import is_well_known, prefix_sort_key
from rollout.search.results import IndexEntry
from rollout.search.sorted_text import SortedText

MAX_PREFIX_RESULTS = 10
"""Keys that a prefix returns: nobody reads more of "saint"."""
_MIN_PRECOMPUTED_KEYS = 100
"""The results of a prefix with more keys than this are computed when the table is built."""
_MAX_PREFIX_KEYS = 2000
"""Keys whose entries `all_with_prefix` returns."""
_MAX_CACHED_GROUPS = 500
"""Lines of similar keys that stay in memory, about 1 MB: one search reads the same ones often."""
_MAX_KEY_LENGTH = 60
"""Longer keys are not compared: no name has more than 45 letters."""
_MIN_SOUND_KEY_LENGTH = 4
"""Shorter keys are not compared by sound: they sound like too much."""
_SAINT = "saint"


def name_lines(table: str, entries: Iterable[tuple[str, IndexEntry]]) -> Iterator[tuple[str, str]]:
    """Yield the lines of the table of this name as pairs of key and value, from pairs of a name's
    key (`normalise.key_of`) and its entry, in any order."""
    by_key: dict[str, list[IndexEntry]] = {}
    for key, entry in entries:
        by_key.setdefault(key, []).append(entry)
    by_key.pop("", None)
    keys = sorted(by_key)
    ranks = _ranks([min(map(prefix_sort_key, by_key[key])) for key in keys])
    groups: dict[str, list[str]] = {}
    for key, rank, sound in zip(keys, ranks, sound_keys(keys), strict=True):
        namesakes = by_key[key]
        yield f"{table}={key}", entry_text.join([str(rank), *map(entry_text.to_text, namesakes)])
        groups.setdefault(f"~{sound}", []).append(key)
    yield (
        f"{table}#",
        entry_text.join(sorted({key[at : at + 3] for key in keys for at in range(len(key) - 2)})),
    )
    for prefix, start, end in _common_prefixes(keys):
        best = heapq.nsmallest(MAX_PREFIX_RESULTS, range(start, end), key=ranks.__getitem__)
        groups[f"^{prefix}"] = [keys[at] for at in best]
    for group, members in groups.items():
        yield table + group, entry_text.join(members)
    by_fame: dict[str, tuple[list[str], list[str]]] = {}
    for key in keys:
        is_other = not any(map(is_well_known, by_key[key]))
        for group in (f"<{_start(key)} {len(key)}", f">{key[-2:]} {len(key)}"):
            by_fame.setdefault(group, ([], []))[is_other].append(key)
    for group, (known, others) in by_fame.items():
        yield table + group, entry_text.join_lists((known, others))


def _ranks(sort_keys: Sequence[tuple[int, ...]]) -> list[int]:
    """Return the rank of each sort key, by which results are ordered without their entries."""
    ranks = [0] * len(sort_keys)
    for rank, at in enumerate(sorted(range(len(sort_keys)), key=sort_keys.__getitem__)):
        ranks[at] = rank
    return ranks


def _common_prefixes(keys: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield each prefix that more than `_MIN_PRECOMPUTED_KEYS` sorted keys have, and the range of
    those that go on after it.

    Among so many neighbours, at least two of the keys sampled here stand next to each other: so
    every such prefix is one of what two neighbouring samples begin with in common.
    """
    samples = keys[:: _MIN_PRECOMPUTED_KEYS // 2]
    shared = (commonprefix(pair) for pair in pairwise(samples))  # noqa: RUF071 - no paths
    for prefix in {common[:end] for common in shared for end in range(1, len(common) + 1)}:
        start = bisect_left(keys, prefix)
        end = bisect_left(keys, prefix + "\U0010ffff", lo=start)
        if end - start > _MIN_PRECOMPUTED_KEYS:
            yield prefix, start + (keys[start] == prefix), end


class NameTable:
    """Entries by the key of their name (`normalise.key_of`). Read-only, so threads may share it."""

    def __init__(self, text: SortedText, name: str) -> None:
        """Open the table of this name in a text; it is empty where the text has none."""
        self._text = text
        self._name = name
        self._lists = lru_cache(_MAX_CACHED_GROUPS)(self._read_lists)
        self._trigrams = frozenset(self._keys("#"))

    def __contains__(self, key: str) -> bool:
        return f"{self._name}={key}" in self._text

    def keys(self) -> Iterator[str]:
        """Yield all keys, sorted."""
        for key, _value in self._with_prefix(""):
            yield key

    def exact(self, key: str) -> list[IndexEntry]:
        """Return the entries of this very key, in the order in which they were given."""
        return _entries(self._text.get(f"{self._name}={key}"))

    def has_prefix(self, prefix: str) -> bool:
        """Tell whether any key begins with this."""
        return self._text.has_prefix(f"{self._name}={prefix}")

    def best_with_prefix(self, prefix: str) -> list[str]:
        """Return the best keys that begin with this and go on, at most `MAX_PREFIX_RESULTS`."""
        ranked = (
            (int(value.partition(entry_text.RECORD_SEPARATOR)[0]), key)
            for key, value in self._with_prefix(prefix)
            if key != prefix
        )
        return self._keys(f"^{prefix}") or [
            key for _rank, key in heapq.nsmallest(MAX_PREFIX_RESULTS, ranked)
        ]

    def all_with_prefix(self, prefix: str) -> Iterator[IndexEntry]:
        """Yield the entries of all keys that begin with this, sorted by key; of a prefix with more
        than `_MAX_PREFIX_KEYS` keys those of the first."""
        for _key, value in islice(self._with_prefix(prefix), _MAX_PREFIX_KEYS):
            yield from _entries(value)

    def similar(self, key: str, known_edits: int, other_edits: int) -> dict[str, int]:
        """Return keys similar to this one, with their numbers of edits (a swap of neighbours is
        one): of well-known places within `known_edits`, of all others within `other_edits`.

        Only names with the same start or end are compared: few misspellings change both.
        """
        if not 0 < len(key) <= _MAX_KEY_LENGTH or known_edits < 1:
            return {}
        max_edits = max(known_edits, other_edits)
        min_edits = self._min_edits(key)
        if max_edits < min_edits:
            return {}
        starts = {_start(key), _start(key[1:]), *_saint_starts(key)} - {""}
        known: list[str] = []
        others: list[str] = []
        for length in range(len(key) - max_edits, len(key) + max_edits + 1):
            least_edits = max(abs(length - len(key)), min_edits)
            for group in (*(f"<{start} {length}" for start in starts), f">{key[-2:]} {length}"):
                of_known, of_others = self._lists(group)
                known += of_known if least_edits <= known_edits else ()
                others += of_others if least_edits <= other_edits else ()
        return _edits(key, known, known_edits) | _edits(key, others, other_edits)

    def same_sound(self, key: str) -> dict[str, int]:
        """Return keys that sound alike in French and are not too far by letters, with their
        numbers of edits."""
        if not _MIN_SOUND_KEY_LENGTH <= len(key) <= _MAX_KEY_LENGTH:
            return {}
        return _edits(key, self._keys(f"~{sound_key(key)}"), max(2, len(key) // 2))

    def _keys(self, group: str) -> list[str]:
        return entry_text.split(self._text.get(self._name + group))

    def _read_lists(self, group: str) -> tuple[list[str], list[str]]:
        return entry_text.split_lists(self._text.get(self._name + group))

    def _with_prefix(self, prefix: str) -> Iterator[tuple[str, str]]:
        start = len(self._name) + 1
        for key, value in self._text.with_prefix(f"{self._name}={prefix}"):
            yield key[start:], value

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


def _entries(value: str | None) -> list[IndexEntry]:
    """Return the entries of a key's line, without its rank."""
    return [entry_text.from_text(record) for record in entry_text.split(value)[1:]]


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


def _edits(key: str, keys: Sequence[str], max_edits: int) -> dict[str, int]:
    """Return those of some keys within so many edits of a key, with their numbers of edits."""
    if not keys:
        return {}
    matches = process.extract(key, keys, scorer=OSA.distance, score_cutoff=max_edits, limit=None)
    return {match: int(edits) for match, edits, _ in matches}
