"""One text at a time: the reference text, its translation, what changed, and what may be wrong."""

import re
from dataclasses import dataclass, field
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rollout.admin.entry_links import with_addresses
from rollout.admin.forms import (
    BASE_VERSION,
    SAVED,
    LinesField,
    WordsForm,
    set_form_value,
    text_problems,
)
from rollout.admin.second_reader import TAKE_UP, TAKEN_UP, waiting
from rollout.admin.translation_findings import Findings, findings_of, screen_words
from rollout.admin.translation_lists import (
    Selection,
    approving_role,
    direction,
    require_language,
    text_of_key,
)
from rollout.facts import history, writer
from rollout.facts.links import MARKDOWN_FIELDS, row_field, row_of
from rollout.kinds import Kind
from rollout.models import EntryText
from rollout.models.texts import Text, fingerprint, languages, reference_language
from rollout.search.normalise import to_plain_letters
from rollout.translations.coverage import UnitState
from rollout.translations.units import new_translation
from rollout.wording.differences import Difference, text_runs

APPROVE = "_approve"
CONFIRMED = "confirmed"
"""The hidden field with the fingerprint of the words that are saved in spite of findings."""


def urls() -> list[URLPattern]:
    """Return the addresses of the pages, to stand among those of the admin."""
    view = admin.site.admin_view
    return [
        path(
            "rollout/translate/<slug:language>/<slug:key>/check/",
            view(require_POST(check_view)),
            name="rollout_translate_check",
        ),
        path(
            "rollout/translate/<slug:language>/<slug:key>/",
            view(waiting(translate_view)),
            name="rollout_translate_text",
        ),
    ]


class TranslationForm(WordsForm):
    """The words of a translation, and the version of its row on which they rest."""

    base_version = forms.CharField(required=False, widget=forms.HiddenInput)
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for bound in self.fields.values():
            if "lang" in bound.widget.attrs:
                bound.widget.attrs["dir"] = direction(self.language)
        self.fields[BASE_VERSION].widget.attrs.pop("lang", None)
        self.fields[BASE_VERSION].initial = history.version_token(row_of(self.instance))

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of the words that were sent."""
        return fingerprint(*(self.cleaned_data.get(name) or "" for name in self.words))

    @property
    def words(self) -> tuple[str, ...]:
        """Return the names of the fields with the words."""
        model: type[Text] = type(self.instance)
        return model.text_fields

    def clean(self) -> dict[str, Any] | None:
        """Refuse to overwrite what someone else saved since the form was opened."""
        cleaned = super().clean() or self.cleaned_data
        row = row_of(self.instance)
        rows: Any = type(row)._default_manager
        rows.select_for_update().filter(pk=row.pk).first()
        current = history.version_token(row)
        if cleaned.get(BASE_VERSION) != current:
            set_form_value(self, self.add_prefix(BASE_VERSION), current)
            raise ValidationError(
                _(
                    "Someone else changed this while you had it open. Nothing of yours was saved, "
                    "and all of it is still here. Compare, then save again."
                )
            )
        if TAKE_UP in self.data:
            raise ValidationError(TAKEN_UP)
        return cleaned

    def refuse_or_ask(self, found: Findings) -> list[str]:
        """Refuse what is surely wrong; return the sentences to ask about, unless confirmed.

        An unfinished draft is neither refused nor asked about.
        """
        if not self.instance.is_public:
            return []
        for name, of_field in found.items():
            if errors := [str(one) for one in of_field if one.is_error]:
                self.add_error(name, errors)
        if self.errors or self.cleaned_data.get(CONFIRMED) == self.fingerprint:
            return []
        return [f"{self.fields[name].label}: {one}" for name in found for one in found[name]]


def _form_class(model: type[Text]) -> type[TranslationForm]:
    """Return the form of the words of a model of texts."""
    extra = ["search_words"] if model is EntryText else []

    def form_field(db_field: models.Field, **kwargs: Any) -> Any:
        """Return the field of a form for one of the model: long texts keep their lines."""
        if isinstance(db_field, models.TextField):
            return db_field.formfield(form_class=LinesField, widget=AdminTextareaWidget, **kwargs)
        if db_field.choices:
            return db_field.formfield(**kwargs)
        return db_field.formfield(widget=AdminTextInputWidget, **kwargs)

    return forms.modelform_factory(  # type: ignore[return-value]
        model,
        form=TranslationForm,
        fields=[*model.text_fields, *extra, "status"],
        formfield_callback=form_field,
    )


@dataclass(frozen=True)
class FieldRow:
    """A field of the text: the reference, what changed in it, French as help, and the form's."""

    label: str
    reference: str
    bound: Any
    french: str = ""
    changed: SafeString | str = ""
    findings: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Term:
    """A term of the glossary whose French word the reference text has."""

    word: str
    title: str
    language: str


