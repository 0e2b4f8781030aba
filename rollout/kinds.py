"""The kinds of entries, the page of each, and its address in a language.

A few pages are there in FULL_LANGUAGES (settings) only: no other language has a link to its own.
"""

from functools import lru_cache

from django.conf import settings
from django.db import models
from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What an entry is for."""

    MILESTONE = "milestone", _("milestone of the roll-out")
    FIGURE = "figure", _("figure on its use")
    CORRECTION = "correction", _("correction of what others said")
    REQUIREMENT = "requirement", _("what to have ready")
    STEP = "step", _("step of the set-up")
    PROBLEM = "problem", _("problem and its fix")
    SITUATION = "situation", _("special situation")
    PLACE = "place", _("place outside the departments")
    CONTACT = "contact", _("help line or address")
    USE = "use", _("what the app does or does not do")
    QUESTION = "question", _("question of residents")
    TERM = "term", _("term of the glossary")
    PHRASE = "phrase", _("what to say at the counter")
    COUNTER = "counter", _("what to know at the counter")


PAGES = {
    Kind.MILESTONE: "rollout",
    Kind.FIGURE: "rollout",
    Kind.CORRECTION: "sources",
    Kind.REQUIREMENT: "set-up",
    Kind.STEP: "set-up",
    Kind.PROBLEM: "problems",
    Kind.SITUATION: "set-up",
    Kind.PLACE: "departments",
    Kind.CONTACT: "set-up",
    Kind.USE: "questions",
    Kind.QUESTION: "questions",
    Kind.TERM: "glossary",
    Kind.PHRASE: "at-the-counter",
    Kind.COUNTER: "at-the-counter",
}
"""The name of the URL pattern of each kind's page."""


class Picture(models.TextChoices):
    """A drawing of ours that stands beside a step or a thing to have ready."""

    INSTALL = "install", _("installing the app")
    CHOOSE = "choose", _("choosing an answer")
    NUMBER = "number", _("social security number")
    EMAIL = "email", _("code by e-mail")
    DOCUMENT = "document", _("identity document on a table")
    FACE = "face", _("face and light")
    SECRET_CODE = "secret-code", _("secret code")
    WAITING = "waiting", _("waiting")
    OPENING = "opening", _("opening the app")
    PHONE = "phone", _("phone")
    ACCOUNT = "account", _("online account")
    INSURANCE = "insurance", _("health insurance")
    AGE = "age", _("age")
    CONNECTION = "connection", _("connection")
    CARD_TO_PHONE = "card-to-phone", _("card held to the phone")


REASONS = {
    "age",
    "children",
    "guardianship",
    "no-plastic-card-yet",
    "phone",
    "provisional-number",
    "social-security-number",
}
"""The slugs of entries that the check gives as its reasons: they must stay published."""


COLLECTIVITIES = {
    "975": "saint-pierre-et-miquelon",
    "977": "saint-barthelemy-and-saint-martin",
    "978": "saint-barthelemy-and-saint-martin",
    "984": "overseas-collectivities",
    "986": "pacific-collectivities",
    "987": "pacific-collectivities",
    "988": "pacific-collectivities",
    "989": "overseas-collectivities",
}
"""The slug of the entry on each overseas collectivity, by the collectivity's number."""


FULL_LANGUAGES_ONLY = frozenset({"data", "legal", "source", "sources", "updates"})
"""The names of the URLs of those few: for developers, on sources, on the publisher, on changes."""
_KINDS_IN_FULL_LANGUAGES = frozenset(kind for kind in Kind if PAGES[kind] in FULL_LANGUAGES_ONLY)


def is_in_every_language(kind: str) -> bool:
    """Tell whether entries of a kind are shown in every language, not in FULL_LANGUAGES only.

    So is a new entry, which has no kind yet.
    """
    return kind not in _KINDS_IN_FULL_LANGUAGES


def is_in_active_language(name: str) -> bool:
    """Tell whether the page with this URL name is there in the active language."""
    return name not in FULL_LANGUAGES_ONLY or get_language() in settings.FULL_LANGUAGES


def page_address(name: str, *args: str) -> str:
    """Return the path of a page: in the active language, or in the reference language only.

    Raises NoReverseMatch for a name that is not in rollout/urls.py.
    """
    language = get_language() if is_in_active_language(name) else settings.LANGUAGE_CODE
    return _address(get_script_prefix(), language, name, args)


@lru_cache(maxsize=10_000)  # departments have 1,313 in thirteen languages; a page has 200 of them
def _address(_prefix: str, language: str | None, name: str, args: tuple[str, ...]) -> str:
    with override(language):
        return reverse(name, args=args)


def address(kind: str, slug: str) -> str:
    """Return the address of an entry, such as /en/glossary/#cpam: see `page_address`.

    Raises:
        ValueError: `kind` is not one of Kind.
    """
    return f"{page_address(PAGES[Kind(kind)])}#{slug}"
