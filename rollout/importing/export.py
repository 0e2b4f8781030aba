"""Texts back into the data files: what editors saved, in the form in which it is reviewed.

A file whose texts are what the database has stays as it is, byte for byte.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db.models import Model

from rollout.csv_cells import guarded, unguarded
from rollout.importing.files import TEXT_FILES, DataFile
from rollout.models import Entry, EntryText
from rollout.models.texts import Text, reference_language

HEAD = ["title", "search_words"]
TAIL = ["status", "valid_until", "origin", "reviewed_by", "reviewed_on", "translates"]
"""The lines of an entry's file that are of its text; in the reference language others between."""


def write_language(language: str, folder: Path) -> list[Path]:
    """Write the texts of a language, as the database has them, into a folder's data files.

    Returns the files that changed. Texts that are in no database stay; so do drafts in CSV files,
    which have no column for that, and texts of rows that the files do not have.
    """
    texts: list[Text] = list(EntryText.objects.filter(language=language))
    for file in TEXT_FILES:
        texts += cast("Any", file.model)._default_manager.filter(language=language)
    return write_texts(texts, folder)


def write_texts(texts: Iterable[Text], folder: Path) -> list[Path]:
    """Write texts, saved or not, into a folder's data files; return those that changed."""
    by_model: dict[type[Model], list[Any]] = {}
    for text in texts:
        by_model.setdefault(type(text), []).append(text)
    changed = []
    kinds = dict(Entry.objects.values_list("slug", "kind"))
    for text in by_model.get(EntryText, []):
        path = _entry_path(text, folder / "entries" / kinds.get(text.entry_id, ""))
        if path and _write_entry(path, text):
            changed.append(path)
    for file in TEXT_FILES:
        if _write_lines(file, by_model.get(file.model, []), folder):
            changed.append(folder / file.name)
    return changed


# --- Entries --------------------------------------------------------------------------------------


def _entry_path(text: EntryText, folder: Path) -> Path | None:
    """Return the file of a text of an entry; None for one of an entry that the files do not have.

    That of a text which begins on a day has the day in its name, or says it.
    """
    if not (folder / f"{text.entry_id}.{reference_language()}.md").is_file():
        return None
    first = folder / f"{text.entry_id}.{text.language}.md"
    if text.valid_from is None:
        return first
    if first.is_file() and _parsed(first)[0].get("valid_from") == text.valid_from:
        return first
    return folder / f"{text.entry_id}.{text.language}.{text.valid_from}.md"


def _parsed(path: Path) -> tuple[dict[str, Any], str, str]:
    """Return the front matter of a file, as values and as it is written, and the body."""
    front, body = path.read_text(encoding="utf-8").removeprefix("+++\n").split("\n+++\n", 1)
    return tomllib.loads(front), front, body.strip()


def _write_entry(path: Path, text: EntryText) -> bool:
    """Write the file of a text; return whether it changed."""
    values = {name: value for name in [*HEAD, *TAIL] if (value := getattr(text, name))}
    if text.is_public:
        del values["status"]
    body = text.body.replace("\r\n", "\n").strip()
    present, lines, present_body = _parsed(path) if path.is_file() else ({}, "", "")
    if present_body == body and values == {
        name: value for name, value in present.items() if name in [*HEAD, *TAIL]
    }:
        return False
    front = "\n".join(_front_lines(lines.splitlines(), values))
    content = f"+++\n{front}\n+++\n\n{body}\n" if body else f"+++\n{front}\n+++\n\n"
    path.write_text(content, encoding="utf-8")
    return True


def _front_lines(lines: list[str], values: Mapping[str, Any]) -> list[str]:
    """Return the lines of a front matter with other values of HEAD and TAIL."""
    named = {_name(line) or str(number): line for number, line in enumerate(lines)}
    order = [
        *(name for name in HEAD if name not in named),
        *(name for name in named if name not in TAIL),
        *TAIL,
    ]
    for name in [*HEAD, *TAIL]:
        named.pop(name, None)
    for name, value in values.items():
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
        named[name] = f"{name} = {text}"
    return [named[name] for name in order if name in named]


def _name(line: str) -> str:
    """Return the name that a line of TOML gives a value, "" if it gives none."""
    match = re.match(r"(\w+) *=", line)
    return match[1] if match else ""


# --- CSV files ------------------------------------------------------------------------------------


def _write_lines(file: DataFile, texts: Iterable[Any], folder: Path) -> bool:
    """Write the lines of texts into a CSV file; return whether it changed."""
    path = folder / file.name
    header = [*file.key, *file.columns]
    with path.open(encoding="utf-8", newline="") as lines:
        present = list(csv.DictReader(lines))
    by_key = {tuple(line[name] for name in file.key): line for line in present}
    references = [key for key in by_key if key[1] == reference_language()]
    changed = False
    for text in texts:
        line = {name: _cell(text, file.fields.get(name, name)) for name in header}
        key = tuple(line[name] for name in file.key)
        is_in_files = (key[0], reference_language()) in references
        if text.is_public and is_in_files and by_key.get(key) != line:
            by_key[key] = line
            changed = True
    if changed:
        rows = {key[0]: place for place, key in enumerate(references)}
        languages = {code: place for place, (code, _name) in enumerate(settings.LANGUAGES)}
        in_order = sorted(by_key, key=lambda key: (rows[key[0]], languages[key[1]]))
        content = io.StringIO()
        writer = csv.DictWriter(content, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(by_key[key] for key in in_order)
        path.write_text(content.getvalue(), encoding="utf-8")
    return changed


def _cell(text: Text, name: str) -> str:
    """Return a value of a text as a cell that is read as this value."""
    field: Any = text._meta.get_field(name)
    value = getattr(text, field.attname)
    cell = "" if value is None else str(value).replace("\r\n", "\n").strip()
    return cell if unguarded(cell) == cell else guarded(cell)
