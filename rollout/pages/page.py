"""A public page: its breadcrumbs, its languages, the day on which its content last changed."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from rollout.caching.languages import public_languages
from rollout.dates import today
from rollout.models.content_tracking import ContentTracked, latest_change
from rollout.models.sources import Sourced
from rollout.models.texts import Text, Translated

PAGE_NAMES = {
    "departments": _("Departments"),
    "rollout": _("When it opened"),
    "set-up": _("How to activate it"),
    "can-i": _("Can I have it?"),
    "problems": _("What went wrong?"),
    "at-the-counter": _("At the pharmacy or doctor’s"),
    "questions": _("Questions"),
    "glossary": _("Glossary"),
    "updates": _("Updates"),
    "about": _("About this site"),
    "sources": _("Sources and corrections"),
    "data": _("Open data"),
    "accessibility": _("Accessibility"),
    "privacy": _("Privacy"),
    "legal": _("Legal notice"),
}
"""Names of the pages of which there is one each, by the name of their URL."""

JsonObject = dict[str, object]
"""A part of structured data (schema.org)."""


class Crumb(NamedTuple):
    """A page on the way from the home page."""

    name: str
    address: str
    """Without scheme and host."""
    text: Text | None = None
    """The text with the name, where it may be of another language than the page."""
    is_place: bool = False
    """Whether the name is that of a place, which is French in every language."""


@dataclass(frozen=True)
class Page:
    """One public page in the active language."""

    crumbs: Sequence[Crumb]
    """From the home page to itself, which is last."""
    languages: Sequence[str]
    """Codes of the languages in which all its texts exist: search engines are offered no others."""
    changed_on: datetime.date | None = None
    """The day in Paris on which its content last changed.

    None where it shows no fact, or it is not known of one of them.
    """
    last_checked: datetime.date | None = None
    """The day on which the least recently checked of its facts was checked."""
    check_again_by: datetime.date | None = None
    """The earliest day by which one of its facts is to be checked again."""
    subject: JsonObject = field(default_factory=dict)
    """What structured data adds to WebPage, such as `about`."""

    @property
    def name(self) -> str:
        """Return its name, in the active language."""
        return self.crumbs[-1].name

    @property
    def path(self) -> str:
        """Return its path, from "/": without scheme and host."""
        return self.crumbs[-1].address

    @property
    def is_overdue(self) -> bool:
        """Tell whether one of its facts should have been checked again, today in Paris."""
        return self.check_again_by is not None and self.check_again_by < today()

    @property
    def is_whole(self) -> bool:
        """Tell whether all its texts exist in the active language."""
        return get_language() in self.languages


class TextLanguages:
    """In which languages rows have a public text: one query for each of their models."""

    def __init__(self, rows: Iterable[Translated]) -> None:
        self._rows: dict[str, set[tuple[type[Translated], object]]] = {}
        keys: dict[type[Translated], list[object]] = {}
        for row in rows:
            if row.reference_text:
                keys.setdefault(type(row), []).append(row.pk)
        for model, pks in keys.items():
            owner = f"{model.texts.field.name}_id"
            texts = model.texts.rel.related_model.public().filter(**{f"{owner}__in": pks})
            for pk, language in texts.order_by().values_list(owner, "language"):
                self._rows.setdefault(language, set()).add((model, pk))

    def shared(self, rows: Iterable[Translated]) -> list[str]:
        """Return the codes of the public languages in which all of these rows can be read.

        In the order of LANGUAGES; rows without any text do not count, nor do those that are shown
        in FULL_LANGUAGES only, where the language is none of these.
        """
        with_text = {
            (type(row), row.pk): row.is_in_every_language for row in rows if row.reference_text
        }
        in_full = with_text.keys()
        in_others = {key for key, is_in_every_language in with_text.items() if is_in_every_language}
        return [
            code
            for code in public_languages()
            if (in_full if code in settings.FULL_LANGUAGES else in_others)
            <= self._rows.get(code, set())
        ]


def build_page(
    crumbs: Sequence[Crumb],
    facts: Iterable[ContentTracked] = (),
    shown: Iterable[Translated] = (),
    languages: TextLanguages | None = None,
    **subject: object,
) -> Page:
    """Return the page of the active language whose content is `facts` and the texts of `shown`.

    `crumbs` begin after the home page. `languages` saves queries where many pages are built; it
    has to know all of `shown`. `subject` is added to its structured data.
    """
    facts, shown = list(facts), list(shown)
    changing = set(facts)
    texts = [text for row in shown if row in changing and (text := row.text)]
    since = latest_change([row.effective_since for row in [*facts, *texts]])
    sourced = [row for row in facts if isinstance(row, Sourced)]
    checked = [row.last_checked for row in sourced]
    due = [row.check_again_by for row in sourced if row.check_again_by]
    return Page(
        crumbs=[Crumb(gettext("Home"), reverse("home")), *crumbs],
        languages=(languages or TextLanguages(shown)).shared(shown),
        changed_on=timezone.localdate(since) if since else None,
        last_checked=min(checked, default=None),
        check_again_by=min(due, default=None),
        subject=subject,
    )


def crumb(name: str) -> Crumb:
    """Return the crumb of a page of which there is one. Raises KeyError if not in PAGE_NAMES."""
    return Crumb(str(PAGE_NAMES[name]), reverse(name))