def translate_view(request: HttpRequest, language: str, key: str) -> HttpResponse:
    """Show a text to be translated, save it, or approve it; then go on to the next of the list.

    Raises:
        Http404: there is no such reference text or language.
        PermissionDenied: the user may not write in the language.
    """
    name = require_language(request, language)
    reference = text_of_key(key)
    if reference is None or not row_of(reference).is_shown_in(language):
        raise Http404
    selection = Selection.of(request, language)
    with transaction.atomic():
        siblings = list(_siblings(reference))
        text = _translation(reference, language, siblings)
        form = _form_class(type(reference))(
            request.POST if request.method == "POST" else None, instance=text
        )
        role = approving_role(request.user, language)
        found: Findings = {}
        asked: list[str] = []
        if request.method == "POST" and form.is_valid():
            found = _findings(reference, form.cleaned_data, language)
            asked = form.refuse_or_ask(found)
            if form.is_valid() and not asked:
                is_approved = APPROVE in request.POST and bool(role)
                if _save(request, form, siblings, role if is_approved else ""):
                    return redirect(_next_address(selection, key))
        elif request.method == "GET" and text.pk:
            found = _findings(reference, text.__dict__, language)
    if asked:
        set_form_value(form, CONFIRMED, form.fingerprint)
    units = selection.units()
    before, after, number, total = _neighbours(units, selection, key)
    context = {
        **admin.site.each_context(request),
        "title": _("Translate into %(language)s") % {"language": name},
        "subtitle": str(row_of(reference)),
        "form": form,
        "asked": asked,
        "language": language,
        "own_name": dict(languages())[language],
        "direction": direction(language),
        "reference": reference,
        "text": text if text.pk else None,
        "is_behind": bool(text.pk) and text.is_left_behind(siblings),
        "fields": _field_rows(reference, text, form, siblings, found),
        "terms": _terms(reference, language),
        "selection": selection,
        "previous": before and selection.address_of(before),
        "next": after and selection.address_of(after),
        "number": number,
        "total": total,
        "key": key,
        "may_approve": bool(role) and bool(text.pk),
        "row": row_of(reference),
        "opts_change": f"admin:rollout_{row_of(reference)._meta.model_name}_change",
        "errors": form.errors,
    }
    return TemplateResponse(request, "admin/translate.html", context)


def check_view(request: HttpRequest, language: str, key: str) -> JsonResponse:
    """Return what is or may be wrong with the words sent, as JSON.

    `findings`: by the name of the field, a list of pairs: the sentence, and whether it is refused.
    """
    require_language(request, language)
    reference = text_of_key(key)
    if reference is None:
        raise Http404
    values = {name: request.POST.get(name, "") for name in reference.text_fields}
    found = _findings(reference, values, language)
    pairs: dict[str, list[tuple[str, bool]]] = {
        name: [(str(one), one.is_error) for one in of_field] for name, of_field in found.items()
    }
    for name in MARKDOWN_FIELDS.get(type(reference), ()):
        pairs[name] = [
            *((problem, True) for problem in text_problems(values.get(name, ""))),
            *pairs.get(name, []),
        ]
    return JsonResponse({"findings": pairs})


def _siblings(text: Text) -> models.QuerySet[Any]:
    """Return all texts of the row of a text."""
    owner = row_field(type(text))
    texts: Any = type(text)._default_manager
    return texts.filter(**{owner.attname: getattr(text, owner.attname)}).select_related(owner.name)  # type: ignore[no-any-return]


def _translation(reference: Text, language: str, siblings: list[Any]) -> Any:
    """Return the translation of a reference text, or a new one for the same days."""
    own = [text for text in siblings if text.language == language]
    fitting = [text for text in own if reference in text.references([reference])]
    if fitting:
        return min(fitting, key=lambda text: not text.is_public)
    return new_translation(reference, language)


