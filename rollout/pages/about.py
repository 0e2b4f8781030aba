"""Views of updates, sources, open data, and the pages about the site itself."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from rollout.api import documentation
from rollout.caching.decorators import page_view, public_view
from rollout.facts.changes import newest_change
from rollout.facts.citations import citation, citations
from rollout.models import Department, Entry, Kind, Source, Update
from rollout.pages import metadata
from rollout.pages.params import page_number
from rollout.pages.redirects import gone_or_not_found


@public_view(query_params=["page"])
def updates(request: HttpRequest) -> HttpResponse:
    """Show the updates, newest first, 50 a page; of a page that does not exist the nearest one."""
    newest_first = Paginator(Update.objects.for_page(), metadata.UPDATES_PER_PAGE)
    updates = newest_first.get_page(page_number(request))
    newest = None if updates.object_list else newest_change()
    context = {
        "page": metadata.page_of_rows("updates", updates),
        "updates": updates,
        "unchanged_since": timezone.localdate(newest) if newest else None,
    }
    return render(request, "rollout/updates.html", context)


@page_view
def about(request: HttpRequest) -> HttpResponse:
    """Show who makes the site, for whom, and how."""
    return render(request, "rollout/about.html", {"page": metadata.page_of_rows("about")})


@page_view
def sources(request: HttpRequest) -> HttpResponse:
    """Show every source that a fact cites, and corrections of what others published."""
    all_citations = citations()
    corrections = Entry.objects.with_sources().by_kind(Kind.CORRECTION)[Kind.CORRECTION]
    context = {
        "page": metadata.sources([cited.source for cited in all_citations], corrections),
        "citations": all_citations,
        "corrections": corrections,
    }
    return render(request, "rollout/sources.html", context)


@page_view
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one source: what it is, where it can be read, and the facts that cite it."""
    cited = citation(slug)
    if cited is None:  # perhaps it exists, and no public fact cites it
        raise gone_or_not_found(Source, slug)
    context = {"page": metadata.source(cited.source), "citation": cited, "source": cited.source}
    return render(request, "rollout/source.html", context)


@page_view
def data(request: HttpRequest) -> HttpResponse:
    """Show the open data: files, the API, its errors, examples, the licence."""
    context = {
        "page": metadata.data(Department.objects.all(), request.build_absolute_uri),
        **documentation.page_context(request.build_absolute_uri),
    }
    return render(request, "rollout/data.html", context)


@page_view
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show the accessibility statement."""
    context = {
        "page": metadata.page_of_rows("accessibility"),
        "publisher_contact": settings.PUBLISHER_CONTACT,
    }
    return render(request, "rollout/accessibility.html", context)


@page_view
def privacy(request: HttpRequest) -> HttpResponse:
    """Show the privacy policy."""
    return render(request, "rollout/privacy.html", {"page": metadata.page_of_rows("privacy")})


@page_view
def legal(request: HttpRequest) -> HttpResponse:
    """Show the legal notice; it names settings that are empty as unset."""
    context = {
        "page": metadata.page_of_rows("legal"),
        "publisher": settings.PUBLISHER,
        "publisher_contact": settings.PUBLISHER_CONTACT,
        "publication_director": settings.PUBLICATION_DIRECTOR,
        "hosted_by": settings.HOSTED_BY,
    }
    return render(request, "rollout/legal.html", context)
