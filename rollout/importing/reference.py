"""Loads the reference rows: communes and other names of places. Replaced whole, in bulk.

Nobody edits them, so they leave no history; a file whose digest is that of the last load is not
read again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import models

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


@dataclass(frozen=True)
class Table:
    """A file of reference rows: its columns, its model, and what makes a row of a line."""

    file: str
    columns: list[str]
    model: type[models.Model]
    row: Callable[[ImportLine], models.Model]


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
            table.model._default_manager.bulk_create(rows, batch_size=2000)
            ReferenceFile.objects.update_or_create(
                name=table.file, defaults={"digest": digest, "row_count": len(rows)}
            )
            replaced.append(f"{table.file}: {len(rows)} rows")
    return replaced, session.problems


def _commune(line: ImportLine) -> Commune:
    return Commune(
        insee=line.unique(line.insee("insee"), line.cells["kind"]),
        name=line.required("name", max_length=100),
        department_id=line.reference("dept", Department) or "",
        kind=line.choice("kind", CommuneKind.values),
        postcodes=line.postcodes("postcodes"),
        population=line.integer("population") if line.text("population") else 0,
        parent=line.text("parent"),
    )


def _former_name(line: ImportLine) -> FormerName:
    return FormerName(
        name=line.required("former_name", max_length=100),
        department_id=line.reference("dept_now", Department) or "",
        commune=line.insee("current_code"),
        commune_name=line.required("current_name", max_length=100),
    )


def _collectivity(line: ImportLine) -> Collectivity:
    return Collectivity(
        insee=line.unique(line.insee("insee")),
        name=line.required("name", max_length=100),
        collectivity=line.required("collectivity", max_length=3),
        collectivity_name=line.required("collectivity_name", max_length=100),
        postcodes=line.postcodes("postcodes"),
    )


def _intercommunality(line: ImportLine) -> Intercommunality:
    return Intercommunality(
        siren=line.unique(line.required("siren", max_length=9)),
        name=line.required("name", max_length=150),
        kind=line.required("type", max_length=5),
        departments=_departments(line),
        population=line.integer("population") if line.text("population") else 0,
    )


def _departments(line: ImportLine) -> str:
    """Return a cell of department codes, separated by vertical bars."""
    value = line.required("departments", max_length=60)
    unknown = set(value.split("|")) - line.session.keys(Department)
    if value and unknown:
        line.refuse("departments", f"there is no department {', '.join(sorted(unknown))}")
    return value


def _postal_locality(line: ImportLine) -> PostalLocality:
    return PostalLocality(
        name=line.required("label", max_length=100),
        postcode=line.postcodes("postcode"),
        department_id=line.reference("dept", Department) or "",
        commune=line.insee("insee"),
        street_count=line.integer("streets"),
    )


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
