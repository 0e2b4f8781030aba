"""The forms of facts: a note for readers, no silent overwriting, no fact without a source."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout import markdown
from rollout.admin import translation_findings
from rollout.admin.far_days import far_days
from rollout.admin.link_targets import dead_link_sentence
from rollout.admin.roles import OwnLanguagesFormSet
from rollout.facts import history, writer
from rollout.facts.links import MARKDOWN_FIELDS
from rollout.models import Department
from rollout.models.entries import SUBJECTS
from rollout.models.texts import dead_targets, languages, reference_language
from rollout.wording import differences

NOTE = "change_note"
SAVED = "saved"
"""The tag of the message that a form was saved, which static/js/drafts.js looks for."""
MINOR = "is_minor"
BASE_VERSION = "base_version"
CONFIRMED_DAY = "confirmed_day"
PREVIEW = "_preview"
CHANGE_FIELDS = {NOTE, MINOR, BASE_VERSION, CONFIRMED_DAY}
"""The fields about the change, not about the row."""


MAX_MARKDOWN_LENGTH = 10_000
"""Characters of a text in which mistakes are looked for: no field takes more."""

NOTE_REQUIRED = _("Say what changed, or tick “Minor change”.")


class FactForm(forms.ModelForm):
    """A form for a fact, with the note that is published of the change."""

    change_note = forms.CharField(
        label=_("What readers are told"),
        required=False,
        max_length=500,
        help_text=_(
            "In English: what changed, in a sentence or two. It appears among the updates, and "
            "stays in the history beside your name."
        ),
        widget=forms.TextInput(attrs={"class": "vLargeTextField", "lang": "en"}),
    )
    is_minor = forms.BooleanField(
        label=_("Minor change"),
        required=False,
        help_text=_("A typo, or checked again without a change: readers are told nothing."),
    )
    base_version = forms.CharField(required=False, widget=forms.HiddenInput)
    publishes_updates = True
    minor_by_default = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        row = kwargs.get("instance")
        token = ""
        if row is not None and not row._state.adding:
            token = history.version_token(row)
            if not args and not kwargs.get("data"):
                row.refresh_from_db()  # what is shown is at least as new as the token
        super().__init__(*args, **kwargs)
        self.fields[MINOR].initial = self.minor_by_default
        self.fields[BASE_VERSION].initial = token

    def _get_validation_exclusions(self) -> set[str]:
        """Check rules that concern locked fields too: the form would pass, and saving refuse."""
        locked = {field.name for field in self.instance._meta.fields} - set(self.fields)
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return exclusions - locked

    def clean(self) -> dict[str, Any] | None:
        """Refuse what overwrites another's change, lacks its note, or lacks its source."""
        cleaned = super().clean() or self.cleaned_data
        self._refuse_stale()
        needs_note = self.publishes_updates and PREVIEW not in self.data
        if needs_note and not cleaned.get(MINOR) and not cleaned.get(NOTE):
            self.add_error(NOTE, NOTE_REQUIRED)
        if "sources" in self.fields and "sources" in cleaned:
            try:
                self._fill_in(cleaned)
                writer.refuse_without_source(self.instance, list(cleaned["sources"]))
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned

    def _fill_in(self, cleaned: dict[str, Any]) -> None:
        """Give the row what decides whether it needs a source, before Django gives it the rest."""
        for name in ("certainty", "kind"):
            if name in cleaned:
                setattr(self.instance, name, cleaned[name])

    def _refuse_stale(self) -> None:
        """Refuse a form that was opened before someone else's change, and say what that was.

        The row is locked first, so that of two forms sent at once the second sees the first. What
        was typed stays; saving again then means to overwrite.
        """
        if self.instance._state.adding:
            return
        rows: Any = type(self.instance)._default_manager
        rows.select_for_update().filter(pk=self.instance.pk).first()
        current = history.version_token(self.instance)
        if self.data.get(self.add_prefix(BASE_VERSION), "") == current:
            return
        newer = history.versions_since(
            self.instance, self.data.get(self.add_prefix(BASE_VERSION), "")
        )
        set_form_value(self, self.add_prefix(BASE_VERSION), current)
        self.add_error(
            None,
            [
                ValidationError(
                    _(
                        "Someone else changed this while you had it open. Nothing of yours was "
                        "saved, and all of it is still here. Compare, then save again."
                    )
                ),
                *(ValidationError(_sentence(line)) for line in differences.lines(newer)),
            ],
        )


