"""Links from a page to itself: in another language, on another day, as search engines know it."""

import datetime
from collections.abc import Collection, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language, get_language_bidi, get_language_info, gettext

from rollout.caching.languages import public_languages
from rollout.kinds import FULL_LANGUAGES_ONLY
from rollout.models.texts import reference_language
from rollout.pages.check_form import STEP_PARAM, CheckForm
from rollout.pages.list_form import ListForm
from rollout.search.normalise import clean

DAY_PARAM = "on"
STATE_PARAMS = {"q", *CheckForm.base_fields, STEP_PARAM, *ListForm.base_fields}
"""The query parameters with what a reader searched, answered or chose, but for the day."""


class Alternate(NamedTuple):
    """The same page in one language."""

    code: str
    name: str
    path: str
    """Without scheme and host, with the query of this page."""
    address: str
    """With scheme and host, without a query: for search engines."""
    is_current: bool
    is_reference: bool
    is_whole: bool
    """Whether the page can be read whole in it."""
    direction: str
    """That of its name, "rtl" or "ltr", where the active language has the other; else ""."""


def alternates(request: HttpRequest, languages: Collection[str]) -> list[Alternate]:
    """Return the page of a request in every public language that has it, in the order of LANGUAGES.

    `languages` are the codes of those in which it can be read whole. The path after the language
    is the same in all.
    """
    match = request.resolver_match
    is_in_all = match is None or match.url_name not in FULL_LANGUAGES_ONLY
    prefix = f"/{get_language()}/"
    rest = request.path.removeprefix(prefix) if request.path.startswith(prefix) else ""
    query = _query(request, STATE_PARAMS | {DAY_PARAM})
    codes = public_languages() if is_in_all else settings.FULL_LANGUAGES
    root, quoted_rest = request.build_absolute_uri("/"), iri_to_uri(rest)
    current, reference = get_language(), reference_language()
    is_page_rtl = get_language_bidi()
    return [
        Alternate(
            code,
            name,
            path=_with_query(f"/{code}/{rest}", query),
            address=f"{root}{code}/{quoted_rest}",
            is_current=code == current,
            is_reference=code == reference,
            is_whole=code in languages,
            direction=_direction(code, is_page_rtl=is_page_rtl),
        )
        for code, name in settings.LANGUAGES
        if code in codes
    ]


def _direction(code: str, *, is_page_rtl: bool) -> str:
    is_rtl = get_language_info(code)["bidi"]
    return "" if is_rtl == is_page_rtl else ("rtl" if is_rtl else "ltr")


def search_alternates(request: HttpRequest, pages: Sequence[Alternate]) -> list[Alternate]:
    """Return those of a page's alternates that search engines are offered.

    None of a page with a query: another day's page is known as that of today, which would not
    name it in return.
    """
    return [] if request.GET else [page for page in pages if page.is_whole]


def without_day(request: HttpRequest) -> str:
    """Return the path of this page today, with what was searched, answered or chosen."""
    return _with_query(request.path, _query(request, STATE_PARAMS))


def on_day(request: HttpRequest, day: datetime.date) -> str:
    """Return the query, from "?", of this page on another day, with what was searched or chosen."""
    query = _query(request, STATE_PARAMS)
    return f"?{query}&{DAY_PARAM}={day}" if query else f"?{DAY_PARAM}={day}"


def in_reference_language(request: HttpRequest) -> str:
    """Return the path of this page in the reference language, with its query."""
    return next(page.path for page in alternates(request, ()) if page.is_reference)


def canonical(request: HttpRequest) -> str:
    """Return the address under which search engines know this page: absolute, without a query."""
    return request.build_absolute_uri(request.path)


def correction(request: HttpRequest) -> str:
    """Return the address to tell what is wrong on this page, which it names without its query.

    It is a mailto: or https: address, as CORRECTIONS_ADDRESS is; "" where that is not set.
    """
    address, page = settings.CORRECTIONS_ADDRESS, canonical(request)
    if not address:
        return ""
    if not address.startswith("https:"):
        params = {"subject": gettext("Something wrong or out of date"), "body": page}
        return f"mailto:{quote(address, safe='@')}?{urlencode(params, quote_via=quote)}"
    if "{page}" in address:
        return address.replace("{page}", quote(page, safe=""))
    parts = urlsplit(address)
    query = "&".join(filter(None, [parts.query, urlencode({"title": page})]))
    return parts._replace(query=query).geturl()


def _query(request: HttpRequest, names: Collection[str]) -> str:
    """Return those parameters of a request that have these names; an empty search too."""
    params = [
        (name, clean(value))
        for name, values in request.GET.lists()
        if name in names
        for value in values[:2]  # two values are refused as more would be
    ]
    return urlencode([(name, value) for name, value in params if value or name == "q"])


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
