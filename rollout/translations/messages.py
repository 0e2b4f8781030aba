"""The strings to translate: collected from code and templates, without GNU gettext.

FULL_LANGUAGES have all of them; the others those that pages in every language can show.
"""

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as CatalogueMessage
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

# Line, string or plural forms, comments for translators, context: as Babel's extract yields them.
Message = tuple[int, str | tuple[str, ...], list[str], str | None]

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


FULL_LANGUAGES_ONLY = (
    # editors' pages, and what is said to whoever loads data
    "rollout/accounts/",
    "rollout/admin/",
    "rollout/apps.py",
    "rollout/checks.py",
    "rollout/facts/",
    "rollout/importing/",
    "rollout/management/",
    "rollout/markdown.py",
    "rollout/models/",
    "rollout/operations/",
    "rollout/pages/shared_previews.py",
    "rollout/translations/",
    "rollout/wording/differences.py",
    "rollout/templatetags/worklist.py",
    "site_config/",
    "templates/403.html",
    "templates/403_csrf.html",
    "templates/413.html",
    "templates/account/",
    "templates/admin/",
    "templates/bare.html",
    "templates/mfa/",
    "templates/rollout/shared_preview",
    # pages for developers, sources, the legal notice, updates
    "rollout/api/",
    "templates/rollout/data.html",
    "templates/rollout/legal.html",
    "templates/rollout/source.html",
    "templates/rollout/sources.html",
    "templates/rollout/updates.html",
)
"""The beginnings of the paths of files whose strings are shown in FULL_LANGUAGES only."""

CHOICES = re.compile(
    r'^    [A-Z_]+ = "[^"]*", _\("([^"]+)"\)|\("[a-z]+", _\("([^"]+)"\)\)', re.MULTILINE
)
"""A choice with its label in a model's file: a member of a TextChoices, or a pair in a list."""
FILES_OF_CHOICES = ("outcomes", "places", "sources", "waves")
"""The files of models whose choices pages show by their labels."""


def catalogue_path(language: str) -> Path:
    """Return the path of a language's catalogue (django.po)."""
    locale = to_locale(language)
    return Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return the translations into a language, an empty catalogue where there are none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=to_locale(language))
    with path.open("rb") as file:
        return read_po(file, locale=to_locale(language))


def collect() -> Catalog:
    """Return a catalogue of every translatable string of code and templates, with its files."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for name, messages in _messages():
        for _line, message, comments, context in messages:
            catalogue.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalogue


def collect_for(language: str) -> Catalog:
    """Return a catalogue of the strings that are shown in a language."""
    everything = collect()
    if language in settings.FULL_LANGUAGES:
        return everything
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for message in in_scope(everything, language):
        catalogue.add(
            message.id,
            locations=message.locations,
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return catalogue


def in_scope(catalogue: Catalog, language: str) -> Iterator[CatalogueMessage]:
    """Yield the messages of a catalogue with all strings that the pages of a language show."""
    labels = _labels()
    for message in catalogue:
        files = [name for name, _line in message.locations]
        is_shown = language in settings.FULL_LANGUAGES or not all(
            name.startswith(FULL_LANGUAGES_ONLY) for name in files
        )
        if message.id and (is_shown or message.id in labels):
            yield message


def _labels() -> set[str]:
    """Return the labels of choices that pages show."""
    folder = Path(settings.BASE_DIR) / "rollout" / "models"
    sources = ((folder / f"{name}.py").read_text(encoding="utf-8") for name in FILES_OF_CHOICES)
    return {label for source in sources for pair in CHOICES.findall(source) for label in pair}


def merge(language: str) -> tuple[int, int]:
    """Update a language's catalogue; return the numbers of its strings, all and untranslated."""
    catalogue = read(language)
    catalogue.update(collect_for(language), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    save(language, catalogue)
    messages = [message for message in catalogue if message.id]
    return len(messages), sum(not is_translated(message.string) for message in messages)


def save(language: str, catalogue: Catalog) -> None:
    """Write the catalogue of a language to its file."""
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write(catalogue, file)


def write(catalogue: Catalog, file: IO[bytes]) -> None:
    """Write a catalogue as PO: messages by their reference text, with their files."""
    catalogue.header_comment = (
        "# Translations of the site's code and templates. See CONTRIBUTING.md."
    )
    write_po(
        file,
        catalogue,
        width=100,
        sort_output=True,
        ignore_obsolete=True,
        omit_header=False,
        include_lineno=False,
    )


def is_translated(string: str | Sequence[str] | None) -> bool:
    """Tell whether a translation, or each of its plural forms, has been written."""
    return bool(string) and all(string or "")


def _messages() -> Iterator[tuple[str, list[Message]]]:
    """Yield (path within the project, messages) of each Python file and template."""
    root = Path(settings.BASE_DIR)
    for folder in ("rollout", "site_config"):
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), _extract(path.read_text(encoding="utf-8"))
    for path in sorted((root / "templates").rglob("*.html")):
        # Python's tokenizer checks indentation, and a template's has no meaning.
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        flat = "\n".join(line.strip() for line in source.splitlines())
        yield path.relative_to(root).as_posix(), _extract(flat)


def _extract(source: str) -> list[Message]:
    file = io.BytesIO(source.encode("utf-8"))
    return list(extract("python", file, keywords=KEYWORDS, comment_tags=["Translators:"]))
