"""Problems: which entries they are, and which of them the words in the search box mean."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from django.utils import translation
from rapidfuzz import process
from rapidfuzz.distance import OSA

from rollout.caching import fragments
from rollout.kinds import Kind
from rollout.models import Entry, EntryText
from rollout.models.texts import reference_language
from rollout.search.normalise import clean, words_of
from rollout.search.personal import is_personal

KINDS = (Kind.PROBLEM, Kind.SITUATION)
MAX_QUERY_WORDS = 20
MAX_PROBLEMS = 3
MIN_LENGTH_FOR_TYPO = 5
"""Letters of the longer of two words from which one wrong letter is a typo, not another word."""
FUNCTION_WORDS = frozenset(
    "a an and at by can do does e for from have i in is it my of on or the this to with why "
    "au aux avec ce ces d de des du elle en est et il j je l la le les m ma mes mon n ne on ou par "
    "pour pourquoi qu que s sa se son sur un une y app appli application".split()
)
NEGATIONS = frozenset("no none not without aucun aucune non pas plus sans".split())
"""They count beside another word, and mean nothing by themselves."""

Words = frozenset[str]


class ProblemIndex(NamedTuple):
    """The phrases that mean an entry of KINDS, by its pk: sets of folded words of all languages."""

    phrases: dict[str, list[Words]]
    vocabulary: Words


def problems_of(entries: Mapping[Kind, Sequence[Entry]]) -> list[Entry]:
    """Return the entries that are problems: all of that kind, then situations with search words."""
    situations = [e for e in entries[Kind.SITUATION] if e.reference_text.search_words]
    return [*entries[Kind.PROBLEM], *situations]


def find_problems(text: str, *, is_place: bool = False) -> list[Entry]:
    """Return the problems that a text means, likeliest first, at most `MAX_PROBLEMS`.

    A problem is meant where all words of one of its phrases are in the text, or all words of the
    text in one of its phrases; accents, case and one wrong letter in a longer word do not matter.
    Where the text `is_place`, the name of one, it must be a phrase word for word or contain one of
    several words.
    """
    words = _content_words(clean(text))
    if is_personal(text) or not any(_has_meaning(word) for word in words):
        return []
    with translation.override(reference_language()):  # one index for all languages
        index = fragments.get_or_set("problem index", _index)
    meant = [_similar_words(word, index.vocabulary, is_exact=is_place) for word in words]
    if not any(meant):
        return []
    scores = {
        pk: max(_score(phrase, meant, is_place=is_place) for phrase in phrases)
        for pk, phrases in index.phrases.items()
    }
    if not any(scores.values()):
        return []  # most searches are of places, and need no problem read
    problems = [e for e in fragments.get_or_set("problems", _problems) if scores.get(e.pk)]
    best = max((scores[entry.pk] for entry in problems), default=0.0)
    likely = [entry for entry in problems if scores[entry.pk] >= best / 2]
    return sorted(likely, key=lambda entry: -scores[entry.pk])[:MAX_PROBLEMS]


def _problems() -> list[Entry]:
    return problems_of(Entry.objects.by_kind(*KINDS))


def _index() -> ProblemIndex:
    texts = EntryText.public().filter(entry__kind__in=KINDS).order_by("pk")
    return _index_of(tuple(texts.values_list("entry_id", "title", "search_words")))


@lru_cache(maxsize=2)  # after an edit of anything else, these texts are the same
def _index_of(texts: tuple[tuple[str, str, str], ...]) -> ProblemIndex:
    """Return the index of texts: the pk of their problem, title, and phrases between commas."""
    phrases: dict[str, list[Words]] = {}
    for pk, title, search_words in texts:
        for phrase in filter(None, [title, *search_words.split(",")]):
            phrases.setdefault(pk, []).append(frozenset(_content_words(phrase)))
    vocabulary = frozenset(word for sets in phrases.values() for words in sets for word in words)
    return ProblemIndex(phrases, vocabulary)


def _content_words(text: str) -> list[str]:
    """Return the folded words of a text, each once, without those that say nothing."""
    words = dict.fromkeys(word for word in words_of(text) if word not in FUNCTION_WORDS)
    return list(words)[:MAX_QUERY_WORDS]


def _has_meaning(word: str) -> bool:
    return len(word) > 2 and not word.isdigit() and word not in NEGATIONS


def _similar_words(word: str, vocabulary: Words, *, is_exact: bool) -> Words:
    """Return the words of the vocabulary that a word may mean; one letter may be wrong."""
    if is_exact or not _has_meaning(word):
        return vocabulary & {word}
    similar = process.extract(word, vocabulary, scorer=OSA.distance, score_cutoff=1, limit=None)
    return frozenset(
        known
        for known, distance, _position in similar
        if distance == 0
        or (max(len(known), len(word)) >= MIN_LENGTH_FOR_TYPO and known not in NEGATIONS)
    )


def _score(phrase: Words, meant: list[Words], *, is_place: bool) -> float:
    """Return how much of a phrase and of a query is the same, from 0 (not meant) to 1."""
    matching = [words for words in meant if words & phrase]
    has_whole_phrase = all(any(word in words for words in matching) for word in phrase)
    has_whole_query = len(matching) == len(meant)
    if not phrase or not (has_whole_phrase or has_whole_query):
        return 0.0
    if is_place and not (has_whole_phrase and (has_whole_query or len(phrase) > 1)):
        return 0.0
    return min(len(matching), len(phrase)) / max(len(meant), len(phrase))
