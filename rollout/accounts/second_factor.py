"""The second factor of staff: which there are, and how someone who lost theirs starts anew."""

import logging

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction

from rollout.accounts import sessions

logger = logging.getLogger(__name__)


# Recovery codes come with one of these, never alone.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


@transaction.atomic
def reset(user: User) -> tuple[int, int]:
    """Take a person's second factor away, for a lost device, and sign them out everywhere.

    Returns how many authenticators and sessions there were. The admin's log keeps it under the
    person's own name: a command has no account.
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
