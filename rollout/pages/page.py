"""A public page: its way from the home page, its languages, since when it says what it says."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from rollout.models.content_tracking import ContentTracked
from rollout.models.sources import Sourced
from rollout.models.texts import Text, Translated

PAGE_NAMES = {
    "departments": _("Departments"),
    "rollout": _("Roll-out"),
    "set-up": _("Set-up"),
    "can-i": _("Can I?"),
    "at-the-counter": _("At the counter"),
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
"""What the pages are called of which there is one each, by the name of their address."""


class Crumb(NamedTuple):
    """A page on the way from the home page."""

    name: str
    address: str
    text: Text | None = None
    """The words that the name is from, where they may be of another language than the page."""


@dataclass(frozen=True)
class Page:
    """One public page in the active language."""

    crumbs: Sequence[Crumb]
    """The way to it from the home page, itself last."""
    languages: Sequence[str]
    """The languages in which it can be read whole: search engines are offered no others."""
    changed_on: datetime.date | None = None
    """The day in Paris since which its facts are as they are; None where it rests on none."""
    last_checked: datetime.date | None = None
    """The day on which the least recently checked of its facts was checked."""
    subject: dict[str, Any] = field(default_factory=dict)
    """What structured data says of it besides."""

    @property
    def name(self) -> str:
        """Return what it is called."""
        return self.crumbs[-1].name

    @property
    def path(self) -> str:
        """Return its address, without scheme and host."""
        return self.crumbs[-1].address

    @property
    def is_whole(self) -> bool:
        """Tell whether it can be read whole in the active language."""
        return get_language() in self.languages


class Languages:
    """In which languages rows can be read: one query for each of their models."""

    def __init__(self, rows: Iterable[Translated]) -> None:
        self._found: set[tuple[Any, Any, str]] = set()
        keys: dict[Any, list[Any]] = {}
        for row in rows:
            if row.text:
                keys.setdefault(type(row), []).append(row.pk)
        for model, wanted in keys.items():
            owner = f"{model.texts.field.name}_id"
            found = model.texts.rel.related_model.public().filter(**{f"{owner}__in": wanted})
            self._found.update((model, *pair) for pair in found.values_list(owner, "language"))

    def shared(self, rows: Iterable[Translated]) -> list[str]:
        """Return the site's languages in which each of these rows can be read, if it has words."""
        worded = [row for row in rows if row.text]
        return [
            code
            for code, _name in settings.LANGUAGES
            if all((type(row), row.pk, code) in self._found for row in worded)
        ]


def build_page(
    crumbs: Sequence[Crumb],
    facts: Iterable[ContentTracked] = (),
    shown: Iterable[Translated] = (),
    known: Languages | None = None,
    **subject: Any,
) -> Page:
    """Return a page that rests on `facts` and shows the words of `shown`.

    `known` says in which languages rows can be read, where that was asked for many pages at once.
    """
    facts, shown = list(facts), list(shown)
    since = [row.effective_since for row in facts]
    since += [row.text.changed_at for row in shown if row.text and row in facts]
    checked = [row.last_checked for row in facts if isinstance(row, Sourced)]
    return Page(
        crumbs=[Crumb(gettext("Home"), reverse("home")), *crumbs],
        languages=(known or Languages(shown)).shared(shown),
        changed_on=timezone.localdate(max(since)) if since else None,
        last_checked=min(checked, default=None),
        subject=subject,
    )


def crumb(name: str) -> Crumb:
    return Crumb(str(PAGE_NAMES[name]), reverse(name))
