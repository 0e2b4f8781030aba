"""What residents need: the guide, the check, the phrases, questions and words explained."""

import datetime
import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollout.caching import fragments
from rollout.caching.decorators import page_view, public_view
from rollout.dates import SelectedDay
from rollout.facts.eligibility import Guide, entries_for, verdict
from rollout.facts.snapshot import RolloutSnapshot, current_snapshot
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Entry,
    HealthScheme,
    IdentityDocument,
    Kind,
)
from rollout.pages import metadata
from rollout.pages.check_form import CheckForm
from rollout.pages.page import Page

logger = logging.getLogger(__name__)


@page_view
def set_up(request: HttpRequest) -> HttpResponse:
    """The guide: what to have ready, the steps of each route, problems, situations, help, uses."""
    entries = Entry.objects.with_sources().by_kind(*metadata.SET_UP_KINDS)
    found = list(ActivationRoute.objects.for_page().order_by("-by_department", "position"))
    routes = [
        {
            "route": route,
            "requirements": [e for e in entries[Kind.REQUIREMENT] if e.route_id == route.pk],
            "steps": [e for e in entries[Kind.STEP] if e.route_id == route.pk],
        }
        for route in found
    ]
    context = {
        "page": metadata.set_up(found, entries),
        "requirements": entries_for(None, entries[Kind.REQUIREMENT]),
        "routes": routes,
        "problems": entries[Kind.PROBLEM],
        "situations": entries[Kind.SITUATION] + entries[Kind.PLACE],
        "contacts": entries[Kind.CONTACT],
        "uses": entries[Kind.USE],
    }
    return render(request, "rollout/set_up.html", context)


@public_view(no_cache=True, query_params=[*CheckForm.base_fields, "on"])
def can_i(request: HttpRequest) -> HttpResponse:
    """The check: five answers, sent by GET, and one verdict. Nothing is kept."""
    selected_day = SelectedDay.from_values(request.GET.getlist("on"))
    snapshot = current_snapshot(selected_day.day)
    documents, schemes, page = fragments.get_or_set("papers", _papers)
    answers = request.GET if CheckForm.is_answered(request.GET) else None
    form = CheckForm(answers, documents=documents, schemes=schemes, snapshot=snapshot)
    context: dict[str, Any] = {
        "page": page,
        "selected_day": selected_day,
        "snapshot": snapshot,
        "form": form,
    }
    if form.is_valid():
        context |= _checked(form, snapshot)
    return render(request, "rollout/can_i.html", context)


def _papers() -> tuple[list[IdentityDocument], list[HealthScheme], Page]:
    """Return the documents and schemes that one can choose from, and the page of the check."""
    documents = list(IdentityDocument.objects.active().with_texts())
    schemes = list(HealthScheme.objects.active().for_page())
    return documents, schemes, metadata.can_i(documents, schemes)


def _checked(form: CheckForm, snapshot: RolloutSnapshot) -> dict[str, Any]:
    """Return the verdict on valid answers, with what to prepare and the steps of its route."""
    guide, entries = fragments.get_or_set(("guide", snapshot.on), lambda: _guide(snapshot.on))
    found = verdict(form.answers(), guide, snapshot)
    return {
        "verdict": found,
        "requirements": entries_for(found.route, entries[Kind.REQUIREMENT]),
        "steps": entries_for(found.route, entries[Kind.STEP]),
    }


def _guide(day: datetime.date) -> tuple[Guide, dict[Kind, list[Entry]]]:
    """Return what verdicts of a day rest on, and the entries by kind."""
    entries = Entry.objects.with_sources().by_kind(Kind.REQUIREMENT, Kind.STEP, Kind.SITUATION)
    reasons = {entry.slug: entry for kind in entries.values() for entry in kind}
    routes = list(ActivationRoute.objects.for_page())
    return Guide(routes, Acceptance.objects.on(day), reasons), entries


@page_view
def at_the_counter(request: HttpRequest) -> HttpResponse:
    """One printed page: what to say in French, what to expect, what to do when refused."""
    entries = Entry.objects.by_kind(*metadata.COUNTER_KINDS)
    context = {
        "page": metadata.page_of_entries("at-the-counter", metadata.COUNTER_KINDS, entries),
        "phrases": entries[Kind.PHRASE],
        "notes": entries[Kind.COUNTER],
    }
    return render(request, "rollout/at_the_counter.html", context)


@page_view
def questions(request: HttpRequest) -> HttpResponse:
    """What foreign residents ask, each answered in a few sentences."""
    entries = Entry.objects.with_sources().by_kind(Kind.QUESTION)
    context = {"page": metadata.questions(entries), "questions": entries[Kind.QUESTION]}
    return render(request, "rollout/questions.html", context)


@page_view
def glossary(request: HttpRequest) -> HttpResponse:
    """The French words that one meets, explained."""
    entries = Entry.objects.with_sources().by_kind(Kind.TERM)
    context = {
        "page": metadata.page_of_entries("glossary", [Kind.TERM], entries),
        "terms": entries[Kind.TERM],
    }
    return render(request, "rollout/glossary.html", context)
