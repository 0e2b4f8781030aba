"""Reads the data files: the rows that they hold, each with its place, and every problem.

A folder of data holds CSV files and Markdown entries; rollout/data/README.md describes them.
READERS says which column of which file is which field; a cell's type follows from its field.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.text import slugify

from rollout.importing.cells import ImportLine, ImportRow, ImportSession, Problem
from rollout.models import (
    Acceptance,
    ActivationRoute,
    ActivationRouteText,
    Alias,
    Department,
    DepartmentText,
    Entry,
    EntryText,
    HealthScheme,
    HealthSchemeText,
    IdentityDocument,
    IdentityDocumentText,
    Language,
    Region,
    Source,
    SourceText,
    TextStatus,
    Wave,
    WaveText,
)
from rollout.models.entry_texts import refuse_overlaps
from rollout.models.texts import Text, reference_language

ROLLOUT = "rollout.csv"
CHECK_COLUMNS = ["certainty", "sources", "last_checked", "check_again_by"]
DEPARTMENT_COLUMNS = [
    "wave",
    "not_before",
    "opened_on",
    "precision",
    "suspended_from",
    "suspended_until",
]
ROLLOUT_COLUMNS = ["code", "name", *DEPARTMENT_COLUMNS, *CHECK_COLUMNS]
ENTRY_COLUMNS = [
    "position",
    "route",
    "french_words",
    "picture",
    "ask",
    "day",
    "day_precision",
    "speaks_of",
    *CHECK_COLUMNS,
]


@dataclass(frozen=True)
class DataFile:
    """A CSV file whose lines are rows of a model: the columns of the key, then the others."""

    name: str
    model: type[models.Model]
    key: Sequence[str]
    columns: Sequence[str]
    fields: Mapping[str, str] = field(default_factory=dict)
    """The field of a column, where their names differ."""
    max_lengths: Mapping[str, int] = field(default_factory=dict)
    """The most characters of a text column, where it is not 500."""
    added: Callable[[dict[str, Any]], dict[str, Any]] = lambda _values: {}
    """Values that a row has beside its cells, made of these."""

    def read(self, session: ImportSession) -> None:
        """Add the rows of the file, and the problems with them, to a session."""
        for line in session.lines(self.name, [*self.key, *self.columns]):
            key, values = (
                line.values(self.model, columns, self.fields, self.max_lengths)
                for columns in (self.key, self.columns)
            )
            line.add_row(self.model, key, values | self.added(values))


def _read_departments(session: ImportSession) -> None:
    """Read departments.csv (what each is) and rollout.csv (since when the app works there)."""
    places: dict[str, tuple[int, dict[str, Any]]] = {}
    for line in session.lines("departments.csv", ["code", "name", "region"]):
        code = line.required("code")
        if code in places:
            line.refuse("code", f"{code} is here twice, first in line {places[code][0]}")
        places[code] = (line.number, line.values(Department, ["name", "region"]))
    missing = dict(places)
    for line in session.lines(ROLLOUT, ROLLOUT_COLUMNS):
        code, name = line.required("code"), line.required("name")
        if code not in places:
            line.refuse("code", f'there is no department "{code}" in departments.csv')
            continue
        missing.pop(code, None)
        _, place = places[code]
        if name != place["name"]:
            line.refuse("name", f"{code} is {place['name']}, not {name}")
        _add_department(line, place)
    for code, (number, _) in missing.items():
        reason = f"{code} has no line in rollout.csv"
        session.problems.append(Problem("departments.csv", number, "code", reason))


def _add_department(line: ImportLine, place: dict[str, Any]) -> None:
    """Add a line of rollout.csv as a row of Department, with the values of departments.csv."""
    facts = line.values(Department, [*DEPARTMENT_COLUMNS, *CHECK_COLUMNS])
    line.add_row(Department, {"code": line.text("code")}, place | facts)


@dataclass(frozen=True)
class _EntryFile:
    """The file of a text of an entry: entries/<kind>/<slug>.<language>.md, or ....<day>.md.

    The day, in a text that takes the place of another, is its first.
    """

    path: Path
    slug: str
    language: str
    day: str

    @classmethod
    def of(cls, path: Path) -> "_EntryFile":
        """Return what the name of a file says; language and day are "" where it does not."""
        slug, language, day, *_rest = [*path.stem.split(".", 2), "", ""]
        return cls(path, slug, language, day)

    @property
    def order(self) -> tuple[object, ...]:
        """Return its place in reading: the reference language first, the earlier text first."""
        is_translation = self.language != reference_language()
        return is_translation, self.path.parent, self.slug, self.language, self.day


def _read_entries(session: ImportSession) -> None:
    """Read the files of entries, the reference language of each first."""
    files = map(_EntryFile.of, (session.folder / "entries").glob("*/*.md"))
    references = set()
    texts: dict[tuple[str, str], list[EntryText]] = {}
    for file in sorted(files, key=lambda file: file.order):
        content = session.text_of(file.path)
        line = _front_matter(session, file.path, content) if content is not None else None
        if line is None or content is None:
            continue
        key = (file.path.parent, file.slug)
        if file.language == reference_language() and not file.day:
            references.add(key)
            values = line.values(Entry, ENTRY_COLUMNS)
            line.add_row(Entry, {"slug": file.slug}, {"kind": file.path.parent.name, **values})
        elif key not in references:
            line.refuse("", f"there is no {file.slug}.{reference_language()}.md beside it")
            continue
        text = _add_entry_text(line, file, content.split("\n+++\n", 1)[1].strip())
        others = texts.setdefault((file.slug, file.language), [])
        _refuse_overlap(line, [*others, text])
        others.append(text)


def _add_entry_text(line: ImportLine, file: _EntryFile, body: str) -> EntryText:
    """Add the text of an entry's file to the session, and return it, not saved."""
    line.cells["language"] = file.language
    if file.day and str(line.cells.setdefault("valid_from", file.day)) != file.day:
        line.refuse("valid_from", f"it is not {file.day}, the day in the name of the file")
    is_reference = file.language == reference_language()
    key = {
        "entry_id": file.slug,
        **line.values(EntryText, ["language"]),
        "valid_from": line.day("valid_from"),
    }
    values = {
        **line.values(
            EntryText, ["title", "search_words", "reviewed_by", "reviewed_on", "valid_until"]
        ),
        "body": body,
        "status": line.text("status") or TextStatus.PUBLISHED,
        "origin": line.text("origin"),
        "translates": "" if is_reference else line.required("translates"),
    }
    line.add_row(EntryText, key, values)
    return EntryText(**key, **values)


