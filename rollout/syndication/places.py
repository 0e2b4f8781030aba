"""Views about one place: they get the department or region itself, not what its address says."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from rollout.models import Department, Region

View = Callable[..., HttpResponse]


def of_department(view: View) -> View:
    """Give a view the department whose name in addresses is `ref`, or raise Http404."""

    @wraps(view)
    def selected_day(request: HttpRequest, ref: str, **more: Any) -> HttpResponse:
        """Answer for that department."""
        found = Department.objects.filter(code=ref.partition("-")[0].upper()).first()
        if found is None or found.slug != ref:
            raise Http404
        return view(request, found, **more)

    return selected_day


def of_region(view: View) -> View:
    """Give a view the region whose name in addresses is `ref`, or raise Http404."""

    @wraps(view)
    def selected_day(request: HttpRequest, ref: str, **more: Any) -> HttpResponse:
        """Answer for that region."""
        found = Region.objects.filter(slug=ref).first()
        if found is None:
            raise Http404
        return view(request, found, **more)

    return selected_day
