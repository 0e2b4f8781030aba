"""Decorators for public views: no session, one version of the facts, this Cache-Control."""

import logging
from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from rollout.caching import fragments

View = Callable[..., HttpResponse]


logger = logging.getLogger(__name__)


def public_view(*, query_params: Iterable[str] = (), **cache: Any) -> Callable[[View], View]:
    """Make a view public: GET and HEAD only, without session or token, with this Cache-Control.

    `asks` names the parameters of the query that the view reads; it is given no others, so that
    its answer cannot depend on them. The decorated view carries them as its attribute `asks`.
    Such a view changes nothing, so it needs no protection against forged forms; without the
    exemption, a wrong method would get that protection's 403 before the 405.
    """

    names = tuple(query_params)

    def decorate(view: View) -> View:
        """Return the view, closed to other methods and told how long to be kept."""

        @wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            """Answer to what may be asked here."""
            request.GET = known_params(request.GET, names)
            return of_one_edition(request, *args, **kwargs)

        of_one_edition = fragments.with_fragment_cache(view)
        kept: Any = csrf_exempt(require_safe(cache_control(public=True, **cache)(asked)))
        kept.query_params = names
        return kept  # type: ignore[no-any-return]

    return decorate


def known_params(query: QueryDict, names: Collection[str]) -> Any:
    """Return those parameters of a query that have these names, in the order they came in."""
    known: Any = QueryDict(mutable=True)
    for name, values in query.lists():
        if name in names:
            known.setlist(name, values)
    known._mutable = False
    return known


page_view = public_view(no_cache=True)  # a browser asks whether its copy is still fresh


dated_page_view = public_view(no_cache=True, query_params=["on"])
