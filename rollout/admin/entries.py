"""Entries: everything that the site says in sentences."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import EVIDENCE_FIELDS, FactAdmin, TextInline, editor
from rollout.admin.forms import TextForm
from rollout.facts import writer
from rollout.models import Entry, EntryText, TextStatus
from rollout.models.texts import reference_language


class EntryTextForm(TextForm):
    """The text of an entry in one language, and whether its translations are still current."""

    is_typo = forms.BooleanField(
        label=_("Only a typo"),
        required=False,
        help_text=_("The sense is the same: translations stay as they are."),
    )
    is_current = forms.BooleanField(
        label=_("Says what the reference text says now"),
        required=False,
        help_text=_("Tick it when this translation has followed a change of the reference text."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].widget.attrs["lang"] = self.language
        self.fields["body"].widget.attrs["lang"] = self.language
        if self.language == reference_language():
            self.fields["is_current"].widget = forms.HiddenInput()
            return
        self.fields["is_typo"].widget = forms.HiddenInput()

    @property
    def language(self) -> str:
        """Return the language that the form is for."""
        return str(self.instance.language or self.initial.get("language", ""))


class EntryTextInline(TextInline):
    """The entry's texts, per language."""

    model = EntryText
    form = EntryTextForm
    fields = ("language", "title", "body", "status", "is_typo", "is_current", "step", "review")
    readonly_fields = ("step", "review")

    @admin.display(description=_("beside the reference text"))
    def step(self, obj: EntryText) -> str:
        """Return whether a translation says what the reference text says now."""
        reference = obj.entry.reference_text if obj.pk else None
        if reference is None or obj.language == reference.language or not obj.translates:
            return "–"
        is_behind = obj.is_behind(reference)
        return str(_("left behind by a change") if is_behind else _("in step"))

    @admin.display(description=_("review"))
    def review(self, obj: EntryText) -> str:
        """Return who reviewed the text and when."""
        if not obj.reviewed_on:
            return str(_("not yet"))
        return f"{obj.reviewed_by}, {obj.reviewed_on:%Y-%m-%d}"


@admin.register(Entry)
class EntryAdmin(FactAdmin):
    """What the site says in sentences."""

    key_fields = ("slug", "kind")  # where it stands, and what links to it, rest on both
    list_display = ["slug", "kind", "title", "position", "day", "certainty", "last_checked"]
    list_filter = ["kind", "route", "certainty", "texts__status"]
    search_fields = ["slug", "texts__title", "texts__body"]
    date_hierarchy = "day"
    inlines = [EntryTextInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "slug",
                    "kind",
                    "position",
                    "route",
                    "french_words",
                    "day",
                    "day_precision",
                ]
            },
        ),
        (
            _("How we know"),
            {"fields": [*EVIDENCE_FIELDS]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Fetch the titles."""
        return Entry.objects.with_texts().order_by("kind", "position")

    def save_text(self, request: HttpRequest, form: forms.ModelForm, note: str) -> None:
        """Save a text of an entry, and whether its translations are still current."""
        writer.save_entry_text(
            form.instance,
            by=editor(request),
            note=note,
            is_typo=form.cleaned_data.get("is_typo", False),
            is_current=form.cleaned_data.get("is_current", False),
        )
        if form.instance.language != reference_language() and self._is_behind(form.instance):
            warning = _(
                "The translation is still marked as left behind: tick “Says what the reference "
                "text says now” once it does."
            )
            self.message_user(request, warning, messages.WARNING)

    def _is_behind(self, text: EntryText) -> bool:
        """Tell whether a translation was made of another reference text than today's."""
        reference = text.entry.texts.filter(language=reference_language()).first()
        return text.is_behind(reference)

    instead_of_deleting = _(
        "Nothing is deleted here: make the texts drafts, and readers see the entry no more."
    )

    def is_visible_change(self, text_form: forms.ModelForm) -> bool:
        """Tell whether a text was changed that readers see, or saw until now."""
        is_public = TextStatus.PUBLISHED in (text_form.instance.status, text_form["status"].initial)
        return is_public and bool(set(text_form.changed_data) - {"is_typo", "is_current"})

    def is_public(self, row: Entry) -> bool:
        """Tell whether readers see it."""
        return Entry.objects.with_texts().get(pk=row.pk).reference_text is not None

    def publish_drafts(self, row: Entry) -> None:
        """Publish the drafts of its texts."""
        EntryText.objects.filter(entry=row).update(status=TextStatus.PUBLISHED)

    @admin.display(description=_("title"))
    def title(self, obj: Entry) -> str:
        """Return the title in the editor's language, or in the reference language."""
        return obj.text.title if obj.text else ""
