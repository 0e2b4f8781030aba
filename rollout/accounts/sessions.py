"""The sessions of one person: listing and ending them."""

from datetime import UTC, datetime
from typing import NamedTuple

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from rollout.accounts.user_agents import browser_and_system

STARTED_AT_KEY, LAST_SEEN_KEY = "began", "seen"
"""Keys of a session: when its owner was first and last seen in the admin, Unix time in seconds."""
DEVICE_KEY = "device"
"""Key of a session: the names of the browser and of the system, "" where unknown."""


class UserSession(NamedTuple):
    """A session: its device, and when its owner was first and last seen in the admin, if ever."""

    key: str
    browser: str
    system: str
    started_at: datetime | None
    last_seen: datetime | None

    @property
    def handle(self) -> str:
        """What names the session in a form: whoever holds the key itself is signed in."""
        return salted_hmac("rollout.accounts.sessions", self.key, algorithm="sha256").hexdigest()

    @property
    def device(self) -> str:
        """Browser and system in the active language: “Firefox on Windows”."""
        if self.browser and self.system:
            return _("{browser} on {system}").format(browser=self.browser, system=self.system)
        return self.browser or self.system or _("Unknown browser")


def record_device(request: HttpRequest) -> None:
    """Keep in the session which browser on which system signed in; of the header, nothing else."""
    user_agent = request.headers.get("User-Agent", "")
    request.session[DEVICE_KEY] = list(browser_and_system(user_agent))


def sessions_of(user: User) -> list[UserSession]:
    """Return someone's unexpired sessions, last used first; those never seen in the admin last."""
    sessions = []
    for session in Session.objects.filter(expire_date__gt=timezone.now()):
        data = session.get_decoded()
        if data.get(SESSION_KEY) == str(user.pk):
            browser, system = data.get(DEVICE_KEY, ("", ""))
            times = [_moment(data.get(key)) for key in (STARTED_AT_KEY, LAST_SEEN_KEY)]
            sessions.append(UserSession(session.session_key, browser, system, *times))
    return sorted(
        sessions, key=lambda one: one.last_seen or datetime.min.replace(tzinfo=UTC), reverse=True
    )


def end_sessions(user: User, *, handle: str | None = None, except_key: str | None = None) -> int:
    """End someone's sessions; return how many these were.

    With `handle` only the one of that handle, never the one of `except_key`.
    """
    ended = [
        one.key
        for one in sessions_of(user)
        if one.key != except_key and handle in (None, one.handle)
    ]
    Session.objects.filter(session_key__in=ended).delete()
    return len(ended)


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
