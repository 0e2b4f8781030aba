"""The strings to translate: collected from code and templates, without GNU gettext."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
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


def catalogue_path(language: str) -> Path:
    """Return the path of a language's catalogue (django.po)."""
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return the translations into a language, an empty catalogue where there are none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def collect() -> Catalog:
    """Return a catalogue of every translatable string of code and templates, with its files."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for name, messages in _messages():
        for _line, message, comments, context in messages:
            catalogue.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalogue


def merge(language: str) -> tuple[int, int]:
    """Update a language's catalogue; return the numbers of its strings, all and untranslated."""
    catalogue = read(language)
    catalogue.update(collect(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = (
        "# Translations of the site's code and templates. See CONTRIBUTING.md."
    )
    catalogue.fuzzy = False
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(
            file,
            catalogue,
            width=100,
            sort_output=True,
            ignore_obsolete=True,
            omit_header=False,
            include_lineno=False,
        )
    messages = [message for message in catalogue if message.id]
    return len(messages), sum(not _is_translated(message.string) for message in messages)


def _is_translated(string: str | Sequence[str] | None) -> bool:
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
