"""One short function per page: get, ask, render."""

import datetime
import logging
import re
from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.sitemaps import views as sitemap_views
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from rollout import pages
from rollout.addresses import Gone
from rollout.api import documentation
from rollout.caching import fragments
from rollout.chart import step_chart
from rollout.dates import AskedDay, today
from rollout.facts.citations import citation, citations
from rollout.facts.eligibility import Guide, entries_for, verdict
from rollout.facts.snapshot import Board, whole_board
from rollout.facts.timeline import story
from rollout.forms import CheckForm
from rollout.listing import ListForm
from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    IdentityDocument,
    Kind,
    Phase,
    Source,
    Update,
)
from rollout.models.sources import newest
from rollout.search import service
from rollout.sitemaps import sitemaps
from rollout.wording.search_reasons import count_of_offers

View = Callable[..., HttpResponse]
logger = logging.getLogger(__name__)


def public(*, asks: Iterable[str] = (), **cache: Any) -> Callable[[View], View]:
    """Make a view public: GET and HEAD only, without session or token, with this Cache-Control.

    `asks` names the parameters of the query that the view reads; it is given no others, so that
    its answer cannot depend on them. The decorated view carries them as its attribute `asks`.
    Such a view changes nothing, so it needs no protection against forged forms; without the
    exemption, a wrong method would get that protection's 403 before the 405.
    """

    names = tuple(asks)

    def decorate(view: View) -> View:
        """Return the view, closed to other methods and told how long to be kept."""

        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            """Answer to what may be asked here."""
            request.GET = only(request.GET, names)
            return of_one_edition(request, *args, **kwargs)

        of_one_edition = fragments.of_one_edition(view)
        kept: Any = csrf_exempt(require_safe(cache_control(public=True, **cache)(asked)))
        kept.asks = names
        return kept  # type: ignore[no-any-return]

    return decorate


def only(query: QueryDict, names: Collection[str]) -> Any:
    """Return those parameters of a query that have these names, in the order they came in."""
    known: Any = QueryDict(mutable=True)
    for name, values in query.lists():
        if name in names:
            known.setlist(name, values)
    known._mutable = False
    return known


page = public(no_cache=True)  # a browser asks whether its copy is still fresh
page_of_a_day = public(no_cache=True, asks=["on"])


def asked_day(request: HttpRequest) -> AskedDay:
    """Return the day that a page is asked for with ?on=; two days are none."""
    days = request.GET.getlist("on", [""])
    return AskedDay.read(days[0] if len(days) == 1 else "several")


def asked_words(request: HttpRequest) -> str:
    """Return all that was typed into the search."""
    return " ".join(request.GET.getlist("q"))


def asked_page(request: HttpRequest) -> int:
    """Return which page of a list is asked for with ?page=: the first, unless it is a number."""
    pages = request.GET.getlist("page")
    return int(pages[0]) if len(pages) == 1 and re.fullmatch("[0-9]{1,6}", pages[0]) else 1


@page
def choose_language(request: HttpRequest) -> HttpResponse:
    """Send / to the language of the browser."""
    return redirect("home")


@page
def robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers what is not for them, and where the sitemap is."""
    context = {"sitemap": request.build_absolute_uri(reverse("sitemap"))}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")


@page
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """Name the sitemap of each language."""
    return sitemap_views.index(request, sitemaps(), sitemap_url_name="sitemap-of-language")


@public(no_cache=True, asks=["p"])
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    """List the pages of one language, or raise Http404."""
    return sitemap_views.sitemap(request, sitemaps(), section)


@page
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that ask for /favicon.ico unasked to the icon."""
    return redirect(static("img/icon.svg"), permanent=True)


