"""What a step of the checking queue shows of its facts, and how a form names them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext, override

from rollout.facts import checking
from rollout.models import LinkCheck, Source, Sourced
from rollout.wording import labels
from rollout.wording.statements import Statement, statement

PREFETCHED = {
    "department": ["texts", "wave__texts"],
    "acceptance": ["document__texts", "route__texts"],
}
"""What the statements of a model's rows read beside the row itself; of the others, their texts."""

Key = tuple[type[Sourced], Any]
"""A fact: its model and its primary key."""


@dataclass(frozen=True)
class SourceLink:
    """A source as a link, and what the last visit to its page found."""

    source: Source
    check: LinkCheck | None

    @classmethod
    def of(cls, source: Source) -> "SourceLink":
        """Return the link to a source; a visit to an address of before does not count."""
        check: LinkCheck | None = getattr(source, "link_check", None)
        return cls(source, check if check and check.is_current else None)

    @property
    def state(self) -> str:
        """Return the state of its page in words, such as alive or not visited."""
        if not self.source.url:
            return gettext("address not known")
        return self.check.get_state_display() if self.check else gettext("not visited")

    @property
    def state_and_day(self) -> SafeString | str:
        """Return the state, with the day of the last visit in Paris if there was one."""
        if self.check is None:
            return self.state
        visited_on = timezone.localdate(self.check.checked_on)
        return format_html("{}, {}", self.state, labels.day(visited_on))


@dataclass(frozen=True)
class LanguageStatement:
    """What readers of a language see."""

    code: str
    statement: Statement

    @property
    def info(self) -> dict[str, Any]:
        """Return Django's name and direction of the language."""
        return dict(get_language_info(self.code))

    @property
    def is_translated(self) -> bool:
        """Tell whether its texts are in this language, not in the reference language instead."""
        return self.statement.language == self.code


@dataclass(frozen=True)
class Card:
    """A fact of a step, with all that an editor needs to say whether it is still true."""

    row: Sourced
    statements: list[LanguageStatement]
    sources: list[SourceLink]
    token: str
    last: checking.LastCheck | None
    is_ticked: bool = True
    other_sources: list[SourceLink] = field(default_factory=list)
    """Those on which not all facts of the step rest."""

    @property
    def key(self) -> str:
        """Return the fact's name in the form, such as "department:69"."""
        return key_of(self.row)

    @property
    def name(self) -> str:
        """Return its title in the editor's language."""
        return statement(self.row).title

    @property
    def version(self) -> str:
        """Return a text that changes with the fact, with what is shown of it, and its sources.

        `history.version_token`, a digest of the statements and one of the sources, with bars
        between them.
        """
        shown = [one.statement for one in self.statements]
        sources = [
            (link.source.pk, link.source.url, link.check.state if link.check else "")
            for link in self.sources
        ]
        return "|".join([self.token, _digest(shown), _digest(sorted(sources))])

    @property
    def form_path(self) -> str:
        """Return the path of its form, from which saving leads back here."""
        opts = self.row._meta
        name = f"admin:{opts.app_label}_{opts.model_name}_change"
        return f"{reverse(name, args=[self.row.pk])}?back=checking"

    @property
    def history_path(self) -> str:
        """Return the path of its history."""
        opts = self.row._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_history", args=[self.row.pk])

    @property
    def checked_by(self) -> str:
        """Return who gave it the day of its last check."""
        return author_of(self.last.checked if self.last else None)

    @property
    def changed_by(self) -> str:
        """Return who wrote the last line of its history."""
        return author_of(self.last.latest if self.last else None)

    @property
    def last_reason(self) -> str:
        """Return what the last line of its history says, "" for nothing but a mere check."""
        reason = (self.last and self.last.latest.history_change_reason) or ""
        return "" if reason == checking.STILL_TRUE else checking.reason_text(reason)


@dataclass(frozen=True)
class Step:
    """The facts that are shown together, and the sources on which all of them rest."""

    cards: list[Card]
    shared_sources: list[SourceLink]

    @property
    def is_group(self) -> bool:
        """Tell whether it is more than one fact."""
        return len(self.cards) > 1

    @property
    def kind(self) -> str:
        """Return what its facts are, such as "departments"."""
        opts = self.cards[0].row._meta
        return str(opts.verbose_name_plural if self.is_group else capfirst(opts.verbose_name))


def author_of(record: Any) -> str:
    """Return who wrote a line of history."""
    return str((record and record.history_user) or gettext("the data files"))


def _digest(content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()[:12]


def key_of(row: Sourced) -> str:
    """Return a fact's name in forms and in the session, such as "department:69"."""
    return f"{row._meta.model_name}:{row.pk}"


def keys_of(names: Iterable[str]) -> list[Key]:
    """Return the facts of these names; what is none is left out."""
    by_name = {model._meta.model_name: model for model in checking.CHECKED_MODELS}
    keys: list[Key] = []
    for name in names:
        model_name, _colon, pk = name.partition(":")
        model = by_name.get(model_name)
        if model and "\x00" not in pk:
            try:
                keys.append((model, model._meta.pk.to_python(pk)))
            except ValidationError:
                continue
    return keys


def step_of(cards: list[Card]) -> Step:
    """Return the step of some cards."""
    shared = set.intersection(*({link.source for link in card.sources} for card in cards))
    cards = [
        replace(card, other_sources=[link for link in card.sources if link.source not in shared])
        for card in cards
    ]
    return Step(cards, [link for link in cards[0].sources if link.source in shared])


def cards_of(keys: Sequence[Key], *, lock: bool = False, ticked: Sequence[Key] = ()) -> list[Card]:
    """Return the cards of the facts that are still to be checked, in the order of the keys.

    Some ten queries for each model.
    """
    cards: dict[Key, Card] = {}
    for model in dict.fromkeys(model for model, _pk in keys):
        pks = [pk for of, pk in keys if of is model]
        if lock:
            list(model._default_manager.select_for_update().filter(pk__in=pks).order_by("pk"))
        sources = Source.objects.select_related("link_check").with_texts()
        related = PREFETCHED.get(str(model._meta.model_name), ["texts"])
        rows = list(
            checking.active(model)
            .filter(pk__in=pks)
            .exclude(check_again_by=None)
            .prefetch_related(*related, Prefetch("sources", sources))
        )
        tokens, last = checking.version_tokens(rows), checking.last_checks(rows)
        for row in rows:
            cards[model, row.pk] = Card(
                row,
                _statements(row),
                [SourceLink.of(source) for source in row.sources.all()],
                tokens[row.pk],
                last.get(row.pk),
                not ticked or (model, row.pk) in ticked,
            )
    return [cards[key] for key in keys if key in cards]


def _statements(row: Sourced) -> list[LanguageStatement]:
    """Return what readers see in the languages that facts are written in; others follow these."""
    statements = []
    for code in settings.FULL_LANGUAGES:
        with override(code):
            statements.append(LanguageStatement(code, statement(row)))
    return statements
