"""Decorators for views about one place: they get the department or region, not its address."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from rollout.facts.snapshot import current_snapshot
from rollout.models import Region

View = Callable[..., HttpResponse]


def of_department(view: View) -> View:
    """Give a view the department whose slug is `ref`.

    Raises:
        Http404: There is none.
    """

    @wraps(view)
    def with_place(request: HttpRequest, ref: str, **kwargs: Any) -> HttpResponse:
        """Call the view with the place, or raise Http404."""
        row = current_snapshot().by_code.get(ref.partition("-")[0].upper())
        if row is None or row.department.slug != ref:
            raise Http404
        return view(request, row.department, **kwargs)

    return with_place


def of_region(view: View) -> View:
    """Give a view the region whose slug is `ref`.

    Raises:
        Http404: There is none.
    """

    @wraps(view)
    def with_place(request: HttpRequest, ref: str, **kwargs: Any) -> HttpResponse:
        """Call the view with the place, or raise Http404."""
        region = Region.objects.filter(slug=ref).first()
        if region is None:
            raise Http404
        return view(request, region, **kwargs)

    return with_place
