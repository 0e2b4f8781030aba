"""What all forms for facts share: they save through changes.py, and nothing can be deleted."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from rollout import changes
from rollout.admin.roles import InOwnLanguages, OpenToTranslators, OwnLanguagesFormSet
from rollout.models.texts import languages, reference_language

NOTE = "change_note"


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


class FactAdmin(OpenToTranslators, SimpleHistoryAdmin):
    """The admin of a model that holds facts.

    Every way past the one writer is closed here or leads to it: rows and inlines are saved by
    changes.save, list edits and bulk actions are off, and deleting is refused.
    """

    form = FactForm
    actions = None
    object_history_list_template = "admin/_history_list.html"  # the library's breaks the CSP
    list_per_page = 110
    save_on_top = True
    # Never changed once the row exists: addresses, data files and search rest on these.
    key_fields: tuple[str, ...] = ()

    def get_urls(self) -> list[Any]:
        """Return the addresses without the library's form that brings back a whole version."""
        return admin.ModelAdmin.get_urls(self)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Lock the key of a row that exists."""
        fixed = self.key_fields if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what was published stays in the history."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the row and its sources through the one writer, if anything of them changed.

        A row that is saved as it was keeps its history: it is not an editor's because of that.
        """
        if change and not set(form.changed_data) - {NOTE}:
            return
        changes.save(
            obj,
            by=editor(request),
            note=form.cleaned_data.get(NOTE, ""),
            sources=form.cleaned_data.get("sources"),
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the texts; the sources were saved with the row."""
        for formset in formsets:
            self.save_formset(request, form, formset, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save each changed text, the reference language first."""
        formset.save(commit=False)
        changed = [text_form for text_form in formset.forms if text_form.has_changed()]
        for text_form in sorted(
            changed, key=lambda text_form: text_form.instance.language != reference_language()
        ):
            self.save_text(request, text_form, form.cleaned_data.get(NOTE, ""))

    def save_text(self, request: HttpRequest, form: Any, note: str) -> None:
        """Save one text through the one writer."""
        changes.save(form.instance, by=editor(request), note=note)


class TextForm(forms.ModelForm):
    """The words of a row in one language, which stays that language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["language"].disabled = True


class TextFormSet(OwnLanguagesFormSet):
    """The texts of a row: one per language, the reference language first."""

    is_required = True  # or only once there is a text in any language

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = {text.language for text in self.get_queryset()}
        self.initial_extra = [
            {"language": code} for code, _name in languages() if code not in present
        ]

    def clean(self) -> None:
        """Refuse texts without one in the reference language, in which the others are shown."""
        super().clean()
        filled = [form for form in self.forms if form.instance.pk or form.has_changed()]
        present = {form.cleaned_data.get("language") for form in filled if form.is_valid()}
        if any(not form.is_valid() for form in filled) or reference_language() in present:
            return
        if filled or self.is_required:
            name = dict(languages())[reference_language()]
            raise ValidationError(
                _("There must be a text in %(language)s: it is shown where others are missing.")
                % {"language": name}
            )


class OptionalTextFormSet(TextFormSet):
    """Texts that a row can do without."""

    is_required = False


class TextInline(InOwnLanguages):
    """The texts of a row, one form per language."""

    form = TextForm
    formset = TextFormSet
    can_delete = False

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return how many languages have no text yet: an empty form stands ready for each."""
        return len(languages()) - (obj.texts.count() if obj else 0)

    def get_max_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return the number of languages: each has one text."""
        return len(languages())
