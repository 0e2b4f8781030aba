"""The files of all departments on one day, under /api/v1/, and what describes them to programs."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Query

from rollout.api import catalogues, exports
from rollout.api.endpoint import api, content
from rollout.api.parameters import DayQuery
from rollout.api.responses import Departments
from rollout.api.rows.departments import snapshot_with_sources
from rollout.api.rows.licence import attribution
from rollout.api.views import department_rows, departments_response, envelope, facts_of


def _download(
    params: DayQuery, ending: str, content: str | bytes, media_type: str = "application/json"
) -> HttpResponse:
    """Return a file whose name says its day and language."""
    response = HttpResponse(content, media_type)
    name = f"departments-{params.on}-{params.language}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@api.get(
    "/departments.csv",
    summary=_("All departments on one day, as a table"),
    openapi_extra=content("text/csv", {"type": "string"}),
)
def departments_csv(request: HttpRequest, params: Query[DayQuery]) -> HttpResponse:
    """Write every department as a line of CSV (RFC 4180): UTF-8, header first."""
    rows = snapshot_with_sources(params.on).rows
    text = exports.csv_text(department_rows(request, params, rows))
    return _download(params, "csv", text, exports.CSV_TYPE)


# For people who open a file, and in no description for programs: a workbook is a media type that
# generators of clients do not know.
@api.get(
    "/departments.xlsx",
    summary=_("All departments on one day, as a table for spreadsheets"),
    include_in_schema=False,
)
def departments_xlsx(request: HttpRequest, params: Query[DayQuery]) -> HttpResponse:
    """Write the table of departments.csv as a workbook; its second sheet says day and licence."""
    rows = snapshot_with_sources(params.on).rows
    departments = department_rows(request, params, rows)
    absolute = request.build_absolute_uri
    file = exports.workbook(departments, absolute, params.on, params.language)
    return _download(params, "xlsx", file, exports.XLSX_TYPE)


@api.get(
    "/departments.json",
    response=Departments,
    summary=_("All departments on one day, as JSON, with their sources"),
)
def departments_json(request: HttpRequest, params: Query[DayQuery]) -> HttpResponse:
    """Answer as /departments does, as a file to keep."""
    rows = snapshot_with_sources(params.on).rows
    return _download(params, "json", departments_response(request, params, rows).model_dump_json())


@api.get(
    "/departments.geojson",
    summary=_("All departments on one day, as GeoJSON, with their shapes"),
    openapi_extra=content(exports.GEOJSON_TYPE, {"$ref": "#/components/schemas/FeatureCollection"}),
)
def departments_geojson(request: HttpRequest, params: Query[DayQuery]) -> HttpResponse:
    """Draw every department (RFC 7946), much simplified: good for a map of France, no closer."""
    rows = snapshot_with_sources(params.on).rows
    fields = envelope(request, params, facts_of(rows))
    fields["attribution"] = attribution(request.build_absolute_uri, with_shapes=True)
    features = exports.features(department_rows(request, params, rows))
    collection = exports.FeatureCollection(**fields, type="FeatureCollection", features=features)
    return _download(params, "geojson", collection.model_dump_json(), exports.GEOJSON_TYPE)


@api.get(
    "/departments.schema.json",
    response=dict[str, Any],
    summary=_("The columns of the table, as a Table Schema"),
)
def departments_schema(request: HttpRequest) -> dict[str, Any]:
    """Describe the columns of departments.csv for programs (Frictionless Data)."""
    return exports.table_schema()


@api.get(
    "/datapackage.json",
    response=dict[str, Any],
    summary=_("The files of one day, as a Data Package"),
)
def datapackage(request: HttpRequest, params: Query[DayQuery]) -> dict[str, Any]:
    """Describe the files for programs (Frictionless Data): licence, sources, columns."""
    return exports.data_package(request.build_absolute_uri, params.on, params.language)


@api.get(
    "/departments.csv-metadata.json",
    summary=_("The columns of the table, as CSV on the Web"),
    openapi_extra=content(catalogues.CSVW_TYPE, {"type": "object"}),
)
def departments_csv_metadata(request: HttpRequest) -> HttpResponse:
    """Describe departments.csv for programs that read CSV on the Web (W3C)."""
    return _json(catalogues.table_metadata(request.build_absolute_uri), catalogues.CSVW_TYPE)


@api.get(
    "/dcat.jsonld",
    summary=_("The open data, for catalogues of data, as DCAT-AP"),
    openapi_extra=content(catalogues.DCAT_TYPE, {"type": "object"}),
)
def dcat(request: HttpRequest) -> HttpResponse:
    """Describe the open data for catalogues (DCAT-AP 3, JSON-LD)."""
    return _json(catalogues.catalogue_entry(request.build_absolute_uri), catalogues.DCAT_TYPE)


def _json(description: dict[str, Any], media_type: str) -> HttpResponse:
    return HttpResponse(json.dumps(description, ensure_ascii=False), media_type)
