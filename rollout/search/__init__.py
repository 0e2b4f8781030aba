"""Search for French places: `find` returns which departments a text means, and why.

In reading order:

    results     the data types: rows of the database, entries of the index, results
    normalise   text -> plain letters, words and keys that can be compared
    vocabulary  the words beside names: streets, sentences, sorts of places
    read        query -> its parts: postcode, number, words of the town
    sorted_text lines of keys and values, searched where they lie
    entry_text  entries of the index as values of such a text
    name_table  names by key: exact, by prefix, by similar spelling or sound
    build       rows of the database -> the text of the index
    aliases     rows of the alias table -> a text of their names
    index       everything that is looked up, in those texts
    index_file  these texts in files that all processes map
    personal    social security numbers and the like, which are not searched
    expand      short forms and numbers written out where that makes a known name
    foreign     names of places abroad, which are not taken for misspellings
    rank        the order of results, and how similar a name must be
    match       words -> entries of the index
    numbers     numbers and postcodes -> departments
    steps       what the steps of a search share
    postcodes   the step for a postcode and the town beside it
    chain       the step for a town with all that it lies in
    find        the steps of a search, from the surest to the least sure
    service     the index of this process, opened or built, and kept up to date

Only `service` uses the database, and only `index_file` the disk; all else is pure functions over
an `Index`.
"""

from rollout.search.build import MONACO, index_text
from rollout.search.find import find, suggest
from rollout.search.index import Index
from rollout.search.results import (
    AliasRow,
    CollectivityRow,
    CommuneRow,
    DepartmentRow,
    FormerNameRow,
    IntercommunalityRow,
    MatchQuality,
    Note,
    Place,
    PlaceKind,
    PostalLocalityRow,
    RegionRow,
    SearchResult,
)

__all__ = [
    "MONACO",
    "AliasRow",
    "CollectivityRow",
    "CommuneRow",
    "DepartmentRow",
    "FormerNameRow",
    "Index",
    "IntercommunalityRow",
    "MatchQuality",
    "Note",
    "Place",
    "PlaceKind",
    "PostalLocalityRow",
    "RegionRow",
    "SearchResult",
    "find",
    "index_text",
    "suggest",
]  # fmt: skip
