"""Loads the reference rows: communes and other names of places. Replaced whole, in bulk.

Nobody edits them, so they leave no history; a file whose digest is that of the last load is not
read again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, models

from rollout.importing.cells import ImportLine, ImportSession, Problem
from rollout.models import (
    Collectivity,
    Commune,
    CommuneKind,
    Department,
    FormerName,
    Intercommunality,
    PostalLocality,
    ReferenceFile,
)

Row = dict[str, Any]
"""A row's values, by column."""
KINDS = CommuneKind.values


@dataclass(frozen=True)
class Table:
    """A file of reference rows: its columns, its model, and what makes a row's values of a line."""

    file: str
    columns: list[str]
    model: type[models.Model]
    row: Callable[[ImportLine], Row]


def load_reference(folder: Path) -> tuple[list[str], list[Problem]]:
    """Replace the rows of each file that changed since the last load.

    Returns a line for each such file, "communes.csv: 37422 rows", and every problem. To be called
    in a transaction, after departments are loaded; the caller rolls back when there are problems.
    """
    session = ImportSession(folder)
    digests = {file.name: file.digest for file in ReferenceFile.objects.all()}
    replaced = []
    for table in TABLES:
        path = folder / table.file
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
        if digests.get(table.file) == digest and digest:
            continue
        rows = [table.row(line) for line in session.lines(table.file, table.columns)]
        if not session.problems:
            table.model._default_manager.all().delete()
            _insert(table.model, rows)
            ReferenceFile.objects.update_or_create(
                name=table.file, defaults={"digest": digest, "row_count": len(rows)}
            )
            replaced.append(f"{table.file}: {len(rows)} rows")
    return replaced, session.problems


def _insert(model: type[models.Model], rows: list[Row]) -> None:
    """Insert rows of a model, without instances: of 37,000 they would cost half of a load."""
    quote = connection.ops.quote_name
    columns = list(rows[0]) if rows else []
    names, marks = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
    query = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(query, [tuple(row.values()) for row in rows])


def _commune(line: ImportLine) -> Row:
    return {
        "insee": line.unique(line.insee("insee"), line.cells["kind"]),
        "name": line.required("name", max_length=100),
        "department_id": line.reference("dept", Department) or "",
        "kind": line.choice("kind", KINDS),
        "postcodes": line.postcodes("postcodes"),
        "population": line.integer("population") if line.text("population") else 0,
        "parent": line.text("parent"),
    }


def _former_name(line: ImportLine) -> Row:
    return {
        "name": line.required("former_name", max_length=100),
        "department_id": line.reference("dept_now", Department) or "",
        "commune": line.insee("current_code"),
        "commune_name": line.required("current_name", max_length=100),
    }


def _collectivity(line: ImportLine) -> Row:
    return {
        "insee": line.unique(line.insee("insee")),
        "name": line.required("name", max_length=100),
        "collectivity": line.required("collectivity", max_length=3),
        "collectivity_name": line.required("collectivity_name", max_length=100),
        "postcodes": line.postcodes("postcodes"),
    }


def _intercommunality(line: ImportLine) -> Row:
    return {
        "siren": line.unique(line.required("siren", max_length=9)),
        "name": line.required("name", max_length=150),
        "kind": line.required("type", max_length=5),
        "departments": _departments(line),
        "population": line.integer("population") if line.text("population") else 0,
    }


def _departments(line: ImportLine) -> str:
    """Return a cell of department codes, separated by vertical bars."""
    value = line.required("departments", max_length=60)
    unknown = set(value.split("|")) - line.session.keys(Department)
    if value and unknown:
        line.refuse("departments", f"there is no department {', '.join(sorted(unknown))}")
    return value


def _postal_locality(line: ImportLine) -> Row:
    return {
        "name": line.required("label", max_length=100),
        "postcode": line.postcodes("postcode"),
        "department_id": line.reference("dept", Department) or "",
        "commune": line.insee("insee"),
        "street_count": line.integer("streets"),
    }


TABLES = [
    Table(
        "communes.csv",
        ["insee", "name", "dept", "kind", "postcodes", "population", "parent"],
        Commune,
        _commune,
    ),
    Table(
        "former_names.csv",
        ["former_name", "dept_now", "old_code", "current_code", "current_name", "source"],
        FormerName,
        _former_name,
    ),
    Table(
        "collectivities.csv",
        ["insee", "name", "collectivity", "collectivity_name", "postcodes"],
        Collectivity,
        _collectivity,
    ),
    Table(
        "intercommunalities.csv",
        ["siren", "name", "type", "departments", "population"],
        Intercommunality,
        _intercommunality,
    ),
    Table(
        "postal_localities.csv",
        ["label", "postcode", "insee", "commune", "dept", "streets"],
        PostalLocality,
        _postal_locality,
    ),
]
