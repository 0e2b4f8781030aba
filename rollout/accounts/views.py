"""Views beside allauth's own: choosing a password, sessions, signing out, a cache that fails."""

import logging
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordResetConfirmView, redirect_to_login
from django.core.cache.backends import db
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
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


class ChoosePassword(PasswordResetConfirmView):
    """The page of the link that rollout.accounts.invitations makes; 410 once it is of no use."""

    template_name = "account/choose_password.html"
    success_url = reverse_lazy("account_login")

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        """Return the page, or the refusal of a link that was used, altered, or is too old."""
        status = 200 if self.validlink else 410
        response: HttpResponse = super().render_to_response(context, status=status, **options)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        """Save the password, log that, and lead to the sign-in."""
        response: HttpResponse = super().form_valid(form)
        log_event("Password chosen", form.user.get_username())
        messages.success(self.request, _("Your password is set. Now sign in with it."))
        return response


def own_sessions(request: HttpRequest) -> HttpResponse:
    """List the user's sessions; on POST, end the one of the handle `session`, or all but this."""
    user, this = request.user, request.session.session_key
    if not isinstance(user, User):
        return redirect_to_login(request.get_full_path())
    if request.method == "POST":
        handle = request.POST.get("session")
        ended = sessions.end_sessions(user, handle=handle, except_key=this)
        log_event("Other sessions ended", user.get_username(), sessions_ended=ended)
        messages.success(request, _result(handle, ended))
        return redirect("account_sessions")
    listed = [(one, one.key == this) for one in sessions.sessions_of(user)]
    return render(request, "account/sessions.html", {"sessions": listed})


def _result(handle: str | None, ended: int) -> str:
    """Return what to say of sessions that were ended, or of one that was not there any more."""
    if handle is None:
        return _("You are signed out everywhere else.")
    return _("You are signed out there.") if ended else _("That session had ended already.")


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
