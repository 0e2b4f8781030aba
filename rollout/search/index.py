"""The index: France's own names, those of aliases, postcodes and codes, looked up in a text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from copy import copy

from rollout.search import build, entry_text
from rollout.search.aliases import ALIASES, alias_text
from rollout.search.foreign import foreign_keys
from rollout.search.name_table import NameTable
from rollout.search.rank import exact_sort_key
from rollout.search.results import AliasRow, IndexEntry
from rollout.search.sorted_text import SortedText


class Index:
    """Everything that a search looks up. Read-only, so threads may share it.

    departments, regions    entries by code
    arrondissements         entries by the town's INSEE code, then by number ("3")
    collectivity_codes      names of overseas collectivities by number ("988")
    collectivity_postcodes  the same names by postcode of their communes
    names, aliases          entries by key: of the reference data, of the alias table
    intercommunalities      entries by the core of their names: "Grand Nancy" by "nancy"
    """

    def __init__(self, text: SortedText) -> None:
        """Open what `build.index_text` returned, without aliases.

        Raises OSError if the list of foreign names cannot be read.
        """
        foreign_keys()  # Reads the file now, not during the first search.
        self._text = text
        self.names = NameTable(text, build.NAMES)
        self.intercommunalities = NameTable(text, build.GROUPS)
        self.aliases = NameTable(SortedText(b""), ALIASES)
        self._alias_keys: Collection[str] = ()
        self.departments = self._places(build.DEPARTMENT)
        self.regions = self._places(build.REGION)
        self.arrondissements: dict[str, dict[str, IndexEntry]] = {}
        for code, part in self._places(build.ARRONDISSEMENT).items():
            town, _, number = code.partition(" ")
            self.arrondissements.setdefault(town, {})[number] = part
        self.collectivity_codes = self._values(build.COLLECTIVITY)
        self.collectivity_postcodes = self._values(build.COLLECTIVITY_POSTCODE)

    def checksum(self) -> int:
        """Return a checksum of all but the aliases."""
        return self._text.checksum()

    def alias_text(self, rows: Iterable[AliasRow]) -> bytes:
        """Return the text of the table of these aliases, whose targets are this index's entries."""
        targets: dict[str, Callable[[str], IndexEntry | None]] = {
            "departments": self.departments.get,
            "region": self.regions.get,
            "commune": self.commune,
        }
        return alias_text(rows, targets, self.collectivity_codes)

    def with_aliases(self, text: SortedText) -> Index:
        """Return a copy with what `alias_text` returned instead of its own aliases; everything
        else is shared."""
        other = copy(self)
        other.aliases = NameTable(text, ALIASES)
        other._alias_keys = frozenset(other.aliases.keys())
        return other

    def exact(self, key: str) -> list[IndexEntry]:
        """Return the entries of this key in both tables, in the order of rank.py; no alias that
        repeats a name."""
        entries = self.names.exact(key)
        if key not in self._alias_keys:
            return sorted(entries, key=exact_sort_key)
        names = {(entry.name, entry.departments) for entry in entries}
        for entry in self.aliases.exact(key):
            if (entry.today or entry.name, entry.departments) not in names:
                entries.append(entry)
        return sorted(entries, key=exact_sort_key)

    def has_key(self, key: str) -> bool:
        """Tell whether any entry has this key: cheaper than `exact`."""
        return key in self._alias_keys or key in self.names

    def has_prefix(self, prefix: str) -> bool:
        """Tell whether any key of either table begins with this."""
        return self.names.has_prefix(prefix) or self.aliases.has_prefix(prefix)

    def commune(self, code: str) -> IndexEntry | None:
        """Return the commune of an INSEE code; None if there is none of today."""
        record = self._text.get(f"{build.COMMUNE}{code}")
        return entry_text.from_text(record) if record else None

    def is_postcode(self, code: str) -> bool:
        """Tell whether a commune, in a department or overseas, has this postcode."""
        return f"{build.POSTCODE}{code}" in self._text or code in self.collectivity_postcodes

    def postcode(self, code: str) -> list[IndexEntry]:
        """Return the communes and arrondissements of a whole postcode, in the order of rank.py."""
        records = entry_text.split(self._text.get(f"{build.POSTCODE}{code}"))
        return [entry_text.from_text(record) for record in records]

    def postcodes_with_prefix(self, prefix: str) -> list[str]:
        """Return the postcodes of communes that begin with these digits, sorted."""
        return list(self._values(f"{build.POSTCODE}", prefix))

    def _values(self, kind: str, prefix: str = "") -> dict[str, str]:
        """Return the values of a kind of key, by what follows the kind in the key."""
        lines = self._text.with_prefix(kind + prefix)
        return {key.removeprefix(kind): value for key, value in lines}

    def _places(self, kind: str) -> dict[str, IndexEntry]:
        values = self._values(kind)
        return {code: entry_text.from_text(record) for code, record in values.items()}
