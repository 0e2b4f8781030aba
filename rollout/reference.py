"""Loads the reference rows: communes, former names, collectivities. Replaced whole, in bulk.

Nobody edits them, so they leave no history; a file whose digest is that of the last load is not
read again.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import models

from rollout.data_lines import Line, Problem, Reading
from rollout.models import Collectivity, Commune, CommuneKind, Department, FormerName, ReferenceFile


@dataclass(frozen=True)
class Table:
    """A file of reference rows: its columns, its model, and how a line becomes a row."""

    file: str
    columns: list[str]
    model: type[models.Model]
    row: Callable[[Line], models.Model]


def load(folder: Path) -> tuple[list[str], list[Problem]]:
    """Replace the rows of each file that changed; return these files' names, and problems.

    To be called inside a transaction, which the caller rolls back when there are problems.
    """
    reading = Reading(folder)
    loaded = {file.name: file.digest for file in ReferenceFile.objects.all()}
    replaced = []
    for table in TABLES:
        path = folder / table.file
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
        if loaded.get(table.file) == digest and digest:
            continue
        rows = [table.row(line) for line in reading.lines(table.file, table.columns)]
        if not reading.problems:
            table.model._default_manager.all().delete()
            table.model._default_manager.bulk_create(rows, batch_size=2000)
            ReferenceFile.objects.update_or_create(
                name=table.file, defaults={"digest": digest, "row_count": len(rows)}
            )
            replaced.append(f"{table.file}: {len(rows)} rows")
    return replaced, reading.problems


def _commune(line: Line) -> Commune:
    return Commune(
        insee=line.once(line.insee("insee"), line.cells["kind"]),
        name=line.filled("name", most=100),
        department_id=line.reference("dept", Department) or "",
        kind=line.one_of("kind", CommuneKind.values),
        postcodes=line.postcodes("postcodes"),
        population=line.number_in("population") if line.text("population") else 0,
        parent=line.text("parent"),
    )


def _former_name(line: Line) -> FormerName:
    return FormerName(
        name=line.filled("former_name", most=100),
        department_id=line.reference("dept_now", Department) or "",
        commune=line.insee("current_code"),
        commune_name=line.filled("current_name", most=100),
    )


def _collectivity(line: Line) -> Collectivity:
    return Collectivity(
        insee=line.once(line.insee("insee")),
        name=line.filled("name", most=100),
        collectivity=line.filled("collectivity", most=3),
        collectivity_name=line.filled("collectivity_name", most=100),
        postcodes=line.postcodes("postcodes"),
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
]
