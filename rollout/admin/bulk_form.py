"""The form that changes many departments: what is left empty stays as it is."""

from collections.abc import Collection, Iterator
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from rollout.admin.base import public_path
from rollout.admin.forms import (
    MINOR,
    NOTE,
    PREVIEW,
    LinesField,
    NoteForm,
    SourcesWidget,
)
from rollout.admin.new_source import NEW_SOURCE, DayInput, NewSourceForm
from rollout.dates import today
from rollout.facts import checking
from rollout.importing.cells import ImportRow
from rollout.models import (
    Certainty,
    Department,
    DepartmentText,
    Precision,
    Source,
    Wave,
)
from rollout.models.texts import languages, reference_language

OPENING = ["opened_on", "precision", "not_before", "wave"]
SUSPENSION = ["suspended_from", "suspended_until", "no_suspension"]
EVIDENCE = ["certainty", "sources", "replaces_sources"]
UNCHANGED = [("", _("unchanged"))]
TITLES = {
    "opened_on": _("opening day"),
    "precision": _("precision of the opening day"),
    "wave": _("wave"),
    "suspended_from": _("suspension"),
    "suspended_until": _("end of a suspension"),
    "no_suspension": _("suspension taken back"),
    "certainty": _("certainty"),
    "sources": _("sources"),
    "note": _("note"),
    "check_today": _("checked"),
}
"""What a recorded edit is called, by the field that was filled in."""


