"""Files of all departments on one day: CSV, .xlsx, GeoJSON, table schema, data package."""

import csv
import datetime
import io
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext
from pydantic import BaseModel, Field

from rollout.api.rows.base import Absolute
from rollout.api.rows.departments import DatedEnvelope, Department
from rollout.api.rows.licence import LICENCE, NAMES_BY, SHAPES_BY, attribution
from rollout.csv_cells import guarded
from rollout.kinds import page_address
from rollout.workbooks import MEDIA_TYPE, Sheet, Value, workbook_bytes

# --- The table ------------------------------------------------------------------------------------


class ColumnType(StrEnum):
    """The type of a column, as the Table Schema specification names it."""

    STRING = "string"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Column:
    """A column of the CSV file, as the schema and the data page describe it."""

    name: str
    description: str
    type: ColumnType
    is_required: bool
    is_list: bool
    codes: tuple[str, ...]
    example: str


@cache
def columns() -> tuple[Column, ...]:
    """Return the columns in their order, which is that of the fields of `Department`.

    It is a contract: v1 may add columns at the end, and neither moves, renames nor removes any.
    """
    schema = Department.model_json_schema(mode="serialization")
    return tuple(_column(name, field, schema) for name, field in schema["properties"].items())


def _column(name: str, field: dict[str, Any], schema: dict[str, Any]) -> Column:
    types = [_resolved(part, schema) for part in field.get("anyOf", [field])]
    kinds = {part.get("format") or part.get("type") for part in types}
    return Column(
        name=name,
        description=field["description"],
        type=next((kind for kind in ColumnType if kind in kinds - {"null"}), ColumnType.STRING),
        is_required={"type": "null"} not in types,
        is_list="array" in kinds,
        codes=tuple(code for part in types for code in part.get("enum", ())),
        example=_cell(field["examples"][0]),
    )


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the definition behind a reference, or the part itself."""
    name = part.get("$ref", "").rpartition("/")[2]
    return schema["$defs"][name] if name else part


def csv_text(departments: list[Department]) -> str:
    """Return the table as RFC 4180 has it, header first, safe to open in a spreadsheet.

    Without a byte order mark: see docs/decisions/0011.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(column.name for column in columns())
    for department in departments:
        cells = department.model_dump(mode="json").values()
        writer.writerow(guarded(_cell(cell)) for cell in cells)
    return text.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def workbook(
    departments: list[Department], absolute: Absolute, on: datetime.date, language: str
) -> bytes:
    """Return the table as a workbook (.xlsx): codes are text, days are dates.

    A second sheet says the day, the licence, and what the columns are, in the active language.
    Equal facts give equal bytes.
    """
    table: list[list[Value]] = [[column.name for column in columns()]]
    table += [[_value(cell) for cell in row.model_dump().values()] for row in departments]
    about: list[list[Value]] = [
        [gettext("About this table"), absolute(page_address("data"))],
        [gettext("Day of which it tells, as known today"), on],
        [gettext("Licence"), f"{LICENCE.title} ({LICENCE.name}), {LICENCE.url}"],
        [gettext("Attribution"), attribution(absolute)],
        [None, None],
    ]
    about += [[column.name, gettext(column.description)] for column in columns()]
    return workbook_bytes([Sheet("departments", table), Sheet("about", about)])


def _value(value: Any) -> Value:
    return value if isinstance(value, bool | datetime.date) else _cell(value) or None


# --- The map --------------------------------------------------------------------------------------

SHAPES = settings.DATA_FOLDER / "departments.geojson"

Position = list[float]
Ring = list[Position]


class Geometry(BaseModel):
    """The outline of a department: longitudes and latitudes of WGS84, much simplified."""

    type: Literal["Polygon", "MultiPolygon"] = Field(examples=["Polygon"])
    coordinates: list[Any] = Field(
        examples=[[[[4.8, 45.7], [4.9, 45.7], [4.9, 45.8], [4.8, 45.7]]]]
    )


class Feature(BaseModel):
    """A department with its outline."""

    type: Literal["Feature"] = Field(examples=["Feature"])
    id: str = Field(description="The INSEE code.", examples=["69"])
    properties: Department
    geometry: Geometry


class _Collection(BaseModel):
    type: Literal["FeatureCollection"] = Field(examples=["FeatureCollection"])


class FeatureCollection(DatedEnvelope, _Collection):  # so that `type` comes first
    """All departments as GeoJSON (RFC 7946), with what all answers say beside it."""

    features: list[Feature]


