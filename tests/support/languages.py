"""What is wrong with a page in one of the site's languages, for tests and the crawl of all pages.

A finding is one sentence. The page is compared with the same page in English and in French: a run of
words that is the same in English but not in French has not been translated.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain, pairwise

from django.conf import settings
from django.utils.translation import get_language_info, override
from lxml import html as lxml_html

from rollout.kinds import FULL_LANGUAGES_ONLY
from rollout.pages import registry
from tests.support.addresses import ANSWERS

MIN_WORDS = 3
"""A shorter run may be the same by chance: "Android 8", "carte Vitale"."""
PROPER_NAMES = {
    "web content accessibility guidelines",  # the standard's own name
}
"""Runs in lower case that are names in every language, and are not on the page in French."""
NAME_WORDS = frozenset("carte vitale france identité assurance maladie google play".split())
"""A run has two other words at least: "France Identité in" is Italian too."""
ENGLISH_ONLY = frozenset(
    "the of and is are was it its this that you your to with for from by not when which can be has"
    " have will does at as what where who how if they their".split()
)
"""Words of which an untranslated run has one; no French run has."""
MIN_DESCRIPTION, MAX_DESCRIPTION = 40, 160
MIN_DESCRIPTION_CHINESE = 15
MAX_TITLE = 65
"""Without the name of the site; search engines cut what is longer."""
MAX_GROWTH = 1.4
"""By what titles and descriptions may be longer in translations of an English that is within:
what counts stands at their beginning."""

_WORDS = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_BREAK = re.compile(r"[.,:;!?()\[\]{}«»“”„\"/|·–—…\n0-9]+")
_DOMAINS = re.compile(r"\w+(?:\.\w+)+|[a-z]+(?:_[a-z]+)+")
"""Domains, and names of fields."""
_END = "\0"
"""Between texts: no page has this character."""
_NOT_READ = {"script", "style", "svg", "template"}
_BLOCKS = frozenset(
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 header label legend li main nav ol option p pre section summary table td th"
    " title tr ul button br".split()
)
_ATTRIBUTES = ("alt", "aria-label", "placeholder", "title")
_JSON_TEXTS = {"name", "headline", "description", "text", "abstract"}


def public_in_files() -> list[str]:
    """Return the codes that the data files make public beside FULL_LANGUAGES, as in LANGUAGES."""
    path = settings.DATA_FOLDER / "languages.csv"
    with path.open(encoding="utf-8", newline="") as file:
        public = {row["code"] for row in csv.DictReader(file) if row["stage"] == "public"}
    return [code for code, _name in settings.LANGUAGES if code in public]


@dataclass(frozen=True)
class Rendered:
    """One page as it was answered."""

    address: str
    """Path and query, from "/": the language comes first."""
    text: str
    """The HTML."""

    @property
    def language(self) -> str:
        """Return the language of its address."""
        return self.address.split("/")[1]

    @cached_property
    def tree(self) -> lxml_html.HtmlElement:
        """Return its elements."""
        return lxml_html.document_fromstring(self.text)

    @cached_property
    def alternates(self) -> dict[str, str]:
        """Return the addresses that its head gives for languages."""
        links = self.tree.xpath("/html/head/link[@rel='alternate'][@hreflang]")
        return {link.get("hreflang"): link.get("href") for link in links}

    @property
    def is_indexed(self) -> bool:
        """Tell whether search engines may have it."""
        return not self.tree.xpath("/html/head/meta[@name='robots'][contains(@content,'noindex')]")

    def texts(self, *, leave_out: str) -> Iterator[str]:
        """Yield its texts without elements whose language is `leave_out`, or not to be translated.

        A text ends where a block or an element of another language begins.
        """
        yield from self._texts_of(self.tree, self.language, leave_out)
        for script in self.tree.xpath("//script[@type='application/ld+json']"):
            yield from _texts_of_json(json.loads(script.text))
        for meta in self.tree.xpath("/html/head/meta[@content]"):
            if re.search(r"description|title|image:alt|site_name", _meta_name(meta)):
                yield meta.get("content")

    def _texts_of(self, root: lxml_html.HtmlElement, language: str, out: str) -> Iterator[str]:
        pieces: list[str] = []

        def walk(element: lxml_html.HtmlElement, language: str) -> None:
            if not isinstance(element.tag, str) or element.tag in _NOT_READ:
                return
            if element.get("translate") == "no":
                pieces.append(_END)
                return
            here = element.get("lang", language)
            is_left_out = here == out != self.language
            ends = _END if element.tag in _BLOCKS or here != language else ""
            pieces.append(ends)
            if not is_left_out:
                pieces.extend(
                    f"{_END}{element.get(n)}{_END}" for n in _ATTRIBUTES if element.get(n)
                )
                pieces.append(element.text or "")
            for child in element:
                walk(child, here)
                pieces.append("" if is_left_out else child.tail or "")
            pieces.append(ends)

        walk(root, language)
        yield from "".join(pieces).split(_END)


def _meta_name(meta: lxml_html.HtmlElement) -> str:
    return meta.get("name") or meta.get("property") or ""


def _texts_of_json(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and name in _JSON_TEXTS:
                yield inner
            elif not isinstance(inner, str):
                yield from _texts_of_json(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_of_json(inner)


@cache
def _names_of_places() -> re.Pattern[str]:
    """Return what matches the names of regions and departments, the longest first."""
    names: set[str] = set()
    for file_name in ("regions.csv", "departments.csv"):
        with (settings.DATA_FOLDER / file_name).open(encoding="utf-8", newline="") as file:
            names |= {row["name"] for row in csv.DictReader(file)}
    alternatives = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(rf"\b(?:{alternatives})\b")


def runs(texts: Iterator[str]) -> Iterator[list[str]]:
    """Yield the runs of words, in lower case: punctuation, numbers, domains, names of places end one."""
    for text in texts:
        spaced = _DOMAINS.sub("/", _names_of_places().sub("/", " ".join(text.split())))
        for part in _BREAK.split(spaced):
            words = [word.lower() for word in _WORDS.findall(part)]
            if len(words) >= MIN_WORDS:
                yield words


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(len(words) - MIN_WORDS + 1):
        yield tuple(words[start : start + MIN_WORDS])


def left_over(page: Rendered, english: Rendered, french: Sequence[Rendered]) -> list[str]:
    """Return the runs of three words and more that the page has in English and does not mark.

    Marked is what stands in an element with lang="en" or translate="no". What the French pages say
    too, unmarked or as French, is a French word or a name; a French page itself is measured by
    words that are English only.
    """
    of_english = {part for run in runs(english.texts(leave_out="")) for part in _shingles(run)}
    if page.language == "fr":
        allowed = {part for part in of_english if ENGLISH_ONLY.isdisjoint(part)}
    else:
        texts = chain.from_iterable(one.texts(leave_out="en") for one in french)
        allowed = {part for run in runs(texts) for part in _shingles(run)}
    found: dict[str, None] = {}
    for run in runs(page.texts(leave_out="en")):
        hits = [part in of_english and part not in allowed for part in _shingles(run)]
        start = None
        for position, (is_hit, is_next) in enumerate(pairwise([*hits, False])):
            start = position if is_hit and start is None else start
            if is_hit and not is_next and start is not None:
                words = run[start : position + MIN_WORDS]
                text = " ".join(words)
                others = [word for word in words if word not in NAME_WORDS]
                if text not in PROPER_NAMES and len(others) > 1:
                    found[text] = None
                start = None
    return list(found)


@dataclass
class Site:
    """The answers of a site, of which English and French ones are compared with many others."""

    get: Callable[[str], tuple[int, str, str]]
    """Returns status, content and `Location` for a path; follows no redirect."""
    origin: str
    """With which the addresses of canonical links begin, such as http://testserver."""
    languages: Sequence[str]
    """The codes of its public languages."""
    _pages: dict[str, Rendered | None] = field(default_factory=dict)

    def page(self, address: str) -> Rendered | None:
        """Return a page, None if the answer is not 200; those in English and French are cached."""
        if address in self._pages:
            return self._pages[address]
        status, content, _location = self.get(address)
        page = Rendered(address, content) if status == 200 else None
        if address.split("/")[1] in settings.FULL_LANGUAGES:
            self._pages[address] = page
        return page

    def findings(self, address: str) -> list[str]:
        """Return what is wrong with the page at an address, in sentences."""
        page = self.page(address)
        if page is None:
            return ["is not there"]
        _slash, language, rest = address.split("/", 2)
        english, french = (self.page(f"/{code}/{rest}") for code in settings.FULL_LANGUAGES)
        if english is None or french is None:
            return ["is not there in English and French"]
        glossary = self.page("/fr/glossary/") or french
        runs_left = left_over(page, english, [french, glossary]) if language != "en" else []
        return [
            *_about_the_frame(page),
            *self._about_languages(page),
            *(f"is in English: “{text}”" for text in runs_left),
        ]

    def _about_languages(self, page: Rendered) -> Iterator[str]:
        _slash, language, rest = page.address.split("/", 2)
        is_in_all = rest.split("/")[0] not in FULL_LANGUAGES_ONLY
        languages = self.languages if is_in_all else settings.FULL_LANGUAGES
        canonical = page.tree.xpath("/html/head/link[@rel='canonical']/@href")
        if "?" in page.address:
            if page.alternates:
                yield "has a query, and alternates for search engines"
            return
        if not page.is_indexed:
            yield "cannot be read whole in its language: noindex"
            return
        if canonical != [self.origin + page.address]:
            yield f"has another canonical address: {canonical}"
        if page.alternates:
            expected = {code: f"{self.origin}/{code}/{rest}" for code in languages}
            expected["x-default"] = expected["en"]
            if page.alternates != expected:
                differing = sorted(page.alternates.items() ^ expected.items())
                yield f"has other alternates than the languages of the site: {differing}"
        in_menu = {link.get("hreflang") for link in page.tree.xpath("//header//a[@hreflang]")}
        if not_linked := set(languages) - {language} - in_menu:
            yield f"has no way to {sorted(not_linked)}"


