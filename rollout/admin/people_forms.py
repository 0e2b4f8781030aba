"""Forms of accounts and filters of their list."""

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.accounts.roles import role_description, role_name
from rollout.accounts.second_factor import FACTORS

ACTIVE = _("active account")


class RolesField(forms.ModelMultipleChoiceField):
    """Roles to tick, each with what it may do."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        """Return a role's name and what it may do, in the editor's language."""
        return " – ".join(filter(None, (role_name(obj.name), role_description(obj.name))))


class PersonForm(forms.ModelForm):
    """An account, without its password: that is its owner's to choose."""

    groups = RolesField(queryset=Group.objects.order_by("name"), required=False, label=_("Roles"))

    class Meta:
        model = User
        fields = [
            "username",
            "first_name",
            "last_name",
            "groups",
            "is_active",
            "is_staff",
            "is_superuser",
            "user_permissions",
        ]
        field_classes = {"username": UsernameField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "is_active" in self.fields:
            self.fields["is_active"].label = capfirst(ACTIVE)
        for name, help_text in {
            "username": _("To sign in with, and the name under which changes are recorded."),
            "is_staff": _("May open the editors’ pages."),
            "is_active": _("Untick it when someone leaves: nothing is deleted."),
        }.items():
            if name in self.fields:
                self.fields[name].help_text = help_text

    def clean_username(self) -> str:
        """Return the user name; refuse one that differs from another's in capitals only."""
        username: str = self.cleaned_data["username"]
        others = User.objects.exclude(pk=self.instance.pk).values_list("username", flat=True)
        for other in others:
            if other.casefold() == username.casefold():
                message = gettext("“{username}” has an account already.")
                raise ValidationError(message.format(username=other), code="unique")
        return username


class AddPersonForm(PersonForm):
    """A new account: name, roles, access to the editors' pages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_staff"].initial = True

    def clean(self) -> dict[str, Any] | None:
        """Refuse an account that may open the editors' pages and finds nothing there."""
        cleaned_data = super().clean()
        if self.cleaned_data.get("is_staff") and not self.cleaned_data.get("groups", True):
            self.add_error("groups", _("Choose at least one role."))
        return cleaned_data

    def save(self, commit: bool = True) -> User:
        """Return the new account, which has no password yet."""
        self.instance.set_unusable_password()
        person: User = super().save(commit)
        return person


class RoleFilter(admin.SimpleListFilter):
    """Narrows the list to the people with a role, or with none."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the roles by their names in the editor's language."""
        names = Group.objects.order_by("name").values_list("name", flat=True)
        return [*((name, role_name(name)) for name in names), ("-", gettext("No role"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Return the people with that role."""
        role = self.value()
        if role is None:
            return queryset
        return (
            queryset.filter(groups__isnull=True)
            if role == "-"
            else queryset.filter(groups__name=role)
        )


class ActiveFilter(admin.BooleanFieldListFilter):
    """Narrows the list to the accounts that are in use, or not; “active” is said of facts here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = ACTIVE


class SecondFactorFilter(admin.SimpleListFilter):
    """Narrows the list to the people with a kind of second factor, or with none."""

    title = _("second step")
    parameter_name = "second_factor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the kinds, and none."""
        return [
            (Authenticator.Type.WEBAUTHN, gettext("Passkey")),
            (Authenticator.Type.TOTP, gettext("App")),
            ("none", gettext("Without second step")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Return the people with that kind of second factor; all, for another value."""
        held = Authenticator.objects.filter(user=OuterRef("pk"))
        if self.value() == "none":
            return queryset.exclude(Exists(held.filter(type__in=FACTORS)))
        if self.value() in FACTORS:
            return queryset.filter(Exists(held.filter(type=self.value())))
        return queryset
