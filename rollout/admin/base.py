"""What all rooms for facts share: they save through changes.py, and nothing can be deleted."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rollout.admin.forms import (
    BASE_VERSION,
    MINOR,
    NOTE,
    OURS,
    FactForm,
    LinesField,
    SourcesWidget,
    TextForm,
    TextFormSet,
)
from rollout.admin.history import HistoryPages
from rollout.admin.preview import PreviewPages
from rollout.admin.roles import InOwnLanguages, OpenToTranslators
from rollout.facts import writer
from rollout.models import Department
from rollout.models.texts import languages, reference_language


def editor(request: HttpRequest) -> AbstractBaseUser:
    """Return who is signed in: the admin lets nobody else this far."""
    return cast("AbstractBaseUser", request.user)


class FactAdmin(OpenToTranslators, PreviewPages, HistoryPages, admin.ModelAdmin):
    """The admin of a model that holds facts.

    Every way past the one writer is closed here or leads to it: rows and inlines are saved by
    changes.save, list edits and stock bulk actions are off, and deleting is refused with advice.
    """

    form = FactForm
    actions: Any = None
    list_per_page = 110
    save_on_top = True
    change_form_template = "admin/fact_form.html"
    # Never changed once the row exists: addresses, data files and search rest on these.
    key_fields: tuple[str, ...] = ()
    instead_of_deleting = _("Nothing is deleted here. Correct it, or bring back an old version.")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Take a translation for a minor change unless the translator says otherwise."""
        form = super().get_form(request, obj, change, **kwargs)
        form.minor_by_default = self.writes_texts_only(request)  # type: ignore[attr-defined]
        return form

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer sources while someone types."""
        if db_field.name == "sources":
            kwargs["widget"] = SourcesWidget(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """End every form with what is said of the change."""
        own = list(super().get_fieldsets(request, obj))
        if not self.has_change_permission(request, obj) and obj:
            return own
        return [*own, (_("This change"), {"fields": [NOTE, MINOR, BASE_VERSION]})]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what is said of the change: it has a part of the form to itself."""
        return [name for name in super().get_fields(request, obj) if name not in OURS]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Lock the key of a row that exists."""
        fixed = self.key_fields if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what was published stays in the history."""
        return False

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Lead whoever asks to delete a row back to it, with what can be done instead."""
        if not self.has_view_permission(request):
            return super().delete_view(request, object_id, extra_context)
        self.message_user(request, self.instead_of_deleting, messages.WARNING)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return redirect(reverse(name, args=[object_id]))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the row and its sources through the one writer, if anything of them changed.

        A row that is saved as it was keeps its history: it is not an editor's because of that.
        """
        before = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        form.was_public = before is not None and self.is_public(before)
        if change and not set(form.changed_data) - OURS:
            return
        writer.save_fact(
            obj,
            by=editor(request),
            note=form.cleaned_data.get(NOTE, ""),
            sources=form.cleaned_data.get("sources"),
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the texts, then tell readers; the sources were saved with the row."""
        for formset in formsets:
            self.save_formset(request, form, formset, change)
        is_changed = bool(set(form.changed_data) - OURS) or any(
            self.readers_see(text_form) for formset in formsets for text_form in formset.forms
        )
        is_told = form.tells_readers and form.cleaned_data.get(NOTE)
        is_told = is_told and not form.cleaned_data.get(MINOR)
        if is_changed and is_told and (form.was_public or self.is_public(form.instance)):
            self.announce(request, form.instance, form.cleaned_data[NOTE])

    def announce(self, request: HttpRequest, row: Any, note: str) -> None:
        """Tell readers of a change of one row."""
        writer.publish_update(
            note, by=editor(request), path=public_path(row), departments=self.concerns(row)
        )

    def readers_see(self, text_form: Any) -> bool:
        """Tell whether a text was changed, and readers see it."""
        return bool(text_form.has_changed())

    def is_public(self, row: Any) -> bool:
        """Tell whether readers see the row: of one that they do not, they are told nothing."""
        return bool(self.form.tells_readers)

    def concerns(self, row: Any) -> list[Department]:
        """Return the departments that a change of the row concerns."""
        return []

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
        writer.save_fact(form.instance, by=editor(request), note=note)


def public_path(row: Any) -> str:
    """Return the address after the language at which readers find a row."""
    return str(row.get_absolute_url().split("/", 2)[2])


class TextInline(InOwnLanguages):
    """The texts of a row, one form per language."""

    form = TextForm
    formset = TextFormSet
    formfield_overrides = {
        models.TextField: {"form_class": LinesField, "widget": AdminTextareaWidget}
    }
    can_delete = False

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return how many languages have no text yet: an empty form stands ready for each."""
        return len(languages()) - (obj.texts.count() if obj else 0)

    def get_max_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return the number of languages: each has one text."""
        return len(languages())
