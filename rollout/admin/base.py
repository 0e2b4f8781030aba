"""What the admins of facts share: they save through facts.writer, and nothing can be deleted."""

from collections.abc import Sequence
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rollout.accounts.roles import writable_languages
from rollout.admin.forms import (
    BASE_VERSION,
    CHANGE_FIELDS,
    MINOR,
    NOTE,
    SAVED,
    FactForm,
    LinesField,
    SourcesWidget,
    TextForm,
    TextFormSet,
)
from rollout.admin.history import HistoryPages
from rollout.admin.preview import PreviewPages
from rollout.admin.roles import OwnLanguagesInline, TranslatorAccess
from rollout.admin.second_reader import SecondReader
from rollout.admin.text_panels import codes_of_form, other_languages, text_panels
from rollout.facts import subjects, writer
from rollout.facts.eligibility import Age, Number, Phone
from rollout.facts.links import row_field
from rollout.models import Department, HealthScheme, IdentityDocument, TextStatus
from rollout.models.texts import Text, TranslatedQuerySet, languages

EVIDENCE_FIELDS = ["certainty", "sources", "last_checked", "check_again_by"]
UNTICK_ACTIVE = _("Nothing is deleted here: untick “Active”, and it is no longer a choice.")


def editor(request: HttpRequest) -> AbstractBaseUser:
    """Return the signed-in user: the admin lets nobody else this far."""
    return cast("AbstractBaseUser", request.user)


def titled(model: Any) -> QuerySet[Any]:
    """Return the rows of a model with what their titles need, in its order."""
    rows: Any = model._default_manager.all()
    titled_rows: QuerySet[Any] = rows.with_texts() if hasattr(rows, "with_texts") else rows
    return titled_rows


