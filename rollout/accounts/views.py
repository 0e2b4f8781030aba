"""Views around allauth's own: sessions, signing out, a cache that fails."""

import logging
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.cache.backends import db
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from rollout.accounts import sessions
from rollout.accounts.adapters import log_event

View = Callable[..., HttpResponseBase]


logger = logging.getLogger(__name__)


def clear_cache_after_sign_out(view: View) -> View:
    """Wrap the view that signs out: add `Clear-Site-Data: "cache"` once nobody is signed in."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Return the view's response; after sign-out, with that header."""
        response = view(request, *args, **kwargs)
        if request.method == "POST" and not request.user.is_authenticated:
            response["Clear-Site-Data"] = '"cache"'
        return response

    return wrapper


def own_sessions(request: HttpRequest) -> HttpResponse:
    """List the user's sessions; on POST, end all but this one."""
    user, this = request.user, request.session.session_key
    if not isinstance(user, User):
        return redirect_to_login(request.get_full_path())
    if request.method == "POST":
        ended = sessions.end_sessions(user, except_key=this)
        log_event("Other sessions ended", user.get_username(), sessions_ended=ended)
        messages.success(request, _("You are signed out everywhere else."))
        return redirect("account_sessions")
    listed = [(one, one.key == this) for one in sessions.sessions_of(user)]
    return render(request, "account/sessions.html", {"held": listed})


def _is_cache_error(error: Exception) -> bool:
    """Tell whether the cache raised it, and not the database of the facts.

    By the name of the module that is Redis's, since importing redis takes 5 MB.
    """
    if type(error).__module__.startswith("redis."):
        return True
    frames = traceback.walk_tb(error.__traceback__)
    return isinstance(error, DatabaseError) and any(
        frame.f_globals.get("__name__") == db.__name__ for frame, _line in frames
    )


def unavailable_if_cache_fails(view: View) -> View:
    """Wrap a view: answer 503 if the cache fails, since failed sign-ins cannot be counted then."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Return the view's response, or a 503 that says to try again later."""
        try:
            return view(request, *args, **kwargs)
        except Exception as error:
            if not _is_cache_error(error):
                raise
            logger.error("Sign-in is closed, its cache fails.", exc_info=error)
            response = render(None, "account/unavailable.html", status=503)
            response["Retry-After"] = "30"
            return response

    return wrapper
