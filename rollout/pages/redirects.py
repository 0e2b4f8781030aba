"""Where a place stands today, and where a mistyped address was meant to lead: in one step."""

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

from rollout.models import Department, Region


class Gone(Http404):
    """There was a page at this address, and what it stated was withdrawn."""


def department_slug(ref: str) -> str | None:
    """Return what stands for a department in addresses: of its number, name or an old form."""
    code = ref.partition("-")[0].upper()
    departments = list(Department.objects.only("code", "name"))
    by_code = [found.slug for found in departments if found.code == code]
    by_name = [found.slug for found in departments if slugify(found.name) == slugify(ref)]
    return next(iter(by_code + by_name), None)


def region_slug(ref: str) -> str | None:
    """Return what stands for a region in addresses: of its code, or a name that it once had."""
    known = Region.objects.filter(Q(slug=ref) | Q(slug=slugify(ref)))
    found = known.first() or Region.objects.once_known_as(ref)
    return found.slug if found else None


def department_number(ref: str) -> str | None:
    """Return a department's number in lower case, as the addresses of what is embedded have it."""
    slug = department_slug(ref)
    return slug.partition("-")[0] if slug else None


SLUGS: dict[str, Callable[[str], str | None]] = {
    "department": department_slug,
    "region": region_slug,
    "embed": department_number,
}
"""How places are found, by the first word of the name of an address that has one in it."""


def canonical_url(path: str) -> str | None:
    """Return the address that a path was meant for, or None where none is known.

    It may lack the last slash or have too many, be in capitals, lack the language (then the active
    one is taken), or name a place by its number or an old name.
    """
    path = re.sub("/+", "/", path).rstrip("/")
    language = language_of(path) or get_language()
    with override(language):
        for form in _spellings(path, f"/{language}"):
            try:
                match = resolve(form)
            except Resolver404:
                continue
            if match.url_name:  # the admin answers to anything below it, without a name
                return _of_place(match, form)
    return None


def language_of(path: str) -> str | None:
    """Return the language with which a path begins, in capitals too, or None."""
    first = path.lstrip("/").partition("/")[0].lower()
    return first if first in dict(settings.LANGUAGES) else None


def _spellings(path: str, prefix: str) -> list[str]:
    """Return what a path may be short for, the likeliest first."""
    return [
        f"{before}{spelt}{end}"
        for spelt in dict.fromkeys([path, path.lower()])
        for before in ("", prefix)
        for end in ("/", "")
    ]


def _of_place(match: ResolverMatch, path: str) -> str | None:
    """Return an address with today's name of the place that it is about."""
    find = SLUGS.get(str(match.url_name).partition("-")[0])
    if find is None or "ref" not in match.kwargs:
        return path
    slug = find(match.kwargs["ref"])
    return reverse(match.view_name, kwargs={**match.kwargs, "ref": slug}) if slug else None


def redirect_keeping_query(
    request: HttpRequest, address: str, *, permanent: bool = True
) -> HttpResponse:
    """Redirect to an address with the query that was asked."""
    query = request.META.get("QUERY_STRING", "")
    kind = HttpResponsePermanentRedirect if permanent else HttpResponseRedirect
    return kind(f"{address}?{query}" if query else address)
