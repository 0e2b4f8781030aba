"""Translators in the admin: they read a fact and write its texts, in their language only."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rollout.accounts.roles import writable_languages


class TranslatorAccess(admin.ModelAdmin):
    """Lets translators open a fact to write its texts; all else of it is read-only for them."""

    def writes_texts_only(self, request: HttpRequest) -> bool:
        """Tell whether someone may write texts of this kind of fact, but not change the fact."""
        has_texts = any(issubclass(inline, OwnLanguagesInline) for inline in self.inlines)
        may_change = super().has_change_permission(request)
        return has_texts and not may_change and bool(writable_languages(request.user))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let translators send the form in."""
        return super().has_change_permission(request, obj) or self.writes_texts_only(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Lock all fields of the fact for translators, but not the reason of the change."""
        fixed = tuple(super().get_readonly_fields(request, obj))
        if not self.writes_texts_only(request):
            return fixed
        fields = flatten_fieldsets(self.get_fieldsets(request, obj))
        return (*fixed, *(name for name in fields if name not in self.form.declared_fields))


class OwnLanguagesInline(admin.StackedInline):
    """Texts of which each person may write those in their languages."""

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the forms in which languages this person may write."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.writable = writable_languages(request.user)  # type: ignore[attr-defined]
        return formset


class OwnLanguagesFormSet(BaseInlineFormSet):
    """Texts of which those in other languages are shown, but not taken from what is sent."""

    writable: set[str] = set()

    def add_fields(self, form: Any, index: int | None) -> None:
        """Lock the text if it is in another language."""
        super().add_fields(form, index)
        language = form.instance.language or form.initial.get("language")
        if language and language not in self.writable:
            # A browser does not send disabled fields: the keys of the row must come back.
            keys = {self._pk_field.name, self.fk.name}  # type: ignore[attr-defined]
            for name, field in form.fields.items():
                field.disabled = name not in keys

    def clean(self) -> None:
        """Refuse a text that was given another language on the way."""
        super().clean()
        for form in self.forms:
            if form.has_changed() and form.instance.language not in self.writable:
                raise ValidationError(_("You may not write texts in this language."))
