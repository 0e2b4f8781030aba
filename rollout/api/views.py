"""The addresses under /api/v1/: one short function each, whose docstring is the description."""

import json
import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from django.core.paginator import EmptyPage, Paginator
from django.db.models import Q, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Query

from rollout.api import problems
from rollout.api.endpoint import ROOT, api, content, operations
from rollout.api.openapi import openapi_document
from rollout.api.parameters import (
    DayQuery,
    DepartmentPath,
    DepartmentsQuery,
    EntriesQuery,
    EntryPath,
    LanguageQuery,
    PagesQuery,
    PhasePath,
    RegionPath,
    SearchQuery,
    UpdatePath,
    UpdatesQuery,
)
from rollout.api.problems import Problem
from rollout.api.responses import (
    Address,
    Contents,
    Departments,
    Entries,
    Found,
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
from rollout.api.rows.departments import (
    department_row,
    departments_with_sources,
    snapshot_with_sources,
)
from rollout.api.rows.entries import entries_with_sources, entry_row
from rollout.api.rows.licence import LICENCE, attribution
from rollout.api.rows.phases import Phase, phase_row, with_phase_sources
from rollout.api.rows.places import place_row
from rollout.api.rows.regions import region_row
from rollout.api.rows.sources import source_rows, with_sources
from rollout.api.rows.updates import update_row
from rollout.dates import today
from rollout.facts.snapshot import DepartmentStatus, RolloutSnapshot, WaveStatus
from rollout.models import Department, Entry, EntryText, Region, TextStatus, Update
from rollout.models.sources import SLUG, Sourced
from rollout.models.texts import reference_language
from rollout.search import service

MAY_BE_GONE = {"responses": {"410": {"$ref": "#/components/responses/gone"}}}


def envelope(
    request: HttpRequest, params: LanguageQuery, facts: Iterable[Sourced] = ()
) -> dict[str, Any]:
    """Return the fields of `Envelope` for rows that are made of these facts."""
    fields: dict[str, Any] = {
        "language": params.language,
        "licence": LICENCE,
        "attribution": attribution(request.build_absolute_uri),
        "sources": source_rows(facts),
    }
    return fields | {"on": params.on} if isinstance(params, DayQuery) else fields


def _raise_not_found(what: str) -> NoReturn:
    raise Problem(problems.NOT_FOUND, f"There is no {problems.excerpt(what)}.")


@api.get("/", response=Contents, summary=_("What there is"))
def index(request: HttpRequest) -> Contents:
    """List every address of the API."""
    addresses = [
        Address(
            operation=operation_id,
            title=operation.summary,
            href=request.build_absolute_uri("/").rstrip("/") + ROOT + operation.path,
        )
        for operation_id, operation in operations().items()
    ]
    return Contents(
        title=api.title,
        version=api.version,
        documentation=request.build_absolute_uri(problems.DOCUMENTATION),
        licence=LICENCE,
        addresses=addresses,
    )


@api.get(
    "/openapi.json",
    summary=_("The description of the API, as OpenAPI 3.1"),
    openapi_extra=content("application/json", {"type": "object"}),
)
def openapi(request: HttpRequest) -> HttpResponse:
    """Describe every address, parameter, answer and error."""
    document = openapi_document(request.build_absolute_uri)
    return HttpResponse(json.dumps(document, ensure_ascii=False), "application/json")


# --- Departments, regions, waves -----------------------------------------------------------------


def department_rows(
    request: HttpRequest, params: DayQuery, rows: Iterable[DepartmentStatus]
) -> list[DepartmentRow]:
    """Return the rows of the day of the query, in the order given and in the active language."""
    return [department_row(row, params.on, request.build_absolute_uri) for row in rows]


def facts_of(rows: Iterable[DepartmentStatus]) -> list[Department]:
    """Return the facts behind these rows: their sources go into the envelope."""
    return [row.department for row in rows]


@api.get(
    "/departments",
    response=Departments,
    summary=_("All departments on one day, or those of a region, wave or status"),
)
def departments(request: HttpRequest, params: Query[DepartmentsQuery]) -> Departments:
    """List the departments as they stood on a day, by their number."""
    snapshot = snapshot_with_sources(params.on)
    _require_valid("region", params.region, {row.department.region_id for row in snapshot.rows})
    _require_valid("phase", params.phase, {wave.slug for wave in snapshot.waves})
    rows = [
        row
        for row in snapshot.rows
        if params.region in (None, row.department.region_id)
        and params.phase in (None, row.department.wave_id)
        and params.status in (None, row.state.status)
    ]
    return departments_response(request, params, rows)


def departments_response(
    request: HttpRequest, params: DayQuery, rows: Sequence[DepartmentStatus]
) -> Departments:
    """Return a list of departments with its envelope."""
    return Departments(
        **envelope(request, params, facts_of(rows)),
        count=len(rows),
        departments=department_rows(request, params, rows),
    )


def _require_valid(parameter: str, value: str | None, valid_codes: Iterable[str]) -> None:
    """Raise Problem (400) for the value of a parameter that does not exist."""
    if value is not None and value not in valid_codes:
        detail = f"There is no {parameter} {problems.excerpt(value)}; {ROOT}/{parameter}s has all."
        raise problems.bad_parameter(parameter, detail)


@api.get("/departments/{code}", response=OneDepartment, summary=_("One department on one day"))
def department(
    request: HttpRequest, code: DepartmentPath, params: Query[DayQuery]
) -> OneDepartment:
    """Tell of one department, by its INSEE code: 01, 2A (or 2a), 971."""
    if not re.fullmatch("[0-9]{2,3}|2[ABab]", code):  # PostgreSQL, for one, takes no NUL
        _raise_not_found(f"department {code}")
    snapshot = RolloutSnapshot(params.on, departments_with_sources().beside(code.upper()))
    row = snapshot.by_code.get(code.upper())
    if row is None:
        _raise_not_found(f"department {code}")
    return OneDepartment(
        **envelope(request, params, [row.department]),
        department=department_rows(request, params, [row])[0],
    )


@api.get("/regions", response=Regions, summary=_("All regions on one day"))
def regions(request: HttpRequest, params: Query[DayQuery]) -> Regions:
    """List the regions with how many of their departments were open, by name, overseas last."""
    rows = [
        region_row(region_status, params.on, request.build_absolute_uri)
        for region_status in RolloutSnapshot(params.on).regions
    ]
    return Regions(**envelope(request, params), count=len(rows), regions=rows)


@api.get(
    "/regions/{code}", response=OneRegion, summary=_("One region on one day, with its departments")
)
def region(request: HttpRequest, code: RegionPath, params: Query[DayQuery]) -> OneRegion:
    """Tell of one region, by its INSEE code: 11, 84."""
    snapshot = snapshot_with_sources(params.on)
    region_status = next((rows for rows in snapshot.regions if rows.region.code == code), None)
    if region_status is None:
        _raise_not_found(f"region {code}")
    return OneRegion(
        **envelope(request, params, facts_of(region_status.rows)),
        region=region_row(region_status, params.on, request.build_absolute_uri),
        departments=department_rows(request, params, region_status.rows),
    )


@api.get("/phases", response=Phases, summary=_("The waves of the roll-out, first to last"))
def phases(request: HttpRequest, params: Query[DayQuery]) -> Phases:
    """List the waves, with how many of their departments were open on a day."""
    wave_statuses = with_phase_sources(RolloutSnapshot(params.on).wave_statuses)
    return Phases(
        **envelope(request, params, [wave_status.wave for wave_status in wave_statuses]),
        count=len(wave_statuses),
        phases=[_phase(request, params, wave_status) for wave_status in wave_statuses],
    )


def _phase(request: HttpRequest, params: DayQuery, wave_status: WaveStatus) -> Phase:
    return phase_row(wave_status, params.on, request.build_absolute_uri)


@api.get("/phases/{slug}", response=OnePhase, summary=_("One wave, with its departments"))
def phase(request: HttpRequest, slug: PhasePath, params: Query[DayQuery]) -> OnePhase:
    """Tell of one wave, by its short name."""
    snapshot = snapshot_with_sources(params.on)
    wave_status = next(
        (wave_status for wave_status in snapshot.wave_statuses if wave_status.wave.slug == slug),
        None,
    )
    if wave_status is None:
        _raise_not_found(f"phase {slug}")
    with_phase_sources([wave_status])
    return OnePhase(
        **envelope(request, params, [wave_status.wave, *facts_of(wave_status.rows)]),
        phase=_phase(request, params, wave_status),
        departments=department_rows(request, params, wave_status.rows),
    )


# --- Entries and updates --------------------------------------------------------------------------


def _page(
    request: HttpRequest, response: HttpResponse, rows: Any, params: PagesQuery
) -> tuple[list[Any], dict[str, Any]]:
    """Return the rows of one page of a list, and the fields of `Page`; write its links.

    Raises:
        Problem: 404 after the last page.
    """
    pages = Paginator(rows, params.per_page)
    number, last = params.page, pages.num_pages
    try:
        page = pages.page(number)
    except EmptyPage:
        _raise_not_found(f"page {number}: the last is {last}")
    links = []
    for rel, other in {"first": 1, "prev": number - 1, "next": number + 1, "last": last}.items():
        if 1 <= other <= last and other != number:
            query = request.GET.copy()
            query["page"] = str(other)
            address = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
            links.append(f'<{address}>; rel="{rel}"')
    if links:
        response["Link"] = ", ".join(links)
    fields = {"page": number, "per_page": params.per_page, "pages": last, "count": pages.count}
    return list(page), fields


@api.get(
    "/entries",
    response=Entries,
    summary=_("What the site says in sentences: steps, questions, terms …"),
)
def entries(request: HttpRequest, response: HttpResponse, params: Query[EntriesQuery]) -> Entries:
    """List the published entries by kind, in reading order; narrowed to one kind where asked."""
    facts, page = _page(request, response, entries_with_sources(params.kind), params)
    prefetch_related_objects(facts, with_sources())
    return Entries(
        **envelope(request, params, facts),
        **page,
        entries=[entry_row(fact, request.build_absolute_uri) for fact in facts],
    )


@api.get(
    "/entries/{slug}",
    response=OneEntry,
    summary=_("One of these entries"),
    openapi_extra=MAY_BE_GONE,
)
def entry(request: HttpRequest, slug: EntryPath, params: Query[LanguageQuery]) -> OneEntry:
    """Tell one entry, by its short name. One that was published and is no more is 410."""
    queryset = Entry.objects.with_texts().prefetch_related(with_sources())
    fact = queryset.filter(slug=slug).first() if _is_slug(slug) else None
    if fact is None or not fact.text:
        if fact is not None and _was_public(fact):
            raise Problem(problems.GONE, f"The entry {slug} was withdrawn.")
        _raise_not_found(f"entry {slug}")
    return OneEntry(
        **envelope(request, params, [fact]),
        entry=entry_row(fact, request.build_absolute_uri),
    )


def _is_slug(text: str) -> bool:
    """Return whether it could be a short name: anything else is not looked up in the database."""
    return len(text) <= 80 and bool(re.match(SLUG.regex, text))


def _was_public(entry: Entry) -> bool:
    """Return whether readers ever saw an entry, which is when its reference text was published."""
    texts = EntryText.history.filter(entry_id=entry.slug, language=reference_language())
    had_begun = Q(valid_from=None) | Q(valid_from__lte=today())
    return bool(texts.filter(had_begun, status=TextStatus.PUBLISHED).exists())


@api.get("/updates", response=Updates, summary=_("What changed, newest first"))
def updates(request: HttpRequest, response: HttpResponse, params: Query[UpdatesQuery]) -> Updates:
    """List the changes that readers were told of; of a department or region where asked."""
    queryset = Update.objects.for_page()
    if params.department:
        _require_valid(
            "department", params.department, Department.objects.values_list("code", flat=True)
        )
        queryset = queryset.filter(departments=params.department)
    if params.region:
        _require_valid("region", params.region, Region.objects.values_list("code", flat=True))
        concerned = Department.objects.filter(region=params.region)
        queryset = queryset.filter(departments__in=concerned).distinct()
    facts, page = _page(request, response, queryset, params)
    return Updates(
        **envelope(request, params),
        **page,
        updates=[update_row(fact, request.build_absolute_uri) for fact in facts],
    )


@api.get(
    "/updates/{id}",
    response=OneUpdate,
    summary=_("One of these changes"),
    openapi_extra=MAY_BE_GONE,
)
def update(request: HttpRequest, id: UpdatePath, params: Query[LanguageQuery]) -> OneUpdate:  # noqa: A002
    """Tell one change, by its id. One that was withdrawn is 410."""
    is_id = re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id)
    queryset = Update.objects.with_texts().prefetch_related("departments")
    fact = queryset.filter(pk=uuid.UUID(id)).first() if is_id else None
    if fact is None:
        _raise_not_found(f"update {id}")
    if not fact.is_active:
        raise Problem(problems.GONE, f"The update {id} was withdrawn.")
    return OneUpdate(
        **envelope(request, params),
        update=update_row(fact, request.build_absolute_uri),
    )


# --- Search ---------------------------------------------------------------------------------------


@api.get(
    "/search",
    response=Found,
    summary=_("Which departments a text means, and their state on one day"),
)
def search(request: HttpRequest, params: Query[SearchQuery]) -> Found:
    """Find what the search box of the site finds: places, the departments meant, or spellings."""
    result = service.find(params.q)
    snapshot = RolloutSnapshot(
        params.on, departments_with_sources().filter(code__in=result.departments)
    )
    rows = snapshot.pick(result.departments)
    return Found(
        **envelope(request, params, facts_of(rows)),
        query=result.query,
        is_guess=result.is_guess,
        departments=department_rows(request, params, rows),
        places=[place_row(place) for place in result.places],
        note=result.note,
        note_subject=result.note_subject or None,
        suggestions=list(result.suggestions),
    )
