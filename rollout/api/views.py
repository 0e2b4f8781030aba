"""The addresses under /api/v1/: one short function each."""

import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from django.core.paginator import EmptyPage, Paginator
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.utils.translation import gettext_noop as _
from ninja import Query

from rollout.api import exports, problems
from rollout.api.endpoint import OPERATIONS, ROOT, api, endpoint
from rollout.api.openapi import openapi_json
from rollout.api.parameters import (
    DepartmentNamed,
    DepartmentsAsked,
    EntriesAsked,
    EntryNamed,
    InLanguage,
    InPages,
    OnDay,
    PhaseNamed,
    RegionNamed,
    SearchAsked,
    UpdateNamed,
    UpdatesAsked,
)
from rollout.api.problems import Problem
from rollout.api.responses import (
    Address,
    Departments,
    Entries,
    Found,
    Index,
    OneDepartment,
    OneEntry,
    OnePhase,
    OneRegion,
    OneUpdate,
    Phases,
    Regions,
    Updates,
)
from rollout.api.rows.departments import Department as DepartmentRow
from rollout.api.rows.departments import department_row, departments_with_sources
from rollout.api.rows.entries import entries_with_sources, entry_row
from rollout.api.rows.licence import LICENCE, attribution
from rollout.api.rows.phases import Phase, phase_row, with_phase_sources
from rollout.api.rows.places import place_row
from rollout.api.rows.regions import region_row
from rollout.api.rows.sources import source_rows, with_sources
from rollout.api.rows.updates import update_row
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot, WaveStatus
from rollout.models import Department, Entry, EntryText, Region, TextStatus, Update
from rollout.models.sources import SLUG
from rollout.models.texts import reference_language
from rollout.search import service

__all__ = ["api"]


def _answer(request: HttpRequest, asked: InLanguage, facts: Iterable[Any] = ()) -> dict[str, Any]:
    """Return what every answer says beside its rows, which are made of these facts."""
    said: dict[str, Any] = {
        "language": asked.language,
        "licence": LICENCE,
        "attribution": attribution(request.build_absolute_uri),
        "sources": source_rows(facts),
    }
    return said | {"on": asked.on} if isinstance(asked, OnDay) else said


def _missing(what: str) -> NoReturn:
    raise Problem(problems.NOT_FOUND, f"There is no {problems.excerpt(what)}.")


@endpoint("/", _("What there is"), Index)
def index(request: HttpRequest) -> Index:
    """List every address of the API."""
    addresses = [
        Address(
            operation=operation,
            title=form.summary,
            href=request.build_absolute_uri("/").rstrip("/") + ROOT + form.path,
        )
        for operation, form in OPERATIONS.items()
    ]
    return Index(
        title=api.title,
        version=api.version,
        documentation=request.build_absolute_uri(problems.DOCUMENTATION),
        licence=LICENCE,
        addresses=addresses,
    )


@endpoint("/openapi.json", _("The description of the API, as OpenAPI 3.1"))
def openapi(request: HttpRequest) -> str:
    """Describe every address, parameter, answer and error."""
    return openapi_json()


# --- Departments, regions, waves -----------------------------------------------------------------


def _rows(
    request: HttpRequest, asked: OnDay, rows: Iterable[DepartmentStatus]
) -> list[DepartmentRow]:
    return [department_row(row, asked.on, request.build_absolute_uri) for row in rows]


def _facts(rows: Iterable[DepartmentStatus]) -> list[Department]:
    return [row.department for row in rows]


@endpoint(
    "/departments",
    _("All departments on one day, or those of a region, wave or status"),
    Departments,
)
def departments(request: HttpRequest, asked: Query[DepartmentsAsked]) -> Departments:
    """List the departments as they stood on a day, by their number."""
    snapshot = RolloutSnapshot(asked.on, departments_with_sources())
    _known("region", asked.region, {row.department.region_id for row in snapshot.rows})
    _known("phase", asked.phase, {wave.slug for wave in snapshot.waves})
    rows = [
        row
        for row in snapshot.rows
        if asked.region in (None, row.department.region_id)
        and asked.phase in (None, row.department.wave_id)
        and asked.status in (None, row.state.status)
    ]
    return _departments(request, asked, rows)


def _departments(
    request: HttpRequest, asked: OnDay, rows: Sequence[DepartmentStatus]
) -> Departments:
    return Departments(
        **_answer(request, asked, _facts(rows)),
        count=len(rows),
        departments=_rows(request, asked, rows),
    )


def _known(parameter: str, value: str | None, known: Iterable[str]) -> None:
    """Refuse the value of a parameter that is asked for and does not exist."""
    if value is not None and value not in known:
        detail = f"There is no {parameter} {problems.excerpt(value)}; {ROOT}/{parameter}s has all."
        raise problems.bad_parameter(parameter, detail)


