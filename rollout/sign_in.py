"""Where sign-in differs from what allauth does by itself: see docs/decisions/0010."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from qrcode.image.svg import SvgPathImage
from redis import RedisError

View = Callable[..., HttpResponseBase]
logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts by name and password; nothing is ever sent by e-mail."""

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # By account alone. The key of allauth has the Host header too, which a guesser can vary.
        return str(credentials.get("username", "")).lower()

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Send whoever shows the passkey of an account that is switched off back to sign-in."""
        self.add_message(request, messages.ERROR, message=self.error_messages["account_inactive"])
        return redirect("account_login")

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return how to confirm: who has a second factor confirms with it, passkeys first."""
        methods = super().get_reauthentication_methods(user)
        second = [method for method in methods if method["id"] != "reauthenticate"]
        return sorted(second or methods, key=lambda method: "webauthn" not in method["id"])


class SecondFactorAdapter(DefaultMFAAdapter):
    """Passkeys, one-time codes and recovery codes."""

    def build_totp_svg(self, url: str) -> str:
        """Return the QR code as an element of the page: the CSP allows no image in an address."""
        picture = qrcode.make(url, image_factory=SvgPathImage)
        svg: str = picture.to_string(encoding="unicode")
        return mark_safe(svg)  # noqa: S308 - drawn by the library, nothing typed is in it


def unless_the_cache_fails(view: View) -> View:
    """Wrap a view: without the count of failed sign-ins nobody signs in, and is told so."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Return the view's answer, or a page that says to try again later."""
        try:
            return view(request, *args, **kwargs)
        except (DatabaseError, RedisError) as error:
            logger.error(
                "Sign-in is closed, its cache fails (%s). Its table: manage.py createcachetable.",
                type(error).__name__,
            )
            return render(None, "account/unavailable.html", status=503)

    return answer
