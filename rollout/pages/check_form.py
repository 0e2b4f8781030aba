"""The form of the check: five questions, and the department where it makes a difference."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.facts.eligibility import Age, Answers, Number, Phone
from rollout.facts.snapshot import RolloutSnapshot
from rollout.models import HealthScheme, IdentityDocument
from rollout.wording.labels import name_of
from rollout.wording.verdict_words import ANSWERS, INVALID_CHOICE, MISSING, SEVERAL_ANSWERS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def _choices(question: type[Age | Number | Phone]) -> list[tuple[str, "StrPromise"]]:
    return [(answer.value, ANSWERS[answer]) for answer in question]


class CheckForm(forms.Form):
    """The answers of a reader. It is sent by GET, so that the address can be shared."""

    use_required_attribute = False  # our messages, in the page's language, not the browser's

    document = forms.ChoiceField(
        label=_("Which identity document do you have?"),
        help_text=_("If you have several, choose the one that comes first in this list."),
        widget=forms.RadioSelect,
    )
    scheme = forms.ChoiceField(
        label=_("Which French health scheme are you in?"), widget=forms.RadioSelect
    )
    age = forms.ChoiceField(
        label=_("How old are you?"), choices=_choices(Age), widget=forms.RadioSelect
    )
    number = forms.ChoiceField(
        label=_("What kind of social security number do you have?"),
        choices=_choices(Number),
        widget=forms.RadioSelect,
    )
    phone = forms.ChoiceField(
        label=_("Which phone do you have?"), choices=_choices(Phone), widget=forms.RadioSelect
    )
    department = forms.ChoiceField(
        label=_("Your department (optional)"),
        required=False,
        help_text=_("It makes a difference overseas, and on past days."),
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        documents: list[IdentityDocument],
        schemes: list[HealthScheme],
        snapshot: RolloutSnapshot,
    ) -> None:
        super().__init__(data)
        self.documents = {document.slug: document for document in documents}
        self.schemes = {scheme.slug: scheme for scheme in schemes}
        self.snapshot = snapshot
        self._set_choices("document", [(row.slug, name_of(row)) for row in documents])
        self._set_choices("scheme", [(row.slug, name_of(row)) for row in schemes])
        departments = [
            (code, f"{code} {row.department.name}") for code, row in snapshot.by_code.items()
        ]
        self._set_choices("department", [("", gettext("not named")), *departments])
        for name, field in self.fields.items():
            missing = MISSING.get(name, INVALID_CHOICE)
            field.error_messages |= {"required": missing, "invalid_choice": INVALID_CHOICE}

    def _set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Set the choices of a question: value and label."""
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    @classmethod
    def is_answered(cls, data: QueryDict) -> bool:
        """Tell whether a query holds an answer to any of the questions."""
        return any(name in data for name in cls.base_fields)

    def clean(self) -> dict[str, Any]:
        """Refuse a question that was answered several times: none of the answers is preferred."""
        if isinstance(self.data, QueryDict):
            for name in self.fields:
                if len(self.data.getlist(name)) > 1:
                    self.errors.pop(name, None)
                    self.add_error(name, ValidationError(SEVERAL_ANSWERS))
        return self.cleaned_data

    def given_answers(self) -> list[tuple[str, str]]:
        """Return the labels of each answered question and of its answer, once the form is valid.

        In the order of the form, in the active language.
        """
        answers = [(field, self.cleaned_data[name]) for name, field in self.fields.items()]
        return [
            (str(field.label), str(dict(cast("Any", field).choices)[value]))
            for field, value in answers
            if value
        ]

    def answers(self) -> Answers:
        """Return the answers as rows and values, once the form is valid."""
        data = self.cleaned_data
        return Answers(
            document=self.documents[data["document"]],
            scheme=self.schemes[data["scheme"]],
            age=Age(data["age"]),
            number=Number(data["number"]),
            phone=Phone(data["phone"]),
            row=self.snapshot.by_code.get(data["department"]),
        )
