"""The stages of languages: editors decide who may read the site in each."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import FactAdmin
from rollout.admin.forms import NoteForm, ReasonForm
from rollout.facts import history
from rollout.models.languages import Language, Stage, translated_languages
from rollout.translations.coverage import missing_for_public


def refuse_incomplete(language: str, stage: str) -> None:
    """Refuse to make a language public while something of its scope is missing.

    Raises:
        ValidationError: says what is missing, with a link to the list, as HTML.
    """
    missing = missing_for_public(language) if stage == Stage.PUBLIC else []
    if not missing:
        return
    sentence = gettext("It cannot be public yet. There is still missing:")
    link = format_html(
        '<a href="{}">{}</a>',
        reverse("admin:rollout_translate", args=[language]) + "?state=missing",
        gettext("Translate what is missing"),
    )
    items = format_html_join("", "<li>{}</li>", ((text,) for text in missing))
    raise ValidationError({"stage": format_html("{}<ul>{}</ul>{}", sentence, items, link)})


class LanguageForm(ReasonForm):
    """The stage of a language."""

    def clean(self) -> dict[str, Any] | None:
        """Refuse a language that is not complete, unless it was public before."""
        cleaned = super().clean() or self.cleaned_data
        code = cleaned.get("code") or self.instance.code
        if code and "stage" in self.changed_data and "stage" in cleaned:
            try:
                refuse_incomplete(code, cleaned["stage"])
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


@admin.register(Language)
class LanguageAdmin(FactAdmin):
    """Languages: hidden, in preview, or public."""

    form = LanguageForm
    can_preview = False
    key_fields = ("code",)
    list_display = ["name", "stage", "work"]
    list_display_links = ["name"]
    fields = ["code", "stage"]
    instead_of_deleting = _("Nothing is deleted here: hide the language.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow adding only while a language of the settings has no stage."""
        is_complete = Language.objects.count() >= len(translated_languages())
        return not is_complete and super().has_add_permission(request)

    def is_public(self, row: Language) -> bool:
        """Tell whether readers are told of a change: they are not."""
        return False

    def _restore(
        self, request: HttpRequest, row: models.Model, version: history.Version, form: NoteForm
    ) -> bool:
        """Refuse an old version too by which an incomplete language would become public."""
        try:
            refuse_incomplete(str(row.pk), version.record.stage)
        except ValidationError as error:
            form.add_error(None, error.messages)
            return False
        return super()._restore(request, row, version, form)

    @admin.display(description=_("language"), ordering="code")
    def name(self, obj: Language) -> str:
        """Return the language in its own words."""
        return str(obj)

    @admin.display(description=_("what is to be done"))
    def work(self, obj: Language) -> SafeString:
        """Return links to its texts and pages."""
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("admin:rollout_translate", args=[obj.pk]),
            gettext("Texts"),
            reverse("admin:rollout_language_home", args=[obj.pk]),
            gettext("Its pages as a preview"),
        )
