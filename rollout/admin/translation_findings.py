"""What may be wrong with translations, for the forms in which editors write them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rollout.models import Entry
from rollout.models.texts import Text, reference_language
from rollout.translations import checks
from rollout.translations.checks import Finding

MIN_SCREEN_WORDS_LENGTH = 4
"""In characters: shorter words of screens stand in too many sentences by chance."""

Findings = dict[str, list[Finding]]
"""By the name of the field; what is refused comes first."""


def screen_words() -> list[str]:
    """Return the French words of screens, which every language keeps: a query."""
    rows = Entry.objects.exclude(french_words="").values_list("french_words", flat=True)
    words = {word.strip() for row in rows for word in row.split(" / ")}
    return sorted(word for word in words if len(word) >= MIN_SCREEN_WORDS_LENGTH)


def findings_of(
    reference: Text, values: Mapping[str, str], language: str, french_words: Sequence[str]
) -> Findings:
    """Return what is or may be wrong with the fields of a translation, those without left out."""
    return {
        name: found
        for name in reference.text_fields
        if name in values
        and (
            found := checks.findings(
                getattr(reference, name), values[name], language, french_words=french_words
            )
        )
    }


def of_forms(forms: Iterable[Any]) -> Iterable[tuple[Any, Findings]]:
    """Yield the forms of changed translations among valid ones of a row's texts, with findings.

    They are compared with the reference text as it is sent with them; only changed fields are.
    """
    filled = [form for form in forms if form.instance.pk or form.has_changed()]
    references = [f.instance for f in filled if f.instance.language == reference_language()]
    changed = [
        form
        for form in filled
        if set(form.changed_data) & set(form.instance.text_fields)
        and form.instance.references(references)
    ]
    french_words = screen_words() if changed else []
    for form in changed:
        (reference, *_others) = form.instance.references(references)
        values = {
            name: form.cleaned_data[name] or ""
            for name in form.changed_data
            if name in form.instance.text_fields and name in form.cleaned_data
        }
        found = findings_of(reference, values, form.instance.language, french_words)
        if found:
            yield form, found