class DepartmentForm(FactForm):
    """A form for a department: a day far from the others of its wave is confirmed before saving.

    The box holds that very day: ticked, it confirms no other.
    """

    confirmed_day = forms.CharField(
        label=_("Yes, this day is right"), required=False, widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any] | None:
        """Refuse a far day that is not confirmed, in words, and show the box that confirms it."""
        cleaned = super().clean() or self.cleaned_data
        wave, day = cleaned.get("wave"), cleaned.get("opened_on")
        is_moved = {"wave", "opened_on"} & set(self.changed_data)
        if not (wave and day and is_moved) or PREVIEW in self.data:
            return cleaned
        row = Department(code=self.instance.code, name=self.instance.name, wave=wave, opened_on=day)
        sentences = far_days([row])
        if sentences and cleaned.get(CONFIRMED_DAY) != day.isoformat():
            set_form_value(self, self.add_prefix(CONFIRMED_DAY), "")  # shown without a tick
            self.fields[CONFIRMED_DAY].widget = forms.CheckboxInput({"value": day.isoformat()})
            advice = gettext("If it is right, tick this box and save again.")
            self.add_error(CONFIRMED_DAY, f"{sentences[0]} {advice}")
        return cleaned


class ReasonForm(FactForm):
    """A form for a row that is no fact by itself: the note is only for the history."""

    publishes_updates = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[NOTE].label = _("Why this change")
        self.fields[NOTE].help_text = _("Kept in the history beside your name.")
        self.fields[MINOR].widget = forms.HiddenInput()


class NoteForm(forms.Form):
    """The note that is published of a change that is not made in a row's own form."""

    change_note = FactForm.declared_fields[NOTE]
    is_minor = FactForm.declared_fields[MINOR]
    base_version = FactForm.declared_fields[BASE_VERSION]

    def clean(self) -> dict[str, Any]:
        """Require a note unless the change is minor."""
        if not self.cleaned_data.get(MINOR) and not self.cleaned_data.get(NOTE):
            self.add_error(NOTE, NOTE_REQUIRED)
        return self.cleaned_data


def set_form_value(form: forms.BaseForm, name: str, value: str) -> None:
    """Give a field of a bound form a value, for the next time that it is shown."""
    data = cast("QueryDict", form.data).copy()
    data[name] = value
    form.data = data


def _sentence(line: differences.Line) -> str:
    """Return who changed what, from what to what."""
    record = line.version.record
    who = record.history_user or gettext("the data files")
    changed = "; ".join(map(str, line.differences))
    return gettext("%(who)s, %(when)s: %(what)s") % {
        "who": who,
        "when": date_format(timezone.localtime(record.history_date), "DATETIME_FORMAT"),
        "what": f"{line.version.part} {changed}".strip(),
    }


class SourcesWidget(AutocompleteSelectMultiple):
    """Sources to choose by typing. Each is removed by itself: no button removes all at once."""

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        """Leave out that button, which assistive technology cannot make sense of."""
        return super().build_attrs(base_attrs, extra_attrs) | {"data-allow-clear": "false"}


class SubjectsWidget(forms.CheckboxSelectMultiple):
    """Check boxes in groups that open and close: those with a checked box are open."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add the groups: name, options, number of checked options."""
        context = super().get_context(name, value, attrs)
        context["groups"] = [
            (group, options, sum(option["selected"] for option in options))
            for group, options, _index in context["widget"]["optgroups"]
        ]
        return context

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Return the boxes as HTML, by the site's own template."""
        return render_to_string("admin/subjects.html", self.get_context(name, value, attrs))