@public(no_cache=True, asks=["q", "on"])
def home(request: HttpRequest) -> HttpResponse:
    """The searchable page: box, answer, map, list, waves, the set-up in short."""
    asked = asked_day(request)
    board = whole_board(asked.day)
    entries = fragments.kept(_entries_of_home, "entries of home")
    context = {
        "page": fragments.kept(lambda: pages.home(board, entries), "home"),
        "asked": asked,
        "board": board,
        "requirements": entries[Kind.REQUIREMENT],
        "steps": entries[Kind.STEP],
        "questions": entries[Kind.QUESTION],
    }
    if "q" in request.GET:
        answer = service.find(asked_words(request))
        context |= {
            "answer": answer,
            "elsewhere": entries[Kind.PLACE] if service.is_overseas(answer) else [],
        }
    return render(request, "rollout/home.html", context)


def _entries_of_home() -> dict[Kind, list[Entry]]:
    return Entry.objects.for_everyone().by_kind(*pages.HOME, Kind.PLACE)


@public(max_age=300, asks=["q"])
def suggestions(request: HttpRequest) -> HttpResponse:
    """Places to offer while someone types, as JSON, with the words that announce them."""
    offers = service.suggest(asked_words(request))
    suggestions = [offer._asdict() for offer in offers]
    answer = JsonResponse({"suggestions": suggestions, "words": count_of_offers(len(offers))})
    answer["X-Robots-Tag"] = "noindex"
    return answer


@public(no_cache=True, asks=[*ListForm.base_fields, "on"])
def departments(request: HttpRequest) -> HttpResponse:
    """The list of all departments, narrowed and ordered as asked."""
    asked = asked_day(request)
    board = whole_board(asked.day)
    context = {
        "page": fragments.kept(lambda: pages.departments(board), "page of the list"),
        "asked": asked,
        "board": board,
        "form": ListForm(request.GET, board),
    }
    return render(request, "rollout/departments.html", context)


@page
def regions(request: HttpRequest) -> HttpResponse:
    """Lead to the list, which is by region."""
    return redirect("departments", permanent=True)


@page_of_a_day
def department(request: HttpRequest, ref: str) -> HttpResponse:
    """The answer for one department."""
    asked = asked_day(request)
    code = ref.partition("-")[0].upper()
    board = whole_board(asked.day)
    row = board.by_code.get(code)
    if row is None or ref != row.department.slug:
        raise Http404  # rollout.addresses leads on where a place was meant
    sources = fragments.kept(_sources_by_department, "sources by department")[code]
    context = {
        "page": pages.department(row, pages.known_of(board)),
        "asked": asked,
        "board": board,
        "row": row,
        "sources": sources,
        "newest_source": newest(sources),
        "others": [other for other in board.beside(row) if other is not row],
    }
    return render(request, "rollout/department.html", context)


def _sources_by_department() -> dict[str, list[Source]]:
    found = Department.objects.only("code").prefetch_related("sources")
    return {department.code: list(department.sources.all()) for department in found}


@page_of_a_day
def region(request: HttpRequest, ref: str) -> HttpResponse:
    """The answer for one region: all its departments, and when each opened."""
    asked = asked_day(request)
    parts = whole_board(asked.day).regions
    found = next((part for part in parts if part.region.slug == ref), None)
    if found is None:
        raise Http404  # rollout.addresses leads on where a place was meant
    context = {
        "page": pages.region(found.region, found.rows),
        "asked": asked,
        "region": found.region,
        "board": Board(asked.day, [row.department for row in found.rows]),
    }
    return render(request, "rollout/region.html", context)


@page_of_a_day
def rollout(request: HttpRequest) -> HttpResponse:
    """The story of the roll-out, and the map as it stood on any day."""
    asked = asked_day(request)
    board = whole_board(asked.day)
    entries = fragments.kept(_entries_of_rollout, "entries of the roll-out")
    context = {
        "page": fragments.kept(lambda: pages.rollout(board, entries), "roll-out"),
        "asked": asked,
        "board": board,
        "chart": step_chart(board.waves, today(), asked.day),
        "story": story(board.waves, entries[Kind.MILESTONE]),
        "figures": entries[Kind.FIGURE],
    }
    return render(request, "rollout/rollout.html", context)


