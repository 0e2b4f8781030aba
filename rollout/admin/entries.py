"""Entries: everything that the site says in sentences."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, IntegerField, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rollout.admin.base import EVIDENCE_FIELDS, FactAdmin, TextInline, TitleFilter, editor
from rollout.admin.entry_links import linking, with_addresses
from rollout.admin.forms import NOTE, SubjectsField, TextForm, TextFormSet
from rollout.facts import links, writer
from rollout.facts.subjects import changes_since_read
from rollout.models import Entry, EntryText, Kind, TextStatus
from rollout.models.entry_texts import refuse_overlaps
from rollout.models.texts import languages, reference_language
from rollout.wording import differences
from rollout.wording.french_names import in_glossary_order

MAX_TEXTS = 40
"""The most texts of one entry, all languages and days together."""


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
        self.instance.siblings_are_checked = True  # by the formset, which has them all
        self.fields["valid_from"].disabled = self.is_of_data_files
        if self.language:
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

    @property
    def is_of_data_files(self) -> bool:
        """Tell whether the data files made the text: they know it by its first day."""
        if not self.instance.pk:
            return False
        first = self.instance.history.order_by("history_date", "history_id").first()
        return first is not None and first.history_user_id is None


class EntryTextFormSet(TextFormSet):
    """The texts of an entry: one for a language and day, and links to it lead somewhere."""

    def clean(self) -> None:
        """Refuse texts that overlap, and drafts or last days that break links to the entry."""
        super().clean()
        if not all(form.is_valid() for form in self.forms):
            return
        texts = [form.instance for form in self.forms if form.instance.pk or form.has_changed()]
        refuse_overlaps(texts)
        if self.instance._state.adding:
            return
        before = links.broken_links(self.instance)
        try:
            links.refuse_broken_links(self.instance, before, texts)
        except links.EntryNeeded as error:
            raise with_addresses(error) from error


class EntryTextInline(TextInline):
    """The entry's texts, per language and by their days."""

    model = EntryText
    form = EntryTextForm
    formset = EntryTextFormSet
    fields = (
        "language",
        "valid_from",
        "valid_until",
        "title",
        "body",
        "search_words",
        "status",
        "is_typo",
        "is_current",
        "step",
        "review",
    )
    readonly_fields = ("step", "review")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EntryText]:
        """Return the texts of each language, the earliest first."""
        texts = EntryText.objects.select_related("entry")
        return texts.order_by("entry", "language", F("valid_from").asc(nulls_first=True))

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return the number of languages without a text, and one for a text of later days."""
        present = set(obj.texts.values_list("language", flat=True)) if obj else set()
        return len(set(dict(languages())) - present) + 1

    def get_max_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return the most texts of one entry."""
        return MAX_TEXTS

    @admin.display(description=_("beside the reference text"))
    def step(self, obj: EntryText) -> str:
        """Return whether a translation says what the reference text says now."""
        texts = list(obj.entry.texts.all()) if obj.pk and obj.translates else []
        if not obj.references(texts):
            return "–"
        is_behind = obj.is_left_behind(texts)
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
    list_display = ["title", "kind", "position", "day", "certainty", "last_checked"]
    list_filter = ["kind", ("route", TitleFilter), "certainty", "texts__status"]
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
                    "picture",
                    "ask",
                    "day",
                    "day_precision",
                ]
            },
        ),
        (_("What it speaks of"), {"fields": ["speaks_of"]}),
        (
            _("How we know"),
            {"fields": [*EVIDENCE_FIELDS]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        """Fetch the titles."""
        return Entry.objects.with_texts()

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Return the reading order: by kind and position, terms by their title."""
        return ["kind", glossary_order(), "position", "slug"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the rows of which it can speak as check boxes."""
        if db_field.name == "speaks_of":
            help_text = _(
                "The rows whose change could make this text wrong: when one changes, the text is "
                "to be re-read. A step or thing to have ready that names documents is shown for "
                "these only."
            )
            return SubjectsField(label=_("Speaks of"), help_text=help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Add the address to which “It is still right” is sent."""
        view = self.admin_site.admin_view(require_POST(self.confirm_view))
        confirm = path("<path:object_id>/confirm/", view, name="rollout_entry_confirm")
        return [confirm, *super().get_urls()]

    def confirm_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Note that the entry was read again and is still right, unless more has changed since."""
        entry = Entry.objects.filter(pk=object_id).first()
        if entry is None:
            raise Http404
        if not self.may_confirm(request):
            raise PermissionDenied
        since = entry.reread_since.isoformat() if entry.reread_since else ""
        if request.POST.get("reread_since") == since:
            writer.confirm_entry(entry, by=editor(request))
            self.message_user(request, _("It is noted as still right."), messages.SUCCESS)
        else:
            text = _("More has changed since you opened the page. Look at it again.")
            self.message_user(request, text, messages.WARNING)
        return redirect(reverse("admin:rollout_entry_change", args=[entry.pk]))

    def may_confirm(self, request: HttpRequest) -> bool:
        """Tell whether someone may say that an entry is still right: not who only translates."""
        return self.has_change_permission(request) and not self.writes_texts_only(request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show above the form why the entry is to be read again, and which texts link to it."""
        entry = kwargs.get("obj")
        if entry is not None:
            context |= {
                "reread_since": entry.reread_since,
                "changes": differences.lines(changes_since_read(entry)),
                "may_confirm": self.may_confirm(request),
                "linking": linking(entry),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the changed texts together, the reference language first."""
        formset.save(commit=False)
        changed = [text_form for text_form in formset.forms if text_form.has_changed()]
        changed.sort(key=lambda text_form: text_form.instance.language != reference_language())
        changes = [
            writer.TextChange(
                text_form.instance,
                text_form.cleaned_data.get("is_typo", False),
                text_form.cleaned_data.get("is_current", False),
            )
            for text_form in changed
        ]
        writer.save_entry_texts(changes, by=editor(request), note=form.cleaned_data.get(NOTE, ""))
        texts = list(EntryText.objects.filter(entry=form.instance))
        if any(change.text.is_left_behind(texts) for change in changes):
            warning = _(
                "The translation is still marked as left behind: tick “Says what the reference "
                "text says now” once it does."
            )
            self.message_user(request, warning, messages.WARNING)

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
        return str(obj)


def glossary_order() -> Case:
    """Return the place of a term among all terms, by their titles; nothing for other entries."""
    terms = in_glossary_order(Entry.objects.of_kind(Kind.TERM))
    places = [When(pk=term.pk, then=place) for place, term in enumerate(terms)]
    return Case(*places, default=None, output_field=IntegerField())
