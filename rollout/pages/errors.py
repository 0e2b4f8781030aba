"""The error pages."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rollout.pages.redirects import Gone

logger = logging.getLogger(__name__)


# --- Errors ---------------------------------------------------------------------------------------


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Help whoever followed an address that leads nowhere, or no more."""
    if isinstance(exception, Gone):
        return render(request, "410.html", status=410)
    return render(request, "404.html", status=404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refuse a forged host or a broken request; nothing of it is trusted or shown."""
    return render(None, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Tell someone who is signed in that the page is not for them, and log it."""
    facts = {"user": request.user.get_username(), "path": request.path}
    logger.warning("Refused", extra={"facts": facts})
    return render(None, "403.html", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse an editor's form that is stale or comes from elsewhere."""
    return render(None, "403_csrf.html", status=403)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Ask whoever guesses, or types too fast, to wait."""
    return render(None, "429.html", status=429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours, and under which number it is logged; ask no database."""
    return render(None, "500.html", {"number": getattr(request, "request_id", "")}, status=500)
