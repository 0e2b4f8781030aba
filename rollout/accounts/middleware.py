"""What of the editors' pages is refused before a view is called."""

import logging
import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from rollout.accounts.second_factor import FACTORS
from rollout.accounts.sessions import BEGAN, SEEN

GetResponse = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger(__name__)


class SecondFactorMiddleware:
    """Leads staff to their second factor before anything under /admin/ opens."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, unless a page must come first; on public pages nobody is asked who they are."""
        if not request.path.startswith(reverse("admin:index")):
            return self._get_response(request)
        _end_an_old_session(request)
        if _holds_a_nul(request):  # PostgreSQL takes none, and no editor types one
            raise SuspiciousOperation("A NUL byte was sent.")
        first = _page_that_comes_first(request)
        return redirect(first) if first else self._get_response(request)


def _end_an_old_session(request: HttpRequest) -> None:
    """Sign out whoever signed in too long ago; of others note, once a minute, that they are here.

    A session that is noted is saved, and with that its idle time begins anew.
    """
    if not request.user.is_authenticated:
        return
    now = int(time.time())
    began = request.session.setdefault(BEGAN, now)
    if now - began >= settings.LONGEST_SESSION:
        logger.info("Session ended", extra={"facts": {"user": request.user.get_username()}})
        logout(request)
    elif now - request.session.get(SEEN, 0) >= 60:
        request.session[SEEN] = now


def _holds_a_nul(request: HttpRequest) -> bool:
    sent = [request.path]
    for data in (request.GET, request.POST):
        sent += [value for _name, values in data.lists() for value in map(str, values)]
    return any("\x00" in value for value in sent)


def _page_that_comes_first(request: HttpRequest) -> str:
    """Return the page to set the factor up, or to use it in this session, or nothing."""
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
"""Where editors work, and how many bytes may be sent there: a form; a form with a file."""


class RequestSizeMiddleware:
    """Refuses what is too much, before any middleware reads the body.

    Outside the editors' pages no body is read. A body of no stated length is none for Django.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, unless the host has no such rooms (404) or too much is sent (413)."""
        most = next(
            (n for room, n in MAX_BODY_BYTES.items() if request.path_info.startswith(room)), None
        )
        if most is None:
            return self._get_response(request)
        if settings.ADMIN_HOSTS and request.get_host() not in settings.ADMIN_HOSTS:
            raise Http404
        if _stated_length(request) > most:
            return render(None, "413.html", status=413)
        return self._get_response(request)


def _stated_length(request: HttpRequest) -> int:
    """Return the length of the body as its header states it, in bytes."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