def _subject_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return all rows that an entry can speak of, by kind: five queries, five for their names."""
    choices = []
    for kind, model in SUBJECTS.items():
        rows: Any = model._default_manager
        options = [(f"{kind}:{row.pk}", str(row)) for row in rows.with_texts()]
        choices.append((str(capfirst(model._meta.verbose_name_plural)), options))
    return choices


class SubjectsField(forms.MultipleChoiceField):
    """The rows of which an entry speaks; as in `Entry.speaks_of`, with a space between them."""

    widget = SubjectsWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_subject_choices, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return the value of a row as a list."""
        return value.split() if isinstance(value, str) else value

    def clean(self, value: Any) -> Any:
        """Return the chosen rows as text."""
        return " ".join(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether other rows are chosen, in whatever order."""
        return not self.disabled and set((initial or "").split()) != set(data or [])


class LinesField(forms.CharField):
    """Text of several lines. Browsers end them with two characters, the data files with one."""

    def to_python(self, value: Any) -> Any:
        """Return the text with plain ends of lines."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class WordsForm(forms.ModelForm):
    """Words of a row in one language.

    Markdown of which a part would not be shown as it is meant is refused, where it was changed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.findings: translation_findings.Findings = {}
        for field in self.fields.values():
            if self.language and isinstance(field, forms.CharField):
                field.widget.attrs |= {"lang": self.language, "dir": "auto"}
        for name in self.markdown_fields:
            self.fields[name].widget.attrs["data-markdown"] = ""

    @property
    def language(self) -> str:
        """Return the language that the form is for; "" where it is still to be chosen."""
        return str(self.instance.language or self.initial.get("language", ""))

    @property
    def markdown_fields(self) -> list[str]:
        """Return the names of the fields that hold Markdown."""
        names = MARKDOWN_FIELDS.get(type(self.instance), [])
        return [name for name in names if name in self.fields]

    def clean(self) -> dict[str, Any] | None:
        """Refuse the Markdown mistakes of the fields that were changed, each with its line."""
        cleaned = super().clean() or self.cleaned_data
        for name in set(self.markdown_fields) & set(self.changed_data) & set(cleaned):
            problems = text_problems(cleaned[name])
            if problems:
                self.add_error(name, problems)
        return cleaned


class TextForm(WordsForm):
    """The text of a row in one language, and whether its translations are still current.

    The language of an existing text is locked.
    """

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
        if self.instance.pk:
            self.fields["language"].disabled = True
        if self.language:
            self.fields["language"].widget = forms.HiddenInput()
        is_reference = self.language == reference_language()
        self.fields["is_current" if is_reference else "is_typo"].widget = forms.HiddenInput()

    def change(self) -> writer.TextChange:
        """Return what is to be saved of a valid form."""
        cleaned = self.cleaned_data
        return writer.TextChange(self.instance, cleaned["is_typo"], cleaned["is_current"])


def text_problems(text: str) -> list[str]:
    """Return what is wrong with Markdown, in sentences in the active language.

    First the mistakes, each with its line and what to do; then the links that lead nowhere, each
    with the entries nearest to it.
    """
    text = text[:MAX_MARKDOWN_LENGTH]
    problems = [
        gettext("Line %(line)s, “%(excerpt)s”: %(advice)s")
        % {"line": mistake.line, "excerpt": mistake.excerpt, "advice": mistake.kind.label}
        for mistake in markdown.mistakes(text)
    ]
    return problems + [dead_link_sentence(target) for target in dead_targets(text)]


class TextFormSet(OwnLanguagesFormSet):
    """The texts of a row in the reference language, which comes first, and perhaps another.

    Its inline chooses the `codes` of these languages.
    """

    is_required = True  # or only once there is a text in any language
    codes: Sequence[str] = ()

    def __init__(self, *args: Any, queryset: Any = None, **kwargs: Any) -> None:
        texts = queryset if queryset is None else queryset.filter(language__in=self.codes)
        super().__init__(*args, **kwargs, queryset=texts)  # type: ignore[misc]
        present = {text.language for text in self.get_queryset()}
        self.initial_extra = [{"language": code} for code in self.codes if code not in present]

    def clean(self) -> None:
        """Refuse texts without one in the reference language, and translations that are wrong.

        The others are shown in the reference language. What may be wrong with a translation is
        left in the `findings` of its form; an unfinished draft is not refused.
        """
        super().clean()
        filled = [form for form in self.forms if form.instance.pk or form.has_changed()]
        if any(not form.is_valid() for form in filled):
            return
        present = {form.cleaned_data.get("language") for form in filled}
        if reference_language() not in present and (filled or self.is_required):
            name = dict(languages())[reference_language()]
            raise ValidationError(
                _("There must be a text in %(language)s: it is shown where others are missing.")
                % {"language": name}
            )
        for form, found in translation_findings.of_forms(self.forms):
            form.findings = found
            for name, of_field in found.items():
                errors = [str(one) for one in of_field if one.is_error]
                if errors and form.instance.is_public:
                    form.add_error(name, errors)


class OptionalTextFormSet(TextFormSet):
    """Texts that a row can do without."""

    is_required = False
