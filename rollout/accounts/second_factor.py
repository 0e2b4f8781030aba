"""The second factor of staff: its types, and its reset for someone who lost their device."""

import logging
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction

from rollout.accounts import sessions

logger = logging.getLogger(__name__)


# Recovery codes come with one of these, never alone.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def factors_of(authenticators: Iterable[Authenticator]) -> tuple[bool, bool]:
    """Tell whether someone's authenticators include a passkey, and whether an app."""
    types = {one.type for one in authenticators}
    return Authenticator.Type.WEBAUTHN in types, Authenticator.Type.TOTP in types


@transaction.atomic
def reset(user: User) -> tuple[int, int]:
    """Delete a person's authenticators and sessions; return how many of each there were.

    The admin's log names the person themselves as author: a command has no account.
    """
    authenticators = Authenticator.objects.filter(user=user).delete()[0]
    ended = sessions.end_sessions(user)
    LogEntry.objects.log_actions(
        user.pk,
        [user],
        CHANGE,
        change_message="Second factor reset with manage.py reset_second_factor.",
        single_object=True,
    )
    logger.info("Second factor reset", extra={"facts": {"user": user.get_username()}})
    return authenticators, ended
