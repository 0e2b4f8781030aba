"""The form of the check: five questions, and the department where it makes a difference."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rollout.facts.eligibility import Age, Answers, Number, Phone
from rollout.facts.snapshot import RolloutSnapshot
from rollout.models import HealthScheme, IdentityDocument
from rollout.pages.widgets import Select
from rollout.wording.labels import name_of
from rollout.wording.verdict_words import ANSWERS, INVALID_CHOICE, MISSING, SEVERAL_ANSWERS

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def _choices(question: type[Age | Number | Phone]) -> list[tuple[str, "StrPromise"]]:
    return [(answer.value, ANSWERS[answer]) for answer in question]


STEP_PARAM = "step"
"""The query parameter with the name of the question to show on a page of its own."""
ALL_QUESTIONS = "all"
"""Instead of the name of a question: all of them on one page, with the answers so far."""


class GivenAnswer(NamedTuple):
    """A question and its answer, as text in the active language."""

    question: str
    answer: str
    step: str
    """The name of the question."""


@dataclass(frozen=True)
class Question:
    """One question of the check on a page of its own."""

    field: forms.BoundField
    number: int
    count: int
    other_answers: dict[str, str]
    """The valid answers to other questions so far, by the names of these."""
    previous: str
    """The name of the question before it; "" for the first."""
    following: str
    """The name of the question after it; "" where the verdict comes next."""


class QuestionField(forms.BoundField):
    """A question of a form, with its answer so far."""

    @property
    def state(self) -> tuple[str, str, tuple[str, ...]]:
        """Return all that its part of a page rests on, besides the facts.

        Its name, the choice that is selected ("" for none) and its messages: few, whatever is sent.
        """
        value = self.value()
        is_selected = cast("forms.ChoiceField", self.field).valid_value(value)
        return self.html_name, str(value) if is_selected else "", tuple(map(str, self.errors))


class CheckForm(forms.Form):
    """The answers of a reader. It is sent by GET, so that the address can be shared."""

    bound_field_class = QuestionField
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
        widget=Select,
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

    @classmethod
    def step(cls, data: QueryDict) -> str:
        """Return the name of the question to show on a page of its own, or ALL_QUESTIONS.

        "" where a query names none, several, or one that there is not.
        """
        names = data.getlist(STEP_PARAM)
        return names[0] if len(names) == 1 and names[0] in {*cls.base_fields, ALL_QUESTIONS} else ""

    def clean(self) -> dict[str, Any]:
        """Refuse a question that was answered several times: none of the answers is preferred."""
        if isinstance(self.data, QueryDict):
            for name in self.fields:
                if len(self.data.getlist(name)) > 1:
                    self.errors.pop(name, None)
                    self.add_error(name, ValidationError(SEVERAL_ANSWERS))
        return self.cleaned_data

    def valid_answers(self) -> dict[str, str]:
        """Return the valid answers that were sent, by the names of their questions, in order."""
        self.is_valid()  # fills cleaned_data, with what is valid only
        names = self.cleaned_data.keys() & self.data.keys() if self.is_bound else ()
        return {name: self.cleaned_data[name] for name in self.fields if name in names}

    def question(self, name: str) -> Question:
        """Return the question of that name, or an earlier one that has no valid answer yet.

        A question that is shown for the first time has no error yet. After it comes the next one,
        or the verdict where all others are answered already.
        """
        names = list(self.fields)
        shown = next((n for n in names[: names.index(name)] if n in self.errors), name)
        if shown == name and name not in self.data:
            self.errors.pop(name, None)
        others = {n: answer for n, answer in self.valid_answers().items() if n != shown}
        number = names.index(shown) + 1
        is_last = number == len(names) or len(others) == len(names) - 1
        return Question(
            field=self[shown],
            number=number,
            count=len(names),
            other_answers=others,
            previous=names[number - 2] if number > 1 else "",
            following="" if is_last else names[number],
        )

    def given_answers(self) -> list[GivenAnswer]:
        """Return each answered question with its answer, once the form is valid.

        In the order of the form, in the active language.
        """
        return [
            GivenAnswer(
                question=str(self.fields[name].label),
                answer=str(dict(cast("Any", self.fields[name]).choices)[value]),
                step=name,
            )
            for name, value in self.valid_answers().items()
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
