"""One door for what visitors send: each public view declares what it reads, and reads nothing else."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from rollout import views
from rollout.forms import CheckForm
from rollout.listing import ListForm

CHECKED_BY = {
    "on": "rollout.days.AskedDay",
    "page": "django.core.paginator.Paginator.get_page",
    "q": "rollout.search.folding.clean",
    **dict.fromkeys(CheckForm.base_fields, "rollout.forms.CheckForm"),
    **dict.fromkeys(ListForm.base_fields, "rollout.listing.ListForm"),
}
"""Every parameter of the pages, and what looks at its value before anything else does."""
APART = ("admin/", "accounts/", "api/v1/")
"""Editors' forms are Django's and allauth's; the API declares what it reads by its description."""


def views_by_route(resolver=None, before=""):
    """Yield each route of the site that is public and no API, with its view."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if route.startswith(APART):
            continue
        if isinstance(pattern, URLResolver):
            yield from views_by_route(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def test_every_public_view_declares_its_parameters_and_each_has_a_check():
    found = dict(views_by_route())
    assert len(found) > 35
    assert {"en/", "en/suggest/", "en/embed/departments/<number:ref>.svg"} <= set(found)
    assert [route for route, view in found.items() if not hasattr(view, "asks")] == []
    asked = {name for view in found.values() for name in view.asks}
    assert asked == set(CHECKED_BY)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_view_is_given_nothing_that_it_did_not_declare(method):
    given = []

    @views.public(asks=["q"])
    def view(request):
        given.append(request.GET)
        return HttpResponse()

    getattr(RequestFactory(), method)("/")
    view(getattr(RequestFactory(), method)("/?q=a&on=2025-05-28&q=b&Q=c&q%00=d&_method=POST"))
    assert vars(view)["asks"] == ("q",)
    assert dict(given[0].lists()) == {"q": ["a", "b"]}
    with pytest.raises(AttributeError):
        given[0]["q"] = "x"


def test_a_page_does_not_depend_on_what_it_does_not_declare(client, db):
    plain = client.get("/en/about/").content
    assert client.get("/en/about/?on=2025-05-28&q=paris&page=2&debug=1").content == plain