def _about_the_frame(page: Rendered) -> Iterator[str]:
    root, language = page.tree, page.language
    direction = "rtl" if get_language_info(language)["bidi"] else "ltr"
    if (root.get("lang"), root.get("dir")) != (language, direction):
        yield f"says lang={root.get('lang')} dir={root.get('dir')}"
    if len(root.xpath("//h1")) != 1:
        yield f"has {len(root.xpath('//h1'))} h1"
    titles = root.xpath("/html/head/title/text()")
    name = titles[0].rpartition(" – ")[0].strip() if len(titles) == 1 else ""
    growth = 1 if language in settings.FULL_LANGUAGES else MAX_GROWTH
    if not name or (page.is_indexed and len(name) > MAX_TITLE * growth):
        yield f"has a title of {len(name)} characters: {name}"
    descriptions = root.xpath("/html/head/meta[@name='description']/@content")
    length = len(descriptions[0]) if len(descriptions) == 1 else 0
    shortest = MIN_DESCRIPTION_CHINESE if language.startswith("zh") else MIN_DESCRIPTION
    if page.is_indexed and not shortest <= length <= MAX_DESCRIPTION * growth:
        yield f"has a description of {length} characters"
    locale = root.xpath("/html/head/meta[@property='og:locale']/@content")
    if locale and not locale[0].startswith(language[:2]):
        yield f"has og:locale {locale}"


