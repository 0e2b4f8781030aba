"""People for tests: accounts, their second factors, and browsers in which they are signed in."""

import base64
import hmac
import struct
import time

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.test import RequestFactory

PASSWORD = "a long passphrase"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def person(username="an-editor", *roles, **rights):
    """Return a new account with these roles; staff, unless told otherwise."""
    user = User.objects.create_user(username, password=PASSWORD, **{"is_staff": True, **rights})
    user.groups.set(Group.objects.filter(name__in=roles))
    assert user.groups.count() == len(roles), "manage.py make_roles makes the roles"
    return user


def give_an_app(user, secret=SECRET):
    """Give someone an authenticator app as their second factor."""
    Authenticator.objects.create(user=user, type="totp", data={"secret": secret})


def code(secret=SECRET, at=None):
    """Return what that app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def sign_in(client, user):
    """Sign someone in, their second factor included, without walking through the pages."""
    if not Authenticator.objects.filter(user=user).exists():
        give_an_app(user)
    client.force_login(user)
    request = RequestFactory().get("/")
    request.session = client.session
    record_authentication(request, user, "mfa", type="totp")
    request.session.save()
    return client
