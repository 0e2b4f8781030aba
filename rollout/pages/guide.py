"""Views of what residents need: the guide, the check, phrases, questions, glossary."""

import datetime

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from rollout.caching import fragments
from rollout.caching.decorators import page_view, public_view
from rollout.facts.eligibility import Guide, entries_for, is_described, verdict
from rollout.facts.snapshot import RolloutSnapshot, current_snapshot
from rollout.models import Acceptance, ActivationRoute, Entry, HealthScheme, IdentityDocument, Kind
from rollout.models.texts import texts_of
from rollout.pages import metadata
from rollout.pages.check_form import ALL_QUESTIONS, STEP_PARAM, CheckForm
from rollout.pages.page import Page
from rollout.pages.params import selected_day
from rollout.pages.problems import problems_of
from rollout.wording import french_names


@page_view
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the guide: what to have ready, the steps of each route, problems, situations, help."""
    entries = Entry.objects.with_sources().by_kind(*metadata.SET_UP_KINDS)
    routes = list(ActivationRoute.objects.for_page().order_by("-by_department", "position"))
    context = {
        "page": metadata.set_up(routes, entries),
        "requirements": entries_for(None, entries[Kind.REQUIREMENT]),
        "routes": [_route_with_its_entries(route, entries) for route in routes],
        "problems": entries[Kind.PROBLEM],
        "situations": entries[Kind.SITUATION],
        "contacts": entries[Kind.CONTACT],
    }
    return render(request, "rollout/set_up.html", context)


def _route_with_its_entries(route: ActivationRoute, entries: metadata.Entries) -> dict[str, object]:
    """Return a route with the requirements and steps of its own."""
    return {
        "route": route,
        "requirements": [e for e in entries[Kind.REQUIREMENT] if e.route_id == route.pk],
        "steps": [e for e in entries[Kind.STEP] if e.route_id == route.pk],
    }


@page_view
def problems(request: HttpRequest) -> HttpResponse:
    """Show what can go wrong: what one sees, what to do, whom to ask, how sure that is."""
    entries = Entry.objects.with_sources().by_kind(*metadata.PROBLEM_KINDS)
    contacts = {entry.pk: entry for entry in entries[Kind.CONTACT]}
    context = {
        "page": metadata.problems(entries),
        "problems": [(entry, contacts.get(entry.ask_id or "")) for entry in problems_of(entries)],
    }
    return render(request, "rollout/problems.html", context)


@public_view(query_params=[*CheckForm.base_fields, STEP_PARAM, "on"])
def can_i(request: HttpRequest) -> HttpResponse:
    """Show the check: five answers, sent by GET and not stored, and one verdict.

    The questions stand on one page, or with the parameter `step` each on its own.
    """
    selected = selected_day(request)
    snapshot = current_snapshot(selected.day)
    documents, schemes, page = fragments.get_or_set("check", _documents_schemes_and_page)
    step = CheckForm.step(request.GET)
    answers = request.GET if step or CheckForm.is_answered(request.GET) else None
    form = CheckForm(answers, documents=documents, schemes=schemes, snapshot=snapshot)
    answers_so_far = QueryDict(mutable=True)
    answers_so_far.update(form.valid_answers())
    if not selected.is_today:
        answers_so_far["on"] = selected.day.isoformat()
    context = {
        "page": page,
        "selected_day": selected,
        "snapshot": snapshot,
        "form": form,
        "answers_so_far": answers_so_far,
    }
    if step == ALL_QUESTIONS:
        form.errors.clear()  # what is not answered yet is no mistake
    elif step:
        context["question"] = form.question(step)
        return render(request, "rollout/can_i_question.html", context)
    elif form.is_valid():
        answers_so_far.setdefault("department", "")  # a question that was left out is not open
        context |= _verdict_context(form, snapshot)
    return render(request, "rollout/can_i.html", context)


def _documents_schemes_and_page() -> tuple[list[IdentityDocument], list[HealthScheme], Page]:
    """Return the documents and schemes to choose from, and the page of the check."""
    documents = list(IdentityDocument.objects.active().with_texts())
    schemes = list(HealthScheme.objects.active().for_page())
    return documents, schemes, metadata.can_i(documents, schemes)


def _verdict_context(form: CheckForm, snapshot: RolloutSnapshot) -> dict[str, object]:
    """Return the verdict on valid answers, with what to prepare and the steps of its route."""
    guide, entries = fragments.get_or_set(
        ("guide", snapshot.on), lambda: _guide_and_entries(snapshot.on)
    )
    answers = form.answers()
    result = verdict(answers, guide, snapshot)
    is_by_department = result.route is not None and result.route.by_department
    kinds = [entries[Kind.REQUIREMENT], entries[Kind.STEP]]
    requirements, steps = (entries_for(result.route, kind, answers.document) for kind in kinds)
    return {
        "verdict": result,
        "is_for_any_department": is_by_department and answers.row is None and result.may_try,
        "requirements": requirements,
        "steps": steps,
        "phrases": entries[Kind.PHRASE],
        "is_described": result.route is None
        or all(is_described(result.route, kind, answers.document) for kind in kinds),
    }


def _guide_and_entries(day: datetime.date) -> tuple[Guide, dict[Kind, list[Entry]]]:
    """Return the rows from which verdicts of a day are computed, and the entries by kind.

    The entries have their texts of that day: a text may change on the midnight of its rule.
    """
    with texts_of(day):
        entries = Entry.objects.with_sources().by_kind(
            Kind.REQUIREMENT, Kind.STEP, Kind.SITUATION, Kind.PHRASE
        )
    reasons = {entry.slug: entry for kind in entries.values() for entry in kind}
    routes = list(ActivationRoute.objects.for_page())
    return Guide(routes, Acceptance.objects.on(day), reasons), entries


@page_view
def at_the_counter(request: HttpRequest) -> HttpResponse:
    """Show a page to print: what to say in French, what to expect, what to do when refused."""
    entries = Entry.objects.by_kind(*metadata.COUNTER_KINDS)
    context = {
        "page": metadata.at_the_counter(entries),
        "phrases": entries[Kind.PHRASE],
        "notes": entries[Kind.COUNTER],
    }
    return render(request, "rollout/at_the_counter.html", context)


@page_view
def questions(request: HttpRequest) -> HttpResponse:
    """Show the questions of foreign residents, and what the app does and does not."""
    entries = Entry.objects.with_sources().by_kind(*metadata.QUESTION_KINDS)
    context = {
        "page": metadata.questions(entries),
        "questions": entries[Kind.QUESTION],
        "uses": entries[Kind.USE],
    }
    return render(request, "rollout/questions.html", context)


@page_view
def glossary(request: HttpRequest) -> HttpResponse:
    """Show the French terms, explained."""
    entries = Entry.objects.with_sources().by_kind(Kind.TERM)
    terms = french_names.in_glossary_order(entries[Kind.TERM])
    context = {"page": metadata.glossary(entries), "terms": terms}
    return render(request, "rollout/glossary.html", context)