class BulkForm(NewSourceForm, NoteForm):
    """What is to change of many departments, with the public note on it in several languages.

    `chosen` are the departments offered, all of them ticked; none: all are offered. `section` is
    the part that stands open: "opening", "suspension", "evidence", "note" or "check". `writable`
    are the languages in which the editor may write.
    """

    departments = forms.ModelMultipleChoiceField(
        Department.objects.all(), label=_("Departments"), widget=forms.CheckboxSelectMultiple
    )
    opened_on = forms.DateField(label=_("Open from"), required=False, widget=DayInput())
    precision = forms.ChoiceField(
        label=_("How exactly"), required=False, choices=[*UNCHANGED, *Precision.choices]
    )
    not_before = forms.DateField(
        label=_("Not before"),
        required=False,
        widget=DayInput(),
        help_text=_("With “by that day at the latest”: the earliest possible day, if it is known."),
    )
    wave = forms.ModelChoiceField(
        Wave.objects.with_texts(), label=_("Wave"), required=False, empty_label=UNCHANGED[0][1]
    )
    suspended_from = forms.DateField(label=_("Suspended from"), required=False, widget=DayInput())
    suspended_until = forms.DateField(
        label=_("Works again from"),
        required=False,
        widget=DayInput(),
        help_text=_("To end a suspension, fill in this day only."),
    )
    no_suspension = forms.BooleanField(
        label=_("Take the suspension back"),
        required=False,
        help_text=_("It was announced by mistake: both its days are emptied."),
    )
    certainty = forms.ChoiceField(
        label=_("Certainty"), required=False, choices=[*UNCHANGED, *Certainty.choices]
    )
    sources = forms.ModelMultipleChoiceField(
        Source.objects.all(),
        label=_("Sources"),
        required=False,
        widget=SourcesWidget(Department._meta.get_field("sources"), admin.site),
    )
    replaces_sources = forms.ChoiceField(
        label=_("These sources"),
        choices=[("", _("are added to those of before")), ("yes", _("take their place"))],
        required=False,
        widget=forms.RadioSelect,
    )
    check_today = forms.BooleanField(label=_("Checked today against the sources"), required=False)

    def __init__(
        self,
        data: QueryDict | None,
        *,
        chosen: QuerySet[Department],
        section: str,
        writable: Collection[str],
    ) -> None:
        first = [reference_language(), get_language()]
        codes = [code for code, _name in languages() if code in writable]
        self.languages = sorted(codes, key=lambda code: code not in first)
        self.section = section
        initial = {
            "departments": chosen,
            "check_today": section != "note",
            "is_minor": section == "check",
        }
        super().__init__(data, initial=initial)
        fields = cast("dict[str, Any]", self.fields)
        fields["wave"].queryset = Wave.objects.for_page()
        if chosen:
            fields["departments"].queryset = chosen
        self.add_descriptions()
        self._add_texts()
        first_fields = _FIRST_FIELDS | {"note": f"note_{self.languages[0]}"}
        if section in first_fields and data is None:  # else the plan, or what is wrong, comes first
            fields[first_fields[section]].widget.attrs["autofocus"] = True

    def _add_texts(self) -> None:
        """Add the fields of the notes on departments and of the update, one per language."""
        for code in self.languages:
            name = dict(languages())[code]
            self.fields[f"note_{code}"] = LinesField(
                label=gettext("Note (%(language)s)") % {"language": name},
                required=False,
                widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField", "lang": code}),
            )
            if code != reference_language():
                self.fields[f"{NOTE}_{code}"] = forms.CharField(
                    label=gettext("The same (%(language)s)") % {"language": name},
                    required=False,
                    max_length=500,
                    widget=forms.TextInput(attrs={"class": "vLargeTextField", "lang": code}),
                )

    @property
    def fieldsets(self) -> list[tuple[Any, dict[str, Any]]]:
        """Return the parts of the form, as the admin shows them: those not in use are folded."""
        notes = [f"note_{code}" for code in self.languages]
        updates = [f"{NOTE}_{code}" for code in self.languages if code != reference_language()]
        folded = {"classes": ["collapse"]}
        filled = {name for name in self.fields if self.is_bound and self.data.get(name)}
        is_source_open = self.is_bound and self.is_source_begun
        opening, suspension, evidence, note = (
            {} if self.section in sections or filled & {*fields} else folded
            for sections, fields in (
                (["opening"], OPENING),
                (["suspension"], SUSPENSION),
                (_WITH_EVIDENCE, EVIDENCE),
                (["note"], notes),
            )
        )
        source: dict[str, Any] = {} if is_source_open else folded
        source_help = _("It is saved with the rest, and added to the sources of the departments.")
        note_help = _("It takes the place of a note of before. Empty: unchanged.")
        parts = [
            (None, {"fields": ["departments"], "classes": ["bulk-departments"]}),
            (_("Opening"), {"fields": OPENING, **opening}),
            (_("Suspension"), {"fields": SUSPENSION, **suspension}),
            (_("Certainty and sources"), {"fields": EVIDENCE, **evidence}),
            (
                _("+ A source that is not in the list yet"),
                {
                    "fields": [*NEW_SOURCE, *self.description_fields],
                    "description": source_help,
                    **source,
                },
            ),
            (
                _("Note on each of these departments"),
                {"fields": notes, "description": note_help, **note},
            ),
            (_("This change"), {"fields": ["check_today", NOTE, *updates[:1], MINOR]}),
            (_("What readers are told, in more languages"), {"fields": updates[1:], **folded}),
        ]
        return [(title, options) for title, options in parts if options["fields"]]

    def clean(self) -> dict[str, Any]:
        """Refuse what is half filled in, contradicts itself, or changes nothing."""
        if PREVIEW not in self.data:
            super().clean()
        cleaned = self.cleaned_data
        self._clean_dates(cleaned)
        self.clean_new_source()
        self._clean_notes(cleaned)
        if not self.errors and not self.changed_parts():
            self.add_error(None, gettext("Nothing is filled in that would change: choose what."))
        return cleaned

    def _clean_dates(self, cleaned: dict[str, Any]) -> None:
        start, end = cleaned.get("suspended_from"), cleaned.get("suspended_until")
        if cleaned.get("opened_on") and "precision" in cleaned and not cleaned["precision"]:
            self.add_error("precision", gettext("Say how exactly that day is known."))
        if cleaned.get("not_before") and not cleaned.get("opened_on"):
            self.add_error("not_before", gettext("It goes with an opening day: fill that in too."))
        if start and end and end <= start:
            message = gettext("It works again on a later day than that on which it is suspended.")
            self.add_error("suspended_until", message)
        if cleaned.get("no_suspension") and (start or end):
            message = gettext("Either a suspension has days, or it is taken back.")
            self.add_error("no_suspension", message)

    def _clean_notes(self, cleaned: dict[str, Any]) -> None:
        """Refuse notes in other languages where there is none in the reference language."""
        reference = reference_language()
        notes = self._texts("note")
        if not notes or reference in notes:
            return
        codes = [row.pk for row in cleaned.get("departments") or ()]
        texts = DepartmentText.objects.filter(department__in=codes, language=reference)
        missing = sorted({*codes} - {*texts.values_list("department_id", flat=True)})
        if missing:
            message = gettext(
                "There must be a note in %(language)s too, in which the others are shown where "
                "they are missing: there is none for %(departments)s."
            )
            values = {"language": dict(languages())[reference], "departments": ", ".join(missing)}
            self.add_error(f"note_{next(iter(notes))}", message % values)

    def changed_parts(self) -> list[Any]:
        """Return the names of what is to change, see TITLES: not translated yet."""
        values = self.cleaned_data
        filled = {name for name in TITLES if values.get(name)}
        if "opened_on" in filled:
            filled -= {"precision", "wave"}
        if "suspended_from" in filled:
            filled -= {"suspended_until"}
        if self.is_source_begun:
            filled |= {"sources"}
        if self._texts("note"):
            filled |= {"note"}
        if len(filled) > 1:
            filled -= {"check_today"}
        return [title for name, title in TITLES.items() if name in filled]

    @property
    def path(self) -> str:
        """Return the path of the page that the public update leads to, after the language."""
        departments = self.cleaned_data["departments"]
        if self.cleaned_data["wave"]:
            return public_path(self.cleaned_data["wave"])
        if len(departments) == 1:
            return public_path(departments[0])
        return reverse("departments").split("/", 2)[2]

    def _texts(self, name: str) -> dict[str, str]:
        """Return the texts that were filled in, by language."""
        texts = {code: self.cleaned_data.get(f"{name}_{code}") for code in self.languages}
        return {code: text for code, text in texts.items() if text}

    def import_rows(self) -> list[ImportRow]:
        """Return the rows to save: a new source with its texts, the departments, their notes."""
        source = self.new_source() if self.is_source_begun else None
        return [
            *(self.source_rows(source) if source else ()),
            *self._department_rows(source),
            *self._note_rows(),
        ]

    def _department_rows(self, source: Source | None) -> Iterator[ImportRow]:
        cleaned = self.cleaned_data
        added = [row.slug for row in (*cleaned["sources"], source) if row]
        is_added = not cleaned["replaces_sources"]
        for row in cleaned["departments"].prefetch_related("sources"):
            values = self._values() | (self._check(row) if cleaned["check_today"] else {})
            # Without new ones those of before are given again: a fact needs a source (certainty).
            before = [old.slug for old in row.sources.all()] if is_added or not added else []
            sources = tuple(dict.fromkeys([*before, *added]))
            yield ImportRow(str(row), 0, Department, {"code": row.code}, values, sources)

    def _values(self) -> dict[str, Any]:
        """Return the new values of each department, by the attribute of the field."""
        cleaned = self.cleaned_data
        values: dict[str, Any] = {
            name: cleaned[name]
            for name in ("opened_on", "precision", "certainty", "suspended_until")
            if cleaned[name]
        }
        if cleaned["wave"]:
            values["wave_id"] = cleaned["wave"].pk
        if cleaned["opened_on"] or cleaned["precision"] not in ("", Precision.BY):
            values["not_before"] = cleaned["not_before"]
        if cleaned["suspended_from"] or cleaned["no_suspension"]:
            for name in ("suspended_from", "suspended_until"):
                values[name] = cleaned[name]
        return values

    def _check(self, department: Department) -> dict[str, Any]:
        """Return the days of a check today; saving spreads the next (`importing.spreading`)."""
        wait = checking.interval(department)
        return {"last_checked": today(), "check_again_by": today() + wait if wait else None}

    def _note_rows(self) -> Iterator[ImportRow]:
        for row in self.cleaned_data["departments"]:
            for code, text in self._texts("note").items():
                key = {"department_id": row.code, "language": code}
                yield ImportRow(str(row), 0, DepartmentText, key, {"note": text})


_FIRST_FIELDS = {
    "opening": "opened_on",
    "suspension": "suspended_from",
    "evidence": "certainty",
}
_WITH_EVIDENCE = ("opening", "suspension", "evidence")
