"""The entries to which a text can link: by a part of their title, or near a link that is dead."""

from typing import NamedTuple

from django.utils.translation import get_language, gettext
from rapidfuzz import fuzz

from rollout.kinds import Kind
from rollout.models import EntryText, TextStatus
from rollout.models.texts import DEAD_LINK, reference_language, text_day
from rollout.search.normalise import fold

MAX_NEAREST = 3
MIN_LIKENESS = 65
"""Of two names, from 0 to 100: below it one is no likely misspelling of the other."""
SAME_KIND = 9
"""What an entry of the same kind gains in likeness."""


class LinkTarget(NamedTuple):
    """An entry as the target of a link.

    `title` is that of the requested language if there is one, else that of the reference language.
    `names` are its folded titles in all languages, and the words of its short name.
    """

    kind: Kind
    slug: str
    title: str
    language: str
    is_shown: bool
    names: tuple[str, ...]

    @property
    def target(self) -> str:
        """Return what stands in the brackets of a link: "term:cpam"."""
        return f"{self.kind.value}:{self.slug}"

    @property
    def label(self) -> str:
        """Return its kind in words, and whether readers do not see it today."""
        label = str(self.kind.label)
        return label if self.is_shown else gettext("%(kind)s, not shown today") % {"kind": label}

    def likeness(self, folded: str) -> float:
        """Return how much like a folded name one of its names is, from 0 to 100.

        To have its words among others counts a little less than to be spelled much like it.
        """
        return max(
            max(fuzz.ratio(folded, name), 0.9 * fuzz.token_set_ratio(folded, name))
            for name in self.names
        )


def link_targets(language: str = "") -> list[LinkTarget]:
    """Return all entries that have a text, by kind and in reading order: one query.

    Their titles are in that language; "" is the active one.
    """
    language = language or get_language() or ""
    by_entry: dict[str, list[EntryText]] = {}
    texts = EntryText.objects.select_related("entry")
    for text in texts.order_by("entry__kind", "entry__position", "entry", "language"):
        by_entry.setdefault(text.entry_id, []).append(text)
    return [_link_target(texts, language) for texts in by_entry.values()]


def _link_target(texts: list[EntryText], language: str) -> LinkTarget:
    entry = texts[0].entry
    by_language = {text.language: text for text in texts}
    reference = by_language.get(reference_language(), texts[0])
    shown = by_language.get(language, reference)
    is_shown = any(
        text.language == reference_language()
        and text.status == TextStatus.PUBLISHED
        and text.is_of_day(text_day())
        for text in texts
    )
    names = tuple(dict.fromkeys([*(fold(text.title) for text in texts), fold(entry.pk)]))
    return LinkTarget(Kind(entry.kind), entry.pk, shown.title, shown.language, is_shown, names)


def search(query: str, language: str = "") -> list[LinkTarget]:
    """Return the entries that have all words of a query in one name, the short names first.

    The query is part of a title in any language, or of a short name. First come names that begin
    with it; where no name has all words, MAX_NEAREST that are much like it. Nothing for no words.
    `language` is that of the titles returned, as for `link_targets`.
    """
    folded = fold(query)
    words = folded.split()
    if not words:
        return []
    targets = link_targets(language)
    matches = [t for t in targets if any(all(word in n for word in words) for n in t.names)]
    if not matches:
        return _most_alike({target: target.likeness(folded) for target in targets}, MAX_NEAREST)
    begins = {t.slug for t in matches if any(name.startswith(folded) for name in t.names)}
    return sorted(matches, key=lambda t: (t.slug not in begins, len(t.title)))


def nearest(dead: str) -> list[LinkTarget]:
    """Return the entries most like a link that leads nowhere, such as "term:cpma": MAX_NEAREST.

    Of entries that are as much like it, those of its kind come first.
    """
    kind, _colon, slug = dead.rpartition(":")
    folded = fold(slug)
    likeness = {target: target.likeness(folded) for target in link_targets()}
    return _most_alike(
        {t: value + SAME_KIND * (t.kind.value == kind) for t, value in likeness.items()},
        MAX_NEAREST,
    )


def _most_alike(likeness: dict[LinkTarget, float], count: int) -> list[LinkTarget]:
    near = [target for target, value in likeness.items() if value >= MIN_LIKENESS]
    return sorted(near, key=lambda target: -likeness[target])[:count]


def dead_link_sentence(target: str) -> str:
    """Return that a link leads nowhere, and which entries are nearest to it, by title."""
    problem = DEAD_LINK % {"target": target}
    near = nearest(target)
    if not near:
        advice = gettext("Nothing has a name like it: search for the entry by its title.")
        return f"{problem} {advice}"
    names = ", ".join(f"“{entry.title}” ({entry.target})" for entry in near)
    question = gettext("Is it one of these? %(names)s") % {"names": names}
    return f"{problem} {question}"