@endpoint("/departments/{code}", _("One department on one day"), OneDepartment, may_be_missing=True)
def department(request: HttpRequest, code: DepartmentNamed, asked: Query[OnDay]) -> OneDepartment:
    """Tell of one department, by its INSEE code: 01, 2A (or 2a), 971."""
    if not re.fullmatch("[0-9]{2,3}|2[ABab]", code):  # PostgreSQL, for one, takes no NUL
        _missing(f"department {code}")
    snapshot = RolloutSnapshot(asked.on, departments_with_sources().beside(code.upper()))
    row = snapshot.by_code.get(code.upper())
    if row is None:
        _missing(f"department {code}")
    return OneDepartment(
        **_answer(request, asked, [row.department]),
        department=_rows(request, asked, [row])[0],
    )


@endpoint("/regions", _("All regions on one day"), Regions)
def regions(request: HttpRequest, asked: Query[OnDay]) -> Regions:
    """List the regions with how many of their departments were open, by name, overseas last."""
    found = [
        region_row(region, asked.on, request.build_absolute_uri)
        for region in RolloutSnapshot(asked.on).regions
    ]
    return Regions(**_answer(request, asked), count=len(found), regions=found)


@endpoint(
    "/regions/{code}",
    _("One region on one day, with its departments"),
    OneRegion,
    may_be_missing=True,
)
def region(request: HttpRequest, code: RegionNamed, asked: Query[OnDay]) -> OneRegion:
    """Tell of one region, by its INSEE code: 11, 84."""
    snapshot = RolloutSnapshot(asked.on, departments_with_sources())
    found = next((rows for rows in snapshot.regions if rows.region.code == code), None)
    if found is None:
        _missing(f"region {code}")
    return OneRegion(
        **_answer(request, asked, _facts(found.rows)),
        region=region_row(found, asked.on, request.build_absolute_uri),
        departments=_rows(request, asked, found.rows),
    )


@endpoint("/phases", _("The waves of the roll-out, first to last"), Phases)
def phases(request: HttpRequest, asked: Query[OnDay]) -> Phases:
    """List the waves, with how many of their departments were open on a day."""
    wave_statuses = with_phase_sources(RolloutSnapshot(asked.on).wave_statuses)
    return Phases(
        **_answer(request, asked, [wave_status.wave for wave_status in wave_statuses]),
        count=len(wave_statuses),
        phases=[_phase(request, asked, wave_status) for wave_status in wave_statuses],
    )


def _phase(request: HttpRequest, asked: OnDay, wave_status: WaveStatus) -> Phase:
    return phase_row(wave_status, asked.on, request.build_absolute_uri)


@endpoint("/phases/{slug}", _("One wave, with its departments"), OnePhase, may_be_missing=True)
def phase(request: HttpRequest, slug: PhaseNamed, asked: Query[OnDay]) -> OnePhase:
    """Tell of one wave, by its short name."""
    snapshot = RolloutSnapshot(asked.on, departments_with_sources())
    wave_status = next(
        (wave_status for wave_status in snapshot.wave_statuses if wave_status.wave.slug == slug),
        None,
    )
    if wave_status is None:
        _missing(f"phase {slug}")
    with_phase_sources([wave_status])
    return OnePhase(
        **_answer(request, asked, [wave_status.wave, *_facts(wave_status.rows)]),
        phase=_phase(request, asked, wave_status),
        departments=_rows(request, asked, wave_status.rows),
    )


# --- Entries and updates --------------------------------------------------------------------------


def _page(rows: Any, asked: InPages) -> tuple[list[Any], dict[str, Any]]:
    """Return one page of a list, and where in the list it is."""
    pages = Paginator(rows, asked.per_page)
    try:
        page = pages.page(asked.page)
    except EmptyPage:
        _missing(f"page {asked.page}: the last is {pages.num_pages}")
    where = {
        "page": asked.page,
        "per_page": asked.per_page,
        "pages": pages.num_pages,
        "count": pages.count,
    }
    return list(page), where


@endpoint(
    "/entries",
    _("What the site says in sentences: steps, questions, terms …"),
    Entries,
    may_be_missing=True,
)
def entries(request: HttpRequest, asked: Query[EntriesAsked]) -> Entries:
    """List the published entries by kind, in reading order; narrowed to one kind where asked."""
    found, where = _page(entries_with_sources(asked.kind), asked)
    prefetch_related_objects(found, with_sources())
    return Entries(
        **_answer(request, asked, found),
        **where,
        entries=[entry_row(entry, request.build_absolute_uri) for entry in found],
    )


@endpoint(
    "/entries/{slug}", _("One of these entries"), OneEntry, may_be_missing=True, may_be_gone=True
)
def entry(request: HttpRequest, slug: EntryNamed, asked: Query[InLanguage]) -> OneEntry:
    """Tell one entry, by its short name. One that was published and is no more is 410."""
    facts = Entry.objects.with_texts().prefetch_related(with_sources())
    found = facts.filter(slug=slug).first() if _is_slug(slug) else None
    if found is None or not found.text:
        if found is not None and _was_public(found):
            raise Problem(problems.GONE, f"The entry {slug} was withdrawn.")
        _missing(f"entry {slug}")
    return OneEntry(
        **_answer(request, asked, [found]),
        entry=entry_row(found, request.build_absolute_uri),
    )


