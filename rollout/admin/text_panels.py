"""The texts of a row in its form: the reference language, and one other beside it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language, gettext

from rollout.models.texts import Text, languages, reference_language

REFERENCE, BESIDE, FOLDED = "reference", "beside", "folded"
"""Where a panel stands."""


@dataclass
class TextPanel:
    """The texts of one language: several where they are for some days only.

    `forms` are Django's InlineAdminForm; `states` say in words what an editor should know of them.
    `language` is "" for the form of a text whose language is still to be chosen.
    """

    language: str
    name: str
    place: str = FOLDED
    forms: list[Any] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Tell whether it is shown unfolded: so is one with an error."""
        return self.place != FOLDED or any(form.form.errors for form in self.forms)


def text_panels(formset: Any, texts: Sequence[Text]) -> list[TextPanel]:
    """Return the panels of an InlineAdminFormSet, the reference language first, then that beside.

    `texts` are all texts of its row. At the end comes the form that has no language yet.
    """
    by_language = {code: TextPanel(code, name) for code, name in languages()}
    unnamed = TextPanel("", gettext("A text for other days"))
    for form in formset:
        if "__prefix__" not in form.form.prefix:
            by_language.get(form.form.language, unnamed).forms.append(form)
    panels = [panel for panel in (*by_language.values(), unnamed) if panel.forms]
    for panel in panels:
        if panel.language:
            panel.place = REFERENCE if panel.language == reference_language() else BESIDE
        panel.states = states_of(panel.language, texts)
    return panels


@dataclass(frozen=True)
class OtherLanguage:
    """A language whose texts are not in the form, and what is to be done about them."""

    code: str
    name: str
    states: list[str]


def other_languages(
    codes: Iterable[str], in_form: Collection[str], texts: Sequence[Text]
) -> list[OtherLanguage]:
    """Return the languages of a row that are not in its form."""
    names, in_step = dict(languages()), gettext("in step")
    return [
        OtherLanguage(code, names[code], [s for s in states_of(code, texts) if s != in_step])
        for code in codes
        if code not in in_form
    ]


def codes_of_form(codes: Sequence[str], selected: str, writable: Collection[str]) -> list[str]:
    """Return the languages of a form, of those of a row: the reference language and one more.

    That is the `selected` language; if that is none of them, the first that someone may write who
    may not write the reference language, or the editor's own, or the next.
    """
    others = [code for code in codes if code != reference_language()]
    own = [] if reference_language() in writable else [code for code in others if code in writable]
    preferred = [selected, *own, get_language() or "", *others]
    beside = next((code for code in preferred if code in others), "")
    return [reference_language(), *([beside] if beside else [])]


def states_of(language: str, siblings: Sequence[Text]) -> list[str]:
    """Return what an editor should know of the texts in a language, of those of a row."""
    texts = [text for text in siblings if text.language == language]
    if not texts:
        return [gettext("no text yet")] if language else []
    states = []
    if not all(text.is_public for text in texts):
        states.append(gettext("draft"))
    translations = [text for text in texts if text.translates]
    if any(text.is_left_behind(siblings) for text in translations):
        states.append(gettext("left behind by a change"))
    elif any(text.references(siblings) for text in translations):
        states.append(gettext("in step"))
    if any(text.is_machine_draft for text in texts):
        states.append(gettext("drafted by a machine"))
    return states