# --- Which pages ----------------------------------------------------------------------------------

STATES = [
    "?q=69",
    "?q=bretagne",
    "?q=nowhere+known",
    "?q=saint-denis",
    "departments/?region=84&wave=pilot-2023&sort=day",
    "departments/976-mayotte/?on=2025-06-01",
    "regions/bretagne/?on=2025-06-01",
    "rollout/?on=yesterday",
    f"can-i/?document=titre-de-sejour&{ANSWERS}",
    f"can-i/?document=foreign-passport&{ANSWERS}",
    f"can-i/?document=expired&{ANSWERS}&department=75&on=2025-04-01",
    "can-i/?document=none-of-these",
    "can-i/?document=titre-de-sejour&step=scheme",
]
"""Paths after the language, of answers: what is not in the sitemaps."""


def paths_by_kind() -> dict[str, list[str]]:
    """Return the paths after the language of the pages of each kind that all languages have."""
    with override("en"):
        rows = registry.PageRows()
        return {
            kind.name: [page.path.removeprefix("/en/") for page in kind.build(rows)]
            for kind in registry.PAGES
            if kind.is_in_every_language
        }


def sampled(
    language: str, languages: Sequence[str], by_kind: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return paths after the language: one of every second kind, its share of STATES.

    The next of `languages` has the other kinds, and another page of those with many; together they
    have all STATES.
    """
    place = languages.index(language)
    samples = [
        paths[place * len(paths) // len(languages)]
        for number, paths in enumerate(by_kind.values())
        if paths and number % 2 == place % 2
    ]
    return [*samples, *STATES[place :: len(languages)]]
