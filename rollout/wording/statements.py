"""A fact as readers see it, in the active language: for editors who compare it with its sources."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext

from rollout.models import (
    Acceptance,
    ActivationRoute,
    Department,
    Entry,
    HealthScheme,
    Outcome,
    Sourced,
    Wave,
)
from rollout.models.texts import reference_language
from rollout.wording import labels, verdict_words


@dataclass(frozen=True)
class Statement:
    """What a fact states, as HTML: `details` in the active language, `body` in `language`.

    `language` is that of the row's texts: the reference language where they are not translated,
    the active one for a row without texts. `title_language` is that of the title.
    """

    title: str
    title_language: str
    details: SafeString
    body: SafeString
    language: str


def statement(row: Sourced) -> Statement:
    """Return what a fact states in the active language, as it does once it is checked.

    Reads the texts of the row, for an acceptance also those of its document and route: no query
    where they are prefetched.
    """
    return _STATEMENTS[type(row)](row)


def _department(row: Department) -> Statement:
    state = row.state()
    # Readers see how long it is overdue instead of since when it is open: here it is checked.
    details = [labels.state(replace(state, is_overdue=False))]
    if row.opened_on and not state.is_open:
        details.append(_line(row, "opened_on", labels.opening_day(row.opened_on, row.precision)))
    if row.not_before:
        details.append(_line(row, "not_before", labels.day(row.not_before)))
    if row.wave:
        details.append(_line(row, "wave", labels.name_of(row.wave)))
    note = _paragraph(row.text.note) if row.text else None
    return replace(_with_text(row, f"{row.code} {row.name}", details, note), title_language="fr")


def _wave(row: Wave) -> Statement:
    note = _paragraph(row.text.note) if row.text and row.text.note else None
    return _with_text(row, row.name, [], note)


def _entry(row: Entry) -> Statement:
    if row.text is None:
        return _with_text(row, row.slug, [gettext("Readers do not see it: its text is a draft.")])
    lines: list[SafeString | str] = []
    if row.day:
        lines.append(_line(row, "day", labels.entry_day(row)))
    if row.french_words:
        words = format_html_join(" / ", '<b lang="fr">{}</b>', ([w] for w in row.screen_words))
        lines.append(_line(row, "french_words", words))
    return _with_text(row, row.text.title, lines, labels.markdown(row.text.body))


def _acceptance(row: Acceptance) -> Statement:
    route = row.route.text.name if row.route.text else row.route.slug
    lines: list[SafeString | str] = [
        _line(row, "route", route),
        _line(row, "outcome", str(verdict_words.OUTCOMES[Outcome(row.outcome)])),
    ]
    if row.since:
        lines.append(_line(row, "since", labels.day(row.since)))
    document = row.document
    note = labels.markdown(document.text.note) if document.text else None
    return _with_text(row, document.name, lines, note, texts=document)


def _scheme(row: HealthScheme) -> Statement:
    lines: list[SafeString | str] = [
        _line(row, "outcome", str(verdict_words.CONDITIONS[Outcome(row.outcome)])),
        _line(row, "minimum_age", row.get_minimum_age_display() or gettext("not known")),
    ]
    note = labels.markdown(row.text.note) if row.text else None
    return _with_text(row, row.name, lines, note)


def _route(row: ActivationRoute) -> Statement:
    lines: list[SafeString | str] = []
    if row.opened_on:
        lines.append(_line(row, "opened_on", labels.day(row.opened_on)))
    if row.minimum_age:
        lines.append(_line(row, "minimum_age", row.get_minimum_age_display() or ""))
    if row.text is None:
        return _with_text(row, row.slug, lines)
    body = labels.markdown(f"{row.text.who}\n\n{row.text.waiting}")
    return _with_text(row, row.text.name, lines, body)


_STATEMENTS: dict[type[Sourced], Callable[[Any], Statement]] = {
    Department: _department,
    Wave: _wave,
    Entry: _entry,
    Acceptance: _acceptance,
    HealthScheme: _scheme,
    ActivationRoute: _route,
}


def _with_text(
    row: Sourced,
    title: str,
    details: list[Any],
    body: SafeString | None = None,
    *,
    texts: Any = None,
) -> Statement:
    """Return the statement of a row, whose certainty is added to its details.

    `texts` is the row that has the texts, if that is another.
    """
    text = getattr(texts or row, "text", None)
    language = text.language if text else get_language() or reference_language()
    lines = [line for line in [*details, _certainty(row)] if line]
    joined = format_html_join(" · ", "{}", ([line] for line in lines))
    return Statement(title, language, joined, body or SafeString(""), language)


def _paragraph(text: str) -> SafeString:
    return format_html("<p>{}</p>", text)


def _line(row: Sourced, field: str, value: SafeString | str) -> SafeString:
    """Return a value after the label of its field, in the active language."""
    label = str(capfirst(str(row._meta.get_field(field).verbose_name)))  # type: ignore[union-attr]
    return format_html(gettext("{label}: {value}"), label=label, value=value)


def _certainty(row: Any) -> SafeString | str:
    value = getattr(row, "certainty", "")
    return _line(row, "certainty", labels.certainty(value)) if value else ""