def _refuse_overlap(line: ImportLine, texts: list[EntryText]) -> None:
    try:
        refuse_overlaps(texts)
    except ValidationError as error:
        line.refuse("valid_from", " ".join(error.messages))


def _front_matter(session: ImportSession, path: Path, text: str) -> ImportLine | None:
    """Return the TOML between the two +++ lines at the top of an entry as one line; None if bad."""
    name = path.relative_to(session.folder).as_posix()
    opening, separator, rest = text.partition("+++\n")
    front, closing, _ = rest.partition("\n+++\n")
    if opening or not separator or not closing:
        session.problems.append(Problem(name, 1, "", "no TOML between +++ lines at its top"))
        return None
    try:
        return ImportLine(session, name, 1, tomllib.loads(front))
    except tomllib.TOMLDecodeError as error:
        session.problems.append(Problem(name, 1, "", f"between the +++ lines: {error}"))
        return None


def _texts(
    name: str,
    model: type[Text],
    owner: str,
    columns: list[str],
    key: str = "slug",
    **max_lengths: int,
) -> DataFile:
    """Return the file of the texts of a model's rows, whose key is the row's and the language."""
    columns = [*columns, "origin", "reviewed_by", "reviewed_on", "translates"]
    return DataFile(name, model, [key, "language"], columns, {key: owner}, max_lengths)


SOURCE_TEXTS = _texts("source_texts.csv", SourceText, "source", ["description"])
WAVE_TEXTS = _texts("wave_texts.csv", WaveText, "wave", ["name", "note"])
DEPARTMENT_TEXTS = _texts(
    "department_texts.csv", DepartmentText, "department", ["note"], key="code", note=1000
)
ROUTE_TEXTS = _texts(
    "activation_route_texts.csv", ActivationRouteText, "route", ["name", "who", "waiting"], who=2000
)
DOCUMENT_TEXTS = _texts(
    "identity_document_texts.csv", IdentityDocumentText, "document", ["name", "note"], note=2000
)
SCHEME_TEXTS = _texts(
    "health_scheme_texts.csv", HealthSchemeText, "scheme", ["name", "note"], note=2000
)
TEXT_FILES = (
    SOURCE_TEXTS,
    WAVE_TEXTS,
    DEPARTMENT_TEXTS,
    ROUTE_TEXTS,
    DOCUMENT_TEXTS,
    SCHEME_TEXTS,
)
"""The CSV files with the texts of rows; those of entries are in entries/."""

READERS: Sequence[Callable[[ImportSession], None]] = [
    DataFile(
        "sources.csv",
        Source,
        ["slug"],
        ["url", "publisher", "published_on", "published_precision", "language", "official"],
    ).read,
    DataFile("languages.csv", Language, ["code"], ["stage"]).read,
    SOURCE_TEXTS.read,
    DataFile(
        "regions.csv",
        Region,
        ["code"],
        ["name", "zone"],
        added=lambda values: {"slug": slugify(values["name"])},
    ).read,
    DataFile(
        "waves.csv", Wave, ["slug"], ["position", "sources", "last_checked", "check_again_by"]
    ).read,
    WAVE_TEXTS.read,
    _read_departments,
    DEPARTMENT_TEXTS.read,
    DataFile(
        "activation_routes.csv",
        ActivationRoute,
        ["slug"],
        ["position", "by_department", "opened_on", "minimum_age", *CHECK_COLUMNS],
    ).read,
    DataFile("identity_documents.csv", IdentityDocument, ["slug"], ["position"]).read,
    DataFile(
        "acceptances.csv",
        Acceptance,
        ["document", "route", "since"],
        ["outcome", *CHECK_COLUMNS],
        added=lambda _values: {"is_active": True},
    ).read,
    DataFile(
        "health_schemes.csv",
        HealthScheme,
        ["slug"],
        ["position", "outcome", "minimum_age", *CHECK_COLUMNS],
    ).read,
    _read_entries,  # to which the texts below link
    ROUTE_TEXTS.read,
    DOCUMENT_TEXTS.read,
    SCHEME_TEXTS.read,
    DataFile(
        "aliases.csv",
        Alias,
        ["alias", "kind", "target_type", "target_code"],
        ["lang", "source"],
        {"alias": "name", "target_code": "target_codes", "lang": "language"},
        added=lambda _values: {"is_active": True},
    ).read,
]
"""The reader of each file, parents first."""


def read_files(folder: Path) -> tuple[list[ImportRow], list[Problem]]:
    """Return the rows of a folder's files, parents first, and every problem, in that order too.

    Reads the database for keys that rows refer to; raises nothing for what files hold.
    """
    session = ImportSession(folder)
    for read_file in READERS:
        read_file(session)
    return session.rows, session.problems
