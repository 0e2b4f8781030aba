"""Requests to the editors' pages that are refused or redirected before a view is called."""

import logging
import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.sessions import middleware as sessions
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from rollout.accounts.second_factor import FACTORS
from rollout.accounts.sessions import LAST_SEEN_KEY, STARTED_AT_KEY

GetResponse = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger(__name__)


class SessionMiddleware(sessions.SessionMiddleware):
    """Django's; a visit to the admin that cannot be recorded fails no page, and no save before it.

    Under /admin/ a session changes for nothing else (`_end_expired_session`); elsewhere, what
    signing in needs is in it.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save the session, and return the response with its cookie."""
        try:
            return super().process_response(request, response)
        except (DatabaseError, SessionInterrupted) as error:
            # Django takes any failure of an update for a session that was deleted meanwhile.
            failure = _database_failure(error)
            if failure is None:
                raise
            if not request.path.startswith(reverse("admin:index")):
                raise failure from None
            logger.warning("A visit could not be recorded: %s", failure)
            return response


def _database_failure(error: BaseException | None) -> OperationalError | None:
    """Return the failure of the database that led to an error."""
    while error is not None and not isinstance(error, OperationalError):
        error = error.__context__
    return error


class SecondFactorMiddleware:
    """Redirects staff to their second factor before any view under /admin/ is called.

    Ends sessions that are too old. Raises SuspiciousOperation (400) for a NUL byte.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the view's response or a redirect; public pages never read the session."""
        if not request.path.startswith(reverse("admin:index")):
            return self._get_response(request)
        _end_expired_session(request)
        if _contains_nul(request):  # PostgreSQL takes none, and no editor types one
            raise SuspiciousOperation("A NUL byte was sent.")
        required = _required_page(request)
        return redirect(required) if required else self._get_response(request)


def _end_expired_session(request: HttpRequest) -> None:
    """Sign out a user whose session is too old; else record, at most once a minute, their visit.

    Recording saves the session, and so its idle time begins anew.
    """
    if not request.user.is_authenticated:
        return
    now = int(time.time())
    started_at = request.session.setdefault(STARTED_AT_KEY, now)
    if now - started_at >= settings.MAX_SESSION_SECONDS:
        logger.info("Session ended", extra={"facts": {"user": request.user.get_username()}})
        logout(request)
    elif now - request.session.get(LAST_SEEN_KEY, 0) >= 60:
        request.session[LAST_SEEN_KEY] = now


def _contains_nul(request: HttpRequest) -> bool:
    values = [request.path]
    for data in (request.GET, request.POST):
        values += [str(value) for _name, items in data.lists() for value in items]
    return any("\x00" in value for value in values)


def _required_page(request: HttpRequest) -> str:
    """Return the address of the page to set the factor up, or to use it in this session, or ""."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff:
        return ""  # the admin itself asks who they are
    if not is_mfa_enabled(user, FACTORS):
        return reverse("mfa_index")
    if any(record["method"] == "mfa" for record in get_authentication_records(request, user)):
        return ""
    # Signed in before the factor was set up, perhaps by someone else who knew the password.
    confirm = get_adapter().get_reauthentication_methods(user)[0]["url"]
    return f"{confirm}?{urlencode({'next': request.get_full_path()})}"


MAX_BODY_BYTES = {"/accounts/": 64 * 1024, "/admin/": 1024 * 1024}
"""Prefixes of the editors' pages, and how many bytes a body may have: a form; one with a file."""


class RequestSizeMiddleware:
    """Refuses bodies over MAX_BODY_BYTES (413) before any middleware reads them.

    Answers 404 for the editors' pages on a host that is not in ADMIN_HOSTS, if that is set. Other
    pages read no body, and without Content-Length Django reads none.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the view's response, or the refusal."""
        limits = MAX_BODY_BYTES.items()
        limit = next((n for prefix, n in limits if request.path_info.startswith(prefix)), None)
        if limit is None:
            return self._get_response(request)
        if settings.ADMIN_HOSTS and request.get_host() not in settings.ADMIN_HOSTS:
            raise Http404
        if _content_length(request) > limit:
            return render(None, "413.html", status=413)
        return self._get_response(request)


def _content_length(request: HttpRequest) -> int:
    """Return Content-Length, in bytes; 0 where there is none."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
