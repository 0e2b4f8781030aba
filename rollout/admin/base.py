"""What all forms for facts share: they save through changes.py, and nothing can be deleted."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from rollout import changes
from rollout.models.texts import languages


def editor(request: HttpRequest) -> AbstractBaseUser:
    """Return who is signed in: the admin lets nobody else this far."""
    return cast("AbstractBaseUser", request.user)


class FactForm(forms.ModelForm):
    """A form for a fact, with the reason of the change."""

    change_note = forms.CharField(
        label=_("Why this change"),
        required=False,
        max_length=500,
        help_text=_("Kept in the history beside your name: what you read, and where."),
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
    )


class FactAdmin(SimpleHistoryAdmin):
    """The admin of a model that holds facts.

    Every way past the one writer is closed here or leads to it: rows and inlines are saved by
    changes.save, list edits and bulk actions are off, and deleting is refused.
    """

    form = FactForm
    actions = None
    object_history_list_template = "admin/_history_list.html"  # the library's breaks the CSP
    list_per_page = 110
    save_on_top = True
    key_field = ""  # never changed once the row exists: addresses and data files rest on it

    def get_urls(self) -> list[Any]:
        """Return the addresses without the library's form that brings back a whole version."""
        return admin.ModelAdmin.get_urls(self)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Lock the key of a row that exists."""
        fixed = (self.key_field,) if obj and self.key_field else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what was published stays in the history."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the row and its sources through the one writer."""
        changes.save(
            obj,
            by=editor(request),
            note=form.cleaned_data.get("change_note", ""),
            sources=form.cleaned_data.get("sources"),
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the texts; the sources were saved with the row."""
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save each changed text through the one writer."""
        for text in formset.save(commit=False):
            changes.save(text, by=editor(request), note=form.cleaned_data.get("change_note", ""))


class TextInline(admin.StackedInline):
    """The texts of a row, one form per language."""

    extra = 0
    can_delete = False

    def get_max_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return the number of languages: each has one text."""
        return len(languages())
