"""How the public texts of a language were made: by a person or a machine, approved or not.

The messages of catalogues do not count: what made a language's texts made its messages too.
"""

from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from rollout.caching import fragments
from rollout.caching.languages import public_languages
from rollout.models.texts import Origin, Text, reference_language


@dataclass
class LanguagesByOrigin:
    """The codes of the public translations, by how they were made; none where it is not known."""

    machine: list[str] = field(default_factory=list)
    """Those with a text that a machine drafted, and no native reader has read yet."""
    approved: list[str] = field(default_factory=list)
    """Those with an approved text, and none of the above."""
    person: list[str] = field(default_factory=list)
    """Those with a text of which is known that a person wrote it, and none of the above."""


def languages_by_origin() -> LanguagesByOrigin:
    """Return the public languages by origin: two queries, cached."""
    return fragments.get_or_set("languages by origin", _languages_by_origin)


def has_machine_drafts() -> bool:
    """Tell whether a public text of the active language is a machine's draft, not yet read."""
    language = get_language()
    return language != reference_language() and language in languages_by_origin().machine


def _languages_by_origin() -> LanguagesByOrigin:
    origins = set(_origins())
    languages = LanguagesByOrigin()
    for code in public_languages():
        if code == reference_language():
            continue
        if (code, Origin.MACHINE) in origins:
            languages.machine.append(code)
        elif (code, Origin.APPROVED) in origins:
            languages.approved.append(code)
        elif (code, Origin.PERSON) in origins:
            languages.person.append(code)
    return languages


def _origins() -> QuerySet:
    """Return the language and origin of public texts, each pair once."""
    first, *others = [
        model.public().filter(~Q(origin="")).order_by().values_list("language", "origin")
        for model in apps.get_app_config("rollout").get_models()
        if issubclass(model, Text)
    ]
    return first.union(*others)