def _findings(reference: Text, values: Any, language: str) -> Findings:
    words = {name: values.get(name) or "" for name in reference.text_fields}
    return findings_of(reference, words, language, screen_words())


def _save(request: HttpRequest, form: TranslationForm, siblings: list[Any], role: str) -> bool:
    """Save the words that were sent, or approve of them; return whether that was possible."""
    text = form.instance
    changed = set(form.changed_data) - {BASE_VERSION, CONFIRMED}
    if not changed and not role and not text.is_left_behind(siblings):
        messages.info(request, _("Nothing was changed."))
        return True
    try:
        change = writer.TextChange(text, is_current=True, approved_by=role)
        writer.save_texts([change], by=cast("AbstractBaseUser", request.user))
    except ValidationError as error:
        form.add_error(None, ValidationError(with_addresses(error).messages))
        return False
    said = _("It is approved.") if role else _("It is saved.")
    messages.success(request, said, extra_tags=SAVED)  # the browser throws its draft away
    return True


# --- The list that someone works through ----------------------------------------------------------


def _neighbours(
    units: list[UnitState], selection: Selection, key: str
) -> tuple[str, str, int, int]:
    """Return the keys before and after a text in the list, its number and how many there are.

    A text that is not in the list, such as one just saved, has its place among the others.
    """
    keys = [unit.key for unit in units if selection.has(unit) or unit.key == key]
    if key not in keys:
        return "", "", 0, len(keys)
    place = keys.index(key)
    before = keys[place - 1] if place else ""
    after = keys[place + 1] if place + 1 < len(keys) else ""
    return before, after, place + 1, len(keys)


def _next_address(selection: Selection, key: str) -> str:
    """Return the path of the text after one, or of the list at its end."""
    _before, after, _number, _total = _neighbours(selection.units(), selection, key)
    return selection.address_of(after) if after else selection.address


# --- What stands beside the form ------------------------------------------------------------------


def _field_rows(
    reference: Text, text: Text, form: TranslationForm, siblings: list[Any], found: Findings
) -> list[FieldRow]:
    french = next(
        (
            each
            for each in siblings
            if each.language not in (reference.language, text.language)
            and each.language in settings.FULL_LANGUAGES
            and each.is_public
            and each.references([reference])
        ),
        None,
    )
    old = _translated_words(reference, text) if text.pk and text.is_behind(reference) else None
    names = [name for name in form.fields if name in (*reference.text_fields, "search_words")]
    rows = []
    for name in names:
        words = getattr(reference, name)
        if not words and not getattr(text, name):
            continue
        changed: SafeString | str = ""
        if old and name in old and old[name] != words:
            changed = Difference("", runs=text_runs(old[name], words)).text
        rows.append(
            FieldRow(
                str(capfirst(form.fields[name].label)),
                words,
                form[name],
                getattr(french, name, "") if french else "",
                changed,
                found.get(name, []),
            )
        )
    return rows


def _translated_words(reference: Any, text: Text) -> dict[str, str] | None:
    """Return the words of the reference text that a translation has the sense of, by field.

    From its history; None where they are not there, as of texts that were loaded anew.
    """
    for record in reference.history.order_by("-history_date", "-history_id"):
        words = {name: getattr(record, name) for name in reference.text_fields}
        if fingerprint(*words.values()) == text.translates:
            return words
    return None


def _terms(reference: Text, language: str) -> list[Term]:
    """Return the terms of the glossary whose French word the reference text has: a query."""
    words = " ".join(getattr(reference, name) for name in reference.text_fields)
    plain = to_plain_letters(words)
    titles: dict[str, dict[str, str]] = {}
    texts = EntryText.objects.filter(
        entry__kind=Kind.TERM, language__in={*settings.FULL_LANGUAGES, language}
    ).order_by("entry", "pk")
    for slug, code, title in texts.values_list("entry_id", "language", "title"):
        titles.setdefault(slug, {})[code] = title
    terms = []
    for slug, by_language in titles.items():
        names = [
            by_language[code].partition(" (")[0]
            for code in reversed(settings.FULL_LANGUAGES)
            if code in by_language
        ]
        patterns = (rf"(?<!\w){re.escape(to_plain_letters(name))}(?!\w)" for name in names)
        if f"term:{slug})" in words or any(re.search(pattern, plain) for pattern in patterns):
            own = language if language in by_language else reference_language()
            terms.append(Term(names[0] if names else slug, by_language.get(own, ""), own))
    return terms