def _entries_of_rollout() -> dict[Kind, list[Entry]]:
    return Entry.objects.with_sources().by_kind(*pages.ROLLOUT)


@page_of_a_day
def phase(request: HttpRequest, slug: str) -> HttpResponse:
    """One wave: its day, its departments, its sources."""
    asked = asked_day(request)
    board = whole_board(asked.day)
    wave = next((wave for wave in board.waves if wave.phase.slug == slug), None)
    if wave is None:
        raise Gone if Phase.history.filter(slug=slug).exists() else Http404
    context = {
        "page": pages.phase(wave.phase, board, pages.known_of(board)),
        "asked": asked,
        "board": board,
        "wave": wave,
        "sources": list(wave.phase.sources.all()),
    }
    return render(request, "rollout/phase.html", context)


@page
def set_up(request: HttpRequest) -> HttpResponse:
    """The guide: what to have ready, the steps of each route, problems, situations, help, uses."""
    entries = Entry.objects.with_sources().by_kind(*pages.SET_UP)
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
        "page": pages.set_up(found, entries),
        "requirements": entries_for(None, entries[Kind.REQUIREMENT]),
        "routes": routes,
        "problems": entries[Kind.PROBLEM],
        "situations": entries[Kind.SITUATION] + entries[Kind.PLACE],
        "contacts": entries[Kind.CONTACT],
        "uses": entries[Kind.USE],
    }
    return render(request, "rollout/set_up.html", context)


@public(no_cache=True, asks=[*CheckForm.base_fields, "on"])
def can_i(request: HttpRequest) -> HttpResponse:
    """The check: five answers, sent by GET, and one verdict. Nothing is kept."""
    asked = asked_day(request)
    board = whole_board(asked.day)
    documents, schemes, page = fragments.kept(_papers, "papers")
    answers = request.GET if CheckForm.is_answered(request.GET) else None
    form = CheckForm(answers, documents=documents, schemes=schemes, board=board)
    context: dict[str, Any] = {"page": page, "asked": asked, "board": board, "form": form}
    if form.is_valid():
        context |= _checked(form, board)
    return render(request, "rollout/can_i.html", context)


def _papers() -> tuple[list[IdentityDocument], list[HealthScheme], pages.Page]:
    """Return the documents and schemes that one can choose from, and the page of the check."""
    documents = list(IdentityDocument.objects.offered().with_texts())
    schemes = list(HealthScheme.objects.offered().for_page())
    return documents, schemes, pages.can_i(documents, schemes)


def _checked(form: CheckForm, board: Board) -> dict[str, Any]:
    """Return the verdict on valid answers, with what to prepare and the steps of its route."""
    guide, entries = fragments.kept(lambda: _guide(board.on), "guide", board.on)
    found = verdict(form.answers(), guide, board)
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


@page
def at_the_counter(request: HttpRequest) -> HttpResponse:
    """One printed page: what to say in French, what to expect, what to do when refused."""
    entries = Entry.objects.by_kind(*pages.COUNTER)
    context = {
        "page": pages.of_entries("at-the-counter", pages.COUNTER, entries),
        "phrases": entries[Kind.PHRASE],
        "notes": entries[Kind.COUNTER],
    }
    return render(request, "rollout/at_the_counter.html", context)


@page
def questions(request: HttpRequest) -> HttpResponse:
    """What foreign residents ask, each answered in a few sentences."""
    entries = Entry.objects.with_sources().by_kind(Kind.QUESTION)
    context = {"page": pages.questions(entries), "questions": entries[Kind.QUESTION]}
    return render(request, "rollout/questions.html", context)