class TitleFilter(admin.RelatedFieldListFilter):
    """A list's filter by related rows, which it names by their titles: two queries."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        """Return the rows in the order of their model, each as key and title."""
        return [(row.pk, str(row)) for row in titled(field.remote_field.model)]


class FactAdmin(SecondReader, TranslatorAccess, PreviewPages, HistoryPages, admin.ModelAdmin):
    """The admin of a model that holds facts.

    Every way past the one writer is closed here or leads to it: rows and inlines are saved by
    writer.save_fact, list edits and Django's bulk actions are off, deleting is refused with advice.
    """

    form = FactForm
    actions: Any = None
    list_per_page = list_max_show_all = 100
    save_on_top = True
    change_form_template = "admin/fact_form.html"
    # Never changed once the row exists: addresses, data files and search rest on these.
    key_fields: tuple[str, ...] = ()
    # Fields of the form by which a change is confirmed: among CHANGE_FIELDS, hidden until needed.
    confirmations: tuple[str, ...] = ()
    # Whether the texts stand above the other fields: they are what is changed most.
    texts_first = False
    instead_of_deleting = _("Nothing is deleted here. Correct it, or bring back an old version.")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Take a translation for a minor change unless the translator says otherwise."""
        form = super().get_form(request, obj, change, **kwargs)
        form.minor_by_default = self.writes_texts_only(request)
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer rows by their titles."""
        kwargs.setdefault("queryset", titled(db_field.remote_field.model))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer sources while someone types, by their titles."""
        kwargs.setdefault("queryset", titled(db_field.remote_field.model))
        if db_field.name == "sources":
            kwargs["widget"] = SourcesWidget(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the fields about the change at the end of the form."""
        own = list(super().get_fieldsets(request, obj))
        if not self.has_change_permission(request, obj) and obj:
            return own
        fields = [*self.confirmations, NOTE, MINOR, BASE_VERSION]
        return [*own, (_("This change"), {"fields": fields})]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the fields about the change: they have a fieldset of their own."""
        return [name for name in super().get_fields(request, obj) if name not in CHANGE_FIELDS]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Lock the key of a row that exists."""
        fixed = self.key_fields if obj else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show above the form which texts speak of the row: they are to be read again after it."""
        context["speaking"] = subjects.entries_on(self.subjects(kwargs.get("obj")))
        context["texts_first"] = self.texts_first
        may_save = self.has_change_permission(request) or kwargs.get("add")
        context["is_editable"] = may_save and not context["is_popup"]  # which closes once saved
        return super().render_change_form(request, context, *args, **kwargs)

    def get_inline_formsets(self, request: HttpRequest, *args: Any, **kwargs: Any) -> list[Any]:
        """Arrange the texts by language."""
        formsets: list[Any] = super().get_inline_formsets(request, *args, **kwargs)
        for formset in formsets:
            if isinstance(formset.opts, TextInline):
                row = formset.formset.instance
                texts = list(row.texts.all()) if row.pk else []
                codes = formset.opts.codes_of_row(row)
                formset.panels = text_panels(formset, texts)
                formset.other_languages = other_languages(codes, formset.formset.codes, texts)
        return formsets

    def message_user(
        self,
        request: HttpRequest,
        message: Any,
        level: int | str = messages.INFO,
        extra_tags: str = "",
        fail_silently: bool = False,
    ) -> None:
        """Mark the message that a form was saved: the browser throws its draft away then."""
        name = request.resolver_match.url_name if request.resolver_match else ""
        is_of_form = request.method == "POST" and str(name).endswith(("_add", "_change"))
        tags = f"{extra_tags} {SAVED}".strip() if is_of_form and level == messages.SUCCESS else ""
        super().message_user(request, message, level, tags or extra_tags, fail_silently)

    def subjects(self, row: Any) -> set[str]:
        """Return what entries that speak of the row name in `speaks_of`; None is a new row."""
        return subjects.subjects_of(row) if row else set()

    @admin.display(description=_("state"), ordering="is_active")
    def state(self, obj: Any) -> str:
        """Return whether it is in force or withdrawn, for models that have `is_active`."""
        return str(_("active") if obj.is_active else pgettext_lazy("state of a row", "withdrawn"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: what was published stays in the history."""
        return False

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Redirect to the row, with a message of what can be done instead of deleting it."""
        if not self.has_view_permission(request):
            return super().delete_view(request, object_id, extra_context)
        self.message_user(request, self.instead_of_deleting, messages.WARNING)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return redirect(reverse(name, args=[object_id]))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """Redirect to the list, or back to the checking queue if the form was opened from it."""
        if request.GET.get("back") == "checking":
            return redirect("admin:rollout_checking")
        return super().response_post_save_change(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the row and its sources through the one writer, if anything of them changed.

        A row without a change gets no line of history, which would make it an editor's.
        """
        before = type(obj)._default_manager.filter(pk=obj.pk).first() if change else None
        form.was_public = before is not None and self.is_public(before)
        if change and not set(form.changed_data) - CHANGE_FIELDS:
            return
        writer.save_fact(
            obj,
            by=editor(request),
            note=form.cleaned_data.get(NOTE, ""),
            sources=form.cleaned_data.get("sources"),
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the texts, then publish an update; the sources were saved with the row."""
        for formset in formsets:
            self.save_formset(request, form, formset, change)
        is_changed = bool(set(form.changed_data) - CHANGE_FIELDS) or any(
            self.is_visible_change(text_form) for formset in formsets for text_form in formset.forms
        )
        publishes = form.publishes_updates and form.cleaned_data.get(NOTE)
        publishes = publishes and not form.cleaned_data.get(MINOR)
        if is_changed and publishes and (form.was_public or self.is_public(form.instance)):
            self.publish_update(request, form.instance, form.cleaned_data[NOTE])

    def publish_update(self, request: HttpRequest, row: Any, note: str) -> None:
        """Publish an update for the page of the row and the departments it affects."""
        writer.publish_update(
            note,
            by=editor(request),
            path=public_path(row),
            departments=self.affected_departments(row),
        )

    def is_visible_change(self, text_form: ModelForm) -> bool:
        """Tell whether something was changed that readers see, or saw until now."""
        changed = set(text_form.changed_data) - {"is_typo", "is_current"}
        row = text_form.instance
        if not isinstance(row, Text):
            return bool(changed)
        return bool(changed) and TextStatus.PUBLISHED in (row.status, text_form["status"].initial)

    def is_public(self, row: Any) -> bool:
        """Tell whether readers see the row: no update is published of one that they do not."""
        return bool(self.form.publishes_updates)

    def affected_departments(self, row: Any) -> list[Department]:
        """Return the departments that a change of the row affects."""
        return []

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the changed texts together, and say what may be wrong with them."""
        formset.save(commit=False)
        changed = [text_form for text_form in formset.forms if text_form.has_changed()]
        note = form.cleaned_data.get(NOTE, "")
        if not isinstance(formset, TextFormSet):
            for row_form in changed:
                writer.save_fact(row_form.instance, by=editor(request), note=note)
            return
        writer.save_texts(
            [text_form.change() for text_form in changed], by=editor(request), note=note
        )
        model: Any = formset.model
        texts = list(model._default_manager.filter(**{formset.fk.name: formset.instance}))
        if any(text_form.instance.is_left_behind(texts) for text_form in changed):
            warning = _(
                "The translation is still marked as left behind: tick “Says what the reference "
                "text says now” once it does."
            )
            self.message_user(request, warning, messages.WARNING)
        for text_form in changed:
            for finding in (one for found in text_form.findings.values() for one in found):
                name = text_form.instance.get_language_display()
                self.message_user(request, f"{name}: {finding}", messages.WARNING)


def shortened(names: Sequence[str], most: int = 2) -> str:
    """Return the first names of a list, and how many more there are: "69 Rhône; 75 Paris; +3"."""
    more = [f"+{len(names) - most}"] if len(names) > most else []
    return "; ".join([*names[:most], *more]) or "–"


def public_path(row: Any) -> str:
    """Return the path of a row's public page, without the language and the slash after it."""
    return str(row.get_absolute_url().split("/", 2)[2])


class NamedFactAdmin(FactAdmin):
    """The admin of facts with a name per language and a position."""

    key_fields = ("slug",)
    list_display_links = ["name"]
    search_fields = ["slug", "texts__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the names."""
        rows = cast("TranslatedQuerySet", super().get_queryset(request))
        return rows.with_texts().order_by("position")

    @admin.display(description=_("name"))
    def name(self, obj: Any) -> str:
        """Return the name in the editor's language, or in the reference language."""
        return str(obj)


def check_path(**params: str) -> str:
    """Return the public path of the eligibility check in the active language, query included.

    Parameters that are not given are those of an ordinary case: the first document and scheme,
    an adult with a permanent number and a recent phone.
    """
    documents, schemes = IdentityDocument.objects.active(), HealthScheme.objects.active()
    ordinary = {
        "document": str(documents.values_list("pk", flat=True).first()),
        "scheme": str(schemes.values_list("pk", flat=True).first()),
        "age": Age.ADULT.value,
        "number": Number.PERMANENT.value,
        "phone": Phone.RECENT.value,
    }
    return f"{reverse('can-i')}?{urlencode(ordinary | params)}"


class TextInline(OwnLanguagesInline):
    """The texts of a row in the reference language and in one more, `?beside=fr`."""

    form = TextForm
    formset = TextFormSet
    formfield_overrides = {
        models.TextField: {"form_class": LinesField, "widget": AdminTextareaWidget}
    }
    can_delete = False
    template = "admin/texts.html"

    def codes(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return the languages whose texts are in the form."""
        beside = request.GET.get("beside", "")
        return codes_of_form(self.codes_of_row(obj), beside, writable_languages(request.user))

    def codes_of_row(self, obj: Any = None) -> list[str]:
        """Return the languages in which the row, or a new one, is shown."""
        row = obj or row_field(self.model).related_model
        codes = [code for code, _name in languages()]
        return codes if row.is_in_every_language else list(settings.FULL_LANGUAGES)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the forms which languages they are for."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.codes = self.codes(request, obj)
        return formset

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the words first, then what an editor says of them."""
        return ["language", *self.model.text_fields, "is_typo", "is_current", "status"]

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return how many languages have no text yet: an empty form stands ready for each."""
        codes = self.codes(request, obj)
        return len(codes) - (obj.texts.filter(language__in=codes).count() if obj else 0)

    def get_max_num(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Return the number of languages: each has one text."""
        return len(self.codes(request, obj))


def review(text: Text) -> str:
    """Return how a text was made, and who reviewed it when, in words."""
    made = str(text.get_origin_display() if text.origin else _("not noted"))
    if not text.reviewed_on:
        return made
    return f"{made}; {text.reviewed_by}, {text.reviewed_on:%Y-%m-%d}"