@cache
def shapes() -> dict[str, Geometry]:
    """Return the outline of each department by its code, wound as RFC 7946 asks.

    Raises:
        OSError, KeyError: data/departments.geojson is missing or has another form.
    """
    features = json.loads(SHAPES.read_text(encoding="utf-8"))["features"]
    return {feature["properties"]["code"]: _wound(feature["geometry"]) for feature in features}


def _wound(geometry: dict[str, Any]) -> Geometry:
    """Return a geometry whose outer rings run anticlockwise, and holes clockwise."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Polygon":
        return Geometry(type=kind, coordinates=_wound_polygon(coordinates))
    polygons = [_wound_polygon(polygon) for polygon in coordinates]
    return Geometry(type="MultiPolygon", coordinates=polygons)


def _wound_polygon(rings: list[Ring]) -> list[Ring]:
    outer, *holes = rings
    return [
        outer if _is_anticlockwise(outer) else outer[::-1],
        *(hole[::-1] if _is_anticlockwise(hole) else hole for hole in holes),
    ]


def _is_anticlockwise(ring: Ring) -> bool:
    """Return whether the area is positive by the shoelace formula."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) > 0


def features(departments: list[Department]) -> list[Feature]:
    """Return departments with their outlines, in the same order."""
    geometries = shapes()
    return [
        Feature(type="Feature", id=row.code, properties=row, geometry=geometries[row.code])
        for row in departments
    ]


# --- Their descriptions ---------------------------------------------------------------------------

CSV_TYPE = "text/csv; charset=utf-8; header=present"
XLSX_TYPE = MEDIA_TYPE
GEOJSON_TYPE = "application/geo+json"
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": XLSX_TYPE,
    "json": "application/json",
    "geojson": GEOJSON_TYPE,
}
"""The media types of the files of all departments, by the ending of their names."""


def table_schema() -> dict[str, Any]:
    """Return the Table Schema (Frictionless Data, version 1) of the CSV file."""
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json",
        "fields": [_field(column) for column in columns()],
        "primaryKey": "code",
        "missingValues": [""],
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.is_required}
    if column.name == "code":
        constraints |= {"unique": True, "pattern": "[0-9]{2,3}|2[AB]"}
    if column.codes:
        constraints["enum"] = list(column.codes)
    return {
        "name": column.name,
        "type": column.type,
        "description": column.description,
        "example": column.example,
        "constraints": constraints,
    }


def data_package(absolute: Absolute, on: datetime.date, language: str) -> dict[str, Any]:
    """Return the Data Package (Frictionless Data, version 1) of the files of one day."""

    def address(name: str) -> str:
        """Return where a file of that day and language is."""
        return absolute(f"/api/v1/{name}?on={on}&language={language}")

    licence = {"name": LICENCE.name, "title": LICENCE.title, "path": LICENCE.url}
    return {
        "$schema": "https://specs.frictionlessdata.io/schemas/data-package.json",
        "profile": "data-package",
        "name": "carte-vitale-app-by-department",
        "title": "Since when the carte Vitale app can be activated, by department of France",
        "homepage": absolute("/en/data/"),
        "licenses": [licence],
        "sources": [
            {"title": f"Names of departments and regions: {NAMES_BY}"},
            {"title": f"Shapes: {SHAPES_BY}"},
            {"title": "Facts: the pages that each row cites", "path": absolute("/en/sources/")},
        ],
        "resources": [
            {
                "name": "departments",
                "title": "Table",
                "path": address("departments.csv"),
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"lineTerminator": "\r\n"},
                "schema": absolute("/api/v1/departments.schema.json"),
                "licenses": [licence],
            },
            {
                "name": "departments-xlsx",
                "title": "The same table, for spreadsheets",
                "path": address("departments.xlsx"),
                "format": "xlsx",
                "mediatype": XLSX_TYPE,
                "licenses": [licence],
            },
            {
                "name": "departments-json",
                "title": "The same rows, with their sources",
                "path": address("departments.json"),
                "format": "json",
                "mediatype": "application/json",
                "encoding": "utf-8",
                "licenses": [licence],
            },
            {
                "name": "departments-geojson",
                "title": "The same rows, with shapes",
                "path": address("departments.geojson"),
                "format": "geojson",
                "mediatype": GEOJSON_TYPE,
                "encoding": "utf-8",
                "licenses": [licence],
            },
        ],
    }
