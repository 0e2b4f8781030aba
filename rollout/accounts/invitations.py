"""The link with which a person chooses their password, and the text that goes with it.

Django's link for a forgotten password: signed, valid for PASSWORD_RESET_TIMEOUT, and for one use,
since it also signs the password of before. So nobody else ever knows a password, and no first one
can stay.
"""

import datetime
from typing import NamedTuple

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.formats import date_format
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from rollout.accounts.qr_codes import qr_code
from rollout.accounts.roles import role_description, role_name
from rollout.accounts.second_factor import FACTORS


def password_path(user: User) -> str:
    """Return the path of the page on which someone, whoever has the link, sets their password."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("account_choose_password", args=[uid, default_token_generator.make_token(user)])


class Invitation(NamedTuple):
    """A link with which someone chooses their password, and what to send with it."""

    link: str
    qr_code: str
    """The link, as an SVG element."""
    texts: list[tuple[str, str, str]]
    """For each language of editors' pages: its code, its own name, the text."""


def invite(request: HttpRequest, user: User) -> Invitation:
    """Return a new link for someone who has no password, valid for PASSWORD_RESET_TIMEOUT."""
    link = request.build_absolute_uri(password_path(user))
    texts = []
    for code in settings.FULL_LANGUAGES:  # those of editors' pages
        name = dict(settings.LANGUAGES)[code]
        with translation.override(code):
            texts.append((code, name, invitation_text(request, user, link)))
    return Invitation(link, qr_code(link), texts)


def invitation_text(request: HttpRequest, user: User, link: str) -> str:
    """Return what to send to someone who has no password yet: plain text, in the active language.

    `link` is absolute.
    """
    ends_at = timezone.localtime() + datetime.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    values = {
        "site": _("The carte Vitale app in your department"),
        "moment": date_format(ends_at, "DATETIME_FORMAT"),
        "address": request.build_absolute_uri(reverse("admin:index")),
        "username": user.get_username(),
    }
    steps = [
        _("Choose your password. This link works once, until {moment} (Paris time):"),
        _("Then sign in with it at this address, as “{username}”:"),
    ]
    addresses = [link, values["address"]]
    text = [_("Here is your access to the editors’ pages of the site “{site}”.").format(**values)]
    for number, (step, address) in enumerate(zip(steps, addresses, strict=True), start=1):
        text.append(f"{number}. {step.format(**values)}\n{address}")
    if not is_mfa_enabled(user, FACTORS):
        set_up = _(
            "Set up a second step, which is asked at the first sign-in: a passkey, or an app that "
            "shows codes. Print the recovery codes that you get with it."
        )
        text.append(f"3. {set_up}")
    text += [_("What you may do: {role}.").format(role=role) for role in _roles(user)]
    text.append(
        _(
            "The link is for you alone: do not pass it on. If it no longer works before you have "
            "used it, tell us at once."
        )
    )
    return "\n\n".join(text)


def _roles(user: User) -> list[str]:
    """Return each of someone's roles with what it may do."""
    names = user.groups.order_by("name").values_list("name", flat=True)
    described = ((role_name(name), role_description(name)) for name in names)
    return [" – ".join(filter(None, role)) for role in described]
