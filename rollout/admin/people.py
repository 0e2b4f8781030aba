"""People who sign in. An account is switched off, never deleted: the history names its owner."""

import logging
from typing import Any

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest

logger = logging.getLogger(__name__)

admin.site.unregister(User)
# No mail is sent, and a person's second factor is nobody else's to look at.
admin.site.unregister([EmailAddress, Authenticator])


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Accounts. To take someone's access away, untick "Active"."""

    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: who changed a fact, and that an editor did, must stay known."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let only a superuser touch a superuser: a new password would be a way to become one."""
        is_above = isinstance(obj, User) and obj.is_superuser and not _is_superuser(request)
        return super().has_change_permission(request, obj) and not is_above

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record in the admin's log, and in the site's, that an account was made."""
        _log("Account made", request, obj, message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record in the admin's log, and in the site's, what changed of an account."""
        _log("Account changed", request, obj, message)
        return super().log_change(request, obj, message)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let administrators give roles, but no other rights."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if _is_superuser(request) else (*fixed, "is_superuser", "user_permissions")


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _log(event: str, request: HttpRequest, account: User, message: Any) -> None:
    facts = {"user": request.user.get_username(), "account": account.username, "what": message}
    logger.info(event, extra={"facts": facts})
