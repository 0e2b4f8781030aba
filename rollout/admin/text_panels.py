"""The texts of a row in its form: the reference language, another beside it, the rest folded."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language, gettext

from rollout.models import EntryText
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


def text_panels(formset: Any, selected: str, writable: Collection[str]) -> list[TextPanel]:
    """Return the panels of an InlineAdminFormSet, the reference language first, then that beside.

    Beside it stands the `selected` language; if that is none of them, the first that someone may
    write who may not write the reference language, or the editor's own, or the next. The others
    follow in the order of the settings, and at the end the form that has no language yet.
    """
    by_language = {code: TextPanel(code, name) for code, name in languages()}
    unnamed = TextPanel("", gettext("A text for other days"))
    for form in formset:
        if "__prefix__" not in form.form.prefix:
            by_language.get(form.form.language, unnamed).forms.append(form)
    reference = by_language.pop(reference_language())
    reference.place = REFERENCE
    beside = by_language.get(_beside(list(by_language), selected, writable))
    if beside:
        beside.place = BESIDE
    others = [panel for panel in by_language.values() if panel is not beside]
    panels = [panel for panel in (reference, beside, *others, unnamed) if panel and panel.forms]
    texts = [form.original for panel in panels for form in panel.forms if form.original]
    for panel in panels:
        panel.states = _states(panel, texts)
    return panels


def _beside(codes: list[str], selected: str, writable: Collection[str]) -> str:
    own = [] if reference_language() in writable else [code for code in codes if code in writable]
    preferred = [selected, *own, get_language() or "", *codes]
    return next((code for code in preferred if code in codes), "")


def _states(panel: TextPanel, siblings: list[Text]) -> list[str]:
    """Return what an editor should know of the texts before unfolding them."""
    texts = [text for text in siblings if text.language == panel.language]
    if not texts:
        return [gettext("no text yet")] if panel.language else []
    states = []
    if not all(text.is_public for text in texts):
        states.append(gettext("draft"))
    of_entry = [text for text in siblings if isinstance(text, EntryText)]
    translations = [text for text in of_entry if text in texts and text.translates]
    if any(text.is_left_behind(of_entry) for text in translations):
        states.append(gettext("left behind by a change"))
    elif any(text.references(of_entry) for text in translations):
        states.append(gettext("in step"))
    return states
