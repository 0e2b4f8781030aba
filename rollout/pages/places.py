"""Views of the home page with the search, the list, and each department and region."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from rollout.caching import fragments
from rollout.caching.decorators import dated_page_view, page_view, public_view
from rollout.dates import today
from rollout.facts.snapshot import RolloutSnapshot, current_snapshot
from rollout.kinds import COLLECTIVITIES
from rollout.models import Department, Entry, Kind, Source
from rollout.models.sources import newest_source
from rollout.pages import metadata
from rollout.pages.charts import step_chart
from rollout.pages.list_form import ListForm
from rollout.pages.page import PAGE_NAMES
from rollout.pages.params import search_text, selected_day
from rollout.pages.problems import find_problems
from rollout.search import Note, SearchResult, service
from rollout.search.personal import is_personal
from rollout.wording.search_reasons import suggestion_count

REMOVED_PARAM = "removed"
"""The query parameter of the page that follows a search which must not be typed."""
PERSONAL_DATA_REMOVED = SearchResult("", note=Note.PERSONAL)


@public_view(query_params=["q", "on", REMOVED_PARAM])
def home(request: HttpRequest) -> HttpResponse:
    """Show the home page: search, answer, tasks, map, chart, the activation in short, list.

    A search that is a social security number or the like is answered by a redirect to an address
    without it.
    """
    if is_personal(search_text(request)):
        return _without_personal_data(request)
    selected = selected_day(request)
    snapshot = current_snapshot(selected.day)
    entries = fragments.get_or_set("entries of home", _entries_of_home)
    context = {
        "page": fragments.get_or_set("home", lambda: metadata.home(snapshot, entries)),
        "selected_day": selected,
        "snapshot": snapshot,
        "chart": fragments.get_or_set(
            ("chart", selected.day),
            lambda: step_chart(snapshot.opening_days, today(), selected.day),
        ),
        "requirements": entries[Kind.REQUIREMENT],
        "steps": entries[Kind.STEP],
        "questions": entries[Kind.QUESTION],
    }
    if request.GET.keys() & {"q", REMOVED_PARAM}:
        is_removed = REMOVED_PARAM in request.GET and not search_text(request)
        answer = PERSONAL_DATA_REMOVED if is_removed else service.find(search_text(request))
        is_place = bool(answer.departments) and not answer.is_guess
        context |= {
            "answer": answer,
            "problems": find_problems(answer.query, is_place=is_place),
            "elsewhere": _entries_on(service.collectivity_code(answer), entries[Kind.PLACE]),
        }
    return render(request, "rollout/home.html", context)


def _entries_on(collectivity: str, places: list[Entry]) -> list[Entry]:
    """Return the entry on an overseas collectivity, by its number; none for any other text."""
    return [entry for entry in places if entry.slug == COLLECTIVITIES.get(collectivity)]


def _without_personal_data(request: HttpRequest) -> HttpResponse:
    """Redirect to the home page, which says what must not be typed; nobody may store this."""
    selected = selected_day(request)
    params = {REMOVED_PARAM: "1"} | ({} if selected.is_today else {"on": str(selected.day)})
    response = redirect(f"{reverse('home')}?{urlencode(params)}")
    response["Cache-Control"] = "no-store"
    return response


def _entries_of_home() -> dict[Kind, list[Entry]]:
    return Entry.objects.for_everyone().by_kind(*metadata.HOME_KINDS, Kind.PLACE)


@public_view(max_age=300, query_params=["q"])
def suggestions(request: HttpRequest) -> HttpResponse:
    """Return places to offer while someone types, as JSON, with a sentence that announces them."""
    offers = _places_and_problems(search_text(request))
    suggestions = [offer._asdict() for offer in offers]
    response = JsonResponse(
        {"suggestions": suggestions, "words": suggestion_count(len(offers))},
        headers={"X-Robots-Tag": "noindex"},
    )
    if is_personal(search_text(request)):
        response["Cache-Control"] = "no-store"
    return response


def _places_and_problems(text: str) -> list[service.Suggestion]:
    """Return places to offer, then the titles of problems: searching one leads to it."""
    places = service.suggest(text)
    problems = find_problems(text, is_place=bool(places))
    where = str(PAGE_NAMES["problems"])
    return places + [service.Suggestion(entry.text.title, where) for entry in problems]


@public_view(query_params=[*ListForm.base_fields, "on"])
def departments(request: HttpRequest) -> HttpResponse:
    """Show the list of all departments, filtered and sorted."""
    selected = selected_day(request)
    snapshot = current_snapshot(selected.day)
    entries = fragments.get_or_set("overseas collectivities", _overseas_collectivities)
    context = {
        "page": fragments.get_or_set(
            "page of the list", lambda: metadata.departments(snapshot, entries)
        ),
        "selected_day": selected,
        "snapshot": snapshot,
        "form": ListForm(request.GET, snapshot),
        "elsewhere": entries[Kind.PLACE],
    }
    return render(request, "rollout/departments.html", context)


def _overseas_collectivities() -> dict[Kind, list[Entry]]:
    return Entry.objects.with_sources().by_kind(Kind.PLACE)


@page_view
def regions(request: HttpRequest) -> HttpResponse:
    """Redirect to the list, which is by region."""
    return redirect("departments", permanent=True)


@dated_page_view
def department(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one department."""
    selected = selected_day(request)
    code = ref.partition("-")[0].upper()
    snapshot = current_snapshot(selected.day)
    row = snapshot.by_code.get(code)
    if row is None or ref != row.department.slug:
        raise Http404  # RedirectMiddleware looks for the place that was meant
    sources = fragments.get_or_set("sources by department", _sources_by_department).get(code, [])
    context = {
        "page": metadata.department(row, metadata.snapshot_languages(snapshot)),
        "selected_day": selected,
        "snapshot": snapshot,
        "row": row,
        "sources": sources,
        "newest_source": newest_source(sources),
        "others": [other for other in snapshot.beside(row) if other is not row],
    }
    return render(request, "rollout/department.html", context)


def _sources_by_department() -> dict[str, list[Source]]:
    # A prefetch would make an object of each source for each department, 500 for 110 rows.
    departments: dict[str, list[str]] = {}
    for slug, code in Department.sources.through.objects.values_list("source", "department"):
        departments.setdefault(slug, []).append(code)
    by_department: dict[str, list[Source]] = {}
    for source in Source.objects.all():
        for code in departments.get(source.slug, ()):
            by_department.setdefault(code, []).append(source)
    return by_department


@dated_page_view
def region(request: HttpRequest, ref: str) -> HttpResponse:
    """Show one region: all its departments, and when each opened."""
    selected = selected_day(request)
    regions = current_snapshot(selected.day).regions
    status = next((region for region in regions if region.region.slug == ref), None)
    if status is None:
        raise Http404  # RedirectMiddleware looks for the place that was meant
    context = {
        "page": metadata.region(status.region, status.rows),
        "selected_day": selected,
        "region": status.region,
        "snapshot": RolloutSnapshot(selected.day, [row.department for row in status.rows]),
    }
    return render(request, "rollout/region.html", context)
