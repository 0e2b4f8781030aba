"""Where sign-in differs from allauth's defaults: see docs/decisions/0010.

`stagekit` is private to allauth: tests/accounts/test_private_api.py names the version.
"""

import logging
import threading
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.stagekit import unstash_login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from rollout.accounts import sessions
from rollout.accounts.qr_codes import qr_code

# Checking a password takes a core for a quarter of a second or more, and editors have four threads
# of a worker: one may hash, one may wait; further sign-ins are refused until a slot is free.
_password_slots = threading.BoundedSemaphore(2)
_hash_lock = threading.Lock()

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by name and password; nothing is ever sent by e-mail."""

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: str) -> str:
        # By account alone. The key of allauth has the Host header too, which a guesser can vary.
        return str(credentials.get("username", "")).lower()

    def authenticate(self, request: HttpRequest, **credentials: str) -> AbstractBaseUser | None:
        """Return the account with this name and password, or None.

        Raises:
            ValidationError: too many failed attempts, or too many sign-ins at the same time.
        """
        if not _password_slots.acquire(blocking=False):
            log_event("Too many at once", _account_name(credentials))
            raise ValidationError(_("Many people are signing in just now. Try again in a moment."))
        try:
            with _hash_lock:
                user: AbstractBaseUser | None = super().authenticate(request, **credentials)
                return user
        finally:
            _password_slots.release()

    def authentication_failed(self, request: HttpRequest, **credentials: str) -> None:
        """Log a wrong password."""
        log_event("Wrong password", _account_name(credentials))

    def pre_authenticate(self, request: HttpRequest, **credentials: str) -> None:
        """Count an attempt before anything is hashed.

        Raises:
            ValidationError: too many failed attempts, which is logged.
        """
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            log_event("Too many wrong passwords", _account_name(credentials))
            raise

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Log a sign-in, note its browser, and delete expired sessions."""
        methods = [record["method"] for record in get_authentication_records(request, user)]
        log_event("Signed in", user.get_username(), by=methods)
        sessions.record_device(request)
        Session.objects.filter(expire_date__lt=timezone.now()).delete()
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Sign out, and log it."""
        log_event("Signed out", _username(request))
        super().logout(request)

    def send_notification_mail(
        self, template_prefix: str, user: User, *args: Any, **kwargs: Any
    ) -> None:
        """Log a change of the second factor, which allauth announces by e-mail.

        The person's other sessions end: one of them may be the reason for the change.
        """
        ended = sessions.end_sessions(user, except_key=context.request.session.session_key)
        event = template_prefix.rpartition("/")[2].replace("_", " ").capitalize()
        log_event(event, user.get_username(), sessions_ended=ended)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Redirect to sign-in, with a message: the account is inactive."""
        self.add_message(request, messages.ERROR, message=self.error_messages["account_inactive"])
        return redirect("account_login")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """Return the ways to confirm: with a second factor only that, passkeys first."""
        methods = super().get_reauthentication_methods(user)
        second = [method for method in methods if method["id"] != "reauthenticate"]
        return sorted(second or methods, key=lambda method: "webauthn" not in method["id"])


class SecondFactorAdapter(DefaultMFAAdapter):
    """Passkeys, one-time codes and recovery codes."""

    def validation_error(self, code: str, *args: object) -> ValidationError:
        """Return the error of a form; log a wrong code or passkey."""
        if code in ("incorrect_code", "rate_limited"):
            event = "Wrong second factor" if code == "incorrect_code" else "Too many wrong codes"
            log_event(event, _username(context.request))
        error: ValidationError = super().validation_error(code, *args)
        return error

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as an element of the page."""
        return qr_code(url)


def log_event(event: str, user: str, **facts: object) -> None:
    """Log an event of an account at level INFO; `facts` are further fields of the JSON line."""
    logger.info(event, extra={"facts": {"user": user, **facts}})


def _account_name(credentials: dict[str, str]) -> str:
    """Return the name of an existing account only: a password may have been typed in its place."""
    named = User.objects.filter(username=credentials.get("username", ""))
    return named.values_list("username", flat=True).first() or "(no such account)"


def _username(request: HttpRequest) -> str:
    """Return who is signed in, or has given a password and must still give a second factor."""
    if request.user.is_authenticated:
        return request.user.get_username()
    pending = unstash_login(request, peek=True)
    return pending.user.get_username() if pending and pending.user else "(not known)"
