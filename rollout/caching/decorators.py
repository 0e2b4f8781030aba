"""Decorators for public views: no session, one version of the facts, this Cache-Control."""

from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from rollout.caching import fragments

View = Callable[..., HttpResponse]


def public_view(
    *, query_params: Iterable[str] = (), max_age: int | None = None
) -> Callable[[View], View]:
    """Make a view public: GET and HEAD only, without session or token, with this Cache-Control.

    `query_params` names the parameters that the view reads; it is given no others, so that its
    response cannot depend on them. The decorated view has them as its attribute `query_params`.
    Browsers and proxies may use a response for `max_age` seconds; with None they revalidate it each
    time. Such a view changes nothing, so it needs no CSRF protection; without the exemption, a
    wrong method would get that protection's 403 before the 405.
    """
    names = tuple(query_params)
    cache = {"no_cache": True} if max_age is None else {"max_age": max_age}

    def decorate(view: View) -> View:
        """Return the public view."""
        cached = fragments.with_fragment_cache(view)

        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            """Call the view with the parameters that it declares."""
            request.GET = select_params(request.GET, names)
            return cached(request, *args, **kwargs)

        public: Any = csrf_exempt(require_safe(cache_control(public=True, **cache)(wrapped)))
        public.query_params = names
        return public  # type: ignore[no-any-return]

    return decorate


def select_params(query: QueryDict, names: Collection[str]) -> Any:
    """Return an immutable QueryDict of the parameters with these names, in their order."""
    selected: Any = QueryDict(mutable=True)
    for name, values in query.lists():
        if name in names:
            selected.setlist(name, values)
    selected._mutable = False
    return selected


page_view = public_view()
dated_page_view = public_view(query_params=["on"])
