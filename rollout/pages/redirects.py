"""The current URL for a mistyped address or an old name of a place: one redirect corrects all."""

import re
from collections.abc import Callable

from django.conf import settings
from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.text import slugify
from django.utils.translation import get_language, override

from rollout.models import Department, Region, Source, Wave
from rollout.pages.params import search_text
from rollout.search.personal import is_personal


class Gone(Http404):
    """There was a page at this address, and what it showed was withdrawn: status 410."""


def gone_or_not_found(model: type[Source | Wave], slug: str) -> Http404:
    """Return the exception to raise: Gone for a row that was deleted, else Http404."""
    is_deleted = not model.objects.filter(slug=slug).exists() and (
        model.history.filter(slug=slug).exists()
    )
    return Gone() if is_deleted else Http404()


def department_slug(ref: str) -> str | None:
    """Return a department's slug, such as 69-rhone, for its number, its name or "69-anything".

    None where no department has that number or name.
    """
    code = ref.partition("-")[0].upper()
    departments = list(Department.objects.only("code", "name"))
    by_code = [department.slug for department in departments if department.code == code]
    by_name = [dep.slug for dep in departments if slugify(dep.name) == slugify(ref)]
    return next(iter(by_code + by_name), None)


def region_slug(ref: str) -> str | None:
    """Return a region's slug for its slug, its name or a former name, else None."""
    by_name = Region.objects.filter(Q(slug=ref) | Q(slug=slugify(ref)))
    region = by_name.first() or Region.objects.once_known_as(ref)
    return region.slug if region else None


def department_number(ref: str) -> str | None:
    """Return a department's number in lower case, as URLs of embeds have it, else None."""
    slug = department_slug(ref)
    return slug.partition("-")[0] if slug else None


SLUGS: dict[str, Callable[[str], str | None]] = {
    "department": department_slug,
    "region": region_slug,
    "embed": department_number,
}
"""How to find the `ref` of a URL, by the first word of its name: department-feed."""


def canonical_url(path: str) -> str | None:
    """Return the path of the page that a path was meant for, or None where there is no such page.

    It may lack the last slash or have too many, be in capitals, lack the language (then the active
    one is taken), or name a place by its number or a former name.
    """
    path = re.sub("/+", "/", path).rstrip("/")
    language = language_of(path) or get_language()
    with override(language):
        for spelling in _spellings(path, f"/{language}"):
            try:
                match = resolve(spelling)
            except Resolver404:
                continue
            if match.url_name:  # the admin answers to anything below it, without a name
                return _with_current_ref(match, spelling)
    return None


def language_of(path: str) -> str | None:
    """Return the code of the language with which a path begins, in capitals too, or None."""
    first = path.lstrip("/").partition("/")[0].lower()
    return first if first in dict(settings.LANGUAGES) else None


def _spellings(path: str, prefix: str) -> list[str]:
    """Return the paths that one may stand for, the likeliest first."""
    return [
        f"{before}{spelt}{end}"
        for spelt in dict.fromkeys([path, path.lower()])
        for before in ("", prefix)
        for end in ("/", "")
    ]


def _with_current_ref(match: ResolverMatch, path: str) -> str | None:
    """Return a path with the current slug of its place; None where there is no such place."""
    find = SLUGS.get(str(match.url_name).partition("-")[0])
    if find is None or "ref" not in match.kwargs:
        return path
    slug = find(match.kwargs["ref"])
    return reverse(match.view_name, kwargs={**match.kwargs, "ref": slug}) if slug else None


def redirect_keeping_query(
    request: HttpRequest, address: str, *, permanent: bool = True
) -> HttpResponse:
    """Redirect to an address with the query of the request, unless personal data was searched."""
    query = "" if is_personal(search_text(request)) else request.META.get("QUERY_STRING", "")
    redirect = HttpResponsePermanentRedirect if permanent else HttpResponseRedirect
    return redirect(f"{address}?{query}" if query else address)
