"""What stands behind the site: updates, sources, data, and the pages about the site itself."""

import logging

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from rollout.api import documentation
from rollout.caching.decorators import page_view, public_view
from rollout.facts.citations import citation, citations
from rollout.models import (
    Department,
    Entry,
    Kind,
    Source,
    Update,
)
from rollout.pages import metadata
from rollout.pages.params import page_number
from rollout.pages.redirects import Gone

logger = logging.getLogger(__name__)


@public_view(no_cache=True, query_params=["page"])
def updates(request: HttpRequest) -> HttpResponse:
    """What changed, newest first, 50 a page; a page that does not exist is the nearest one."""
    newest_first = Paginator(Update.objects.for_page(), metadata.UPDATES_PER_PAGE)
    some = newest_first.get_page(page_number(request))
    context = {"page": metadata.page_of_rows("updates", some), "updates": some}
    return render(request, "rollout/updates.html", context)


@page_view
def about(request: HttpRequest) -> HttpResponse:
    """Who makes the site, for whom, and how."""
    return render(request, "rollout/about.html", {"page": metadata.page_of_rows("about")})


@page_view
def sources(request: HttpRequest) -> HttpResponse:
    """Every source on which a statement rests, and what others said that turned out wrong."""
    found = citations()
    corrections = Entry.objects.with_sources().by_kind(Kind.CORRECTION)[Kind.CORRECTION]
    cited = [citation.source for citation in found]
    context = {
        "page": metadata.page_of_rows("sources", [*cited, *corrections]),
        "citations": found,
        "corrections": corrections,
    }
    return render(request, "rollout/sources.html", context)


@page_view
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """One source: what it is, where it can be read, and what rests on it."""
    found = citation(slug)
    if found is None:
        is_there = Source.objects.filter(slug=slug).exists()  # nothing public rests on it
        raise Http404 if is_there or not Source.history.filter(slug=slug).exists() else Gone
    context = {"page": metadata.source(found.source), "citation": found, "source": found.source}
    return render(request, "rollout/source.html", context)


@page_view
def data(request: HttpRequest) -> HttpResponse:
    """What programs may take: files, the API, its errors, examples, the licence."""
    context = {
        "page": metadata.data(Department.objects.all(), request.build_absolute_uri),
        **documentation.page_context(request.build_absolute_uri),
    }
    return render(request, "rollout/data.html", context)


@page_view
def accessibility(request: HttpRequest) -> HttpResponse:
    """What was tried so that everyone can use the site, and what was not."""
    context = {
        "page": metadata.page_of_rows("accessibility"),
        "publisher_contact": settings.PUBLISHER_CONTACT,
    }
    return render(request, "rollout/accessibility.html", context)


@page_view
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of visitors: nothing."""
    return render(request, "rollout/privacy.html", {"page": metadata.page_of_rows("privacy")})


@page_view
def legal(request: HttpRequest) -> HttpResponse:
    """The legal notice; what the environment does not say is said to be unset."""
    context = {
        "page": metadata.page_of_rows("legal"),
        "publisher": settings.PUBLISHER,
        "publisher_contact": settings.PUBLISHER_CONTACT,
        "publication_director": settings.PUBLICATION_DIRECTOR,
        "hosted_by": settings.HOSTED_BY,
    }
    return render(request, "rollout/legal.html", context)
