"""People who sign in. An account is switched off, never deleted: the history names its owner."""

import logging
from typing import Any

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, override, pgettext
from django.utils.translation import gettext_lazy as _

from rollout.accounts import invitations, sessions
from rollout.accounts.roles import role_description, role_name
from rollout.accounts.second_factor import factors_of
from rollout.admin.people_forms import (
    ACTIVE,
    ActiveFilter,
    AddPersonForm,
    PersonForm,
    RoleFilter,
    SecondFactorFilter,
)

logger = logging.getLogger(__name__)

admin.site.unregister([User, Group])
# No mail is sent, and a person's second factor is nobody else's to look at.
admin.site.unregister([EmailAddress, Authenticator])


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Accounts. To take someone's access away, untick "Active account"."""

    actions = None
    form = PersonForm
    add_form = AddPersonForm
    add_form_template = None
    change_form_template = "admin/auth/user/change_form.html"
    list_display = ["username", "roles", "second_factor", "last_sign_in", "active"]
    list_filter = [RoleFilter, SecondFactorFilter, ("is_active", ActiveFilter)]
    search_fields = ["username", "first_name", "last_name"]
    filter_horizontal = []  # Django's two lists name a thing that screen readers are not to name
    readonly_fields = ["password_state", "second_factor", "last_sign_in", "date_joined"]
    add_fieldsets = [(None, {"fields": ["username", "groups", "is_staff"]})]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what an administrator decides; further rights are a superuser's to give."""
        if obj is None:
            return self.add_fieldsets
        may_change = self.has_change_permission(request, obj)
        fieldsets = [
            (None, {"fields": ["username", ("first_name", "last_name")]}),
            (
                _("What this person may do"),
                {"fields": ["groups" if may_change else "roles", "is_staff", "is_active"]},
            ),
            (
                _("Signing in"),
                {"fields": ["password_state", "second_factor", "last_sign_in", "date_joined"]},
            ),
        ]
        if _is_superuser(request):
            further = {"fields": ["is_superuser", "user_permissions"], "classes": ["collapse"]}
            fieldsets.insert(2, (_("Rights beyond the roles"), further))
        return fieldsets

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch roles and authenticators."""
        return super().get_queryset(request).prefetch_related("groups", "authenticator_set")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the roles, for whoever may only look at an account."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if self.has_change_permission(request, obj) else (*fixed, "roles")

    @admin.display(description=_("roles"))
    def roles(self, obj: User) -> str:
        """Return the roles in the editor's language."""
        if obj.is_superuser:
            return gettext("All rights")
        return ", ".join(role_name(group.name) for group in obj.groups.all())

    @admin.display(description=_("second step"))
    def second_factor(self, obj: User) -> str:
        """Return the kinds of the second factor, and nothing else of it."""
        factors = factors_of(obj.authenticator_set.all())  # type: ignore[attr-defined]
        names = [gettext("Passkey"), gettext("App")]
        held = [name for name, is_there in zip(names, factors, strict=True) if is_there]
        return ", ".join(held) or gettext("None yet")

    @admin.display(description=_("last sign-in"), ordering="last_login")
    def last_sign_in(self, obj: User) -> Any:
        """Return when the person signed in last, or “never”."""
        return obj.last_login or gettext("never")

    @admin.display(description=ACTIVE, boolean=True, ordering="is_active")
    def active(self, obj: User) -> bool:
        """Tell whether the account is in use."""
        return obj.is_active

    @admin.display(description=_("password"))
    def password_state(self, obj: User) -> str:
        """Return whether there is a password: nothing of how it is stored is anyone's business."""
        is_set = obj.has_usable_password()
        return pgettext("password", "Set") if is_set else pgettext("password", "Not chosen yet")

    # --- pages of one person ----------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the page that says what to send, and the address that ends someone's sessions."""
        pages = {"invitation": self.invitation_view, "end-sessions": self.end_sessions_view}
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"auth_user_{name.replace('-', '_')}",
            )
            for name, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def response_add(self, request: HttpRequest, obj: User, *args: Any) -> HttpResponse:
        """Lead to what is to be sent to the new person."""
        if "_addanother" in request.POST:
            return admin.ModelAdmin.response_add(self, request, obj, *args)
        message = gettext("“{username}” has an account now.").format(username=obj.username)
        messages.success(request, message)
        return redirect("admin:auth_user_invitation", obj.pk)

    def invitation_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what to send to a person without a password, in each language, with a new link."""
        person = self._person(request, object_id)
        context = self._context(request, person, _("What to send to “{username}”"))
        if not person.has_usable_password():
            _log("Password link shown", request, person, "")
            context["invitation"] = invitations.invite(request, person)
        return TemplateResponse(request, "admin/auth/user/invitation.html", context)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 - Django's name
        form_url: str = "",
    ) -> HttpResponse:
        """Ask whether to take someone's password away; on POST, do so, and end their sessions.

        The person then chooses the next one: an administrator never knows a password. Links that
        were made before are of no use any more.
        """
        person = self._person(request, id)
        if person == request.user:
            return redirect("admin:password_change")
        if request.method == "POST":
            with transaction.atomic():
                person.set_unusable_password()
                person.save(update_fields=["password"])
                sessions.end_sessions(person)
                self.log_change(request, person, _changed(_("Password")))
            return redirect("admin:auth_user_invitation", person.pk)
        context = self._context(request, person, _("Reset the password of “{username}”"))
        return TemplateResponse(request, "admin/auth/user/reset_password.html", context)

    def end_sessions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End all sessions of a person, but not the one in which this is asked; POST only."""
        person = self._person(request, object_id)
        if request.method == "POST":
            ended = sessions.end_sessions(person, except_key=request.session.session_key)
            self.log_change(request, person, _changed(_("Sessions")))
            message = gettext("“{username}” is signed out everywhere. Sessions ended: {n}.")
            if person == request.user:
                message = gettext("You are signed out everywhere else.")
            messages.success(request, message.format(username=person.username, n=ended))
        return redirect("admin:auth_user_change", person.pk)

    def _person(self, request: HttpRequest, object_id: str) -> User:
        """Return a person whose account the user may change.

        Raises:
            Http404: there is no such account.
            PermissionDenied: it is not theirs to change.
        """
        person: User | None = self.get_object(request, object_id)
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        if person is None:
            raise Http404
        return person

    def _context(self, request: HttpRequest, person: User, title: Any) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title.format(username=person.username),
            "opts": self.opts,
            "person": person,
        }

    # --- rights and records -----------------------------------------------------------------------

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


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Roles, which `manage.py make_roles` makes, and groups that a superuser made."""

    change_form_template = "admin/auth/group/change_form.html"
    list_display = ["role", "description", "people"]
    filter_horizontal = []  # as above

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch who has each role."""
        return super().get_queryset(request).prefetch_related("user_set")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show a role in words; single permissions only to whoever may change them.

        The name of a role of ours is not to be changed: `make_roles` finds it by that.
        """
        may_change = self.has_change_permission(request, obj)
        is_ours = obj is not None and bool(role_description(obj.name))
        fields = ["role", "description"] if is_ours else ["name"]
        fields += ["people"] if obj else []
        return [(None, {"fields": [*fields, "permissions"] if may_change else fields})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return what is shown in words."""
        return ["role", "description", "people"]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Head the page with the role's name in the editor's language."""
        if group := kwargs.get("obj"):
            context |= {"role_name": role_name(group.name), "subtitle": role_name(group.name)}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("role"), ordering="name")
    def role(self, obj: Group) -> str:
        """Return its name in the editor's language."""
        return role_name(obj.name)

    @admin.display(description=_("what it may do"))
    def description(self, obj: Group) -> str:
        """Return what it may do, in the editor's language."""
        return role_description(obj.name)

    @admin.display(description=_("people"))
    def people(self, obj: Group) -> str:
        """Return the user names of those who have it."""
        return ", ".join(sorted(user.username for user in obj.user_set.all()))


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _changed(label: Any) -> list[dict[str, Any]]:
    """Return Django's record of a changed field: untranslated, each reader gets it in theirs."""
    with override(None):
        return [{"changed": {"fields": [str(label)]}}]


def _log(event: str, request: HttpRequest, account: User, message: Any) -> None:
    facts = {"user": request.user.get_username(), "account": account.username, "what": message}
    logger.info(event, extra={"facts": facts})
