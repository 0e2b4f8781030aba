"""The sessions of one person: which there are, and their end."""

from datetime import UTC, datetime
from typing import NamedTuple

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.utils import timezone

BEGAN, SEEN = "began", "seen"
"""In a session: when its owner was first and last seen in the admin, in seconds since 1970."""


class UserSession(NamedTuple):
    """A session, and when its owner was first and last seen in the admin, if ever."""

    key: str
    began: datetime | None
    seen: datetime | None


def sessions_of(user: User) -> list[UserSession]:
    """Return someone's sessions, those that were used last first; never used ones at the end."""
    held = []
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        kept = session.get_decoded()
        if kept.get(SESSION_KEY) == str(user.pk):
            held.append(
                UserSession(session.session_key, *(_moment(kept.get(n)) for n in (BEGAN, SEEN)))
            )
    return sorted(held, key=lambda one: one.seen or datetime.min.replace(tzinfo=UTC), reverse=True)


def end_sessions(user: User, *, but: str | None = None) -> int:
    """End someone's sessions, except the one with this key; return how many these were."""
    ended = [one.key for one in sessions_of(user) if one.key != but]
    Session.objects.filter(session_key__in=ended).delete()
    return len(ended)


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