@page
def glossary(request: HttpRequest) -> HttpResponse:
    """The French words that one meets, explained."""
    entries = Entry.objects.with_sources().by_kind(Kind.TERM)
    context = {
        "page": pages.of_entries("glossary", [Kind.TERM], entries),
        "terms": entries[Kind.TERM],
    }
    return render(request, "rollout/glossary.html", context)


@public(no_cache=True, asks=["page"])
def updates(request: HttpRequest) -> HttpResponse:
    """What changed, newest first, 50 a page; a page that does not exist is the nearest one."""
    newest_first = Paginator(Update.objects.for_page(), pages.UPDATES)
    some = newest_first.get_page(asked_page(request))
    context = {"page": pages.of_rows("updates", some), "updates": some}
    return render(request, "rollout/updates.html", context)


@page
def about(request: HttpRequest) -> HttpResponse:
    """Who makes the site, for whom, and how."""
    return render(request, "rollout/about.html", {"page": pages.of_rows("about")})


@page
def sources(request: HttpRequest) -> HttpResponse:
    """Every source on which a statement rests, and what others said that turned out wrong."""
    found = citations()
    corrections = Entry.objects.with_sources().by_kind(Kind.CORRECTION)[Kind.CORRECTION]
    cited = [citation.source for citation in found]
    context = {
        "page": pages.of_rows("sources", [*cited, *corrections]),
        "citations": found,
        "corrections": corrections,
    }
    return render(request, "rollout/sources.html", context)


@page
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One source: what it is, where it can be read, and what rests on it."""
    found = citation(slug)
    if found is None:
        is_there = Source.objects.filter(slug=slug).exists()  # nothing public rests on it
        raise Http404 if is_there or not Source.history.filter(slug=slug).exists() else Gone
    context = {"page": pages.source(found.source), "citation": found, "source": found.source}
    return render(request, "rollout/source.html", context)


@page
def data(request: HttpRequest) -> HttpResponse:
    """What programs may take: files, the API, its errors, examples, the licence."""
    context = {
        "page": pages.data(Department.objects.all(), request.build_absolute_uri),
        **documentation.of_the_page(request.build_absolute_uri),
    }
    return render(request, "rollout/data.html", context)


@page
def accessibility(request: HttpRequest) -> HttpResponse:
    """What was tried so that everyone can use the site, and what was not."""
    context = {
        "page": pages.of_rows("accessibility"),
        "publisher_contact": settings.PUBLISHER_CONTACT,
    }
    return render(request, "rollout/accessibility.html", context)


@page
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of visitors: nothing."""
    return render(request, "rollout/privacy.html", {"page": pages.of_rows("privacy")})


@page
def legal(request: HttpRequest) -> HttpResponse:
    """The legal notice; what the environment does not say is said to be unset."""
    context = {
        "page": pages.of_rows("legal"),
        "publisher": settings.PUBLISHER,
        "publisher_contact": settings.PUBLISHER_CONTACT,
        "publication_director": settings.PUBLICATION_DIRECTOR,
        "hosted_by": settings.HOSTED_BY,
    }
    return render(request, "rollout/legal.html", context)


# --- Errors ---------------------------------------------------------------------------------------


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Help whoever followed an address that leads nowhere, or no more."""
    if isinstance(exception, Gone):
        return render(request, "410.html", status=410)
    return render(request, "404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refuse a forged host or a broken request; nothing of it is trusted or shown."""
    return render(None, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Tell someone who is signed in that the page is not for them, and log it."""
    facts = {"user": request.user.get_username(), "path": request.path}
    logger.warning("Refused", extra={"facts": facts})
    return render(None, "403.html", status=403)


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse an editor's form that is stale or comes from elsewhere."""
    return render(None, "403_csrf.html", status=403)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Ask whoever guesses, or types too fast, to wait."""
    return render(None, "429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours, and under which number it is logged; ask no database."""
    return render(None, "500.html", {"number": getattr(request, "number", "")}, status=500)
