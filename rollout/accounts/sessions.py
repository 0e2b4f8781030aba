"""The sessions of one person: listing and ending them."""

from datetime import UTC, datetime
from typing import NamedTuple

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

STARTED_AT_KEY, LAST_SEEN_KEY = "began", "seen"
"""Keys of a session: when its owner was first and last seen in the admin, Unix time in seconds."""


class UserSession(NamedTuple):
    """A session, and when its owner was first and last seen in the admin, if ever."""

    key: str
    began: datetime | None
    seen: datetime | None


def sessions_of(user: User) -> list[UserSession]:
    """Return someone's unexpired sessions, last used first; those never seen in the admin last."""
    sessions = []
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        data = session.get_decoded()
        if data.get(SESSION_KEY) == str(user.pk):
            sessions.append(
                UserSession(
                    session.session_key,
                    *(_moment(data.get(n)) for n in (STARTED_AT_KEY, LAST_SEEN_KEY)),
                )
            )
    return sorted(
        sessions, key=lambda one: one.seen or datetime.min.replace(tzinfo=UTC), reverse=True
    )


def end_sessions(user: User, *, except_key: str | None = None) -> int:
    """End someone's sessions, except the one with this key; return how many these were."""
    ended = [one.key for one in sessions_of(user) if one.key != except_key]
    Session.objects.filter(session_key__in=ended).delete()
    return len(ended)


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
