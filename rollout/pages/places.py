"""The searchable page, the list, and the page of each department and region."""

import logging

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from rollout.caching import fragments
from rollout.caching.decorators import dated_page_view, page_view, public_view
from rollout.dates import SelectedDay
from rollout.facts.snapshot import RolloutSnapshot, current_snapshot
from rollout.models import (
    Department,
    Entry,
    Kind,
    Source,
)
from rollout.models.sources import newest_source
from rollout.pages import metadata
from rollout.pages.list_form import ListForm
from rollout.pages.params import search_text
from rollout.search import service
from rollout.wording.search_reasons import suggestion_count

logger = logging.getLogger(__name__)


@public_view(no_cache=True, query_params=["q", "on"])
def home(request: HttpRequest) -> HttpResponse:
    """The searchable page: box, answer, map, list, waves, the set-up in short."""
    selected_day = SelectedDay.from_values(request.GET.getlist("on"))
    snapshot = current_snapshot(selected_day.day)
    entries = fragments.get_or_set("entries of home", _entries_of_home)
    context = {
        "page": fragments.get_or_set("home", lambda: metadata.home(snapshot, entries)),
        "selected_day": selected_day,
        "snapshot": snapshot,
        "requirements": entries[Kind.REQUIREMENT],
        "steps": entries[Kind.STEP],
        "questions": entries[Kind.QUESTION],
    }
    if "q" in request.GET:
        answer = service.find(search_text(request))
        context |= {
            "answer": answer,
            "elsewhere": entries[Kind.PLACE] if service.is_overseas(answer) else [],
        }
    return render(request, "rollout/home.html", context)


def _entries_of_home() -> dict[Kind, list[Entry]]:
    return Entry.objects.for_everyone().by_kind(*metadata.HOME_KINDS, Kind.PLACE)


@public_view(max_age=300, query_params=["q"])
def suggestions(request: HttpRequest) -> HttpResponse:
    """Places to offer while someone types, as JSON, with the words that announce them."""
    offers = service.suggest(search_text(request))
    suggestions = [offer._asdict() for offer in offers]
    answer = JsonResponse({"suggestions": suggestions, "words": suggestion_count(len(offers))})
    answer["X-Robots-Tag"] = "noindex"
    return answer


@public_view(no_cache=True, query_params=[*ListForm.base_fields, "on"])
def departments(request: HttpRequest) -> HttpResponse:
    """The list of all departments, narrowed and ordered as asked."""
    selected_day = SelectedDay.from_values(request.GET.getlist("on"))
    snapshot = current_snapshot(selected_day.day)
    context = {
        "page": fragments.get_or_set("page of the list", lambda: metadata.departments(snapshot)),
        "selected_day": selected_day,
        "snapshot": snapshot,
        "form": ListForm(request.GET, snapshot),
    }
    return render(request, "rollout/departments.html", context)


@page_view
def regions(request: HttpRequest) -> HttpResponse:
    """Lead to the list, which is by region."""
    return redirect("departments", permanent=True)


@dated_page_view
def department(request: HttpRequest, ref: str) -> HttpResponse:
    """The answer for one department."""
    selected_day = SelectedDay.from_values(request.GET.getlist("on"))
    code = ref.partition("-")[0].upper()
    snapshot = current_snapshot(selected_day.day)
    row = snapshot.by_code.get(code)
    if row is None or ref != row.department.slug:
        raise Http404  # rollout.pages.redirects leads on where a place was meant
    sources = fragments.get_or_set("sources by department", _sources_by_department)[code]
    context = {
        "page": metadata.department(row, metadata.snapshot_languages(snapshot)),
        "selected_day": selected_day,
        "snapshot": snapshot,
        "row": row,
        "sources": sources,
        "newest_source": newest_source(sources),
        "others": [other for other in snapshot.beside(row) if other is not row],
    }
    return render(request, "rollout/department.html", context)


def _sources_by_department() -> dict[str, list[Source]]:
    found = Department.objects.only("code").prefetch_related("sources")
    return {department.code: list(department.sources.all()) for department in found}


@dated_page_view
def region(request: HttpRequest, ref: str) -> HttpResponse:
    """The answer for one region: all its departments, and when each opened."""
    selected_day = SelectedDay.from_values(request.GET.getlist("on"))
    parts = current_snapshot(selected_day.day).regions
    found = next((part for part in parts if part.region.slug == ref), None)
    if found is None:
        raise Http404  # rollout.pages.redirects leads on where a place was meant
    context = {
        "page": metadata.region(found.region, found.rows),
        "selected_day": selected_day,
        "region": found.region,
        "snapshot": RolloutSnapshot(selected_day.day, [row.department for row in found.rows]),
    }
    return render(request, "rollout/region.html", context)
