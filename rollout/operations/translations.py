"""The strings to translate: collected from code and templates, without GNU gettext."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def catalogue_path(language: str) -> Path:
    """Return where the translations into a language are kept."""
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return the translations into a language, an empty catalogue where there are none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def collect() -> Catalog:
    """Return every string of code and templates that is to be translated, and where it stands."""
    found = Catalog(charset="utf-8", fuzzy=False)
    for name, messages in _messages():
        for _line, message, comments, context in messages:
            found.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return found


def merge(language: str) -> tuple[int, int]:
    """Write a language's catalogue anew with today's strings; return all and untranslated."""
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


def _messages() -> Iterator[tuple[str, list[Any]]]:
    """Yield each file of code or template, by its name in the project, with what it holds."""
    root = Path(settings.BASE_DIR)
    for folder in ("rollout", "site_config"):
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), _extract(path.read_text(encoding="utf-8"))
    for path in sorted((root / "templates").rglob("*.html")):
        # Python's tokenizer minds indentation; what is left of a template's is of no meaning.
        source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        flat = "\n".join(line.strip() for line in source.splitlines())
        yield path.relative_to(root).as_posix(), _extract(flat)


def _extract(source: str) -> list[Any]:
    file = io.BytesIO(source.encode("utf-8"))
    return list(extract("python", file, keywords=KEYWORDS, comment_tags=["Translators:"]))
