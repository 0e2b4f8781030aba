"""Staff have a second factor and use it: without, nothing under /admin/ opens."""

import logging
import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from rollout import sessions
from rollout.pages.errors import bad_request
from rollout.sessions import BEGAN, SEEN

logger = logging.getLogger(__name__)

# Recovery codes come with one of these, never alone.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def required_in_the_admin(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware that leads staff to their second factor before the admin."""

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer, unless a page must come first; on public pages nobody is asked who they are."""
        if not request.path.startswith(reverse("admin:index")):
            return get_response(request)
        _end_an_old_session(request)
        if _holds_a_nul(request):  # PostgreSQL takes none, and no editor types one
            return bad_request(request, SuspiciousOperation())
        first = _page_that_comes_first(request)
        return redirect(first) if first else get_response(request)

    return middleware


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


@transaction.atomic
def reset(user: User) -> tuple[int, int]:
    """Take a person's second factor away, for a lost device, and sign them out everywhere.

    Returns how many authenticators and sessions there were. The admin's log keeps it under the
    person's own name: a command has no account.
    """
    authenticators = Authenticator.objects.filter(user=user).delete()[0]
    ended = sessions.end(user)
    LogEntry.objects.log_actions(
        user.pk,
        [user],
        CHANGE,
        change_message="Second factor reset with manage.py reset_second_factor.",
        single_object=True,
    )
    logger.info("Second factor reset", extra={"facts": {"user": user.get_username()}})
    return authenticators, ended