def _is_slug(text: str) -> bool:
    """Tell whether it could be a short name: the database is not asked for anything else."""
    return len(text) <= 80 and bool(re.match(SLUG.regex, text))


def _was_public(entry: Entry) -> bool:
    """Tell whether readers ever saw an entry, which is when its reference text was published."""
    texts = EntryText.history.filter(entry_id=entry.slug, language=reference_language())
    return bool(texts.filter(status=TextStatus.PUBLISHED).exists())


@endpoint("/updates", _("What changed, newest first"), Updates, may_be_missing=True)
def updates(request: HttpRequest, asked: Query[UpdatesAsked]) -> Updates:
    """List the changes that readers were told of; of a department or region where asked."""
    facts = Update.objects.for_page()
    if asked.department:
        _known("department", asked.department, Department.objects.values_list("code", flat=True))
        facts = facts.filter(departments=asked.department)
    if asked.region:
        _known("region", asked.region, Region.objects.values_list("code", flat=True))
        concerned = Department.objects.filter(region=asked.region)
        facts = facts.filter(departments__in=concerned).distinct()
    found, where = _page(facts, asked)
    return Updates(
        **_answer(request, asked),
        **where,
        updates=[update_row(update, request.build_absolute_uri) for update in found],
    )


@endpoint(
    "/updates/{id}", _("One of these changes"), OneUpdate, may_be_missing=True, may_be_gone=True
)
def update(request: HttpRequest, id: UpdateNamed, asked: Query[InLanguage]) -> OneUpdate:  # noqa: A002
    """Tell one change, by its id. One that was withdrawn is 410."""
    is_id = re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id)
    facts = Update.objects.with_texts().prefetch_related("departments")
    found = facts.filter(pk=uuid.UUID(id)).first() if is_id else None
    if found is None:
        _missing(f"update {id}")
    if not found.is_active:
        raise Problem(problems.GONE, f"The update {id} was withdrawn.")
    return OneUpdate(
        **_answer(request, asked),
        update=update_row(found, request.build_absolute_uri),
    )


# --- Search ---------------------------------------------------------------------------------------


@endpoint("/search", _("Which departments a text means, and their state on one day"), Found)
def search(request: HttpRequest, asked: Query[SearchAsked]) -> Found:
    """Find what the search box of the site finds: places, the departments meant, or spellings."""
    answer = service.find(asked.q)
    snapshot = RolloutSnapshot(
        asked.on, departments_with_sources().filter(code__in=answer.departments)
    )
    rows = snapshot.pick(answer.departments)
    return Found(
        **_answer(request, asked, _facts(rows)),
        query=answer.query,
        is_guess=answer.is_guess,
        departments=_rows(request, asked, rows),
        places=[place_row(place) for place in answer.places],
        note=answer.note,
        note_subject=answer.note_subject or None,
        suggestions=list(answer.suggestions),
    )


# --- Files ----------------------------------------------------------------------------------------


@endpoint(
    "/departments.csv",
    _("All departments on one day, as a table"),
    media_type=exports.CSV_TYPE,
    download="csv",
    described_by="/departments.schema.json",
)
def departments_csv(request: HttpRequest, asked: Query[OnDay]) -> str:
    """Write every department as a line of CSV (RFC 4180): UTF-8, header first."""
    rows = RolloutSnapshot(asked.on, departments_with_sources()).rows
    return exports.csv_text(_rows(request, asked, rows))


@endpoint(
    "/departments.json",
    _("All departments on one day, as JSON, with their sources"),
    Departments,
    download="json",
)
def departments_json(request: HttpRequest, asked: Query[OnDay]) -> Departments:
    """Answer as /departments does, as a file to keep."""
    return _departments(request, asked, RolloutSnapshot(asked.on, departments_with_sources()).rows)


@endpoint(
    "/departments.geojson",
    _("All departments on one day, as GeoJSON, with their shapes"),
    exports.FeatureCollection,
    media_type=exports.GEOJSON_TYPE,
    download="geojson",
)
def departments_geojson(request: HttpRequest, asked: Query[OnDay]) -> exports.FeatureCollection:
    """Draw every department (RFC 7946), much simplified: good for a map of France, no closer."""
    rows = RolloutSnapshot(asked.on, departments_with_sources()).rows
    said = _answer(request, asked, _facts(rows))
    said["attribution"] = attribution(request.build_absolute_uri, with_shapes=True)
    features = exports.features(_rows(request, asked, rows))
    return exports.FeatureCollection(**said, type="FeatureCollection", features=features)


@endpoint(
    "/departments.schema.json", _("The columns of the table, as a Table Schema"), dict[str, Any]
)
def departments_schema(request: HttpRequest) -> dict[str, Any]:
    """Describe the columns of departments.csv for programs (Frictionless Data)."""
    return exports.table_schema()


@endpoint("/datapackage.json", _("The three files of one day, as a Data Package"), dict[str, Any])
def datapackage(request: HttpRequest, asked: Query[OnDay]) -> dict[str, Any]:
    """Describe the files for programs (Frictionless Data): licence, sources, columns."""
    return exports.data_package(request.build_absolute_uri, asked.on, asked.language)
