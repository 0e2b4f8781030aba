"""The error pages: handlers of site_config/urls.py and settings."""

import logging
import sys

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollout.caching.middleware import unavailable
from rollout.caching.outages import outage_of
from rollout.pages.redirects import Gone

logger = logging.getLogger(__name__)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the 404 page, or the 410 page for what was withdrawn (`Gone`)."""
    if isinstance(exception, Gone):
        return render(request, "410.html", status=410)
    return render(request, "404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the 400 page for a forged host or a broken request; nothing of it is shown.

    A form with more fields than DATA_UPLOAD_MAX_NUMBER_FIELDS is told apart: an editor ticked too
    many rows.
    """
    context = {"has_too_many_fields": isinstance(exception, TooManyFieldsSent)}
    return render(None, "400.html", context, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the 403 page for someone who is signed in, and log who asked for what."""
    facts = {"user": request.user.get_username(), "path": request.path}
    logger.warning("Refused", extra={"facts": facts})
    return render(None, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the 403 page for an editor's form that is stale or comes from another site."""
    return render(None, "403_csrf.html", status=403)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Return the 429 page for too many attempts to sign in."""
    return render(None, "429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the 503 page if the error being handled has a known cause outside of the site.

    Else the 500 page, with the number under which it is logged; no database is queried.
    """
    outage = outage_of(sys.exc_info()[1])
    if outage:
        return unavailable(request, outage)
    return render(None, "500.html", {"number": getattr(request, "request_id", "")}, status=500)
